"""The ledger: what must change in place and must not be lost.

Belongs here: publications with their approvals, the allowances of the platforms, what discovery
must not forget, and what the operator is to be told. Each change is one transaction.
"""

from __future__ import annotations

from ytempire_assets.resources.ledger.alerts import Alerts
from ytempire_assets.resources.ledger.allowance import Allowance
from ytempire_assets.resources.ledger.discovery import Discovery
from ytempire_assets.resources.ledger.publications import Publications

__all__ = ["Ledger"]


class Ledger(Publications, Allowance, Discovery, Alerts):
    """All of it in one relational database; see ``Database`` for its address."""
