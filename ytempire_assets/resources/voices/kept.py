"""What a service was paid for is kept, so that it is not paid for again.

Belongs here: utterances by voice and text. A narration is spoken scene by scene; when the fifth
fails, the first four are found again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ytempire_assets.resources.storage.objects import DamagedObjectError
from ytempire_assets.speech.voice import SpokenWord, Utterance, Voice

if TYPE_CHECKING:
    from ytempire_assets.resources.storage.objects import ObjectStore

_VERSION = "1"


@dataclass(frozen=True, slots=True)
class KeptVoice:
    """A voice whose utterances are kept.

    Args:
        voice: Who speaks.
        objects: Where they are kept.
        identity: What beside the text decides how it sounds: model, voice, speed, language.
    """

    voice: Voice
    objects: ObjectStore
    identity: str

    @property
    def name(self) -> str:
        """The voice's own."""
        return self.voice.name

    def speak(self, text: str) -> Utterance:
        """Speaks a text, or finds what was spoken; that costs nothing."""
        import numpy as np

        digest = hashlib.sha256(f"{_VERSION}\n{self.identity}\n{text}".encode()).hexdigest()
        key = f"speech/{digest[:2]}/{digest}.utterance"
        kept = self._read(key)
        if kept is not None:
            return kept
        spoken = self.voice.speak(text)
        head = {
            "sample_rate_hz": spoken.sample_rate_hz,
            "words": [[word.text, word.start_s, word.end_s] for word in spoken.words],
        }
        sound = np.ascontiguousarray(spoken.samples, "<f4").tobytes()
        self.objects.write(key, json.dumps(head).encode() + b"\n" + sound)
        return spoken

    def _read(self, key: str) -> Utterance | None:
        import numpy as np

        try:
            content = self.objects.read(key)
            if content is None:
                return None
            head, _, sound = content.partition(b"\n")
            told = json.loads(head)
            words = tuple(SpokenWord(str(text), start, end) for text, start, end in told["words"])
            return Utterance(np.frombuffer(sound, "<f4"), int(told["sample_rate_hz"]), words)
        except (DamagedObjectError, ValueError, KeyError, TypeError):
            return None  # speaking it again is always right
