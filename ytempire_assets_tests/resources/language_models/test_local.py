"""A model in this process: loaded by transformers, held to a schema, answered in batches.

The model is tiny and random: what it says is nonsense, but it is loaded and asked like any other.
"""

from __future__ import annotations

import json
import pickle
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ytempire_assets.errors import InvalidInputError, PermanentError, TransientError, YtempireError
from ytempire_assets.resources.gpu import GpuMemory
from ytempire_assets.resources.language_models import UnusableAnswerError
from ytempire_assets.resources.language_models.local import TransformersModel
from ytempire_assets.writing.draft_schema import answer_schema
from ytempire_assets.writing.language_model import ChatMessage, ChatRequest
from ytempire_assets_tests.tiny_language_model import library, save_language_model

SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "said": {"type": "string", "maxLength": 8},
        "cited": {"type": "array", "items": {"enum": ["S1", "S2"]}, "maxItems": 2},
    },
    "required": ["said", "cited"],
    "additionalProperties": False,
}
NO_SYSTEM = (
    "{% for message in messages %}{% if message.role == 'system' %}"
    "{{ raise_exception('System role not supported') }}{% endif %}"
    "<|{{ message.role }}|>{{ message.content }}<|end|>{% endfor %}<|assistant|>"
)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    torch = library("torch")
    threads = torch.get_num_threads()
    # On cores that other tests use too, torch's threads spend seconds waiting for each other.
    torch.set_num_threads(1)
    yield save_language_model(tmp_path_factory.mktemp("language") / "tiny-writer")
    torch.set_num_threads(threads)


@pytest.fixture
def copy(saved: Path, tmp_path: Path) -> Path:
    """One that a test may damage."""
    return Path(shutil.copytree(saved, tmp_path / "tiny-writer"))


@pytest.fixture(scope="module")
def shared(saved: Path) -> TransformersModel:
    return writer(saved)


def writer(folder: Path | str, **options: Any) -> TransformersModel:
    return TransformersModel(str(folder), **{"device": "cpu", "local_files_only": True, **options})


def asked(text: str, seed: int = 0, **options: Any) -> ChatRequest:
    chosen: dict[str, Any] = {"schema": SCHEMA, "max_tokens": 200, **options}
    messages = (ChatMessage("system", "be brief"), ChatMessage("user", text))
    return ChatRequest(messages, schema_name="said", seed=seed, **chosen)


def the_error(model: TransformersModel, request: ChatRequest | None = None) -> YtempireError:
    with pytest.raises(YtempireError) as caught:
        model.answer(request or asked("hello"))
    return caught.value


def network(model: TransformersModel) -> Any:
    assert model._loaded is not None
    return model._loaded.model


def is_loaded(model: TransformersModel) -> bool:
    return model._loaded is not None


def record_batches(model: TransformersModel, full_above: int = 1000) -> list[int]:
    """Sizes of the batches that its network sees; above a size memory runs out."""
    sizes: list[int] = []

    def look(_module: Any, _inputs: Any, named: dict[str, Any]) -> None:
        if named["input_ids"].shape[1] > 1:  # the question, not one more word of the answer
            sizes.append(named["input_ids"].shape[0])
        if named["input_ids"].shape[0] > full_above:
            raise library("torch").OutOfMemoryError

    network(model).register_forward_pre_hook(look, with_kwargs=True)
    return sizes


def test_every_answer_follows_its_schema(shared: TransformersModel) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(shared.answer, [asked("hello", seed) for seed in range(24)]))
    for answer in answers:
        jsonschema.validate(json.loads(answer.text), SCHEMA)
    assert len({answer.text for answer in answers}) > 12
    assert {answer.tokens_in for answer in answers} == {answers[0].tokens_in}
    assert all(answer.tokens_in > 5 and answer.tokens_out > 5 for answer in answers)
    assert answers[0].cost_usd == 0


def test_a_seed_gives_the_same_answer_alone_and_in_any_batch(shared: TransformersModel) -> None:
    requests = [asked("a" * (1 + 3 * seed), seed) for seed in range(6)]
    alone = [shared.answer(request).text for request in requests]
    with ThreadPoolExecutor(6) as pool:
        assert [answer.text for answer in pool.map(shared.answer, requests)] == alone


def test_temperature_nought_needs_no_seed(shared: TransformersModel) -> None:
    texts = {shared.answer(asked("hello", seed, temperature=0.0)).text for seed in range(3)}
    assert len(texts) == 1


def test_threads_are_answered_together(saved: Path) -> None:
    model = writer(saved, batch_size=4)
    model.answer(asked("hello"))
    sizes = record_batches(model)
    start = threading.Barrier(8)

    def ask(seed: int) -> str:
        start.wait()
        return model.answer(asked("hello", seed)).text

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(8)))
    assert sum(sizes) == 8
    assert max(sizes) > 1


def test_memory_that_runs_out_halves_the_batch(saved: Path) -> None:
    model = writer(saved, batch_size=8)
    reference = [model.answer(asked("hello", seed)).text for seed in range(4)]
    sizes = record_batches(model, full_above=1)
    results = model._answers([asked("hello", seed) for seed in range(4)])
    assert [getattr(result, "text", result) for result in results] == reference
    assert sizes == [4, 2, 1, 1, 2, 1, 1]
    assert model.parallel == 1, "the smaller batch is kept"


def test_memory_for_not_even_one_is_a_named_error(saved: Path) -> None:
    model = writer(saved)
    model.answer(asked("hello"))
    record_batches(model, full_above=0)
    error = the_error(model)
    assert isinstance(error, PermanentError)
    assert "16.0 GiB" in error.problem
    assert "writer.eight_bit" in error.next_step


def test_an_answer_that_is_too_long_is_an_error_and_harms_no_other(
    shared: TransformersModel,
) -> None:
    good, cut = asked("hello", 1), asked("hello", 2, max_tokens=3)
    first, second, third = shared._answers([good, cut, good])
    assert isinstance(second, UnusableAnswerError)
    assert "cut after 3 tokens" in second.problem
    assert getattr(first, "text", 1) == getattr(third, "text", 2)


def test_an_answer_of_exactly_the_longest_is_whole(shared: TransformersModel) -> None:
    answer = shared.answer(asked("hello", 5))
    assert shared.answer(asked("hello", 5, max_tokens=answer.tokens_out)) == answer


def test_a_question_that_is_too_long_is_an_error(shared: TransformersModel) -> None:
    error = the_error(shared, asked("x" * 3_000))
    assert isinstance(error, PermanentError)
    assert "2048" in error.problem
    assert "longer context" in error.next_step


def test_a_schema_that_cannot_be_followed_is_an_error(shared: TransformersModel) -> None:
    error = the_error(shared, asked("hello", schema={"type": "no such type"}))
    assert "cannot be followed" in error.problem


def test_the_schema_of_scripts_can_be_followed(shared: TransformersModel) -> None:
    error = the_error(shared, asked("hello", schema=answer_schema(["S1"]), max_tokens=40))
    assert "cut after 40 tokens" in error.problem, "nonsense has no end; the schema is understood"


def test_a_template_without_system_message_gets_it_with_the_question(tmp_path: Path) -> None:
    model = writer(save_language_model(tmp_path / "plain", template=NO_SYSTEM))
    assert json.loads(model.answer(asked("hello")).text)


@pytest.mark.parametrize(
    ("template", "words"),
    [(None, "has no chat template"), ("{{ no.such.thing }}", "chat template of")],
)
def test_a_template_that_cannot_be_used_is_named(
    tmp_path: Path, template: str | None, words: str
) -> None:
    folder = save_language_model(tmp_path / "base", template=template)
    error = the_error(writer(folder))
    assert isinstance(error, InvalidInputError)
    assert words in error.problem


class _Trap:
    """Unpickling it leaves a folder behind."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return Path.mkdir, (self.mark,)


def test_pickled_weights_are_never_loaded(copy: Path, tmp_path: Path) -> None:
    (copy / "model.safetensors").unlink()
    (copy / "pytorch_model.bin").write_bytes(pickle.dumps(_Trap(tmp_path / "sprung")))
    error = the_error(writer(copy))
    assert isinstance(error, InvalidInputError)
    assert "safetensors" in str(error)
    assert not (tmp_path / "sprung").exists()


def test_code_beside_a_model_is_never_run(copy: Path, tmp_path: Path) -> None:
    (copy / "custom.py").write_text(f"open({str(tmp_path / 'sprung')!r}, 'w').close()\n")
    config = json.loads((copy / "config.json").read_text())
    config["auto_map"] = {"AutoConfig": "custom.C", "AutoModelForCausalLM": "custom.M"}
    config["model_type"] = "unheard-of"
    (copy / "config.json").write_text(json.dumps(config))
    error = the_error(writer(copy))
    assert isinstance(error, InvalidInputError)
    assert not (tmp_path / "sprung").exists()


def test_a_damaged_model_is_named(copy: Path) -> None:
    weights = copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:3_000])
    error = the_error(writer(copy))
    assert isinstance(error, InvalidInputError)
    assert "tiny-writer" in error.problem


def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "no folder" in the_error(writer(tmp_path / "missing")).problem
    error = the_error(writer("nobody/no-such-model"))
    assert "hf download nobody/no-such-model" in error.next_step


def test_eight_bits_without_their_library_name_the_extra(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "bitsandbytes", None)
    error = the_error(writer(saved, eight_bit=True))
    assert isinstance(error, InvalidInputError)
    assert "writer.eight_bit" in error.problem
    assert "pip install 'ytempire-assets[eight-bit]'" in error.next_step


@pytest.mark.parametrize("missing", ["torch", "transformers", "llguidance"])
def test_missing_libraries_name_the_extra(
    saved: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    error = the_error(writer(saved))
    assert missing in error.problem
    assert "pip install 'ytempire-assets[local-ai]'" in error.next_step


def test_a_gpu_that_is_not_there_is_named(saved: Path) -> None:
    if not library("torch").cuda.is_available():
        assert "YTEMPIRE_LLM_DEVICE" in the_error(writer(saved, device="cuda")).problem


def test_without_a_gpu_its_memory_is_not_asked_for(saved: Path, tmp_path: Path) -> None:
    model = writer(saved, gpu=GpuMemory(tmp_path / "gpu", total_gb=1))
    assert json.loads(model.answer(asked("hello")).text)


def test_closing_ends_an_answer_and_lets_the_model_go(saved: Path) -> None:
    model = writer(saved)
    model.answer(asked("hello"))
    record_batches(model)
    begun = threading.Event()
    network(model).register_forward_pre_hook(lambda *_: begun.set())
    endless = {"type": "array", "items": {"type": "string"}, "minItems": 500}
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(model.answer, asked("hello", schema=endless, max_tokens=1_900))
        begun.wait()
        model.close()
        with pytest.raises(TransientError, match="was stopped"):
            waiting.result()
    assert not is_loaded(model)
    with pytest.raises(TransientError, match="was stopped"):
        model.answer(asked("hello"))


def test_closing_lets_an_idle_model_go(saved: Path) -> None:
    model = writer(saved)
    model.answer(asked("hello"))
    assert is_loaded(model)
    model.close()
    assert not is_loaded(model)


def test_making_one_imports_nothing_heavy() -> None:
    code = (
        "import sys; from ytempire_assets.resources.language_models import local, desk;"
        "local.TransformersModel('owner/model');"
        "print([m for m in ('torch', 'transformers', 'numpy', 'urllib3', 'diskcache', 'redis')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
