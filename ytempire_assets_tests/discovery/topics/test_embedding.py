"""Meanings join titles that share no word; a model folder gives them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ytempire_assets.discovery.signals import Signal
from ytempire_assets.discovery.topics.embedding import FolderEmbedder
from ytempire_assets.discovery.topics.merging import merge_signals
from ytempire_assets.errors import InvalidInputError

NOW = datetime(2026, 11, 19, 12, tzinfo=UTC)
STORIES = (
    ("Bank of England holds interest rates", "Londoner Notenbank ändert nichts"),
    ("Honeybees tell odd numbers from even", "蜜蜂能够区分奇偶"),
    ("Napping keeps memory sharp", "La sieste protège le cerveau des seniors"),
    ("Dockworkers shut Rotterdam", "Havenarbeiders leggen het werk neer"),
)


class KnownMeanings:
    """A direction for each of a few stories, with some noise, as a good model would give."""

    def embed(self, texts: Sequence[str]) -> Any:
        """See ``Embedder``."""
        chance = np.random.default_rng(0)
        rows = chance.normal(scale=0.05, size=(len(texts), 32)).astype(np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[next(at for at, story in enumerate(STORIES) if text in story)] += 1.0
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def signals() -> list[Signal]:
    usual = Signal("feeds", "", "", NOW, 1.0, "views", "total")
    return [
        replace(usual, item=f"{number}-{at}", title=title)
        for number, story in enumerate(STORIES)
        for at, title in enumerate(story)
    ]


def test_meanings_join_languages_that_share_no_word() -> None:
    assert len(merge_signals(signals())) == 2 * len(STORIES)
    topics = merge_signals(signals(), embedder=KnownMeanings())
    assert {frozenset(one.title for one in topic.signals) for topic in topics} == {
        frozenset(story) for story in STORIES
    }


def test_meanings_never_join_what_numbers_tell_apart() -> None:
    class OneMeaning:
        def embed(self, texts: Sequence[str]) -> Any:
            return np.ones((len(texts), 4), dtype=np.float32) / 2.0

    usual = Signal("feeds", "1", "iPhone 17 goes on sale", NOW, 1.0, "views", "total")
    both = [usual, replace(usual, item="2", title="iPhone 18 goes on sale")]
    assert len(merge_signals(both, embedder=OneMeaning())) == 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny BERT with random weights and a vocabulary of a few words."""
    from transformers import BertConfig, BertModel, BertTokenizer

    path = tmp_path_factory.mktemp("model")
    words = "[PAD] [UNK] [CLS] [SEP] [MASK] storm fire lisbon library bees".split()
    (path / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    tokenizer = BertTokenizer(vocab=str(path / "vocab.txt"))
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
    )
    BertModel(config).save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path


def test_a_folder_gives_unit_rows_that_depend_on_the_text_alone(folder: Path) -> None:
    embedder = FolderEmbedder(folder)
    texts = ["storm", "fire in the lisbon library, the storm and the bees", "", "storm"]
    rows = embedder.embed(texts)
    assert rows.shape == (4, 16)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, rtol=1e-5)
    np.testing.assert_allclose(rows[0], rows[3], rtol=1e-5)
    # Padding of a batch is not part of a text.
    np.testing.assert_allclose(embedder.embed(["storm"])[0], rows[0], atol=1e-5)
    assert abs(float(rows[0] @ rows[1])) < 0.999


def test_a_folder_may_ask_for_the_first_token(folder: Path) -> None:
    mean = FolderEmbedder(folder).embed(["storm in lisbon"])
    pooling = folder / "1_Pooling" / "config.json"
    pooling.parent.mkdir()
    pooling.write_text(json.dumps({"pooling_mode_cls_token": True}), encoding="utf-8")
    first = FolderEmbedder(folder).embed(["storm in lisbon"])
    pooling.unlink()
    pooling.parent.rmdir()
    assert not np.allclose(mean, first, atol=1e-3)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"config\.json is missing"):
        FolderEmbedder(tmp_path)
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InvalidInputError, match="cannot be read"):
        FolderEmbedder(tmp_path).embed(["storm"])
