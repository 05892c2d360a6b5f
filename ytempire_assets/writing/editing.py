"""Editing: a script is written, judged, written once more with the reasons, or rejected with them.

Belongs here: that order, and what all attempts cost together. The gates are ``gates.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from ytempire_assets.errors import PermanentError
from ytempire_assets.writing.gates import Verdict, judge
from ytempire_assets.writing.sameness import Told
from ytempire_assets.writing.script import (
    Authorship,
    Brief,
    Script,
    SpeakingTime,
    TotalTime,
    Writer,
)

_SHOWN_OBJECTIONS = 12
"""What a writer is told at once; more would be a book about its first attempt."""


class RejectedScriptError(PermanentError):
    """A script failed its gates, and so did the one written after it.

    Attributes:
        spent_usd: What its writers charged.
    """

    spent_usd: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Edited:
    """A script that passed every gate, what each found, and whether it was written twice."""

    script: Script
    verdicts: tuple[Verdict, ...]
    rewritten: bool


@dataclass(frozen=True, slots=True)
class Past:
    """What was told before: the channel's own scripts and other channels', see ``gates.judge``."""

    own: Sequence[Told] = ()
    others: Sequence[Told] = ()


def edited(
    writer: Writer,
    brief: Brief,
    speaking_s: SpeakingTime,
    total_s: TotalTime,
    past: Callable[[], Past] = Past,
) -> Edited:
    """Has a script written that passes every gate.

    Args:
        writer: Who writes.
        brief: What is asked for.
        speaking_s: Seconds of a spoken text.
        total_s: Seconds of a narration of such scenes.
        past: Gives what was told before; called once, after something was written.

    Raises:
        RejectedScriptError: Both attempts failed; names the gates and their reasons.
        YtempireError: The writer cannot write at all.
    """
    first = writer.write(brief, speaking_s, total_s)
    before = past()
    verdicts = judge(first, brief, before.own, before.others)
    failed = [one for one in verdicts if not one.passed]
    if not failed:
        return Edited(first, tuple(verdicts), rewritten=False)
    objections = tuple(one for verdict in failed for one in verdict.objections)
    again = replace(brief, objections=objections[:_SHOWN_OBJECTIONS])
    try:
        second = writer.write(again, speaking_s, total_s)
    except PermanentError as error:
        raise _rejected(brief, failed, first.authorship, error) from error
    verdicts = judge(second, brief, before.own, before.others)
    authorship = _together(first.authorship, second.authorship)
    failed = [one for one in verdicts if not one.passed]
    if failed:
        raise _rejected(brief, failed, authorship)
    return Edited(replace(second, authorship=authorship), tuple(verdicts), rewritten=True)


def _rejected(
    brief: Brief,
    failed: Sequence[Verdict],
    authorship: Authorship,
    error: PermanentError | None = None,
) -> RejectedScriptError:
    reasons = "; ".join(f"{one.gate}: {one.detail}" for one in failed)
    rewrite = f" (the rewrite failed: {error.problem})" if error is not None else ""
    rejected = RejectedScriptError(
        f"{brief.video_id} failed its gates, also after a rewrite: {reasons}{rewrite}",
        "read the reasons; give the topic more source documents, or choose another writer.kind or "
        "writer.model for the channel",
    )
    rejected.spent_usd = authorship.cost_usd + getattr(error, "spent_usd", Decimal(0))
    return rejected


def _together(first: Authorship, second: Authorship) -> Authorship:
    """The second's, with what both took."""
    return replace(
        second,
        tokens_in=first.tokens_in + second.tokens_in,
        tokens_out=first.tokens_out + second.tokens_out,
        answers_reused=first.answers_reused + second.answers_reused,
        cost_usd=first.cost_usd + second.cost_usd,
    )
