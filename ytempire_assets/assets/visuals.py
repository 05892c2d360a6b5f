"""Visuals: what each scene of a script looks like, drawn once per format."""

import dataclasses
import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import dagster as dg

from ytempire_assets.assets.scene_pictures import (
    find_pictures,
    picture_columns,
    shown_lately,
    spent_usd,
)
from ytempire_assets.assets.stage import finished, output, stage
from ytempire_assets.channels import ChannelFolder, ChannelSpec, relevant
from ytempire_assets.errors import YtempireError
from ytempire_assets.partitions import DAY_BY_CHANNEL, channel_day
from ytempire_assets.resources.blobs import BlobStore
from ytempire_assets.resources.lake_tables import LakeTables
from ytempire_assets.resources.pictures.desk import PictureDesk
from ytempire_assets.resources.work import Made, Unit, Workbench
from ytempire_assets.table_schema import Frame, frame
from ytempire_assets.tables import VISUALS
from ytempire_assets.video.screen_words import screen_words

if TYPE_CHECKING:
    from ytempire_assets.resources.pictures import FoundPicture, PictureSource
    from ytempire_assets.video.scene import Layer, SceneBrief

CARD = "card"
LICENCE = "Apache-2.0 (drawn by this project from the cited figures)"


@stage("visuals", "production", ["image"], DAY_BY_CHANNEL)
def visuals(
    context: dg.AssetExecutionContext,
    scripts: Frame,
    channels: dg.ResourceParam[ChannelFolder],
    pictures: dg.ResourceParam[PictureDesk],
    tables: dg.ResourceParam[LakeTables],
    work: dg.ResourceParam[Workbench],
) -> dg.Output[Frame]:
    """Layered cards, charts and pictures of every scene, in each of the channel's formats."""
    channel, day = channel_day(context.partition_key)
    spec = channels.get(channel)
    source, problem = None, None
    try:
        source = pictures.source(spec.pictures)
    except YtempireError as error:  # a key is missing: each video says so, nothing else stops
        problem = str(error)
    shown = {} if source is None else shown_lately(tables, channel, day)
    units = [
        _unit(script, format_name, spec, problem)
        for script in finished(scripts)
        for format_name in spec.formats
    ]
    draw = functools.partial(_draw, blobs=work.blobs, source=source, shown=shown)
    rows = work.rows("visuals", units, draw)
    layouts = [scene["layout"] for row in rows if row["status"] == "ok" for scene in row["scenes"]]
    return output(frame(VISUALS, rows), {"layouts": ", ".join(layouts)})


def _unit(
    script: Mapping[str, Any], format_name: str, spec: ChannelSpec, problem: str | None
) -> Unit:
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
            "channel": relevant(
                spec, "look", "title", "handle", "tagline", "video", "pictures", "language", "voice"
            ),
            "sources": _source_lines(script),
        },
        lineage=[script["fingerprint"]],
        given={
            "video_id": script["video_id"],
            "format": format_name,
        },
        payload=(script, format_name, spec),
        blocked=problem,
    )


def _draw(
    unit: Unit,
    report: Callable[[float], None],
    blobs: BlobStore,
    source: "PictureSource | None",
    shown: dict[str, str],
) -> Made:
    """Draws all scenes of one video in one format."""
    from ytempire_assets.video.formats import FORMATS
    from ytempire_assets.video.layouts import design_scene
    from ytempire_assets.video.scene import Brand, ScenePicture

    script, format_name, spec = unit.payload
    brand, fmt = Brand(spec.title, spec.handle, spec.tagline, spec.language), FORMATS[format_name]
    told = [scene_brief(record, script) for record in script["scenes"]]
    found: dict[int, FoundPicture] = {}
    if source is not None:
        records = {record["number"]: record for record in script["scenes"]}
        others = frozenset(p for p, video in shown.items() if video != script["video_id"])
        found = find_pictures(told, records, spec, fmt, source, others)
        shown.update({p.picture_id: script["video_id"] for p in found.values()})
    attributions = list(dict.fromkeys(picture.attribution for picture in found.values()))
    used: list[str] = []
    scenes: list[dict[str, Any]] = []
    for brief in _with_cards(told, script, spec, attributions):
        picture = found.get(brief.number)
        if picture is not None:
            shown_as = ScenePicture(picture.data, picture.attribution)
            brief = dataclasses.replace(brief, picture=shown_as)
        design = design_scene(brief, spec.look, fmt, brand, used)
        used.append(design.layout)
        scenes.append(
            {
                "number": brief.number,
                "layout": design.layout,
                "description": design.description,
                "picture": picture_columns(picture, blobs) if picture is not None else None,
                "layers": [_layer(layer, blobs) for layer in design.layers],
            }
        )
        report(brief.number / (brief.total + 1))
    names = [layer["blob"] for scene in scenes for layer in scene["layers"]]
    names += [scene["picture"]["blob"] for scene in scenes if scene["picture"]]
    origins = dict.fromkeys([CARD, *(picture.origin for picture in found.values())])
    licences = dict.fromkeys([LICENCE, *(picture.licence for picture in found.values())])
    return Made(
        {
            "origin": "+".join(origins),
            "licence": "; ".join(licences),
            "attributions": attributions,
            "scenes": scenes,
        },
        blobs=sorted(set(names)),
        spent_usd=spent_usd(found),
    )


def _with_cards(
    told: list["SceneBrief"],
    script: Mapping[str, Any],
    spec: ChannelSpec,
    attributions: list[str],
) -> list["SceneBrief"]:
    """The script's scenes, the channel's sign before them and the sources after them."""
    from ytempire_assets.video.scene import SceneBrief

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
                screen_words(spec.language).sources,
                (),
                video.outro_s,
                title,
                points=tuple(_source_lines(script)),
                credits=_credits(spec, attributions),
            )
        )
    return [*before, *told, *after]


def _source_lines(script: Mapping[str, Any]) -> list[str]:
    """One line per cited document: who says it, and where."""
    return list(
        dict.fromkeys(f"{source['publisher']}: {source['title']}" for source in script["sources"])
    )


def _credits(spec: ChannelSpec, attributions: list[str]) -> tuple[str, ...]:
    """What a viewer should know of how it was made."""
    words = screen_words(spec.language)
    music = () if spec.music_mood is None else (words.music,)
    voice = words.synthetic_voice.format(engine=spec.voice.maker)
    return (voice, words.cards, *music, *attributions)


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
