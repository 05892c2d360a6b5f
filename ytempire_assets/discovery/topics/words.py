"""Words reduced to what they share with their other forms: keys that titles are compared by.

Belongs here: folding, stemming, letter pairs of scripts without spaces, and which words say little.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

_STEMMERS = {
    "ar": "arabic",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "fa": "persian",
    "fi": "finnish",
    "fr": "french",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "ne": "nepali",
    "nl": "dutch",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}
_NAMES_INFLECT = frozenset("cs el fi hi hu hy lt ne pl ru sr ta tr".split())
"""Languages whose proper names take endings of case, so that only a stem meets its other forms."""

_TITLE_WORDS = frozenset(
    (
        "official video trailer teaser clip full highlights highlight review reviews reaction"
        " live lyrics lyric letra letras visualizer mv audio gameplay playlist music episode"
        " breaking news update updates explained explainer recap hd 4k ft feat featuring vs v"
        " watch exclusive shorts short vlog podcast interview tutorial guide tips top best worst"
        " easy quick simple beginner beginners ultimate complete course minutes hours seconds"
        " day days week year years today tonight tomorrow yesterday now latest first look report"
        " reports study says said according announces announced announcement reveals revealed"
        " confirms confirmed know need things ways reasons why how what when part season series"
        " show hn ask eli5 til psa resumen goles vídeo oficial tráiler avance última hora hoy"
        " directo mejores momentos cómo hacer offiziell ganze folge heute aktuell erklärt tipps"
        " kritik bande annonce officielle résumé direct aujourd'hui recette facile comment faire"
        " resumo gols melhores ao vivo hoje receita como fazer ufficiale diretta oggi ricetta"
        " sintesi"
        " официальный трейлер обзор сегодня видео 予告 公式 動画"
        " 速報 简单 官方 预告 视频 रिव्यू वीडियो लाइव عاجل فيديو"
    ).split()
)
"""Words that say what kind of page a title leads to, not what it tells."""

_LETTERS = re.compile(r"[^a-z0-9]+")
_KANA_ONLY = re.compile("[\u3040-\u309f\u30fc]+\\Z")
_STRETCH = re.compile("[\u30a1-\u30fa\u30fc]+|[\u3040-\u309f]+|[^\u3040-\u30ff]+")
_KATAKANA = re.compile("[\u30a1-\u30fa]")
_ARABIC_LIKE = re.compile("[\u0590-\u06ff\u0750-\u077f]")


@lru_cache(maxsize=1 << 17)
def folded(word: str) -> str:
    """A word without case and accents, in Latin letters where its script is an alphabet.

    So that a name that several scripts spell alike has one form. Hebrew and Arabic leave out
    vowels, and a transcription without them meets no other, so they keep their letters.
    """
    lower = word.casefold()
    if lower.isascii() or _ARABIC_LIKE.search(lower):
        return lower
    from anyascii import anyascii

    return _LETTERS.sub("", anyascii(lower).lower()) or lower


@lru_cache(maxsize=1 << 17)
def stem_of(word: str, language: str) -> str:
    """The folded stem of a word (Snowball, M. F. Porter), or the folded word without a stemmer."""
    stemmer = _stemmer(language)
    lower = word.casefold()
    return folded(str(stemmer.stemWord(lower)) if stemmer else lower)


@lru_cache(maxsize=1 << 17)
def name_key(word: str, language: str) -> str:
    """The key of a word of a name: the same in every language that does not inflect names."""
    if language in _NAMES_INFLECT:
        return stem_of(word, language)
    key = folded(word)
    # Only the plural or genitive s goes: Lakers and Laker, Merkel and Merkels.
    return key[:-1] if len(key) > 4 and key.endswith("s") and not key.endswith("ss") else key


@lru_cache(maxsize=1 << 17)
def is_weak(word: str, language: str) -> bool:
    """Whether a word tells little of a story, in its language or in English.

    Lists of stopwords-iso and, beside them, the words that titles of every kind share.
    """
    lower = word.casefold()
    if len(lower) == 1:
        return True
    return lower in _TITLE_WORDS or lower in _stop_words(language) or lower in _stop_words("en")


def is_title_word(word: str) -> bool:
    """Whether a word says what kind of page a title leads to, in capitals too: HD, Show HN."""
    return word.casefold() in _TITLE_WORDS


def run_keys(run: str, language: str) -> list[tuple[str, bool, bool]]:
    """The keys of letters that are written without spaces.

    Overlapping pairs, as Lucene's CJKAnalyzer has them; Katakana, which spells foreign names, stays
    whole.

    Args:
        run: Letters only.
        language: Its language.

    Returns:
        Each key with whether it tells little, and whether it is a whole foreign word.
    """
    keys: list[tuple[str, bool, bool]] = []
    for stretch in _STRETCH.findall(run):
        whole = _is_katakana(stretch)
        if len(stretch) == 1 or whole:
            pieces = [stretch]
        else:
            pieces = [stretch[at : at + 2] for at in range(len(stretch) - 1)]
        for piece in pieces:
            weak = len(piece) == 1 or _KANA_ONLY.match(piece) is not None
            weak = weak or piece in _stop_words(language) or piece in _TITLE_WORDS
            keys.append((piece, weak, whole and len(piece) > 2))
    return keys


def _is_katakana(run: str) -> bool:
    """Whether a run begins with Katakana."""
    return _KATAKANA.match(run) is not None


@cache
def _stop_words(language: str) -> frozenset[str]:
    import stopwordsiso

    return frozenset(stopwordsiso.stopwords(language) if stopwordsiso.has_lang(language) else ())


@cache
def _stemmer(language: str) -> Any:
    import Stemmer

    return Stemmer.Stemmer(_STEMMERS[language]) if language in _STEMMERS else None
