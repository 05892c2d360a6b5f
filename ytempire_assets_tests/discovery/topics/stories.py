"""Made-up stories and the signals that sources would give of them, the same for the same seed.

Belongs here: streams of any size for tests and benchmarks, in which it is known which signals tell
one story. Their wording changes from signal to signal and from day to day, sources differ in form
(headlines, searches, videos), and much of a day is told once. The labelled titles are written by
hand and harder; these are many.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ytempire_assets.discovery.signals import Signal

FIRST_DAY = datetime(2026, 11, 1, tzinfo=UTC)

_EVENTS: dict[str, dict[str, Sequence[str]]] = {
    "earthquake": {
        "en": (
            "Magnitude {n}.{m} earthquake hits {place}",
            "{place} shaken by magnitude {n}.{m} earthquake",
            "Strong earthquake of magnitude {n}.{m} near {place}",
            "Earthquake in {place}: rescue teams reach {other}",
            "{place} earthquake: schools in {other} stay closed",
        ),
        "de": (
            "Erdbeben der Stärke {n},{m} erschüttert {place}",
            "Schweres Erdbeben in {place}, Stärke {n},{m}",
            "Nach dem Erdbeben in {place}: Helfer erreichen {other}",
        ),
        "es": (
            "Un terremoto de magnitud {n},{m} sacude {place}",
            "Terremoto en {place}: magnitud {n},{m}",
        ),
        "fr": ("Séisme de magnitude {n},{m} à {place}", "{place} secouée par un séisme"),
        "pt": ("Terremoto de magnitude {n},{m} atinge {place}",),
        "ja": ("{place}でマグニチュード{n}.{m}の地震",),
        "zh": ("{place}发生{n}.{m}级地震",),
    },
    "transfer": {
        "en": (
            "{club} sign {who} from {rival}",
            "{who} joins {club} from {rival} for {n} million euros",
            "{who} to {club}: transfer from {rival} confirmed",
            "{who} completes move from {rival} to {club}",
        ),
        "de": ("{club} verpflichtet {who} von {rival}", "{who} wechselt von {rival} zu {club}"),
        "es": ("{club} ficha a {who}, del {rival}", "Oficial: {who} deja {rival} y va a {club}"),
        "fr": ("{who} quitte {rival} pour {club}", "{club} recrute {who} ({rival})"),
        "it": ("{who} dal {rival} al {club}", "{club}, ufficiale {who} dal {rival}"),
    },
    "album": {
        "en": (
            '{who} announces new album "{work}"',
            "{who}'s new album {work} is out in March",
            "{who} reveals cover of {work}",
            "New {who} album {work}: everything we know",
        ),
        "de": ('{who} kündigt neues Album "{work}" an', "{work}: Das neue Album von {who}"),
        "es": ("{who} anuncia {work}, su nuevo álbum", "{work}, lo nuevo de {who}"),
        "pt": ("{who} anuncia novo álbum {work}", "Novo álbum de {who} chama-se {work}"),
    },
    "recall": {
        "en": (
            "{firm} recalls {n}00,000 {work} cars over brake fault",
            "{firm} {work} recall: brakes may fail in {n}00,000 cars",
            "Brake fault: {firm} calls back {n}00,000 {work} models",
        ),
        "de": ("{firm} ruft {n}00.000 {work} wegen Bremsen zurück",),
        "fr": ("{firm} rappelle {n}00 000 {work} pour un défaut de freins",),
        "zh": ("{firm}召回{n}0万辆{work}，刹车存在缺陷",),
    },
    "strike": {
        "en": (
            "Workers at {firm} in {place} go on strike",
            "{firm} strike halts plant in {place}",
            "Strike at {firm}: {place} plant stands still",
        ),
        "de": ("Streik bei {firm} in {place}", "{firm}: Beschäftigte in {place} streiken"),
        "es": ("Huelga en la planta de {firm} en {place}", "{firm}: huelga en {place}"),
        "fr": ("Grève chez {firm} à {place}", "{place} : l'usine {firm} en grève"),
    },
    "merger": {
        "en": (
            "{firm} to buy {rival} for ${n} billion",
            "{firm} agrees to acquire {rival} in ${n}bn deal",
            "{firm}-{rival} takeover: what the ${n} billion deal means",
        ),
        "de": ("{firm} übernimmt {rival} für {n} Milliarden Dollar",),
        "es": ("{firm} compra {rival} por {n}.000 millones de dólares",),
        "ja": ("{firm}、{rival}を{n}0億ドルで買収",),
    },
    "verdict": {
        "en": (
            "{who} found guilty of fraud by jury in {place}",
            "Jury in {place} convicts {who} of fraud",
            "{who} guilty: {place} court hands down fraud verdict",
        ),
        "es": ("{who}, culpable de fraude en {place}", "Un jurado de {place} condena a {who}"),
        "pt": ("{who} condenado por fraude em {place}",),
    },
    "release": {
        "en": (
            "{work} {n}.{m} released",
            "{firm} releases {work} {n}.{m}",
            "What's new in {work} {n}.{m}",
            "{work} {n}.{m} is out",
        ),
        "de": ("{work} {n}.{m} ist da", "{firm} veröffentlicht {work} {n}.{m}"),
        "ja": ("{work} {n}.{m} リリース",),
        "zh": ("{firm}发布{work} {n}.{m}",),
    },
    "match": {
        "en": (
            "{club} vs {rival} highlights",
            "{club} beat {rival} {n}-{m} in {place}",
            "{club} {n}-{m} {rival}: match report",
            "{rival} lose to {club} in {place}",
        ),
        "es": ("{club} vs {rival}: resumen y goles", "{club} gana {n}-{m} a {rival} en {place}"),
        "de": ("{club} schlägt {rival} {n}:{m}", "{club} gegen {rival}: alle Tore"),
    },
}
_QUERIES = {
    "earthquake": "{place} earthquake",
    "transfer": "{who} {club}",
    "album": "{who} {work}",
    "recall": "{firm} {work} recall",
    "strike": "{firm} {place} strike",
    "merger": "{firm} {rival}",
    "verdict": "{who} fraud verdict",
    "release": "{work} {n}.{m}",
    "match": "{club} vs {rival}",
}
_ONCE = (
    "How to fix a {a} {b} in {n} minutes",
    "Top {n} {a} {b}s of the year",
    "I built a {a} {b} in my garage",
    "Why does my {b} sound {a}?",
    "The {a} {b} nobody talks about",
    "Show HN: a {a} {b} written in Rust",
    "{n} {a} recipes with {b}",
    "Die {n} besten {b} von {a} für den Winter",
    "Cómo elegir un {b} {a} sin gastar mucho",
    "Une journée à {a} avec un {b}",
)
_THINGS = "bicycle radio kettle lamp guitar drone sofa tractor ladder printer clock oven".split()
_ONSETS = "b br c d dr f g h j k l m n p qu r s st t tr v z".split()
_VOWELS = "a e i o u ai ea io".split()
_CODAS = "l n r s nd rt x m th ck".split()
_FRAMES = ("{}", "{}", "{}", "{} | {site}", "{} - {site}", "BREAKING: {}", "{} 🔥", "LIVE: {}")
_SITES = ("Morning Ledger", "Coast Times", "Daily Relay", "Nova24", "Tagesbote", "El Faro")
_FEEDS = ("ledger", "coast", "relay", "nova", "tagesbote", "faro")


@dataclass(frozen=True, slots=True)
class Story:
    """One made-up story.

    Attributes:
        name: Unique among the stories of a seed.
        event: What happened.
        words: What its titles are filled with.
    """

    name: str
    event: str
    words: dict[str, str]


def make_stories(count: int, seed: int) -> list[Story]:
    """Stories that share no name by intention, some by chance."""
    chance = random.Random(seed)  # noqa: S311
    events = sorted(_EVENTS)
    return [
        Story(
            name=f"story-{number}",
            event=chance.choice(events),
            words={
                "place": _name(chance, 3),
                "other": _name(chance, 3),
                "who": f"{_name(chance, 2)} {_name(chance, 3)}",
                "club": f"{_name(chance, 2)} {chance.choice(('United', 'City', 'Rovers'))}",
                "rival": _name(chance, 3),
                "firm": _name(chance, 2),
                "work": _name(chance, 3),
                "n": str(chance.randint(2, 9)),
                "m": str(chance.randint(0, 9)),
            },
        )
        for number in range(count)
    ]


def title_of(story: Story, chance: random.Random, language: str | None = None) -> tuple[str, str]:
    """One of the ways to tell a story: the title and its language."""
    wordings = _EVENTS[story.event]
    if language is None:
        # English most of the time, as in the sources that channels follow.
        language = "en" if chance.random() < 0.6 else chance.choice(sorted(wordings))
    return chance.choice(wordings[language]).format(**story.words), language


def make_signals(count: int, seed: int = 7) -> tuple[list[Signal], dict[str, str]]:
    """A day of signals.

    One in five is told once; the others follow Zipf's law over a story for every eight signals.

    Args:
        count: How many.
        seed: Which day.

    Returns:
        The signals in no order, and the story of each item.
    """
    chance = random.Random(seed)  # noqa: S311
    stories = make_stories(max(1, count // 8), seed)
    weights = [1.0 / (rank + 1.0) for rank in range(len(stories))]
    picked = chance.choices(stories, weights, k=count)
    signals: list[Signal] = []
    story_of: dict[str, str] = {}
    for number, story in enumerate(picked):
        item = f"item-{number}"
        if chance.random() < 0.2:
            text = chance.choice(_ONCE).format(
                a=_name(chance, 2), b=chance.choice(_THINGS), n=chance.randint(3, 30)
            )
            story_of[item] = item
            signals.append(_signal(chance, item, text, "", ""))
            continue
        story_of[item] = story.name
        if chance.random() < 0.1:
            text = _QUERIES[story.event].format(**story.words).lower()
            signals.append(_signal(chance, item, text, "", "", source="searches"))
            continue
        text, language = title_of(story, chance)
        summary = title_of(story, chance, language)[0] if chance.random() < 0.5 else ""
        signals.append(_signal(chance, item, text, language, summary))
    chance.shuffle(signals)
    return signals, story_of


def _signal(
    chance: random.Random,
    item: str,
    text: str,
    language: str,
    summary: str,
    source: str | None = None,
) -> Signal:
    place = chance.randrange(len(_FEEDS))
    title = text
    if source is None:
        title = chance.choice(_FRAMES).format(text, site=_SITES[place])
        if chance.random() < 0.05:
            title = title.upper()
        source = _FEEDS[place] if chance.random() < 0.6 else chance.choice(("videos", "forum"))
    published = FIRST_DAY + timedelta(minutes=chance.randrange(2 * 24 * 60))
    return Signal(
        source=source,
        item=item,
        title=title,
        observed_at=FIRST_DAY + timedelta(days=2),
        value=float(chance.randrange(10, 10**6)),
        unit="views",
        counting="total",
        published_at=None if source == "searches" else published,
        address="" if source == "searches" else f"https://{source}.example/{item}",
        summary=summary,
        # Feeds say their language, others leave it to be found out.
        language=language if source in _FEEDS else "",
        channel=f"channel-{chance.randrange(400)}" if source == "videos" else "",
    )


def _name(chance: random.Random, syllables: int) -> str:
    parts = [chance.choice(_ONSETS) + chance.choice(_VOWELS) for _ in range(syllables)]
    return ("".join(parts) + chance.choice(_CODAS)).capitalize()
