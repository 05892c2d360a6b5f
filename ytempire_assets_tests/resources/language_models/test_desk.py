"""From a channel's choice to its model: shared, behind the cache, and what is missing is named."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from ytempire_assets.channels import WriterSpec
from ytempire_assets.errors import InvalidInputError, TransientError
from ytempire_assets.resources.answer_cache import open_cache
from ytempire_assets.resources.language_models.desk import LanguageModelDesk
from ytempire_assets.writing.language_model import ChatMessage, ChatRequest
from ytempire_assets_tests.llm_answers import MODEL
from ytempire_assets_tests.llm_server import LanguageServers

FAR = WriterSpec(kind="openai_compatible")
REQUEST = ChatRequest((ChatMessage("user", "hello"),), {"type": "object"}, "x", 50)


def test_one_model_is_made_once_and_shared() -> None:
    desk = LanguageModelDesk(urls=["http://127.0.0.1:1/v1"], model=MODEL, slots=3)
    named = WriterSpec(kind="openai_compatible", model=MODEL, temperature=0.1)
    other = WriterSpec(kind="openai_compatible", model="another")
    assert desk.model(FAR) is desk.model(named)
    assert desk.model(FAR) is not desk.model(other)
    assert desk.model(other).name == "openai_compatible:another"
    assert desk.model(FAR).parallel == 3
    near = WriterSpec(kind="transformers", model="owner/model")
    small = WriterSpec(kind="transformers", model="owner/model", eight_bit=True)
    assert desk.model(near) is desk.model(near)
    assert desk.model(near) is not desk.model(small)
    assert desk.model(small).name == "transformers:owner/model in 8 bits"


@pytest.mark.parametrize(
    ("urls", "model", "setting"),
    [((), MODEL, "YTEMPIRE_LLM_URLS"), (("http://127.0.0.1:1/v1",), None, "YTEMPIRE_LLM_MODEL")],
)
def test_a_missing_setting_is_named(urls: tuple[str, ...], model: str | None, setting: str) -> None:
    with pytest.raises(InvalidInputError, match=f"{setting} is not set") as caught:
        LanguageModelDesk(urls=urls, model=model).model(FAR)
    assert "writer.kind: extractive" in caught.value.next_step


def test_answers_are_kept_and_counted(tmp_path: Path) -> None:
    cache = open_cache(None, tmp_path / "answers", 0.1)
    with LanguageServers() as servers:
        desk = LanguageModelDesk(
            urls=servers.urls, model=MODEL, price_in=Decimal(1_000_000), cache=cache
        )
        first, again = (desk.model(FAR).answer(REQUEST) for _ in range(2))
        assert (first.cost_usd, again.cost_usd) == (Decimal(1), Decimal(0))
        assert again.reused
        assert (cache.hits, len(servers.services[0].asked)) == (1, 1)
        assert desk.cache is cache
        desk.close()


def test_a_closed_desk_ends_its_models_and_makes_new_ones() -> None:
    with LanguageServers() as servers:
        desk = LanguageModelDesk(urls=servers.urls, model=MODEL)
        model = desk.model(FAR)
        desk.close()
        with pytest.raises(TransientError, match="was stopped"):
            model.answer(REQUEST)
        assert desk.model(FAR).answer(REQUEST).text == '{"said": "hello"}'


def test_the_default_writer_has_no_model() -> None:
    with pytest.raises(InvalidInputError, match="uses no language model"):
        LanguageModelDesk().model(WriterSpec())
