"""Where signals and source documents come from.

Belongs here: the embedded twin, the sample snapshot. Live sources stand beside it behind the same
two members: ``origin`` and ``load``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ytempire_assets.discovery.snapshot import Snapshot


class SnapshotSource:
    """Topics from a folder of files.

    Attributes:
        origin: ``sample``: the counts are made up and replayed, every row says so.
    """

    origin = "sample"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self) -> Snapshot:
        """Reads the folder; files that cannot be used are listed in ``problems``.

        Raises:
            InvalidInputError: The folder cannot be read or holds no usable topic.
        """
        from ytempire_assets.discovery.snapshot import load_snapshot

        return load_snapshot(self.folder)
