"""What is said between facts: short lines of the channel's own, by style, tone and language.

Belongs here: the lines, and which of them a video takes. They state nothing, so that nothing in
them needs a source, and they are short, so that no run of words becomes a trademark of the machine.
Turning the facts' own words is ``cohesion.py``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ytempire_assets.reading.language_tags import primary_subtag

Lines = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bank:
    """Lines of one style in one language.

    Attributes:
        opening: After the hook.
        numbers: Before a scene that has a figure.
        turn: Before another scene in the middle.
        last: Before the last fact.
    """

    opening: Lines
    numbers: Lines
    turn: Lines
    last: Lines


def _lines(text: str) -> Lines:
    return tuple(line.strip() for line in text.strip().splitlines())


_BANKS: Mapping[str, Mapping[str, Bank]] = MappingProxyType(
    {
        "en": {
            "educational": Bank(
                _lines("""
                    Here is what we know.
                    Start with the basics.
                    First, some background.
                    Let us begin simply.
                    Step back for a moment.
                """),
                _lines("""
                    Now the numbers.
                    Look at the scale of it.
                    A figure helps here.
                    Put a number on it.
                    Numbers make this clearer.
                """),
                _lines("""
                    There is more to it.
                    Now look closer.
                    Here is the next piece.
                    Look at the details.
                """),
                _lines("""
                    One last thing.
                    And finally, this.
                    One more fact to keep.
                    Which leaves one thing.
                    To finish, one more.
                """),
            ),
            "entertainment": Bank(
                _lines("""
                    Stay with me.
                    It gets better.
                    Oh yes.
                    And we have only just begun.
                    Wait for the rest.
                    Good start, right?
                """),
                _lines("""
                    Get this.
                    Brace yourself.
                    Now the wild number.
                    Ready for the number?
                    Hold on to something.
                    Do the maths.
                """),
                _lines("""
                    It gets stranger.
                    And then this.
                    But wait.
                    Not weird enough yet?
                """),
                _lines("""
                    The best for last.
                    One more before you go.
                    Last one, promise.
                    Final act.
                """),
            ),
            "news": Bank(
                _lines("""
                    Here is what is known.
                    The facts so far.
                    In brief.
                    What the sources say.
                    This is the picture.
                """),
                _lines("""
                    In figures.
                    By the numbers.
                    The count.
                    The figures at hand.
                    The scale.
                """),
                _lines("""
                    The background.
                    Further details.
                    Also on record.
                    The context.
                    Another point.
                """),
                _lines("""
                    A last detail.
                    Finally.
                    And one more point.
                    To close.
                """),
            ),
            "tutorial": Bank(
                _lines("""
                    First, the basics.
                    Start here.
                    Take it in order.
                    Step one.
                    Begin with this.
                """),
                _lines("""
                    Next, note the number.
                    Now put it in numbers.
                    Next, the scale.
                    Then, the figure to know.
                """),
                _lines("""
                    Next.
                    Then, look at this.
                    The next point.
                    Now build on that.
                    On to the next part.
                """),
                _lines("""
                    Last, remember this.
                    And to keep in mind.
                    Final point.
                    Take this one with you.
                """),
            ),
        },
        "de": {
            "educational": Bank(
                _lines("""
                    Das weiß man darüber.
                    Fangen wir vorne an.
                    Zuerst das Wichtigste.
                    Ein Schritt zurück.
                """),
                _lines("""
                    Nun die Zahlen.
                    Eine Zahl macht es klarer.
                    Hier hilft eine Zahl.
                    Jetzt zur Größe.
                """),
                _lines("""
                    Schauen wir genauer hin.
                    Es geht noch weiter.
                    Nun zum nächsten Teil.
                    Und noch etwas.
                """),
                _lines("""
                    Zum Schluss noch dies.
                    Eines bleibt noch.
                    Ein letzter Gedanke.
                    Und ganz am Ende.
                """),
            ),
            "entertainment": Bank(
                _lines("""
                    Dranbleiben lohnt sich.
                    Es wird noch besser.
                    Das war erst der Anfang.
                    Guter Anfang, oder?
                """),
                _lines("""
                    Jetzt festhalten.
                    Achtung, große Zahl.
                    Bereit für die Zahl?
                    Rechne mal nach.
                """),
                _lines("""
                    Es wird seltsamer.
                    Und dann das.
                    Moment mal.
                """),
                _lines("""
                    Das Beste zum Schluss.
                    Eins noch.
                    Und jetzt das Finale.
                    Noch eins, versprochen.
                """),
            ),
            "news": Bank(
                _lines("""
                    Das ist bekannt.
                    Die Fakten.
                    Der Überblick.
                    Das sagen die Quellen.
                """),
                _lines("""
                    In Zahlen.
                    Die Größenordnung.
                    Die Zahlen dazu.
                """),
                _lines("""
                    Der Hintergrund.
                    Weitere Einzelheiten.
                    Ein weiterer Punkt.
                    Die Einordnung.
                """),
                _lines("""
                    Ein letzter Punkt.
                    Zum Abschluss.
                    Schließlich.
                """),
            ),
            "tutorial": Bank(
                _lines("""
                    Zuerst die Grundlagen.
                    Hier geht es los.
                    Der Reihe nach.
                    Schritt eins.
                """),
                _lines("""
                    Nun die Zahl dazu.
                    Merke dir die Zahl.
                    Jetzt in Zahlen.
                """),
                _lines("""
                    Weiter geht es.
                    Der nächste Punkt.
                    Darauf aufbauend.
                    Als Nächstes dies.
                """),
                _lines("""
                    Zum Schluss merken.
                    Der letzte Punkt.
                    Das nimmst du mit.
                """),
            ),
        },
    }
)

_REACTIONS: Mapping[str, Mapping[str, Lines]] = MappingProxyType(
    {
        "en": {
            "calm": ("Take that in for a moment.", "Quietly remarkable.", "Let that settle."),
            "curious": ("Odd, is it not?", "Worth a closer look.", "Curious already?"),
            "lively": ("Yes, really.", "No joke.", "True story.", "You heard right."),
            "serious": (),
        },
        "de": {
            "calm": ("Lass das kurz wirken.", "Still und bemerkenswert."),
            "curious": ("Seltsam, oder?", "Neugierig geworden?", "Da lohnt ein zweiter Blick."),
            "lively": ("Ja, wirklich.", "Kein Witz.", "Richtig gehört."),
            "serious": (),
        },
    }
)


_TEASERS: Mapping[str, Mapping[str, Lines]] = MappingProxyType(
    {
        "en": {
            "educational": ("What makes {name} special?", "Let us look at {name}."),
            "entertainment": ("Ready for {name}?", "Wait until you hear about {name}."),
            "news": ("{name}: what is known.", "The facts on {name}."),
            "tutorial": ("Get to know {name}.", "{name}, step by step."),
        },
        "de": {
            "educational": ("Worum geht es bei {name}?", "Ein Blick auf {name}."),
            "entertainment": ("Bereit für {name}?", "Jetzt kommt {name}."),
            "news": ("{name}: was bekannt ist.", "Die Fakten zu {name}."),
            "tutorial": ("{name}, Schritt für Schritt.", "{name} in Kürze."),
        },
    }
)


@dataclass(frozen=True, slots=True)
class Connectors:
    """The lines that one video takes; None where it takes none."""

    opening: str | None
    numbers: str | None
    turn: str | None
    last: str | None


def choose_connectors(seed: str, style: str, tone: str, language: str) -> Connectors:
    """The same lines for the same seed; about one place in five stays empty.

    Args:
        seed: Identity of the video and of the attempt.
        style: educational, entertainment, news or tutorial.
        tone: calm, curious, lively or serious; decides how the channel reacts to its own hook.
        language: BCP 47; languages without lines of their own get none.
    """
    primary = primary_subtag(language)
    bank = _BANKS.get(primary, {}).get(style)
    if bank is None:
        return Connectors(None, None, None, None)
    # News do not comment on themselves.
    reactions = () if style == "news" else _REACTIONS[primary].get(tone, ())
    return Connectors(
        _chosen(seed, "opening", (*bank.opening, *reactions)),
        _chosen(seed, "numbers", bank.numbers),
        _chosen(seed, "turn", bank.turn),
        _chosen(seed, "last", bank.last),
    )


def teaser(seed: str, style: str, language: str, name: str) -> str | None:
    """An opening for a story whose sentences are all too long for one; None without lines for it.

    Args:
        seed: Identity of the video and of the attempt.
        style: educational, entertainment, news or tutorial.
        language: BCP 47.
        name: What the video is about, as short as it goes.
    """
    lines = _TEASERS.get(primary_subtag(language), {}).get(style)
    if not lines:
        return None
    line = lines[_number(seed, "teaser") % len(lines)].format(name=name)
    return line[0].upper() + line[1:]


def _chosen(seed: str, place: str, lines: Lines) -> str | None:
    number = _number(seed, place)
    return None if number % 5 == 0 else lines[number // 5 % len(lines)]


def _number(seed: str, place: str) -> int:
    digest = hashlib.blake2b(f"{seed}/{place}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")
