"""Scripts pass their gates, are written once more with the reasons, or are rejected with them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from ytempire_assets.errors import PermanentError
from ytempire_assets.speech.narration import spoken_s
from ytempire_assets.writing.draft import assemble, wanted_words
from ytempire_assets.writing.editing import Past, RejectedScriptError, edited
from ytempire_assets.writing.gates import Verdict, judge
from ytempire_assets.writing.sameness import Told, nearest, repeated, runs_of
from ytempire_assets.writing.script import (
    Authorship,
    Brief,
    Document,
    Draft,
    DraftScene,
    Script,
    SourcedSentence,
    SpeakingTime,
    TotalTime,
)
from ytempire_assets.writing.unsafe_words import unsafe_words

FACTS = (
    "The Kestrel Bridge opened on 27 May 1937.",
    "Its towers rise 227 metres above the cold water of the estuary.",
    "About 112,000 vehicles cross the bridge every single day of the year.",
    "Eleven workers died while the bridge was built over six long years.",
)
SOURCE = Document(
    "d1",
    "The Kestrel Bridge",
    "Port Museum",
    "https://example.org/bridge",
    "CC0-1.0",
    "Text by the Port Museum.",
    " ".join(FACTS),
)
BRIEF = Brief(
    video_id="orbit-20261119-1",
    topic_title="The Kestrel Bridge and its towers",
    niche="history",
    keywords=("Kestrel Bridge", "towers"),
    documents=(SOURCE,),
    target_s=17.5,
    channel_title="Orbit Brief",
    call_to_action="Follow Orbit Brief for more.",
    style="educational",
    language="en",
)


def seconds(text: str) -> float:
    return 0.3 * len(text.split())


def draft(*scenes: tuple[str, ...], cost: str = "0", title: str = "") -> Draft:
    told = [
        DraftScene(
            "fact" if number else "hook",
            tuple(SourcedSentence(text.removeprefix("!"), None if text[0] == "!" else "d1")
                  for text in sentences),
        )
        for number, sentences in enumerate(scenes)
    ]  # fmt: skip
    closing = DraftScene("closing", (SourcedSentence(BRIEF.call_to_action, None),))
    return Draft(
        title or BRIEF.topic_title,
        (*told, closing),
        Authorship("test/1", "m", "1", 100, 50, 0, Decimal(cost)),
    )


WRONG = "Its towers rise 722 metres above the cold water of the estuary."
GOOD = draft((FACTS[0],), (FACTS[1],), (FACTS[2],), (FACTS[3],), cost="0.10")


class Drafts:
    """A writer that hands in prepared drafts, one after the other."""

    name = "test/1"
    parallel = 1

    def __init__(self, *drafts: Draft | PermanentError) -> None:
        self.drafts = list(drafts)
        self.briefs: list[Brief] = []

    def write(self, brief: Brief, speaking_s: SpeakingTime, total_s: TotalTime) -> Script:
        self.briefs.append(brief)
        draft = self.drafts.pop(0)
        if isinstance(draft, PermanentError):
            raise draft
        return assemble(draft, brief, speaking_s, total_s)


def verdicts(one: Draft, **changes: object) -> dict[str, Verdict]:
    brief = replace(BRIEF, **changes)  # type: ignore[arg-type]
    return {v.gate: v for v in judge(assemble(one, brief, seconds, spoken_s), brief)}


def test_a_good_script_passes_every_gate() -> None:
    found = verdicts(GOOD)
    assert list(found) == [
        "grounded", "sourced", "length", "hook", "reading", "words", "metadata", "original",
        "templated",
    ]  # fmt: skip
    assert [v.gate for v in found.values() if not v.passed] == []


@pytest.mark.parametrize(
    ("bad", "gate", "reason"),
    [
        (draft((FACTS[0],), (WRONG,)), "grounded", "'722 metres'"),
        (draft((FACTS[0],), ("!The towers rise 227 metres.",)), "grounded", "without a source"),
        (draft((FACTS[0],), ("!So it goes on and on and on again.",) * 3), "sourced", "nothing"),
        (draft((FACTS[0],), (FACTS[1],)), "length", "not 17.5 s"),
        (draft((FACTS[1],), (FACTS[0],)), "hook", "the hook takes 3.6 s"),
        (draft((FACTS[0],), ("!What a clusterfuck that was.",)), "words", "clusterfuck"),
        (draft((FACTS[0],), (FACTS[1],), title="How to make a bomb"), "words", "title and tags"),
        (
            draft(
                (FACTS[0],),
                (
                    "!Interstellar communication necessitates extraordinarily sophisticated "
                    "engineering infrastructures notwithstanding organisational impediments.",
                ),
            ),
            "reading",
            "school grade",
        ),
    ],
)  # fmt: skip
def test_each_gate_says_what_is_wrong(bad: Draft, gate: str, reason: str) -> None:
    verdict = verdicts(bad)[gate]
    assert not verdict.passed
    assert reason in verdict.detail
    assert verdict.objections
    assert all(objection.gate == gate for objection in verdict.objections)


def test_what_was_told_before_is_not_told_again() -> None:
    script = assemble(GOOD, BRIEF, seconds, spoken_s)
    same = runs_of(" ".join(scene.narration for scene in script.scenes[:-1]))
    own = [Told("orbit-20261001-1", "orbit", date(2026, 10, 1), same)]
    found = {v.gate: v for v in judge(script, BRIEF, own)}
    assert "100% of it was said in orbit-20261001-1 before" in found["original"].detail
    assert {one.sentence for one in found["original"].objections} == set(FACTS)
    half = [
        Told("a-20261110-1", "a", date(2026, 11, 10), runs_of(" ".join(FACTS[:2]))),
        Told("b-20261110-1", "b", date(2026, 11, 10), runs_of(FACTS[3])),
    ]
    found = {v.gate: v for v in judge(script, BRIEF, (), half)}
    assert not found["templated"].passed
    assert "by other channels" in found["templated"].detail
    assert found["original"].passed


def test_sameness_counts_runs_of_five_words() -> None:
    runs = runs_of("One two three four five six.")
    assert len(runs) == 2
    other = Told("v", "c", date(2026, 1, 1), runs_of("one TWO three, four five!"))
    shared = nearest(runs, [other])
    assert shared is not None
    assert shared.share == 0.5
    assert nearest(runs, []) is None
    assert repeated(runs, [other, other]) == shared
    assert runs_of("too short a text") == frozenset()


def test_one_rewrite_is_told_the_reasons_and_both_are_paid() -> None:
    bad = draft((FACTS[0],), (WRONG,), (FACTS[2],), (FACTS[3],), cost="0.2")
    writer = Drafts(bad, GOOD)
    done = edited(writer, BRIEF, seconds, spoken_s)
    assert done.rewritten
    (objection,) = writer.briefs[1].objections
    assert objection.gate == "grounded"
    assert objection.sentence == WRONG
    assert done.script.authorship.cost_usd == Decimal("0.30")
    assert (done.script.authorship.tokens_in, done.script.authorship.tokens_out) == (200, 100)
    assert all(verdict.passed for verdict in done.verdicts)


def test_a_second_failure_rejects_the_script_with_its_reasons() -> None:
    bad = draft((FACTS[0],), (WRONG,), (FACTS[2],), (FACTS[3],), cost="0.2")
    with pytest.raises(RejectedScriptError, match=r"failed its gates.*grounded: '722 metres'") as e:
        edited(Drafts(bad, bad), BRIEF, seconds, spoken_s)
    assert e.value.spent_usd == Decimal("0.4")
    lost = PermanentError("the model answers nonsense", "choose another")
    with pytest.raises(RejectedScriptError, match="the rewrite failed: the model answers") as e:
        edited(Drafts(bad, lost), BRIEF, seconds, spoken_s)
    assert e.value.spent_usd == Decimal("0.2")


def test_the_past_is_read_once_and_only_after_writing() -> None:
    asked: list[int] = []

    def past() -> Past:
        asked.append(1)
        return Past()

    edited(Drafts(GOOD), BRIEF, seconds, spoken_s, past)
    assert asked == [1]


def test_long_videos_have_chapters_and_the_intro_counts() -> None:
    slow = lambda text: 2.0 * len(text.split())  # noqa: E731
    brief = replace(BRIEF, lead_s=0.9)
    script = assemble(GOOD, brief, slow, spoken_s)
    assert script.chapters[0].start_s == 0
    assert len(script.chapters) >= 3
    assert "0:00 The Kestrel Bridge opened on 27 May 1937" in script.description
    second = script.chapters[1]
    minutes, rest = divmod(int(second.start_s + 0.9), 60)
    assert f"{minutes}:{rest:02} {second.title}" in script.description
    assert assemble(GOOD, brief, seconds, spoken_s).chapters == ()


def test_a_model_is_disclosed() -> None:
    script = assemble(GOOD, BRIEF, seconds, spoken_s)
    assert "written by the language model m" in script.description


def test_wanted_words_follow_the_voice() -> None:
    fast = wanted_words(BRIEF, seconds, spoken_s)
    slow = wanted_words(BRIEF, lambda text: 2 * seconds(text), spoken_s)
    assert fast > slow >= 20


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("A tit and a cock sat in the nest; the escort left.", "en", ()),
        ("The fucking bridge.", "en", ("fucking",)),
        ("So eine Scheiße, sagte er.", "de", ("scheiße",)),
        ("He sold cocaine and heroin.", "en", ("cocaine", "heroin")),
        ("The class passed the assessment in Scunthorpe.", "en", ()),
        ("Der Schwan ist nackt schön.", "de", ()),
    ],
)
def test_unsafe_words(text: str, language: str, words: tuple[str, ...]) -> None:
    assert unsafe_words(text, language) == words
