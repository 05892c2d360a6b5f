"""The gates of a script: what it must be before a word of it is spoken.

Belongs here: each gate's measure and limit, and what a writer is told who has to try again. The
measures themselves have modules of their own. What becomes of a script that fails is decided where
it is written (``assets/scripts.py``): one rewrite, then it is rejected with these reasons.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ytempire_assets.writing.claims import claims_of
from ytempire_assets.writing.grounding import SourceText, ungrounded
from ytempire_assets.writing.metadata import metadata_problems
from ytempire_assets.writing.readability import HARDEST_GRADE
from ytempire_assets.writing.sameness import Shared, Told, nearest, repeated, runs_of
from ytempire_assets.writing.script import Brief, Objection, Script, ScriptScene
from ytempire_assets.writing.unsafe_words import unsafe_words

LENGTH_SHARE = 0.10
"""How far the spoken length may be from the wanted one."""
HOOK_S = 3.0
"""A viewer decides within three seconds; by then the hook is said."""
MOST_OF_ONE = 0.35
"""Share of a script that one earlier script of its channel may have said already."""
MOST_OF_OTHERS = 0.25
"""Share of a script that other channels' scripts together may have said already."""
LEAST_SOURCED = 0.6
"""Share of the spoken words, but for the closing, that carry a source."""
REPEAT_DAYS = 90
"""How long a channel must not repeat itself."""
OTHERS_DAYS = 14
"""How far back other channels are looked at."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one gate found.

    Attributes:
        gate: Its name.
        value: What was found, with its unit.
        limit: What is needed.
        passed: Whether it is.
        detail: What is wrong, in words; empty when nothing is.
        objections: For the writer that tries again.
    """

    gate: str
    value: str
    limit: str
    passed: bool
    detail: str = ""
    objections: tuple[Objection, ...] = ()


def judge(
    script: Script, brief: Brief, own: Sequence[Told] = (), others: Sequence[Told] = ()
) -> list[Verdict]:
    """Examines a script.

    Args:
        script: What was written.
        brief: What was asked for.
        own: Scripts of the same channel of the last ``REPEAT_DAYS``.
        others: Scripts of other channels of the last ``OTHERS_DAYS``.

    Returns:
        One verdict for each gate, always the same gates in the same order.
    """
    told = [scene for scene in script.scenes if scene.kind != "closing"]
    runs = runs_of(" ".join(scene.narration for scene in told))
    return [
        _grounded(told, brief),
        _sourced(told),
        _length(script, brief),
        _hook(script),
        _reading(script),
        _words(script, brief),
        _metadata(script, brief),
        _original(nearest(runs, own), told, own),
        _templated(repeated(runs, others), told, others),
    ]


def _grounded(told: Sequence[ScriptScene], brief: Brief) -> Verdict:
    texts = {
        document.document_id: SourceText(f"{document.title}.\n{document.text}", brief.language)
        for document in brief.documents
    }
    own = (brief.topic_title, *brief.keywords, brief.channel_title)
    publishers = {document.document_id: document.publisher for document in brief.documents}
    objections: list[Objection] = []
    claims = 0
    for scene in told:
        for sentence in scene.sentences:
            source = texts.get(sentence.document_id or "")
            said_by = publishers.get(sentence.document_id or "", "")
            claims += len(claims_of(sentence.text, brief.language))
            found = ungrounded(
                sentence.text, [source] if source else [], brief.language, (*own, said_by)
            )
            objections += [
                Objection(
                    "grounded",
                    one.reason if source else f"'{one.claim.text}' is said without a source",
                    sentence.original or sentence.text,
                )
                for one in found
            ]
    return Verdict(
        "grounded",
        f"{claims - len(objections)} of {claims} claims",
        "every figure, date, name and quotation stands in its source",
        not objections,
        "; ".join(f"{one.reason} (in '{one.sentence}')" for one in objections[:5]),
        tuple(objections),
    )


def _sourced(told: Sequence[ScriptScene]) -> Verdict:
    sentences = [sentence for scene in told for sentence in scene.sentences]
    words = sum(len(sentence.text.split()) for sentence in sentences)
    carried = sum(len(one.text.split()) for one in sentences if one.document_id is not None)
    share = carried / words if words else 0.0
    detail = "" if share >= LEAST_SOURCED else "too much of it says nothing that a source says"
    return Verdict(
        "sourced",
        f"{share:.0%} of the words",
        f"at least {LEAST_SOURCED:.0%}",
        share >= LEAST_SOURCED,
        detail,
        (Objection("sourced", f"{detail}: use more facts of the sources"),) if detail else (),
    )


def _length(script: Script, brief: Brief) -> Verdict:
    low, high = ((1 - LENGTH_SHARE) * brief.target_s, (1 + LENGTH_SHARE) * brief.target_s)
    passed = low <= script.estimated_s <= high
    words = round(script.word_count * brief.target_s / max(1.0, script.estimated_s))
    detail = (
        "" if passed else f"spoken it takes {script.estimated_s:.1f} s, not {brief.target_s:g} s"
    )
    return Verdict(
        "length",
        f"{script.estimated_s:.1f} s",
        f"{low:.1f} to {high:.1f} s",
        passed,
        detail,
        () if passed else (Objection("length", f"{detail}: write about {words} words"),),
    )


def _hook(script: Script) -> Verdict:
    seconds = script.scenes[0].estimated_s
    passed = seconds <= HOOK_S
    detail = "" if passed else f"the hook takes {seconds:.1f} s"
    return Verdict(
        "hook",
        f"{seconds:.1f} s",
        f"at most {HOOK_S:g} s",
        passed,
        detail,
        ()
        if passed
        else (Objection("hook", f"{detail}: say it in fewer words", script.scenes[0].narration),),
    )


def _reading(script: Script) -> Verdict:
    passed = script.complexity <= HARDEST_GRADE
    detail = "" if passed else f"it asks for school grade {script.complexity:g}"
    return Verdict(
        "reading",
        f"grade {script.complexity:g}",
        f"at most {HARDEST_GRADE:g}",
        passed,
        detail,
        () if passed else (Objection("reading", f"{detail}: shorter sentences and words"),),
    )


def _words(script: Script, brief: Brief) -> Verdict:
    objections: list[Objection] = []
    found: list[str] = []
    for scene in script.scenes:
        for sentence in scene.sentences:
            words = unsafe_words(sentence.text, brief.language)
            found += words
            if words:
                objections.append(
                    Objection(
                        "words",
                        f"advertisers do not want '{', '.join(words)}'",
                        sentence.original or sentence.text,
                    )
                )
    rest = unsafe_words(" ".join((script.title, *script.tags, *script.hashtags)), brief.language)
    if rest:
        found += rest
        objections.append(Objection("words", f"title and tags hold '{', '.join(rest)}'"))
    return Verdict(
        "words",
        f"{len(found)} unsafe",
        "none",
        not found,
        "; ".join(one.reason for one in objections),
        tuple(objections),
    )


def _metadata(script: Script, brief: Brief) -> Verdict:
    problems = metadata_problems(script, brief)
    return Verdict(
        "metadata",
        f"{len(script.title)} characters of title, "
        f"{len(script.description.encode())} bytes of description",
        "valid for the platform, with every source and the disclosure",
        not problems,
        "; ".join(problems),
        tuple(Objection("metadata", problem) for problem in problems),
    )


def _original(shared: Shared | None, told: Sequence[ScriptScene], own: Sequence[Told]) -> Verdict:
    share = shared.share if shared else 0.0
    passed = share <= MOST_OF_ONE
    detail = (
        ""
        if passed or shared is None
        else f"{share:.0%} of it was said in {shared.video_id} before"
    )
    return Verdict(
        "original",
        f"{share:.0%}",
        f"at most {MOST_OF_ONE:.0%} of one script of {REPEAT_DAYS} days",
        passed,
        detail,
        () if passed else tuple(_said_before("original", detail, told, own)),
    )


def _templated(
    shared: Shared | None, told: Sequence[ScriptScene], others: Sequence[Told]
) -> Verdict:
    share = shared.share if shared else 0.0
    passed = share <= MOST_OF_OTHERS
    detail = (
        ""
        if passed or shared is None
        else f"{share:.0%} of it was said by other channels, most by {shared.channel} "
        f"({shared.video_id})"
    )
    return Verdict(
        "templated",
        f"{share:.0%}",
        f"at most {MOST_OF_OTHERS:.0%} of other channels' scripts of {OTHERS_DAYS} days",
        passed,
        detail,
        () if passed else tuple(_said_before("templated", detail, told, others)),
    )


def _said_before(
    gate: str, reason: str, told: Sequence[ScriptScene], past: Sequence[Told]
) -> Iterator[Objection]:
    """Each sentence whose words stand in another script."""
    everything = frozenset().union(*(one.runs for one in past))
    for scene in told:
        for sentence in scene.sentences:
            runs = runs_of(sentence.text)
            if runs and len(runs & everything) / len(runs) > MOST_OF_OTHERS:
                yield Objection(gate, reason, sentence.original or sentence.text)
