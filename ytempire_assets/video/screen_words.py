"""The few words that every video shows, in each language that channels are made in.

Belongs here: fixed words on the picture. What a video is about comes with its scenes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ytempire_assets.reading.language_tags import primary_subtag


@dataclass(frozen=True, slots=True)
class ScreenWords:
    """Words of one language.

    Attributes:
        source: Before a scene's source.
        sources: Heading of all sources.
        follow: Before the channel's handle.
        synthetic_voice: What speaks; ``{engine}`` stands for its name.
        cards: Who drew the cards.
        music: Who made the music.
    """

    source: str
    sources: str
    follow: str
    synthetic_voice: str
    cards: str
    music: str


_WORDS: Mapping[str, ScreenWords] = MappingProxyType(
    {
        "en": ScreenWords(
            "Source",
            "Sources",
            "Follow",
            "Synthetic voice ({engine})",
            "cards drawn by software",
            "music played by software",
        ),
        "de": ScreenWords(
            "Quelle",
            "Quellen",
            "Folge",
            "Künstliche Stimme ({engine})",
            "Karten von Software gezeichnet",
            "Musik von Software gespielt",
        ),
    }
)


def screen_words(language: str) -> ScreenWords:
    """The words of a language (BCP 47); English where there are none of its own."""
    return _WORDS.get(primary_subtag(language), _WORDS["en"])
