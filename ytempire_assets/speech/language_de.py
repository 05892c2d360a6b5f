"""How German says figures, dates, measures and short forms.

Belongs here: German words, and the rules that only German has.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ytempire_assets.speech import numbers
from ytempire_assets.speech.language import SHARED, Language, Written

_CODE = "de"
_MONTHS = (
    "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"
).split()
_YEAR = re.compile(r"1[1-9]\d\d|20\d\d")
_YEAR_BEFORE = frozenset(
    "jahr jahre jahres jahren seit anno sommer winter frühjahr herbst frühling ende anfang mitte "
    "bis ab von nach vor um und im".split()
)
_ENDINGS = {
    **dict.fromkeys("der die das".split(), ""),
    **dict.fromkeys("ein kein".split(), "-r"),
}
"""What stands before an ordinal decides its ending: der zweite, ein zweiter, am zweiten."""
_BEFORE_ORDINAL = frozenset(
    "der die das dem den des am im zum zur vom beim ein kein eine einem einen einer ihr ihre ihrem "
    "sein seine seinem jede jeder jedes jedem jeden".split()
)
_NUMERAL = {
    numeral: number
    for number, numeral in enumerate(
        "I II III IV V VI VII VIII IX X XI XII XIII XIV XV XVI XVII XVIII".split(), start=1
    )
}
_RULERS = frozenset(
    "Heinrich Ludwig Georg Eduard Elisabeth Karl Wilhelm Jakob Richard Friedrich Katharina Peter "
    "Alexander Nikolaus Philipp Ferdinand Franz Leopold Paul Pius Benedikt Johannes Gregor Leo "
    "Otto Ramses Napoleon Kleopatra Iwan Gustav Christian Maximilian Rudolf Joseph Konrad".split()
)
_COUNTED = frozenset("Teil Kapitel Band Akt Klasse Typ Phase Stufe".split())


def _cardinal(text: str) -> str:
    return numbers.cardinal(text, _CODE)


def _ordinal(number: int, written: Sequence[Written], here: int) -> str:
    before = written[here - 1].core.lower() if here else ""
    # Without an article: "3. Mai" is said as on a calendar.
    return numbers.ordinal(number, _CODE, _ENDINGS.get(before, "-r" if not before else "-n"))


def _date(written: Sequence[Written], here: int, said: Language) -> list[str]:
    """3. Mai 2024; 03.05.2024; 2024-05-03; Mai 2024."""
    core = written[here].core
    found = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", core)
    iso = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", core)
    day, month, year = (
        (found[1], found[2], found[3])
        if found
        else (iso[3], iso[2], iso[1])
        if iso
        else ("", "", "")
    )
    if day and 1 <= int(day) <= 31 and 1 <= int(month) <= 12:
        first = _ordinal(int(day), written, here)
        return [f"{first} {_MONTHS[int(month) - 1]} {numbers.year(int(year), _CODE)}"]
    rest = written[here + 1 :]
    if re.fullmatch(r"\d{1,2}", core) and written[here].after == "." and rest:
        number = said.months.get(rest[0].core)
        if number and 1 <= int(core) <= 31:
            forms = [_ordinal(int(core), written, here) + ".", _MONTHS[number - 1]]
            return [*forms, *_year_after(rest)]
    if core in said.months and (year_forms := _year_after(written[here:])):
        return [_MONTHS[said.months[core] - 1], *year_forms]
    return []


def _year_after(words: Sequence[Written]) -> list[str]:
    if len(words) < 2 or words[0].after.strip(".") or not _YEAR.fullmatch(words[1].core):
        return []
    return [numbers.year(int(words[1].core), _CODE)]


def _years(written: Sequence[Written], here: int, said: Language) -> list[str]:
    """Im Jahr 1977; 1914–1918; die 1990er."""
    core = written[here].core
    decade = re.fullmatch(r"(\d{2,4})er(n?)", core)
    if decade:
        word = numbers.year(int(decade[1]), _CODE)
        return [f"{word}er{decade[2]}"]
    both = re.fullmatch(r"(\d{4})[–-](\d{4})", core)
    if both and _YEAR.fullmatch(both[1]) and _YEAR.fullmatch(both[2]):
        return [" bis ".join(numbers.year(int(end), _CODE) for end in both.groups())]
    before = written[here - 1].core.lower() if here else ""
    if not _YEAR.fullmatch(core):
        return []
    follows = written[here + 1].core if here + 1 < len(written) else ""
    if not written[here].after and (follows in said.units or follows[:1].isupper()):
        return []
    if before in _YEAR_BEFORE or (written[here].before == "(" and ")" in written[here].after):
        return [numbers.year(int(core), _CODE)]
    return []


def _ordinals(written: Sequence[Written], here: int, _: Language) -> list[str]:
    """Der 2. Weltkrieg; im 19. Jahrhundert."""
    word = written[here]
    if not (re.fullmatch(r"\d{1,3}", word.core) and word.after == "." and here):
        return []
    follows = written[here + 1].core[:1] if here + 1 < len(written) else ""
    if written[here - 1].core.lower() in _BEFORE_ORDINAL and follows.isalpha():
        return [_ordinal(int(word.core), written, here) + "."]
    return []


def _numerals(written: Sequence[Written], here: int, _: Language) -> list[str]:
    """Ludwig XIV.; Teil II."""
    word = written[here]
    number = _NUMERAL.get(word.core)
    before = written[here - 1] if here else None
    if number is None or before is None or before.after:
        return []
    if before.core in _COUNTED:
        return [_cardinal(str(number))]
    if before.core in _RULERS and word.after.startswith("."):
        return [f"der {numbers.ordinal(number, _CODE)}."]
    return []


def _short(written: Sequence[Written], here: int, said: Language) -> list[str]:
    """Z. B.; ca. 5; Nr. 3; Dr. Meier."""
    word = written[here]
    if not word.after.startswith("."):
        return []
    if here + 1 < len(written) and written[here + 1].after.startswith("."):
        pair = _PAIRS.get(f"{word.core}.{written[here + 1].core}.")
        if pair:
            return [f"{part}." for part in pair]
    joined = _PAIRS.get(f"{word.core}.")
    if joined:
        return [" ".join(joined) + "."]
    follows = written[here + 1].core if here + 1 < len(written) else ""
    long = said.abbreviations.get(word.core + ".")
    if long is None or (long.endswith("#") and not follows[:1].isdecimal()):
        return []
    if word.core in ("etc", "usw") and follows[:1].isupper():
        return [long]
    return [long.rstrip("#") + "."]


_PAIRS = {
    "z.B.": ("zum", "Beispiel"),
    "d.h.": ("das", "heißt"),
    "u.a.": ("unter", "anderem"),
    "v.a.": ("vor", "allem"),
    "i.d.R.": ("in der", "Regel"),
    "o.ä.": ("oder", "ähnliches"),
    "u.ä.": ("und", "ähnliches"),
    "v.Chr.": ("vor", "Christus"),
    "n.Chr.": ("nach", "Christus"),
    "s.o.": ("siehe", "oben"),
}


def _clock(hour: int, minute: int) -> str:
    hours = f"{_cardinal(str(hour)) if hour != 1 else 'ein'} Uhr"
    return f"{hours} {_cardinal(str(minute))}" if minute else hours


def _hours(written: Sequence[Written], here: int, _: Language) -> list[str]:
    """14:30 Uhr, 14.30 Uhr: the word is said once, between hour and minute."""
    found = re.fullmatch(r"([01]?\d|2[0-4])[:.]([0-5]\d)", written[here].core)
    following = written[here + 1].core if here + 1 < len(written) else ""
    if not found or following != "Uhr" or written[here].after:
        return []
    hour = _cardinal(found[1].lstrip("0") or "0") if found[1] not in ("1", "01") else "ein"
    minute = f" {_cardinal(str(int(found[2])))}" if int(found[2]) else ""
    return [hour, f"Uhr{minute}"]


def _fraction(top: int, bottom: int) -> str:
    if bottom == 2:
        return "ein halb" if top == 1 else f"{_cardinal(str(top))} halbe"
    number = numbers.ordinal(bottom, _CODE)
    return f"{'ein' if top == 1 else _cardinal(str(top))} {number.capitalize()}l"


def _same(name: str) -> tuple[str, str]:
    return name, name


GERMAN = Language(
    code=_CODE,
    signs={
        "&": "und", "%": "Prozent", "+": "plus", "=": "gleich", "@": "at", "#": "Nummer",
        "−": "minus", "±": "plus minus", "×": "mal", "÷": "geteilt durch", "<": "kleiner als",
        ">": "größer als", "≈": "ungefähr", "~": "ungefähr", "≤": "höchstens", "≥": "mindestens",
        "→": "nach", "°": "Grad", "§": "Paragraf", "$": "Dollar", "€": "Euro", "£": "Pfund",
        "‰": "Promille", "/": "Schrägstrich",
    },
    address_signs={
        ".": "Punkt", "@": "at", "/": "Schrägstrich", "-": "Bindestrich", "_": "Unterstrich",
        "+": "plus", ":": "Doppelpunkt", "~": "Tilde", "=": "gleich", "&": "und",
        "%": "Prozent", "#": "Raute",
    },
    units={
        "km": _same("Kilometer"), "m": _same("Meter"), "cm": _same("Zentimeter"),
        "mm": _same("Millimeter"), "µm": _same("Mikrometer"), "μm": _same("Mikrometer"),
        "nm": _same("Nanometer"), "km/h": _same("Kilometer pro Stunde"),
        "m/s": _same("Meter pro Sekunde"), "km/s": _same("Kilometer pro Sekunde"),
        "m²": _same("Quadratmeter"), "km²": _same("Quadratkilometer"),
        "cm²": _same("Quadratzentimeter"), "m³": _same("Kubikmeter"),
        "cm³": _same("Kubikzentimeter"), "km³": _same("Kubikkilometer"),
        "kg": _same("Kilogramm"), "g": _same("Gramm"), "mg": _same("Milligramm"),
        "µg": _same("Mikrogramm"), "μg": _same("Mikrogramm"), "t": ("Tonne", "Tonnen"),
        "l": _same("Liter"), "L": _same("Liter"), "ml": _same("Milliliter"),
        "°C": _same("Grad Celsius"), "°F": _same("Grad Fahrenheit"), "°": _same("Grad"),
        "K": _same("Kelvin"), "%": _same("Prozent"), "GB": _same("Gigabyte"),
        "MB": _same("Megabyte"), "kB": _same("Kilobyte"), "KB": _same("Kilobyte"),
        "TB": _same("Terabyte"), "Mbit/s": _same("Megabit pro Sekunde"), "GHz": _same("Gigahertz"),
        "MHz": _same("Megahertz"), "kHz": _same("Kilohertz"), "Hz": _same("Hertz"),
        "W": _same("Watt"), "kW": _same("Kilowatt"), "MW": _same("Megawatt"),
        "GW": _same("Gigawatt"), "kWh": ("Kilowattstunde", "Kilowattstunden"),
        "MWh": ("Megawattstunde", "Megawattstunden"), "GWh": ("Gigawattstunde", "Gigawattstunden"),
        "TWh": ("Terawattstunde", "Terawattstunden"), "V": _same("Volt"), "kV": _same("Kilovolt"),
        "J": _same("Joule"), "kJ": _same("Kilojoule"), "kcal": ("Kilokalorie", "Kilokalorien"),
        "N": _same("Newton"), "Pa": _same("Pascal"), "hPa": _same("Hektopascal"),
        "bar": _same("Bar"), "ms": ("Millisekunde", "Millisekunden"), "min": ("Minute", "Minuten"),
        "h": ("Stunde", "Stunden"), "s": ("Sekunde", "Sekunden"), "ha": _same("Hektar"),
        "dB": _same("Dezibel"), "x": _same("mal"), "×": _same("mal"), "px": _same("Pixel"),
    },
    money={
        "€": ("Euro", "Euro", "Cent", "Cent"), "EUR": ("Euro", "Euro", "Cent", "Cent"),
        "$": ("Dollar", "Dollar", "Cent", "Cent"),
        "US$": ("US-Dollar", "US-Dollar", "Cent", "Cent"),
        "USD": ("US-Dollar", "US-Dollar", "Cent", "Cent"),
        "£": ("Pfund", "Pfund", "Penny", "Pence"), "GBP": ("Pfund", "Pfund", "Penny", "Pence"),
        "¥": ("Yen", "Yen", "", ""), "CHF": ("Franken", "Franken", "Rappen", "Rappen"),
    },
    magnitudes={
        "Tausend": "Tausend", "Million": "Million", "Millionen": "Millionen",
        "Milliarde": "Milliarde", "Milliarden": "Milliarden", "Billion": "Billion",
        "Billionen": "Billionen", "Mio": "Millionen", "Mrd": "Milliarden",
    },
    abbreviations={
        "Dr.": "Doktor", "Prof.": "Professor", "Nr.": "Nummer", "ca.": "circa", "bzw.":
        "beziehungsweise", "usw.": "und so weiter", "etc.": "et cetera", "evtl.": "eventuell",
        "ggf.": "gegebenenfalls", "inkl.": "inklusive", "max.": "maximal", "min.": "minimal",
        "Mio.": "Millionen", "Mrd.": "Milliarden", "Std.": "Stunden", "Min.": "Minuten",
        "Sek.": "Sekunden", "vgl.": "vergleiche", "Abb.": "Abbildung#", "S.": "Seite#",
        "Bd.": "Band#", "St.": "Sankt", "Str.": "Straße", "sog.": "sogenannte", "rd.": "rund#",
        "Jh.": "Jahrhundert", "geb.": "geboren", "gest.": "gestorben", "z.B": "zum Beispiel",
        "d.h": "das heißt",
    },
    months={
        **{name: number for number, name in enumerate(_MONTHS, start=1)},
        "Jan": 1, "Jän": 1, "Jänner": 1, "Feb": 2, "Apr": 4, "Aug": 8, "Sept": 9, "Sep": 9,
        "Okt": 10, "Nov": 11, "Dez": 12,
    },
    to="bis",
    rules=(_date, _hours, _years, _ordinals, _numerals, *SHARED, _short),
    clock=_clock,
    fraction=_fraction,
)  # fmt: skip
