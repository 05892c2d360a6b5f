"""What a finished file must be before anything is published: one verdict per property.

Belongs here: the limits with their reasons, and the verdicts. Measuring is in ``inspection``,
``sync`` and ``vmaf``. Every gate is always looked at: one that fails never hides the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ytempire_assets.loudness import MAX_PEAK_DBTP, TARGET_LUFS, TOLERANCE_LU, Loudness
from ytempire_assets.video.composition import Composition
from ytempire_assets.video.encoder import AUDIO_BIT_RATE, SAMPLE_RATE_HZ
from ytempire_assets.video.inspection import Decoded, Streams, Stretch, decode, read_streams
from ytempire_assets.video.sync import (
    CUE_TOLERANCE_S,
    CaptionReport,
    Match,
    Timed,
    activity,
    burned_cues,
    check_cues,
    drawn_words,
    find_voice,
    parse_srt,
    read_voice,
    spoken_share,
    words_after_voice,
)
from ytempire_assets.video.timeline import Timeline
from ytempire_assets.video.vmaf import FramesMissingError, compare

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_BLACK_S = 0.5
"""A fade through black is shorter; anything longer looks like a broken player."""

MAX_FROZEN_S = 2.5
"""Backdrops drift and captions change all the time: standing still this long is a fault."""

MAX_SILENT_S = 2.0
"""The longest pause of a narration is well under a second."""

MAX_OFFSET_S = 0.02
"""Sound that is early by 45 ms is noticed (ITU-R BT.1359); less than half of it is ours to use."""

MIN_LIKENESS = 0.5
"""Correlation of a sound with its narration; measured: 0.99 with music, under 0.1 for another."""

MAX_CAPTION_LAG_S = 0.15
"""How far the words may lie from the voice: what a forced alignment may be off, and far from the
half second that everybody sees."""

MIN_SPOKEN_SHARE = 0.3
"""Of a caption's time in which somebody speaks; measured 0.7 and more."""

MIN_VMAF = 93.0
"""Of every sampled stretch: at 93 most people see no difference to the original."""

MAX_BITS_PER_PIXEL = 0.2
"""12 Mbit/s at 1080p30, half as much again as YouTube asks for: more is uploaded for nothing."""

MIN_BITS_PER_PIXEL = 0.002
"""0.12 Mbit/s at 1080p30, a seventh of what flat cards take: such pictures say nothing."""

AAC_FRAME_S = 1024 / SAMPLE_RATE_HZ
GRID_TOLERANCE_S = 0.0005
"""How far a frame may be from its place: rounding of a container, not another frame rate."""

_NO_SOUND = "no sound"


@dataclass(frozen=True, slots=True)
class Gate:
    """One verdict: what was measured and what was asked for, as people read it."""

    name: str
    passed: bool
    value: str
    limit: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Inspection:
    """All verdicts on a file, its loudness, and the CPU-seconds of what measured it."""

    gates: tuple[Gate, ...]
    loudness: Loudness | None
    child_cpu_s: float


def inspect_file(
    path: Path,
    timeline: Timeline,
    composition: Composition,
    subtitles_srt: str,
    voice: Path,
    ffmpeg: Path,
) -> Inspection:
    """Measures a finished file against what it was made from.

    Args:
        path: The file, before or after it got its name.
        timeline: What it should sound like.
        composition: What it should look like; its pictures must still be there.
        subtitles_srt: The text of its subtitle file.
        voice: The narration, 48 kHz 16-bit WAV.
        ffmpeg: Decodes and measures; needs the filter ``libvmaf``.

    Raises:
        InvalidInputError: The file cannot be read as video at all; the narration or a picture is
            gone; this ffmpeg cannot measure VMAF.
    """
    streams = read_streams(path)
    decoded = decode(path, streams, ffmpeg)
    narration = read_voice(voice)
    gates = [
        *_container(streams, timeline, composition),
        *_picture(decoded),
        *_sound(streams, decoded, timeline),
    ]
    place = find_voice(decoded.sound, narration)
    if streams.sound is not None:
        place = Match(place.delay_s + streams.sound.start_s, place.likeness)
    gates.append(_offset(place, timeline))
    voice_start_s = place.delay_s if place.likeness >= MIN_LIKENESS else timeline.voice.start_s
    gates += _captions(timeline, composition, subtitles_srt, streams)
    gates.append(_captions_and_voice(timeline, subtitles_srt, activity(narration), voice_start_s))
    vmaf, cpu_s = _vmaf(path, composition, ffmpeg)
    return Inspection((*gates, vmaf), decoded.loudness, decoded.cpu_s + cpu_s)


def failures(gates: Iterable[Gate]) -> str:
    """Every failed gate with its value and limit in one line; empty when all passed."""
    return "; ".join(
        f"{gate.name}: {gate.value} (must be {gate.limit})"
        + (f", {gate.detail}" * bool(gate.detail))
        for gate in gates
        if not gate.passed
    )


def _container(streams: Streams, timeline: Timeline, composition: Composition) -> Iterator[Gate]:
    fmt, total = composition.fmt, composition.total_frames
    boxes = streams.boxes
    index_first = "moov" in boxes and "mdat" in boxes and boxes.index("moov") < boxes.index("mdat")
    yield Gate(
        "index",
        index_first and streams.is_whole,
        ("moov first" if index_first else "moov after mdat")
        + ", broken off" * (not streams.is_whole),
        "moov before mdat, all boxes whole",
        " ".join(boxes[:8]),
    )
    coded = f"{streams.codec} {streams.pixel_format}"
    yield Gate("codec", coded == "h264 yuv420p", coded, "h264 yuv420p")
    size = (streams.width, streams.height)
    yield Gate(
        "picture size",
        size == (fmt.width, fmt.height),
        f"{streams.width}x{streams.height}",
        f"{fmt.width}x{fmt.height}",
    )
    tags = " ".join(streams.tags)
    wanted = "bt709 bt709 bt709 limited"
    yield Gate("colours", tags == wanted, tags, wanted, "primaries, transfer, matrix, range")
    off = [abs(time_s - index / fmt.fps) for index, time_s in enumerate(streams.times_s)]
    furthest = max(off, default=0.0)
    yield Gate(
        "frame rate",
        bool(off) and streams.rate == fmt.fps and furthest <= GRID_TOLERANCE_S,
        f"{streams.rate:.5g} fps, frames up to {1000 * furthest:.1f} ms from their places",
        f"{fmt.fps} fps, every frame in its place",
    )
    yield Gate("frames", len(off) == total, str(len(off)), str(total))
    starts = [streams.times_s[0] if streams.times_s else 0.0]
    starts += [streams.sound.start_s] if streams.sound else []
    yield Gate(
        "start",
        all(abs(start) <= MAX_OFFSET_S for start in starts),
        " and ".join(f"{1000 * start:.0f} ms" for start in starts),
        f"picture and sound at 0 within {1000 * MAX_OFFSET_S:.0f} ms",
    )
    yield from _lengths(streams, timeline, composition)
    bits = fmt.width * fmt.height * fmt.fps / 1e6
    rate = 8 * streams.picture_bytes / max(streams.end_s, 1 / fmt.fps) / 1e6
    low, high = MIN_BITS_PER_PIXEL * bits, MAX_BITS_PER_PIXEL * bits
    yield Gate(
        "bit rate",
        low <= rate <= high,
        f"{rate:.3g} Mbit/s of picture",
        f"{low:.2g} to {high:.3g} Mbit/s",
    )
    # The sound takes up to its rate and half of it again; what is left are headers.
    most = composition.duration_s * (high * 1e6 + 1.5 * AUDIO_BIT_RATE) / 8
    yield Gate(
        "file size",
        0 < streams.size_bytes <= most,
        f"{streams.size_bytes / 1e6:.2f} MB",
        f"at most {most / 1e6:.1f} MB",
    )


def _lengths(streams: Streams, timeline: Timeline, composition: Composition) -> Iterator[Gate]:
    fmt = composition.fmt
    ends = {"picture": streams.end_s}
    if streams.sound is not None:
        ends["sound"] = streams.sound.end_s
    # The picture is a whole number of frames, the sound of AAC frames.
    tolerance = 0.5 / fmt.fps + AAC_FRAME_S
    yield Gate(
        "length",
        all(abs(end - timeline.duration_s) <= tolerance for end in ends.values()),
        ", ".join(f"{name} {end:.3f} s" for name, end in ends.items()),
        f"{timeline.duration_s:.3f} s within {1000 * tolerance:.0f} ms",
    )
    longest = max(ends.values())
    yield Gate(
        "format length",
        0 < longest <= fmt.max_s + AAC_FRAME_S,
        f"{longest:.2f} s",
        f"at most {fmt.max_s:.0f} s for {fmt.name}",
    )


def _picture(decoded: Decoded) -> Iterator[Gate]:
    yield Gate(
        "decoding",
        decoded.frames > 0 and not decoded.problems,
        f"{len(decoded.problems)} errors",
        "0 errors",
        decoded.problems[0][:200] if decoded.problems else "",
    )
    yield _longest("black", decoded.black, MAX_BLACK_S)
    yield _longest("frozen", decoded.frozen, MAX_FROZEN_S)


def _longest(name: str, stretches: Sequence[Stretch], limit_s: float) -> Gate:
    longest = max((stretch.length_s for stretch in stretches), default=0.0)
    return Gate(
        name,
        longest <= limit_s + GRID_TOLERANCE_S,
        f"{longest:.2f} s at most" if stretches else "none",
        f"at most {limit_s} s",
        ", ".join(
            f"{stretch.start_s:.2f}-{stretch.end_s:.2f} s"
            for stretch in stretches
            if stretch.length_s > limit_s
        ),
    )


def _sound(streams: Streams, decoded: Decoded, timeline: Timeline) -> Iterator[Gate]:
    sound, voice = streams.sound, timeline.voice
    coded = f"{sound.codec}, {sound.rate_hz} Hz, {sound.channels} channels" if sound else _NO_SOUND
    wanted = f"aac, {SAMPLE_RATE_HZ} Hz, 2 channels"
    yield Gate("sound format", coded == wanted, coded, wanted)
    # Before and after the narration a video without music is silent by design.
    within = [
        Stretch(max(stretch.start_s, voice.start_s), min(stretch.end_s, voice.end_s))
        for stretch in decoded.silent
        if stretch.end_s > voice.start_s and stretch.start_s < voice.end_s
    ]
    silent = _longest("silence", within, MAX_SILENT_S)
    loudness = decoded.loudness
    if loudness is None:
        yield Gate(silent.name, False, _NO_SOUND, silent.limit)
    else:
        yield silent
    yield Gate(
        "loudness",
        loudness is not None and abs(loudness.integrated_lufs - TARGET_LUFS) <= TOLERANCE_LU,
        f"{loudness.integrated_lufs:.1f} LUFS" if loudness else _NO_SOUND,
        f"{TARGET_LUFS:.0f} LUFS within {TOLERANCE_LU} LU",
    )
    yield Gate(
        "true peak",
        loudness is not None and loudness.true_peak_dbtp < MAX_PEAK_DBTP,
        f"{loudness.true_peak_dbtp:.1f} dBTP" if loudness else _NO_SOUND,
        f"under {MAX_PEAK_DBTP:.0f} dBTP",
    )


def _offset(place: Match, timeline: Timeline) -> Gate:
    off_s = place.delay_s - timeline.voice.start_s
    heard = place.likeness >= MIN_LIKENESS
    return Gate(
        "sound offset",
        heard and abs(off_s) <= MAX_OFFSET_S,
        f"{1000 * off_s:+.1f} ms" if heard else "the narration is not heard",
        f"within {1000 * MAX_OFFSET_S:.0f} ms of the picture",
        f"likeness {place.likeness:.2f}",
    )


def _captions(
    timeline: Timeline, composition: Composition, subtitles_srt: str, streams: Streams
) -> Iterator[Gate]:
    try:
        report = check_cues(parse_srt(subtitles_srt), timeline.words, streams.end_s)
    except ValueError as error:
        report = CaptionReport(0, 0.0, (str(error),))
    yield _caption_gate("subtitles", report)
    track = composition.captions
    if track is not None:
        words = drawn_words(timeline.words, track)
        yield _caption_gate("captions", check_cues(burned_cues(track), words, streams.end_s))


def _caption_gate(name: str, report: CaptionReport) -> Gate:
    return Gate(
        name,
        not report.problems,
        f"{report.count}, up to {1000 * report.furthest_s:.0f} ms from their words"
        + (f", {len(report.problems)} problems" if report.problems else ""),
        f"every word shown, within {1000 * CUE_TOLERANCE_S:.0f} ms, inside the video",
        "; ".join(report.problems[:3]),
    )


def _captions_and_voice(
    timeline: Timeline, subtitles_srt: str, speaks: NDArray[np.bool_], voice_start_s: float
) -> Gate:
    """Against the sound itself: words and captions may be wrong together."""
    limit = (
        f"within {1000 * MAX_CAPTION_LAG_S:.0f} ms of the voice, "
        f"{100 * MIN_SPOKEN_SHARE:.0f} % of each caption spoken"
    )
    name = "captions and voice"
    try:
        cues: list[Timed] = parse_srt(subtitles_srt)
    except ValueError as error:
        return Gate(name, False, "unreadable", limit, str(error))
    if not timeline.words:
        return Gate(name, not cues, f"no words, {len(cues)} captions", limit)
    lag = words_after_voice(timeline.words, speaks, voice_start_s)
    shares = [
        spoken_share(cue.start_s - voice_start_s, cue.end_s - voice_start_s, speaks) for cue in cues
    ]
    least = min(shares, default=0.0)
    return Gate(
        name,
        abs(lag.delay_s) <= MAX_CAPTION_LAG_S and least >= MIN_SPOKEN_SHARE,
        f"{1000 * lag.delay_s:+.0f} ms, {100 * least:.0f} % spoken at least",
        limit,
        f"likeness {lag.likeness:.2f}",
    )


def _vmaf(path: Path, composition: Composition, ffmpeg: Path) -> tuple[Gate, float]:
    limit = f"at least {MIN_VMAF:.0f} in every stretch"
    try:
        comparison = compare(path, composition, ffmpeg)
    except FramesMissingError as error:
        return Gate("VMAF", False, "not measured", limit, str(error)), 0.0
    scores = comparison.scores
    mean = sum(score.mean for score in scores) / len(scores)
    lowest = min(score.mean for score in scores)
    gate = Gate(
        "VMAF",
        lowest >= MIN_VMAF,
        f"{lowest:.1f}, mean {mean:.1f}, lowest frame {min(s.lowest for s in scores):.1f}",
        limit,
        ", ".join(
            f"{score.sample.shows} from frame {score.sample.first}: {score.mean:.1f}"
            for score in scores
        ),
    )
    return gate, comparison.cpu_s
