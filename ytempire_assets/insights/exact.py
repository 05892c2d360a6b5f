"""Exact sums of money: decimals, never floats.

Belongs here: the arithmetic that every figure of money goes through: steps, conversion, dividing an
amount so that the parts add up to it. Nothing here knows what the money is for.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

from ytempire_assets.errors import InvalidInputError

MONEY_STEP = Decimal("0.000001")
"""The smallest amount that is kept: a millionth, as finely as services charge."""

RATE_STEP = Decimal("0.0000000001")
"""Ten decimals: six figures of the currencies whose units are worth least."""

MOST_MONEY = Decimal(10) ** 9
"""A single amount beyond this is a mistake."""

EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)
"""More digits than any product here has, so that nothing is rounded on the way."""


class ExactnessError(InvalidInputError):
    """A number cannot be kept without rounding, or is too large to be meant."""


def exact(number: Decimal, step: Decimal = MONEY_STEP) -> Decimal:
    """The same number written in whole steps.

    Raises:
        ExactnessError: It would have to be rounded, is not finite, or is beyond ``MOST_MONEY``.
    """
    if not number.is_finite() or abs(number) >= MOST_MONEY:
        raise ExactnessError(f"{number} is no amount below {MOST_MONEY:,}", "correct it")
    written = number.quantize(step, context=EXACT)
    if written != number:
        decimals = -int(step.as_tuple().exponent)
        raise ExactnessError(f"{number} has more than {decimals} decimals", "round it first")
    return written


def rounded(number: Decimal, step: Decimal = MONEY_STEP) -> Decimal:
    """The nearest whole step; of two as near, the even one."""
    return number.quantize(step, context=EXACT)


def of_float(number: float) -> Decimal:
    """Money that another part of the graph keeps as a float, at the nearest millionth.

    ``repr`` gives the shortest decimal that means the float, so what was a millionth stays one.
    """
    return rounded(Decimal(repr(number)))


def times(one: Decimal, other: Decimal) -> Decimal:
    """Their product at the nearest millionth."""
    return rounded(EXACT.multiply(one, other))


def ratio(part: Decimal, whole: Decimal) -> Decimal:
    """``part`` by ``whole`` at the nearest millionth; ``whole`` is not zero."""
    return rounded(EXACT.divide(part, whole))


def allocate(amount: Decimal, weights: Sequence[Decimal], step: Decimal) -> list[Decimal]:
    """Divides an amount by the largest remainder: the parts add up to it exactly.

    Every part gets its whole steps; the steps that are left go to the largest remainders, the first
    of equal ones (Hamilton's method). No part is more than one step away from its share.

    Args:
        amount: A whole number of steps; may be negative.
        weights: One a part, not negative, at least one; if all are zero they count alike.
        step: The smallest part.

    Raises:
        ValueError: There is no weight, one is negative, or the amount is no whole number of steps.
    """
    if not weights or any(weight < 0 for weight in weights):
        raise ValueError("an amount is divided by weights that are not negative")
    steps = Fraction(amount) / Fraction(step)
    if steps.denominator != 1:
        raise ValueError(f"{amount} is no whole number of steps of {step}")
    count, sign = abs(steps.numerator), -1 if amount < 0 else 1
    shares = [Fraction(weight) for weight in weights]
    total = sum(shares)
    if not total:
        shares, total = [Fraction(1)] * len(weights), Fraction(len(weights))
    wanted = [count * share / total for share in shares]
    given = [int(one) for one in wanted]
    order = sorted(range(len(given)), key=lambda place: given[place] - wanted[place])
    for place in order[: count - sum(given)]:
        given[place] += 1
    return [EXACT.multiply(Decimal(sign * one), step) for one in given]
