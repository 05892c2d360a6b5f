"""Whether a stream on disk is sound: what its playlists promise against what its files hold.

Belongs here: finding problems, each said in one line. Nothing is repaired and nothing is raised for
a bad stream: who asks decides what a problem means.

Playlists are read by the ``m3u8`` library and segments by PyAV, neither of which took part in
making the stream.
"""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.video.playlists import MASTER_NAME, bit_rates, codec_of
from ytempire_assets.video.sprites import TRACK_NAME

if TYPE_CHECKING:
    import m3u8

LENGTH_TOLERANCE_S = 0.1
"""Between the video and what a playlist adds up to."""

_IDR = 5
"""Type of the NAL units of a picture that nothing before is needed for (H.264, table 7-1)."""

_CUE = re.compile(
    r"(\d+):(\d\d):(\d\d\.\d{3}) --> (\d+):(\d\d):(\d\d\.\d{3})\n"
    r"(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)"
)


@dataclass(frozen=True, slots=True)
class _Segment:
    """One segment as it is: its place in decode time, what it holds."""

    name: str
    declared_s: float
    start_s: float
    length_s: float
    packet_s: float
    starts_clean: bool
    size_bytes: int


@dataclass(frozen=True, slots=True)
class _Track:
    """One rendition or the audio as it is."""

    name: str
    codec: str
    size: tuple[int, int]
    target_s: float
    segments: tuple[_Segment, ...]

    @property
    def rates(self) -> tuple[int, int]:
        return bit_rates(
            [segment.length_s for segment in self.segments],
            [segment.size_bytes for segment in self.segments],
            self.target_s,
        )


def check_stream(folder: Path, duration_s: float) -> list[str]:
    """Compares a stream with itself and with the length of its video.

    Args:
        folder: Made by ``streams.make_stream``, or a copy of such a folder.
        duration_s: Length of the video that it was made from.

    Returns:
        What is wrong, a line each; empty when the stream is sound.
    """
    problems: list[str] = []
    master = _playlist(folder / MASTER_NAME, problems)
    if master is None:
        return problems
    if not master.is_variant or not master.playlists:
        return [f"{MASTER_NAME} lists no renditions"]
    if not master.is_independent_segments:
        problems.append(f"{MASTER_NAME} does not declare independent segments")
    sounds = {
        media.group_id: _track(folder, media.uri, problems)
        for media in master.media
        if media.type == "AUDIO"
    }
    pictures: list[_Track] = []
    for variant in master.playlists:
        track = _track(folder, variant.uri, problems)
        if track is None:
            continue
        pictures.append(track)
        group = variant.stream_info.audio
        if group is not None and group not in sounds:
            problems.append(f"{track.name}: there is no audio group '{group}'")
        problems += _check_declaration(variant.stream_info, track, sounds.get(group))
    for track in [*pictures, *(sound for sound in sounds.values() if sound is not None)]:
        problems += _check_track(track, duration_s)
    problems += _check_alignment(pictures)
    return problems + _check_thumbnails(folder, duration_s)


def _playlist(path: Path, problems: list[str]) -> m3u8.M3U8 | None:
    import m3u8

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{path.name} of {path.parent.name} cannot be read ({error})")
        return None
    try:
        return m3u8.loads(text)
    except (m3u8.ParseError, ValueError, IndexError, KeyError) as error:
        problems.append(f"{path.name} of {path.parent.name} is not a playlist ({error})")
        return None


def _inside(folder: Path, base: Path, uri: str, problems: list[str]) -> Path | None:
    """The file that ``uri`` names, if it lies in the stream."""
    path = (base / uri).resolve()
    if not path.is_relative_to(folder.resolve()):
        problems.append(f"'{uri}' lies outside the stream")
    elif not path.is_file():
        problems.append(f"{path.relative_to(folder.resolve())} is named but not there")
    else:
        return path
    return None


def _track(folder: Path, uri: str, problems: list[str]) -> _Track | None:
    """Reads one media playlist and everything that it names."""
    path = _inside(folder, folder, uri, problems)
    playlist = _playlist(path, problems) if path is not None else None
    if path is None or playlist is None:
        return None
    name = path.parent.name
    if playlist.playlist_type != "vod" or not playlist.is_endlist:
        problems.append(f"{name} is not a finished video on demand")
    if not playlist.segments or not playlist.segment_map:
        problems.append(f"{name} names no segments or no initialisation")
        return None
    init = _inside(folder, path.parent, playlist.segment_map[0].uri, problems)
    files = [_inside(folder, path.parent, part.uri, problems) for part in playlist.segments]
    if init is None:
        return None
    try:
        codec, size = codec_of(init), _size_of(init)
    except InvalidInputError as error:
        problems.append(error.problem)
        return None
    start = init.read_bytes()
    segments = [
        segment
        for part, file in zip(playlist.segments, files, strict=True)
        if file is not None
        and (segment := _segment(start, file, float(part.duration), problems)) is not None
    ]
    if len(segments) < len(files):
        return None
    return _Track(name, codec, size, float(playlist.target_duration or 0), tuple(segments))


def _size_of(init: Path) -> tuple[int, int]:
    import av

    with av.open(str(init)) as container:
        if not container.streams.video:
            return (0, 0)
        context = container.streams.video[0].codec_context
        return (context.width, context.height)


def _segment(init: bytes, file: Path, declared_s: float, problems: list[str]) -> _Segment | None:
    import av

    name = f"{file.parent.name}/{file.name}"
    data = file.read_bytes()
    try:
        with av.open(io.BytesIO(init + data), "r", format="mp4") as container:
            stream = container.streams[0]
            packets = [packet for packet in container.demux(stream) if packet.size]
            first, last = packets[0], packets[-1]
            if first.dts is None or last.dts is None or stream.time_base is None:
                raise ValueError("no timestamps")
            if not first.duration or not last.duration:
                raise ValueError("no durations")
            return _Segment(
                name=name,
                declared_s=declared_s,
                start_s=float(first.dts * stream.time_base),
                length_s=float((last.dts + last.duration - first.dts) * stream.time_base),
                packet_s=float(first.duration * stream.time_base),
                starts_clean=stream.type != "video" or _starts_with_idr(bytes(first)),
                size_bytes=len(data),
            )
    except (OSError, IndexError, ValueError, av.error.FFmpegError) as error:
        problems.append(f"{name} cannot be read ({error})")
        return None


def _starts_with_idr(packet: bytes) -> bool:
    """Whether a picture is an IDR by its own NAL units: the container's flag may say anything."""
    position = 0
    while position + 5 <= len(packet):
        if packet[position + 4] & 0x1F == _IDR:
            return True
        position += 4 + int.from_bytes(packet[position : position + 4], "big")
    return False


def _check_declaration(declared: Any, track: _Track, sound: _Track | None) -> list[str]:
    """The line of the master playlist against the rendition and the audio beside it."""
    problems = []
    if tuple(declared.resolution or ()) != track.size:
        width, height = track.size
        problems.append(
            f"{track.name}: RESOLUTION is {declared.resolution}, but is {width}x{height}"
        )
    codecs = ",".join(part.codec for part in (track, sound) if part is not None)
    if (declared.codecs or "").lower() != codecs.lower():
        problems.append(f"{track.name}: CODECS are '{declared.codecs}', but are '{codecs}'")
    rates = [part.rates for part in (track, sound) if part is not None]
    for name, value, measured in (
        ("BANDWIDTH", declared.bandwidth, sum(peak for peak, _ in rates)),
        ("AVERAGE-BANDWIDTH", declared.average_bandwidth, sum(average for _, average in rates)),
    ):
        # A bit per track: lengths are rounded in playlists and exact in the files.
        if (value or 0) + 2 * len(rates) < measured:
            problems.append(f"{track.name}: {name} is {value}, but {measured} is needed")
    if declared.video_range != "SDR":
        problems.append(f"{track.name}: VIDEO-RANGE is {declared.video_range}, not SDR")
    frame_s = track.segments[0].packet_s
    if abs((declared.frame_rate or 0) * frame_s - 1) > 0.001:
        problems.append(
            f"{track.name}: FRAME-RATE is {declared.frame_rate}, but is {1 / frame_s:.3f}"
        )
    return problems


def _check_track(track: _Track, duration_s: float) -> list[str]:
    """One media playlist against its own segments."""
    problems = []
    expected_s = 0.0
    for segment in track.segments:
        if round(segment.declared_s) > track.target_s:
            problems.append(
                f"{segment.name}: {segment.declared_s:.3f} s is over the target of "
                f"{track.target_s:.0f} s"
            )
        if abs(segment.declared_s - segment.length_s) > segment.packet_s:
            problems.append(
                f"{segment.name}: declared as {segment.declared_s:.3f} s, lasts "
                f"{segment.length_s:.3f} s"
            )
        if abs(segment.start_s - expected_s) > segment.packet_s:
            problems.append(
                f"{segment.name}: starts at {segment.start_s:.3f} s, expected at {expected_s:.3f} s"
            )
        if not segment.starts_clean:
            problems.append(f"{segment.name}: does not start with a key frame")
        expected_s = segment.start_s + segment.length_s
    total_s = sum(segment.declared_s for segment in track.segments)
    if abs(total_s - duration_s) > LENGTH_TOLERANCE_S:
        problems.append(f"{track.name}: lasts {total_s:.3f} s, the video lasts {duration_s:.3f} s")
    return problems


def _check_alignment(tracks: Sequence[_Track]) -> list[str]:
    """Segments of all renditions begin together, so that a player can change at any of them."""
    problems = []
    for one, other in itertools.pairwise(tracks):
        frame_s = one.segments[0].packet_s
        starts = [[segment.start_s for segment in track.segments] for track in (one, other)]
        if len(starts[0]) != len(starts[1]) or any(
            abs(a - b) > frame_s for a, b in zip(*starts, strict=True)
        ):
            problems.append(f"{other.name}: its segments do not begin where those of {one.name} do")
    return problems


def _check_thumbnails(folder: Path, duration_s: float) -> list[str]:
    """The track for the seek bar covers the video without gaps, and its tiles lie in the sheet."""
    from PIL import Image, UnidentifiedImageError

    try:
        text = (folder / TRACK_NAME).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return [f"{TRACK_NAME} cannot be read ({error})"]
    cues = _CUE.findall(text)
    if not text.startswith("WEBVTT\n") or not cues or len(cues) != text.count("-->"):
        return [f"{TRACK_NAME} is not a WebVTT track of tiles"]
    problems: list[str] = []
    sizes: dict[str, tuple[int, int]] = {}
    for name in sorted({cue[6] for cue in cues}):
        path = _inside(folder, folder, name, problems)
        if path is None:
            continue
        try:
            with Image.open(path) as sheet:
                sheet.load()
                sizes[name] = sheet.size
        except (OSError, UnidentifiedImageError) as error:
            problems.append(f"{name} cannot be read ({error})")
    reached_s = 0.0
    for cue in cues:
        start_s, end_s = _seconds(cue[:3]), _seconds(cue[3:6])
        if abs(start_s - reached_s) > 0.001 or end_s <= start_s:
            problems.append(f"{TRACK_NAME}: nothing is shown from {reached_s:.3f} to {start_s:.3f}")
        reached_s = end_s
        x, y, width, height = map(int, cue[7:])
        sheet_width, sheet_height = sizes.get(cue[6], (x + width, y + height))
        if width == 0 or height == 0 or x + width > sheet_width or y + height > sheet_height:
            problems.append(
                f"{TRACK_NAME}: the tile at {start_s:.3f} s lies outside {cue[6]} "
                f"({sheet_width}x{sheet_height})"
            )
    if abs(reached_s - duration_s) > LENGTH_TOLERANCE_S:
        problems.append(f"{TRACK_NAME} ends at {reached_s:.3f} s, the video at {duration_s:.3f} s")
    return problems


def _seconds(clock: Sequence[str]) -> float:
    hours, minutes, seconds = clock
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
