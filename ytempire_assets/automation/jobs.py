"""Jobs: which assets are made together.

Belongs here: selections. A job covers one kind of partition: ``gather`` a day, ``produce`` all that
one channel makes in a day.
"""

from __future__ import annotations

import dagster as dg

GATHERED = ("trend_signals", "trends", "research")
LEARNED = ("viral_model",)
ACCOUNTED = ("revenue", "costs", "daily_performance_summary")
PRODUCED = (
    "ideas",
    "scripts",
    "voiceovers",
    "visuals",
    "renders",
    "delivery",
    "packages",
    "uploads",
    "analytics",
    "patterns",
)

gather = dg.define_asset_job(
    "gather",
    selection=dg.AssetSelection.assets(*GATHERED),
    description="What people care about on a day: signals, scored topics, source documents.",
)

learn_growth = dg.define_asset_job(
    "learn_growth",
    selection=dg.AssetSelection.assets(*LEARNED),
    description="Trains the growth model on what was observed, and keeps the better one.",
)

account = dg.define_asset_job(
    "account",
    selection=dg.AssetSelection.assets(*ACCOUNTED),
    description="What came in on a day, what its videos cost, and the statement of both.",
)

produce = dg.define_asset_job(
    "produce",
    selection=dg.AssetSelection.assets(*PRODUCED),
    description="All that one channel makes in a day, from ideas to published videos.",
)

publish = dg.define_asset_job(
    "publish",
    selection=dg.AssetSelection.assets("uploads"),
    description="Carries the publications of a channel's day on: after a crash, an approval, or "
    "when the platform's day begins anew.",
)
