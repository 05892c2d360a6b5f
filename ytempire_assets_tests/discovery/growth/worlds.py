"""A made-up world of counted items, whose growth follows known laws.

Belongs here: what the tests of the growth model learn from. Each item grows with a power of its
age; the power depends on its channel, and likes run ahead of it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

BEGIN = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)


def a_world(items: int = 900, days: int = 30, seed: int = 1, turned: bool = False) -> pl.DataFrame:
    """Snapshots of items as the daily charts of a platform would hold them.

    Args:
        items: How many.
        days: How many days they come out on.
        seed: Of the draws.
        turned: In a turned world what gained much lately stops, and what gained little goes on.
    """
    draw = np.random.default_rng(seed)
    rows = []
    for number in range(items):
        channel = int(draw.integers(0, 60))
        power = 0.25 + 0.012 * channel + 0.15 * draw.random()
        size = float(np.exp(draw.normal(8, 1.5)))
        born = BEGIN + timedelta(days=float(draw.random()) * days)
        first = born + timedelta(days=0.4 + 0.6 * float(draw.random()))
        for day in range(9):
            seen = first + timedelta(days=day)
            if day > 1 and draw.random() < 0.2:
                continue  # a gap: no chart held it
            age = (seen - born).total_seconds() / 86_400
            grown = age**power
            if turned and day > 1:
                start = ((first - born).total_seconds() / 86_400 + 1) ** power
                grown = start + (age - 1) ** (1.2 - power) * 0.4
            views = int(size * grown * np.exp(draw.normal(0, 0.004))) + 1
            rows.append(
                {
                    "video_id": f"v{number}",
                    "snapshot_date": seen.date(),
                    "fetched_at": seen,
                    "published_at": born,
                    "channel_id": f"c{channel}",
                    "category_id": 10 if channel % 2 else 20,
                    "duration_s": 60 + channel,
                    "views": views,
                    "likes": 0 if draw.random() < 0.1 else int(views * 0.03 * (1 + power)),
                    "comments": int(views * 0.002),
                    "n_regions": 1 + channel % 5,
                    "best_rank": int(draw.integers(1, 50)),
                }
            )
    return pl.DataFrame(rows).with_columns(pl.col("category_id").cast(pl.UInt8))
