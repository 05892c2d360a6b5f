"""The writer that asks a language model: what it may answer, a second chance, what that costs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ytempire_assets.errors import PermanentError, TransientError, YtempireError
from ytempire_assets.resources.language_models.chat import Prices
from ytempire_assets.resources.language_models.pool import PooledModel
from ytempire_assets.writing.draft_schema import (
    UnusableTextError,
    answer_schema,
    clean,
    read_script,
)
from ytempire_assets.writing.prompt_text import PROMPT_VERSION
from ytempire_assets.writing.prompted import PromptedWriter, UnusableDraftError, spent_usd
from ytempire_assets.writing.script import (
    Brief,
    Draft,
    Objection,
)
from ytempire_assets_tests.llm_answers import KEY, MODEL, scripted
from ytempire_assets_tests.llm_server import LanguageServers, Service
from ytempire_assets_tests.writing.whale_brief import BRIEF

LABELS = {"S1": "blue-whale-1", "S2": "krill-1"}


def answered(**changes: Any) -> dict[str, Any]:
    hook = {"text": "Its heart beats twice a minute.", "source": "S1"}
    fact = {"text": "It eats 16 tonnes of krill a day.", "source": "S2"}
    joint = {"text": "That is a lot", "source": None}
    scenes = [
        {"sentences": [hook], "visual_description": "A whale from below."},
        {"sentences": [fact, joint], "visual_description": "A swarm of krill."},
    ]
    base = {"title": "The blue whale", "summary": "About it.", "tags": ["whale"]}
    return {**base, "hashtags": ["#whale"], "scenes": scenes, **changes}


def with_sentence(text: Any = "It is big.", source: Any = "S1") -> dict[str, Any]:
    answer = answered()
    answer["scenes"][1]["sentences"][0] = {"text": text, "source": source}
    return answer


class Asked:
    """A real service that gives prepared answers in their order, and the writer that asks it."""

    def __init__(self, servers: LanguageServers, service: Service) -> None:
        self.service = service
        self.model = PooledModel(
            servers.urls,
            MODEL,
            prices=Prices(Decimal(1_000), Decimal(10_000)),
            deadline_s=20,
            first_pause_s=0.01,
        )
        self.texts: list[str] = []
        service.answer = self._next

    def _next(self, _body: dict[str, Any]) -> str:
        return self.texts.pop(0)

    def write(self, *answers: object, brief: Brief = BRIEF, words: int = 80) -> Draft:
        self.texts = [one if isinstance(one, str) else json.dumps(one) for one in answers]
        return PromptedWriter(self.model, "openai_compatible", 0.4).draft(brief, words)

    def fails(self, *answers: object, brief: Brief = BRIEF) -> YtempireError:
        with pytest.raises(YtempireError) as caught:
            self.write(*answers, brief=brief)
        return caught.value

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [asked.body for asked in self.service.asked]


@pytest.fixture
def asked() -> Iterator[Asked]:
    with LanguageServers(Service()) as servers:
        made = Asked(servers, servers.services[0])
        yield made
        made.model.close()


def test_a_draft_is_what_the_model_wrote_and_the_channels_closing(asked: Asked) -> None:
    draft = asked.write(answered())
    assert draft.title == "The blue whale"
    assert [scene.kind for scene in draft.scenes] == ["hook", "fact", "closing"]
    hook, fact, closing = (scene.sentences for scene in draft.scenes)
    assert [(one.text, one.document_id) for one in (*hook, *fact, *closing)] == [
        ("Its heart beats twice a minute.", "blue-whale-1"),
        ("It eats 16 tonnes of krill a day.", "krill-1"),
        ("That is a lot.", None),
        ("Follow for more.", None),
    ]
    assert draft.scenes[0].visual_description == "A whale from below."
    assert (draft.summary, draft.tags, draft.hashtags) == ("About it.", ("whale",), ("#whale",))
    made = draft.authorship
    assert (made.writer, made.model, made.prompt_version) == (
        "openai_compatible/1",
        MODEL,
        PROMPT_VERSION,
    )
    expected = Decimal(made.tokens_in) / 1_000 + Decimal(made.tokens_out) / 100
    assert (made.cost_usd, made.answers_reused) == (expected, 0)
    assert expected > 0


def test_the_request_is_bounded_and_repeatable(asked: Asked) -> None:
    asked.write(answered())
    asked.write(answered())
    refused = replace(BRIEF, objections=(Objection("facts", "29 is nowhere"),))
    asked.write(answered(), brief=refused)
    asked.write(answered(), brief=replace(BRIEF, video_id="orbit-20261119-2"))
    first, again, rewrite, other = asked.bodies
    assert first == again
    assert len({first["seed"], rewrite["seed"], other["seed"]}) == 3
    assert (first["temperature"], first["max_tokens"]) == (0.4, 1_640)
    schema = first["response_format"]["json_schema"]
    assert (schema["name"], schema["strict"]) == ("video_script", True)


def everything(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for inner in schema.values():
            yield from everything(inner)


def test_the_schema_is_one_that_services_call_strict() -> None:
    schema = answer_schema(["S1", "S2"])
    objects = list(everything(schema))
    assert len(objects) == 3
    for one in objects:
        assert one["additionalProperties"] is False
        assert one["required"] == list(one["properties"])
    jsonschema.validate(answered(), schema)
    for wrong in (with_sentence(source="S3"), {**answered(), "more": 1}, {"title": "x"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


NO_SCRIPTS: list[tuple[object, str]] = [
    ("Sure! Here is your script.", "no JSON object"),
    ('{"title": "cut', "not JSON"),
    ("[1, 2]", "no JSON object"),
    ('{"a":' * 5_000, "not JSON"),
    ({"title": 7}, "title"),
    (answered(scenes=[]), "scenes"),
    (answered(scenes=answered()["scenes"][:1]), "scenes"),
    (answered(scenes=[{"sentences": [], "visual_description": ""}] * 2), "sentences"),
    (answered(title="** **"), "title"),
    (with_sentence("  \x00 "), "scene 2, sentence 1 says nothing"),
    (with_sentence("?!"), "scene 2, sentence 1 says nothing"),
    (with_sentence(7), "scenes.1.sentences.0.text"),
    (with_sentence(source="S3"), "names source 'S3', and there are only S1, S2"),
    (with_sentence(source=3), "source"),
    (with_sentence("word " * 101), "more than 500"),
    (with_sentence("word " * 5_000), "scenes.1.sentences.0.text"),
    (answered(scenes=answered()["scenes"] * 31), "scenes"),
    (answered(scenes=answered()["scenes"] * 29), "more than 320"),
]


@pytest.mark.parametrize(("answer", "words"), NO_SCRIPTS)
def test_what_is_no_script_is_said_once_and_then_fails(
    asked: Asked, answer: object, words: str
) -> None:
    draft = asked.write(answer, answered())
    assert len(draft.scenes) == 3
    repair = asked.bodies[1]["messages"]
    assert [message["role"] for message in repair] == ["system", "user", "assistant", "user"]
    assert words in repair[3]["content"]
    error = asked.fails(answer, answer)
    assert isinstance(error, UnusableDraftError)
    assert error.problem.startswith("orbit-20261119-1: tiny-writer wrote no usable script")
    assert words in error.problem
    assert "writer.kind: extractive" in error.next_step
    assert len(asked.bodies) == 4


def test_no_sentence_with_a_source_is_no_script() -> None:
    scenes = [{"sentences": [{"text": "It is.", "source": None}], "visual_description": ""}] * 2
    with pytest.raises(UnusableTextError, match="no sentence says which source"):
        read_script(json.dumps(answered(scenes=scenes)), LABELS, 300)


def test_both_attempts_are_counted_also_when_they_fail(asked: Asked) -> None:
    once, twice = asked.write(answered()).authorship, asked.write("no", answered()).authorship
    assert twice.tokens_in > 2 * once.tokens_in
    assert twice.cost_usd > once.cost_usd
    once_wrong = Decimal(once.tokens_in + 10) / 1_000  # an answer of one word
    assert spent_usd(asked.fails("no", "no again")) > 2 * once_wrong
    asked.service.faults = [None, "length"]
    assert spent_usd(asked.fails("no", "cut")) > 2 * once_wrong
    asked.service.faults = ["length"]
    assert spent_usd(asked.fails("cut")) >= once_wrong
    asked.service.faults = [None, *["500"] * 4]
    assert spent_usd(asked.fails("no")) >= once_wrong


@pytest.mark.parametrize(
    ("fault", "kind"), [("401", PermanentError), ("404", PermanentError), ("500", TransientError)]
)
def test_what_the_service_says_is_passed_on(
    asked: Asked, fault: str, kind: type[YtempireError]
) -> None:
    asked.service.fault = fault
    error = asked.fails(answered())
    assert isinstance(error, kind)
    assert KEY not in str(error) or fault == "401"
    assert spent_usd(error) == 0


AROUND: Sequence[Callable[[str], str]] = (
    lambda text: f"```json\n{text}\n```",
    lambda text: f"Here is your script:\n\n{text}\n\nI hope {{you}} like it.",
    lambda text: f"<think>{{no}} hurry, {{'scenes': 1}}</think>{text}",
    lambda text: f"\ufeff {text}",
)


@pytest.mark.parametrize("around", AROUND)
def test_words_around_the_object_do_no_harm(around: Callable[[str], str]) -> None:
    text = json.dumps(answered())
    assert read_script(around(text), LABELS, 300) == read_script(text, LABELS, 300)


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("It is **very** big.", "It is very big."),
        ("## The *heart* of `it`", "The heart of it"),
        ("It sings [S1]. It dives (S1, S2).", "It sings. It dives."),
        ("<b>Big</b> and\x00\x1b[0m old", "Big and [0m old"),
        ("- It\n\n is\tbig", "It is big"),
        ("3 < 5 and 2 * 3 * 4 = 24", "3 < 5 and 2 * 3 * 4 = 24"),
        ("snake_case_name stays", "snake_case_name stays"),
        ("reve\u202ersed", "reve rsed"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("Cafe\u0301", "Café"),
    ],
)
def test_text_is_cleaned_of_markup(written: str, spoken: str) -> None:
    assert clean(written) == spoken


@given(st.text(max_size=300))
def test_any_answer_is_a_script_or_says_what_is_wrong(text: str) -> None:
    with pytest.raises(UnusableTextError) as caught:
        read_script(text, LABELS, 300)
    assert str(caught.value)


def test_hashtags_are_single_words_with_a_sign() -> None:
    tags = ["whale", "#Blue Whale", "##deep", "#", " ", "whale"]
    written = read_script(json.dumps(answered(hashtags=tags, tags=["a", "a", ""])), LABELS, 300)
    assert written.hashtags == ("#whale", "#BlueWhale", "#deep")
    assert written.tags == ("a",)


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_script_of_the_test_service_says_only_what_its_sources_say(language: str) -> None:
    with LanguageServers(Service(answer=scripted)) as servers:
        model = PooledModel(servers.urls, MODEL)
        draft = PromptedWriter(model, "openai_compatible").draft(
            replace(BRIEF, language=language), 40
        )
        texts = {document.document_id: document.text for document in BRIEF.documents}
        cited = [one for scene in draft.scenes for one in scene.sentences if one.document_id]
        assert len(cited) >= 3
        assert all(one.text in " ".join(texts[one.document_id or ""].split()) for one in cited)
        model.close()
