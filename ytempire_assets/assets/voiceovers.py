"""Voiceovers: each script spoken, with the time of every word."""

import functools
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from ytempire_assets.assets.pictures import picture_metadata
from ytempire_assets.assets.stage import finished, named_failure, output, stage
from ytempire_assets.channels import ChannelFolder, ChannelSpec, relevant
from ytempire_assets.partitions import DAY_BY_CHANNEL, channel_day
from ytempire_assets.resources.blobs import BlobStore
from ytempire_assets.resources.media import Media
from ytempire_assets.resources.voices.desk import VoiceDesk
from ytempire_assets.resources.work import Made, Make, Unit, Workbench, cannot_be_made
from ytempire_assets.speech.voice import Voice
from ytempire_assets.table_schema import Frame, frame
from ytempire_assets.tables import VOICEOVERS

if TYPE_CHECKING:
    from ytempire_assets.speech.narration import Narration

WAVEFORM_PX = (1200, 240)


@stage("voiceovers", "production", ["audio"], DAY_BY_CHANNEL)
def voiceovers(
    context: dg.AssetExecutionContext,
    scripts: Frame,
    channels: dg.ResourceParam[ChannelFolder],
    media: dg.ResourceParam[Media],
    voices: dg.ResourceParam[VoiceDesk],
    work: dg.ResourceParam[Workbench],
) -> dg.Output[Frame]:
    """One mastered narration per script, at -14 LUFS, with word and scene times."""
    channel, _ = channel_day(context.partition_key)
    spec = channels.get(channel)
    voice, missing = named_failure(lambda: voices.voice(spec.voice, spec.language))
    speaker = "" if voice is None else voice.name
    units = [_unit(script, spec, speaker, missing) for script in finished(scripts)]
    make: Make = cannot_be_made
    if voice is not None:
        make = functools.partial(_speak, voice=voice, media=media, blobs=work.blobs)
    # Speaking takes turns where a voice must; mastering never has to.
    rows = work.rows("voiceovers", units, make, parallel=os.cpu_count() or 1)
    waveforms = [row["waveform"] for row in rows if row["status"] == "ok"]
    return output(frame(VOICEOVERS, rows), picture_metadata("waveform", work.blobs, waveforms))


def _unit(script: Mapping[str, Any], spec: ChannelSpec, speaker: str, missing: str | None) -> Unit:
    scenes = [(scene["number"], scene["narration"]) for scene in script["scenes"]]
    return Unit(
        key=script["video_id"],
        parameters={
            "scenes": scenes,
            "speaker": speaker,
            "channel": relevant(spec, "voice", "language"),
        },
        lineage=[script["fingerprint"]],
        given={
            "video_id": script["video_id"],
            "engine": spec.voice.engine,
            "voice": spec.voice.voice,
        },
        payload=scenes,
        blocked=missing,
    )


def _speak(
    unit: Unit, report: Callable[[float], None], voice: Voice, media: Media, blobs: BlobStore
) -> Made:
    """Speaks one script and keeps the audio and its waveform."""
    from ytempire_assets.speech.mastering import SAMPLE_RATE_HZ
    from ytempire_assets.speech.narration import narrate
    from ytempire_assets.video.stills import waveform

    narration = narrate(unit.payload, voice, media.ffmpeg, report)
    audio = blobs.put(narration.wav, "wav")
    with tempfile.TemporaryDirectory(prefix="ytempire-wave-") as folder:
        wav = Path(folder) / "audio.wav"
        wav.write_bytes(narration.wav)
        picture = blobs.put(waveform(wav, None, WAVEFORM_PX), "png")
    return Made(
        {
            "audio": audio,
            "duration_s": narration.duration_s,
            "sample_rate_hz": SAMPLE_RATE_HZ,
            "loudness_lufs": narration.loudness.integrated_lufs,
            "true_peak_dbtp": narration.loudness.true_peak_dbtp,
            "words": _words(narration),
            "scenes": [
                {"number": scene.number, "start_s": scene.start_s, "end_s": scene.end_s}
                for scene in narration.scenes
            ],
            "waveform": picture,
        },
        blobs=[audio, picture],
        spent_usd=narration.cost_usd,
    )


def _words(narration: "Narration") -> list[dict[str, Any]]:
    return [
        {
            "text": item.word.text,
            "start_s": round(item.word.start_s, 4),
            "end_s": round(item.word.end_s, 4),
            "scene": item.scene,
        }
        for item in narration.words
    ]
