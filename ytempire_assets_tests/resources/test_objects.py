"""A folder and a bucket keep one promise: an object is whole or not there; unknown is an error."""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from ytempire_assets.errors import InvalidInputError, StorageError, TransientError
from ytempire_assets.resources.storage.objects import ObjectStore
from ytempire_assets.resources.storage.opening import bucket, lake_objects
from ytempire_assets.resources.storage.probe import probe
from ytempire_assets.resources.storage.s3 import S3Objects
from ytempire_assets.settings import Settings, load_settings
from ytempire_assets_tests.s3_server import S3Server


@pytest.fixture
def objects(stored: Settings) -> ObjectStore:
    return lake_objects(stored)


def keys(objects: ObjectStore, folder: str) -> list[str]:
    return sorted(entry.key for entry in objects.entries(folder))


def test_what_was_written_is_read(objects: ObjectStore) -> None:
    assert objects.read("ideas/orbit/a.parquet") is None
    assert not objects.exists("ideas/orbit/a.parquet")
    objects.write("ideas/orbit/a.parquet", b"one")
    objects.write("ideas/orbit/a.parquet", b"two")
    assert objects.read("ideas/orbit/a.parquet") == b"two"
    assert objects.exists("ideas/orbit/a.parquet")
    objects.write("empty", b"")
    assert objects.read("empty") == b""


def test_a_listing_has_what_lies_below_and_nothing_beside(objects: ObjectStore) -> None:
    assert objects.entries("ideas") == []
    for key in ("ideas/orbit/a", "ideas/orbit/b", "ideas/orbit-2/a", "ideas-old/a", "c"):
        objects.write(key, b"x")
    assert keys(objects, "ideas/orbit") == ["ideas/orbit/a", "ideas/orbit/b"]
    assert keys(objects, "ideas") == ["ideas/orbit-2/a", "ideas/orbit/a", "ideas/orbit/b"]
    assert len(objects.entries("")) == 5


def test_a_mark_changes_with_the_content(objects: ObjectStore) -> None:
    objects.write("a", b"one")
    [before] = objects.entries("")
    assert objects.entries("") == [before]
    objects.write("a", b"two")
    [after] = objects.entries("")
    assert after.mark != before.mark


def test_what_is_deleted_is_gone_and_deleting_twice_is_fine(objects: ObjectStore) -> None:
    objects.write("a/b", b"x")
    for _ in range(2):
        objects.delete("a/b")
        assert objects.read("a/b") is None
        assert objects.entries("a") == []


def test_a_big_file_arrives_whole(objects: ObjectStore, tmp_path: Path) -> None:
    source = tmp_path / "film.mp4"
    source.write_bytes(bytes(range(256)) * 80_000)  # 20 MB: three parts
    objects.write_file("blobs/film.mp4", source)
    content = objects.read("blobs/film.mp4")
    assert content is not None
    assert hashlib.sha256(content).digest() == hashlib.sha256(source.read_bytes()).digest()
    assert source.is_file()


def test_names_for_people_and_machines(objects: ObjectStore) -> None:
    assert objects.name("a/b") == f"{objects.place}/a/b"
    objects.write("work/ä b|c%20.json", b"x")
    assert keys(objects, "work") == ["work/ä b|c%20.json"]
    assert objects.read("work/ä b|c%20.json") == b"x"


def test_readers_never_see_half_of_it(objects: ObjectStore) -> None:
    contents = [bytes([number]) * 300_000 for number in range(4)]
    objects.write("a", contents[0])
    ended = threading.Event()

    def read_on() -> set[bytes | None]:
        seen = set()
        while not ended.is_set():
            seen.add(objects.read("a"))
            objects.entries("")
        return seen

    with ThreadPoolExecutor(2) as pool:
        readers = [pool.submit(read_on) for _ in range(2)]
        for content in contents * 3:
            objects.write("a", content)
        ended.set()
        seen = set().union(*(reader.result() for reader in readers))
    assert seen <= set(contents)


def test_more_than_a_page_is_listed(s3: S3Server, bucket_settings: Settings) -> None:
    objects = lake_objects(bucket_settings)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: objects.write(f"t/{number:04}", b""), range(1100)))
    assert keys(objects, "t") == [f"t/{number:04}" for number in range(1100)]


def test_file_that_cannot_be_read_is_no_missing_file(settings: Settings) -> None:
    objects = lake_objects(settings)
    objects.write("work", b"a file where a folder should be")
    with pytest.raises(StorageError, match="a file stands where a folder is needed"):
        objects.read("work/ab/record.json")


def test_the_bucket_holds_what_the_layout_says(s3: S3Server, bucket_settings: Settings) -> None:
    from obstore import list as listing
    from obstore.store import S3Store

    lake_objects(bucket_settings).write("ideas/orbit/2026-11-19.parquet", b"x")
    assert bucket_settings.storage is not None
    name = bucket_settings.storage.split("/")[2]
    whole = S3Store(
        name,
        endpoint=s3.endpoint,
        region="us-east-1",
        access_key_id="x",
        secret_access_key="x",
        client_options={"allow_http": True},
    )
    found = [entry["path"] for page in listing(whole) for entry in page]
    assert found == ["studio/one/lake/ideas/orbit/2026-11-19.parquet"]


def test_a_probe_leaves_nothing(bucket_settings: Settings) -> None:
    objects = bucket(bucket_settings, "blobs")
    assert objects is not None
    assert probe(objects) < 10
    assert objects.entries("") == []


def test_nothing_is_opened_by_making_one(settings: Settings) -> None:
    far = settings.model_copy(
        update={"storage": "s3://nobody", "s3_endpoint": "http://127.0.0.1:9"}
    )
    assert isinstance(lake_objects(far), S3Objects)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("YTEMPIRE_STORAGE", "gs://bucket"),
        ("YTEMPIRE_STORAGE", "s3://"),
        ("YTEMPIRE_STORAGE", "s3://Bucket_With_Big_Letters"),
        ("YTEMPIRE_STORAGE", "s3://bucket//twice"),
        ("YTEMPIRE_S3_ENDPOINT", "minio:9000"),
        ("YTEMPIRE_S3_ENDPOINT", "http://user:secret@minio:9000"),
        ("YTEMPIRE_S3_ENDPOINT", "http://minio:9000/bucket"),
        ("YTEMPIRE_BLOB_CACHE_GB", "0"),
    ],
)
def test_settings_that_do_not_fit_are_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InvalidInputError, match=name) as caught:
        load_settings()
    assert "secret" not in str(caught.value)


def test_empty_settings_mean_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STORAGE", "S3_ENDPOINT", "S3_ACCESS_KEY", "S3_SECRET_KEY"):
        monkeypatch.setenv(f"YTEMPIRE_{name}", "")
    settings = load_settings()
    assert settings.storage is None
    assert settings.s3_access_key is None


def test_half_a_key_is_said(settings: Settings) -> None:
    half = settings.model_copy(
        update={"storage": "s3://bucket", "s3_secret_key": SecretStr("half")}
    )
    with pytest.raises(InvalidInputError, match="YTEMPIRE_S3_ACCESS_KEY is missing"):
        lake_objects(half)


def test_keys_are_not_mixed_with_the_environments(
    s3: S3Server, bucket_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session token belongs to the environment's keys, not to those of the settings."""
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of-other-keys")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    objects = lake_objects(bucket_settings)
    objects.write("a", b"x")
    assert objects.read("a") == b"x"


def test_server_that_is_not_there_is_never_a_missing_object(settings: Settings) -> None:
    from ytempire_assets.resources.storage.s3 import Address, Patience

    secret = SecretStr("key")
    address = Address("shelf", "", "http://127.0.0.1:9", "us-east-1", secret, secret)
    objects = S3Objects(address, Patience(retries=1, retry_s=5))
    asks = (
        lambda: objects.read("a"),
        lambda: objects.exists("a"),
        lambda: objects.entries("a"),
        lambda: objects.write("a", b""),
        lambda: objects.delete("a"),
    )
    for ask in asks:
        with pytest.raises(TransientError, match=r"127\.0\.0\.1:9 did not answer.*S3_ENDPOINT"):
            ask()
