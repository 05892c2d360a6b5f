"""Every gate fails on a file that is really broken that way, and only those that should."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.video.captions import Word
from ytempire_assets.video.ffmpeg import find_ffmpeg
from ytempire_assets.video.gates import Gate, failures, inspect_file
from ytempire_assets.video.sync import burned_cues, check_cues, drawn_words, parse_srt
from ytempire_assets.video.vmaf import samples_of

from .finished import Finished, finished

ENCODE = (
    "-c:v", "libx264", "-preset", "superfast", "-crf", "15", "-pix_fmt", "yuv420p",
    "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709",
    "-color_range", "tv", "-movflags", "+faststart",
)  # fmt: skip
PICTURE = (*ENCODE, "-fps_mode", "passthrough", "-c:a", "copy")
SOUND = ("-c:v", "copy", "-movflags", "+faststart", "-c:a", "aac", "-b:a", "192k")
COPY = ("-c", "copy", "-movflags", "+faststart")
ALL = (
    "index", "codec", "picture size", "colours", "frame rate", "frames", "start", "length",
    "format length", "bit rate", "file size", "decoding", "black", "frozen", "sound format",
    "silence", "loudness", "true peak", "sound offset", "subtitles", "captions",
    "captions and voice", "VMAF",
)  # fmt: skip


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    return finished(tmp_path_factory.mktemp("finished"))


def test_a_good_file_passes_every_gate(good: Finished) -> None:
    inspection = good.inspect()
    assert failures(inspection.gates) == ""
    assert tuple(gate.name for gate in inspection.gates) == ALL
    assert all(gate.value and gate.limit for gate in inspection.gates)
    assert 0 < inspection.child_cpu_s < 60
    by_name = {gate.name: gate for gate in inspection.gates}
    assert by_name["frames"].value == by_name["frames"].limit == "292"
    assert abs(float(by_name["sound offset"].value.split()[0])) < 1


def cut(start: float, end: float) -> str:
    return f"between(t,{start},{end})"


BROKEN_PICTURES: dict[str, tuple[set[str], tuple[str, ...]]] = {
    "black": (
        {"black", "VMAF"},
        ("-vf", f"drawbox=enable='{cut(3.4, 4.2)}':color=black:t=fill", *PICTURE),
    ),
    "frozen": (
        {"frozen", "VMAF"},
        ("-vf", "trim=end_frame=200,tpad=stop=92:stop_mode=clone", *PICTURE),
    ),
    "small": ({"picture size", "VMAF"}, ("-vf", "scale=360:640", *PICTURE, "-crf", "22")),
    "slow": (
        {"frame rate", "frames", "length", "VMAF"},
        (*ENCODE, "-r", "25", "-crf", "23", "-c:a", "copy"),
    ),
    "uneven": (
        {"frame rate"},
        ("-vf", "settb=1/15360,setpts=512*N+200*mod(N\\,2)", "-enc_time_base", "1:15360", *PICTURE),
    ),
    "gap": (
        {"frame rate", "frames", "VMAF"},
        ("-vf", "select='not(between(n,110,113))'", *PICTURE),
    ),
    "closed-gap": (
        {"frames", "length", "VMAF"},
        ("-vf", "select='not(between(n,110,113))',setpts=N/30/TB", *PICTURE),
    ),
    "late-by-three": (
        {"VMAF"},
        ("-vf", "tpad=start=3:start_mode=clone,trim=end_frame=292", *PICTURE),
    ),
    "coarse": ({"VMAF"}, (*PICTURE, "-preset", "veryfast", "-crf", "45")),
    "heavy": (
        {"file size", "bit rate", "VMAF"},
        ("-vf", f"noise=alls=60:allf=t:enable='{cut(0, 0.8)}'", *PICTURE, "-preset", "ultrafast"),
    ),
    "colour-444": ({"codec", "VMAF"}, (*PICTURE, "-pix_fmt", "yuv444p")),
    "tags-601": (
        {"colours"},
        (
            *COPY, "-bsf:v",
            "h264_metadata=colour_primaries=6:transfer_characteristics=6:matrix_coefficients=6",
        ),
    ),
    "full-range": (
        {"colours", "codec", "VMAF"},
        (*COPY, "-bsf:v", "h264_metadata=video_full_range_flag=1"),
    ),
    "index-last": ({"index"}, ("-c", "copy")),
    "long": (
        {"frames", "length", "frozen"},
        ("-vf", "tpad=stop=100:stop_mode=clone", *PICTURE),
    ),
}  # fmt: skip

BROKEN_SOUNDS: dict[str, tuple[set[str], tuple[str, ...]]] = {
    "none": (
        {"sound format", "silence", "loudness", "true peak", "sound offset"},
        ("-an", *COPY),
    ),
    "silent": (
        {"silence", "loudness", "sound offset"},
        ("-af", "volume=0", *SOUND),
    ),
    "hole": ({"silence"}, ("-af", f"volume=enable='{cut(3.0, 5.2)}':volume=0", *SOUND)),
    "quiet": ({"loudness"}, ("-af", "volume=-2dB", *SOUND)),
    "clipping": ({"true peak"}, ("-af", f"volume=enable='{cut(2.5, 2.52)}':volume=12dB", *SOUND)),
    "mono": ({"sound format", "true peak"}, ("-ac", "1", *SOUND)),
    "cd-rate": ({"sound format"}, ("-ar", "44100", *SOUND)),
    "mp3": ({"sound format"}, (*SOUND[:4], "-c:a", "libmp3lame", "-b:a", "192k")),
    "late-start": (
        {"start", "length", "sound offset"},
        ("-i", "IN", "-itsoffset", "0.12", "-i", "IN", "-map", "0:v", "-map", "1:a", *COPY),
    ),
    "late-inside": (
        {"sound offset"},
        ("-af", "adelay=120|120,atrim=end=9.73333", *SOUND),
    ),
    "early-inside": (
        {"sound offset"},
        ("-af", "atrim=start=0.06,asetpts=PTS-STARTPTS,apad=whole_dur=9.73333", *SOUND),
    ),
    "another": (
        {"sound offset", "loudness", "true peak"},
        (
            "-i", "IN", "-f", "lavfi", "-i", "anoisesrc=d=9.73333:r=48000:a=0.9:seed=3",
            "-map", "0:v", "-map", "1:a", "-ac", "2", *SOUND,
        ),
    ),
    "short": ({"length"}, ("-af", "atrim=end=9.5", *SOUND)),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN_PICTURES)
def test_broken_pictures_fail_their_gates(good: Finished, name: str) -> None:
    expected, arguments = BROKEN_PICTURES[name]
    assert good.remade(name, *arguments).failed() == expected


@pytest.mark.parametrize("name", BROKEN_SOUNDS)
def test_broken_sounds_fail_their_gates(good: Finished, name: str) -> None:
    expected, arguments = BROKEN_SOUNDS[name]
    assert good.remade(f"sound-{name}", *arguments).failed() == expected


def test_a_video_may_be_too_long_for_its_format(good: Finished) -> None:
    strict = replace(good.composition, fmt=replace(good.composition.fmt, max_s=9.0))
    assert replace(good, composition=strict).failed() == {"format length"}


def test_a_frame_that_cannot_be_decoded_is_noticed(good: Finished) -> None:
    content = bytearray(good.path.read_bytes())
    place = content.index(b"mdat") + 3000  # inside the first key frame
    content[place : place + 400] = bytes(400)
    damaged = replace(good, path=good.path.with_name("damaged.mp4"))
    damaged.path.write_bytes(content)
    assert "decoding" in damaged.failed()


def test_the_failures_of_a_file_are_one_line(good: Finished) -> None:
    quiet = good.remade("one-line", "-af", "volume=-2dB", "-ac", "1", *SOUND)
    line = failures(quiet.inspect().gates)
    assert "\n" not in line
    assert "sound format: aac, 48000 Hz, 1 channels (must be aac, 48000 Hz, 2 channels)" in line
    assert "loudness: -16." in line
    assert "(must be -14 LUFS within 0.5 LU)" in line
    assert failures([Gate("a", True, "1", "2")]) == ""


def shifted(srt: str, seconds: float) -> str:
    """The subtitles so much later, as a player would show them."""

    def stamp(time_s: float) -> str:
        milliseconds = round(1000 * (time_s + seconds))
        return f"00:00:{milliseconds // 1000:02d},{milliseconds % 1000:03d}"

    return "\n\n".join(
        f"{number}\n{stamp(cue.start_s)} --> {stamp(cue.end_s)}\n{cue.text}"
        for number, cue in enumerate(parse_srt(srt), start=1)
    )


def later(good: Finished, seconds: float) -> Finished:
    """Subtitles, words and burned captions together so much later."""
    track = good.composition.captions
    assert track is not None
    cues = tuple(
        replace(cue, start_s=cue.start_s + seconds, end_s=cue.end_s + seconds) for cue in track.cues
    )
    words = tuple(
        Word(word.text, word.start_s + seconds, word.end_s + seconds)
        for word in good.timeline.words
    )
    return replace(
        good,
        srt=shifted(good.srt, seconds),
        timeline=replace(good.timeline, words=words),
        composition=replace(good.composition, captions=replace(track, cues=cues)),
    )


def test_subtitles_half_a_second_late_fail(good: Finished) -> None:
    assert replace(good, srt=shifted(good.srt, 0.5)).failed() == {"subtitles"}
    assert replace(good, srt=shifted(good.srt, 0.05)).failed() == set()


@pytest.mark.parametrize("seconds", [0.5, -0.4])
def test_captions_that_are_wrong_together_with_their_words_fail(
    good: Finished, seconds: float
) -> None:
    gates = {gate.name: gate for gate in later(good, seconds).inspect().gates}
    assert gates["subtitles"].passed
    assert gates["captions"].passed
    assert not gates["captions and voice"].passed
    measured = float(gates["captions and voice"].value.split(" ms")[0])
    assert measured == pytest.approx(1000 * seconds, abs=30)


def test_burned_captions_that_are_late_fail(good: Finished) -> None:
    track = good.composition.captions
    assert track is not None
    late = replace(track.cues[2], start_s=track.cues[2].start_s + 0.2)
    cues = (*track.cues[:2], late, *track.cues[3:])
    composition = replace(good.composition, captions=replace(track, cues=cues))
    assert "captions" in replace(good, composition=composition).failed()
    words = drawn_words(good.timeline.words, track)
    shown = replace(track, cues=track.cues[:-1])
    (problem,) = check_cues(burned_cues(shown), words, good.composition.duration_s).problems
    assert "is spoken and not shown" in problem


def test_captions_past_the_end_fail(good: Finished) -> None:
    last = good.srt.rindex(" --> ")
    past = good.srt[:last] + " --> 00:00:11,000" + good.srt[last + 17 :]
    assert replace(good, srt=past).failed() == {"subtitles"}


def test_captions_that_are_missing_or_unreadable_fail(good: Finished) -> None:
    assert replace(good, srt="").failed() == {"subtitles", "captions and voice"}
    assert replace(good, srt="no subtitles").failed() == {"subtitles", "captions and voice"}


def test_captions_are_every_word_in_order(good: Finished) -> None:
    words, end = good.timeline.words, good.composition.duration_s

    def problems(srt: str) -> tuple[str, ...]:
        return check_cues(parse_srt(srt), words, end).problems

    assert problems(good.srt) == ()
    assert "which is not what is spoken next" in problems(good.srt.replace("planets", "moons"))[0]
    assert "is spoken and not shown" in problems(good.srt.split("\n\n")[0])[0]
    early = re.sub(r"--> 00:00:0\d", "--> 00:00:01", good.srt, count=1)
    assert "its last word is spoken until" in problems(early)[0]


def test_a_caption_over_silence_fails(good: Finished) -> None:
    """Words that follow the voice but for one that is not spoken at all."""
    end = good.timeline.voice.end_s
    words = (*good.timeline.words, Word("unheard", end, end + 0.6))
    timeline = replace(good.timeline, words=words)
    extra = "\n\n4\n00:00:08,530 --> 00:00:09,300\nunheard\n"
    assert "captions and voice" in replace(good, timeline=timeline, srt=good.srt + extra).failed()


def test_samples_lie_inside_the_video(good: Finished) -> None:
    samples = samples_of(good.composition)
    assert len(samples) == 3
    assert any(sample.shows.startswith("dissolve") for sample in samples)
    for sample in samples:
        assert 0 <= sample.first <= good.composition.total_frames - sample.count
    tiny = replace(good.composition, scenes=(replace(good.composition.scenes[0], frames=4),))
    assert [(sample.first, sample.count) for sample in samples_of(tiny)] == [(0, 4)]


def test_an_ffmpeg_without_vmaf_is_named(good: Finished, tmp_path: Path) -> None:
    """The real program, asked for a filter that it does not have."""
    program = tmp_path / "ffmpeg"
    program.write_text(
        f'#!/bin/bash\nexec {find_ffmpeg()} "${{@//libvmaf/libnovmaf}}"\n', encoding="utf-8"
    )
    program.chmod(0o755)
    with pytest.raises(InvalidInputError, match=r"cannot measure VMAF.*YTEMPIRE_FFMPEG"):
        inspect_file(good.path, good.timeline, good.composition, good.srt, good.voice, program)


@pytest.mark.parametrize("content", [b"", b"not a video", b"\0" * 5000, b"\0\0\0\x18ftypisom"])
def test_what_is_no_video_is_one_clear_error(good: Finished, content: bytes) -> None:
    path = good.path.with_name("garbage.mp4")
    path.write_bytes(content)
    with pytest.raises(InvalidInputError, match=r"garbage\.mp4 cannot be read as video"):
        replace(good, path=path).inspect()
    with pytest.raises(InvalidInputError, match=r"gone\.mp4 cannot be read"):
        replace(good, path=path.with_name("gone.mp4")).inspect()
    only_sound = good.remade("only-sound", "-vn", "-c", "copy")
    with pytest.raises(InvalidInputError, match="holds no video"):
        only_sound.inspect()


def test_a_narration_that_is_gone_is_named(good: Finished) -> None:
    with pytest.raises(InvalidInputError, match=r"gone\.wav cannot be read as the narration"):
        replace(good, voice=good.path.with_name("gone.wav")).inspect()


@settings(
    max_examples=10, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(share=st.floats(0.0, 0.999), flips=st.lists(st.floats(0.0, 1.0), max_size=3))
def test_files_that_break_off_never_pass(good: Finished, share: float, flips: list[float]) -> None:
    whole = good.path.read_bytes()
    content = bytearray(whole[: math.floor(len(whole) * share)])
    for flip in flips:
        if content:
            content[min(len(content) - 1, int(flip * len(content)))] ^= 0xFF
    broken = replace(good, path=good.path.with_name("broken.mp4"))
    broken.path.write_bytes(content)
    try:
        failed = broken.failed()
    except InvalidInputError as error:
        assert "broken.mp4" in error.problem
    else:
        assert "index" in failed
