"""Captions from word times: phrases to burn in, and the SRT and WebVTT files beside the video.

Belongs here: which words stand together, when, and the two file formats. Where lines break is in
``line_breaks``, how burned captions look in ``burned_captions``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.video.line_breaks import (
    CLAUSE_END,
    LINE_WIDTH,
    SENTENCE_END,
    break_cost,
    joined,
    two_lines,
    width,
)

PAUSE_S = 0.5
"""A phrase never runs across a longer silence than this."""

HOLD_S = 0.25
"""A phrase stays this long after its last word, if the next one lets it."""

READING_SPEED = 17.0
"""Characters a second that most people read along with (Netflix' and the BBC's guides: 17)."""

MIN_SHOWN_S = 0.9
LONGEST_REST_S = 1.5
"""A subtitle stays at most this long after its last word, however long its text."""


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


def _stretches(
    words: Sequence[Word], pause_s: float, *, sentences: bool = True
) -> list[list[Word]]:
    """Words between pauses, and between sentence ends unless ``sentences`` is off."""
    stretches: list[list[Word]] = []
    for index, word in enumerate(words):
        before = words[index - 1] if index else None
        if (
            before is None
            or (sentences and SENTENCE_END.search(before.text))
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
            inside = 0.9 * sum(bool(CLAUSE_END.search(word.text)) for word in group[:-1])
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


def to_srt(cues: Iterable[Cue], *, language: str = "en", until_s: float | None = None) -> str:
    """The cues as SubRip text, regrouped to subtitles of up to two lines.

    Args:
        cues: From ``build_cues``.
        language: Of the words, BCP 47; decides where lines break.
        until_s: How long the last subtitle may stay, seconds; None holds it ``HOLD_S``.

    Returns:
        UTF-8 text with lines of at most ``line_breaks.LINE_WIDTH`` where words allow; a longer word
        is cut. Empty when there are no words.
    """
    blocks = [
        f"{number}\n{_srt_time(cue.start_s)} --> {_srt_time(cue.end_s)}\n"
        + "\n".join(_embedded(line) for line in _lines(cue, language))
        for number, cue in enumerate(build_subtitles(cues, language, until_s), start=1)
    ]
    return "\n\n".join(blocks) + ("\n" if blocks else "")


def to_vtt(cues: Iterable[Cue], *, language: str = "en", until_s: float | None = None) -> str:
    """The same subtitles as WebVTT (W3C), for players in browsers; arguments as of ``to_srt``.

    Returns:
        UTF-8 text; a header alone when there are no words.
    """
    blocks = ["WEBVTT"]
    for cue in build_subtitles(cues, language, until_s):
        lines = "\n".join(_marked(line) for line in _lines(cue, language))
        escaped = lines.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        start, end = (_srt_time(time).replace(",", ".") for time in (cue.start_s, cue.end_s))
        blocks.append(f"{start} --> {end}\n{escaped}")
    return "\n\n".join(blocks) + "\n"


def build_subtitles(
    cues: Iterable[Cue], language: str = "en", until_s: float | None = None
) -> tuple[Cue, ...]:
    """Regroups words to subtitles that can be read: phrases of up to two lines.

    Each begins with its first word and stays until it can have been read, which may last into a
    pause, but never into the next one. Where the voice is faster than ``READING_SPEED`` for longer
    than a subtitle, so are they: no word is left out.
    """
    words = [word for cue in cues for word in cue.words]
    _check_order(words)
    stretches = _stretches(words, PAUSE_S, sentences=False)
    groups: list[list[Word]] = []
    for index, stretch in enumerate(stretches):
        last = index + 1 == len(stretches)
        free_s = stretch[-1].end_s + HOLD_S if last else stretches[index + 1][0].start_s
        groups += _subtitle_groups(stretch, language, free_s)
    subtitles = []
    for index, group in enumerate(groups):
        start, said = group[0].start_s, group[-1].end_s
        if index + 1 < len(groups):
            free_s = groups[index + 1][0].start_s
        else:
            free_s = max(said, until_s) if until_s is not None else said + HOLD_S
        read_s = start + max(MIN_SHOWN_S, width(_text(group)) / READING_SPEED)
        end = min(free_s, max(said + HOLD_S, min(read_s, said + LONGEST_REST_S)))
        subtitles.append(Cue(tuple(group), start, max(end, start + 0.01)))
    return tuple(subtitles)


def _subtitle_groups(stretch: Sequence[Word], language: str, free_s: float) -> list[list[Word]]:
    """One stretch in subtitles: the division that reads best as a whole (dynamic programming)."""
    texts = [word.text for word in stretch]
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(stretch) + 1):
        last = end == len(stretch)
        until = min(free_s, stretch[-1].end_s + LONGEST_REST_S) if last else stretch[end].start_s
        place = 0.0 if last else break_cost(texts[end - 1], texts[end], language)
        options = []
        for start in range(end - 1, -1, -1):
            filled = width(joined(texts[start:end]))
            if start < end - 1 and filled > 2 * LINE_WIDTH:
                break
            lines, broken = two_lines(texts[start:end], language)
            if start < end - 1 and len(lines) > 2:
                continue
            shown_s = max(0.01, until - stretch[start].start_s)
            too_fast = max(0.0, filled / shown_s - READING_SPEED)
            too_short = max(0.0, MIN_SHOWN_S - shown_s)
            mixed = sum(bool(SENTENCE_END.search(text)) for text in texts[start : end - 1])
            cost = 0.6 + place + 0.5 * broken + 0.2 * too_fast + 2 * too_short + 0.3 * mixed
            options.append((best[start][0] + cost, start))
        best.append(min(options))
    groups: list[list[Word]] = []
    end = len(stretch)
    while end:
        start = best[end][1]
        groups.insert(0, list(stretch[start:end]))
        end = start
    return groups


def _text(group: Sequence[Word]) -> str:
    return joined([word.text for word in group])


def _lines(cue: Cue, language: str) -> list[str]:
    # A blank line would end the subtitle, and "-->" would read as a time line.
    words = [part for word in cue.words for part in word.text.replace("-->", "→").split()]
    return two_lines(words, language)[0]


def _embedded(line: str) -> str:
    """A line for players that take every line for left to right, which most do with SubRip."""
    return f"\u202b{line}\u202c" if _is_right_to_left(line) else line


def _marked(line: str) -> str:
    """A line for browsers, which go by its first letter: only where that is of another script."""
    first = next((c for c in line if unicodedata.bidirectional(c) in ("L", "R", "AL")), "")
    other = first and unicodedata.bidirectional(first) == "L" and _is_right_to_left(line)
    return f"\u200f{line}" if other else line


def _is_right_to_left(line: str) -> bool:
    """Whether most of its letters are of a script that runs to the left."""
    kinds = [unicodedata.bidirectional(character) for character in line]
    return sum(kind in ("R", "AL") for kind in kinds) > kinds.count("L")


def _srt_time(seconds: float) -> str:
    milliseconds = max(0, round(seconds * 1000))
    hours, rest = divmod(milliseconds, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02d}:{minutes:02d}:{rest // 1000:02d},{rest % 1000:03d}"
