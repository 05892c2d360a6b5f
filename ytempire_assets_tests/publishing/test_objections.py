"""The last look before a video leaves: examined, approved where that is asked, and no repeat."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.publishing.objections import (
    REPEAT_DAYS,
    check_approval,
    check_gates,
    check_originality,
)
from ytempire_assets.publishing.publication import BY_RULES, Publication, PublicationPlan

NOW = datetime(2026, 11, 19, 20, tzinfo=UTC)
TODAY = date(2026, 11, 19)


def a_publication(
    video_id: str = "orbit-1",
    approved_at: datetime | None = NOW,
    decided_by: str | None = BY_RULES,
    **changes: object,
) -> Publication:
    values: dict[str, object] = {
        "platform": "sandbox",
        "channel": "orbit",
        "topic_id": f"topic-of-{video_id}",
        "day": TODAY,
        "content": f"{video_id}.mp4",
        "size_bytes": 10,
        "publish_at": NOW,
        "needs_approval": False,
        "title": f"Title of {video_id}",
    }
    plan = PublicationPlan(video_id, **{**values, **changes})  # type: ignore[arg-type]
    return Publication(plan, "approved", 1, NOW, approved_at=approved_at, decided_by=decided_by)


# Gates


def test_the_examined_file_passes() -> None:
    check_gates(a_publication(), "orbit-1.mp4", ["loudness", "length"])


@pytest.mark.parametrize(
    ("content", "gates"),
    [("orbit-1.mp4", []), ("another.mp4", ["loudness"]), ("", []), ("orbit-1.MP4", ["loudness"])],
    ids=["no gates", "another file", "nothing", "another name"],
)
def test_a_file_that_was_not_examined_does_not_pass(content: str, gates: list[str]) -> None:
    with pytest.raises(InvalidInputError) as caught:
        check_gates(a_publication(), content, gates)
    assert caught.value.problem == "orbit-1: the file orbit-1.mp4 has not passed its gates"
    assert caught.value.next_step == "materialise renders, then uploads"


# Approval


@pytest.mark.parametrize(
    ("approved_at", "decided_by", "passes"),
    [
        (NOW, "Ada", True),
        (NOW, BY_RULES, False),
        (None, None, False),
        (None, "Ada", False),
    ],
    ids=["a person", "the rules", "nobody", "a person who said no"],
)
def test_where_a_person_is_asked_only_a_persons_yes_counts(
    approved_at: datetime | None, decided_by: str | None, passes: bool
) -> None:
    publication = a_publication(approved_at=approved_at, decided_by=decided_by)
    check_approval(publication, asked=False)
    if passes:
        check_approval(publication, asked=True)
        return
    with pytest.raises(InvalidInputError, match="orbit-1 was not approved, and its") as caught:
        check_approval(publication, asked=True)
    assert caught.value.next_step == "ytempire approve orbit-1"


# Originality


def test_what_nobody_published_is_original() -> None:
    check_originality(a_publication(), [])
    check_originality(a_publication(), [a_publication("orbit-2")])


def test_it_is_no_rival_of_itself() -> None:
    check_originality(a_publication(), [a_publication()])


@pytest.mark.parametrize(
    ("rival", "shared"),
    [
        ({"content": "orbit-1.mp4"}, "is byte for byte the same file"),
        ({"content": "orbit-1.mp4", "channel": "fieldnotes"}, "is byte for byte the same file"),
        ({"content": "orbit-1.mp4", "day": date(2020, 1, 1)}, "is byte for byte the same file"),
        ({"topic_id": "topic-of-orbit-1"}, "has the same topic 'topic-of-orbit-1'"),
        ({"title": "Title of orbit-1"}, "has the same title"),
        ({"title": "TITLE OF ORBIT-1", "channel": "fieldnotes"}, "has the same title"),
    ],
)
def test_what_is_out_already_is_not_published_again(rival: dict[str, object], shared: str) -> None:
    other = a_publication("earlier", **rival)  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError) as caught:
        check_originality(a_publication(), [a_publication("harmless"), other])
    assert caught.value.problem == (
        f"orbit-1 {shared} as earlier of {other.plan.channel} ({other.plan.day}), which is out "
        "already"
    )
    assert "another topic and title" in caught.value.next_step


@pytest.mark.parametrize(
    "rival",
    [
        {"content": "orbit-1.mp4", "platform": "youtube"},
        {"topic_id": "topic-of-orbit-1", "channel": "fieldnotes"},
        {"title": "Title of orbit-11"},
    ],
    ids=["another platform", "another channel's topic", "a title that only begins alike"],
)
def test_what_only_looks_alike_is_no_repeat(rival: dict[str, object]) -> None:
    check_originality(a_publication(), [a_publication("earlier", **rival)])  # type: ignore[arg-type]


def test_videos_without_a_title_are_not_alike_for_that() -> None:
    check_originality(a_publication(title=""), [a_publication("earlier", title="")])


@given(st.integers(-400, 400), st.sampled_from(["topic", "title"]))
def test_topics_and_titles_may_come_back_after_a_season(days: int, what: str) -> None:
    shared: dict[str, object] = (
        {"topic_id": "topic-of-orbit-1"} if what == "topic" else {"title": "Title of orbit-1"}
    )
    earlier = a_publication("earlier", day=TODAY + timedelta(days=days), **shared)  # type: ignore[arg-type]
    if abs(days) > REPEAT_DAYS:
        check_originality(a_publication(), [earlier])
        return
    with pytest.raises(InvalidInputError, match=f"same {what}"):
        check_originality(a_publication(), [earlier])
