"""Renders: voice, pictures and captions as one finished file per format."""

import functools
import re
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from ytempire_assets.assets.pictures import picture_metadata
from ytempire_assets.assets.stage import finished, output, stage
from ytempire_assets.assets.visuals import scene_brief
from ytempire_assets.channels import ChannelFolder, ChannelSpec, relevant
from ytempire_assets.errors import PermanentError
from ytempire_assets.partitions import DAY_BY_CHANNEL, channel_day
from ytempire_assets.resources.atomic import link_or_copy, write_atomically
from ytempire_assets.resources.blobs import BlobStore
from ytempire_assets.resources.media import Media
from ytempire_assets.resources.work import Made, Unit, Workbench
from ytempire_assets.table_schema import Frame, frame
from ytempire_assets.tables import RENDERS

if TYPE_CHECKING:
    from ytempire_assets.video.composition import Composition
    from ytempire_assets.video.timeline import Timeline


@stage("renders", "production", ["video"], DAY_BY_CHANNEL)
def renders(
    context: dg.AssetExecutionContext,
    scripts: Frame,
    voiceovers: Frame,
    visuals: Frame,
    channels: dg.ResourceParam[ChannelFolder],
    media: dg.ResourceParam[Media],
    work: dg.ResourceParam[Workbench],
    out: dg.ResourceParam[Path],
) -> dg.Output[Frame]:
    """One encoded file per video and format, with captions, thumbnail and measurements."""
    channel, day = channel_day(context.partition_key)
    spec = channels.get(channel)
    voices = {row["video_id"]: row for row in finished(voiceovers)}
    words = {row["video_id"]: row for row in finished(scripts)}
    units = [
        _unit(visual, words[visual["video_id"]], voices[visual["video_id"]], spec)
        for visual in finished(visuals)
        if visual["video_id"] in voices and visual["video_id"] in words
    ]
    threads = media.encoder_threads(len(units))
    make = functools.partial(_render, media=media, blobs=work.blobs, threads=threads)
    rows = work.rows("renders", units, make, parallel=media.parallel_renders)
    folder = out / channel / day.isoformat()
    for row in rows:
        if row["status"] == "ok":
            title = words[row["video_id"]]["title"]
            row["path"] = _place_for_people(row, title, folder, work.blobs, spec)
    strips = [row["strip"] for row in rows if row["status"] == "ok"]
    seconds = sum(row["duration_s"] for row in rows if row["status"] == "ok")
    return output(
        frame(RENDERS, rows),
        {"video_s": round(seconds, 2), **picture_metadata("frames", work.blobs, strips)},
    )


def _unit(
    visual: Mapping[str, Any],
    script: Mapping[str, Any],
    voice: Mapping[str, Any],
    spec: ChannelSpec,
) -> Unit:
    return Unit(
        key=f"{visual['video_id']} {visual['format']}",
        parameters={
            "format": visual["format"],
            "title": script["title"],
            "channel": relevant(
                spec, "look", "title", "handle", "tagline", "tone", "video", "formats"
            ),
        },
        upstream=[voice["fingerprint"], visual["fingerprint"]],
        lineage=[script["fingerprint"]],
        given={"video_id": visual["video_id"], "format": visual["format"]},
        payload=(visual, script, voice, spec),
    )


def _render(
    unit: Unit, report: Callable[[float], None], media: Media, blobs: BlobStore, threads: int
) -> Made:
    """Encodes one video in one format and measures the file."""
    from ytempire_assets.video.captions import build_cues, to_srt, to_vtt
    from ytempire_assets.video.gates import failures, inspect_file
    from ytempire_assets.video.measure import probe
    from ytempire_assets.video.render import render_video
    from ytempire_assets.video.stills import frame_strip

    visual, script, voice, spec = unit.payload
    timeline = video_timeline(voice, spec)
    composition = video_composition(timeline, visual, spec, blobs)
    thumbnails = _thumbnails(script, visual, spec, blobs)
    with tempfile.TemporaryDirectory(prefix="ytempire-render-") as folder:
        file = Path(folder) / "video.mp4"
        with media.encoder_memory():
            rendered = render_video(
                timeline,
                composition,
                blobs.path(voice["audio"]),
                file,
                ffmpeg=media.ffmpeg,
                encoding=media.encoding,
                threads=threads,
                on_progress=lambda done: report(0.9 * done),
            )
        cues = build_cues(timeline.words)
        captions_vtt = to_vtt(cues, language=spec.language, until_s=timeline.duration_s)
        subtitles = to_srt(cues, language=spec.language, until_s=timeline.duration_s)
        inspection = inspect_file(
            file, timeline, composition, subtitles, blobs.path(voice["audio"]), media.ffmpeg
        )
        if problem := failures(inspection.gates):
            kept = blobs.put_file(file)
            raise PermanentError(
                f"{unit.key} failed its gates: {problem} (the file is kept as {blobs.path(kept)})",
                "look at the file, correct what the gates name, and render again",
            )
        facts, loudness = probe(file), inspection.loudness
        strip = blobs.put(frame_strip(file), "jpg")
        video = blobs.put_file(file)
    files = {
        "timeline": blobs.put(timeline.to_json().encode(), "json"),
        "captions_srt": blobs.put(subtitles.encode(), "srt"),
        "captions_vtt": blobs.put(captions_vtt.encode(), "vtt"),
        "thumbnail": thumbnails[0]["blob"],
        "strip": strip,
        "video": video,
    }
    return Made(
        {
            **files,
            "thumbnails": thumbnails,
            "gates": [
                {
                    "name": gate.name,
                    "value": gate.value,
                    "limit": gate.limit,
                    "detail": gate.detail,
                }
                for gate in inspection.gates
            ],
            "width": facts.width,
            "height": facts.height,
            "fps": facts.fps,
            "frames": facts.frames,
            "duration_s": facts.duration_s,
            "size_bytes": facts.size_bytes,
            "video_codec": facts.video_codec,
            "audio_codec": facts.audio_codec,
            "attributions": visual["attributions"],
            "encoder": media.encoding.text,
            "peak_rss_mb": rendered.peak_rss_mb,
            "loudness_lufs": loudness.integrated_lufs if loudness else None,
            "true_peak_dbtp": loudness.true_peak_dbtp if loudness else None,
        },
        blobs=[*files.values(), *(thumbnail["blob"] for thumbnail in thumbnails)],
        child_cpu_s=rendered.cpu_s + inspection.child_cpu_s,
    )


def video_timeline(voice: Mapping[str, Any], spec: ChannelSpec) -> "Timeline":
    """One clock for every format of the video: none may be longer than the tightest one takes."""
    from ytempire_assets.video.captions import Word
    from ytempire_assets.video.formats import FORMATS
    from ytempire_assets.video.timeline import build_timeline

    return build_timeline(
        voice["video_id"],
        voice["scenes"],
        [Word(word["text"], word["start_s"], word["end_s"]) for word in voice["words"]],
        voice["audio"],
        voice["duration_s"],
        intro_s=spec.video.intro_s,
        outro_s=spec.video.outro_s,
        transition=spec.video.transition,
        music=spec.music_mood,
        music_db=spec.video.music_db,
        max_s=min(FORMATS[name].max_s for name in spec.formats),
    )


def video_composition(
    timeline: "Timeline", visual: Mapping[str, Any], spec: ChannelSpec, blobs: BlobStore
) -> "Composition":
    """The timeline laid out with the pictures that were drawn for this format."""
    from ytempire_assets.video.burned_captions import caption_limits, place_captions
    from ytempire_assets.video.captions import build_cues
    from ytempire_assets.video.composition import LayerFile, lay_out
    from ytempire_assets.video.formats import FORMATS

    fmt = FORMATS[visual["format"]]
    layers = {
        scene["number"]: [
            LayerFile(
                layer["name"],
                layer["media"],
                blobs.path(layer["blob"]),
                layer["x"],
                layer["y"],
                layer["width"],
                layer["height"],
                layer["enter_s"],
                layer["entrance"],
                layer["entrance_s"],
                layer["motion"],
                tuple(layer["path"]),
            )
            for layer in scene["layers"]
        ]
        for scene in visual["scenes"]
    }
    limits = caption_limits(fmt)
    cues = build_cues(
        timeline.words, max_characters=limits.max_characters, max_words=limits.max_words
    )
    return lay_out(timeline, fmt, layers, place_captions(cues, spec.look, fmt))


def _thumbnails(
    script: Mapping[str, Any], visual: Mapping[str, Any], spec: ChannelSpec, blobs: BlobStore
) -> list[dict[str, Any]]:
    """Three thumbnails by different rules, the one to publish first."""
    from ytempire_assets.video.formats import FORMATS
    from ytempire_assets.video.scene import Brand
    from ytempire_assets.video.thumbnails import thumbnails

    briefs = [scene_brief(record, script) for record in script["scenes"]]
    series = next((brief.series for brief in briefs if brief.series), None)
    figures = next((brief.figures for brief in briefs if brief.figures), ())
    figure = next((brief.figure for brief in briefs if brief.figure), None)
    shown = [scene["picture"]["blob"] for scene in visual["scenes"] if scene["picture"]]
    made = thumbnails(
        script["title"],
        spec.look,
        FORMATS[visual["format"]],
        Brand(spec.title, spec.handle, spec.tagline, spec.language),
        emphasis=briefs[0].emphasis,
        figure=figure,
        series=series,
        figures=figures,
        picture=blobs.path(shown[0]).read_bytes() if shown else None,
    )
    # A story with data shows it, one with a photograph shows that.
    first = "picture" if shown else "chart" if series or figures or figure else "type"
    return [
        {
            "rule": thumbnail.rule,
            "blob": blobs.put(thumbnail.data, "jpg"),
            "width": thumbnail.width,
            "height": thumbnail.height,
            "text_height_px_at_160": thumbnail.text_height_px_at_160,
            "contrast": thumbnail.contrast,
            "words": thumbnail.words,
        }
        for thumbnail in sorted(made, key=lambda thumbnail: thumbnail.rule != first)
    ]


def _place_for_people(
    row: Mapping[str, Any], title: str, folder: Path, blobs: BlobStore, spec: ChannelSpec
) -> str:
    """Puts the file where people look for it; the blob stays the one that counts.

    Returns:
        The path relative to the home folder.
    """
    from anyascii import anyascii

    number = str(row["video_id"]).rpartition("-")[2]
    slug = re.sub(r"[^a-z0-9]+", "-", anyascii(title).lower()).strip("-")[:60].strip("-") or "video"
    suffix = "" if len(spec.formats) == 1 else f"-{row['format']}"
    target = folder / f"{number}-{slug}{suffix}.mp4"
    source = blobs.path(row["video"])
    if not (
        target.is_file()
        and target.stat().st_size == source.stat().st_size
        and target.samefile(source)
    ):
        write_atomically(target, functools.partial(link_or_copy, source))
    return str(target.relative_to(folder.parents[2]))
