"""Rows of the publications table and the values they hold.

Belongs here: from a plan to columns, from a row to a ``Publication``, and changing a locked row.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ytempire_assets.errors import InvalidInputError, TransientError
from ytempire_assets.publishing.lease import is_gone
from ytempire_assets.publishing.publication import BY_RULES, Publication, PublicationPlan

if TYPE_CHECKING:
    import sqlalchemy as sa

_FIELDS = (
    "session_url",
    "offset_bytes",
    "remote_id",
    "address",
    "thumbnail",
    "captions",
    "playlist",
    "decided_by",
    "problem",
    "attempts",
)


def changed_meanwhile(plan: PublicationPlan) -> TransientError:
    """The error for a publication that is another run's by now."""
    return TransientError(
        f"{plan.video_id} on {plan.platform} was changed by another run meanwhile",
        "wait for that run to end, then run again",
    )


def key_of(plan: PublicationPlan) -> Any:
    """Condition that finds the row of a plan."""
    from ytempire_assets.resources.ledger.schema import publications as table

    return (table.c.video_id == plan.video_id) & (table.c.platform == plan.platform)


def locked_row(connection: sa.Connection, video_id: str, platform: str) -> Any:
    """The row, locked until the transaction ends; None when there is none."""
    import sqlalchemy as sa

    from ytempire_assets.resources.ledger.schema import publications as table

    where = (table.c.video_id == video_id) & (table.c.platform == platform)
    return connection.execute(sa.select(table).where(where).with_for_update()).mappings().first()


def existing_row(connection: sa.Connection, plan: PublicationPlan) -> Any:
    """The row of a plan, locked until the transaction ends."""
    row = locked_row(connection, plan.video_id, plan.platform)
    if row is None:
        raise InvalidInputError(
            f"{plan.video_id} on {plan.platform} is not in the ledger any more",
            "materialise uploads again",
        )
    return row


def change(connection: sa.Connection, row: Any, now: datetime, **values: Any) -> None:
    """Writes fields of a locked row; its version grows."""
    import sqlalchemy as sa

    from ytempire_assets.resources.ledger.schema import publications as table

    where = (table.c.video_id == row["video_id"]) & (table.c.platform == row["platform"])
    connection.execute(
        sa.update(table)
        .where(where & (table.c.version == row["version"]))
        .values(**values, version=row["version"] + 1, updated_at=now)
    )


def read_again(connection: sa.Connection, plan: PublicationPlan) -> Publication:
    """The publication as it is now, inside a transaction."""
    return as_publication(locked_row(connection, plan.video_id, plan.platform))


def is_held(row: Any, now: datetime, but_by: str = "") -> bool:
    """Whether a run other than ``but_by`` works on the row: its lease lasts and it is alive."""
    holder, until = row["lease_owner"], maybe_utc(row["lease_until"])
    if holder is None or holder == but_by or until is None or until <= now:
        return False
    return not is_gone(holder)


def plan_values(plan: PublicationPlan) -> dict[str, Any]:
    """A plan as columns."""
    return {
        "video_id": plan.video_id,
        "platform": plan.platform,
        "channel": plan.channel,
        "topic_id": plan.topic_id,
        "day": plan.day,
        "content": plan.content,
        "size_bytes": plan.size_bytes,
        "publish_at": plan.publish_at,
        "needs_approval": plan.needs_approval,
        "priority": plan.priority,
        "title": plan.title[:200],
        "words": plan.words,
    }


def said_yes(row: Any, plan: PublicationPlan) -> bool:
    """Whether a person approved just this file with just these words."""
    by_a_person = row["approved_at"] is not None and row["decided_by"] != BY_RULES
    return by_a_person and (row["content"], row["words"]) == (plan.content, plan.words)


def same_plan(row: Any, plan: PublicationPlan) -> bool:
    """Whether a row holds just this plan already."""
    waits = plan.needs_approval and not said_yes(row, plan)
    return (row["state"] == "planned") == waits and all(
        (maybe_utc(row[name]) if name == "publish_at" else row[name]) == value
        for name, value in plan_values(plan).items()
    )


def as_publication(row: Any) -> Publication:
    """A row as a value."""
    return Publication(
        plan=PublicationPlan(
            video_id=row["video_id"],
            platform=row["platform"],
            channel=row["channel"],
            topic_id=row["topic_id"],
            day=row["day"],
            content=row["content"],
            size_bytes=row["size_bytes"],
            publish_at=in_utc(row["publish_at"]),
            needs_approval=row["needs_approval"],
            priority=row["priority"],
            title=row["title"],
            words=row["words"],
        ),
        state=row["state"],
        version=row["version"],
        planned_at=in_utc(row["created_at"]),
        approved_at=maybe_utc(row["approved_at"]),
        next_try_at=maybe_utc(row["next_try_at"]),
        **{name: row[name] for name in _FIELDS},
    )


def in_utc(at: datetime) -> datetime:
    """A stored time: SQLite forgets the zone, and everything is stored in UTC."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def maybe_utc(at: datetime | None) -> datetime | None:
    """The same for a time that may be missing."""
    return None if at is None else in_utc(at)
