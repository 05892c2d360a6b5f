"""What happens when in a video: scenes, sounds and spoken words on one clock, in seconds.

Belongs here: the value that a video is made from whatever its format, how it follows from a
narration, and its JSON form. Where things stand in one format's picture, and on which frame, is
``composition``'s; nothing here knows pixels, frames or a renderer.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.video.captions import Word
from ytempire_assets.video.keyframes import Keyframe

SceneKind = Literal["intro", "story", "outro"]
"""``intro``: the channel's sign before the first word. ``story``: spoken. ``outro``: sources and
credits after the last word."""

Transition = Literal["cut", "dissolve", "push"]
"""How a scene replaces the one before: at once, by fading over it, or by pushing it out."""

SoundRole = Literal["voice", "music"]

MIN_CARD_S = 0.1
"""An intro or outro shorter than this is a flash: it is left out."""

_MERGE_S = 1.5
"""Pauses shorter than this stay ducked: music that pumps between words is worse than none."""
DUCKING_DB = 12.0
"""How much quieter the music is under words."""

_DUCK_S = 0.25
"""The music is down this long before a word, so that the word is not masked."""
_RELEASE_S = 0.7
_FADE_IN_S = 0.5
_FADE_OUT_S = 1.4


@dataclass(frozen=True, slots=True)
class SceneClip:
    """One scene on the picture track; ``number`` is the script's, 0 and N+1 for intro and outro."""

    number: int
    kind: SceneKind
    start_s: float
    end_s: float
    transition: Transition = "dissolve"


@dataclass(frozen=True, slots=True)
class SoundClip:
    """One sound on its own track.

    Args:
        role: ``voice`` is never turned down, ``music`` is.
        source: Blob or path of the voice; mood of the music that the project plays itself.
        start_s: When it begins.
        end_s: When it has ended.
        gain_db: Loudness over the video's time; empty means as it is.
        fade_in_s: How long it takes to come up from nothing.
        fade_out_s: How long it takes to go down to nothing.
    """

    role: SoundRole
    source: str
    start_s: float
    end_s: float
    gain_db: tuple[Keyframe, ...] = ()
    fade_in_s: float = 0.0
    fade_out_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Timeline:
    """A whole video, in seconds from its start; scenes touch, and cover it from 0 to the end."""

    video_id: str
    scenes: tuple[SceneClip, ...]
    sounds: tuple[SoundClip, ...]
    words: tuple[Word, ...]

    @property
    def duration_s(self) -> float:
        """Seconds of the whole video."""
        return self.scenes[-1].end_s

    @property
    def voice(self) -> SoundClip:
        """The narration."""
        return next(sound for sound in self.sounds if sound.role == "voice")

    def to_json(self) -> str:
        """The same timeline gives the same text."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True, indent=1, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Timeline:
        """The inverse of ``to_json``.

        Raises:
            InvalidInputError: Not what ``to_json`` writes.
        """
        try:
            content = json.loads(text)
            return cls(
                str(content["video_id"]),
                tuple(SceneClip(**scene) for scene in content["scenes"]),
                tuple(
                    SoundClip(
                        **{**sound, "gain_db": tuple(Keyframe(**k) for k in sound["gain_db"])}
                    )
                    for sound in content["sounds"]
                ),
                tuple(Word(**word) for word in content["words"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidInputError(
                f"not a timeline: {error}", "build it again with build_timeline"
            ) from error


def build_timeline(
    video_id: str,
    scenes: Sequence[Mapping[str, Any]],
    words: Sequence[Word],
    voice: str,
    voice_s: float,
    *,
    intro_s: float = 0.0,
    outro_s: float = 0.0,
    transition: Transition = "dissolve",
    music: str | None = None,
    music_db: float = -14.0,
    max_s: float = math.inf,
) -> Timeline:
    """Puts a narration's scenes and words on the clock, with intro, outro and music around them.

    Args:
        video_id: Which video; the music's variation is drawn from it.
        scenes: ``number``, ``start_s`` and ``end_s`` in the narration, in order, touching.
        words: When each word is spoken in the narration.
        voice: Blob or path of the narration.
        voice_s: Its length, seconds.
        intro_s: The channel's sign before it, seconds.
        outro_s: Sources and credits after it, seconds.
        transition: How scenes follow each other.
        music: Mood of the music bed; None for none.
        music_db: How far the open music lies below the voice; under words it is 12 dB lower.
        max_s: What the tightest format takes; the outro gives way first, then the intro.

    Raises:
        InvalidInputError: No scenes; lengths that are not positive seconds; scenes that overlap
            or leave gaps; words that lie outside the narration.
    """
    _check_scenes(scenes, voice_s)
    _check_words(words, voice_s)
    spare = max(0.0, max_s - voice_s)
    intro_s = _card_s(min(intro_s, spare))
    outro_s = _card_s(min(outro_s, spare - intro_s))
    clips = [
        SceneClip(
            int(scene["number"]),
            "story",
            float(scene["start_s"]) + intro_s,
            float(scene["end_s"]) + intro_s,
            transition,
        )
        for scene in scenes
    ]
    # The narration's last scene holds until the sound ends, whatever its word times say.
    clips[-1] = dataclasses.replace(clips[-1], end_s=voice_s + intro_s)
    if intro_s > 0:
        clips.insert(0, SceneClip(0, "intro", 0.0, intro_s, "cut"))
    if outro_s > 0:
        last = clips[-1]
        clips.append(
            SceneClip(last.number + 1, "outro", last.end_s, last.end_s + outro_s, "dissolve")
        )
    total_s = clips[-1].end_s
    moved = tuple(Word(w.text, w.start_s + intro_s, w.end_s + intro_s) for w in words)
    sounds = [SoundClip("voice", voice, intro_s, intro_s + voice_s)]
    if music is not None:
        gain_db = ducking(moved, total_s, music_db)
        fades = (min(_FADE_IN_S, total_s / 4), min(_FADE_OUT_S, total_s / 4))
        sounds.append(SoundClip("music", music, 0.0, total_s, gain_db, *fades))
    return Timeline(video_id, tuple(clips), tuple(sounds), moved)


def ducking(words: Sequence[Word], total_s: float, open_db: float) -> tuple[Keyframe, ...]:
    """Gain of the music: open where nobody speaks, ``DUCKING_DB`` lower before and under words.

    Args:
        words: On the video's clock.
        total_s: Length of the video, seconds.
        open_db: Gain where nobody speaks.
    """
    stretches: list[list[float]] = []
    for word in words:
        if stretches and word.start_s - stretches[-1][1] < _MERGE_S:
            stretches[-1][1] = max(stretches[-1][1], word.end_s)
        else:
            stretches.append([word.start_s, word.end_s])
    points: list[tuple[float, float]] = [] if stretches else [(0.0, open_db)]
    for start, end in stretches:
        points += [
            (start - 2 * _DUCK_S, open_db),
            (start - _DUCK_S, open_db - DUCKING_DB),
            (end, open_db - DUCKING_DB),
            (end + _RELEASE_S, open_db),
        ]
    return _in_order(points, total_s)


def _card_s(seconds: float) -> float:
    return seconds if seconds >= MIN_CARD_S else 0.0


def _in_order(points: Sequence[tuple[float, float]], total_s: float) -> tuple[Keyframe, ...]:
    """Points in order of time, the lowest gain where two fall together; inside the video."""
    at: dict[float, float] = {}
    for time_s, value in points:
        place = round(min(max(0.0, time_s), total_s), 4)
        at[place] = min(at.get(place, value), value)
    return tuple(Keyframe(time_s, at[time_s]) for time_s in sorted(at))


def _check_scenes(scenes: Sequence[Mapping[str, Any]], voice_s: float) -> None:
    if not scenes:
        raise InvalidInputError("a video needs scenes", "write the script again")
    lengths = [float(scene["end_s"]) - float(scene["start_s"]) for scene in scenes]
    if not all(math.isfinite(seconds) and seconds > 0 for seconds in (*lengths, voice_s)):
        raise InvalidInputError(
            f"scene lengths {lengths} and a narration of {voice_s} s must be positive seconds",
            "make the voiceover again: scene lengths come from its word times",
        )
    expected = 0.0
    for scene in scenes:
        if abs(float(scene["start_s"]) - expected) > 0.001:
            raise InvalidInputError(
                f"scene {scene['number']} starts at {scene['start_s']} s, the one before ends at "
                f"{expected} s",
                "make the voiceover again: scenes must touch",
            )
        expected = float(scene["end_s"])


def _check_words(words: Sequence[Word], voice_s: float) -> None:
    for word in words:
        if not (math.isfinite(word.start_s) and 0 <= word.start_s <= word.end_s <= voice_s + 0.05):
            raise InvalidInputError(
                f"the word '{word.text[:40]}' at {word.start_s} to {word.end_s} s lies outside "
                f"the narration of {voice_s:.2f} s",
                "make the voiceover again: captions follow its word times",
            )
