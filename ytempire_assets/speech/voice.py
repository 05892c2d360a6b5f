"""What a voice is: text in, samples and word times out.

Belongs here: the protocol that every synthesiser follows and the values it returns.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """One word as written, with its punctuation, and when it is spoken (seconds)."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Utterance:
    """What a voice made of a text.

    Attributes:
        samples: Mono, float32 in [-1, 1], shape (n,).
        sample_rate_hz: Their rate.
        words: Every word of the text, in order, none left out.
        cost_usd: What a service charged for it.
    """

    samples: NDArray[np.float32]
    sample_rate_hz: int
    words: tuple[SpokenWord, ...]
    cost_usd: Decimal = Decimal(0)

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.sample_rate_hz


class Voice(Protocol):
    """A synthesiser set up with one voice.

    Several threads may speak with one voice at the same time, and what one says never changes what
    another hears; whether they then wait for each other is the voice's own affair.
    """

    @property
    def name(self) -> str:
        """Engine and voice, for rows and lineage."""

    def speak(self, text: str) -> Utterance:
        """Speaks a text.

        Returns:
            Samples that begin and end with the voice, see ``trimming``, and a time for every word
            of ``speakable(text)``.

        Raises:
            PermanentError: The text gives no sound.
        """


_SPACE = re.compile(r"\s+")


def speakable(text: str) -> str:
    """The text without what cannot be spoken.

    Control and format characters, emoji and other pictographs are dropped, white space becomes
    single spaces. Letters, digits, punctuation of every script and the degree sign stay.
    """
    kept = []
    for character in unicodedata.normalize("NFC", text):
        category = unicodedata.category(character)
        if category in ("Cc", "Zl", "Zp", "Zs"):
            kept.append(" ")
        elif character == "°" or category not in ("Cf", "Co", "Cs", "Cn", "So", "Sk"):
            kept.append(character)
    return _SPACE.sub(" ", "".join(kept)).replace("\ufe0f", "").strip()
