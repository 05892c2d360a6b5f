"""A brief with two sources, for tests of writers that ask a language model."""

from __future__ import annotations

from dataclasses import replace

from ytempire_assets.writing.script import Brief, ChartSeries, Document, SeriesPoint

WHALE = Document(
    document_id="blue-whale-1",
    title="Blue whale",
    publisher="Encyclopaedia",
    address="https://example.org/whale",
    licence="CC BY 4.0",
    attribution="Encyclopaedia",
    text="The blue whale reaches a length of 29.9 metres. Its heart beats twice a minute in a deep "
    "dive.\n\nWhalers killed 29,000 blue whales in the season of 1931. The hunt ended in 1966.",
    series=(ChartSeries("Catch", "whales", "bar", (SeriesPoint("1931", 29_000.0),)),),
)
KRILL = replace(
    WHALE,
    document_id="krill-1",
    title="Krill",
    text="A blue whale eats about 16 tonnes of krill on a day of plenty. Krill live for six years.",
    series=(),
)
BRIEF = Brief(
    video_id="orbit-20261119-1",
    topic_title="The blue whale",
    niche="ocean-life",
    keywords=("whale", "krill"),
    documents=(WHALE, KRILL),
    target_s=36,
    channel_title="Orbit",
    call_to_action="Follow for more.",
    style="educational",
    language="en",
    tone="calm",
    personality="a patient diver",
    audience="people who like the sea",
)
