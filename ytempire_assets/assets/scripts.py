"""Scripts: the words of each accepted idea, every statement with its source."""

import dataclasses
import functools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg

from ytempire_assets.assets.stage import output, stage
from ytempire_assets.channels import ChannelFolder, ChannelSpec, relevant
from ytempire_assets.partitions import DAY_BY_CHANNEL, channel_day, day_of_channel_day
from ytempire_assets.resources.media import Media
from ytempire_assets.resources.work import Made, Unit, Workbench
from ytempire_assets.speech.voice import Voice
from ytempire_assets.table_schema import Frame, frame
from ytempire_assets.tables import SCRIPTS

if TYPE_CHECKING:
    from ytempire_assets.writing.script import Brief, Document, Script


@stage(
    "scripts",
    "production",
    ["text"],
    DAY_BY_CHANNEL,
    ins={
        "research": dg.AssetIn(partition_mapping=day_of_channel_day()),
        "trends": dg.AssetIn(partition_mapping=day_of_channel_day()),
    },
)
def scripts(
    context: dg.AssetExecutionContext,
    ideas: Frame,
    trends: Frame,
    research: Frame,
    channels: dg.ResourceParam[ChannelFolder],
    media: dg.ResourceParam[Media],
    work: dg.ResourceParam[Workbench],
) -> dg.Output[Frame]:
    """Scenes, title, description with sources, and tags of each accepted idea."""
    import polars as pl

    channel, _ = channel_day(context.partition_key)
    spec = channels.get(channel)
    keywords = {row["topic_id"]: row["keywords"] for row in trends.iter_rows(named=True)}
    units = [
        _unit(idea, keywords.get(idea["topic_id"], []), _documents(research, idea), spec)
        for idea in ideas.filter(pl.col("accepted")).iter_rows(named=True)
    ]
    voice = media.voice(spec.voice)
    rows = work.rows("scripts", units, functools.partial(_write, voice=voice))
    seconds = [row["estimated_s"] for row in rows if row["status"] == "ok"]
    return output(frame(SCRIPTS, rows), {"target_s": spec.target_s, "estimated_s": str(seconds)})


def _unit(
    idea: Mapping[str, Any],
    keywords: Sequence[str],
    documents: Sequence[Mapping[str, Any]],
    spec: ChannelSpec,
) -> Unit:
    from ytempire_assets.writing.script import Brief

    brief = Brief(
        video_id=idea["video_id"],
        topic_title=idea["title"],
        niche=idea["niche"],
        keywords=tuple(keywords),
        documents=tuple(_document(row) for row in documents),
        target_s=spec.target_s,
        channel_title=spec.title,
        call_to_action=spec.call_to_action,
        style=spec.style,
        language=spec.language,
        affiliate_links=tuple((link.label, link.url) for link in spec.affiliate_links),
        voice_name=f"{spec.voice.engine} {spec.voice.voice}",
    )
    return Unit(
        key=brief.video_id,
        parameters={
            "topic": idea["title"],
            "niche": idea["niche"],
            "keywords": list(keywords),
            "channel": relevant(
                spec,
                "title",
                "call_to_action",
                "target_s",
                "style",
                "language",
                "affiliate_links",
                "writer",
                "voice",
            ),
        },
        upstream=[row["fingerprint"] for row in documents],
        lineage=[idea["fingerprint"]],
        given={"video_id": idea["video_id"], "topic_id": idea["topic_id"]},
        payload=brief,
        blocked=None
        if documents
        else f"topic {idea['topic_id']} has no source documents. "
        "Next: add documents to its file, or reject the topic",
    )


def _write(unit: Unit, report: Callable[[float], None], voice: Voice) -> Made:
    """Writes one script with the channel's writer."""
    from ytempire_assets.speech.narration import spoken_s
    from ytempire_assets.writing.extractive import ExtractiveWriter

    brief: Brief = unit.payload
    seconds = functools.cache(lambda text: voice.speak(text).duration_s)
    script = ExtractiveWriter().write(brief, seconds, spoken_s)
    report(1.0)
    return Made(_columns(script, brief))


def _columns(script: "Script", brief: "Brief") -> dict[str, Any]:
    scenes = []
    for scene in script.scenes:
        record = dataclasses.asdict(scene)
        record["narration"] = scene.narration
        scenes.append(record)
    return {
        "title": script.title,
        "description": script.description,
        "tags": list(script.tags),
        "hashtags": list(script.hashtags),
        "style": brief.style,
        "language": brief.language,
        "target_s": brief.target_s,
        "estimated_s": script.estimated_s,
        "word_count": script.word_count,
        "complexity": script.complexity,
        "scenes": scenes,
        "sources": [
            {
                "document_id": source.document_id,
                "title": source.title,
                "publisher": source.publisher,
                "address": source.address,
                "licence": source.licence,
                "attribution": source.attribution,
            }
            for source in script.sources
        ],
        "writer": script.writer,
    }


def _documents(research: Frame, idea: Mapping[str, Any]) -> list[dict[str, Any]]:
    import polars as pl

    mine = (pl.col("topic_id") == idea["topic_id"]) & (pl.col("reuse") == "text")
    return list(research.filter(mine).iter_rows(named=True))


def _document(row: Mapping[str, Any]) -> "Document":
    from ytempire_assets.writing.script import ChartSeries, Document, SeriesPoint

    return Document(
        row["document_id"],
        row["title"],
        row["publisher"],
        row["address"],
        row["licence"],
        row["attribution"],
        row["text"],
        tuple(
            ChartSeries(
                series["title"],
                series["unit"],
                series["kind"],
                tuple(SeriesPoint(point["label"], point["value"]) for point in series["points"]),
            )
            for series in row["series"]
        ),
    )
