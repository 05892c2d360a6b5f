"""Writing systems: which script a text is in, and which scripts put no spaces between words.

Belongs here: ranges of code points (Unicode 16, Blocks.txt) and what follows from them alone. Which
language a Latin text is in needs more than its letters; that is ``languages.py``.
"""

from __future__ import annotations

import re
import unicodedata

SPACELESS = (
    "\u0e00-\u0eff"  # Thai and Lao
    "\u1000-\u109f\u1780-\u17ff"  # Myanmar and Khmer
    "\u3005-\u3007\u3040-\u30fa\u30fc-\u30ff\u31f0-\u31ff"  # Kana and iteration marks
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # Han
    "\uac00-\ud7a3"  # Hangul has spaces, yet its particles cling to the words
)
"""Letters that are read in pairs, as a class for regular expressions."""

MARKS = (
    "\u0300-\u036f"  # accents
    "\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670"  # Hebrew points, Arabic vowels
    "\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963"  # Devanagari
    "\u0981-\u0983\u09bc-\u09cd\u09d7\u0a01-\u0a03\u0a3c-\u0a4d\u0a81-\u0a83\u0abc-\u0acd"
    "\u0b01-\u0b03\u0b3c-\u0b57\u0b82\u0bbe-\u0bcd\u0bd7\u0c00-\u0c04\u0c3e-\u0c56"
    "\u0c81-\u0c83\u0cbc-\u0cd6\u0d00-\u0d03\u0d3b-\u0d4d\u0d57\u0d82\u0d83\u0dca-\u0ddf"
)
"""Signs that belong to the letter before them, which ``\\w`` leaves out."""

_SCRIPTS = {
    "latin": "A-Za-z\u00aa\u00ba\u00c0-\u024f\u1e00-\u1eff",
    "greek": "\u0370-\u03ff\u1f00-\u1fff",
    "cyrillic": "\u0400-\u052f",
    "armenian": "\u0531-\u058f",
    "hebrew": "\u05d0-\u05ea",
    "arabic": "\u0620-\u064a\u066e-\u06ff\u0750-\u077f",
    "devanagari": "\u0904-\u0939\u0958-\u097f",
    "bengali": "\u0985-\u09b9",
    "gurmukhi": "\u0a05-\u0a39",
    "gujarati": "\u0a85-\u0ab9",
    "tamil": "\u0b85-\u0bb9",
    "telugu": "\u0c05-\u0c39",
    "kannada": "\u0c85-\u0cb9",
    "malayalam": "\u0d05-\u0d3a",
    "sinhala": "\u0d85-\u0dc6",
    "thai": "\u0e01-\u0e2e",
    "khmer": "\u1780-\u17b3",
    "myanmar": "\u1000-\u102a",
    "georgian": "\u10a0-\u10ff",
    "hangul": "\uac00-\ud7a3\u1100-\u11ff",
    "kana": "\u3041-\u30fa",
    "han": "\u3400-\u4dbf\u4e00-\u9fff",
}
_PATTERNS = {name: re.compile(f"[{letters}]") for name, letters in _SCRIPTS.items()}
_UNWANTED = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff"
    "\ud800-\udfff\ufff9-\ufffd]+"
)


def plain_line(text: str, longest: int) -> str:
    """One line in compatibility form (NFKC), without control, direction and broken characters.

    Args:
        text: Any text.
        longest: How many characters to keep at most, cut at a space where there is one.
    """
    # Form first: it can make spaces out of what was none. The cut before it bounds the work.
    line = unicodedata.normalize("NFKC", text[: 4 * longest])
    line = " ".join(_UNWANTED.sub(" ", line).split())
    if len(line) <= longest:
        return line
    cut = line[: longest + 1]
    return (cut.rpartition(" ")[0] or cut[:longest]).rstrip()


def script_of(text: str) -> str:
    """The script of most letters, such as ``latin``; ``kana`` as soon as there is some beside Han.

    A Latin letter counts a third, because names and brands keep theirs inside every other script.

    Returns:
        The name, or an empty text where there are no letters of a known script.
    """
    if text.isascii():
        return "latin" if _PATTERNS["latin"].search(text) else ""
    counts = {name: 3 * len(pattern.findall(text)) for name, pattern in _PATTERNS.items()}
    counts["latin"] //= 3
    best = max(counts, key=lambda name: counts[name])
    if best == "han" and counts["kana"]:
        return "kana"
    return best if counts[best] else ""
