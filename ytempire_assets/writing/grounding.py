"""Grounding: whether what a sentence claims stands in the source that it cites.

Belongs here: looking up figures, dates, names and quotations, tolerantly where language is tolerant
(1.5 million and 1,500,000; rounded where "about" says so; a mile for 1.6 kilometres) and strictly
where it is not (another year, another unit, another name). How well it does is measured on labelled
sentences (``ytempire bench grounding``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from ytempire_assets.reading.language_tags import primary_subtag
from ytempire_assets.writing.claims import Claim, claims_of
from ytempire_assets.writing.same_figures import UNITS, comparable, same_date, same_number
from ytempire_assets.writing.sentences import content_words

_DEGREES = frozenset(("degrees", "degree", "grad"))
"""Of which scale, the sentence before has said."""

_VAGUE = (
    "grew grow grows rose rise rises fell fall falls increased increase dropped drop reached reach "
    "went stands stand lies lie high long deep wide tall old large big total every now still "
    "liegt lag steht stand hoch lang tief breit groß alt stieg steigt fiel fällt jetzt heute rund"
)
_COINS = frozenset("mark kronen crowns kroner shillings schilling lira lire francs pfennig".split())
"""Money without a code of its own."""
_ANYBODY = frozenset("people persons menschen leute personen times mal".split())
_MANY = 100
"""So many people may be spectators, adults or inhabitants in the source."""
_CURRENCY = re.compile(r"[A-Z]{3}")
_CLAUSE = re.compile(
    r"[;:]\s|,?\s(?:and|while|but|which|und|aber|während)\s(?=(?:\w+\s){2,})|,\s(?=\D)"
)
_MUCH_BETTER = 2.0
"""A sentence this much nearer to what is said decides which value belongs there."""
_RELATED = 0.2
_SHORT_NAME, _ROOT = 4, 3
_NATIONS = {
    "french": "france", "dutch": "netherlands", "british": "britain", "swiss": "switzerland",
    "danish": "denmark", "greek": "greece", "welsh": "wales", "turkish": "turkey",
    "spanish": "spain", "english": "england", "scottish": "scotland", "irish": "ireland",
    "swedish": "sweden", "finnish": "finland", "polish": "poland",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ungrounded:
    """A claim that its source does not bear out, and why in words."""

    claim: Claim
    reason: str


class _Stretch:
    """A sentence of a source, or one clause of it, with what it says."""

    def __init__(self, text: str, language: str, whole: str = "") -> None:
        self.text = text
        self.whole = whole or text
        self._language = language
        self.words = frozenset(stems(text, language))
        self.context = frozenset(stems(whole, language)) if whole else self.words

    @cached_property
    def claims(self) -> list[Claim]:
        """Figures and dates."""
        return [
            claim
            for claim in claims_of(self.text, self._language)
            if claim.kind in ("number", "date", "score")
        ]


def _stretches(sentence: str, language: str) -> list[_Stretch]:
    """A sentence whole, and where several figures stand in it clause by clause instead."""
    whole = _Stretch(sentence, language)
    parts = [part for part in _CLAUSE.split(sentence) if part.strip()]
    if len(whole.claims) < 2 or len(parts) < 2:
        return [whole]
    clauses = [_Stretch(part, language, sentence) for part in parts]
    return clauses if sum(bool(clause.claims) for clause in clauses) > 1 else [whole]


class SourceText:
    """A source document, ready to be looked up in.

    Args:
        text: The whole of it, its title included.
        language: BCP 47.
    """

    def __init__(self, text: str, language: str) -> None:
        from sentencex import segment

        primary = primary_subtag(language)
        self.language = language
        lines = [" ".join(part.split()) for part in re.split(r"\n\s*\n|\n", text)]
        self.stretches = [
            stretch
            for line in lines
            for found in segment(primary, line)
            if found.strip()
            for stretch in _stretches(found.strip(), language)
        ]
        flat = " ".join(text.split())
        self._plain = _plain(flat)
        self.tokens = frozenset(_plain(word) for word in re.findall(r"[^\W_]+", flat))
        self.numbers = frozenset(re.findall(r"\d+(?:[.,]\d+)*", flat))
        self.lower = frozenset(
            word for word in re.findall(r"[^\W_]+", flat) if word == word.lower()
        )
        self.stems = frozenset(stem for one in self.stretches for stem in one.words)
        self.initials = _initials(flat)

    def quotes(self, words: str) -> bool:
        """Whether the words stand in it, whatever their case and punctuation."""
        wanted = _plain(words)
        return bool(wanted) and f" {wanted} " in f" {self._plain} "


def stems(text: str, language: str) -> list[str]:
    """The words that carry meaning, as stems; number words are left to be compared as numbers."""
    import Stemmer

    primary = primary_subtag(language)
    algorithm = {"de": "german", "fr": "french", "es": "spanish"}.get(primary, "english")
    stemmer = Stemmer.Stemmer(algorithm)
    return list(stemmer.stemWords([word for word in content_words(text) if not word[0].isdigit()]))


def ungrounded(
    sentence: str, sources: Sequence[SourceText], language: str, own: Iterable[str] = ()
) -> list[Ungrounded]:
    """What a sentence claims and none of its sources says.

    Args:
        sentence: One spoken sentence.
        sources: What it cites; usually one.
        language: BCP 47.
        own: Names that need no source: the topic's and the channel's own.

    Returns:
        Empty when everything was found.
    """
    if any(source.quotes(sentence) for source in sources):
        return []
    known = frozenset(_plain(word) for text in own for word in re.findall(r"[^\W_]+", text))
    common = frozenset(word for source in sources for word in source.lower)
    found = []
    claims = claims_of(sentence, language, common)
    for claim in claims:
        if claim.kind == "number" and not claim.unit and claim.text in known:
            continue  # Voyager 1
        reasons = [_reason(claim, claims, sentence, source, known, language) for source in sources]
        if not sources and claim.kind == "name" and _names_known(claim.text, known):
            continue
        if all(reason is not None for reason in reasons):
            reason = reasons[0] if reasons else f"'{claim.text}' has no source"
            found.append(Ungrounded(claim, reason or ""))
    return found


def _names_known(names: str, known: frozenset[str]) -> bool:
    return all(_token_stands(part, known) for part in _plain(names).split())


def _reason(
    claim: Claim,
    claims: Sequence[Claim],
    sentence: str,
    source: SourceText,
    known: frozenset[str],
    language: str,
) -> str | None:
    """Why a source does not bear out one of a sentence's claims; None where it does."""
    if claim.kind == "quotation":
        if source.quotes(claim.text):
            return None
        return f"the quotation '{claim.text}' does not stand in the source"
    if claim.kind == "name":
        missing = [
            word for word in claim.text.split() if not _name_stands(word, source, known, language)
        ]
        if not missing:
            return None
        return f"the name '{' '.join(missing)}' does not stand in the source"
    if claim.kind == "score":
        if any(claim.date == one.date for s in source.stretches for one in s.claims):
            return None
        return f"'{claim.text}' does not stand in the source"
    said = [one for one in claims if one.kind == claim.kind]
    return _figure_reason(claim, said, sentence, source, language)


def _figure_reason(
    claim: Claim, said: Sequence[Claim], sentence: str, source: SourceText, language: str
) -> str | None:
    # The figure's own words are no sign of what it is about.
    words = frozenset(stems(sentence.replace(claim.text, " "), language))
    words -= frozenset(stems(claim.text, language)) | _vague(language)
    bearing = [
        one
        for one in source.stretches
        if any(_same(claim, c, one, words, source) for c in one.claims)
    ]
    if not bearing:
        return f"'{claim.text}' does not stand in the source"
    if (claim.kind == "date" and not claim.date[:4].isdigit()) or claim.date.endswith("s"):
        return None  # a century, a decade, a month: too coarse to be told apart
    rival = [
        one
        for one in source.stretches
        if one not in bearing
        and any(
            comparable(claim, other) and not any(_alike(mine, other) for mine in said)
            for other in one.claims
        )
    ]
    for other in rival:
        # Clauses of one sentence are told apart by their own words, sentences by all of theirs.
        nearest = max(
            _share(words, one.words if one.whole == other.whole else one.context) for one in bearing
        )
        beside = any(one.whole == other.whole for one in bearing)
        share = _share(words, other.words if beside else other.context)
        if share >= _RELATED and share > _MUCH_BETTER * nearest:
            return (
                f"'{claim.text}' stands in the source for something else; of this it says: "
                f"{other.text}"
            )
    return None


@cache
def _vague(language: str) -> frozenset[str]:
    """Stems of words that go with figures of anything."""
    return frozenset(stems(_VAGUE, language))


def _alike(claim: Claim, other: Claim) -> bool:
    return (claim.number, claim.date) == (other.number, other.date)


def _share(words: frozenset[str], theirs: frozenset[str]) -> float:
    """Share of the said words that are among theirs, 0-1."""
    return len(words & theirs) / len(words) if words else 0.0


def _same(
    claim: Claim,
    other: Claim,
    sentence: _Stretch,
    words: frozenset[str],
    source: SourceText,
) -> bool:
    """Whether two figures say the same."""
    if claim.kind != other.kind:
        return False
    if claim.kind == "date":
        return same_date(claim.date, other.date)
    unit, other_unit = UNITS.get(claim.unit), UNITS.get(other.unit)
    if claim.unit.lower() in _DEGREES and other_unit is not None:
        return other_unit[0][0] in "°K" and same_number(
            claim, claim.number, other.number, other, converted=False
        )
    if {claim.unit, other.unit} == {"°C", "°F"}:
        celsius = (claim.number - 32) / 1.8 if claim.unit == "°F" else claim.number * 1.8 + 32
        return same_number(claim, celsius, other.number, other, converted=True)
    if unit is not None and other_unit is not None:
        if unit[0] != other_unit[0]:
            return False
        converted = claim.unit != other.unit
        return same_number(
            claim, claim.number * unit[1], other.number * other_unit[1], other, converted=converted
        )
    if (unit is None) != (other_unit is None) and claim.unit and other.unit:
        return False
    if claim.unit.lower() in _COINS and claim.unit.lower() not in other.text.lower():
        return False
    if _CURRENCY.fullmatch(claim.unit) and other.unit and claim.unit != other.unit:
        return False  # another currency
    if claim.per and other.per and claim.per != other.per:
        return False  # a day is no month
    if not same_number(claim, claim.number, other.number, other, converted=False):
        return False
    return unit is not None or _same_things(claim, other, sentence, words, source)


def _same_things(
    claim: Claim, other: Claim, sentence: _Stretch, words: frozenset[str], source: SourceText
) -> bool:
    """Whether a count counts the same: the same noun, or one that the source does not use."""
    if not claim.counted or not claim.unit:
        return True
    counted = set(stems(" ".join(claim.counted[:2]), source.language))
    noun = set(stems(claim.unit, source.language))
    if noun & set(stems(other.unit, source.language)):
        return True
    if claim.unit.lower() in _ANYBODY and claim.number >= _MANY:
        return True
    if noun and not noun & set(stems(other.unit, source.language)):
        taken = (
            one
            for stretch in source.stretches
            if other.unit or stretch.whole == sentence.whole
            for one in stretch.claims
            if one.kind == "number" and one != other
        )
        if any(noun & set(stems(one.unit, source.language)) for one in taken):
            return False  # of "64 papers and 3 books", 64 books are not said
    if counted & sentence.context:
        return True
    return not counted & source.stems and len(words & sentence.words) >= 2


def _name_stands(word: str, source: SourceText, known: frozenset[str], language: str) -> bool:
    if word[0].isdigit() and not word.isdigit():
        return word in source.numbers  # version 3.7
    plain = _plain(word.replace("\u2019", "'").removesuffix("'s"))
    tokens = source.tokens | known
    parts = [part for part in re.split(r"[\s-]+", plain) if part]
    if all(_token_stands(part, tokens) for part in parts):
        return True
    if sum(letter.isupper() for letter in word) > 1 and plain in source.initials:
        return True
    return language.startswith("de") and any(
        len(token) > _SHORT_NAME and (token.startswith(plain) or plain.startswith(token))
        for token in tokens
    )


def _token_stands(part: str, tokens: frozenset[str]) -> bool:
    if part in tokens or (part.isdigit() and part in tokens):
        return True
    forms = {part.removesuffix("s"), f"{part}s", part.removesuffix("es"), part.removesuffix("n")}
    if forms & tokens:
        return True
    nation = _NATIONS.get(part) or next(
        (adjective for adjective, land in _NATIONS.items() if land == part), None
    )
    if nation in tokens:
        return True
    # Egyptian and Egypt, Roman and Rome: an adjective and its land share their beginning.
    return part.endswith(("an", "ian", "ish", "ese", "isch", "ische", "ischen", "er")) and any(
        token[:_ROOT] == part[:_ROOT] and abs(len(token) - len(part)) <= 4
        for token in tokens
        if len(token) >= _SHORT_NAME
    )


def _initials(text: str) -> frozenset[str]:
    """First letters of names of several words, small: what an abbreviation may stand for."""
    text = re.sub(r"\b(?:The|Die|Der|Das) ", "", text)
    joining = "and|of|the|for|für|der|des|und"
    runs = re.findall(rf"(?:[A-Z][^\W\d_]+(?: (?:{joining}))?[ -]){{1,6}}[A-Z][^\W\d_]+", text)
    found = set()
    for run in runs:
        words = [word for word in re.split("[ -]", run) if word]
        found.add("".join(word[0] for word in words if word[0].isupper()).lower())
        found.add("".join(word[0] for word in words).lower())
    return frozenset(found)


def _plain(text: str) -> str:
    """Lower case, without marks, punctuation as spaces."""
    flat = unicodedata.normalize("NFKD", text).casefold()
    kept = "".join(c for c in flat if not unicodedata.combining(c))
    return " ".join(re.findall(r"[^\W_]+", kept))
