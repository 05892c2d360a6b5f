"""Figures that say the same: rounded, converted, or as far as the other goes.

Belongs here: when a number or a date bears out another one. Tolerant where language is tolerant
("about 2 million" for 1.96 million, a mile for 1.6 kilometres), strict everywhere else. Which
figures are compared is decided in ``grounding.py``.
"""

from __future__ import annotations

import math
import re

from ytempire_assets.writing.claims import Claim

UNITS = {
    "km": ("m", 1000.0), "m": ("m", 1.0), "cm": ("m", 0.01), "mm": ("m", 0.001),
    "mi": ("m", 1609.344), "ft": ("m", 0.3048),
    "t": ("kg", 1000.0), "kg": ("kg", 1.0), "g": ("kg", 0.001), "mg": ("kg", 1e-6),
    "lb": ("kg", 0.45359237),
    "s": ("s", 1.0), "min": ("s", 60.0), "h": ("s", 3600.0), "d": ("s", 86400.0),
    "wk": ("s", 604800.0), "mo": ("s", 2629746.0), "a": ("s", 31556952.0),
    "W": ("W", 1.0), "kW": ("W", 1e3), "MW": ("W", 1e6), "GW": ("W", 1e9),
    "kWh": ("Wh", 1e3), "MWh": ("Wh", 1e6), "GWh": ("Wh", 1e9), "TWh": ("Wh", 1e12),
    "MB": ("B", 1e6), "GB": ("B", 1e9), "TB": ("B", 1e12),
    "km²": ("m²", 1e6), "ha": ("m²", 1e4), "m²": ("m²", 1.0),
    "km/h": ("km/h", 1.0), "mph": ("km/h", 1.609344),
    "°C": ("°C", 1.0), "°F": ("°F", 1.0), "K": ("K", 1.0), "%": ("%", 1.0),
    "yd": ("m", 0.9144), "in": ("m", 0.0254), "gal": ("m³", 0.003785),
    "m³": ("m³", 1.0), "l": ("m³", 0.001), "percentage point": ("pp", 1.0),
}  # fmt: skip
"""To the base unit of its dimension: symbol and factor."""


_ABOUT = re.compile(
    r"(?:about|around|roughly|approximately|some|close to|an estimated|etwa|rund|ungefähr|circa|"
    r"ca\.|schätzungsweise)\s(?:the\s|a\s)?$"
)
_AT_LEAST = re.compile(
    r"(?:more than|over|at least|above|upwards of|beyond|(?:hott|high|bigg|larg|long|old|deep|fast|"
    r"heavi|wid)er than|mehr als|über|mindestens|gut|er als)\s$"
)
_AT_MOST = re.compile(
    r"(?:nearly|almost|less than|under|up to|fewer than|just under|below|not quite|fast|beinahe|"
    r"knapp|weniger als|unter|bis zu|kaum)\s$"
)
_EXACT, _ROUNDED, _ABOUT_SHARE, _BOUND_SHARE = 0.0015, 0.03, 0.1, 0.2
_CONVERTED = 0.03


def same_number(claim: Claim, said: float, true: float, other: Claim, *, converted: bool) -> bool:
    """Whether a number that is said is the true one.

    Args:
        claim: Whose words before the number say how exact it is meant.
        said: Its value in the base unit.
        true: The source's value in the same unit.
        other: The source's figure.
        converted: Whether the two stand in different units.
    """
    if true == said:
        return True
    if true == 0 or said == 0 or (true < 0) != (said < 0):
        return False
    miss = (said - true) / abs(true)
    if abs(miss) <= (_CONVERTED if converted else _EXACT):
        return True
    if _AT_LEAST.search(claim.before):
        return -_BOUND_SHARE <= miss <= 0 and _is_rounder(claim.number, other.number)
    if _AT_MOST.search(claim.before):
        return 0 <= miss <= _BOUND_SHARE and _is_rounder(claim.number, other.number)
    about = _ABOUT.search(claim.before) is not None
    limit = _ABOUT_SHARE if about else _ROUNDED
    return abs(miss) <= limit and (converted or _is_rounding(said, true))


def _is_rounding(said: float, true: float) -> bool:
    """Whether ``said`` is ``true`` with fewer digits."""
    digits = _significant(said)
    return digits < _significant(true) and math.isclose(
        said, _rounded(true, digits), rel_tol=0.0051
    )


def _is_rounder(said: float, true: float) -> bool:
    return _significant(said) <= _significant(true)


def _significant(number: float) -> int:
    digits = f"{abs(number):.10g}".replace(".", "").strip("0")
    return max(1, len(digits.split("e")[0]))


def _rounded(number: float, digits: int) -> float:
    return float(f"{number:.{digits}g}")


def same_date(said: str, true: str) -> bool:
    """Whether one date is the other, or contains it: 1969 is borne out by July 1969."""
    if said.startswith("C"):
        if true.startswith("C"):
            return said == true
        return true[:4].isdigit() and (int(true[:4]) + 99) // 100 == int(said[1:])
    if said.endswith("s"):
        return true == said or (true[:4].isdigit() and true[:3] == said[:3])
    if said.startswith("--"):
        return true == said or true[4:].startswith(said[1:]) or true.startswith(said)
    return true == said or true.startswith(f"{said}-")


def comparable(claim: Claim, other: Claim) -> bool:
    """Whether the other figure could stand in the claim's place."""
    if claim.kind != other.kind:
        return False
    if claim.kind == "date":
        return not claim.date.startswith("--")
    unit, other_unit = UNITS.get(claim.unit), UNITS.get(other.unit)
    if unit is not None and other_unit is not None:
        return unit[0] == other_unit[0]
    return claim.unit == other.unit and bool(claim.unit)
