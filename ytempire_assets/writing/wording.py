"""The fixed lines around a script, in each language that channels are made in.

Belongs here: headings and the disclosure of a description, and the words that tell whether a
sentence stands alone. What a writer says between facts is ``connectors.py``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ytempire_assets.reading.language_tags import primary_subtag


@dataclass(frozen=True, slots=True)
class Wording:
    """Lines and patterns of one language.

    Attributes:
        sources: Heading of the sources.
        licence: Before the licence of a source's text.
        pictures: Heading of whose pictures are shown.
        chapters: Heading of the chapters.
        made: How the video was made; ``{voice}`` is the voice in brackets, or nothing.
        written: That a language model wrote it; ``{model}`` is its name.
        paid: Heading of links that the channel earns from.
        leans_back: Beginning of a sentence that needs the one before it.
        also: Words that refer to something said before.
        striking: Words that make a listener stay.
        telling: What to light in a headline.
        clause_end: Where a long sentence can be cut for a headline.
        phrase_end: Where it can be cut if it has only one clause.
    """

    sources: str
    licence: str
    pictures: str
    chapters: str
    made: str
    written: str
    paid: str
    leans_back: re.Pattern[str]
    also: re.Pattern[str]
    striking: re.Pattern[str]
    telling: re.Pattern[str]
    clause_end: re.Pattern[str]
    phrase_end: re.Pattern[str]


_ENGLISH = Wording(
    sources="Sources:",
    licence="text: ",
    pictures="Pictures:",
    chapters="Chapters:",
    made="How this was made: the narration is a synthetic voice{voice}, cards and charts were "
    "drawn by software, and every statement comes from the sources above.",
    written=" The words were written by the language model {model}.",
    paid="Paid links (the channel earns a commission, the price is the same):",
    leans_back=re.compile(
        r"^(it|its|this|that|these|those|they|their|he|his|she|her|such|and|but|so|or|however|"
        r"therefore|also|then|there it|in addition|for example|as a result)\b",
        re.IGNORECASE,
    ),
    also=re.compile(r"\b(also|another|too|as well|latter|former)\b", re.IGNORECASE),
    striking=re.compile(
        r"\b(no|nobody|never|only|first|last|largest|biggest|deepest|oldest|fastest|tallest|"
        r"longest|hottest|coldest|alone|whole|every|once|survives?|without)\b",
        re.IGNORECASE,
    ),
    telling=re.compile(
        r"\b(?:no|only|the first|the last|largest|biggest|deepest|oldest|fastest|tallest|longest|"
        r"hottest|coldest|farthest)\s(?!than\b|the\b|with\b|from\b|into\b)[a-z]{4,}"
    ),
    clause_end=re.compile(
        r",\s|\s(?:and|because|while|which|so|but|when|where|than|before)\s(?!\d)"
    ),
    phrase_end=re.compile(
        r"\s(?:between|after|from|with|without|under|over|into|near|by|for|in|on|at|whose|who)\s"
    ),
)

_GERMAN = Wording(
    sources="Quellen:",
    licence="Text: ",
    pictures="Bilder:",
    chapters="Kapitel:",
    made="So ist das Video entstanden: Den Text spricht eine künstliche Stimme{voice}, Karten und "
    "Diagramme hat ein Programm gezeichnet, und jede Aussage steht in den Quellen oben.",
    written=" Den Text hat das Sprachmodell {model} geschrieben.",
    paid="Werbelinks (der Kanal erhält eine Provision, der Preis bleibt gleich):",
    leans_back=re.compile(
        r"^(er|sie|es|sein|seine|seiner|seinem|seinen|ihr|ihre|ihrer|ihrem|ihren|dies|diese|dieser|"
        r"dieses|diesem|diesen|jene|jener|jenes|dort|dann|dabei|damit|dadurch|dafür|danach|daher|"
        r"darum|deshalb|deswegen|trotzdem|dennoch|außerdem|auch|und|aber|doch|oder|denn|zudem|"
        r"allerdings|jedoch|zum beispiel|so)\b",
        re.IGNORECASE,
    ),
    also=re.compile(r"\b(auch|ebenfalls|ebenso|weitere[nrs]?|letztere[nrs]?)\b", re.IGNORECASE),
    striking=re.compile(
        r"\b(kein\w*|niemand|nie|niemals|nur|erste[nrs]?|letzte[nrs]?|größte[nrs]?|tiefste[nrs]?|"
        r"älteste[nrs]?|schnellste[nrs]?|höchste[nrs]?|längste[nrs]?|heißeste[nrs]?|"
        r"kälteste[nrs]?|allein|ganze[nrs]?|jede[nrs]?|ohne)\b",
        re.IGNORECASE,
    ),
    telling=re.compile(
        r"\b(?:kein\w*|nur|erste[nrs]?|letzte[nrs]?|größte[nrs]?|tiefste[nrs]?|älteste[nrs]?|"
        r"schnellste[nrs]?|höchste[nrs]?|längste[nrs]?)\s[A-ZÄÖÜ][\wäöüß]{3,}"
    ),
    clause_end=re.compile(r",\s|\s(?:und|oder|aber|sondern)\s(?!\d)"),
    phrase_end=re.compile(
        r"\s(?:zwischen|nach|von|vom|mit|ohne|unter|über|in|im|bei|beim|für|auf|an|am|aus|durch)\s"
    ),
)

_WORDINGS: Mapping[str, Wording] = MappingProxyType({"en": _ENGLISH, "de": _GERMAN})


def wording(language: str) -> Wording:
    """The lines of a language (BCP 47); English where there are none of its own."""
    return _WORDINGS.get(primary_subtag(language), _ENGLISH)
