"""Visuals: what each scene of a script looks like, drawn once per format."""

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import dagster as dg

from ytempire_assets.assets.stage import finished, output, stage
from ytempire_assets.channels import ChannelFolder, ChannelSpec, relevant
from ytempire_assets.partitions import DAY_BY_CHANNEL, channel_day
from ytempire_assets.resources.blobs import BlobStore
from ytempire_assets.resources.work import Made, Unit, Workbench
from ytempire_assets.table_schema import Frame, frame
from ytempire_assets.tables import VISUALS

if TYPE_CHECKING:
    from ytempire_assets.video.scene import Layer, SceneBrief

ORIGIN = "card"
LICENCE = "Apache-2.0 (drawn by this project from the cited figures)"


@stage("visuals", "production", ["image"], DAY_BY_CHANNEL)
def visuals(
    context: dg.AssetExecutionContext,
    scripts: Frame,
    channels: dg.ResourceParam[ChannelFolder],
    work: dg.ResourceParam[Workbench],
) -> dg.Output[Frame]:
    """Layered cards and charts of every scene, in each of the channel's formats."""
    channel, _ = channel_day(context.partition_key)
    spec = channels.get(channel)
    units = [
        _unit(script, format_name, spec)
        for script in finished(scripts)
        for format_name in spec.formats
    ]
    rows = work.rows("visuals", units, functools.partial(_draw, blobs=work.blobs))
    layouts = [scene["layout"] for row in rows if row["status"] == "ok" for scene in row["scenes"]]
    return output(frame(VISUALS, rows), {"layouts": ", ".join(layouts)})


def _unit(script: Mapping[str, Any], format_name: str, spec: ChannelSpec) -> Unit:
    # The estimate may differ by milliseconds when the same script is written again; nothing that
    # is drawn depends on so little.
    drawn = [
        {name: value for name, value in scene.items() if name != "estimated_s"}
        for scene in script["scenes"]
    ]
    return Unit(
        key=f"{script['video_id']} {format_name}",
        parameters={
            "format": format_name,
            "scenes": drawn,
            "topic_title": script["title"],
            "channel": relevant(spec, "look", "title", "handle", "tagline", "video"),
            "sources": _source_lines(script),
        },
        lineage=[script["fingerprint"]],
        given={
            "video_id": script["video_id"],
            "format": format_name,
            "origin": ORIGIN,
            "licence": LICENCE,
        },
        payload=(script, format_name, spec),
    )


def _draw(unit: Unit, report: Callable[[float], None], blobs: BlobStore) -> Made:
    """Draws all scenes of one video in one format."""
    from ytempire_assets.video.formats import FORMATS
    from ytempire_assets.video.layouts import design_scene
    from ytempire_assets.video.scene import Brand

    script, format_name, spec = unit.payload
    brand = Brand(spec.title, spec.handle, spec.tagline)
    used: list[str] = []
    scenes: list[dict[str, Any]] = []
    for brief in _briefs(script, spec):
        design = design_scene(brief, spec.look, FORMATS[format_name], brand, used)
        used.append(design.layout)
        scenes.append(
            {
                "number": brief.number,
                "layout": design.layout,
                "description": design.description,
                "layers": [_layer(layer, blobs) for layer in design.layers],
            }
        )
        report(brief.number / (brief.total + 1))
    names = [layer["blob"] for scene in scenes for layer in scene["layers"]]
    return Made({"scenes": scenes}, blobs=sorted(set(names)))


def _briefs(script: Mapping[str, Any], spec: ChannelSpec) -> list["SceneBrief"]:
    """The script's scenes, the channel's sign before them and the sources after them."""
    from ytempire_assets.video.scene import SceneBrief

    told = [scene_brief(record, script) for record in script["scenes"]]
    total, title, video = len(told), script["title"], spec.video
    before, after = [], []
    if video.intro_s:
        before.append(SceneBrief(0, total, "intro", "", spec.title, (), video.intro_s, title))
    if video.outro_s:
        after.append(
            SceneBrief(
                told[-1].number + 1,
                total,
                "outro",
                "",
                "Sources",
                (),
                video.outro_s,
                title,
                points=tuple(_source_lines(script)),
                credits=_credits(spec),
            )
        )
    return [*before, *told, *after]


def _source_lines(script: Mapping[str, Any]) -> list[str]:
    """One line per cited document: who says it, and where."""
    return list(
        dict.fromkeys(f"{source['publisher']}: {source['title']}" for source in script["sources"])
    )


def _credits(spec: ChannelSpec) -> tuple[str, ...]:
    """What a viewer should know of how it was made."""
    music = () if spec.music_mood is None else ("music played by software",)
    return ("Synthetic voice (eSpeak NG)", "pictures drawn by software", *music)


def _layer(layer: "Layer", blobs: BlobStore) -> dict[str, Any]:
    return {
        "name": layer.name,
        "media": layer.media,
        "blob": blobs.put(layer.data, layer.media),
        "x": layer.x,
        "y": layer.y,
        "width": layer.width,
        "height": layer.height,
        "enter_s": layer.enter_s,
        "entrance": layer.entrance,
        "entrance_s": layer.entrance_s,
        "motion": layer.motion,
        "path": list(layer.path),
    }


def scene_brief(record: Mapping[str, Any], script: Mapping[str, Any]) -> "SceneBrief":
    """What the video package is told of a script's scene."""
    from ytempire_assets.speech.narration import SCENE_PAUSE_S
    from ytempire_assets.video.scene import Figure, Milestone, SceneBrief, Series

    figure, series = record["figure"], record["series"]
    return SceneBrief(
        number=record["number"],
        total=len(script["scenes"]),
        kind=record["kind"],
        narration=record["narration"],
        headline=record["headline"],
        emphasis=tuple(record["emphasis"]),
        duration_s=record["estimated_s"] + SCENE_PAUSE_S,
        topic_title=script["title"],
        figure=Figure(**figure) if figure else None,
        figures=tuple(Figure(**item) for item in record["figures"]),
        series=Series(
            series["title"],
            series["unit"],
            series["kind"],
            tuple((point["label"], point["value"]) for point in series["points"]),
        )
        if series
        else None,
        milestones=tuple(Milestone(item["date"], item["text"]) for item in record["milestones"]),
        points=tuple(record["points"]),
        source_label=record["source_label"],
    )
