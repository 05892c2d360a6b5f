"""What videos cost: by stage, from what the stages recorded of their work.

Belongs here: the parts of a cost and how each follows from a stage's row, each counted once. What
came in is ``money.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from ytempire_assets.insights.exact import EXACT, of_float, rounded

COSTED_STAGES = (
    "scripts",
    "voiceovers",
    "visuals",
    "renders",
    "delivery",
    "packages",
    "uploads",
)
_KEEPING = ("renders", "delivery")
"""Stages whose files are counted; those of ``packages`` are the renders' own under other names."""

STORAGE = "storage"
"""Stands for a stage in the rows of later months, in which a video's files are only kept."""

_S_PER_HOUR = Decimal(3600)
_BYTES_PER_GB = Decimal(10) ** 9
_GPU_ENCODER = "h264_nvenc"
_HALF_PRECISION = ('"dtype": "bfloat16"', '"dtype": "float16"')


@dataclass(frozen=True, slots=True)
class Prices:
    """What this machine's time and space cost, US dollars."""

    cpu_usd_per_hour: Decimal = Decimal(0)
    gpu_usd_per_hour: Decimal = Decimal(0)
    storage_usd_per_gb_month: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class StageCost:
    """What one stage of one video cost.

    Attributes:
        video_id: The video.
        stage: The stage, or ``STORAGE``.
        units: Rows of the stage: one a format.
        failed: How many of them failed; what they cost was spent all the same.
        cpu_s: CPU-seconds.
        gpu_s: Seconds on a GPU.
        tokens: Tokens that language models read and wrote.
        stored_bytes: Bytes that it keeps.
        compute_usd: Price of the CPU-seconds when they were spent.
        outside_usd: What services charged.
        gpu_usd: Price of the GPU-seconds.
        storage_usd: Price of keeping the bytes for a month.
    """

    video_id: str
    stage: str
    units: int
    failed: int
    cpu_s: float
    gpu_s: float
    tokens: int
    stored_bytes: int
    compute_usd: Decimal
    outside_usd: Decimal
    gpu_usd: Decimal
    storage_usd: Decimal

    @property
    def cost_usd(self) -> Decimal:
        """All of it."""
        return self.compute_usd + self.outside_usd + self.gpu_usd + self.storage_usd


def stage_costs(
    stage: str, rows: Iterable[Mapping[str, Any]], prices: Prices, counted: set[str]
) -> list[StageCost]:
    """The cost of each video in one stage.

    The stages recorded ``cost_usd`` when they worked: CPU-seconds by their price then, and what
    services charged. It is taken as it is and only told apart; GPU and storage come on top.

    Args:
        stage: Table of the rows.
        rows: The stage's rows of one day.
        prices: What was not priced when it was done.
        counted: Fingerprints of work that was counted already; grows. Work that two rows share was
            done and paid once.
    """
    by_video: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_video.setdefault(row["video_id"], []).append(row)
    return [_of_video(stage, video, one, prices, counted) for video, one in by_video.items()]


def storage_price(stored_bytes: int, prices: Prices) -> Decimal:
    """Price of keeping so many bytes for a month, US dollars."""
    gb = EXACT.divide(Decimal(stored_bytes), _BYTES_PER_GB)
    return rounded(EXACT.multiply(gb, prices.storage_usd_per_gb_month))


def months_before(day: date, first: date) -> list[date]:
    """Earlier days whose videos begin another month of storage on ``day``; oldest first.

    A month begins on the day of the month on which the video was made; where a month is too short
    for that, on its last day.
    """
    last_of_month = (day + timedelta(days=1)).month != day.month
    found = []
    earlier = day - timedelta(days=1)
    while earlier >= first:
        fits = earlier.day == day.day or (last_of_month and earlier.day > day.day)
        if fits and (earlier.year, earlier.month) != (day.year, day.month):
            found.append(earlier)
        earlier -= timedelta(days=1)
    return found[::-1]


def _of_video(
    stage: str,
    video: str,
    rows: list[Mapping[str, Any]],
    prices: Prices,
    counted: set[str],
) -> StageCost:
    fresh = []
    for row in rows:
        if row["fingerprint"] not in counted:
            counted.add(row["fingerprint"])
            fresh.append(row)
    total = sum((of_float(row["cost_usd"] or 0.0) for row in fresh), Decimal(0))
    outside = sum((_outside(row, prices) for row in fresh), Decimal(0))
    gpu_s = sum((_gpu_s(stage, row) for row in fresh), 0.0)
    stored = sum(row["size_bytes"] or 0 for row in fresh) if stage in _KEEPING else 0
    return StageCost(
        video_id=video,
        stage=stage,
        units=len(rows),
        failed=sum(row["status"] != "ok" for row in rows),
        cpu_s=sum((row["cpu_s"] or 0.0 for row in fresh), 0.0),
        gpu_s=gpu_s,
        tokens=sum((row.get("tokens_in") or 0) + (row.get("tokens_out") or 0) for row in fresh),
        stored_bytes=stored,
        compute_usd=total - outside,
        outside_usd=outside,
        gpu_usd=_hours(gpu_s, prices.gpu_usd_per_hour),
        storage_usd=storage_price(stored, prices),
    )


def _outside(row: Mapping[str, Any], prices: Prices) -> Decimal:
    """What services charged for a row: a part of its ``cost_usd``, never more than that."""
    cost = of_float(row["cost_usd"] or 0.0)
    if row.get("writing_usd") is not None:
        told = of_float(row["writing_usd"])
    else:
        told = cost - _hours(row["cpu_s"] or 0.0, prices.cpu_usd_per_hour)
    # Where the price of a core-hour changed since, the parts shift; their sum does not.
    return min(max(told, Decimal(0)), cost)


def _gpu_s(stage: str, row: Mapping[str, Any]) -> float:
    """Seconds on the card: those of a unit that says that it worked there."""
    if stage == "renders":
        there = (row.get("encoder") or "").startswith(_GPU_ENCODER)
    elif stage == "visuals":
        # Only a card draws at half precision, see resources/pictures/diffusion.py.
        there = any(
            mark in ((scene["picture"] or {}).get("made_with") or "")
            for scene in row.get("scenes") or ()
            for mark in _HALF_PRECISION
        )
    else:
        there = False
    return float(row["compute_s"] or 0.0) if there else 0.0


def _hours(seconds: float, usd_per_hour: Decimal) -> Decimal:
    used = EXACT.multiply(Decimal(repr(seconds)), usd_per_hour)
    return rounded(EXACT.divide(used, _S_PER_HOUR))
