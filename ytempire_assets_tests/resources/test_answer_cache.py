"""Answers that are kept: in a folder and in a real Redis server, by threads and by processes."""

from __future__ import annotations

import logging
import os
import pickle
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from ytempire_assets.errors import InvalidInputError, TransientError
from ytempire_assets.resources import answer_stores
from ytempire_assets.resources.answer_cache import LIFE_S, AnswerCache, CachedModel, open_cache
from ytempire_assets.resources.answer_stores import AnswerStore, FolderStore, RedisStore
from ytempire_assets.writing.language_model import ChatAnswer, ChatMessage, ChatRequest
from ytempire_assets_tests.redis_server import RedisServer

QUESTION = {"city": "Köln", "day": 3}

ASKING = """
import sys, time
from pathlib import Path
from pydantic import SecretStr
from ytempire_assets.resources.answer_cache import open_cache
address, folder, mark, name, seconds = sys.argv[1:]
cache = open_cache(SecretStr(address), Path(folder), 0.1)
def ask():
    with open(mark, "a") as file:
        file.write(name + "\\n")
    time.sleep(float(seconds))
    return "from " + name
print(cache.answer("trends", {"city": "Köln", "day": 3}, ask).text)
"""


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(params=["folder", "redis"])
def address(request: pytest.FixtureRequest) -> str:
    """What the setting says: nothing, or a server that is empty."""
    if request.param == "folder":
        return ""
    server: RedisServer = request.getfixturevalue("redis_server")
    server.client().flushall()
    return server.address


@pytest.fixture
def store(address: str, tmp_path: Path) -> Iterator[AnswerStore]:
    made: AnswerStore = RedisStore(SecretStr(address)) if address else folder_store(tmp_path)
    yield made
    made.close()


def folder_store(tmp_path: Path, size_bytes: int = 10_000_000) -> FolderStore:
    return FolderStore(tmp_path / "answers", size_bytes)


def until(true: Callable[[], bool]) -> None:
    while not true():
        time.sleep(0.01)


def asking(address: str, tmp_path: Path, name: str, seconds: float) -> subprocess.Popen[str]:
    """A process that asks for ``QUESTION``, taking so long to find the answer."""
    mark = tmp_path / "asked"
    return subprocess.Popen(
        [sys.executable, "-c", ASKING, address, tmp_path / "answers", mark, name, str(seconds)],
        stdout=subprocess.PIPE,
        text=True,
    )


def asked(tmp_path: Path) -> list[str]:
    mark = tmp_path / "asked"
    return mark.read_text().split() if mark.exists() else []


def test_a_question_is_asked_once(store: AnswerStore) -> None:
    cache, calls = AnswerCache(store), []

    def ask() -> str:
        calls.append(1)
        return "a\nb \u2028 😀 " + "long " * 20_000

    first, again = (cache.answer("trends", QUESTION, ask) for _ in range(2))
    assert (first.reused, again.reused) == (False, True)
    assert first.text == again.text
    assert (cache.hits, cache.misses, len(calls)) == (1, 1, 1)
    assert AnswerCache(store).answer("trends", QUESTION, ask).reused, "also for who comes later"


def test_everything_of_a_question_counts(store: AnswerStore) -> None:
    cache = AnswerCache(store)
    for kind, question in (
        ("trends", QUESTION),
        ("video", QUESTION),
        ("trends", {**QUESTION, "day": 4}),
        ("trends", {**QUESTION, "day": "3"}),
    ):
        assert not cache.answer(kind, question, lambda: "x").reused  # type: ignore[arg-type]
    assert cache.answer("trends", dict(reversed(QUESTION.items())), lambda: "y").reused


def test_lives_are_those_of_the_features() -> None:
    hours = {kind: seconds / 3600 for kind, seconds in LIFE_S.items()}
    assert hours == {
        "language": 1,
        "video": 24,
        "trends": 0.5,
        "affiliate": 2,
        "analytics": pytest.approx(5 / 60),
    }


def test_an_answer_ends_with_its_life(store: AnswerStore) -> None:
    store.put("k", "text", 0.3)
    assert store.get("k") == "text"
    until(lambda: store.get("k") is None)


def test_a_failure_is_not_kept(store: AnswerStore) -> None:
    cache = AnswerCache(store)

    def fail() -> str:
        raise TransientError("no", "wait")

    with pytest.raises(TransientError):
        cache.answer("trends", QUESTION, fail)
    assert cache.answer("trends", QUESTION, lambda: "well").text == "well"


def test_threads_that_ask_the_same_ask_once(store: AnswerStore) -> None:
    cache, calls, start = AnswerCache(store), [], threading.Barrier(6)

    def ask() -> str:
        calls.append(1)
        time.sleep(0.1)
        return "once"

    def want(_number: int) -> str:
        start.wait()
        return cache.answer("trends", QUESTION, ask).text

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(want, range(6))) == {"once"}
    assert (len(calls), cache.hits, cache.misses) == (1, 5, 1)


def test_other_questions_do_not_wait(store: AnswerStore) -> None:
    cache, both = AnswerCache(store), threading.Barrier(2, timeout=20)

    def ask() -> str:
        both.wait()  # passes only if the other is asking at the same time
        return "x"

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda number: cache.answer("trends", {"n": number}, ask), range(2)))


def test_processes_that_ask_the_same_ask_once(address: str, tmp_path: Path) -> None:
    processes = [asking(address, tmp_path, name, 0.3) for name in ("first", "second")]
    texts = {process.communicate(timeout=60)[0] for process in processes}
    assert len(texts) == len(asked(tmp_path)) == 1


def test_a_holder_that_is_killed_lets_the_next_one_ask(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder = asking(address, tmp_path, "killed", 3_600)
    until(lambda: asked(tmp_path) == ["killed"])
    if address:
        # Its lease has seconds to run: as if they had passed.
        server = RedisStore(SecretStr(address))
        (name,) = server._client.keys("ytempire:answer:lock:*")
        os.kill(holder.pid, signal.SIGKILL)
        holder.communicate()
        server._client.pexpire(name, 50)
    else:
        os.kill(holder.pid, signal.SIGKILL)
        holder.communicate()
    after = asking(address, tmp_path, "next", 0)
    assert after.communicate(timeout=60)[0] == "from next\n"


def test_a_lease_is_renewed_and_only_its_holder_ends_it(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer_stores, "_LOCK_S", 0.3)
    server = RedisStore(SecretStr(redis_server.address))
    client = redis_server.client()
    name = "ytempire:answer:lock:k"
    with server.alone("k"):
        token = client.get(name)
        renewed = time.monotonic() + 0.6
        until(lambda: time.monotonic() > renewed)
        assert client.get(name) == token
        client.set(name, "another's")
    assert client.get(name) == "another's"
    client.delete(name)


def test_a_folder_keeps_to_its_size(tmp_path: Path) -> None:
    store = folder_store(tmp_path, size_bytes=2_000_000)
    for number in range(60):
        store.put(str(number), "x" * 100_000, 3_600)
    stored = sum(file.stat().st_size for file in (tmp_path / "answers").rglob("*.val"))
    assert stored < 3_000_000
    assert store.get("59") is not None
    assert store.get("0") is None


class _Trap:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return os.mkdir, (str(self.mark),)


@pytest.mark.parametrize("in_file", [False, True])
def test_a_pickle_in_the_folder_is_never_read(tmp_path: Path, in_file: bool) -> None:
    store = folder_store(tmp_path)
    cache = AnswerCache(store)
    cache.answer("trends", QUESTION, lambda: "good")
    trap, folder = pickle.dumps(_Trap(tmp_path / "sprung")), tmp_path / "answers"
    (folder / "trap.val").write_bytes(trap)
    with sqlite3.connect(folder / "cache.db") as database:
        name, value = ("trap.val", None) if in_file else (None, trap)
        database.execute("UPDATE Cache SET mode = 4, filename = ?, value = ?", (name, value))
    store.close()
    again = AnswerCache(folder_store(tmp_path))
    kept = again.answer("trends", QUESTION, lambda: "asked anew")
    assert (kept.text, kept.reused) == ("asked anew", False)
    assert again.answer("trends", QUESTION, lambda: "no").text == "asked anew"
    assert not (tmp_path / "sprung").exists()


def test_damaged_answers_count_as_none(store: AnswerStore, tmp_path: Path) -> None:
    cache = AnswerCache(store)
    cache.answer("trends", QUESTION, lambda: "good " * 20_000)
    if isinstance(store, FolderStore):
        (file,) = (tmp_path / "answers").rglob("*.val")
        file.write_bytes(b"\xff\xfe half of it")
    else:
        assert isinstance(store, RedisStore)
        (name,) = store._client.keys("*")
        store._client.set(name, store._client.get(name)[:50])
    assert cache.answer("trends", QUESTION, lambda: "anew").text == "anew"
    assert cache.answer("trends", QUESTION, lambda: "no").text == "anew"


def test_a_missing_file_counts_as_none(tmp_path: Path) -> None:
    store = folder_store(tmp_path)
    store.put("k", "x" * 100_000, 60)
    (file,) = (tmp_path / "answers").rglob("*.val")
    file.unlink()
    assert store.get("k") is None


def test_a_damaged_folder_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "answers"
    folder.mkdir()
    (folder / "cache.db").write_bytes(b"no database" * 1000)
    cache = open_cache(None, folder, 0.1)
    assert cache.answer("trends", QUESTION, lambda: "x").text == "x"
    assert "their cache does not work" in caplog.text


def test_nothing_is_opened_before_the_first_question(tmp_path: Path) -> None:
    cache = open_cache(None, tmp_path / "answers", 0.1)
    cache.close()
    assert not (tmp_path / "answers").exists()


def test_a_server_that_is_away_is_one_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RedisServer(tmp_path) as server:
        address = server.address.replace("redis://", "redis://:pass-word-7@")
        cache = open_cache(SecretStr(server.address), tmp_path, 0.1)
        assert not cache.answer("trends", QUESTION, lambda: "kept").reused
        server.stop()
        for number in range(5):
            assert cache.answer("trends", {"n": number}, lambda: "asked").text == "asked"
        assert caplog.text.count("their cache does not work") == 1
        assert str(server.port) in caplog.text
        other = open_cache(SecretStr(address), tmp_path, 0.1)
        other.answer("trends", QUESTION, lambda: "asked")
        assert "pass-word-7" not in caplog.text


@pytest.mark.parametrize(
    "value",
    [
        "localhost:6379",
        "http://127.0.0.1:6379",
        "redis://",
        "redis://host:port/0",
        "redis://host/zero",
        "redis://host/0?health_check_interval=3",
        "redis://:pass-word-7@host:99999",
    ],
)
def test_what_is_no_address_is_an_error(tmp_path: Path, value: str) -> None:
    with pytest.raises(InvalidInputError, match="YTEMPIRE_CACHE") as caught:
        open_cache(SecretStr(value), tmp_path, 0.1)
    assert "pass-word-7" not in str(caught.value)


class _Counted:
    """A language model that counts."""

    name, parallel = "counted:one", 3

    def __init__(self) -> None:
        self.asked = 0

    def answer(self, request: ChatRequest) -> ChatAnswer:
        assert request.messages
        self.asked += 1
        return ChatAnswer(f"answer {self.asked}", "one", 10, 20, Decimal("0.5"))


def test_a_model_behind_the_cache_is_paid_once(store: AnswerStore) -> None:
    model = _Counted()
    cached = CachedModel(model, AnswerCache(store))
    request = ChatRequest((ChatMessage("user", "hello"),), {"type": "object"}, "x", 100)
    assert cached.answer(request) == ChatAnswer("answer 1", "one", 10, 20, Decimal("0.5"))
    assert cached.answer(request) == ChatAnswer("answer 1", "one", 10, 20, Decimal(0), reused=True)
    changes: list[dict[str, Any]] = [
        {"seed": 1},
        {"temperature": 0.1},
        {"max_tokens": 101},
        {"schema": {"type": "array"}},
        {"messages": (ChatMessage("system", "hello"),)},
    ]
    for change in changes:
        assert not cached.answer(replace(request, **change)).reused
    assert model.asked == 1 + len(changes)
    assert (cached.name, cached.parallel) == ("counted:one", 3)


def test_another_model_is_another_question(tmp_path: Path) -> None:
    request = ChatRequest((ChatMessage("user", "hello"),), {}, "x", 100)
    cache, one, other = AnswerCache(folder_store(tmp_path)), _Counted(), _Counted()
    other.name = "counted:other"
    CachedModel(one, cache).answer(request)
    assert not CachedModel(other, cache).answer(request).reused


def test_no_cache_keeps_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    cache = AnswerCache(None)
    assert not any(cache.answer("trends", QUESTION, lambda: "x").reused for _ in range(2))
    assert not caplog.records
