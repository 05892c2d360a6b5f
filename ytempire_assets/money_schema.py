"""The tables of money: what came in, what was spent, and both together.

Belongs here: their columns with units. All tables together are ``tables.py``.
"""

from __future__ import annotations

from ytempire_assets.table_schema import Table, columns

_ORIGIN = "platform (real), simulated (the sandbox's audience), or none (not out yet)"

REVENUE = Table(
    "revenue",
    "one entry, or the part of one that one video earned",
    columns(
        ("entry_id", "text", "Tells the entry apart from all others"),
        ("part", "int", "1 unless the entry is divided over several videos"),
        ("day", "date", "The day it counts for"),
        ("stream", "text", "monetisation, affiliate, course or sponsorship"),
        ("amount", "money", "In its own currency; negative when it went back"),
        ("currency", "text", "ISO 4217"),
        ("usd_per_unit", "rate", "Exchange rate that was used"),
        ("rate_day", "date", "The day for which that rate was fixed"),
        ("amount_usd", "money", "The amount in US dollars"),
        ("channel", "text", "Channel; empty when nobody says it"),
        ("video_id", "text", "Video; null when no single one earned it"),
        ("niche", "text", "Niche of the video, or empty"),
        ("platform", "text", "Where it was earned, or empty"),
        ("origin", "text", _ORIGIN),
        ("source", "text", "File and line, or the table it comes from"),
        ("note", "text", "For people"),
        ("entry_digest", "text", "Hash of the entry as it was read and of its rate"),
    ),
)

COSTS = Table(
    "costs",
    "what one stage of one video cost",
    columns(
        ("day", "date", "The day it counts for"),
        ("channel", "text", "Channel"),
        ("video_id", "text", "Video"),
        ("stage", "text", "Stage; storage for a later month in which files are only kept"),
        ("niche", "text", "Niche of the video, or empty"),
        ("platform", "text", "Where the video is out, or empty"),
        ("origin", "text", _ORIGIN),
        ("units", "int", "Rows of the stage: one a format"),
        ("failed", "int", "How many of them failed"),
        ("cpu_s", "float", "CPU-seconds"),
        ("gpu_s", "float", "Seconds on a GPU"),
        ("tokens", "int", "Tokens that language models read and wrote"),
        ("stored_bytes", "int", "Bytes that it keeps"),
        ("compute_usd", "money", "Price of the CPU-seconds when they were spent"),
        ("outside_usd", "money", "What services charged"),
        ("gpu_usd", "money", "Price of the GPU-seconds"),
        ("storage_usd", "money", "Price of keeping the bytes for the month that begins"),
        ("cost_usd", "money", "All of it"),
    ),
)

STATEMENT = Table(
    "daily_performance_summary",
    "one line of the day's statement: a grouping, one of its keys, one origin",
    columns(
        ("day", "date", "The day"),
        ("grouping", "text", "total, video, niche, platform, channel or stream"),
        ("key", "text", "Which one; empty for the total and for what belongs to none"),
        ("origin", "text", _ORIGIN),
        ("monetisation_usd", "money", "Revenue from the platform's advertising"),
        ("affiliate_usd", "money", "Revenue from affiliate links"),
        ("course_usd", "money", "Revenue from courses"),
        ("sponsorship_usd", "money", "Revenue from sponsors"),
        ("revenue_usd", "money", "All of it"),
        ("cost_usd", "money", "What was spent"),
        ("profit_usd", "money", "Revenue less cost"),
        ("return_on_cost", "rate", "Profit by cost; null where nothing was spent"),
        ("no_return", "text", "Why there is no return; null where there is one"),
        ("entries", "int", "Rows of revenue behind it"),
        ("videos", "int", "Videos behind it"),
    ),
)
