"""Words that no advertiser wants beside them.

Belongs here: which words of a text are profane, or name what advertising is limited for. Profanity
and slurs come from the dictionaries of glin-profanity; the subjects follow YouTube's
advertiser-friendly content guidelines (https://support.google.com/youtube/answer/6162278).
"""

from __future__ import annotations

import json
import re
from functools import cache

from ytempire_assets.reading.language_tags import primary_subtag

_DICTIONARIES = {
    "en": "english", "de": "german", "fr": "french", "es": "spanish", "it": "italian",
    "pt": "portuguese", "nl": "dutch", "pl": "polish", "ru": "russian", "sv": "swedish",
    "tr": "turkish", "ar": "arabic", "ja": "japanese", "zh": "chinese", "ko": "korean",
}  # fmt: skip

_WITHOUT_SPACES = frozenset(("ja", "zh", "th"))

_ORDINARY = frozenset(
    "escort coon snatch suck sucks scat sex skeet intercourse genitals rectum panty pissed tosser "
    "sexual sexuality swastika twink kimme nackt rosette bonze mufti muschi popel fratze hooker "
    "lümmel orgasmus poppen ische tied up spic dick tit tits cock balls domination eunuch "
    "birds bees queer lesbian gay homosexual transgender nipple nipples nude nudity kill murder "
    "penis vagina breasts breast sperm semen".split()
)
"""Listed, but ordinary in a text about animals, history or people."""

_SUBJECTS = {
    "en": (
        "suicide bomb", "suicide method", "kill yourself", "self-harm", "beheading", "beheaded",
        "dismembered", "gore", "torture porn", "rape", "raped", "paedophile", "pedophile",
        "child abuse", "incest", "cocaine", "heroin", "crystal meth", "methamphetamine",
        "how to make a bomb", "pipe bomb", "school shooting", "mass shooting", "ethnic cleansing",
        "white power", "jihadist", "snuff film", "sex tape", "onlyfans", "escort service",
    ),
    "de": (
        "selbstmordattentat", "selbstverletzung", "enthauptung", "enthauptet", "vergewaltigung",
        "vergewaltigt", "kindesmissbrauch", "inzest", "kokain", "heroin", "bombe bauen",
        "amoklauf", "ethnische säuberung", "sextape",
    ),
}  # fmt: skip


def unsafe_words(text: str, language: str) -> tuple[str, ...]:
    """The words of a text that would cost its advertising, each once, in order.

    Args:
        text: Narration, title or description.
        language: BCP 47; English is always looked for as well.
    """
    found: dict[str, None] = {}
    for primary in dict.fromkeys(("en", primary_subtag(language))):
        for match in _pattern(primary).finditer(text):
            found.setdefault(match[0].lower())
    return tuple(found)


@cache
def _pattern(language: str) -> re.Pattern[str]:
    terms = [*_SUBJECTS.get(language, ()), *_profanity(language)]
    if not terms:
        return re.compile(r"(?!)")
    forms = "|".join(re.escape(term) for term in sorted(set(terms), key=len, reverse=True))
    # Languages without spaces have no word boundaries to look for.
    before, behind = ("", "") if language in _WITHOUT_SPACES else (r"(?<!\w)", r"(?!\w)")
    return re.compile(f"{before}(?:{forms}){behind}", re.IGNORECASE)


def _profanity(language: str) -> list[str]:
    from importlib.resources import files

    name = _DICTIONARIES.get(language)
    if name is None:
        return []
    path = files("glin_profanity") / "data" / "dictionaries" / f"{name}.json"
    words: list[str] = json.loads(path.read_text("utf-8"))["words"]
    return [word for word in words if word.lower() not in _ORDINARY and len(word) > 2]
