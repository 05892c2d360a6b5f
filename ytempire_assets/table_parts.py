"""Column groups that several tables of the lake share, and the structs inside their columns.

Belongs here: parts. The tables themselves are in ``tables.py``.
"""

from __future__ import annotations

from ytempire_assets.table_schema import ListOf, Struct, columns

OUTCOME = columns(
    ("fingerprint", "text", "Hash of inputs, parameters and stage version"),
    ("inputs", ListOf("text"), "Fingerprints that this row was made from"),
    ("stage_version", "text", "Version of the stage that made it"),
    ("status", "text", "ok or failed"),
    ("error", "text", "What went wrong and what to do; null when ok"),
    ("reused", "bool", "Taken from earlier work with the same fingerprint"),
    ("compute_s", "float", "Seconds of wall time the work took when it was done"),
    ("cpu_s", "float", "CPU-seconds the work took when it was done"),
    ("cost_usd", "float", "Price of that work in US dollars"),
    ("made_at", "time", "When the work was done"),
)

SOURCE = Struct(
    columns(
        ("document_id", "text", "Id in research"),
        ("title", "text", "Title of the document"),
        ("publisher", "text", "Who stands behind the facts"),
        ("address", "text", "Where they can be checked"),
        ("licence", "text", "Licence of the text"),
        ("attribution", "text", "Line to show with it"),
    )
)

FIGURE = Struct(
    columns(
        ("value", "float", "The number"),
        ("text", "text", "The number as written"),
        ("unit", "text", "Its unit"),
        ("label", "text", "What it measures"),
    )
)

CITED_FIGURE = Struct(
    columns(
        ("text", "text", "As it stands in the text"),
        ("kind", "text", "number, percent, money or date"),
        ("number", "float", "Its value; null for dates"),
        ("unit", "text", "What is counted; empty where it is not said"),
        ("date", "text", "ISO 8601, as far as it goes; empty for others"),
        ("sentence", "text", "The sentence that it stands in"),
        ("paragraph", "int", "Paragraph of the text, 0 first"),
    )
)

SERIES = Struct(
    columns(
        ("title", "text", "What the series shows"),
        ("unit", "text", "Unit of the values"),
        ("kind", "text", "line or bar"),
        (
            "points",
            ListOf(Struct(columns(("label", "text", "Where on the axis"), ("value", "float", "")))),
            "Points in order",
        ),
    )
)

PICTURE = Struct(
    columns(
        ("picture_id", "text", "Source and number"),
        ("origin", "text", "photo or generated"),
        ("blob", "text", "Blob: the picture as it was fetched, checked and written anew"),
        ("author", "text", "Who made it; empty for a generated one"),
        ("author_address", "text", "The author's page"),
        ("page_address", "text", "The picture's page"),
        ("licence", "text", "Its licence"),
        ("attribution", "text", "Line to show with it"),
        ("model", "text", "Model that drew it; null for a photograph"),
        ("made_with", "text", "Settings of the model, JSON"),
    )
)

GATE = Struct(
    columns(
        ("name", "text", "What was examined"),
        ("value", "text", "What was found, with its unit"),
        ("limit", "text", "What is needed"),
        ("detail", "text", "Where and how"),
    )
)

THUMBNAIL = Struct(
    columns(
        ("rule", "text", "type, chart or picture"),
        ("blob", "text", "Blob: JPEG"),
        ("width", "int", "Pixels"),
        ("height", "int", "Pixels"),
        ("text_height_px_at_160", "float", "Height of capitals when the longest side is 160 px"),
        ("contrast", "float", "Of the words against what is behind them, WCAG, 1-21"),
        ("words", "text", "The words on it"),
    )
)

SCENE = Struct(
    columns(
        ("number", "int", "From 1"),
        ("kind", "text", "hook, fact or closing"),
        ("estimated_s", "float", "Seconds when spoken, as estimated by the writer"),
        ("narration", "text", "What is spoken"),
        ("visual_description", "text", "What is to be seen"),
        ("headline", "text", "Short text for the picture"),
        ("emphasis", ListOf("text"), "Words of the headline to light"),
        (
            "sentences",
            ListOf(
                Struct(
                    columns(
                        ("text", "text", "One spoken sentence"),
                        ("document_id", "text", "Its source; null for the channel's own lines"),
                        ("original", "text", "The source's sentence where its words were joined"),
                    )
                )
            ),
            "The narration sentence by sentence",
        ),
        ("figure", FIGURE, "The scene's main number, if it has one"),
        ("figures", ListOf(FIGURE), "Numbers that can be compared"),
        ("series", SERIES, "Series to chart, if the source carries one"),
        (
            "milestones",
            ListOf(Struct(columns(("date", "text", "When"), ("text", "text", "What")))),
            "Dated events",
        ),
        ("points", ListOf("text"), "Short points of a list"),
        ("source_label", "text", "Publisher shown on the picture"),
    )
)
