"""Whatever is wrong is said in one line with its next step; nothing is lost, doubled or told on."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ytempire_assets.errors import (
    InvalidInputError,
    PermanentError,
    TransientError,
    YtempireError,
)
from ytempire_assets.publishing.publication import Publication
from ytempire_assets.sandbox.faults import ALL_KINDS, KINDS, Faults
from ytempire_assets_tests.publishing.studio import UNIT, make_video
from ytempire_assets_tests.publishing.world import World

PLAYLIST = "PLorbit"
SECRET = "planted-secret-0123456789"


def refused(world: World, video: tuple[object, object], kind: type[YtempireError]) -> YtempireError:
    """What a run ends with: one line that says what to do, noted in the ledger."""
    with pytest.raises(kind) as caught:
        world.publish(video)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    assert caught.value.next_step
    kept = world.stored(video)  # type: ignore[arg-type]
    assert kept.problem == caught.value.problem
    assert (kept.next_try_at or world.now()) > world.now()
    return caught.value


def untouched(publication: Publication) -> None:
    assert publication.state == "approved"
    assert publication.session_url is None
    assert publication.remote_id is None


# Before anything is sent


def test_a_file_that_changed_since_it_was_examined_is_not_sent(
    world: World, tmp_path: Path
) -> None:
    """As long as before, with other bytes: its size alone does not tell."""
    video = world.video()
    good = video[1].file.read_bytes()
    video[1].file.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    error = refused(world, video, InvalidInputError)
    assert "changed since it was examined" in error.problem
    assert error.next_step == "materialise the render again"
    assert world.requests() == 0
    untouched(world.stored(video))
    video[1].file.write_bytes(good)
    assert world.publish(video).publication.state == "verified"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": "x" * 101}, "the title has 101 characters, 1 to 100 fit"),
        ({"title": "a < b"}, "the title must not contain < or >"),
        ({"title": "   "}, "the title has 3 characters, 1 to 100 fit"),
        ({"description": "ü" * 2501}, "the description has 5002 bytes, 5000 fit"),
        ({"description": "<b>"}, "the description must not contain < or >"),
        ({"tags": ("x" * 501,)}, "the tags have 501 characters, 500 fit"),
        ({"tags": ("a>b",)}, "a tag must not contain < or >"),
    ],
)
def test_metadata_that_does_not_fit_is_said_before_anything_is_asked(
    world: World, changes: dict[str, object], said: str
) -> None:
    video = world.video(**changes)  # type: ignore[arg-type]
    error = refused(world, video, InvalidInputError)
    assert error.problem == said
    assert error.next_step.startswith("correct the script's text")
    assert world.requests() == 0
    untouched(world.stored(video))
    right = (video[0], replace(video[1], title="Short", description="Words.", tags=("one",)))
    assert world.publish(right).publication.state == "verified"


# While it is sent


@pytest.mark.parametrize(
    ("skew_s", "said"),
    [
        (3 * 3600, "this machine's clock is 3 hours behind that of the sandbox"),
        (-3 * 3600, "this machine's clock is 3 hours ahead of that of the sandbox"),
        (-20 * 60, "this machine's clock is 20 minutes ahead of that of the sandbox"),
        (5 * 86_400, "this machine's clock is 5 days behind that of the sandbox"),
    ],
)
def test_a_clock_that_is_wrong_is_noticed_before_a_byte_is_sent(
    world: World, skew_s: float, said: str
) -> None:
    video = world.video()
    world.control(date_skew_s=skew_s)
    error = refused(world, video, InvalidInputError)
    assert error.problem == said
    assert "set the clock" in error.next_step
    untouched(world.stored(video))
    assert world.shelf.count() == 0
    world.control(date_skew_s=0)
    assert world.publish(video).publication.state == "verified"
    assert world.shelf.count() == 1


def test_a_page_instead_of_an_answer_is_noticed(world: World) -> None:
    video = world.video()
    world.control(faults="rate=1,kinds=html")
    error = refused(world, video, TransientError)
    assert "sandbox" in error.problem
    untouched(world.stored(video))
    assert world.shelf.count() == 0
    world.control(faults="")
    assert world.publish(video).publication.state == "verified"


def test_a_page_after_the_upload_leaves_it_uploaded(world: World) -> None:
    video = world.video(playlist=PLAYLIST)

    def break_at_the_end(share: float) -> None:
        if share >= 0.99:
            world.control(faults="rate=1,kinds=html")

    with pytest.raises(TransientError, match="other than a JSON object"):
        world.publish(video, report=break_at_the_end)
    kept = world.stored(video)
    assert (kept.state, kept.thumbnail, kept.playlist) == ("uploaded", "pending", "pending")
    world.control(faults="")
    done = world.publish(video)
    assert (done.publication.state, done.sent_bytes) == ("verified", 0)
    assert world.shelf.count() == 1


def test_a_consent_that_ended_is_said(world: World) -> None:
    video = world.video()
    with pytest.raises(PermanentError, match="the consent was withdrawn or ran out") as caught:
        world.publish(video, consent=f"revoked-{SECRET}")
    assert "ytempire channels connect" in caught.value.next_step
    untouched(world.stored(video))
    # It certainly was not sent: the allowance has it back.
    assert world.left()["uploads"] == 100


# Once and no more


@pytest.mark.parametrize("kind", ["duplicate", "lose_answer", "drop"])
@pytest.mark.parametrize("seed", [1, 2])
def test_everything_is_there_once_however_often_it_was_asked_for(
    worlds: Callable[..., World], kind: str, seed: int
) -> None:
    rate = 1.0 if kind == "duplicate" else 0.4
    world = worlds(faults=Faults(rate=rate, seed=seed, kinds=(kind,)))
    for number in range(3):
        video = world.video(f"orbit-{number}", playlist=PLAYLIST)
        until_done(world, lambda video=video: world.publish(video).publication.state == "verified")  # type: ignore[misc]
        remote_id = world.stored(video).remote_id or ""
        assert world.shelf.playlists.count(PLAYLIST, remote_id) == 1
        assert len(world.shelf.captions(remote_id)) == 1
    assert world.shelf.count() == 3
    assert world.control()["fault_counts"][kind] > 0


def until_done(world: World, run: Callable[[], bool]) -> None:
    """Runs again and again, as the sensor does."""
    for _ in range(20):
        try:
            if run():
                return
        except TransientError:
            world.move(hours=2)
    pytest.fail("it never ended")


@pytest.mark.parametrize("forgotten", [1, 2])
def test_two_publications_of_one_file_keep_a_video_each(
    world: World, tmp_path: Path, forgotten: int
) -> None:
    """Both died when their videos were there and nobody had noted which is whose.

    The first one finds the newest, which is the second one's; that one takes what is left, also
    when its own session still names the video that is taken.
    """
    file = make_video(tmp_path / "same.mp4", 2 * UNIT)
    same = {"file": file, "title": "The very same"}
    videos = [world.video(f"orbit-{number}", **same) for number in (1, 2)]  # type: ignore[arg-type]

    def die_at_the_end(share: float) -> None:
        if share >= 0.99:
            raise KeyboardInterrupt

    for video in videos:
        with pytest.raises(KeyboardInterrupt):
            world.publish(video, report=die_at_the_end)
    for video in videos[:forgotten]:
        world.shelf.forget_session((world.stored(video).session_url or "").rpartition("=")[2])
    assert world.shelf.count() == 2

    ended = [world.publish(video) for video in videos]
    assert {one.publication.state for one in ended} == {"verified"}
    assert sum(one.sent_bytes for one in ended) == 0
    assert {one.publication.remote_id for one in ended} == {
        video.id for video in world.shelf.page(10)
    }
    assert world.shelf.count() == 2


def test_another_publications_video_of_the_same_file_is_not_taken(
    world: World, tmp_path: Path
) -> None:
    file = make_video(tmp_path / "same.mp4", 2 * UNIT)
    same = {"file": file, "title": "The very same"}
    first, second = (world.video(f"orbit-{n}", **same) for n in (1, 2))  # type: ignore[arg-type]
    world.publish(first)

    def die(_share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        world.publish(second, report=die)
    world.shelf.forget_session((world.stored(second).session_url or "").rpartition("=")[2])
    # Its session is gone; the only such video there is the first one's: this one is sent anew.
    world.publish(second)
    assert world.stored(first).remote_id != world.stored(second).remote_id
    assert world.shelf.count() == 2


def test_a_ledger_that_was_lost_finds_its_videos_again(world: World) -> None:
    video = world.video(playlist=PLAYLIST)
    before = world.publish(video).publication
    world.ledger.close()
    Path(world.ledger.url.removeprefix("sqlite:///")).unlink()
    again = world.publish(video)
    assert (again.publication.state, again.sent_bytes) == ("verified", 0)
    assert again.publication.remote_id == before.remote_id
    assert world.shelf.count() == 1
    assert world.shelf.playlists.count(PLAYLIST, before.remote_id or "") == 1


# Secrets


@pytest.mark.parametrize("kind", [*ALL_KINDS, "down", "skew", "revoked", "everything"])
def test_no_fault_tells_a_secret(world: World, kind: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = f"revoked-{SECRET}" if kind == "revoked" else SECRET
    told: list[str] = []
    for number in range(2):
        world.control(faults=fault(kind, number), date_skew_s=9_000 if kind == "skew" else 0)
        video = world.video(f"orbit-{number}", playlist=PLAYLIST)
        try:
            told.append(world.publish(video, consent=secret).note)
        except YtempireError as error:
            told += [*traceback.format_exception(error), repr(error), error.next_step]
        told.append(repr(world.stored(video)))
    tokens = {SECRET, *filter(None, world.tokens)}
    assert (len(tokens) > 1) == (kind not in ("down", "revoked"))
    everything = "\n".join([*told, *(record.getMessage() for record in caplog.records)])
    assert [token for token in tokens if token in everything] == []


def fault(kind: str, number: int) -> str:
    if kind in ("skew", "revoked"):
        return ""
    if kind == "down":
        return "down"
    if kind == "everything":
        return f"rate=0.5,seed={number},kinds={'+'.join(KINDS)}"
    return f"rate={1 if number else 0.5},seed={number},kinds={kind}"
