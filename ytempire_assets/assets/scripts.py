"""Scripts: the words of each accepted idea, every statement with its source."""

import dataclasses
import functools
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import dagster as dg

from ytempire_assets.assets.stage import named_failure, output, stage
from ytempire_assets.channels import ChannelFolder, ChannelSpec, relevant
from ytempire_assets.partitions import DAY_BY_CHANNEL, channel_day, day_of_channel_day
from ytempire_assets.resources.lake import markdown_cell
from ytempire_assets.resources.lake_tables import LakeTables, StoredTable
from ytempire_assets.resources.voices.desk import VoiceDesk
from ytempire_assets.resources.work import Made, Make, Unit, Workbench, cannot_be_made
from ytempire_assets.resources.writers import WriterDesk
from ytempire_assets.speech.voice import Voice
from ytempire_assets.table_schema import Frame, frame
from ytempire_assets.tables import SCRIPTS

if TYPE_CHECKING:
    from ytempire_assets.writing.editing import Edited, Past
    from ytempire_assets.writing.sameness import Told
    from ytempire_assets.writing.script import Brief, Document, Writer

_SHOWN = 10
MOST_OTHERS = 200
"""Days of other channels that one day is compared with, the newest first: with hundreds of channels
a look at them all would take longer than writing."""


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
    writers: dg.ResourceParam[WriterDesk],
    voices: dg.ResourceParam[VoiceDesk],
    tables: dg.ResourceParam[LakeTables],
    work: dg.ResourceParam[Workbench],
) -> dg.Output[Frame]:
    """Scenes, title, description with sources, and tags of each accepted idea."""
    import polars as pl

    channel, day = channel_day(context.partition_key)
    spec = channels.get(channel)
    desk, missing = named_failure(
        lambda: (writers.writer(spec.writer), voices.estimator(spec.voice, spec.language))
    )
    name, parallel = "", 1
    make: Make = cannot_be_made
    if desk is not None:
        writer, voice = desk
        past = functools.cache(lambda: _past(tables, channels, spec, day))
        name, parallel = writer.name, writer.parallel
        make = functools.partial(_write, writer=writer, voice=voice, past=past)
    keywords = {row["topic_id"]: row["keywords"] for row in trends.iter_rows(named=True)}
    units = [
        _unit(
            idea,
            keywords.get(idea["topic_id"], []),
            _documents(research, idea),
            spec,
            name,
            missing,
        )
        for idea in ideas.filter(pl.col("accepted")).iter_rows(named=True)
    ]
    rows = work.rows("scripts", units, make, parallel, cancel=writers.close)
    made = [row for row in rows if row["status"] == "ok"]
    return output(
        frame(SCRIPTS, rows),
        {
            "target_s": spec.target_s,
            "estimated_s": str([row["estimated_s"] for row in made]),
            "writer": name,
            "tokens": sum(row["tokens_in"] + row["tokens_out"] for row in made),
            "answers_reused": sum(row["answers_reused"] for row in made),
            "rewritten": sum(row["rewritten"] for row in made),
            "scripts": dg.MetadataValue.md("\n\n".join(_shown(row) for row in made[:_SHOWN])),
        },
    )


def _shown(row: Mapping[str, Any]) -> str:
    """A script as people read it: what is said, scene by scene, and from where."""
    lines = [
        f"**{markdown_cell(row['title'])}** ({row['estimated_s']:.0f} s, "
        f"{markdown_cell(row['writer'])}{', rewritten' if row['rewritten'] else ''})",
        "",
        "| scene | said | picture | sources |",
        "|---|---|---|---|",
    ]
    for scene in row["scenes"]:
        sources = dict.fromkeys(s["document_id"] for s in scene["sentences"] if s["document_id"])
        cells = (
            str(scene["number"]),
            scene["narration"],
            scene["visual_description"],
            ", ".join(sources),
        )
        lines.append(f"| {' | '.join(markdown_cell(cell) for cell in cells)} |")
    return "\n".join(lines)


def _unit(
    idea: Mapping[str, Any],
    keywords: Sequence[str],
    documents: Sequence[Mapping[str, Any]],
    spec: ChannelSpec,
    writer: str,
    missing: str | None,
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
        voice_name=f"{spec.voice.maker} {spec.voice.voice}",
        tone=spec.tone,
        personality=spec.personality,
        audience=spec.audience,
        lead_s=spec.video.intro_s,
    )
    return Unit(
        key=brief.video_id,
        parameters={
            "topic": idea["title"],
            "niche": idea["niche"],
            "keywords": list(keywords),
            "writer": writer,
            "lead_s": spec.video.intro_s,
            "channel": relevant(
                spec,
                "title",
                "call_to_action",
                "target_s",
                "style",
                "language",
                "affiliate_links",
                "tone",
                "personality",
                "audience",
                "writer",
                "voice",
            ),
        },
        upstream=[row["fingerprint"] for row in documents],
        lineage=[idea["fingerprint"]],
        given={"video_id": idea["video_id"], "topic_id": idea["topic_id"]},
        payload=brief,
        blocked=missing
        if missing or documents
        else f"topic {idea['topic_id']} has no source documents. "
        "Next: add documents to its file, or reject the topic",
    )


def _write(
    unit: Unit,
    report: Callable[[float], None],
    writer: "Writer",
    voice: Voice,
    past: Callable[[], "Past"],
) -> Made:
    """Writes one script with the channel's writer and has it pass its gates."""
    from ytempire_assets.speech.narration import spoken_s
    from ytempire_assets.writing.editing import edited

    brief: Brief = unit.payload
    seconds = functools.cache(lambda text: voice.speak(text).duration_s)
    done = edited(writer, brief, seconds, spoken_s, past)
    report(1.0)
    return Made(_columns(done, brief), spent_usd=done.script.authorship.cost_usd)


def _past(tables: LakeTables, channels: ChannelFolder, spec: ChannelSpec, day: date) -> "Past":
    """The scripts of the days before: the channel's own, and those of others in its language."""
    from ytempire_assets.writing.editing import Past
    from ytempire_assets.writing.gates import OTHERS_DAYS, REPEAT_DAYS

    def stored(channel: str, days: int) -> list[StoredTable]:
        return [
            one
            for one in tables.history("scripts", channel)
            if 0 < (day - date.fromisoformat(one.name)).days <= days
        ]

    others = [
        (channel, one)
        for channel, other in channels.load().specs.items()
        if channel != spec.channel and other.language == spec.language
        for one in stored(channel, OTHERS_DAYS)
    ]
    others = sorted(others, key=lambda pair: pair[1].name, reverse=True)[:MOST_OTHERS]
    return Past(
        _told(tables, [(spec.channel, one) for one in stored(spec.channel, REPEAT_DAYS)]),
        _told(tables, others),
    )


def _told(tables: LakeTables, stored: Sequence[tuple[str, StoredTable]]) -> list["Told"]:
    from ytempire_assets.writing.sameness import Told, runs_of

    told = []
    frames = tables.contents([one for _, one in stored])
    for (channel, one), table in zip(stored, frames, strict=True):
        for row in table.iter_rows(named=True):
            if row["status"] != "ok":
                continue
            scenes = [scene for scene in row["scenes"] if scene["kind"] != "closing"]
            narration = " ".join(scene["narration"] for scene in scenes)
            told.append(
                Told(row["video_id"], channel, date.fromisoformat(one.name), runs_of(narration))
            )
    return told


def _columns(done: "Edited", brief: "Brief") -> dict[str, Any]:
    script = done.script
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
        "hook": script.hook,
        "call_to_action": script.call_to_action,
        "chapters": [dataclasses.asdict(chapter) for chapter in script.chapters],
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
        "writer": script.authorship.writer,
        "model": script.authorship.model,
        "prompt_version": script.authorship.prompt_version,
        "tokens_in": script.authorship.tokens_in,
        "tokens_out": script.authorship.tokens_out,
        "answers_reused": script.authorship.answers_reused,
        "writing_usd": float(script.authorship.cost_usd),
        "rewritten": done.rewritten,
        "gates": [
            {"name": one.gate, "value": one.value, "limit": one.limit, "detail": one.detail}
            for one in done.verdicts
        ],
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
