"""Captions from word times: phrases to burn in, and the SRT and WebVTT files beside the video.

Belongs here: which words stand together, when, and the two file formats. How burned
captions look is in ``burned_captions``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ytempire_assets.errors import InvalidInputError

PAUSE_S = 0.5
"""A phrase never runs across a longer silence than this."""

HOLD_S = 0.25
"""A phrase stays this long after its last word, if the next one lets it."""

SRT_LINE_CHARACTERS = 42
"""The longest subtitle line that players and the platforms' style guides expect."""

_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*$")
_CLAUSE_END = re.compile(r"[,;:–—][\"'”’)\]]*$")


@dataclass(frozen=True, slots=True)
class Word:
    """A spoken word and when it is spoken, seconds from the start of the audio."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Cue:
    """Words shown together from ``start_s`` to ``end_s``."""

    words: tuple[Word, ...]
    start_s: float
    end_s: float

    @property
    def text(self) -> str:
        """The words as one line."""
        return " ".join(word.text for word in self.words)


def build_cues(
    words: Iterable[Word], *, max_characters: int = 22, max_words: int = 5, pause_s: float = PAUSE_S
) -> tuple[Cue, ...]:
    """Groups words into phrases that are read at a glance.

    A phrase ends at a sentence's end, at a pause, and when it is full; one that ends in a single
    leftover word is evened out with the one before.

    Args:
        words: In order of time.
        max_characters: Of a phrase, spaces included; a longer word stands alone.
        max_words: Of a phrase.
        pause_s: A silence longer than this always ends a phrase, seconds.

    Returns:
        Cues in order, not overlapping; every word is in exactly one of them.

    Raises:
        InvalidInputError: Words that go back in time or end before they start.
    """
    spoken = [word for word in words if word.text.strip()]
    _check_order(spoken)
    groups: list[list[Word]] = []
    for stretch in _stretches(spoken, pause_s):
        groups += _phrases(stretch, max_characters, max_words)
    cues = []
    for index, group in enumerate(groups):
        start, end = group[0].start_s, group[-1].end_s + HOLD_S
        if index + 1 < len(groups):
            end = min(end, groups[index + 1][0].start_s)
        cues.append(Cue(tuple(group), start, max(end, start + 0.01)))
    return tuple(cues)


def _check_order(words: Sequence[Word]) -> None:
    for before, word in zip([None, *words], words, strict=False):
        if word.end_s < word.start_s or (before and word.start_s < before.start_s):
            raise InvalidInputError(
                f"caption word '{word.text[:40]}' at {word.start_s:.2f} s is out of order",
                "give words in the order in which they are spoken, each ending after it starts",
            )


def _stretches(words: Sequence[Word], pause_s: float) -> list[list[Word]]:
    """Words between sentence ends and pauses."""
    stretches: list[list[Word]] = []
    for index, word in enumerate(words):
        before = words[index - 1] if index else None
        if (
            before is None
            or _SENTENCE_END.search(before.text)
            or word.start_s - before.end_s > pause_s
        ):
            stretches.append([])
        stretches[-1].append(word)
    return stretches


def _phrases(stretch: list[Word], max_characters: int, max_words: int) -> list[list[Word]]:
    """Splits one stretch into as few phrases as its limits allow, evenly filled."""

    def fits(group: Sequence[Word]) -> bool:
        length = sum(len(word.text) for word in group) + len(group) - 1
        return len(group) == 1 or (length <= max_characters and len(group) <= max_words)

    # Least total of squared slack, as in setting a paragraph; best with a clause's end at the end.
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(stretch) + 1):
        options = []
        for start in range(end - 1, max(-1, end - 1 - max_words), -1):
            group = stretch[start:end]
            if not fits(group):
                break
            length = sum(len(word.text) for word in group) + len(group) - 1
            slack = max(0, max_characters - length) / max_characters
            inside = 0.9 * sum(bool(_CLAUSE_END.search(word.text)) for word in group[:-1])
            lonely = 0.5 if len(group) == 1 and len(stretch) > 1 else 0.0
            options.append((best[start][0] + 0.35 + slack * slack + lonely + inside, start))
        best.append(min(options))
    phrases: list[list[Word]] = []
    end = len(stretch)
    while end:
        start = best[end][1]
        phrases.insert(0, stretch[start:end])
        end = start
    return phrases


def to_srt(cues: Iterable[Cue]) -> str:
    """The cues as SubRip text, regrouped to subtitles of up to two lines.

    Returns:
        UTF-8 text with lines of at most ``SRT_LINE_CHARACTERS`` where words allow; a longer word
        is cut. Empty when there are no words.
    """
    blocks = [
        f"{number}\n{_srt_time(cue.start_s)} --> {_srt_time(cue.end_s)}\n"
        + "\n".join(_srt_lines(cue.text))
        for number, cue in enumerate(_subtitles(cues), start=1)
    ]
    return "\n\n".join(blocks) + ("\n" if blocks else "")


def to_vtt(cues: Iterable[Cue]) -> str:
    """The same subtitles as WebVTT (W3C), for players in browsers.

    Returns:
        UTF-8 text; a header alone when there are no words.
    """
    blocks = ["WEBVTT"]
    for cue in _subtitles(cues):
        lines = "\n".join(_srt_lines(cue.text))
        escaped = lines.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        start, end = (_srt_time(time).replace(",", ".") for time in (cue.start_s, cue.end_s))
        blocks.append(f"{start} --> {end}\n{escaped}")
    return "\n\n".join(blocks) + "\n"


def _subtitles(cues: Iterable[Cue]) -> tuple[Cue, ...]:
    words = [word for cue in cues for word in cue.words]
    return build_cues(words, max_characters=2 * SRT_LINE_CHARACTERS - 4, max_words=18)


def _srt_lines(text: str) -> list[str]:
    # A blank line would end the subtitle, and "-->" would read as a time line.
    plain = " ".join(text.replace("-->", "→").split())
    words = [
        word[index : index + SRT_LINE_CHARACTERS]
        for word in plain.split()
        for index in range(0, len(word), SRT_LINE_CHARACTERS)
    ]
    if len(" ".join(words)) <= SRT_LINE_CHARACTERS:
        return [" ".join(words)]
    choices = [
        (abs(len(" ".join(words[:cut])) - len(" ".join(words[cut:]))), cut)
        for cut in range(1, len(words))
        if max(len(" ".join(words[:cut])), len(" ".join(words[cut:]))) <= SRT_LINE_CHARACTERS
    ]
    if choices:
        cut = min(choices)[1]
        return [" ".join(words[:cut]), " ".join(words[cut:])]
    lines = [""]
    for word in words:
        if lines[-1] and len(lines[-1]) + 1 + len(word) > SRT_LINE_CHARACTERS:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _srt_time(seconds: float) -> str:
    milliseconds = max(0, round(seconds * 1000))
    hours, rest = divmod(milliseconds, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02d}:{minutes:02d}:{rest // 1000:02d},{rest % 1000:03d}"
