"""The real loading and speaking code of transformers, on a model that a CPU speaks with at once.

The model is random: it says nothing, but its sound and its durations are made as any model's are.
"""

from __future__ import annotations

import importlib
import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ytempire_assets.channels import VoiceSpec
from ytempire_assets.errors import InvalidInputError, PermanentError
from ytempire_assets.resources.gpu import GpuMemory
from ytempire_assets.resources.voices.desk import VoiceDesk
from ytempire_assets.resources.voices.vits import VitsModel, VitsVoice

TEXT = "Hello world — this is it, 42 don't."
LETTERS = "-abcdefghijklmnopqrstuvwxyz' "


def library(name: str) -> Any:
    """A library by name: a type checker would read for a minute in ones of this size."""
    return importlib.import_module(name)


def save_model(folder: Path, letters: str = LETTERS, **tokenizer: Any) -> Path:
    transformers = library("transformers")
    folder.mkdir()
    vocabulary = folder / "letters.json"
    vocabulary.write_text(json.dumps({letter: index for index, letter in enumerate(letters)}))
    options: dict[str, Any] = {"phonemize": False, "is_uroman": False, **tokenizer}
    transformers.VitsTokenizer(
        str(vocabulary), pad_token=letters[0], unk_token=letters[0], **options
    ).save_pretrained(folder)
    config = transformers.VitsConfig(
        vocab_size=len(letters),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        ffn_dim=16,
        flow_size=8,
        spectrogram_bins=9,
        prior_encoder_num_flows=1,
        prior_encoder_num_wavenet_layers=1,
        posterior_encoder_num_wavenet_layers=1,
        upsample_initial_channel=16,
        upsample_rates=[8, 8, 4],
        upsample_kernel_sizes=[16, 16, 8],
        resblock_kernel_sizes=[3],
        resblock_dilation_sizes=[[1, 3, 5]],
        depth_separable_num_layers=1,
        duration_predictor_flow_bins=4,
        duration_predictor_num_flows=1,
        duration_predictor_filter_channels=16,
        num_speakers=3,
        speaker_embedding_size=4,
        sampling_rate=16_000,
    )
    library("torch").manual_seed(0)
    transformers.VitsModel(config).save_pretrained(folder, safe_serialization=True)
    return folder


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    torch = library("torch")
    threads = torch.get_num_threads()
    # On cores that other tests use too, torch's threads spend seconds waiting for each other.
    torch.set_num_threads(1)
    yield save_model(tmp_path_factory.mktemp("vits") / "tiny-speaker")
    torch.set_num_threads(threads)


@pytest.fixture
def copy(shared: Path, tmp_path: Path) -> Path:
    """One that a test may damage."""
    return Path(shutil.copytree(shared, tmp_path / "tiny-speaker"))


def model(folder: Path | str, **options: Any) -> VitsModel:
    chosen: dict[str, Any] = {"device": "cpu", "local_files_only": True, **options}
    return VitsModel(str(folder), **chosen)


def test_every_word_has_the_time_that_the_model_gave_its_letters(shared: Path) -> None:
    spoken = VitsVoice(model(shared), "1").speak(TEXT)
    assert spoken.sample_rate_hz == 16_000
    assert [word.text for word in spoken.words] == TEXT.split()
    times = {word.text: word for word in spoken.words}
    assert times["—"].start_s == times["—"].end_s  # not in its vocabulary
    assert times["42"].start_s == times["42"].end_s
    starts = [word.start_s for word in spoken.words]
    assert starts == sorted(starts)
    assert spoken.words[-1].end_s == pytest.approx(spoken.duration_s, abs=0.15)
    longer, shorter = times["world"], times["is"]
    assert longer.end_s - longer.start_s > shorter.end_s - shorter.start_s


def test_words_move_with_the_pace_as_the_sound_does(shared: Path) -> None:
    kept = model(shared)
    slow, slower = (VitsVoice(kept, "0", speed).speak(TEXT) for speed in (0.2, 0.1))
    for one, other in zip(slow.words, slower.words, strict=True):
        assert other.start_s == pytest.approx(2 * one.start_s, abs=0.06 * slower.duration_s)


def test_the_same_text_gives_the_same_samples_and_chance_is_left_alone(shared: Path) -> None:
    torch = library("torch")
    kept = model(shared)
    voice = VitsVoice(kept, "1")
    alone = voice.speak(TEXT).samples
    torch.manual_seed(5)
    before = torch.get_rng_state()
    voice.speak(TEXT)
    assert torch.equal(torch.get_rng_state(), before)
    with ThreadPoolExecutor(4) as pool:
        together = list(
            pool.map(lambda text: voice.speak(text).samples, [TEXT, "abc", TEXT, "xyz"])
        )
    assert np.array_equal(together[0], alone)
    assert np.array_equal(together[2], alone)
    assert not np.array_equal(VitsVoice(kept, "2").speak(TEXT).samples[:800], alone[:800])


def test_speed_changes_the_length(shared: Path) -> None:
    kept = model(shared)
    slow, fast = (VitsVoice(kept, "0", speed).speak(TEXT).duration_s for speed in (0.5, 2.0))
    assert slow > 1.5 * fast


def test_the_desk_says_figures_in_words_and_keeps_one_model(shared: Path) -> None:
    desk = VoiceDesk(vits_device="cpu")
    spec = VoiceSpec(engine="vits", model=str(shared), voice="1")
    voice = desk.voice(spec, "en")
    words = {word.text: word for word in voice.speak(TEXT).words}
    assert words["42"].end_s > words["42"].start_s  # forty two
    assert desk.voice(spec, "en") == voice


@pytest.mark.parametrize("speaker", ["3", "-1", "alloy", "²"])
def test_an_unknown_speaker_is_named(shared: Path, speaker: str) -> None:
    with pytest.raises(InvalidInputError, match=r"voice\.voice is .* has speakers 0 to 2"):
        VitsVoice(model(shared), speaker).speak("hello")


@pytest.mark.parametrize("text", ["", "42 — 7", "你好"])
def test_nothing_to_say_is_an_error(shared: Path, text: str) -> None:
    with pytest.raises(PermanentError, match="finds nothing to say"):
        VitsVoice(model(shared)).speak(text)


def test_a_text_that_would_fill_the_memory_is_refused(shared: Path) -> None:
    with pytest.raises(InvalidInputError, match="too long"):
        VitsVoice(model(shared)).speak("word " * 500)


def test_pickled_weights_are_not_loaded(copy: Path) -> None:
    library("torch").save({}, copy / "pytorch_model.bin")
    (copy / "model.safetensors").unlink()
    with pytest.raises(InvalidInputError, match="cannot be loaded"):
        VitsVoice(model(copy)).speak("hello")


def test_another_kind_of_model_is_named(copy: Path) -> None:
    library("safetensors.torch").save_file(
        {"some.weight": library("torch").zeros(2)},
        copy / "model.safetensors",
        metadata={"format": "pt"},
    )
    with pytest.raises(InvalidInputError, match="is no VITS model"):
        VitsVoice(model(copy)).speak("hello")


def test_what_a_model_needs_and_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="no folder"):
        VitsVoice(model(tmp_path / "nowhere")).speak("hello")
    phonemes = save_model(tmp_path / "phonemes", phonemize=True)
    with pytest.raises(InvalidInputError, match="phonemizer is not installed"):
        VitsVoice(model(phonemes)).speak("hello")
    latin = save_model(tmp_path / "latin", is_uroman=True)
    with pytest.raises(InvalidInputError, match="uroman"):
        VitsVoice(model(latin)).speak("привет")
    assert VitsVoice(model(latin)).speak("hello").duration_s > 0


def test_without_a_card_cuda_is_refused_and_no_share_is_taken(shared: Path, tmp_path: Path) -> None:
    if library("torch").cuda.is_available():
        spoken = VitsVoice(model(shared, device="cuda", gpu=GpuMemory(tmp_path))).speak("hello")
        assert spoken.duration_s > 0
        return
    with pytest.raises(InvalidInputError, match="torch finds none"):
        VitsVoice(model(shared, device="cuda", gpu=GpuMemory(tmp_path))).speak("hello")
    VitsVoice(model(shared, device="auto", gpu=GpuMemory(tmp_path))).speak("hello")
    assert not list(tmp_path.glob("*.claim"))
