"""What waits goes on by itself: for units, for a new day, for the platform, for its time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ytempire_assets.errors import PermanentError
from ytempire_assets.publishing.dressing import WhenShort
from ytempire_assets.publishing.errors import WithdrawnError
from ytempire_assets.publishing.quota import Limits, needs, quota_day
from ytempire_assets.sandbox.faults import Faults
from ytempire_assets.sandbox.quota import Limits as TheirLimits
from ytempire_assets_tests.publishing.world import NOON, World

Worlds = Callable[..., World]
MIDNIGHT = datetime(2026, 11, 20, 8, tzinfo=UTC)
ONE_WITH_CAPTIONS = Limits(units=600)
"""Units of a day for one video with everything and the essentials of another."""


def their(**limits: int) -> TheirLimits:
    """The platform's limits: only what is named is limited."""
    return TheirLimits(**{**dict.fromkeys(("uploads", "search", "units", "stats")), **limits})


def test_what_we_count_is_what_the_platform_counts(world: World) -> None:
    first, second = world.video("orbit-1", playlist="PLorbit"), world.video("field-1")
    assert world.publish(first).publication.state == "verified"
    assert world.publish(second).publication.state == "verified"
    theirs = world.control()["quota_used"]
    ours = {bucket: Limits().of(bucket) - left for bucket, left in world.left().items()}  # type: ignore[arg-type]
    assert ours == {
        "uploads": theirs["uploads"],
        "units": theirs["units"],
        "searches": theirs["search"],
        "stats": theirs["stats"],
    }
    uses = {
        (use.channel, use.bucket): use.units
        for use in world.ledger.uses("sandbox", quota_day(world.now()))
    }
    takes = needs(thumbnail=True, playlist=True, captions=True)
    assert uses["orbit", "uploads"] == uses["field", "uploads"] == 1
    assert uses["orbit", "units"] <= takes.essential + takes.captions


# Units are short


def test_captions_follow_on_the_next_day(worlds: Worlds) -> None:
    world = worlds(ONE_WITH_CAPTIONS)
    world.publish(world.video("orbit-1"))
    late = world.video("orbit-2")
    done = world.publish(late)
    assert (done.publication.state, done.publication.captions) == ("public", "pending")
    assert done.note == "its captions follow when the day's units suffice"
    assert (done.publication.next_try_at or NOON) > world.now()
    assert world.shelf.captions(done.publication.remote_id or "") == []

    again = world.publish(late)  # somebody asks by hand, on the same day
    assert (again.publication.state, again.publication.captions) == ("public", "pending")
    assert world.left()["units"] > 0

    world.next_day()
    assert [one.plan.video_id for one in world.ledger.unfinished()] == ["orbit-2"]
    ended = world.publish(late).publication
    assert (ended.state, ended.captions) == ("verified", "done")
    assert len(world.shelf.captions(ended.remote_id or "")) == 1
    assert world.control()["quota_used"]["uploads"] == 0


def test_captions_may_be_left_out(worlds: Worlds) -> None:
    world = worlds(ONE_WITH_CAPTIONS)
    world.publish(world.video("orbit-1"))
    done = world.publish(world.video("orbit-2"), "skip").publication
    assert (done.state, done.captions) == ("verified", "skipped")
    world.next_day()
    assert world.ledger.unfinished() == []
    assert world.shelf.captions(done.remote_id or "") == []


def test_captions_may_hold_the_video_back(worlds: Worlds) -> None:
    world = worlds(ONE_WITH_CAPTIONS)
    world.publish(world.video("orbit-1"))
    late, before = world.video("orbit-2"), world.requests()
    held = world.publish(late, "wait")
    assert held.publication.state == "approved"
    assert held.publication.next_try_at == MIDNIGHT
    assert "its captions take 400 units" in held.note
    assert world.requests() == before
    assert world.ledger.unfinished() == []

    world.next_day()
    ended = world.publish(late, "wait").publication
    assert (ended.state, ended.captions) == ("verified", "done")


def test_a_scheduled_video_waits_quietly_for_its_captions(worlds: Worlds) -> None:
    """It rests between its attempts, or a run would be started for it every minute."""
    world = worlds(ONE_WITH_CAPTIONS)
    world.publish(world.video("orbit-1"))
    late = world.video("orbit-2", publish_at=NOON + timedelta(days=2))
    assert world.publish(late).publication.state == "scheduled"
    for _ in range(3):
        rested = world.publish(late)
        assert (rested.publication.state, rested.publication.captions) == ("scheduled", "pending")
        assert "captions follow" in rested.note
        assert world.ledger.unfinished() == []
        world.move(hours=1, minutes=1)
        assert [one.plan.video_id for one in world.ledger.unfinished()] == ["orbit-2"]

    world.next_day()
    done = world.publish(late)
    assert (done.publication.state, done.publication.captions) == ("scheduled", "done")
    assert (done.note, world.ledger.unfinished()) == ("", [])
    world.move(days=2)
    assert world.publish(late).publication.state == "verified"


@pytest.mark.parametrize("when_short", ["later", "skip", "wait"])
def test_without_units_for_the_essentials_nothing_is_sent(
    worlds: Worlds, when_short: WhenShort
) -> None:
    world = worlds(Limits(units=50))
    video = world.video()
    held = world.publish(video, when_short)
    assert (held.publication.state, held.publication.next_try_at) == ("approved", MIDNIGHT)
    assert "50 of the day's 50 units are left" in held.note
    assert world.requests() == 0


# Uploads are used up


def test_used_up_uploads_wait_for_their_day(worlds: Worlds) -> None:
    world = worlds(Limits(uploads=1))
    world.publish(world.video("orbit-1"))
    late, before = world.video("orbit-2"), world.requests()
    held = world.publish(late)
    assert held.note == (
        "waits for its turn: 0 videos are before it and 0 of the day's 1 uploads are left; "
        "planned for 2026-11-20 (Pacific Time)"
    )
    assert (held.publication.state, held.publication.problem) == ("approved", held.note)
    assert world.requests() == before
    world.next_day()
    assert world.publish(late).publication.state == "verified"


@pytest.mark.parametrize(
    ("theirs", "bucket", "state", "said"),
    [
        (their(uploads=1), "uploads", "approved", "429 rateLimitExceeded"),
        (their(units=60), "units", "uploaded", "403 quotaExceeded"),
    ],
    ids=["429 per day", "403 quotaExceeded"],
)
def test_a_day_that_the_platform_calls_over_is_over_for_everybody(
    worlds: Worlds, theirs: TheirLimits, bucket: str, state: str, said: str
) -> None:
    """Our books say that there is more; the platform's word counts, and it is asked once."""
    world = worlds(theirs=theirs)
    world.publish(world.video("orbit-1", captions_srt=None))
    late = world.video("orbit-2", captions_srt=None)
    told = world.publish(late)
    assert "says that today's allowance is used up" in told.note
    assert said in told.note
    assert (told.publication.state, told.publication.next_try_at) == (state, MIDNIGHT)
    assert world.left()[bucket] == 0
    before = world.requests()

    for video in (late, world.video("field-1", captions_srt=None)):
        assert world.publish(video).note
    assert world.requests() == before
    assert world.ready() == []

    world.next_day()
    assert world.publish(late).publication.state == "verified"
    assert world.shelf.count() == 2


def test_a_channel_that_the_platform_stops_does_not_stop_the_others(worlds: Worlds) -> None:
    world = worlds(theirs=their(channel_uploads=1))
    world.publish(world.video("orbit-1"))
    late = world.video("orbit-2")
    told = world.publish(late)
    assert "takes no more uploads of this channel for a day (400 uploadLimitExceeded" in told.note
    until = told.publication.next_try_at
    assert until is not None
    assert timedelta(hours=23) < until - world.now() <= timedelta(hours=24)
    assert world.left()["uploads"] == 98  # both were asked for
    asked = world.control()["quota_used"]["uploads"]
    assert "takes no more uploads of orbit until" in world.publish(late).note
    assert world.control()["quota_used"]["uploads"] == asked
    assert world.publish(world.video("field-1")).publication.state == "verified"

    world.next_day()  # a new quota day does not end it
    assert world.publish(late).publication.state == "approved"
    assert world.control()["quota_used"]["uploads"] == 0
    assert world.ready() == []
    world.move(days=1)
    assert world.publish(late).publication.state == "verified"


# The platform takes its time


def test_a_video_is_verified_when_it_was_processed(worlds: Worlds) -> None:
    world = worlds(faults=Faults(processing_s=3600))
    video = world.video()
    done = world.publish(video)
    assert (done.publication.state, done.note) == ("public", "public; waits for processing")
    assert (done.publication.next_try_at or NOON) > world.now()
    world.move(hours=2)
    ended = world.publish(video)
    assert (ended.publication.state, ended.note, ended.sent_bytes) == ("verified", "", 0)
    assert world.shelf.count() == 1


def test_a_video_comes_out_at_its_time(world: World) -> None:
    video = world.video(publish_at=NOON + timedelta(hours=5))
    done = world.publish(video)
    assert (done.publication.state, done.note) == ("scheduled", "")
    assert world.ledger.unfinished() == []
    before = world.requests()
    again = world.publish(video).publication
    assert replace(again, version=0) == replace(done.publication, version=0)
    assert world.requests() == before
    world.move(hours=5, minutes=1)
    assert world.ledger.unfinished() != []
    assert world.publish(video).publication.state == "verified"


def delete_on_the_platform(world: World, remote_id: str) -> None:
    """What a person does there by hand; the API that we use cannot."""
    for table in ("captions", "playlist_items"):
        world.shelf.database.change(
            f"DELETE FROM {table} WHERE video_id = ?",  # noqa: S608
            remote_id,
        )
    world.shelf.database.change("DELETE FROM videos WHERE id = ?", remote_id)


def test_a_video_that_was_deleted_there_is_not_sent_again(world: World) -> None:
    video = world.video(publish_at=NOON + timedelta(hours=5))
    remote_id = world.publish(video).publication.remote_id or ""
    delete_on_the_platform(world, remote_id)
    world.move(hours=6)
    for _ in range(2):
        with pytest.raises(WithdrawnError) as caught:
            world.publish(video)
        assert str(caught.value) == (
            "the video of orbit-1 is not on the sandbox any more. Next: look whether somebody "
            "deleted it; it is not sent again by itself."
        )
        assert isinstance(caught.value, PermanentError)
    kept = world.stored(video)
    assert (kept.state, kept.remote_id) == ("scheduled", remote_id)
    assert kept.problem == caught.value.problem
    assert (kept.next_try_at or NOON) > world.now()
    assert world.shelf.count() == 0
    assert world.control()["quota_used"]["uploads"] == 1
