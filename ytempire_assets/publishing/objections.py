"""What must hold in the last moment before a video leaves this machine.

Belongs here: gates, approval and originality once more. Between planning and sending days may pass:
a channel may have begun to ask for approval, another one may have published the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.publishing.publication import BY_RULES, Publication

REPEAT_DAYS = 90
"""The same topic, or the same title, is not published again within so many days."""


def check_gates(publication: Publication, content: str, gates: Sequence[object]) -> None:
    """Refuses a file that was not examined, or is not the one that was.

    Args:
        publication: What is about to be sent.
        content: Blob of the file that was examined.
        gates: What it was examined for; all passed.

    Raises:
        InvalidInputError: Says which of both.
    """
    plan = publication.plan
    if content != plan.content or not gates:
        raise InvalidInputError(
            f"{plan.video_id}: the file {plan.content[:12]} has not passed its gates",
            "materialise renders, then uploads",
        )


def check_approval(publication: Publication, *, asked: bool) -> None:
    """Refuses a video that nobody approved on a channel that asks for it.

    Raises:
        InvalidInputError: Says how to approve it.
    """
    by_a_person = publication.approved_at is not None and publication.decided_by != BY_RULES
    if asked and not by_a_person:
        raise InvalidInputError(
            f"{publication.plan.video_id} was not approved, and its channel asks for it",
            f"ytempire approve {publication.plan.video_id}",
        )


def check_originality(publication: Publication, rivals: Sequence[Publication]) -> None:
    """Refuses a video that is out already under another name.

    Args:
        publication: What is about to be sent.
        rivals: Publications on the same platform with the same file, title, or channel and topic.

    Raises:
        InvalidInputError: Names the other one and what both share.
    """
    plan = publication.plan
    for rival in rivals:
        other = rival.plan
        if other.video_id == plan.video_id or other.platform != plan.platform:
            continue
        near = abs(other.day - plan.day) <= timedelta(days=REPEAT_DAYS)
        shared = ""
        if other.content == plan.content:
            shared = "is byte for byte the same file"
        elif near and other.channel == plan.channel and other.topic_id == plan.topic_id:
            shared = f"has the same topic '{plan.topic_id}'"
        elif near and plan.title and other.title.casefold() == plan.title.casefold():
            shared = "has the same title"
        if shared:
            raise InvalidInputError(
                f"{plan.video_id} {shared} as {other.video_id} of {other.channel} "
                f"({other.day.isoformat()}), which is out already",
                "leave it out, or make it anew with another topic and title",
            )
