"""Answers that are kept for a while, so that the same question is not asked, or paid for, again.

Belongs here: how long each kind of answer lives, asking only once what several ask at the same
time, and a language model behind the cache. Where answers lie is ``answer_stores.py``. A cache that
does not work is a warning: everything still runs, and is asked anew.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ytempire_assets.fingerprints import canonical_json
from ytempire_assets.resources.answer_stores import (
    AnswerStore,
    FolderStore,
    RedisStore,
    StoreError,
)
from ytempire_assets.writing.language_model import ChatAnswer, ChatRequest, LanguageModel

if TYPE_CHECKING:
    from pydantic import SecretStr

Kind: TypeAlias = Literal["language", "video", "trends", "affiliate", "analytics"]

LIFE_S: Mapping[Kind, float] = MappingProxyType(
    {
        "language": 3_600,  # what a language model answered
        "video": 86_400,  # what a platform says about a video
        "trends": 1_800,  # what a source of signals says
        "affiliate": 7_200,  # what a shop says about a product
        "analytics": 300,  # figures that change all day
    }
)
"""How long an answer of each kind is kept, seconds."""

_REST_S = 30.0
"""A store that failed is left alone that long: a server that is away costs one time-out, not
many."""

_VERSION = 1

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer, and whether it was there already."""

    text: str
    reused: bool


class AnswerCache:
    """Keeps answers by their question.

    Args:
        store: Where they lie; None keeps nothing.
    """

    def __init__(self, store: AnswerStore | None) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._counts = {"hits": 0, "misses": 0}
        self._away_until = 0.0

    @property
    def hits(self) -> int:
        """Questions that were answered from here."""
        return self._counts["hits"]

    @property
    def misses(self) -> int:
        """Questions that had to be asked."""
        return self._counts["misses"]

    def answer(self, kind: Kind, question: Mapping[str, Any], ask: Callable[[], str]) -> Kept:
        """The kept answer to a question, or what ``ask`` says, which is kept.

        Whoever asks the same meanwhile, here or in another process, waits and gets that answer too.
        If ``ask`` raises, nothing is kept, and the next in line asks.

        Args:
            kind: Decides how long it is kept.
            question: Everything that decides the answer; JSON-like.
            ask: Asks.
        """
        words = canonical_json({"version": _VERSION, "kind": kind, "question": question})
        key = hashlib.sha256(words.encode(errors="surrogatepass")).hexdigest()
        text = self._get(key)
        if text is None:
            with self._alone(key):
                text = self._get(key)
                if text is None:
                    self._count("misses")
                    text = ask()
                    self._put(key, text, LIFE_S[kind])
                    return Kept(text, reused=False)
        self._count("hits")
        return Kept(text, reused=True)

    def close(self) -> None:
        """Closes files and connections."""
        if self._store is not None:
            self._store.close()

    def _count(self, what: str) -> None:
        with self._lock:
            self._counts[what] += 1

    def _get(self, key: str) -> str | None:
        if (store := self._reachable()) is None:
            return None
        try:
            found = store.get(key)
        except StoreError as error:
            self._warn(error)
            return None
        digest, _, text = (found or "").partition("\n")
        return text if digest == _digest(key, text) else None  # a damaged one counts as none

    def _put(self, key: str, text: str, life_s: float) -> None:
        if (store := self._reachable()) is None:
            return
        try:
            store.put(key, f"{_digest(key, text)}\n{text}", life_s)
        except StoreError as error:
            self._warn(error)

    @contextlib.contextmanager
    def _alone(self, key: str) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            if (store := self._reachable()) is not None:
                try:
                    stack.enter_context(store.alone(key))
                except StoreError as error:
                    self._warn(error)
            yield

    def _reachable(self) -> AnswerStore | None:
        with self._lock:
            return self._store if time.monotonic() >= self._away_until else None

    def _warn(self, error: StoreError) -> None:
        with self._lock:
            known = time.monotonic() < self._away_until
            self._away_until = time.monotonic() + _REST_S
        if not known:
            logger.warning("answers are asked anew: their cache does not work (%s)", error)


class CachedModel:
    """A language model whose answers are kept; see ``LanguageModel``.

    Everything of a request and the model's name is part of the question, the seed too: a script
    that is to be written anew has another seed and is asked for again.
    """

    def __init__(self, model: LanguageModel, cache: AnswerCache) -> None:
        self._model = model
        self._cache = cache

    @property
    def name(self) -> str:
        """That of the model."""
        return self._model.name

    @property
    def parallel(self) -> int:
        """That of the model."""
        return self._model.parallel

    def answer(self, request: ChatRequest) -> ChatAnswer:
        """The kept answer, which costs nothing, or the model's."""
        fresh: list[ChatAnswer] = []

        def ask() -> str:
            fresh.append(self._model.answer(request))
            given = fresh[0]
            return json.dumps([given.text, given.model, given.tokens_in, given.tokens_out])

        question = {"model": self._model.name, "request": dataclasses.asdict(request)}
        kept = self._cache.answer("language", question, ask)
        if fresh:
            return fresh[0]
        text, model, tokens_in, tokens_out = json.loads(kept.text)
        return ChatAnswer(text, model, tokens_in, tokens_out, Decimal(0), reused=True)


def open_cache(address: SecretStr | None, folder: Path, size_gb: float) -> AnswerCache:
    """The cache that the settings mean; nothing is opened before the first question.

    Args:
        address: Of a Redis server; None takes the folder.
        folder: Where answers lie without a server.
        size_gb: How large the folder may become; a server has a limit of its own.

    Raises:
        InvalidInputError: The address is none; it is not shown, since it may hold a password.
    """
    if address is not None and address.get_secret_value().strip():
        return AnswerCache(RedisStore(address))
    return AnswerCache(FolderStore(folder, int(size_gb * 1e9)))


def _digest(key: str, text: str) -> str:
    return hashlib.sha256(f"{key}\n{text}".encode(errors="surrogatepass")).hexdigest()[:32]
