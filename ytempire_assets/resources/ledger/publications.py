"""Publications in the ledger: planning, leases, progress, approvals.

Belongs here: the changes behind ``publishing.publication.PublicationStore``, each one transaction.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ytempire_assets.errors import InvalidInputError, TransientError
from ytempire_assets.publishing.errors import ClaimedError
from ytempire_assets.publishing.publication import (
    BEFORE_SENDING,
    BY_RULES,
    Publication,
    PublicationPlan,
    State,
)
from ytempire_assets.resources.ledger.questions import Questions
from ytempire_assets.resources.ledger.rows import (
    as_publication,
    change,
    changed_meanwhile,
    existing_row,
    is_held,
    key_of,
    locked_row,
    plan_values,
    read_again,
    said_yes,
    same_plan,
)


class Publications(Questions):
    """One row per video and platform."""

    def open_publication(self, plan: PublicationPlan) -> Publication:
        """See ``PublicationStore.open_publication``."""
        import sqlalchemy as sa

        try:
            return self._open(plan)
        except sa.exc.IntegrityError:  # another worker planned it at the same moment
            return self._open(plan)

    def _open(self, plan: PublicationPlan) -> Publication:
        import sqlalchemy as sa

        from ytempire_assets.resources.ledger.schema import publications as table

        with self._transaction() as connection:
            now = self._time(connection)
            row = locked_row(connection, plan.video_id, plan.platform)
            if row is None:
                approved = not plan.needs_approval
                connection.execute(
                    sa.insert(table).values(
                        **plan_values(plan),
                        state="approved" if approved else "planned",
                        approved_at=now if approved else None,
                        decided_by=BY_RULES if approved else None,
                        version=1,
                        created_at=now,
                        updated_at=now,
                    )
                )
            elif row["state"] in BEFORE_SENDING or (
                row["state"] == "rejected"
                and (row["content"], row["words"]) != (plan.content, plan.words)
            ):
                if same_plan(row, plan):
                    return as_publication(row)
                yes = said_yes(row, plan)
                waits = plan.needs_approval and not yes
                change(
                    connection,
                    row,
                    now,
                    **plan_values(plan),
                    state="planned" if waits else "approved",
                    approved_at=None if waits else row["approved_at"] or now,
                    # Whoever said yes to another file, or no, said nothing about this one.
                    decided_by=None if waits else row["decided_by"] if yes else BY_RULES,
                )
            else:
                return as_publication(row)
            return read_again(connection, plan)

    def lease(self, publication: Publication, owner: str, seconds: float) -> Publication:
        """See ``PublicationStore.lease``."""
        plan = publication.plan
        with self._transaction() as connection:
            now = self._time(connection)
            row = existing_row(connection, plan)
            if is_held(row, now, but_by=owner):
                raise TransientError(
                    f"{plan.video_id} on {plan.platform} is being published by another run",
                    "wait for that run to end; this one has changed nothing",
                )
            change(
                connection,
                row,
                now,
                lease_owner=owner,
                lease_until=now + timedelta(seconds=seconds),
            )
            return read_again(connection, plan)

    def renew(self, publication: Publication, owner: str, seconds: float) -> bool:
        """See ``PublicationStore.renew``."""
        import sqlalchemy as sa

        from ytempire_assets.resources.ledger.schema import publications as table

        with self._transaction() as connection:
            until = self._time(connection) + timedelta(seconds=seconds)
            held = connection.execute(
                sa.update(table)
                .where(key_of(publication.plan) & (table.c.lease_owner == owner))
                .values(lease_until=until)
            )
            return held.rowcount == 1

    def release(self, publication: Publication, owner: str) -> None:
        """See ``PublicationStore.release``."""
        import sqlalchemy as sa

        from ytempire_assets.resources.ledger.schema import publications as table

        with self._transaction() as connection:
            connection.execute(
                sa.update(table)
                .where(key_of(publication.plan) & (table.c.lease_owner == owner))
                .values(lease_owner=None, lease_until=None)
            )

    def advance(self, publication: Publication, state: State, **changes: Any) -> Publication:
        """See ``PublicationStore.advance``."""
        import sqlalchemy as sa

        values = {"problem": "", "attempts": 0, "next_try_at": None, **changes}
        try:
            return self._update(publication, state=state, **values)
        except sa.exc.IntegrityError as error:
            raise ClaimedError(
                f"the video {changes.get('remote_id')} on {publication.plan.platform} belongs to "
                "another publication",
                "run again: the platform is asked for another one",
            ) from error

    def rest(
        self,
        publication: Publication,
        owner: str,
        problem: str,
        until: datetime | None,
        *,
        failed: bool = True,
    ) -> Publication:
        """See ``PublicationStore.rest``."""
        plan = publication.plan
        with self._transaction() as connection:
            row = existing_row(connection, plan)
            if row["lease_owner"] != owner:
                raise changed_meanwhile(plan)
            change(
                connection,
                row,
                self._time(connection),
                problem=problem[:1000],
                attempts=row["attempts"] + failed,
                next_try_at=until,
            )
            return read_again(connection, plan)

    def _update(self, publication: Publication, **values: Any) -> Publication:
        plan = publication.plan
        with self._transaction() as connection:
            row = existing_row(connection, plan)
            if row["version"] != publication.version:
                raise changed_meanwhile(plan)
            change(connection, row, self._time(connection), **values)
            return read_again(connection, plan)

    def decide(
        self,
        video_id: str,
        *,
        yes: bool,
        by: str,
        content: str | None = None,
        words: str | None = None,
    ) -> list[Publication]:
        """A person's yes or no to a waiting video; returns the publications that it was about.

        Args:
            video_id: Which.
            yes: Whether it may be published.
            by: Who decides.
            content: The file that was looked at; None means whatever waits.
            words: Digest of the words that were looked at; None means whatever waits.

        Raises:
            InvalidInputError: The video does not wait for approval, or with another file; the
                message says which.
        """
        import sqlalchemy as sa

        from ytempire_assets.resources.ledger.schema import publications as table

        with self._transaction() as connection:
            now = self._time(connection)
            rows = list(
                connection.execute(
                    sa.select(table).where(table.c.video_id == video_id).with_for_update()
                ).mappings()
            )
            waiting = [row for row in rows if row["state"] == "planned"]
            if waiting:
                waiting = [
                    row
                    for row in waiting
                    if content in (None, row["content"]) and words in (None, row["words"])
                ]
                if not waiting:
                    raise InvalidInputError(
                        f"'{video_id}' was made anew meanwhile: nothing was decided",
                        "look at the new one, then decide about it",
                    )
            for row in waiting:
                change(
                    connection,
                    row,
                    now,
                    state="approved" if yes else "rejected",
                    approved_at=now if yes else None,
                    decided_by=by[:120],
                )
            if waiting:
                return [read_again(connection, as_publication(row).plan) for row in waiting]
        states = ", ".join(f"{row['state']} on {row['platform']}" for row in rows)
        raise InvalidInputError(
            f"'{video_id}' does not wait for approval" + (f": it is {states}" if states else ""),
            "see what waits with: ytempire approve",
        )
