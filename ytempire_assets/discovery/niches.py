"""Niches: how well a story fits what channels are about.

Belongs here: the words of each niche and the match. A source whose settings name a niche needs no
match; for all others the words decide.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files

LEAST_FIT = 0.25
"""Below this a story belongs to no niche."""

_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_ENOUGH = 3.0
"""So many words of a niche make the fit complete."""


@cache
def shipped_niches() -> Mapping[str, frozenset[str]]:
    """The words of the niches that come with the project, by niche."""
    import yaml

    content = yaml.safe_load(files(__package__).joinpath("niches.yaml").read_text("utf-8"))
    return {niche: frozenset(words.split()) for niche, words in content.items()}


def niche_words(niche: str, extra: Iterable[str] = ()) -> frozenset[str]:
    """Words that belong to a niche: those shipped, its own name, and what a channel adds."""
    own = _words([niche.replace("-", " "), *extra])
    return shipped_niches().get(niche, frozenset()) | own


def fit(texts: Sequence[str], words: Collection[str]) -> float:
    """How well texts fit a niche, 0-1.

    Each different word of the niche in the first text, the title, counts one, in the others half;
    three are enough. A plural in -s counts as its singular.
    """
    if not texts:
        return 0.0
    title, rest = _words(texts[:1]), _words(texts[1:])
    hits = len(title & set(words)) + 0.5 * len((rest - title) & set(words))
    return min(1.0, hits / _ENOUGH)


def best_niche(texts: Sequence[str], niches: Iterable[str]) -> tuple[str, float]:
    """The niche that fits best, with its fit; an empty name where none reaches ``LEAST_FIT``."""
    fits = [(fit(texts, niche_words(niche)), niche) for niche in sorted(niches)]
    value, niche = max(fits, key=lambda pair: pair[0], default=(0.0, ""))
    return (niche, round(value, 3)) if value >= LEAST_FIT else ("", round(value, 3))


def _words(texts: Iterable[str]) -> set[str]:
    found = {word.casefold() for text in texts for word in _WORD.findall(text)}
    return found | {word[:-1] for word in found if word.endswith("s") and len(word) > 3}
