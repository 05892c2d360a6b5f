"""What goes wrong between us and a bucket: passed over when it passes, named when it does not."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from ytempire_assets.doctor import examine
from ytempire_assets.errors import StorageError, TransientError, YtempireError
from ytempire_assets.resources.blobs import BlobStore
from ytempire_assets.resources.storage.copies import LocalCopies
from ytempire_assets.resources.storage.objects import DamagedObjectError
from ytempire_assets.resources.storage.s3 import Address, Patience, S3Objects
from ytempire_assets.settings import Settings
from ytempire_assets_tests.s3_faults import SHOWN, Fault, FaultyWay
from ytempire_assets_tests.s3_server import ACCESS_KEY, SECRET_KEY, S3Server

SHORT = Patience(connect_s=2, silence_s=0.6, retries=2, retry_s=20)
Ask = Callable[[S3Objects], object]


def read(objects: S3Objects) -> object:
    return objects.read("a/b.json")


def write(objects: S3Objects) -> None:
    objects.write("a/b.json", b"new content")


def exists(objects: S3Objects) -> object:
    return objects.exists("a/b.json")


def entries(objects: S3Objects) -> object:
    return objects.entries("a")


def delete(objects: S3Objects) -> None:
    objects.delete("a/b.json")


ASKS: tuple[Ask, ...] = (read, write, exists, entries, delete)


@pytest.fixture
def shelf(s3: S3Server) -> str:
    return s3.new_bucket()


def opened(endpoint: str, shelf: str, patience: Patience = SHORT) -> S3Objects:
    keys = SecretStr(ACCESS_KEY), SecretStr(SECRET_KEY)
    return S3Objects(Address(shelf, "lake", endpoint, "us-east-1", *keys), patience)


@pytest.fixture
def objects(way: FaultyWay, shelf: str) -> S3Objects:
    """One object is there, and the bucket was seen."""
    found = opened(way.endpoint, shelf)
    found.write("a/b.json", b"content")
    way.seen.clear()
    return found


def said(ask: Ask, objects: S3Objects) -> YtempireError:
    """The error of a question, which shows no key anywhere in its trace."""
    with pytest.raises(YtempireError) as caught:
        ask(objects)
    shown = "".join(traceback.format_exception(caught.value))
    for secret in (SHOWN, ACCESS_KEY, SECRET_KEY):
        assert secret not in shown
    return caught.value


SLOW_DOWN, BROKEN, HANG = (
    Fault("refuse", 503, "SlowDown"),
    Fault("refuse", 500, "InternalError"),
    Fault("hang"),
)
# A delete that was not answered is not repeated: only the probe deletes.
REPEATED = [(ask, fault) for ask in ASKS for fault in (SLOW_DOWN, BROKEN)]
REPEATED += [(ask, HANG) for ask in (read, write, exists, entries)]


@pytest.mark.parametrize(("ask", "fault"), REPEATED)
def test_what_passes_is_passed_over(
    way: FaultyWay, objects: S3Objects, ask: Ask, fault: Fault
) -> None:
    way.plan.append(fault)
    ask(objects)
    assert len(way.seen) == 2


@pytest.mark.parametrize(("ask", "fault"), REPEATED)
def test_what_does_not_pass_ends_and_is_transient(
    way: FaultyWay, objects: S3Objects, ask: Ask, fault: Fault
) -> None:
    way.plan.extend([fault] * 20)
    error = said(ask, objects)
    assert isinstance(error, TransientError)
    assert ("did not answer" if fault == HANG else "could not serve") in error.problem
    assert way.endpoint in error.problem
    assert "finished work is kept" in error.next_step
    assert len(way.seen) == 3  # the first try and two more


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (403, "InvalidAccessKeyId", "YTEMPIRE_S3_ACCESS_KEY and YTEMPIRE_S3_SECRET_KEY"),
        (403, "SignatureDoesNotMatch", "does not accept the keys"),
        (403, "AccessDenied", "get, put, delete and list objects"),
        (403, "RequestTimeTooSkewed", "by NTP"),
        (404, "NoSuchBucket", "YTEMPIRE_STORAGE"),
        (301, "PermanentRedirect", "YTEMPIRE_S3_REGION"),
        (400, "AuthorizationHeaderMalformed", "YTEMPIRE_S3_REGION"),
        (507, "XMinioStorageFull", "no space left"),
    ],
)
def test_what_a_person_must_correct_is_named_at_once(
    way: FaultyWay, shelf: str, ask: Ask, status: int, code: str, words: str
) -> None:
    """Also by HEAD, whose answer carries no reason: the bucket is listed to hear it."""
    way.plan.extend([Fault("refuse", status, code)] * 4)
    error = said(ask, opened(way.endpoint, shelf))
    assert isinstance(error, StorageError)
    assert words in str(error)


@pytest.mark.parametrize("ask", [read, exists])
def test_a_web_server_that_is_no_store_is_no_empty_store(
    way: FaultyWay, shelf: str, ask: Ask
) -> None:
    """It says 404 to everything, as a store does of an object that is missing."""
    way.plan.extend([Fault("refuse", 404)] * 4)
    error = said(ask, opened(way.endpoint, shelf))
    assert "as an S3-compatible server does" in error.problem
    assert "YTEMPIRE_S3_ENDPOINT" in error.next_step


def test_missing_bucket_is_said_by_the_server_itself(s3: S3Server) -> None:
    for ask in ASKS:
        error = said(ask, opened(s3.endpoint, "nobody-made-me"))
        assert isinstance(error, StorageError)
        assert "there is no bucket 'nobody-made-me'" in error.problem


def test_missing_object_costs_one_request_once_the_bucket_was_seen(
    way: FaultyWay, objects: S3Objects
) -> None:
    assert objects.read("nothing") is None
    assert not objects.exists("nothing")
    assert [method for method, _, _ in way.seen] == ["GET", "HEAD"]


@pytest.mark.parametrize("kind", ["cut", "stall"])
def test_answer_that_ends_in_the_middle_is_taken_up_where_it_ended(
    way: FaultyWay, objects: S3Objects, tmp_path: Path, kind: str
) -> None:
    content = bytes(range(256)) * 8_000
    objects.write("film", content)
    way.seen.clear()
    way.plan.append(Fault(kind))
    assert objects.fetch("film", tmp_path / "film")
    assert (tmp_path / "film").read_bytes() == content
    (_, _, first), (_, _, second) = way.seen
    assert first == ""
    assert second.startswith("bytes=1024000-")
    way.plan.append(Fault(kind))
    assert objects.read("film") == content


def test_answer_that_never_ends_well_is_transient(
    way: FaultyWay, objects: S3Objects, tmp_path: Path
) -> None:
    objects.write("film", b"content" * 1000)
    way.plan.extend([Fault("cut")] * 50)
    with pytest.raises(TransientError, match="did not answer"):
        objects.fetch("film", tmp_path / "film")


def test_damage_on_the_way_is_fetched_again_and_damage_that_stays_is_named(
    way: FaultyWay, objects: S3Objects
) -> None:
    way.plan.append(Fault("corrupt"))
    assert objects.read("a/b.json") == b"content"
    way.plan.extend([Fault("corrupt")] * 2)
    with pytest.raises(DamagedObjectError, match=r"a/b\.json is damaged"):
        objects.read("a/b.json")


def test_upload_that_fails_in_the_middle_is_not_seen(
    way: FaultyWay, objects: S3Objects, tmp_path: Path
) -> None:
    source = tmp_path / "film.mp4"
    source.write_bytes(b"x" * (20 << 20))
    # The first request begins the upload, the parts follow.
    way.plan.extend([Fault("refuse", 403, "AccessDenied", method="PUT")] * 3)
    error = said(lambda one: one.write_file("film.mp4", source), objects)
    assert isinstance(error, StorageError)
    way.plan.clear()
    assert not objects.exists("film.mp4")
    assert [entry.key for entry in objects.entries("")] == ["a/b.json"]
    objects.write_file("film.mp4", source)
    content = objects.read("film.mp4")
    assert content is not None
    assert len(content) == 20 << 20


@pytest.fixture
def blobs(objects: S3Objects, tmp_path: Path) -> BlobStore:
    return BlobStore(objects, (LocalCopies(tmp_path / "copies", 10**9), objects.fetch))


def without_copies(blobs: BlobStore, folder: Path) -> BlobStore:
    """The same blobs seen from another machine."""
    assert isinstance(blobs.objects, S3Objects)
    return BlobStore(blobs.objects, (LocalCopies(folder, 10**9), blobs.objects.fetch))


def test_damaged_blob_is_fetched_once_more_then_refused(
    way: FaultyWay, blobs: BlobStore, tmp_path: Path
) -> None:
    name = blobs.put(b"a picture", "png")
    other = without_copies(blobs, tmp_path / "other")
    way.plan.append(Fault("corrupt", method="GET"))
    assert other.path(name).read_bytes() == b"a picture"
    third = without_copies(blobs, tmp_path / "third")
    way.plan.extend([Fault("corrupt", method="GET")] * 2)
    with pytest.raises(DamagedObjectError, match="not what its name says"):
        third.path(name)
    assert [path for path in (tmp_path / "third").rglob("*") if path.is_file()] == []


def test_blob_that_vanished_is_named(blobs: BlobStore, tmp_path: Path) -> None:
    name = blobs.put(b"a picture", "png")
    blobs.objects.delete(f"{name[:2]}/{name}")
    other = without_copies(blobs, tmp_path / "other")
    assert not other.has(name)
    with pytest.raises(StorageError, match="materialise the stage that made it again"):
        other.path(name)


def test_unreachable_blobs_are_not_missing_ones(
    way: FaultyWay, blobs: BlobStore, tmp_path: Path
) -> None:
    name = blobs.put(b"a picture", "png")
    other = without_copies(blobs, tmp_path / "other")
    way.plan.extend([Fault("refuse", 503, "SlowDown")] * 3)
    with pytest.raises(TransientError):
        other.has(name)
    way.plan.extend([Fault("refuse", 503, "SlowDown")] * 3)
    with pytest.raises(TransientError):
        other.path(name)
    assert other.path(name).read_bytes() == b"a picture"


def test_blob_that_was_made_here_is_not_fetched_and_not_stored_twice(
    way: FaultyWay, blobs: BlobStore, tmp_path: Path
) -> None:
    source = tmp_path / "a.wav"
    source.write_bytes(b"sound")
    name = blobs.put_file(source)
    assert blobs.path(name).read_bytes() == b"sound"
    assert blobs.put(b"sound", "wav") == name
    assert blobs.has(name)
    assert [method for method, _, _ in way.seen] == ["HEAD", "PUT"]


def test_full_disk_of_the_copies_is_said_and_loses_no_work(
    blobs: BlobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel's own refusal, from its full device."""
    name = blobs.put(b"a picture", "png")
    assert isinstance(blobs.objects, S3Objects)
    fetch = blobs.objects.fetch
    full = LocalCopies(tmp_path / "full", 10**9)
    other = BlobStore(blobs.objects, (full, lambda key, _part: fetch(key, Path("/dev/full"))))
    with pytest.raises(StorageError, match="the disk is full"):
        other.path(name)
    (tmp_path / "file").write_text("no folder")
    nowhere = LocalCopies(tmp_path / "file", 10**9)
    third = BlobStore(blobs.objects, (nowhere, fetch))
    assert third.has(third.put(b"other", "png"))


def doctors(settings: Settings) -> tuple[str, str]:
    [found] = [one for one in examine(settings) if one.subject == "storage"]
    return found.state, f"{found.found}. {found.next_step}"


def test_doctor_says_how_the_storage_is(s3: S3Server, settings: Settings, way: FaultyWay) -> None:
    assert doctors(settings) == ("ok", f"folders lake and blobs in {settings.home}. ")
    far = s3.settings(settings, way)
    state, words = doctors(far)
    assert state == "ok"
    assert "written, listed, read and deleted" in words
    way.plan.extend([Fault("refuse", 403, "SignatureDoesNotMatch")] * 9)
    state, words = doctors(far)
    assert state == "broken"
    assert "YTEMPIRE_S3_SECRET_KEY" in words
    way.plan.clear()
    state, words = doctors(far.model_copy(update={"storage": "s3://nobody-made-me"}))
    assert state == "broken"
    assert "create it, or correct YTEMPIRE_STORAGE" in words


def test_a_refused_delete_of_the_probe_is_broken_too(
    s3: S3Server, settings: Settings, way: FaultyWay
) -> None:
    far = s3.settings(settings, way)
    way.plan.append(Fault("refuse", 403, "AccessDenied", method="DELETE"))
    state, words = doctors(far)
    assert state == "broken"
    assert "get, put, delete and list" in words
