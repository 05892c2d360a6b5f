"""The extractive writer: a script made only of sentences that stand in the sources.

Belongs here: which sentences are taken, in which order, and how they become scenes that fill the
wanted seconds. It needs no model, no key and no network, and cannot invent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ytempire_assets.errors import PermanentError
from ytempire_assets.writing.metadata import (
    make_description,
    make_hashtags,
    make_tags,
    make_title,
)
from ytempire_assets.writing.pictures import Drawable, plan_pictures, series_fit
from ytempire_assets.writing.readability import grade
from ytempire_assets.writing.script import (
    Brief,
    Script,
    ScriptScene,
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

WRITER = "extractive/1"
TOLERANCE = 0.10
_AIM = 0.03
HOOK_S = 3.0
"""A viewer decides within three seconds; the first sentence is over by then where possible."""
MIN_BODY_SCENES, MAX_BODY_SCENES = 3, 6
_TOO_ALIKE = 0.5

_STRIKING = re.compile(
    r"\b(no|nobody|never|only|first|last|largest|biggest|deepest|oldest|fastest|tallest|longest|"
    r"hottest|coldest|alone|whole|every|once|survives?|without)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Scored:
    """A usable sentence with its weight (TextRank and what it names) and spoken seconds."""

    sentence: SourceSentence
    weight: float
    seconds: float


class ExtractiveWriter:
    """Writes by choosing; see ``Writer``."""

    def write(self, brief: Brief, speaking_s: SpeakingTime, total_s: TotalTime) -> Script:
        """Writes one script; see ``Writer.write``."""
        scored = _score(brief, speaking_s)
        closing_s = speaking_s(brief.call_to_action)
        hook = _choose_hook(scored, brief)
        rest = [item for item in scored if not _repeats(item, [hook])] if hook else scored
        if hook is None or not rest:
            raise PermanentError(
                f"topic '{brief.topic_title}' has no sentences that can be spoken on their own",
                "give its source documents full sentences of 4 to 30 words that name their subject",
            )
        groups = _fill(rest, hook.seconds, closing_s, brief, total_s)
        seconds = [
            hook.seconds,
            *(sum(item.seconds for item in group) for group in groups),
            closing_s,
        ]
        estimated = total_s(seconds)
        if abs(estimated - brief.target_s) > TOLERANCE * brief.target_s:
            raise PermanentError(
                f"the documents of '{brief.topic_title}' give {estimated:.1f} s of narration, "
                f"wanted {brief.target_s:g} s",
                "add source documents to the topic, or change target_s of the channel",
            )
        return _assemble(brief, hook, groups, closing_s, seconds, estimated)


def _score(brief: Brief, speaking_s: SpeakingTime) -> list[_Scored]:
    """All sentences that stand alone, in reading order, weighed."""
    sentences = [
        sentence
        for index, document in enumerate(brief.documents)
        for sentence in split_document(document, index, brief.language)
        if stands_alone(sentence)
    ]
    ranks = rank_sentences([sentence.text for sentence in sentences])
    names = {word for keyword in brief.keywords for word in content_words(keyword)}
    names |= set(content_words(brief.topic_title))
    scored = []
    for sentence, rank in zip(sentences, ranks, strict=True):
        words = set(content_words(sentence.text))
        named = len(words & names) / max(1, min(len(names), 3))
        figures = any(character.isdigit() for character in sentence.text)
        striking = bool(_STRIKING.search(sentence.text))
        weight = rank + 0.25 * min(1.0, named) + 0.2 * figures + 0.1 * striking
        scored.append(_Scored(sentence, weight, speaking_s(sentence.text)))
    return scored


def _choose_hook(scored: Sequence[_Scored], brief: Brief) -> _Scored | None:
    """The most striking short sentence; the shortest one if none is over within ``HOOK_S``."""
    if not scored:
        return None
    short = [item for item in scored if item.seconds <= HOOK_S]
    if not short:
        return min(scored, key=lambda item: item.seconds)
    names = set(content_words(" ".join((brief.topic_title, *brief.keywords))))

    def appeal(item: _Scored) -> float:
        text = item.sentence.text
        return (
            item.weight
            + 0.7 * bool(_STRIKING.search(text))
            + 0.5 * any(character.isdigit() for character in text)
            + 0.5 * bool(names & set(content_words(text)))
            - 0.6 * bool(re.search(r"\b(1[0-9]{3}|20[0-9]{2})\b", text))
        )

    return max(short, key=appeal)


def _repeats(item: _Scored, chosen: Sequence[_Scored]) -> bool:
    return any(
        item.sentence == other.sentence
        or shared_content(item.sentence.text, other.sentence.text) > _TOO_ALIKE
        for other in chosen
    )


def _fill(
    candidates: Sequence[_Scored],
    hook_s: float,
    closing_s: float,
    brief: Brief,
    total_s: TotalTime,
) -> list[list[_Scored]]:
    """Chooses sentences that together with hook and closing come closest to the target.

    First greedily by weight, taking a sentence that goes with a chart first; then single sentences
    are added, dropped or exchanged as long as that brings the length nearer to the target.
    """

    def length(chosen: Sequence[_Scored]) -> float:
        groups = _group(chosen)
        return total_s([hook_s, *(sum(i.seconds for i in group) for group in groups), closing_s])

    target = brief.target_s
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


def _assemble(
    brief: Brief,
    hook: _Scored,
    groups: Sequence[Sequence[_Scored]],
    closing_s: float,
    seconds: Sequence[float],
    estimated_s: float,
) -> Script:
    spoken = [[hook], *groups]
    pictures = plan_pictures(
        [
            Drawable(
                tuple(item.sentence.text for item in group),
                tuple(item.sentence.document_id for item in group),
            )
            for group in spoken
        ],
        brief,
    )
    scenes = [
        ScriptScene(
            number=number,
            kind="hook" if number == 1 else "fact",
            estimated_s=round(seconds[number - 1], 3),
            sentences=tuple(
                SourcedSentence(item.sentence.text, item.sentence.document_id) for item in group
            ),
            headline=picture.headline,
            visual_description=picture.description,
            emphasis=picture.emphasis,
            figure=picture.figure,
            figures=picture.figures,
            series=picture.series,
            milestones=picture.milestones,
            points=picture.points,
            source_label=picture.source_label,
        )
        for number, (group, picture) in enumerate(zip(spoken, pictures, strict=True), start=1)
    ]
    scenes.append(
        ScriptScene(
            number=len(scenes) + 1,
            kind="closing",
            estimated_s=round(closing_s, 3),
            sentences=(SourcedSentence(brief.call_to_action, None),),
            headline=brief.call_to_action,
            visual_description="closing card with the channel's name and its call to action",
        )
    )
    cited = {sentence.document_id for scene in scenes for sentence in scene.sentences}
    sources = tuple(document for document in brief.documents if document.document_id in cited)
    narration = " ".join(scene.narration for scene in scenes)
    hashtags = make_hashtags(brief)
    opening = [scene.narration for scene in scenes[:3] if scene.kind != "closing"]
    return Script(
        title=make_title(brief),
        description=make_description(brief, opening, sources, hashtags),
        tags=make_tags(brief),
        hashtags=hashtags,
        scenes=tuple(scenes),
        sources=sources,
        estimated_s=round(estimated_s, 3),
        word_count=len(narration.split()),
        complexity=grade(narration),
        writer=WRITER,
    )
