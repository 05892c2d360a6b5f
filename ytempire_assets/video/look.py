"""A channel's look: colours, typefaces and background motif, checked so that people can read it.

Belongs here: what a person writes under ``look:`` in a channel file, and the contrast arithmetic
that accepts or refuses it.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

Motif = Literal["orbits", "contours", "grid", "strata"]

MIN_INK_CONTRAST = 4.5
"""WCAG 2.2 level AA for body text (success criterion 1.4.3)."""

MIN_ACCENT_CONTRAST = 3.0
"""WCAG 2.2 level AA for large text and graphics (success criteria 1.4.3 and 1.4.11)."""

_HEX = re.compile(r"#[0-9a-fA-F]{6}")


def _hex_colour(value: str) -> str:
    if not _HEX.fullmatch(value):
        raise ValueError(f"'{value}' is not a colour: write six hex digits, e.g. '#0B1020'")
    return value.upper()


HexColour = Annotated[str, AfterValidator(_hex_colour)]


class Look(BaseModel):
    """How a channel's pictures look.

    ``heading_font`` and ``body_font`` name a bundled family (see ``fonts.BUNDLED``) or are the path
    of a ``.ttf``/``.otf`` file. Colours are ``#RRGGBB``.

    Raises:
        pydantic.ValidationError: A colour is not hex, or a text colour stands out too little from
            the background; the message names both colours and the ratio.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    background: HexColour
    surface: HexColour
    ink: HexColour
    muted: HexColour
    accent: HexColour
    accent_2: HexColour
    heading_font: Annotated[str, Field(min_length=1)] = "Space Grotesk"
    body_font: Annotated[str, Field(min_length=1)] = "Inter"
    motif: Motif = "orbits"

    @model_validator(mode="after")
    def _check_contrast(self) -> Look:
        for name, colour, least in (
            ("ink", self.ink, MIN_INK_CONTRAST),
            ("accent", self.accent, MIN_ACCENT_CONTRAST),
            ("muted", self.muted, MIN_ACCENT_CONTRAST),
        ):
            ratio = contrast_ratio(colour, self.background)
            if ratio < least:
                raise ValueError(
                    f"{name} {colour} on background {self.background} has a contrast of "
                    f"{ratio:.2f}:1, people need at least {least}:1; choose a "
                    f"{'lighter' if is_dark(self.background) else 'darker'} {name}"
                )
        return self

    @property
    def is_dark(self) -> bool:
        """Whether light text stands on a dark background."""
        return is_dark(self.background)


def rgb(colour: str) -> tuple[int, int, int]:
    """The three channels of ``#RRGGBB``, each 0-255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def relative_luminance(colour: str) -> float:
    """Luminance 0-1 of an sRGB colour, by the definition in WCAG 2.2."""
    linear = [
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in (value / 255 for value in rgb(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast_ratio(first: str, second: str) -> float:
    """Contrast 1-21 of two colours, by the definition in WCAG 2.2."""
    brighter, darker = sorted((relative_luminance(first), relative_luminance(second)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def is_dark(colour: str) -> bool:
    """Whether white text reads better on ``colour`` than black text."""
    return contrast_ratio(colour, "#FFFFFF") > contrast_ratio(colour, "#000000")


def mix(first: str, second: str, share: float) -> str:
    """``first`` with ``share`` (0-1) of ``second`` blended in, as ``#RRGGBB``."""
    blended = (round(a + (b - a) * share) for a, b in zip(rgb(first), rgb(second), strict=True))
    return "#{:02X}{:02X}{:02X}".format(*blended)


def readable_on(colour: str, *candidates: str) -> str:
    """The candidate that stands out most from ``colour``."""
    return max(candidates, key=lambda candidate: contrast_ratio(candidate, colour))
