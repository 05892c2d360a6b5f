"""Text as it is spoken: amounts, dates, units, abbreviations and addresses as words.

Belongs here: reading a text word by word, each written word keeping its own spoken form, so that it
also keeps its own time. How a language says things stands in ``language_en``, ``language_de`` and,
for any other, ``language_any``; numbers in words come from ``numbers``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ytempire_assets.reading.language_tags import primary_subtag
from ytempire_assets.speech import numbers
from ytempire_assets.speech.language import Language, Written
from ytempire_assets.speech.voice import Utterance, Voice, speakable
from ytempire_assets.speech.word_times import back_to_written

_EDGES = re.compile(
    r"^([\"'“”„‚‘’«»(\[{¡¿]*)(.*?)([\"'“”‘’«»)\]},;:!?…]*\.{0,3}[\"'“”’«»)]*)$", re.DOTALL
)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_ADDRESS = re.compile(
    r"(?:https?://|www\.)\S+|(?:[a-z0-9-]+\.)+(?:com|org|net|edu|gov|io|de|uk|eu|info|tv|at|ch)(?:/\S*)?",
    re.IGNORECASE,
)
_PHONE = re.compile(r"\+\d[\d()/.-]{2,}\d|\d{3}-\d{3}-\d{4}|\d{3}-\d{4}")
_DIALLED = re.compile(r"[\d()/-]{2,}")
_MIXED = re.compile(r"\d+|[^\W\d_]+|[^\w\s]|_")
_DASHES = ("–", "—", "-", "--")
_NEEDS_FIGURE = frozenset("/-_<>=~*#")
"""Signs that mean something only beside a figure; elsewhere they join or mark up."""
_LONGEST = 80
"""A longer "word" is none, and is left to the voice."""


@dataclass(frozen=True, slots=True)
class NormalisedVoice:
    """A voice that is given words instead of figures and signs, and answers for what was written.

    Args:
        voice: Who speaks.
        language: BCP 47.
    """

    voice: Voice
    language: str

    @property
    def name(self) -> str:
        """The voice's own."""
        return self.voice.name

    def speak(self, text: str) -> Utterance:
        """Speaks a text; see ``Voice.speak``."""
        written = speakable(text).split()
        forms = spoken_forms(written, self.language)
        utterance = self.voice.speak(" ".join(form for form in forms if form))
        return replace(utterance, words=back_to_written(written, forms, utterance.words))


def spoken_forms(words: Sequence[str], language: str) -> list[str]:
    """What is said for each written word.

    Args:
        words: Of a text in order, as ``speakable(text).split()`` gives them.
        language: BCP 47; English and German are known well, of others the numbers.

    Returns:
        One form for each word: any number of words, the punctuation at the word's ends kept, empty
        for a word that is not said. A form is part of what is said around it: of ``$1.5 million``
        the first is "one point five", the second "million dollars".
    """
    if not numbers.speaks(language):
        return list(words)
    said = _language(language)
    written = [_split(word) for word in words]
    forms: list[str] = []
    while len(forms) < len(written):
        here = len(forms)
        found = _phrase(written, here, said)
        for word, core in zip(written[here:], found, strict=False):
            form = _joined(word, core, said)
            if not form and forms and forms[-1][-1:].isalnum() and word.core in _DASHES:
                forms[-1] += ","  # a dash between words is not said, but heard
            forms.append(form)
    return forms


def _language(language: str) -> Language:
    from ytempire_assets.speech import language_any, language_de, language_en

    base = primary_subtag(language)
    known = {"en": language_en.ENGLISH, "de": language_de.GERMAN}
    return known.get(base) or language_any.language(base)


def _split(word: str) -> Written:
    found = _EDGES.match(word)
    if found is None or not found[2]:
        return Written("", word, "")
    return Written(found[1], found[2], found[3])


def _joined(word: Written, form: str, said: Language) -> str:
    after = word.after
    if form.endswith("."):  # a rule read the stop as part of the word
        form, after = form[:-1], after.replace(".", "", 1)
    clean = " ".join(speakable(form).split())
    if not any(character.isalnum() for character in clean):
        # Where the signs' names are not known, the voice may know them.
        return "" if said.signs else f"{word.before}{word.core}{word.after}"
    # What is said begins and ends with a word, so that every part between spaces is one.
    stop = "".join(character for character in after if character in ",;:!?….")
    before = "".join(character for character in word.before if character in "¡¿")
    return f"{before}{clean}{stop}"


def _phrase(written: Sequence[Written], here: int, said: Language) -> list[str]:
    """Forms of the words that belong together from ``here`` on, at least one."""
    if len(written[here].core) > _LONGEST:
        return [written[here].before + written[here].core]
    for rule in (*_RULES, *said.rules):
        found = rule(written, here, said)
        if found:
            return found
    return [_one(written[here], said)]


def _mail(written: Sequence[Written], here: int, said: Language) -> list[str]:
    core = written[here].core
    if _MAIL.fullmatch(core):
        return [_spelt(core, said)]
    if _ADDRESS.fullmatch(core):
        plain = re.sub(r"^(?:https?://)?(?:www\.)?", "", core, flags=re.IGNORECASE)
        return [_spelt(re.split(r"[?#]", plain)[0].rstrip("/"), said)]
    return []


def _spelt(address: str, said: Language) -> str:
    parts = (
        numbers.cardinal(part, said.code)
        if part.isdecimal()
        else said.address_signs.get(part, part)
        for part in _MIXED.findall(address)
    )
    return " ".join(part for part in parts if part)


def _phone(written: Sequence[Written], here: int, said: Language) -> list[str]:
    core = written[here].core
    if not _PHONE.fullmatch(core) and not re.fullmatch(r"\+\d{1,3}", core):
        return []
    plus = f"{said.signs.get('+', '')} " if core.startswith("+") else ""
    forms = [plus + numbers.digits(core, said.code)]
    if core.startswith("+") and not written[here].after:
        for word in written[here + 1 :]:
            if not _DIALLED.fullmatch(word.core) or word.before.strip("("):
                break
            forms.append(numbers.digits(word.core, said.code))
            if word.after.strip(")"):
                break
    # "+5" alone is an amount.
    return forms if len(forms) > 1 or _PHONE.fullmatch(core) else []


_RULES: tuple[Callable[[Sequence[Written], int, Language], list[str]], ...] = (_mail, _phone)


def _one(word: Written, said: Language) -> str:
    """A word that stands for itself: signs in it are named, and digits stand apart from letters."""
    core = word.core
    if core in said.abbreviations and not said.abbreviations[core].endswith("#"):
        return said.abbreviations[core]
    if core.isalpha():
        return core
    number = re.fullmatch(numbers.pattern(said.code), core)
    if number:
        return numbers.cardinal(numbers.plain(core, said.code), said.code)
    if not any(character.isdigit() or character in said.signs for character in core):
        return core
    pieces = re.findall(
        rf"{numbers.pattern(said.code)}|[^\W\d_]+(?:['’][^\W\d_]+)*|[^\w\s]|_", core
    )
    if not said.signs and len(pieces) == 1:
        return core
    parts = []
    for index, piece in enumerate(pieces):
        if piece[0].isdecimal():
            parts.append(numbers.cardinal(numbers.plain(piece, said.code), said.code))
        elif piece[0].isalnum():
            parts.append(piece)
        elif piece in said.signs and not _joins(pieces, index):
            parts.append(said.signs[piece])
    return " ".join(parts)


def _joins(pieces: Sequence[str], index: int) -> bool:
    """Whether a sign only stands between words, as in and/or."""
    around = [*pieces[max(0, index - 1) : index], *pieces[index + 1 : index + 2]]
    figures = sum(piece[0].isdecimal() for piece in around)
    if pieces[index] in "/-_":
        return bool(around)
    return pieces[index] in _NEEDS_FIGURE and bool(around) and not figures
