"""The extractive writer: a script made of sentences that stand in the sources.

Belongs here: which sentences are taken, in which order, and how they become scenes that fill the
wanted seconds. It needs no model, no key and no network, and cannot invent: between the sources'
sentences stand only lines that state nothing (``connectors.py``), and names give way to pronouns
(``cohesion.py``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ytempire_assets.errors import PermanentError
from ytempire_assets.writing.cohesion import Cohesion, attributed
from ytempire_assets.writing.connectors import Connectors, choose_connectors, teaser
from ytempire_assets.writing.draft import assemble, narration_of
from ytempire_assets.writing.figures import find_figure
from ytempire_assets.writing.pictures import series_fit
from ytempire_assets.writing.script import (
    Authorship,
    Brief,
    Draft,
    DraftScene,
    Script,
    SourcedSentence,
    SpeakingTime,
    TotalTime,
)
from ytempire_assets.writing.sentences import (
    SourceSentence,
    content_words,
    shared_content,
    split_document,
    stands_alone,
)
from ytempire_assets.writing.textrank import rank_sentences
from ytempire_assets.writing.wording import wording

WRITER = "extractive/2"
TOLERANCE = 0.10
_AIM = 0.03
HOOK_S = 3.0
"""A viewer decides within three seconds; the first sentence is over by then where possible."""
MAX_BODY_SCENES = 6
_TOO_ALIKE = 0.5

_FILLINGS = 4
"""How often the length is corrected for what joining the sentences changes."""


@dataclass(frozen=True, slots=True)
class _Scored:
    """A usable sentence with its weight (TextRank and what it names) and spoken seconds."""

    sentence: SourceSentence
    weight: float
    seconds: float


@dataclass(frozen=True, slots=True)
class _Hook:
    """How the video opens, its spoken seconds, and which sentence that takes, if any."""

    sentence: SourcedSentence
    seconds: float
    taken: tuple[_Scored, ...]


class ExtractiveWriter:
    """Writes by choosing; see ``Writer``."""

    name = WRITER
    parallel = 1

    def write(self, brief: Brief, speaking_s: SpeakingTime, total_s: TotalTime) -> Script:
        """Writes one script; see ``Writer.write``."""
        scored = _score(brief, speaking_s)
        hook = _hook(scored, brief, speaking_s)
        rest = [item for item in scored if not _repeats(item, hook.taken)] if hook else scored
        if hook is None or not rest:
            raise PermanentError(
                f"topic '{brief.topic_title}' has no sentences that can be spoken on their own",
                "give its source documents full sentences of 4 to 30 words that name their subject",
            )
        draft = _filled(hook, rest, brief, speaking_s, total_s)
        script = assemble(draft, brief, speaking_s, total_s)
        if abs(script.estimated_s - brief.target_s) > TOLERANCE * brief.target_s:
            raise PermanentError(
                f"the documents of '{brief.topic_title}' give {script.estimated_s:.1f} s of "
                f"narration, wanted {brief.target_s:g} s",
                "add source documents to the topic, or change target_s of the channel",
            )
        return script


def _filled(
    hook: _Hook,
    rest: Sequence[_Scored],
    brief: Brief,
    speaking_s: SpeakingTime,
    total_s: TotalTime,
) -> Draft:
    """The draft whose length comes closest: joining sentences changes how long they are."""
    closing_s = speaking_s(brief.call_to_action)
    connectors = choose_connectors(_seed(brief), brief.style, brief.tone, brief.language)

    def length_s(groups: Sequence[Sequence[_Scored]]) -> float:
        lines = [_line(connectors, n, len(groups), group, brief) for n, group in enumerate(groups)]
        scenes = (
            sum(item.seconds for item in group) + (speaking_s(line) if line else 0.0)
            for line, group in zip(lines, groups, strict=True)
        )
        return total_s([hook.seconds, *scenes, closing_s])

    aim_s = brief.target_s
    drafts: list[tuple[float, Draft]] = []
    for _ in range(_FILLINGS):
        draft = _draft(hook, _fill(rest, brief, aim_s, length_s), brief, connectors)
        seconds = [speaking_s(narration_of(scene)) for scene in draft.scenes]
        miss_s = total_s(seconds) - brief.target_s
        drafts.append((abs(miss_s), draft))
        if abs(miss_s) <= _AIM * brief.target_s:
            break
        aim_s -= miss_s
    return min(drafts, key=lambda one: one[0])[1]


def _score(brief: Brief, speaking_s: SpeakingTime) -> list[_Scored]:
    """All sentences that stand alone and were not refused, in reading order, weighed."""
    refused = {line for one in brief.objections for line in one.sentence.splitlines()}
    sentences = [
        sentence
        for index, document in enumerate(brief.documents)
        for sentence in split_document(document, index, brief.language)
        if stands_alone(sentence, brief.language) and sentence.text not in refused
    ]
    ranks = rank_sentences([sentence.text for sentence in sentences])
    names = {word for keyword in brief.keywords for word in content_words(keyword)}
    names |= set(content_words(brief.topic_title))
    said = wording(brief.language)
    scored = []
    for sentence, rank in zip(sentences, ranks, strict=True):
        words = set(content_words(sentence.text))
        named = len(words & names) / max(1, min(len(names), 3))
        figures = any(character.isdigit() for character in sentence.text)
        striking = bool(said.striking.search(sentence.text))
        weight = rank + 0.25 * min(1.0, named) + 0.2 * figures + 0.1 * striking
        scored.append(_Scored(sentence, weight, speaking_s(sentence.text)))
    return scored


def _hook(scored: Sequence[_Scored], brief: Brief, speaking_s: SpeakingTime) -> _Hook | None:
    """The most striking short sentence, else a teaser, else the shortest sentence there is."""
    if not scored:
        return None
    names = set(content_words(" ".join((brief.topic_title, *brief.keywords))))
    striking = wording(brief.language).striking

    def appeal(item: _Scored) -> float:
        text = item.sentence.text
        return (
            item.weight
            + 0.7 * bool(striking.search(text))
            + 0.5 * any(character.isdigit() for character in text)
            + 0.5 * bool(names & set(content_words(text)))
            - 0.6 * bool(re.search(r"\b(1[0-9]{3}|20[0-9]{2})\b", text))
        )

    short = [item for item in scored if item.seconds <= HOOK_S]
    if short:
        best = max(short, key=appeal)
        return _Hook(_sourced(best), best.seconds, (best,))
    titled = [word for word in brief.keywords if word.lower() in brief.topic_title.lower()]
    name = next(iter((*titled, *brief.keywords, brief.topic_title)))
    if any(f"the {name}" in item.sentence.text for item in scored):
        name = f"the {name}"
    line = teaser(_seed(brief), brief.style, brief.language, name)
    if line is not None and (seconds := speaking_s(line)) <= HOOK_S:
        return _Hook(SourcedSentence(line, None), seconds, ())
    shortest = min(scored, key=lambda item: item.seconds)
    return _Hook(_sourced(shortest), shortest.seconds, (shortest,))


def _repeats(item: _Scored, chosen: Sequence[_Scored]) -> bool:
    return any(
        item.sentence == other.sentence
        or shared_content(item.sentence.text, other.sentence.text) > _TOO_ALIKE
        for other in chosen
    )


def _fill(
    candidates: Sequence[_Scored],
    brief: Brief,
    target: float,
    length_s: Callable[[Sequence[Sequence[_Scored]]], float],
) -> list[list[_Scored]]:
    """Chooses sentences that together with all else come closest to the target.

    First greedily by weight, taking a sentence that goes with a chart first; then single sentences
    are added, dropped or exchanged as long as that brings the length nearer to the target.
    """

    def length(chosen: Sequence[_Scored]) -> float:
        return length_s(_group(chosen))

    chosen: list[_Scored] = []
    charted = _charted(candidates, brief)
    queue = sorted(candidates, key=lambda item: (item is not charted, -item.weight))
    for item in queue:
        if not _repeats(item, chosen) and length([*chosen, item]) <= target * (1 + _AIM):
            chosen.append(item)
    for _ in range(20):
        miss = abs(length(chosen) - target)
        if miss <= _AIM * target:
            break
        options = [
            trial
            for trial in _neighbours(chosen, candidates, keep=charted)
            if abs(length(trial) - target) < miss - 0.05
        ]
        if not options:
            break
        chosen = min(
            options, key=lambda trial: (abs(length(trial) - target), -sum(i.weight for i in trial))
        )
    return _group(chosen)


def _neighbours(
    chosen: Sequence[_Scored], candidates: Sequence[_Scored], keep: _Scored | None
) -> list[list[_Scored]]:
    """Every choice that differs in one sentence: added, dropped or exchanged."""
    others = [item for item in candidates if item not in chosen]
    trials = [[*chosen, item] for item in others if not _repeats(item, chosen)]
    for item in chosen:
        without = [other for other in chosen if other is not item]
        if item is keep or not without:
            continue
        trials.append(without)
        trials += [[*without, other] for other in others if not _repeats(other, without)]
    return trials


def _charted(candidates: Sequence[_Scored], brief: Brief) -> _Scored | None:
    """The sentence that goes best with a series of its document, if any document has one."""
    series = {
        document.document_id: document.series[0] for document in brief.documents if document.series
    }
    matching = [item for item in candidates if item.sentence.document_id in series]
    if not matching:
        return None
    return max(
        matching,
        key=lambda item: (
            series_fit(item.sentence.text, series[item.sentence.document_id]),
            item.weight,
        ),
    )


def _group(chosen: Sequence[_Scored]) -> list[list[_Scored]]:
    """Sentences in reading order, joined into as many scenes as a video should have.

    Neighbours of the same paragraph are joined first, then of the same document, the shortest pair
    first, until there are at most ``MAX_BODY_SCENES``.
    """
    ordered = sorted(
        chosen, key=lambda i: (i.sentence.document, i.sentence.paragraph, i.sentence.position)
    )
    groups = [[item] for item in ordered]

    def cost(index: int) -> tuple[int, float]:
        left, right = groups[index][-1].sentence, groups[index + 1][0].sentence
        distance = 2 * (left.document != right.document) + (left.paragraph != right.paragraph)
        return distance, sum(item.seconds for item in (*groups[index], *groups[index + 1]))

    while len(groups) > MAX_BODY_SCENES:
        index = min(range(len(groups) - 1), key=cost)
        groups[index : index + 2] = [[*groups[index], *groups[index + 1]]]
    return groups


def _draft(
    hook: _Hook, groups: Sequence[Sequence[_Scored]], brief: Brief, connectors: Connectors
) -> Draft:
    """The chosen sentences, joined, with the channel's own lines between them."""
    cohesion = Cohesion(brief)
    scenes = [DraftScene("hook", (hook.sentence,))]
    for index, group in enumerate(groups):
        line = _line(connectors, index, len(groups), group, brief)
        before = None if line else scenes[-1].sentences[-1]
        told = cohesion.scene([_sourced(item) for item in group], before)
        if brief.style == "news":
            told = attributed(told, brief, index)
        lead = (SourcedSentence(line, None),) if line else ()
        scenes.append(DraftScene("fact", (*lead, *told)))
    scenes.append(DraftScene("closing", (SourcedSentence(brief.call_to_action, None),)))
    return Draft(brief.topic_title, tuple(scenes), Authorship(WRITER))


def _seed(brief: Brief) -> str:
    """Another attempt takes other lines."""
    return f"{brief.video_id}/{len(brief.objections)}"


def _sourced(item: _Scored) -> SourcedSentence:
    return SourcedSentence(item.sentence.text, item.sentence.document_id)


def _line(
    connectors: Connectors, index: int, count: int, group: Sequence[_Scored], brief: Brief
) -> str | None:
    """What is said before a scene: each line once, and none before every other scene."""
    if index == 0:
        return connectors.opening
    if index == count - 1:
        return connectors.last if count > 2 else None
    middle = count // 2
    if index != middle:
        return None
    figure = any(find_figure(item.sentence.text, brief.language) for item in group)
    return connectors.numbers if figure else connectors.turn
