"""Speech by a VITS or MMS model in this process.

Belongs here: loading a model of transformers' ``VitsModel``, speaking with it, and when each word
is spoken: the model predicts a duration for every letter, which its answer leaves out and a hook on
its duration predictor keeps. Weights are read from safetensors files only, and code that lies
beside a model is never run. torch and transformers are the extra ``local-ai``; they are imported,
and a GPU is touched, only when the first text is spoken.

Texts are not batched: in a batch the noise, and with it the sound, would depend on the neighbours.

Source: Kim, Kong, Son, "Conditional Variational Autoencoder with Adversarial Learning for
End-to-End Text-to-Speech", 2021.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import importlib
import importlib.util
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ytempire_assets.errors import InvalidInputError, PermanentError
from ytempire_assets.resources.pictures.pipelines import first_line, unusable
from ytempire_assets.speech.trimming import has_sound, trimmed
from ytempire_assets.speech.voice import Utterance, speakable
from ytempire_assets.speech.word_times import timed_words

if TYPE_CHECKING:
    from ytempire_assets.resources.gpu import GpuMemory

_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)?")
_MAX_LETTERS = 2000
"""Memory grows with the square of it; a scene has a few hundred."""


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A model where it computes, its tokenizer, and the torch module."""

    model: Any
    tokenizer: Any
    torch: Any


class VitsModel:
    """One model, which is loaded once and kept; threads take turns with it.

    Args:
        model: Folder of a saved model, or its name on Hugging Face.
        device: ``auto`` takes a CUDA device when there is one; ``cuda`` insists on it.
        gpu: The card's memory, of which the share for speech is taken while speaking.
        local_files_only: Never ask the network; the model must be there already.
    """

    def __init__(
        self,
        model: str,
        *,
        device: Literal["auto", "cpu", "cuda"] = "auto",
        gpu: GpuMemory | None = None,
        local_files_only: bool = False,
    ) -> None:
        self.label = Path(model).name
        self._model = model
        self._device = device
        self._gpu = gpu
        self._local_files_only = local_files_only
        self._loaded: _Loaded | None = None
        self._turn = threading.Lock()

    def speak(self, text: str, speaker: str, speed: float) -> Utterance:
        """Speaks a text; the same text, speaker and speed always give the same samples.

        Args:
            text: Words; figures must be words already.
            speaker: Number of the speaker; anything where the model has one only.
            speed: 1 is the model's own.

        Raises:
            InvalidInputError: The model cannot be loaded, has no such speaker, or needs a library
                that is not there.
            PermanentError: It finds nothing to say.
        """
        with self._turn:
            torch = _library("torch")
            device = self._chosen_device(torch)
            with self._memory(device):
                loaded = self._loaded = self._loaded or self._load(torch, device)
                return self._spoken(loaded, speakable(text), speaker, speed)

    @contextlib.contextmanager
    def _memory(self, device: str) -> Iterator[None]:
        if self._gpu is None or device != "cuda":
            yield
            return
        with self._gpu.use("speech", self._unload):
            yield

    def _unload(self) -> None:
        """Gives the card's memory back; the next text loads the model anew."""
        if self._loaded is not None:
            torch, self._loaded = self._loaded.torch, None
            gc.collect()
            torch.cuda.empty_cache()

    def _chosen_device(self, torch: Any) -> str:
        if self._device == "cpu":
            return "cpu"
        if torch.cuda.is_available():
            return "cuda"
        if self._device == "cuda":
            raise InvalidInputError(
                "VITS is to speak on a CUDA device and torch finds none",
                "install the driver and torch's CUDA build, or set YTEMPIRE_VITS_DEVICE to auto "
                "or cpu",
            )
        return "cpu"

    def _load(self, torch: Any, device: str) -> _Loaded:
        transformers = _library("transformers")
        folder = Path(self._model).expanduser()
        if not folder.is_dir() and _HUB_NAME.fullmatch(self._model) is None:
            raise InvalidInputError(
                f"voice.model: there is no folder {self._model} with a VITS model",
                "correct the folder, or give a model's name on Hugging Face, such as owner/model",
            )
        source = str(folder) if folder.is_dir() else self._model
        # Its bars would run through the project's own.
        transformers.utils.logging.disable_progress_bar()
        options = {"local_files_only": self._local_files_only, "trust_remote_code": False}
        try:
            tokenizer = transformers.VitsTokenizer.from_pretrained(source, **options)
            model, report = transformers.VitsModel.from_pretrained(
                source, use_safetensors=True, output_loading_info=True, **options
            )
        except Exception as error:
            # Hub, file formats and model code fail in a dozen ways: the model cannot be used.
            raise unusable(self._model, error) from error
        if report["missing_keys"]:
            raise InvalidInputError(
                f"voice.model: {self._model} is no VITS model: "
                f"{len(report['missing_keys'])} of its weights are missing",
                "choose a model of transformers' VitsModel, such as one of MMS",
            )
        if tokenizer.phonemize and importlib.util.find_spec("phonemizer") is None:
            raise InvalidInputError(
                f"{self._model} reads phonemes, and phonemizer is not installed",
                "install it with: pip install phonemizer, or choose a model that reads letters",
            )
        return _Loaded(model.eval().to(device), tokenizer, torch)

    def _spoken(self, loaded: _Loaded, text: str, speaker: str, speed: float) -> Utterance:
        written = text.split()
        letters = [self._letters(loaded.tokenizer, word) for word in written]
        joined = " ".join(word for word in letters if word)
        if not joined:
            raise PermanentError(
                f"{self.label} finds nothing to say in '{text[:60]}'",
                "check the language of the text against the channel's voice.model",
            )
        if len(joined) > _MAX_LETTERS:
            raise InvalidInputError(
                f"a text of {len(joined)} letters is too long for {self.label}",
                f"keep each scene under {_MAX_LETTERS} letters",
            )
        samples, starts = self._sound(loaded, joined, speaker, speed)
        rate = int(loaded.model.config.sampling_rate)
        if not has_sound(samples):
            raise PermanentError(
                f"{self.label} gives no sound for '{text[:60]}'", "choose another voice.model"
            )
        begins: list[float | None] = []
        place = 0
        for word in letters:
            begins.append(starts[place] / rate if word else None)
            place += len(word) + 1 if word else 0
        return trimmed(Utterance(samples, rate, timed_words(written, begins, samples, rate)))

    def _letters(self, tokenizer: Any, word: str) -> str:
        """What the model reads of a word: letters that it knows."""
        if tokenizer.is_uroman and not word.isascii() and not importlib.util.find_spec("uroman"):
            raise InvalidInputError(
                f"{self.label} reads Latin letters only, and uroman, which writes others in them, "
                "is not installed",
                "install it with: pip install uroman",
            )
        prepared, _ = tokenizer.prepare_for_tokenization(word)
        return "".join(letter for letter in prepared if letter in tokenizer.encoder).strip()

    def _sound(
        self, loaded: _Loaded, joined: str, speaker: str, speed: float
    ) -> tuple[Any, Sequence[int]]:
        """Samples, and at which of them each letter begins."""
        torch, model, tokenizer = loaded.torch, loaded.model, loaded.tokenizer
        space = tokenizer.encoder.get(" ", tokenizer.encoder.get(tokenizer.pad_token, 0))
        ids = [tokenizer.encoder.get(letter, space) for letter in joined]
        step = 2 if tokenizer.add_blank else 1
        if tokenizer.add_blank:
            blanked = [0] * (2 * len(ids) + 1)
            blanked[1::2] = ids
            ids = blanked
        kept: list[Any] = []
        hook = model.duration_predictor.register_forward_hook(lambda *about: kept.append(about[2]))
        seed = int.from_bytes(hashlib.sha256(joined.encode()).digest()[:4], "big")
        devices = [model.device] if model.device.type == "cuda" else []
        try:
            # torch's own state of chance belongs to whoever else computes in this process.
            with torch.random.fork_rng(devices), torch.inference_mode():
                torch.manual_seed(seed)
                rate = model.speaking_rate * speed
                answer = model(
                    input_ids=torch.tensor([ids], device=model.device),
                    speaker_id=self._speaker(model, speaker),
                    speaking_rate=rate,
                )
        except RuntimeError as error:
            raise PermanentError(
                f"{self.label} cannot speak '{joined[:60]}' ({first_line(error)})",
                "shorten the scene, or choose another voice.model",
            ) from error
        finally:
            hook.remove()
        frames = torch.ceil(torch.exp(kept[0].float()) / rate)[0, 0].cpu().numpy()
        samples = answer.waveform[0].float().cpu().numpy()
        ends = frames.cumsum()
        hop = len(samples) / max(1.0, float(ends[-1]))
        # A letter begins with the blank before it: the model lets sounds begin there.
        begins = [0.0, *ends[step - 1 :: step]]
        return samples, [round(begin * hop) for begin in begins]

    def _speaker(self, model: Any, speaker: str) -> int | None:
        count = model.config.num_speakers
        if count <= 1:
            return None
        if not (speaker.isascii() and speaker.isdecimal() and int(speaker) < count):
            raise InvalidInputError(
                f"voice.voice is '{speaker}', and {self.label} has speakers 0 to {count - 1}",
                "set voice.voice to one of these numbers",
            )
        return int(speaker)


def _library(name: str) -> Any:
    """A library of the extra ``local-ai``, which most installations do without."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise InvalidInputError(
            f"voice.engine is vits, and {error.name or name} is not installed",
            "install it with: pip install 'ytempire-assets[local-ai]'",
        ) from error


@dataclass(frozen=True, slots=True)
class VitsVoice:
    """One speaker of a model; see ``Voice``.

    Attributes:
        model: The model.
        speaker: Number of the speaker, where it has several.
        speed: 1 is the model's own.
    """

    model: VitsModel
    speaker: str = "0"
    speed: float = 1.0

    @property
    def name(self) -> str:
        """Model and speaker."""
        return f"vits/{self.model.label}/{self.speaker}"

    def speak(self, text: str) -> Utterance:
        """Speaks a text; see ``VitsModel.speak``."""
        return self.model.speak(text, self.speaker, self.speed)
