"""Claims: what of a sentence can be looked up in a source.

Belongs here: finding figures, dates, names and quotations in a sentence. Whether they stand in a
source is ``grounding.py``. Names are found by how they are written and where they stand; a word
that could be an ordinary one is not taken for a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from ytempire_assets.reading.figure_words import currency_words, unit_words
from ytempire_assets.reading.figures import figures_of
from ytempire_assets.reading.language_tags import primary_subtag
from ytempire_assets.reading.numerals import with_digits
from ytempire_assets.writing.sentences import content_words

ClaimKind = Literal["number", "date", "name", "quotation", "score"]


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that a sentence says and a source must say too.

    Attributes:
        kind: What it is.
        text: As it stands in the sentence, number words as digits.
        number: Value of a number, with its magnitude.
        unit: Symbol of the unit, ``%``, a currency, the counted noun, or empty.
        counted: The words after the number, for counts of things.
        date: ISO 8601 as far as it goes; ``1970s`` for decades, ``C19`` for centuries, ``--05`` for
            a month alone.
        before: What stands right before it: "about", "more than".
        per: The time that a rate is counted in, as a word of its language; empty for none.
    """

    kind: ClaimKind
    text: str
    number: float = 0.0
    unit: str = ""
    counted: tuple[str, ...] = ()
    date: str = ""
    before: str = ""
    per: str = ""


_QUOTED = re.compile(
    '[\u201c\u201e\u00ab]([^\u201c\u201d\u201e\u00ab\u00bb]+)[\u201d\u201c\u00bb]|"([^"]+)"'
)
_DECADE = re.compile(r"(?<!\d)(1[0-9]|20)([0-9])0(?:s|er)\b(?:[- ]?Jahren?)?")
_CENTURY = re.compile(
    r"(?<!\d)([12]?\d)(?:st|nd|rd|th)[- ](?:century|centuries)|(?<!\d)([12]?\d)\. Jahrhundert\w*"
)
_ORDINAL = re.compile(r"(?<![\d.,])(\d{1,3})(?:st|nd|rd|th)\b(?!\s(?:century|centuries))")
_SCORE = re.compile(
    r"(?<![\d.,:-])(\d{1,3})(?:\s?[-\u2013:]\s?)(\d{1,3})(?![\d.,:-]|\s?(?:uhr|am|pm))"
)
_PER = re.compile(
    r"^\s?(?:\w+\s){0,2}?(?:a|an|per|each|every|pro|am|im|jeden|jedes|in der|je)\s"
    r"(second|minute|hour|day|week|month|year|sekunde|minute|stunde|tag|woche|monat|jahr)\b",
    re.IGNORECASE,
)
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
}
_OWN_WORDS = re.compile(r"[^\w\s]?\d[\d.,\u00a0\u202f]*((?:\s+[^\W\d]\S*)*)")
"""A number and the words behind it, as far as the next number."""
_NEARBY_WORDS = 3
_HEDGE_CHARS = 24

_WORD = re.compile(r"[^\W_]+(?:[-.'\u2019&][^\W_]+)*")
_JOINING = frozenset("of the de la le von van der den del di da du and und für".split())
_TITLES = frozenset(
    "mr mrs ms dr prof professor sir lord lady king queen president captain general saint st "
    "herr frau doktor könig königin kaiser kaiserin präsident kapitän sankt".split()
)
_EVERYBODYS = frozenset("earth moon sun god internet i ok tv erde mond sonne gott welt".split())
"""Written with a capital, known to everyone: nothing to look up."""

_NEVER_FIRST = frozenset(
    "water fire light air gold iron steel copper bronze salt sand snow rain wind heat glass stone "
    "wood paper smoke ice oil gas coal blood life nature history music time space gravity "
    "lightning thunder energy sound oxygen hydrogen carbon evidence research work trade "
    "war peace nothing everything something everyone everybody someone somebody anyone half most "
    "part scientists sugar cotton silk food money power speed pressure data software traffic "
    "radiation ash lava "
    "wasser feuer licht luft gold eisen stahl kupfer bronze salz sand schnee regen wind eis öl gas "
    "kohle blut holz papier rauch strom energie zeit musik glas stein forscher wissenschaftler "
    "menschen leute tiere pflanzen wärme druck lava asche wolken besucher arbeiter "
    "nearly almost roughly around exactly just some over under about version fast knapp rund etwa "
    "nur gut genau mehr weniger insgesamt".split()
)
"""Nouns that begin sentences without an article, as names do."""

_VERB_AFTER = {
    "en": re.compile(
        r"\s+(?:\w{2,}ed|is|was|has|had|said|says|won|built|found|wrote|made|flew|became|began|took|"
        r"gave|led|went|sold|paid|held|knew|thought|saw|came|ran|grew|met|could|would|will|can|"
        r"proved|did|drew|set|kept|left|lost|sent|told|wanted|'s|\u2019s|gives|makes|pays|plans|"
        r"wants|sells|builds|owns|leads|runs|calls|uses|gets|takes|goes|comes|shows|plays|needs)\b"
    ),
    "de": re.compile(
        r"\s+(?:ist|war|hat|hatte|wurde|wird|baute|fand|schrieb|sagte|erfand|entdeckte|gewann|flog|"
        r"begann|nahm|gab|führte|ging|verkaufte|zahlte|sah|kam|gründete|entwickelte|plante|"
        r"eröffnete|malte|komponierte|konnte|wollte|machte|starb|lebte)\b"
    ),
}
_LANDS = frozenset(
    "schweiz türkei ukraine niederlande niederlanden usa slowakei mongolei deutschland österreich "
    "frankreich italien spanien portugal polen dänemark schweden norwegen finnland russland china "
    "japan indien brasilien kanada mexiko england schottland irland griechenland ungarn rumänien "
    "belgien luxemburg tschechien kroatien serbien ägypten australien afrika asien europa amerika "
    "bayern sachsen hessen thüringen".split()
)
"""Names that have an article in German, or stand anywhere in a sentence."""
_NATIONAL = re.compile(
    r"\b(?:amerikan|belg|brasilian|brit|bulgar|chines|dän|deutsch|engl|europä|finn|französ|griech|"
    r"holländ|ind|ir|isländ|israel|italien|japan|kanad|korean|kroat|mexikan|niederländ|norweg|"
    r"österreich|pers|poln|portugies|röm|rumän|russ|schott|schwed|schweizer|span|tschech|türk|"
    r"ukrain|ungar)(?:isch|sch|er)?(?:e[rnms]?)?\b(?=\s[A-ZÄÖÜ])"
)
"""Adjectives of lands, which German writes small."""
_PLACE_BEFORE = re.compile(r"\b(?:in|nach|aus|bei)\s$")
_NOT_PLACES = frozenset(
    "betrieb zukunft wirklichkeit metern kilometern tagen stunden jahren minuten sekunden prozent "
    "zahlen angaben art form höhe tiefe richtung kraft teilen ordnung wahrheit deutsch englisch "
    "wasser luft eis stein bronze gold holz glas stahl eisen beton granit sicht frage kürze".split()
)


def claims_of(sentence: str, language: str, common: frozenset[str] = frozenset()) -> list[Claim]:
    """Everything in a sentence that can be looked up.

    Args:
        sentence: One sentence.
        language: BCP 47.
        common: Words in lower case that are known to be ordinary: those that the sources write
            small.

    Returns:
        Claims, quotations first; each name and figure once.
    """
    primary = primary_subtag(language)
    claims = [*_quotations(sentence)]
    plain = with_digits(" ".join(sentence.split()), primary)
    claims += _spans_of_time(plain, primary)
    claims += _scores(plain)
    counted = _ORDINAL.sub(r"\1", _SCORE.sub("", _DECADE.sub("", _CENTURY.sub("", plain))))
    claims += _figures(counted, primary)
    names = _names(" ".join(sentence.split()), primary, common)
    measured = {word for claim in claims for word in claim.text.split()}
    claims += [claim for claim in names if not measured.issuperset(claim.text.split())]
    if primary == "de":
        claims += [Claim("name", match[0]) for match in _NATIONAL.finditer(sentence)]
    return list(dict.fromkeys(claims))


def _quotations(sentence: str) -> Iterator[Claim]:
    for match in _QUOTED.finditer(sentence):
        words = match[1] or match[2]
        if _WORD.search(words):
            yield Claim("quotation", words.strip())


def _spans_of_time(plain: str, language: str) -> Iterator[Claim]:
    for match in _DECADE.finditer(plain):
        yield Claim("date", match[0], date=f"{match[1]}{match[2]}0s")
    for match in _CENTURY.finditer(plain):
        yield Claim("date", match[0], date=f"C{match[1] or match[2]}")
    for number, month in enumerate(_MONTHS.get(language, "").split(), 1):
        # "may" and "march" are words of their own; as months they follow a preposition.
        alone = rf"\b(?:in|since|until|by|of|im|seit|bis) {month}\b(?! \d)"
        if re.search(alone, plain):
            yield Claim("date", month, date=f"--{number:02}")


def _scores(plain: str) -> Iterator[Claim]:
    for match in _SCORE.finditer(plain):
        yield Claim("score", match[0], date=f"{match[1]}-{match[2]}")


def _figures(plain: str, language: str) -> Iterator[Claim]:
    for figure in figures_of([plain], language):
        before = figure.sentence[max(0, figure.start - _HEDGE_CHARS) : figure.start].lower()
        if figure.kind == "date":
            yield Claim("date", figure.text, date=figure.date, before=before)
            continue
        behind = _OWN_WORDS.match(figure.sentence, figure.start)
        per = _PER.match(figure.sentence[figure.start + len(figure.text) :])
        counts = figure.unit in _units() or figure.unit.endswith("s")
        if not counts and _ends_a_name(figure.sentence, figure.start, language):
            yield Claim("name", figure.text.split()[0].rstrip(".,"))
            continue
        counted = content_words(behind[1]) if behind else []
        yield Claim(
            "number",
            figure.text,
            number=figure.number or 0.0,
            unit=figure.unit,
            counted=tuple(counted[:_NEARBY_WORDS]),
            before=before,
            per=per[1].lower() if per else "",
        )


def _ends_a_name(sentence: str, start: int, language: str) -> bool:
    """Whether a number belongs to the name before it: Halcyon 2, Version 3.7."""
    word = re.search(r"([^\W\d_][\w-]*)\s$", sentence[:start])
    if word is None or not word[1][0].isupper():
        return False
    ordinary = _is_ordinary(word[1], frozenset(), language)
    if language == "de":
        return not ordinary and sentence[:start].strip() == word[1]
    return not ordinary or word[1].lower() == "version"


def _names(sentence: str, language: str, common: frozenset[str]) -> Iterator[Claim]:
    for run, start in _capitalised_runs(sentence, language):
        words = [word for word in run if word.lower() not in _JOINING]
        first = not sentence[:start].strip(" \"'\u201c\u201e\u00ab(")
        if first and words and _is_ordinary(words[0], common, language):
            words = words[1:]
        words = [
            word
            for word in words
            if word.lower() not in _TITLES
            and word not in _symbols()
            and not _is_everybodys(word, language)
            and with_digits(word.lower(), language) == word.lower()
        ]
        if not any(word[0].isalpha() for word in words):
            continue
        if len(words) == 1 and not _single_name(words[0], sentence, start, first, language, common):
            continue
        if language == "de":
            words = [word for word in words if word.lower() not in common]
        if words:
            yield Claim("name", " ".join(words))


def _capitalised_runs(sentence: str, language: str) -> Iterator[tuple[list[str], int]]:
    """Words with capitals that stand together, and where the first of them begins."""
    run: list[str] = []
    start = end = 0
    pending: list[str] = []
    for match in _WORD.finditer(sentence):
        word = match[0]
        touching = sentence[end : match.start()].strip() in ("", "&") if run else True
        ended = bool(run) and run[-1].isdigit()  # a number ends a name: Apollo 11
        capital = word[0].isupper() or (word.isdigit() and bool(run))
        touching = touching and not ended
        if capital and touching:
            if not run:
                start = match.start()
            run += [*pending, word]
        elif run and touching and word.lower() in _JOINING and language != "de":
            pending.append(word)
            end = match.end()
            continue
        else:
            if run:
                yield run, start
            run = [word] if capital and not word[0].isdigit() else []
            start = match.start()
        pending = []
        end = match.end()
    if run:
        yield run, start


def _is_ordinary(word: str, common: frozenset[str], language: str) -> bool:
    """Whether the first word of a sentence has its capital only from standing there."""
    lower = word.lower().replace("\u2019", "'")
    return (
        lower in _stop_words(language)
        or lower.partition("'")[0] in _stop_words(language)
        or lower in common
        or lower in _NEVER_FIRST
    )


def _is_everybodys(word: str, language: str) -> bool:
    months = _MONTHS.get(language, "").lower().split()
    lower = word.lower().removesuffix("'s").removesuffix("\u2019s")
    return lower in _EVERYBODYS or lower in months


def _single_name(
    word: str, sentence: str, start: int, first: bool, language: str, common: frozenset[str]
) -> bool:
    """Whether one capitalised word is a name."""
    if language == "de":
        if sum(character.isupper() for character in word) > 1 and not word.istitle():
            return True
        behind = sentence[start + len(word) :]
        if first:
            return _VERB_AFTER["de"].match(behind) is not None and word.lower() not in _NEVER_FIRST
        if word.lower() in _LANDS:
            return True
        place = _PLACE_BEFORE.search(sentence[:start]) is not None
        return place and word.lower() not in _NOT_PLACES | common and not word.endswith("ung")
    if not first:
        return True
    if word.isupper() and len(word) > 1:
        return True
    ending = word.lower().endswith(("ing", "ly", "ed", "s"))
    verb = _VERB_AFTER.get(language)
    return bool(not ending and verb and verb.match(sentence[start + len(word) :]))


@cache
def _units() -> frozenset[str]:
    """Units as figures have them."""
    return frozenset(unit_words().values()) | frozenset(currency_words().values())


@cache
def _symbols() -> frozenset[str]:
    """Units and currencies that are written with capitals."""
    terms = {*unit_words(), *currency_words()}
    return frozenset(term for term in terms if term[:1].isupper())


@cache
def _stop_words(language: str) -> frozenset[str]:
    import stopwordsiso

    known = stopwordsiso.stopwords(language) if stopwordsiso.has_lang(language) else set()
    return frozenset(known) | _JOINING
