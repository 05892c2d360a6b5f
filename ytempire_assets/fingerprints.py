"""Fingerprints: the identity of a unit of work by what went into it.

Belongs here: how a fingerprint is computed, and the version of every stage that enters it. Equal
fingerprints mean equal work, so a finished unit is never done twice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

STAGE_VERSIONS: Mapping[str, str] = {
    "trends": "2",
    "ideas": "2",
    "scripts": "2",
    "voiceovers": "2",
    "visuals": "8",
    "renders": "6",
    "delivery": "1",
    "packages": "1",
    "uploads": "1",
}
"""Raise a stage's version when its code makes something else from the same inputs."""


def fingerprint(stage: str, inputs: Mapping[str, Any]) -> str:
    """Hashes a unit's inputs together with its stage's version.

    Args:
        stage: A key of ``STAGE_VERSIONS``.
        inputs: JSON-like values; inputs that are fingerprints themselves chain the lineage.

    Returns:
        32 hexadecimal digits (128 bits of SHA-256).
    """
    document = {"stage": stage, "version": STAGE_VERSIONS[stage], "inputs": inputs}
    return hashlib.sha256(canonical_json(document).encode()).hexdigest()[:32]


def canonical_json(value: Any) -> str:
    """JSON with one spelling per value: sorted keys, no spaces, dates as ISO 8601."""
    return json.dumps(
        value,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
        default=_plain,
    )


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Path):
        return value.name
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    raise TypeError(f"{type(value).__name__} has no canonical JSON")
