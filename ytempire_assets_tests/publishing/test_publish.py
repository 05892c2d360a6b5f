"""A publication is carried through once, whatever state it is found in."""

from __future__ import annotations

from pathlib import Path

import pytest

from ytempire_assets.errors import InvalidInputError, PermanentError, TransientError
from ytempire_assets.publishing.publish import publish
from ytempire_assets.publishing.youtube import YouTubeClient
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.sandbox.faults import Faults
from ytempire_assets.sandbox.server import SandboxServer
from ytempire_assets.sandbox.store import SandboxStore
from ytempire_assets_tests.publishing.studio import (
    JPEG,
    SRT,
    UNIT,
    ignore,
    make_client,
    make_package,
    make_plan,
    make_video,
)


def test_a_publication_arrives_whole(
    tmp_path: Path, client: YouTubeClient, ledger: Ledger, shelf: SandboxStore
) -> None:
    file = make_video(tmp_path / "v.mp4")
    shares: list[float] = []
    done = publish(make_plan(file), make_package(file), ledger, client, shares.append)

    assert done.publication.state == "verified"
    assert done.sent_bytes == file.stat().st_size
    assert done.note == ""
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    (video,) = shelf.page(10)
    assert video.id == done.publication.remote_id
    assert done.publication.address == f"http://127.0.0.1:8765/watch?v={video.id}"
    assert video.file_name == done.publication.plan.content
    assert shelf.video_file(video.id).read_bytes() == file.read_bytes()
    assert video.duration_s == 36.5
    assert video.resource["status"] == {
        "privacyStatus": "private",
        "publishAt": "2026-11-19T17:00:00Z",
        "selfDeclaredMadeForKids": False,
        "containsSyntheticMedia": True,
        "license": "youtube",
        "embeddable": True,
    }
    assert video.resource["snippet"]["categoryId"] == "28"
    assert shelf.thumbnail_file(video.thumbnail or "").read_bytes() == JPEG
    (track,) = shelf.captions(video.id)
    assert track.language == "en"
    assert shelf.captions_text(track) == SRT.decode().replace("\r\n", "\n")


def test_publishing_again_does_nothing(
    tmp_path: Path, client: YouTubeClient, ledger: Ledger, shelf: SandboxStore
) -> None:
    file = make_video(tmp_path / "v.mp4")
    plan, package = make_plan(file), make_package(file)
    first = publish(plan, package, ledger, client, ignore)
    again = publish(plan, package, ledger, client, ignore)
    assert again.publication == first.publication
    assert again.sent_bytes == 0
    assert shelf.count() == 1


def test_thumbnail_and_captions_may_be_missing(
    tmp_path: Path, client: YouTubeClient, ledger: Ledger, shelf: SandboxStore
) -> None:
    file = make_video(tmp_path / "v.mp4")
    package = make_package(file, thumbnail=None, captions_srt=None)
    done = publish(make_plan(file), package, ledger, client, ignore)
    assert done.publication.state == "verified"
    (video,) = shelf.page(10)
    assert video.thumbnail is None
    assert shelf.captions(video.id) == []


def test_approval_waits_and_sends_nothing(
    tmp_path: Path, client: YouTubeClient, ledger: Ledger, shelf: SandboxStore
) -> None:
    file = make_video(tmp_path / "v.mp4")
    plan, package = make_plan(file, needs_approval=True), make_package(file)
    waiting = publish(plan, package, ledger, client, ignore)
    assert waiting.publication.state == "planned"
    assert waiting.sent_bytes == 0
    assert "ytempire approve orbit-20261119-1" in waiting.note
    assert shelf.count() == 0

    ledger.decide(plan.video_id, yes=True, by="a person")
    assert publish(plan, package, ledger, client, ignore).publication.state == "verified"
    assert shelf.count() == 1


def test_a_resumed_upload_sends_only_what_is_missing(
    tmp_path: Path, folder: Path, ledger: Ledger
) -> None:
    file = make_video(tmp_path / "v.mp4", 5 * UNIT + 77)
    plan, package = make_plan(file), make_package(file)

    def stop_after_two_chunks(share: float) -> None:
        if share > 0.3:
            raise KeyboardInterrupt

    with (
        SandboxServer(folder) as server,
        make_client(server.url) as client,
        pytest.raises(KeyboardInterrupt),
    ):
        publish(plan, package, ledger, client, stop_after_two_chunks)
    assert ledger.publications()[0].state == "uploading"
    assert ledger.publications()[0].offset_bytes > 0
    # Another process, another port: the stored address still leads to the session.
    with SandboxServer(folder) as server, make_client(server.url) as client:
        done = publish(plan, package, ledger, client, ignore)
        assert done.publication.state == "verified"
        assert done.sent_bytes == 3 * UNIT + 77


@pytest.mark.parametrize(
    "faults",
    [
        Faults(fail_chunk=1),
        Faults(fail_chunk=2),
        Faults(drop_chunk=1),
        Faults(drop_chunk=4),
        Faults(forget_at_chunk=1),
        Faults(forget_at_chunk=3),
        Faults(lose_final_answer=True),
        Faults(fail_chunk=1, drop_chunk=2, forget_at_chunk=3, lose_final_answer=True),
    ],
    ids=str,
)
def test_one_video_comes_out_of_every_fault(
    tmp_path: Path, folder: Path, ledger: Ledger, faults: Faults
) -> None:
    file = make_video(tmp_path / "v.mp4")
    with SandboxServer(folder, faults=faults) as server, make_client(server.url) as client:
        done = publish(make_plan(file), make_package(file), ledger, client, ignore)
    assert done.publication.state == "verified"
    store = SandboxStore(folder)
    (video,) = store.page(10)
    assert store.video_file(video.id).read_bytes() == file.read_bytes()
    store.close()


def test_a_forgotten_session_whose_video_exists_is_reconciled(
    tmp_path: Path, client: YouTubeClient, ledger: Ledger, shelf: SandboxStore
) -> None:
    file, other = make_video(tmp_path / "v.mp4"), make_video(tmp_path / "other.mp4")
    publish(make_plan(other, "orbit-20261118-1"), make_package(other), ledger, client, ignore)
    plan, package = make_plan(file), make_package(file)

    class Dies(YouTubeClient):
        def send(self, *args: object) -> str:
            client.send(*args)  # type: ignore[arg-type]
            raise TransientError("the answer was lost", "run again")

    dying = Dies.__new__(Dies)
    dying.__dict__ = client.__dict__
    with pytest.raises(TransientError):
        publish(plan, package, ledger, dying, ignore)
    (begun,) = ledger.publications(video_id=plan.video_id)
    shelf.forget_session((begun.session_url or "").rpartition("=")[2])

    done = publish(plan, package, ledger, client, ignore)
    assert done.publication.state == "verified"
    assert done.sent_bytes == 0
    assert shelf.count() == 2
    assert shelf.video(done.publication.remote_id or "").file_name == plan.content  # type: ignore[union-attr]


def test_a_new_render_of_a_published_video_is_not_sent(
    tmp_path: Path, client: YouTubeClient, ledger: Ledger, shelf: SandboxStore
) -> None:
    old, new = make_video(tmp_path / "old.mp4"), make_video(tmp_path / "new.mp4")
    first = publish(make_plan(old), make_package(old), ledger, client, ignore)
    again = publish(make_plan(new), make_package(new), ledger, client, ignore)
    assert again.publication == first.publication
    assert again.sent_bytes == 0
    assert "was published before" in again.note
    assert shelf.count() == 1


def test_a_new_render_replaces_an_upload_that_never_became_a_video(
    tmp_path: Path, client: YouTubeClient, ledger: Ledger, shelf: SandboxStore
) -> None:
    old, new = make_video(tmp_path / "old.mp4"), make_video(tmp_path / "new.mp4")

    def stop(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        publish(make_plan(old), make_package(old), ledger, client, stop)
    done = publish(make_plan(new), make_package(new), ledger, client, ignore)
    assert done.publication.state == "verified"
    assert done.note == ""
    (video,) = shelf.page(10)
    assert shelf.video_file(video.id).read_bytes() == new.read_bytes()


def test_a_new_render_after_a_lost_answer_keeps_the_video_that_is_there(
    tmp_path: Path, folder: Path, ledger: Ledger
) -> None:
    old, new = make_video(tmp_path / "old.mp4"), make_video(tmp_path / "new.mp4")

    reports: list[float] = []

    def stop_at_the_end(share: float) -> None:
        reports.append(share)
        if len(reports) == 4:  # the last of four chunks arrived
            raise KeyboardInterrupt

    with SandboxServer(folder) as server, make_client(server.url) as client:
        with pytest.raises(KeyboardInterrupt):
            publish(make_plan(old), make_package(old), ledger, client, stop_at_the_end)
        done = publish(make_plan(new), make_package(new), ledger, client, ignore)
        assert done.publication.state == "verified"
        assert done.publication.plan.content == make_plan(old).content
        assert "was published before" in done.note
    store = SandboxStore(folder)
    assert store.count() == 1
    store.close()


def test_refused_metadata_leaves_the_publication_as_it_was(
    tmp_path: Path, client: YouTubeClient, ledger: Ledger, shelf: SandboxStore
) -> None:
    file = make_video(tmp_path / "v.mp4")
    plan = make_plan(file)
    with pytest.raises(PermanentError, match="the title must not contain < or >"):
        publish(plan, make_package(file, title="a <b>"), ledger, client, ignore)
    assert ledger.publications()[0].state == "approved"
    done = publish(plan, make_package(file), ledger, client, ignore)
    assert done.publication.state == "verified"
    assert shelf.count() == 1


def test_the_file_must_be_the_planned_one(
    tmp_path: Path, client: YouTubeClient, ledger: Ledger
) -> None:
    file = make_video(tmp_path / "v.mp4")
    plan = make_plan(file)
    with pytest.raises(InvalidInputError, match="category 'cooking' is unknown"):
        publish(plan, make_package(file, category="cooking"), ledger, client, ignore)
    file.write_bytes(b"short")
    with pytest.raises(InvalidInputError, match="has 5 bytes, planned were"):
        publish(plan, make_package(file), ledger, client, ignore)
    file.unlink()
    with pytest.raises(InvalidInputError, match="cannot be read"):
        publish(plan, make_package(file), ledger, client, ignore)


def test_two_runs_on_one_publication_make_one_video(
    tmp_path: Path, client: YouTubeClient, ledger: Ledger, shelf: SandboxStore
) -> None:
    """The second run starts while the first is in the middle, and changes nothing."""
    file = make_video(tmp_path / "v.mp4")
    plan, package = make_plan(file), make_package(file)
    inner: list[str] = []

    def run_another(share: float) -> None:
        if not inner and share < 1.0:
            with make_client(client.endpoints.api.removesuffix("/youtube/v3")) as second:
                with pytest.raises(TransientError, match="is being published by another run") as no:
                    publish(plan, package, ledger, second, ignore)
                inner.append(no.value.problem.partition("sandbox ")[2])

    assert publish(plan, package, ledger, client, run_another).publication.state == "verified"
    assert inner == ["is being published by another run"]
    assert shelf.count() == 1
    assert publish(plan, package, ledger, client, ignore).publication.state == "verified"


def test_a_new_render_waits_for_the_run_that_sends_the_old_one(
    tmp_path: Path, client: YouTubeClient, ledger: Ledger, shelf: SandboxStore
) -> None:
    old, new = make_video(tmp_path / "old.mp4"), make_video(tmp_path / "new.mp4")

    def publish_the_new_one(share: float) -> None:
        with make_client(client.endpoints.api.removesuffix("/youtube/v3")) as second:
            if share < 1.0:
                with pytest.raises(TransientError, match="is being published by another run"):
                    publish(make_plan(new), make_package(new), ledger, second, ignore)

    publish(make_plan(old), make_package(old), ledger, client, publish_the_new_one)
    again = publish(make_plan(new), make_package(new), ledger, client, ignore)
    assert "published before" in again.note
    (video,) = shelf.page(10)
    assert shelf.video_file(video.id).read_bytes() == old.read_bytes()
