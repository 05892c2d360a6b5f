"""The real loading and drawing code of diffusers, on a pipeline so small that a CPU draws at once.

The model is random: its pictures show nothing, but they are made the way any model's are.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from ytempire_assets.errors import InvalidInputError, PermanentError, YtempireError
from ytempire_assets.resources.pictures import FoundPicture, PictureRequest, PictureResult
from ytempire_assets.resources.pictures.diffusion import DiffusersPictures
from ytempire_assets.resources.pictures.pipelines import drawn_size

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def library(name: str) -> Any:
    """A library by name: a type checker would read for a minute in ones of this size."""
    return importlib.import_module(name)


def tiny_parts(folder: Path) -> dict[str, Any]:
    """A latent diffusion model with thousands instead of billions of weights."""
    diffusers, transformers = library("diffusers"), library("transformers")
    library("torch").manual_seed(0)
    vocabulary = ["<|startoftext|>", "<|endoftext|>", *LETTERS, *(f"{c}</w>" for c in LETTERS)]
    folder.mkdir()
    (folder / "vocab.json").write_text(json.dumps({word: n for n, word in enumerate(vocabulary)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    text = transformers.CLIPTextConfig(
        vocab_size=len(vocabulary),
        hidden_size=8,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=16,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
    )
    return {
        "unet": diffusers.UNet2DConditionModel(
            sample_size=8,
            layers_per_block=1,
            block_out_channels=(8, 8),
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            cross_attention_dim=8,
            attention_head_dim=2,
            norm_num_groups=4,
        ),
        "vae": diffusers.AutoencoderKL(
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            block_out_channels=(4, 4, 4, 4),
            norm_num_groups=2,
        ),
        "text_encoder": transformers.CLIPTextModel(text),
        "tokenizer": transformers.CLIPTokenizer.from_pretrained(folder, model_max_length=16),
        "scheduler": diffusers.DDIMScheduler(steps_offset=1, clip_sample=False),
    }


def save_pipeline(folder: Path, parts: dict[str, Any], **checker: Any) -> Path:
    checked: dict[str, Any] = {
        "safety_checker": None,
        "feature_extractor": None,
        "requires_safety_checker": False,
        **checker,
    }
    pipeline = library("diffusers").StableDiffusionPipeline(**parts, **checked)
    pipeline.save_pretrained(folder, safe_serialization=True)
    return folder


@pytest.fixture(scope="module")
def shared_model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    torch = library("torch")
    threads = torch.get_num_threads()
    # On cores that other tests use too, torch's threads spend seconds waiting for each other.
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("diffusion")
    yield save_pipeline(folder / "tiny-painter", tiny_parts(folder / "tokenizer"))
    torch.set_num_threads(threads)


@pytest.fixture
def model(shared_model: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    return Path(shutil.copytree(shared_model, tmp_path / "tiny-painter"))


def painter(model: Path | str, **options: Any) -> DiffusersPictures:
    chosen: dict[str, Any] = {"device": "cpu", "steps": 2, "local_files_only": True, **options}
    return DiffusersPictures(str(model), **chosen)


def wanted(prompt: str, fingerprint: str, width: int = 256, height: int = 256) -> PictureRequest:
    return PictureRequest(prompt, prompt, "", width, height, fingerprint)


WHALE, ORCA, KRILL = wanted("a whale", "01"), wanted("an orca", "02"), wanted("krill", "03")


def drawn(results: Sequence[PictureResult]) -> list[FoundPicture]:
    assert all(isinstance(result, FoundPicture) for result in results), results
    return [result for result in results if isinstance(result, FoundPicture)]


def pixels(picture: FoundPicture) -> NDArray[np.uint8]:
    """(height, width, 3) RGB."""
    return np.asarray(Image.open(io.BytesIO(picture.data)).convert("RGB"))


def apart(first: FoundPicture, second: FoundPicture) -> float:
    """Mean difference of two pictures, levels of 0-255."""
    return float(np.abs(pixels(first).astype(int) - pixels(second).astype(int)).mean())


def the_error(source: DiffusersPictures) -> YtempireError:
    first, second = source.pictures([WHALE, ORCA])
    assert isinstance(first, YtempireError)
    assert second == first, "what is wrong with the model is wrong for every picture"
    return first


def test_a_picture_says_how_it_was_made(shared_model: Path) -> None:
    source = painter(shared_model, guidance=4.5, licence="CreativeML Open RAIL-M")
    (found,) = drawn(source.pictures([WHALE]))
    assert (found.suffix, found.width, found.height) == ("jpg", 256, 256)
    assert pixels(found).shape == (256, 256, 3)
    assert (found.origin, found.model) == ("generated", "tiny-painter")
    assert found.licence == "CreativeML Open RAIL-M"
    assert found.attribution == "Picture generated by tiny-painter"
    assert found.made_with == {
        "steps": 2,
        "guidance": 4.5,
        "seed": WHALE.seed,
        "dtype": "float32",
    }


def test_a_request_gives_the_same_picture_every_time(shared_model: Path) -> None:
    source = painter(shared_model)
    (first,), (again,) = drawn(source.pictures([WHALE])), drawn(source.pictures([WHALE]))
    (elsewhere,) = drawn(painter(shared_model).pictures([WHALE]))
    assert first == again == elsewhere
    (other,) = drawn(source.pictures([replace(WHALE, fingerprint="ff")]))
    assert other.picture_id != first.picture_id
    assert apart(other, first) > 10


def test_a_picture_does_not_depend_on_its_batch(shared_model: Path) -> None:
    alone = [drawn(painter(shared_model).pictures([one]))[0] for one in (WHALE, ORCA, KRILL)]
    tall = wanted("a mast", "04", height=288)
    for batch_size in (1, 2, 4):
        asked = [KRILL, tall, WHALE, ORCA]
        found = drawn(painter(shared_model, batch_size=batch_size).pictures(asked))
        assert [(one.width, one.height) for one in found] == [
            (request.width, request.height) for request in asked
        ]
        krill, _, whale, orca = found
        # Sums are taken in another order: a level of rounding, never another picture.
        for one, reference in zip((whale, orca, krill), alone, strict=True):
            assert apart(one, reference) < 0.5


def test_what_must_not_be_drawn_matters(shared_model: Path) -> None:
    source = painter(shared_model)
    asked = [WHALE, replace(WHALE, negative_prompt="boats")]
    with_boats, without = drawn(source.pictures(asked))
    assert apart(with_boats, without) > 0.1


def test_threads_share_one_pipeline(shared_model: Path) -> None:
    source = painter(shared_model)
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(source.pictures, [[WHALE], [ORCA]]))
    assert [drawn(one) for one in both] == [
        drawn(source.pictures([WHALE])),
        drawn(source.pictures([ORCA])),
    ]


def test_no_request_loads_no_model() -> None:
    assert painter("/nowhere").pictures([]) == []


@pytest.mark.parametrize(
    ("width", "height", "multiple"), [(1080, 1920, 16), (1920, 1080, 64), (1080, 1080, 16)]
)
def test_large_frames_are_drawn_smaller_in_their_shape(
    width: int, height: int, multiple: int
) -> None:
    drawn_width, drawn_height = drawn_size(wanted("", "", width, height), multiple, 1 << 20)
    assert drawn_width % multiple == drawn_height % multiple == 0
    assert 0.8 * (1 << 20) < drawn_width * drawn_height <= 1 << 20
    assert abs(drawn_width / drawn_height / (width / height) - 1) < 0.06


def test_memory_that_runs_out_halves_the_batch(shared_model: Path) -> None:
    source = painter(shared_model, batch_size=4)
    (reference,) = drawn(source.pictures([WHALE]))
    sizes: list[int] = []

    def full(_module: Any, inputs: tuple[Any, ...]) -> None:
        sizes.append(len(inputs[0]) // 2)  # guidance draws each picture twice
        if sizes[-1] > 1:
            raise library("torch").OutOfMemoryError

    assert source._loaded is not None
    source._loaded.pipeline.unet.register_forward_pre_hook(full)
    found = drawn(source.pictures([ORCA, KRILL, WHALE, ORCA]))
    assert apart(found[2], reference) < 0.5
    assert sizes[0] == 4
    sizes.clear()
    drawn(source.pictures([WHALE, ORCA, KRILL]))
    assert set(sizes) == {1}, "the smaller batch is kept"


def test_memory_for_not_even_one_picture_is_a_named_error(shared_model: Path) -> None:
    source = painter(shared_model, memory_budget_gb=1.5)
    source.pictures([WHALE])

    def full(_module: Any, _inputs: tuple[Any, ...]) -> None:
        raise library("torch").OutOfMemoryError

    assert source._loaded is not None
    hook = source._loaded.pipeline.unet.register_forward_pre_hook(full)
    for error in source.pictures([WHALE, ORCA]):
        assert isinstance(error, PermanentError)
        assert "1.5 GiB" in error.problem
    hook.remove()
    drawn(source.pictures([WHALE]))


def test_one_failing_prompt_loses_no_other_picture(shared_model: Path) -> None:
    source = painter(shared_model)
    (reference,) = drawn(source.pictures([ORCA]))

    def trip(_module: Any, _inputs: Any, named: dict[str, Any]) -> None:
        tokens = named["input_ids"] if "input_ids" in named else _inputs[0]
        if (tokens == 2 + LETTERS.index("x")).any():
            raise RuntimeError("cannot encode this")

    assert source._loaded is not None
    source._loaded.pipeline.text_encoder.register_forward_pre_hook(trip, with_kwargs=True)
    first, second, third = source.pictures([WHALE, wanted("xx", "05"), ORCA])
    assert isinstance(second, PermanentError)
    assert "cannot encode this" in second.problem
    assert apart(drawn([first, third])[1], reference) < 0.5


def test_what_the_safety_checker_withholds_is_an_error(tmp_path: Path) -> None:
    stable, transformers = library("diffusers.pipelines.stable_diffusion"), library("transformers")
    vision = {
        "hidden_size": 8,
        "intermediate_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "image_size": 32,
        "patch_size": 16,
    }
    config = transformers.CLIPConfig(vision_config=vision, projection_dim=8)
    checker = stable.StableDiffusionSafetyChecker(config)
    checker.concept_embeds_weights.data.fill_(-2.0)  # everything is closer than that
    model = save_pipeline(
        tmp_path / "prudish",
        tiny_parts(tmp_path / "tokenizer"),
        safety_checker=checker,
        feature_extractor=transformers.CLIPImageProcessor(
            size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}
        ),
        requires_safety_checker=True,
    )
    (withheld,) = painter(model).pictures([WHALE])
    assert isinstance(withheld, PermanentError)
    assert "safety checker" in withheld.problem
    assert "'a whale'" in withheld.problem


def test_an_overflow_to_black_is_an_error(shared_model: Path) -> None:
    source = painter(shared_model)
    source.pictures([WHALE])
    assert source._loaded is not None
    source._loaded.pipeline.vae.decoder.conv_out.bias.data.fill_(-1e9)
    (black,) = source.pictures([WHALE])
    assert isinstance(black, PermanentError)
    assert "came out black" in black.problem


class _Trap:
    """Unpickling it leaves a file behind."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return os.mkdir, (str(self.mark),)


@pytest.mark.parametrize(
    ("part", "safe", "pickled"),
    [
        ("unet", "diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.bin"),
        ("vae", "diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.bin"),
        ("text_encoder", "model.safetensors", "pytorch_model.bin"),
    ],
)
def test_pickled_weights_are_never_loaded(
    model: Path, tmp_path: Path, part: str, safe: str, pickled: str
) -> None:
    (model / part / safe).unlink()
    (model / part / pickled).write_bytes(pickle.dumps(_Trap(tmp_path / "sprung")))
    error = the_error(painter(model))
    assert isinstance(error, InvalidInputError)
    assert "pickled" in error.next_step
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("part", ["_class_name", "unet"])
def test_code_beside_a_model_is_never_run(model: Path, tmp_path: Path, part: str) -> None:
    folder = model if part == "_class_name" else model / part
    (folder / "custom.py").write_text(f"open({str(tmp_path / 'sprung')!r}, 'w').close()\n")
    index = json.loads((model / "model_index.json").read_text())
    index[part] = ["custom", "Mine"]
    (model / "model_index.json").write_text(json.dumps(index))
    error = the_error(painter(model))
    assert isinstance(error, InvalidInputError)
    assert "never run" in error.next_step
    assert not (tmp_path / "sprung").exists()


def remove_index(model: Path) -> None:
    (model / "model_index.json").unlink()


def cut_weights(model: Path) -> None:
    weights = model / "unet" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5000])


def widen(model: Path) -> None:
    file = model / "unet" / "config.json"
    file.write_text(
        file.read_text().replace('"cross_attention_dim": 8', '"cross_attention_dim": 6')
    )


@pytest.mark.parametrize("damage", [remove_index, cut_weights, widen])
def test_a_damaged_model_is_named(model: Path, damage: Callable[[Path], None]) -> None:
    damage(model)
    error = the_error(painter(model))
    assert isinstance(error, InvalidInputError)
    assert "tiny-painter" in error.problem
    assert "check the folder" in error.next_step


def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    error = the_error(painter(tmp_path / "missing"))
    assert "no folder" in error.problem
    error = the_error(painter("nobody/no-such-model"))
    assert "nobody/no-such-model" in error.problem
    assert "hf download nobody/no-such-model" in error.next_step


def test_a_model_that_draws_no_text_is_refused(tmp_path: Path) -> None:
    diffusers = library("diffusers")
    unet = diffusers.UNet2DModel(
        sample_size=8,
        block_out_channels=(8, 8),
        down_block_types=("DownBlock2D",) * 2,
        up_block_types=("UpBlock2D",) * 2,
        norm_num_groups=4,
        layers_per_block=1,
    )
    pipeline = diffusers.DDPMPipeline(unet, diffusers.DDPMScheduler())
    pipeline.save_pretrained(tmp_path / "faces")
    error = the_error(painter(tmp_path / "faces"))
    assert isinstance(error, InvalidInputError)
    assert "DDPMPipeline" in error.problem


def test_cuda_is_never_replaced_by_the_cpu(
    shared_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library("torch").cuda, "is_available", lambda: False)
    error = the_error(painter(shared_model, device="cuda"))
    assert isinstance(error, InvalidInputError)
    assert "CUDA device" in error.problem
    drawn(painter(shared_model, device="auto").pictures([WHALE]))


@pytest.mark.parametrize("module", ["torch", "diffusers", "transformers"])
def test_a_missing_extra_is_named(
    shared_model: Path, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    error = the_error(painter(shared_model))
    assert isinstance(error, InvalidInputError)
    assert "pip install 'ytempire-assets[local-ai]'" in error.next_step


def test_making_a_source_imports_nothing_heavy() -> None:
    code = (
        "import sys; from ytempire_assets.resources.pictures import diffusion, pexels;"
        "diffusion.DiffusersPictures('owner/model');"
        "print([m for m in ('torch', 'diffusers', 'PIL', 'numpy', 'requests') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
