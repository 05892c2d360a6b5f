"""Readings: what a title says, as weighted keys that titles are compared by.

Belongs here: from the titles of a whole batch to their terms, names and numbers. A batch is read at
once, because which words are names and which letters are an acronym shows only across titles.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ytempire_assets.discovery.topics.amounts import plain_amount
from ytempire_assets.discovery.topics.concepts import (
    concept_at,
    concepts_in_run,
    is_place,
    parts_of_compound,
)
from ytempire_assets.discovery.topics.names import (
    NAME_SHARE,
    CutTitle,
    cut_title,
    heads_in,
    may_be_name,
    name_shares,
    names_in,
)
from ytempire_assets.discovery.topics.numbers import decisive_numbers, roman_value
from ytempire_assets.discovery.topics.tokens import TitleCase, Token, tokens_of
from ytempire_assets.discovery.topics.words import (
    folded,
    is_weak,
    name_key,
    run_keys,
    stem_of,
)

_WEAK = 0.1
"""Weight of a word that tells little, beside 1 for any other."""
_PAIR_OF_LETTERS = 0.6
"""Weight of a pair of letters: a word of three letters makes two pairs, one of four three."""
_PLAIN_NUMBER = 0.5
"""Weight of a number below 100 or a year: they are in every title."""
_COMPOUND = 0.5
"""Weight of a compound beside the parts that are known of it, which weigh as much."""

WORK_OF = "-"
"""Begins the head of an artist's works."""
FRAME = "*"
"""Begins the head of what stands in one place of a title."""

_LONGEST_ARTIST = 4
_STEM_LETTERS = 4
_SAID_IN_FRAME = 2
"""Telling words that a frame of names has at least."""
_STARS = re.compile(r"\*(?: \*)+")
_SHORTEST_FRAME, _LONGEST_FRAME = 4, 20
"""Words of a title with frames: fewer say too little, and more are not repeated."""
_DASHES = ("-", "\u2013", "\u2014")
_MOST_TOKENS = 60
_BREAK = " | "
_UNKNOWN = "en"
"""A title whose language nothing tells is read as English: most names on the web stand in it."""
_VERSUS = frozenset(("vs", "v", "versus"))
_ACRONYM = re.compile(r"[A-Z]{3,6}\Z")
_COMMON_NUMBER = re.compile(r"(?:\d{1,2}|(?:19|20)\d\d)\Z")


@dataclass(frozen=True, slots=True)
class Title:
    """A title to read.

    Attributes:
        text: One plain line.
        language: Primary subtag, or empty.
        context: What stands beside it: summary, earlier titles, keywords.
        tags: Names that the source gives the item.
    """

    text: str
    language: str
    context: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What a title says.

    Attributes:
        terms: Keys of its words with their weights, 0-1.
        names: Those that belong to names.
        likely_names: Those and others whose capital nothing else explains.
        pairs: Names side by side, two keys joined.
        context: Keys of what stands beside it, without those that tell little.
        decisive: What tells stories apart: by what is numbered its numbers, as ``decisive_numbers``
            gives them, by ``WORK_OF`` and an artist the words of a work, by ``FRAME`` and all other
            words the one that stands in their place.
        sides: Who meets whom, each by the words of a name: Lakers vs Celtics.
        written: How the title writes each key that tells something.
        case: How the title uses capitals.
    """

    terms: dict[str, float]
    names: frozenset[str]
    likely_names: frozenset[str]
    pairs: frozenset[str]
    context: frozenset[str]
    decisive: dict[str, frozenset[str]]
    sides: frozenset[tuple[frozenset[str], frozenset[str]]]
    written: dict[str, str]
    case: TitleCase


class _Term(NamedTuple):
    key: str
    weight: float
    named: bool
    at: int
    text: str
    likely: bool = False


def read_titles(titles: Sequence[Title]) -> list[Reading]:
    """Reads a batch.

    Args:
        titles: All titles that will be compared.

    Returns:
        One reading a title, in the same order; the order changes no reading.
    """
    # Agencies and bots give many items one title; it is read once and shows names once.
    cut = {
        title: cut_title(tokens_of(title.text)[:_MOST_TOKENS], title.language or _UNKNOWN)
        for title in titles
    }
    shares = name_shares(cut.values())
    acronyms = _acronyms(cut.values())
    read = {title: _read(title, pieces, shares, acronyms) for title, pieces in cut.items()}
    return [read[title] for title in titles]


def _read(
    title: Title, cut: CutTitle, shares: Mapping[str, float], acronyms: frozenset[str]
) -> Reading:
    tags = frozenset(folded(word) for tag in title.tags for word in tag.split() if len(word) > 2)
    named = names_in(cut, shares, tags)
    terms: dict[str, float] = {}
    names: set[str] = set()
    likely: set[str] = set()
    written: dict[str, str] = {}
    keys = [""] * len(cut.tokens)
    for term in _terms(cut, named, shares):
        if term.weight > _WEAK:
            written.setdefault(term.key, term.text)
        terms[term.key] = max(terms.get(term.key, 0.0), term.weight)
        keys[term.at] = term.key
        if term.named:
            names.add(term.key)
        if term.likely:
            likely.add(term.key)
    for short, parts in _spelt_out(cut.tokens, keys, acronyms).items():
        # The long form says what the short one says, no more: its own words weigh little.
        for part in parts:
            terms[part] = min(terms.get(part, 0.0), _WEAK)
            names.discard(part)
        key = f"{short}." if is_weak(short, cut.language) else short
        terms[key] = 1.0
        names.add(key)
        written.setdefault(key, short.upper())
    pairs = {
        f"{keys[at - 1]} {keys[at]}"
        for at in range(1, len(keys))
        if keys[at] in names and keys[at - 1] in names and cut.tokens[at].follows in (" ", "-")
    }
    return Reading(
        terms=terms,
        names=frozenset(names),
        likely_names=frozenset(names | likely),
        pairs=frozenset(pairs),
        context=_context(title, cut.language, shares),
        decisive=decisive_numbers(cut.tokens, heads_in(cut, shares, named), keys)
        | _work(cut, keys, frozenset(written), names | likely)
        | _frames(cut, keys, frozenset(written), names | likely),
        sides=_sides(cut, keys),
        written=written,
        case=cut.case,
    )


def _terms(cut: CutTitle, named: Sequence[bool], shares: Mapping[str, float]) -> Iterator[_Term]:
    """The terms of a title in order; a phrase that is one concept is one term."""
    at = 0
    while at < len(cut.tokens):
        token = cut.tokens[at]
        concept = concept_at(at, cut.tokens, cut.case, cut.language)
        if concept is not None:
            text = " ".join(one.text for one in cut.tokens[at : at + concept.tokens])
            yield _Term(concept.key, 1.0, is_place(concept.key), at, text)
            at += concept.tokens
            continue
        if token.kind == "run":
            yield from _terms_of_run(token.text, cut.language, at)
        elif token.kind == "number":
            following = cut.tokens[at + 1].text if at + 1 < len(cut.tokens) else ""
            text = plain_amount(token.text, following) or token.text.casefold()
            weight = _PLAIN_NUMBER if _COMMON_NUMBER.match(text) else 1.0
            yield _Term(text, weight, False, at, token.text)
        else:
            # A capital that nothing explains may be a name's, and names have one key everywhere.
            maybe = may_be_name(token, cut, shares)
            yield from _terms_of_word(token, named[at], maybe, cut.language, at)
        at += 1


def _terms_of_word(
    token: Token, is_name: bool, likely: bool, language: str, at: int
) -> Iterator[_Term]:
    roman = roman_value(token.text) if len(token.text) > 1 else None
    weak = is_weak(token.text, language)
    if roman is not None:
        yield _Term(str(roman), _PLAIN_NUMBER, is_name, at, token.text)
    elif is_name:
        # WHO is not who.
        key = f"{folded(token.text)}." if weak else name_key(token.text, language)
        yield _Term(key, 1.0, True, at, token.text)
    elif weak:
        yield _Term(stem_of(token.text, language), _WEAK, False, at, token.text)
    else:
        parts = parts_of_compound(token.text, language)
        for part in parts:
            yield _Term(part, _COMPOUND, is_place(part), at, token.text)
        key = (name_key if likely and not parts else stem_of)(token.text, language)
        yield _Term(key, _COMPOUND if parts else 1.0, False, at, token.text, likely)


def _terms_of_run(run: str, language: str, at: int) -> Iterator[_Term]:
    for piece, concept in concepts_in_run(run, language):
        if concept:
            yield _Term(concept, 1.0, is_place(concept), at, piece)
            continue
        for key, weak, whole in run_keys(piece, language):
            weight = _WEAK if weak else 1.0 if whole else _PAIR_OF_LETTERS
            yield _Term(key, weight, whole, at, key)


def _work(
    cut: CutTitle, keys: Sequence[str], telling: frozenset[str], names: set[str]
) -> dict[str, frozenset[str]]:
    """What follows a dash after a name: Artist - Work. Another work of the artist is another story.

    After anything but a name, what follows the dash may be the name of a site.
    """
    dash = next(
        (at for at, one in enumerate(cut.tokens) if one.opens and one.follows in _DASHES), 0
    )
    artist = telling.intersection(keys[:dash])
    work = telling.intersection(keys[dash:]) - artist
    if not work or not artist or not artist <= names or len(artist) > _LONGEST_ARTIST:
        return {}
    return {f"{WORK_OF}{' '.join(sorted(artist))}": work}


def _frames(
    cut: CutTitle, keys: Sequence[str], telling: frozenset[str], names: set[str]
) -> dict[str, frozenset[str]]:
    """What a title says of whom or what: "Top 10 beaches in *" of Thailand, "* recalls #" of Ford.

    Two titles that say the same of other names, or that differ in one telling word alone, are two
    stories in one frame. Numbers do not count, because a toll rises within a story; nor does a word
    that begins alike or means the same.
    """
    if not _SHORTEST_FRAME <= len(keys) <= _LONGEST_FRAME:
        return {}
    words = ["#" if token.kind == "number" else folded(token.text) for token in cut.tokens]
    frames = {
        f"{FRAME}{' '.join(words[:at])} * {' '.join(words[at + 1 :])}": frozenset(
            (words[at][:_STEM_LETTERS], key)
        )
        for at, key in enumerate(keys)
        if key in telling and cut.tokens[at].kind == "word"
    }
    said = telling.intersection(keys)
    if said & names and len(said - names) >= _SAID_IN_FRAME:
        frame = " ".join(
            "*" if key in names else word for key, word in zip(keys, words, strict=True)
        )
        # A name of two words stands where one of three may stand.
        frames[FRAME + _STARS.sub("*", frame)] = said & names
    return frames


def _sides(cut: CutTitle, keys: Sequence[str]) -> frozenset[tuple[frozenset[str], frozenset[str]]]:
    """The words beside each "vs", up to three on a side, as far as the sentence goes."""
    found = set()
    for at, token in enumerate(cut.tokens):
        if token.text.casefold() not in _VERSUS or token.kind != "word":
            continue
        before: set[str] = set()
        for place in range(at - 1, max(-1, at - 4), -1):
            before.add(_side(cut, keys, place))
            if cut.tokens[place].opens:
                break
        after: set[str] = set()
        for place in range(at + 1, min(len(keys), at + 4)):
            if cut.tokens[place].opens and place > at + 1:
                break
            after.add(_side(cut, keys, place))
        sides = (frozenset(before - {""}), frozenset(after - {""}))
        if all(sides):
            found.add(sides)
    return frozenset(found)


def _side(cut: CutTitle, keys: Sequence[str], place: int) -> str:
    token = cut.tokens[place]
    telling = token.kind == "word" and not is_weak(token.text, cut.language)
    return keys[place] if telling else ""


def _context(title: Title, language: str, shares: Mapping[str, float]) -> frozenset[str]:
    """Keys of everything beside the title that tell something."""
    text = _BREAK.join((title.context, *title.tags))
    tokens = tokens_of(text) if len(text) > len(_BREAK) else []
    named = [
        token.kind == "word" and shares.get(folded(token.text), 0.0) > NAME_SHARE
        for token in tokens
    ]
    cut = CutTitle(tokens, "sentence", language)
    return frozenset(term.key for term in _terms(cut, named, shares) if term.weight > _WEAK)


def _acronyms(titles: Iterable[CutTitle]) -> frozenset[str]:
    """The acronyms that some title uses, folded; those of two letters meet too many words."""
    return frozenset(
        folded(token.text)
        for title in titles
        if title.case != "upper"
        for token in title.tokens
        if token.kind == "word" and _ACRONYM.match(token.text)
    )


def _spelt_out(
    tokens: Sequence[Token], keys: Sequence[str], acronyms: frozenset[str]
) -> dict[str, list[str]]:
    """Names that are an acronym of the batch in full: Grand Theft Auto is GTA."""
    found: dict[str, list[str]] = {}
    start = 0
    for at in range(len(tokens) + 1):
        if at < len(tokens) and _initial(tokens[at]) and (at == start or not tokens[at].opens):
            continue
        stretch = range(start, at)
        for size in range(3, min(6, len(stretch)) + 1):
            for first in stretch[: len(stretch) - size + 1]:
                part = range(first, first + size)
                short = "".join(folded(tokens[one].text)[:1] for one in part)
                if short in acronyms:
                    found.setdefault(short, [keys[one] for one in part if keys[one]])
        start = at if at < len(tokens) and _initial(tokens[at]) else at + 1
    return found


def _initial(token: Token) -> bool:
    return token.kind == "word" and token.text[0].isupper() and not token.text.isupper()
