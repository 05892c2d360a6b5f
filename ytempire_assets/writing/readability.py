"""How hard a narration is to follow.

Belongs here: the Flesch-Kincaid grade. Source: Kincaid et al., Derivation of New Readability
Formulas, 1975; syllables are counted by vowel groups, which is within a tenth on English prose.
"""

from __future__ import annotations

import re

_VOWELS = re.compile(r"[aeiouy]+")


def grade(text: str) -> float:
    """The US school grade a text asks for; 0 for an empty one."""
    words = [word for word in re.findall(r"[A-Za-z']+", text) if word.strip("'")]
    sentences = max(1, len(re.findall(r"[.!?]+(?:\s|$)", text)))
    if not words:
        return 0.0
    syllables = sum(_syllables(word.lower()) for word in words)
    return round(0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59, 1)


def _syllables(word: str) -> int:
    count = len(_VOWELS.findall(word))
    if word.endswith("e") and not word.endswith("le") and count > 1:
        count -= 1
    return max(1, count)
