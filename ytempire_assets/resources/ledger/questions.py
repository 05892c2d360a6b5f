"""What people, sensors and other publications ask of the publications table.

Belongs here: reading only. What changes is in ``publications``.
"""

from __future__ import annotations

from datetime import date, datetime

from ytempire_assets.discovery.originality import Made
from ytempire_assets.publishing.fair_share import Waiting
from ytempire_assets.publishing.publication import (
    IN_DOUBT,
    OUT,
    SETTLED,
    STATES,
    Publication,
    PublicationPlan,
    State,
)
from ytempire_assets.resources.ledger.database import Database
from ytempire_assets.resources.ledger.rows import as_publication, in_utc, is_held


class Questions(Database):
    """Publications, looked at."""

    def publications(
        self,
        channel: str | None = None,
        day: date | None = None,
        video_id: str | None = None,
        platform: str | None = None,
        states: frozenset[State] | None = None,
    ) -> list[Publication]:
        """Publications, oldest day first, optionally only some."""
        import sqlalchemy as sa

        from ytempire_assets.resources.ledger.schema import publications as table

        query = sa.select(table).order_by(table.c.day, table.c.video_id, table.c.platform)
        wanted = {"channel": channel, "day": day, "video_id": video_id, "platform": platform}
        for name, value in wanted.items():
            if value is not None:
                query = query.where(table.c[name] == value)
        if states is not None:
            query = query.where(table.c.state.in_(sorted(states)))
        with self._transaction() as connection:
            return [as_publication(row) for row in connection.execute(query).mappings()]

    def waiting(self, platform: str, before: datetime) -> list[Waiting]:
        """What is approved and rests no longer than ``before``, for ``fair_share``."""
        import sqlalchemy as sa

        from ytempire_assets.resources.ledger.schema import publications as table

        awake = sa.or_(table.c.next_try_at.is_(None), table.c.next_try_at < before)
        with self._transaction() as connection:
            rows = connection.execute(
                sa.select(
                    table.c.video_id, table.c.channel, table.c.priority, table.c.approved_at
                ).where((table.c.platform == platform) & (table.c.state == "approved") & awake)
            )
            return [
                Waiting(video_id, channel, priority, in_utc(since))
                for video_id, channel, priority, since in rows
            ]

    def rivals(self, plan: PublicationPlan) -> list[Publication]:
        """Others on the platform, begun or out, that share file, title, or channel and topic."""
        import sqlalchemy as sa

        from ytempire_assets.resources.ledger.schema import publications as table

        shared = [
            table.c.content == plan.content,
            (table.c.channel == plan.channel) & (table.c.topic_id == plan.topic_id),
        ]
        if plan.title:
            shared.append(table.c.title == plan.title[:200])
        # Asked for by what is rare alone: with platform and state in the query SQLite goes through
        # all that the platform has.
        query = sa.select(table).where(sa.or_(*shared))
        with self._transaction() as connection:
            return [
                as_publication(row)
                for row in connection.execute(query).mappings()
                if row["platform"] == plan.platform
                and row["video_id"] != plan.video_id
                and row["state"] in IN_DOUBT | OUT
            ]

    def made_by_others(self, channel: str, since: date, until: date) -> list[Made]:
        """What other channels planned or published for days from ``since`` up to ``until``."""
        import sqlalchemy as sa

        from ytempire_assets.resources.ledger.schema import publications as table

        query = (
            sa.select(table.c.channel, table.c.day, table.c.topic_id, table.c.title)
            .where((table.c.day >= since) & (table.c.day < until) & (table.c.channel != channel))
            .where(table.c.state != "rejected")
        )
        with self._transaction() as connection:
            # Once each though on two platforms; SQLite would sort all of them for that.
            return [Made(*row) for row in dict.fromkeys(map(tuple, connection.execute(query)))]

    def planned_since(self, platform: str, since: datetime) -> dict[str, int]:
        """How many publications each channel planned from ``since`` on."""
        import sqlalchemy as sa

        from ytempire_assets.resources.ledger.schema import publications as table

        with self._transaction() as connection:
            # By time alone, as in ``rivals``.
            rows = connection.execute(
                sa.select(table.c.channel, table.c.platform, sa.func.count())
                .where(table.c.created_at >= since)
                .group_by(table.c.channel, table.c.platform)
            )
            return {channel: int(count) for channel, where, count in rows if where == platform}

    def unfinished(self) -> list[Publication]:
        """What could go on now, longest waiting first: neither settled, nor resting, nor held."""
        import sqlalchemy as sa

        from ytempire_assets.resources.ledger.schema import publications as table

        with self._transaction() as connection:
            now = self._time(connection)
            rows = connection.execute(
                sa.select(table)
                # Named, not excluded: the index finds them among years of settled ones.
                .where(table.c.state.in_(sorted({*STATES} - {*SETTLED, "planned"})))
                .where(sa.or_(table.c.next_try_at.is_(None), table.c.next_try_at <= now))
                .where(
                    # A scheduled one has nothing to do before its time, but its late captions.
                    sa.or_(
                        table.c.state != "scheduled",
                        table.c.publish_at <= now,
                        table.c.captions.in_(("pending", "trying")),
                    )
                )
                .order_by(table.c.created_at, table.c.video_id)
            ).mappings()
            return [as_publication(row) for row in rows if not is_held(row, now)]

    def has_twin_in_doubt(self, plan: PublicationPlan) -> bool:
        """See ``PublicationStore.has_twin_in_doubt``."""
        import sqlalchemy as sa

        from ytempire_assets.resources.ledger.schema import publications as table

        with self._transaction() as connection:
            found = connection.execute(
                sa.select(table.c.video_id).where(
                    (table.c.platform == plan.platform)
                    & (table.c.content == plan.content)
                    & (table.c.video_id != plan.video_id)
                    & table.c.state.in_(sorted(IN_DOUBT))
                )
            ).first()
        return found is not None

    def is_claimed(self, platform: str, remote_id: str, video_id: str) -> bool:
        """See ``PublicationStore.is_claimed``."""
        import sqlalchemy as sa

        from ytempire_assets.resources.ledger.schema import publications as table

        with self._transaction() as connection:
            found = connection.execute(
                sa.select(table.c.video_id).where(
                    (table.c.platform == platform)
                    & (table.c.remote_id == remote_id)
                    & (table.c.video_id != video_id)
                )
            ).first()
        return found is not None
