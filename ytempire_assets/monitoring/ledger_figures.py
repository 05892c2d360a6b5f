"""Figures of the ledger: publications, uploads, and what is left of the allowances.

Belongs here: counting in the database, one short transaction a look.
"""

from __future__ import annotations

from ytempire_assets.monitoring import metrics
from ytempire_assets.monitoring.metrics import Figures
from ytempire_assets.publishing.publication import OUT, SETTLED, STATES
from ytempire_assets.publishing.quota import BUCKETS, Limits
from ytempire_assets.resources.allowances import SANDBOX_PROJECT, limits_of
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.settings import Settings

_STATES = (*STATES, "rejected")


class LedgerFigures:
    """Reads the ledger again and again.

    Args:
        settings: Where it is, and the allowances.
    """

    name = "ledger"
    every_s = 15.0

    def __init__(self, settings: Settings) -> None:
        self._ledger = _Counting(settings.ledger_url)
        self._project = settings.quota_project
        self._limits: Limits = limits_of(settings)

    def read(self) -> Figures:
        """Counts.

        Raises:
            StorageError: The ledger cannot be used.
            TransientError: It is locked.
        """
        figures = Figures()
        counted = self._ledger.counted()
        for platform in sorted({platform for platform, _ in counted}):
            known = {state: counted.get((platform, state), (0, 0)) for state in _STATES}
            for state, (count, _) in known.items():
                figures.add(metrics.PUBLICATIONS, count, platform, state)
            figures.add(metrics.FAILING, sum(bad for _, bad in known.values()), platform)
            out = sum(count for state, (count, _) in known.items() if state in OUT)
            figures.add(metrics.UPLOADS, out, platform)
        for project in dict.fromkeys((self._project, SANDBOX_PROJECT)):
            left = self._ledger.left(project, self._limits)
            for bucket in BUCKETS:
                limit = self._limits.of(bucket)
                figures.add(metrics.QUOTA_USED, limit - left[bucket], project, bucket)
                figures.add(metrics.QUOTA_LIMIT, limit, project, bucket)
        return figures

    def close(self) -> None:
        """Lets go of the database."""
        self._ledger.close()


class _Counting(Ledger):
    """The ledger, asked for numbers only."""

    def counted(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Publications, and those that fail, by platform and state."""
        import sqlalchemy as sa

        from ytempire_assets.resources.ledger.schema import publications as table

        failing = sa.case(
            (
                (table.c.attempts > 0)
                & (table.c.problem != "")
                & table.c.state.not_in(sorted(SETTLED)),
                1,
            ),
            else_=0,
        )
        query = sa.select(
            table.c.platform, table.c.state, sa.func.count(), sa.func.sum(failing)
        ).group_by(table.c.platform, table.c.state)
        with self._transaction() as connection:
            return {
                (platform, state): (int(count), int(bad))
                for platform, state, count, bad in connection.execute(query)
            }
