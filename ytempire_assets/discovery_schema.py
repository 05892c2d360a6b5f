"""The tables of discovery: signals, topics, the growth model's training, source documents.

Belongs here: their columns with units. All tables together are ``tables.py``.
"""

from __future__ import annotations

from ytempire_assets.table_parts import CITED_FIGURE, SERIES
from ytempire_assets.table_schema import ListOf, Table, columns

TREND_SIGNALS = Table(
    "trend_signals",
    "what one source said of one item at one time",
    columns(
        ("signal_id", "text", "Source, item and time"),
        ("source", "text", "Which source"),
        ("item", "text", "The source's own id of the item"),
        ("topic_id", "text", "Topic, where the source names it itself; null elsewhere"),
        ("title", "text", "Title as the source gives it"),
        ("summary", "text", "Plain text, at most 2,000 characters"),
        ("language", "text", "BCP 47; empty where the source does not say"),
        ("niche", "text", "Niche that the settings give the source; empty without"),
        ("keywords", ListOf("text"), "Names that the source gives the item"),
        ("address", "text", "Where people find it"),
        ("publisher", "text", "Who published it there, the source's own id"),
        ("category", "text", "The source's own category"),
        ("unit", "text", "What is counted"),
        ("counting", "text", "total since it appeared, daily, or mention: one for each item"),
        ("day", "date", "UTC day of the count"),
        ("observed_at", "time", "When the count held"),
        ("polled_at", "time", "When the source was asked; null for the sample"),
        ("published_at", "time", "When the item appeared; null where the source does not say"),
        ("value", "float", "The count; null where the source gives none"),
        ("likes", "float", "Approvals so far"),
        ("comments", "float", "Answers so far"),
        ("regions", "int", "Regional charts that hold it"),
        ("rank", "int", "Best place in them, 1 first"),
        ("duration_s", "float", "Length of a video"),
        ("forget_after", "date", "Last day on which it may be kept; null without limit"),
        ("origin", "text", "sample (made-up counts) or live"),
    ),
)

TRENDS = Table(
    "trends",
    "one topic, scored, with its signals",
    columns(
        ("topic_id", "text", "Stable slug"),
        ("title", "text", "Title for people"),
        ("titles", ListOf("text"), "A few of its titles, by which it is known again tomorrow"),
        ("niche", "text", "Niche that fits best; empty where none does"),
        ("niche_fit", "float", "How well, 0-1"),
        ("keywords", ListOf("text"), "Names that belong to it"),
        ("language", "text", "Of most of its signals"),
        ("rank", "int", "1 is the strongest"),
        ("viral_score", "float", "0-100: chance to outgrow another story of its source, per cent"),
        ("growth_3d", "float", "Expected log growth over three days"),
        ("growth_low", "float", "In one case of ten it grows less"),
        ("growth_high", "float", "In one case of ten it grows more"),
        ("peak_at", "time", "When it gains most a day"),
        ("competition", "text", "low, medium or high: how much of the demand is met"),
        ("supply", "int", "Items that different publishers brought out on it"),
        ("daily", ListOf("float"), "Gained on each of the last 14 days, strongest source"),
        ("evidence", "text", "The score in words"),
        ("sources", ListOf("text"), "Sources that speak of it"),
        ("addresses", ListOf("text"), "Pages that its signals point to"),
        ("first_seen", "time", "When the story began"),
        ("last_seen", "time", "When it was last observed"),
        ("signal_ids", ListOf("text"), "Newest signals behind the score"),
        ("model", "text", "Which growth model scored it: hash of its file"),
        ("origin", "text", "sample (made-up counts) or live"),
        ("fingerprint", "text", "Hash of the signals, the model and the scorer's version"),
    ),
)

VIRAL_MODEL = Table(
    "viral_model",
    "what came of training the growth model anew",
    columns(
        ("week", "date", "First day of the week"),
        ("accepted", "bool", "Whether the new model is used from the next week on"),
        ("reason", "text", "Why"),
        ("model", "text", "Blob: the new model; null where the old one stays"),
        ("incumbent_model", "text", "The model that it was compared with"),
        ("series", "int", "Series that were observed"),
        ("judged", "int", "Newest items that both were judged on"),
        ("challenger", "float", "Rank correlation of the new model with what happened"),
        ("incumbent", "float", "The same of the old one"),
        ("sure", "float", "Share of bootstrap draws in which the new one is better"),
        ("origin", "text", "sample (nothing is learned) or live"),
    ),
)

RESEARCH = Table(
    "research",
    "one source document for a topic",
    columns(
        ("document_id", "text", "Slug, unique over all topics"),
        ("topic_id", "text", "Topic it belongs to"),
        ("title", "text", "Title"),
        ("publisher", "text", "Who stands behind the facts"),
        ("address", "text", "Where they can be checked"),
        ("licence", "text", "Licence of the text, SPDX"),
        ("attribution", "text", "Line to show with it"),
        ("reuse", "text", "text: sentences may be used; facts: only its facts may"),
        ("language", "text", "BCP 47"),
        ("text", "text", "Full text, paragraphs separated by an empty line"),
        ("series", ListOf(SERIES), "Figures that can be charted"),
        ("figures", ListOf(CITED_FIGURE), "Its figures, each with the sentence that it stands in"),
        ("origin", "text", "sample or live"),
        ("fingerprint", "text", "Hash of the content"),
    ),
)
