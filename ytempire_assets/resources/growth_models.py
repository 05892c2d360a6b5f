"""Which growth model scores.

Belongs here: finding the newest model that proved better than the one before it, else the one that
comes with the project. Training and comparing is the asset ``viral_model``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from ytempire_assets.resources.blobs import BlobStore
from ytempire_assets.resources.lake_tables import LakeTables

if TYPE_CHECKING:
    from ytempire_assets.discovery.growth.model import GrowthModel

SHIPPED = "shipped"


@dataclass(frozen=True, slots=True)
class NamedModel:
    """A model and its name: ``shipped`` or ``trained``, with the hash of its file."""

    name: str
    model: GrowthModel


class GrowthModels:
    """Reads models from the lake's table ``viral_model`` and the blobs."""

    def __init__(self, tables: LakeTables, blobs: BlobStore) -> None:
        self._tables = tables
        self._blobs = blobs

    def current(self, day: date) -> NamedModel:
        """The model that scores a day: the newest accepted before it, else the shipped one.

        Raises:
            InvalidInputError: The stored model is damaged.
        """
        from ytempire_assets.discovery.growth.model import GrowthModel, shipped_bytes

        for stored in reversed(self._tables.history("viral_model", "")):
            if date.fromisoformat(stored.name) + timedelta(days=7) > day:
                continue  # a week's model learned from all of the week: it is for the days after
            rows = [row for row in stored.read().iter_rows(named=True) if row["accepted"]]
            if rows and rows[0]["model"]:
                content = self._blobs.path(rows[0]["model"]).read_bytes()
                return NamedModel(
                    f"trained {_short(content)}",
                    GrowthModel.from_bytes(content, f"model {stored.name}"),
                )
        content = shipped_bytes()
        return NamedModel(f"{SHIPPED} {_short(content)}", GrowthModel.from_bytes(content, SHIPPED))


def _short(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]
