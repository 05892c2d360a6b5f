"""The typefaces that ship with the project, and which characters they can draw.

Belongs here: finding a font file for a family name or path, what must be drawn together (an emoji
with its skin tone, a letter with its marks), and deciding what happens with a character that no
font has. Measuring and setting text is in ``typesetting``. The files and their licences (SIL Open
Font License 1.1, no reserved names) are in ``fonts_data``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from ytempire_assets.errors import InvalidInputError

if TYPE_CHECKING:
    import uharfbuzz

FONTS_DIR = Path(__file__).parent / "fonts_data"
"""Where the bundled files are."""

REGULAR, BOLD = 500, 700
"""The two weights that every bundled family has."""

BUNDLED: Mapping[str, Mapping[int, Path]] = MappingProxyType(
    {
        family: MappingProxyType(
            {weight: FONTS_DIR / f"{stem}-{weight}.ttf" for weight in (REGULAR, BOLD)}
        )
        for family, stem in (
            ("Space Grotesk", "SpaceGrotesk"),
            ("Inter", "Inter"),
            ("Fraunces", "Fraunces"),
            ("Commissioner", "Commissioner"),
        )
    }
)
"""Family name to weight to file."""

FALLBACK = "Inter"
"""Tried after a look's own fonts: Latin, Greek and Cyrillic are always covered."""

EMOJI_FILE = FONTS_DIR / "NotoEmoji-700.ttf"
"""Tried last of all, see ``font_files``: outlines only, so emoji take the colour of their text."""

_ZWJ = "\u200d"
_EMOJI_STYLE = "\ufe0f"

_STAND_INS = MappingProxyType({"≈": "~", "→": "-", "−": "-", "‑": "-", "‐": "-", "―": "–"})
"""What to draw for a sign that carries meaning but that many fonts lack."""

_NOTO_SANS = "/usr/share/fonts/truetype/noto/NotoSans"
_NOTO_FILES: Mapping[str, tuple[str, str]] = MappingProxyType(
    dict.fromkeys(
        ("Han", "Hiragana", "Katakana", "Hangul", "Bopomofo"),
        ("fonts-noto-cjk", "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc"),
    )
    | dict.fromkeys(
        ("Latin", "Greek", "Cyrillic"), ("fonts-noto-core", f"{_NOTO_SANS}-Bold.ttf")
    )
    | {
        script: ("fonts-noto-core", f"{_NOTO_SANS}{script}-Bold.ttf")
        for script in (
            "Arabic", "Armenian", "Bengali", "Cherokee", "Devanagari", "Ethiopic", "Georgian",
            "Gujarati", "Gurmukhi", "Hebrew", "Kannada", "Khmer", "Lao", "Malayalam", "Myanmar",
            "Oriya", "Sinhala", "Tamil", "Telugu", "Thaana", "Thai",
        )
    }
)  # fmt: skip
"""Script to the Debian package that has a font for it, and the file as that package installs it."""


def font_file(family: str, weight: int = BOLD) -> Path:
    """The file for a bundled family's name, or for the path of a font file.

    Args:
        family: A name in ``BUNDLED``, or a path ending in ``.ttf``, ``.otf`` or ``.ttc``. A
            collection may be followed by ``#`` and the number of the font in it, from 0.
        weight: ``REGULAR`` or ``BOLD``; a path has one file for both.

    Raises:
        InvalidInputError: Neither a bundled name nor a readable font file.
    """
    if family in BUNDLED:
        return BUNDLED[family][weight]
    path = Path(family).expanduser()
    file, _ = _file_and_place(path)
    if file.suffix.lower() not in {".ttf", ".otf", ".ttc"}:
        raise InvalidInputError(
            f"font '{family}' is neither a bundled family nor a .ttf, .otf or .ttc file",
            f"use one of {', '.join(BUNDLED)}, or give the path of a font file",
        )
    if not file.is_file():
        raise InvalidInputError(
            f"font file {file} is not there", "correct heading_font or body_font of the look"
        )
    return path.absolute()


def font_files(families: Iterable[str], weight: int = BOLD) -> tuple[Path, ...]:
    """The files to try in order: those of ``families``, then the one with the emoji.

    Raises:
        InvalidInputError: As ``font_file``.
    """
    return (*dict.fromkeys(font_file(family, weight) for family in families), EMOJI_FILE)


def _file_and_place(path: Path) -> tuple[Path, int]:
    """A font file, and which font of it is meant."""
    found = re.fullmatch(r"(.+\.ttc)#(\d{1,3})", str(path), re.IGNORECASE)
    return (Path(found[1]), int(found[2])) if found else (path, 0)


@lru_cache(maxsize=32)
def font_face(path: Path) -> uharfbuzz.Face:
    """The file's outlines and tables, opened once per process.

    Raises:
        InvalidInputError: The file is not a font, has no outlines, or lacks that many fonts.
    """
    import uharfbuzz

    file, place = _file_and_place(path)
    blob = uharfbuzz.Blob.from_file_path(str(file))
    face = uharfbuzz.Face(blob, place)
    if place and place >= face.count:
        raise InvalidInputError(
            f"{file} holds {face.count} fonts, not one numbered {place}",
            "give a smaller number after the #, they count from 0",
        )
    if face.glyph_count == 0:
        raise InvalidInputError(f"{path} is not a font file", "give a valid .ttf or .otf file")
    if not {"glyf", "CFF ", "CFF2"}.intersection(face.table_tags):
        raise InvalidInputError(
            f"{path} holds pictures instead of outlines", "give a font with outlines"
        )
    return face


@lru_cache(maxsize=32)
def coverage(path: Path) -> frozenset[int]:
    """Code points that the file has a glyph for."""
    return frozenset(font_face(path).unicodes)


def clusters(text: str) -> list[str]:
    """Splits ``text`` into what must be drawn together.

    A letter keeps its marks; an emoji its skin tone, its style selector and whatever is joined to
    it; two regional indicators are one flag. These are the extended grapheme clusters of Unicode
    Standard Annex 29, less its rules for Hangul syllables and Indic conjuncts, which one font draws
    whole anyway.
    """
    parts: list[str] = []
    for character in text:
        if parts and _continues(parts[-1], character):
            parts[-1] += character
        else:
            parts.append(character)
    return parts


def _continues(cluster: str, character: str) -> bool:
    if cluster.isspace():
        return False
    if _is_joiner(character) or unicodedata.category(character)[0] == "M":
        return True
    if "\U0001f1e6" <= character <= "\U0001f1ff":
        return len(cluster) == 1 and "\U0001f1e6" <= cluster <= "\U0001f1ff"
    is_skin_tone = "\U0001f3fb" <= character <= "\U0001f3ff"
    return (is_skin_tone or cluster[-1] == _ZWJ) and _is_emoji(cluster[0]) and _is_emoji(character)


def _is_joiner(character: str) -> bool:
    """Whether it draws nothing and only changes what its neighbours look like."""
    return (
        character in {"\u200c", _ZWJ}
        or "\ufe00" <= character <= "\ufe0f"
        or "\U000e0020" <= character <= "\U000e007f"
        or "\U000e0100" <= character <= "\U000e01ef"
    )


def _is_emoji(character: str) -> bool:
    # The emoji font also has digits, for keycaps.
    return character >= "\u00a9" and ord(character) in coverage(EMOJI_FILE)


def file_for(cluster: str, files: Sequence[Path]) -> Path | None:
    """The first of ``files`` that has all of a cluster.

    A character that asks for its emoji style gets the emoji font when that has it.
    """
    if _EMOJI_STYLE in cluster and _is_emoji(cluster[0]):
        files = (EMOJI_FILE, *files)
    points = [ord(character) for character in cluster if not _is_joiner(character)]
    return next((file for file in files if coverage(file).issuperset(points)), None)


def missing_letters(text: str, families: Sequence[str]) -> list[str]:
    """The characters of ``text`` that neither ``families`` nor the emoji font can draw.

    Each once, in order. White space and control characters are never missing, nothing is drawn for
    them.
    """
    covered = [coverage(file) for file in font_files(families)]
    return [
        character
        for character in dict.fromkeys(text)
        if not character.isspace()
        and not _is_joiner(character)
        and unicodedata.category(character) not in {"Cc", "Cf"}
        and not any(ord(character) in points for points in covered)
    ]


def drawable(text: str, families: Sequence[str]) -> str:
    """``text`` as it can be drawn: symbols that no font has are left out.

    Characters with a plain equivalent get it (a subscript two becomes 2). An emoji sequence that
    the emoji font lacks becomes its parts. White space is collapsed, control characters are
    removed. The result may be empty.

    Args:
        text: Any text from outside.
        families: Font families or files, in the order in which they are tried.

    Raises:
        InvalidInputError: A letter or digit of a script that no font covers; leaving it out would
            change what is said.
    """
    # What is left out or replaced may bring characters together that combine with each other.
    while (shown := _drawable_once(text, families)) != text:
        text = shown
    return shown


def _drawable_once(text: str, families: Sequence[str]) -> str:
    visible = (
        " " if character.isspace() else character
        for character in text
        if character.isspace()
        or _is_joiner(character)
        or unicodedata.category(character) not in {"Cc", "Cf", "Cs"}
    )
    text = unicodedata.normalize("NFC", "".join(visible))
    replacements = {
        character: _replacement(character, text, families)
        for character in missing_letters(text, families)
    }
    files = font_files(families)
    shown = []
    for cluster in clusters(text):
        drawn = "".join(replacements.get(character, character) for character in cluster)
        while drawn and _is_joiner(drawn[0]):
            drawn = drawn[1:]
        shown.append(_whole_or_parts(drawn, files) if len(drawn) > 1 else drawn)
    return " ".join("".join(shown).split())


def _whole_or_parts(cluster: str, files: Sequence[Path]) -> str:
    """A cluster as the fonts have it: whole, else in parts, else its first part."""
    first = cluster[0]
    if not _is_emoji(first):
        file = file_for(cluster, files) or file_for(first, files)
        points = coverage(file) if file else frozenset()
        return "".join(part for part in cluster if _is_joiner(part) or ord(part) in points)
    cluster = cluster.rstrip(_ZWJ)
    if _is_one_glyph(cluster):
        return cluster
    if _ZWJ in cluster:
        return "".join(_whole_or_parts(part, files) for part in cluster.split(_ZWJ) if part)
    # A flag that the font lacks is still legible as the letters of its country.
    return cluster if "\U0001f1e6" <= first <= "\U0001f1ff" and len(cluster) == 2 else first


@lru_cache(maxsize=4096)
def _is_one_glyph(sequence: str) -> bool:
    """Whether the emoji font has a picture for exactly this sequence."""
    import uharfbuzz

    if file_for(sequence, (EMOJI_FILE,)) is None:
        return False
    buffer, font = uharfbuzz.Buffer(), uharfbuzz.Font(font_face(EMOJI_FILE))
    buffer.add_str(sequence)
    buffer.guess_segment_properties()
    uharfbuzz.shape(font, buffer)
    return len([place for place in buffer.glyph_positions if place.x_advance > 0]) == 1


def _replacement(character: str, text: str, families: Sequence[str]) -> str:
    for candidate in (
        _STAND_INS.get(character, ""),
        unicodedata.normalize("NFKC", character),
        str(unicodedata.decimal(character, "")),
    ):
        if candidate and candidate != character and not missing_letters(candidate, families):
            return candidate
    if unicodedata.category(character)[0] not in {"L", "N"}:
        return ""
    script = script_name(character)
    package, file = _NOTO_FILES.get(script, ("fonts-noto-core", ""))
    place = text.index(character)
    raise InvalidInputError(
        f"no font of this look can draw {script} letters, e.g. '{character}' "
        f"(U+{ord(character):04X}) in '{text[max(0, place - 15) : place + 15].strip()}'",
        f"install a font that covers {script} (Debian's package {package} has one), and set "
        "heading_font or body_font of the channel's look to its file, "
        f"there {file or 'a .ttf or .otf'}",
    )


def script_name(character: str) -> str:
    """The script that a letter belongs to, for people, e.g. ``Arabic``."""
    from fontTools import unicodedata as scripts

    return str(scripts.script_name(scripts.script(character)))
