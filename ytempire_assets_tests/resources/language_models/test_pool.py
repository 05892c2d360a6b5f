"""Several services as one model over real HTTP: who is asked, what is kept, every way they fail."""

from __future__ import annotations

import logging
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from pydantic import SecretStr

from ytempire_assets.errors import InvalidInputError, PermanentError, TransientError, YtempireError
from ytempire_assets.resources.language_models import RefusedKeyError, UnusableAnswerError
from ytempire_assets.resources.language_models.chat import Dialect, Prices, Said, asked_wait_s
from ytempire_assets.resources.language_models.exchange import AnswerTooLongError
from ytempire_assets.resources.language_models.pool import PooledModel
from ytempire_assets.writing.language_model import ChatAnswer, ChatMessage, ChatRequest
from ytempire_assets_tests.llm_answers import KEY, MODEL
from ytempire_assets_tests.llm_server import LanguageServers, Service

SCHEMA = {
    "type": "object",
    "properties": {"said": {"type": "string"}},
    "required": ["said"],
    "additionalProperties": False,
}


def asked(text: str = "hello") -> ChatRequest:
    messages = (ChatMessage("system", "be brief"), ChatMessage("user", text))
    return ChatRequest(messages, SCHEMA, "said", 100, temperature=0.7, seed=11)


def pooled(servers: LanguageServers, **options: Any) -> PooledModel:
    chosen: dict[str, Any] = {"deadline_s": 20.0, "first_pause_s": 0.01, **options}
    return PooledModel(servers.urls, MODEL, **chosen)


def all_of(model: PooledModel, count: int) -> list[str]:
    with ThreadPoolExecutor(model.parallel) as pool:
        return [
            answer.text
            for answer in pool.map(lambda number: model.answer(asked(str(number))), range(count))
        ]


def until(true: Callable[[], bool]) -> None:
    while not true():
        time.sleep(0.005)


def the_error(model: PooledModel) -> YtempireError:
    with pytest.raises(YtempireError) as caught:
        model.answer(asked())
    return caught.value


def test_an_answer_says_what_it_took() -> None:
    with LanguageServers() as servers:
        model = pooled(servers, prices=Prices(Decimal(2), Decimal(10)))
        assert model.answer(asked()) == ChatAnswer(
            '{"said": "hello"}', MODEL, tokens_in=3, tokens_out=2, cost_usd=Decimal("0.000026")
        )
        assert (model.name, model.parallel) == (f"openai_compatible:{MODEL}", 4)


def test_a_request_is_what_the_protocol_says() -> None:
    with LanguageServers(Service(key=KEY)) as servers:
        pooled(servers, key=SecretStr(KEY)).answer(asked())
        (request,) = servers.services[0].asked
        assert request.path == "/v1/chat/completions"
        assert request.headers["authorization"] == f"Bearer {KEY}"
        assert request.body == {
            "model": MODEL,
            "messages": [
                {"role": "system", "content": "be brief"},
                {"role": "user", "content": "hello"},
            ],
            "max_tokens": 100,
            "temperature": 0.7,
            "seed": 11,
            "stream": False,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "said", "strict": True, "schema": SCHEMA},
            },
        }


def test_work_is_shared_and_no_service_gets_more_than_its_slots() -> None:
    with LanguageServers(*(Service(latency_s=0.01) for _ in range(3))) as servers:
        texts = all_of(pooled(servers, slots=2), 60)
        assert texts == [f'{{"said": "{number}"}}' for number in range(60)]
        assert all(service.most_at_once == 2 for service in servers.services)
        assert all(len(service.asked) > 10 for service in servers.services)


@pytest.mark.parametrize(
    "fault", ["rubbish", "empty_object", "cut", "500", "503", "hang_all", "die"]
)
def test_one_that_fails_loses_nothing_and_nothing_is_paid_twice(fault: str) -> None:
    # One at a time fails at once; one that hangs takes half of a request's time, three times.
    services = (Service(), Service(fault=fault), Service())
    with LanguageServers(*services) as servers:
        model = pooled(servers, deadline_s=2.0 if fault == "hang_all" else 20.0)
        assert sorted(all_of(model, 40)) == sorted(f'{{"said": "{n}"}}' for n in range(40))
        assert set(servers.paid.values()) == {1}
        assert servers.paid.total() == 40
        model.close()


def test_a_request_that_was_failed_does_not_starve_behind_newer_ones() -> None:
    bad = Service(faults=["500"] * 6)
    with LanguageServers(bad, Service(latency_s=0.01)) as servers:
        model = pooled(servers, slots=1)
        with ThreadPoolExecutor(12) as pool:
            pool.map(model.answer, [asked(str(number)) for number in range(60)])
        order = [int(one.body["messages"][1]["content"]) for one in servers.services[1].asked]
        first = {int(one.body["messages"][1]["content"]) for one in bad.asked[:3]}
        assert all(order.index(number) < 24 for number in first & set(order))


def test_a_service_that_is_out_is_probed_tried_and_taken_back() -> None:
    ill = Service(faults=["500", "500", "500"])
    with LanguageServers(ill) as servers:
        model = pooled(servers)
        assert model.answer(asked()).text == '{"said": "hello"}'
        assert ill.probes == 1
        assert len(ill.asked) == 4
        assert all_of(model, 12)
        assert ill.probes == 1


def test_one_that_fails_its_trial_rests_longer(caplog: pytest.LogCaptureFixture) -> None:
    well, ill = Service(), Service(fault="rubbish")
    with LanguageServers(well, ill) as servers, caplog.at_level(logging.INFO):
        model = pooled(servers)
        while ill.probes < 3:
            all_of(model, 4)
        assert len(ill.asked) < 8, "three failures, then one on trial after each rest"
        ill.fault = None
        until(lambda: bool(all_of(model, 4)) and "is back in rotation" in caplog.text)
    assert "is out of rotation" in caplog.text


def test_a_service_that_is_down_at_start_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody else gets the port
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        error = the_error(PooledModel([url], MODEL, first_pause_s=0.01))
    assert isinstance(error, TransientError)
    assert url.split("/")[2] in error.problem
    assert "connection refused" in error.problem
    assert "YTEMPIRE_LLM_URLS" in error.next_step


def test_a_service_that_comes_later_is_waited_for() -> None:
    with LanguageServers() as servers:
        service = servers.services[0]
        servers.die(service)
        model = pooled(servers, first_pause_s=0.2)
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(model.answer, asked())
            servers.rise(service)
            assert answer.result().text == '{"said": "hello"}'


@pytest.mark.parametrize("fault", ["401", "403"])
def test_a_refused_key_is_not_tried_again_and_not_shown(fault: str) -> None:
    with LanguageServers(Service(fault=fault), Service(fault=fault)) as servers:
        error = the_error(pooled(servers, key=SecretStr(KEY)))
        assert isinstance(error, RefusedKeyError)
        assert "YTEMPIRE_LLM_KEY" in error.next_step
        assert fault in error.problem
        assert KEY not in str(error)
        assert sum(len(service.asked) for service in servers.services) == 1


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ("404", PermanentError, "has no model"),
        ("model_missing", PermanentError, "does not exist"),
        ("400", PermanentError, "cannot do that"),
        ("302", PermanentError, "sends on to another address"),
        ("quota", PermanentError, "exceeded your current quota"),
        ("big", AnswerTooLongError, "more than 1 MB"),
        ("length", UnusableAnswerError, "cut after 100 tokens"),
        ("refused", UnusableAnswerError, "cannot help with that"),
        ("nothing", UnusableAnswerError, "is empty"),
    ],
)
def test_what_asking_again_cannot_cure_is_asked_once(
    fault: str, kind: type[YtempireError], words: str
) -> None:
    with LanguageServers(Service(fault=fault)) as servers:
        error = the_error(pooled(servers, prices=Prices(Decimal(1_000_000), Decimal(0))))
        assert type(error) is kind
        assert words in error.problem
        assert len(servers.services[0].asked) == 1
        if isinstance(error, UnusableAnswerError):
            assert error.spent_usd == 3


def test_a_missing_model_names_model_and_setting() -> None:
    with LanguageServers(Service(fault="model_missing")) as servers:
        error = the_error(pooled(servers))
        assert f"'{MODEL}'" in error.problem
        assert "YTEMPIRE_LLM_MODEL" in error.next_step
        assert "writer.model" in error.next_step


def test_patience_is_given_as_long_as_it_is_asked_for() -> None:
    busy = Service(faults=["429"], retry_after="1")
    with LanguageServers(busy) as servers:
        model, started = pooled(servers), time.monotonic()
        model.answer(asked())
        assert time.monotonic() - started >= 1
        assert len(busy.asked) == 2
        assert busy.probes == 0, "it is well"


def test_others_work_while_one_asks_for_patience() -> None:
    busy = Service(fault="429", retry_after="3600")
    with LanguageServers(busy, Service()) as servers:
        assert len(all_of(pooled(servers), 30)) == 30
        assert len(busy.asked) <= 4


def test_patience_beyond_the_time_of_an_answer_is_an_error_at_once() -> None:
    with LanguageServers(Service(fault="429", retry_after="3600")) as servers:
        error = the_error(pooled(servers))
        assert isinstance(error, TransientError)
        assert "again in 3600 s" in error.problem
        assert len(servers.services[0].asked) == 1


@pytest.mark.parametrize("fault", ["hang", "drip", "drip_head"])
def test_no_answer_takes_longer_than_the_deadline(fault: str) -> None:
    with LanguageServers(Service(fault=fault)) as servers:
        error = the_error(pooled(servers, deadline_s=0.3))
        assert isinstance(error, TransientError)
        assert "did not answer in 0.3 s" in error.problem
        assert "YTEMPIRE_LLM_DEADLINE_S" in error.next_step
        assert len(servers.services[0].asked) == 1


def test_fields_that_a_model_refuses_are_changed_once() -> None:
    for fault, gone, there in (
        ("max_completion_tokens", "max_tokens", "max_completion_tokens"),
        ("no_temperature", "temperature", "max_tokens"),
    ):
        with LanguageServers(Service(fault=fault)) as servers:
            model = pooled(servers)
            assert len(all_of(model, 8)) == 8
            last = servers.services[0].asked[-1].body
            assert gone not in last
            assert there in last
            asked_before = len(servers.services[0].asked)
            model.answer(asked())
            assert len(servers.services[0].asked) == asked_before + 1


def test_a_refusal_about_something_else_changes_no_field() -> None:
    assert Dialect().after(Said("max_tokens is too large: 100000", "", "max_tokens")) is None
    assert Dialect().after(Said("Unsupported parameter: 'seed'")) == Dialect(
        without=frozenset({"seed"})
    )


def test_closing_ends_who_waits_and_who_is_answered() -> None:
    with LanguageServers(Service(fault="hang")) as servers:
        model = pooled(servers, slots=2)
        with ThreadPoolExecutor(6) as pool:
            waiting = [pool.submit(model.answer, asked(str(number))) for number in range(6)]
            until(lambda: len(servers.services[0].asked) == 2)
            model.close()
            for one in waiting:
                with pytest.raises(TransientError, match="was stopped"):
                    one.result()
        with pytest.raises(TransientError, match="was stopped"):
            model.answer(asked())
        assert len(servers.services[0].asked) == 2


WAITING = """
import sys
from ytempire_assets.resources.language_models.pool import PooledModel
from ytempire_assets.writing.language_model import ChatMessage, ChatRequest
model = PooledModel([sys.argv[1]], "tiny-writer", deadline_s=200)
try:
    model.answer(ChatRequest((ChatMessage("user", "hello"),), {}, "x", 100))
except KeyboardInterrupt:
    print("interrupted")
"""


def test_an_interrupt_ends_who_waits_at_once() -> None:
    with LanguageServers(Service(fault="hang")) as servers:
        process = subprocess.Popen(
            [sys.executable, "-c", WAITING, servers.urls[0]], stdout=subprocess.PIPE, text=True
        )
        until(lambda: len(servers.services[0].asked) == 1)
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=20)[0] == "interrupted\n"


def test_connections_are_kept() -> None:
    with LanguageServers(Service()) as servers:
        model = pooled(servers, slots=1)
        all_of(model, 10)
        assert servers.services[0].connections == 1


def test_what_is_wrong_with_each_service_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        down = f"127.0.0.1:{taken.getsockname()[1]}"
        with LanguageServers(Service(), Service(key=KEY)) as servers:
            urls = [*servers.urls, f"http://{down}/v1"]
            model, other = PooledModel(urls, MODEL), PooledModel(urls[:1], "another")
            assert list(model.problems().values()) == [
                "",
                "refuses the key (401): set YTEMPIRE_LLM_KEY",
                "does not answer (connection refused)",
            ]
            assert list(other.problems().values()) == [f"has no model another, but {MODEL}"]


def test_a_key_never_crosses_a_network_unencrypted() -> None:
    with pytest.raises(InvalidInputError) as caught:
        PooledModel(["http://10.0.0.7:8000/v1"], MODEL, key=SecretStr(KEY))
    assert "YTEMPIRE_LLM_KEY would cross the network unencrypted" in caught.value.problem
    assert KEY not in str(caught.value)
    PooledModel(["http://10.0.0.7:8000/v1"], MODEL)
    PooledModel(["https://api.example.com/v1", "http://[::1]:8000/v1"], MODEL, key=SecretStr(KEY))


@pytest.mark.parametrize(
    ("urls", "model", "key", "setting"),
    [
        ([], MODEL, None, "YTEMPIRE_LLM_URLS"),
        (["http://user:pass@host/v1"], MODEL, None, "YTEMPIRE_LLM_URLS"),
        (["http://host/v1?x=1"], MODEL, None, "YTEMPIRE_LLM_URLS"),
        (["http://127.0.0.1:1/v1"], " ", None, "YTEMPIRE_LLM_MODEL"),
        (["http://127.0.0.1:1/v1"], MODEL, "two words", "YTEMPIRE_LLM_KEY"),
    ],
)
def test_settings_that_cannot_be_used_are_named(
    urls: Sequence[str], model: str, key: str | None, setting: str
) -> None:
    with pytest.raises(InvalidInputError, match=setting) as caught:
        PooledModel(urls, model, key=SecretStr(key) if key else None)
    assert "two words" not in str(caught.value)


def test_the_key_is_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    with LanguageServers(Service(fault="500", key=KEY)) as servers, caplog.at_level(logging.DEBUG):
        error = the_error(pooled(servers, key=SecretStr(KEY)))
    assert KEY not in caplog.text + str(error)


@pytest.mark.parametrize(
    ("value", "seconds"), [("7", 7.0), ("", 0.0), ("soon", 0.0), ("-3", 0.0), ("1e400", 0.0)]
)
def test_retry_after_is_read_or_ignored(value: str, seconds: float) -> None:
    assert asked_wait_s({"retry-after": value}) == seconds


def test_threads_of_a_closed_pool_end() -> None:
    with LanguageServers(Service(fault="500")) as servers:
        before = set(threading.enumerate())
        model = pooled(servers, first_pause_s=0.05)
        the_error(model)
        model.close()
        until(lambda: set(threading.enumerate()) <= before)
