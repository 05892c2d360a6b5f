"""The typefaces that ship with the project, and which characters they can draw.

Belongs here: finding a font file for a family name or path, and deciding what happens with a
character that no font has. Measuring and setting text is in ``typesetting``. The files and their
licences (SIL Open Font License 1.1, no reserved names) are in ``fonts_data``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from ytempire_assets.errors import InvalidInputError

if TYPE_CHECKING:
    import uharfbuzz

FONTS_DIR = Path(__file__).parent / "fonts_data"
"""Where the bundled files are; libass is given this folder too."""

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

_STAND_INS = MappingProxyType({"≈": "~", "→": "-", "−": "-", "‑": "-", "‐": "-", "―": "–"})
"""What to draw for a sign that carries meaning but that many fonts lack."""


def font_file(family: str, weight: int = BOLD) -> Path:
    """The file for a bundled family's name, or for the path of a font file.

    Args:
        family: A name in ``BUNDLED``, or a path ending in ``.ttf`` or ``.otf``.
        weight: ``REGULAR`` or ``BOLD``; ignored for a path, a file has one weight.

    Raises:
        InvalidInputError: Neither a bundled name nor a readable font file.
    """
    if family in BUNDLED:
        return BUNDLED[family][weight]
    path = Path(family).expanduser()
    if path.suffix.lower() not in {".ttf", ".otf"}:
        raise InvalidInputError(
            f"font '{family}' is neither a bundled family nor a .ttf or .otf file",
            f"use one of {', '.join(BUNDLED)}, or give the path of a font file",
        )
    if not path.is_file():
        raise InvalidInputError(
            f"font file {path} is not there", "correct heading_font or body_font of the look"
        )
    return path.absolute()


@lru_cache(maxsize=32)
def font_face(path: Path) -> uharfbuzz.Face:
    """The file's outlines and tables, opened once per process.

    Raises:
        InvalidInputError: The file is not a font.
    """
    import uharfbuzz

    face = uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(path)))
    if face.glyph_count == 0:
        raise InvalidInputError(f"{path} is not a font file", "give a valid .ttf or .otf file")
    return face


@lru_cache(maxsize=32)
def coverage(path: Path) -> frozenset[int]:
    """Code points that the file has a glyph for."""
    return frozenset(font_face(path).unicodes)


def missing_letters(text: str, families: Sequence[str]) -> list[str]:
    """The characters of ``text`` that none of ``families`` can draw, each once, in order.

    White space and control characters are never missing, nothing is drawn for them.
    """
    covered = [coverage(font_file(family)) for family in families]
    return [
        character
        for character in dict.fromkeys(text)
        if not character.isspace()
        and unicodedata.category(character) not in {"Cc", "Cf"}
        and not any(ord(character) in points for points in covered)
    ]


def drawable(text: str, families: Sequence[str]) -> str:
    """``text`` as it can be drawn: emoji and symbols that no font has are left out.

    Characters with a plain equivalent get it (a subscript two becomes 2). White space is collapsed,
    control characters are removed. The result may be empty.

    Args:
        text: Any text from outside.
        families: Font families or files, in the order in which they are tried.

    Raises:
        InvalidInputError: A letter or digit of a script that no font covers; leaving it out would
            change what is said.
    """
    text = unicodedata.normalize("NFC", text)
    replacements = {
        character: _replacement(character, text, families)
        for character in missing_letters(text, families)
    }
    kept = (
        " " if character.isspace() else replacements.get(character, character)
        for character in text
        if character.isspace() or unicodedata.category(character) not in {"Cc", "Cf", "Cs"}
    )
    return " ".join("".join(kept).split())


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
    place = text.index(character)
    raise InvalidInputError(
        f"no font of this look can draw {script} letters, e.g. '{character}' "
        f"(U+{ord(character):04X}) in '{text[max(0, place - 15) : place + 15].strip()}'",
        f"install a font that covers {script} and set the look's heading_font or body_font to the "
        "path of its .ttf or .otf file",
    )


def script_name(character: str) -> str:
    """The script that a letter belongs to, for people, e.g. ``Arabic``."""
    words = unicodedata.name(character, "UNNAMED").split()
    return "Han" if words[0] == "CJK" else words[0].capitalize()


def internal_name(path: Path) -> tuple[str, bool]:
    """The family name written inside a font file, and whether it says that it is bold.

    libass looks fonts up by this name, so it is what a caption's style must carry.
    """
    face = font_face(path)
    import uharfbuzz

    name = face.get_name(uharfbuzz.OTNameIdPredefined.FONT_FAMILY) or path.stem
    bold = uharfbuzz.Font(face).get_style_value(uharfbuzz.StyleTag.WEIGHT) >= 600
    return name, bold
