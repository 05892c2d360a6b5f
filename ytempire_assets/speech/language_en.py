"""How English says figures, dates, measures and short forms.

Belongs here: English words, and the rules that only English has.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ytempire_assets.speech import numbers
from ytempire_assets.speech.language import SHARED, Language, Written

_CODE = "en"
_MONTHS = (
    "January February March April May June July August September October November December"
).split()
_DAY = re.compile(r"(0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?")
_YEAR = re.compile(r"1[1-9]\d\d|20\d\d")
_COUNT_BEFORE = frozenset("than only least most nearly almost over exactly another some".split())
_COUNT_AFTER = frozenset("people men women children feet percent of more or different".split())
_NOT_COUNTED = frozenset("was is has as its this his does us".split())
"""Words in s that are nothing to count."""
_NUMERAL = {
    numeral: number
    for number, numeral in enumerate(
        "I II III IV V VI VII VIII IX X XI XII XIII XIV XV XVI XVII XVIII XIX XX XXI XXII XXIII "
        "XXIV".split(),
        start=1,
    )
}
_RULERS = frozenset(
    "Henry Louis George Edward Elizabeth Charles William James Richard Frederick Catherine Peter "
    "Alexander Nicholas Philip Ferdinand Francis Leopold Wilhelm Friedrich Paul Pius Benedict John "
    "Gregory Innocent Leo Urban Clement Otto Ramesses Ramses Thutmose Napoleon Darius Xerxes "
    "Ptolemy Cleopatra Mehmed Selim Ivan Sigismund Gustav Christian Haakon Olav Alfonso".split()
)
_COUNTED = frozenset("War Part Chapter Volume Act Phase Type Book Title Class Stage Bowl".split())


def _ordinal(number: int) -> str:
    return numbers.ordinal(number, _CODE)


def _year(text: str) -> str:
    return numbers.year(int(text), _CODE)


def _iso(written: Sequence[Written], here: int, _: Language) -> list[str]:
    found = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", written[here].core)
    if not found or not (1 <= int(found[2]) <= 12 and 1 <= int(found[3]) <= 31):
        return []
    month = _MONTHS[int(found[2]) - 1]
    return [f"{month} {_ordinal(int(found[3]))} {_year(found[1])}"]


def _month(word: Written, said: Language) -> str:
    number = said.months.get(word.core)
    return _MONTHS[number - 1] if number else ""


def _date(written: Sequence[Written], here: int, said: Language) -> list[str]:
    """3 May 2024; May 3, 2024; May 2024."""
    word, rest = written[here], written[here + 1 :]
    day = _DAY.fullmatch(word.core)
    if day and rest and not word.after and _month(rest[0], said):
        the = "the " if not (here and written[here - 1].core.lower() == "the") else ""
        forms = [f"{the}{_ordinal(int(day[1]))} of", _month(rest[0], said)]
        return forms + _following_year(rest, 1)
    if not _month(word, said) or not rest or word.after.strip("."):
        return []
    if (
        word.core == "May"
        and not _DAY.fullmatch(rest[0].core)
        and not _YEAR.fullmatch(rest[0].core)
    ):
        return []
    day = _DAY.fullmatch(rest[0].core)
    if day:
        return [_month(word, said), _ordinal(int(day[1])), *_following_year(rest, 1, comma=True)]
    year = _following_year([word, *rest], 1)
    return [_month(word, said), *year] if year else []


def _following_year(words: Sequence[Written], at: int, *, comma: bool = False) -> list[str]:
    before = words[at - 1].after
    if len(words) <= at or before not in (("", ",") if comma else ("", ".")):
        return []
    return [_year(words[at].core)] if _YEAR.fullmatch(words[at].core) else []


def _years(written: Sequence[Written], here: int, said: Language) -> list[str]:
    """In 1977; 1914–1918; the 1990s."""
    core = written[here].core
    decade = re.fullmatch(r"['’]?(\d{2,4})['’]?s", core)
    if decade and decade[1].endswith("0"):
        return [_plural(_year(decade[1]) if len(decade[1]) == 4 else _cardinal(decade[1]))]
    both = re.fullmatch(r"(\d{4})[–-](\d{4}|\d\d)", core)
    if both and _YEAR.fullmatch(both[1]) and (len(both[2]) == 2 or _YEAR.fullmatch(both[2])):
        end = _year(both[2]) if len(both[2]) == 4 else _cardinal(both[2])
        return [f"{_year(both[1])} to {end}"]
    if not _YEAR.fullmatch(core):
        return []
    # Amounts of this size have a comma as a rule, "1,500": without one it is a year, unless
    # something is counted, "1500 places".
    if here and written[here - 1].core.lower() in _COUNT_BEFORE:
        return []
    if here + 1 < len(written) and not written[here].after:
        follows = written[here + 1].core
        if follows in said.units or follows in said.magnitudes or follows in said.money:
            return []
        counted = follows.endswith("s") and follows.islower() and follows not in _NOT_COUNTED
        if counted or follows in _COUNT_AFTER:
            return []
    return [_year(core)]


def _cardinal(text: str) -> str:
    return numbers.cardinal(text, _CODE)


def _plural(words: str) -> str:
    return words[:-1] + "ies" if words.endswith("y") else words + "s"


def _ordinals(written: Sequence[Written], here: int, _: Language) -> list[str]:
    found = re.fullmatch(r"(\d{1,6})(?:st|nd|rd|th)", written[here].core)
    return [_ordinal(int(found[1]))] if found else []


def _numerals(written: Sequence[Written], here: int, _: Language) -> list[str]:
    """Henry VIII; World War II."""
    word = written[here]
    number = _NUMERAL.get(word.core)
    before = written[here - 1] if here else None
    if number is None or before is None or before.after:
        return []
    if before.core in _COUNTED:
        return [_cardinal(str(number))]
    last = here + 1 == len(written) or bool(word.after)
    if before.core in _RULERS and (number > 1 or last or written[here + 1].core in ("of", "was")):
        return [f"the {_ordinal(number)}"]
    return []


def _short(written: Sequence[Written], here: int, said: Language) -> list[str]:
    """Dr. Smith; No. 5; St. Paul."""
    word = written[here]
    if not word.after.startswith("."):
        return []
    follows = written[here + 1].core if here + 1 < len(written) else ""
    long = said.abbreviations.get(word.core + ".")
    if long is None or (long.endswith("#") and not follows[:1].isdecimal()):
        return []
    if word.core in ("Dr", "St", "Mr", "Mrs", "Ms", "Prof") and not follows[:1].isupper():
        return []
    if word.core == "etc" and follows[:1].isupper():
        return [long]
    return [long.rstrip("#") + "."]


def _clock(hour: int, minute: int) -> str:
    if minute == 0:
        return (
            f"{_cardinal(str(hour))} o'clock" if hour <= 12 else f"{_cardinal(str(hour))} hundred"
        )
    return f"{_cardinal(str(hour))} {'oh ' if minute < 10 else ''}{_cardinal(str(minute))}"


def _fraction(top: int, bottom: int) -> str:
    if (top, bottom) == (1, 2):
        return "one half"
    name = {2: "half", 4: "quarter"}.get(bottom) or _ordinal(bottom)
    many = {"half": "halves"}.get(name, name + "s")
    return f"{_cardinal(str(top))} {name if top == 1 else many}"


def _named(*names: str) -> tuple[str, str]:
    return names[0], names[1] if len(names) > 1 else names[0] + "s"


ENGLISH = Language(
    code=_CODE,
    signs={
        "&": "and", "%": "percent", "+": "plus", "=": "equals", "@": "at", "#": "number",
        "−": "minus", "±": "plus or minus", "×": "times", "÷": "divided by", "<": "less than",
        ">": "greater than", "≈": "about", "~": "about", "≤": "at most", "≥": "at least",
        "→": "to", "°": "degrees", "§": "section", "$": "dollars", "€": "euros", "£": "pounds",
        "‰": "per mille", "/": "slash",
    },
    address_signs={
        ".": "dot", "@": "at", "/": "slash", "-": "dash", "_": "underscore", "+": "plus",
        ":": "colon", "~": "tilde", "=": "equals", "&": "and", "%": "percent", "#": "hash",
    },
    units={
        "km": _named("kilometre"), "m": _named("metre"), "cm": _named("centimetre"),
        "mm": _named("millimetre"), "µm": _named("micrometre"), "μm": _named("micrometre"),
        "nm": _named("nanometre"), "mi": _named("mile"), "ft": _named("foot", "feet"),
        "yd": _named("yard"), "km/h": _named("kilometre per hour", "kilometres per hour"),
        "kph": _named("kilometre per hour", "kilometres per hour"),
        "mph": _named("mile per hour", "miles per hour"),
        "m/s": _named("metre per second", "metres per second"),
        "km/s": _named("kilometre per second", "kilometres per second"),
        "m²": _named("square metre"), "km²": _named("square kilometre"),
        "cm²": _named("square centimetre"), "m³": _named("cubic metre"),
        "cm³": _named("cubic centimetre"), "km³": _named("cubic kilometre"),
        "kg": _named("kilogram"), "g": _named("gram"), "mg": _named("milligram"),
        "µg": _named("microgram"), "μg": _named("microgram"), "t": _named("tonne"),
        "lb": _named("pound"), "lbs": _named("pound"), "oz": _named("ounce"),
        "l": _named("litre"), "L": _named("litre"), "ml": _named("millilitre"),
        "mL": _named("millilitre"), "°C": _named("degree Celsius", "degrees Celsius"),
        "°F": _named("degree Fahrenheit", "degrees Fahrenheit"), "°": _named("degree"),
        "K": _named("kelvin", "kelvin"), "%": ("percent", "percent"), "GB": _named("gigabyte"),
        "MB": _named("megabyte"), "kB": _named("kilobyte"), "KB": _named("kilobyte"),
        "TB": _named("terabyte"), "PB": _named("petabyte"),
        "Mbit/s": _named("megabit per second", "megabits per second"),
        "GHz": ("gigahertz", "gigahertz"), "MHz": ("megahertz", "megahertz"),
        "kHz": ("kilohertz", "kilohertz"), "Hz": ("hertz", "hertz"), "W": _named("watt"),
        "kW": _named("kilowatt"), "MW": _named("megawatt"), "GW": _named("gigawatt"),
        "kWh": _named("kilowatt hour"), "MWh": _named("megawatt hour"),
        "GWh": _named("gigawatt hour"), "TWh": _named("terawatt hour"), "V": _named("volt"),
        "kV": _named("kilovolt"), "J": _named("joule"), "kJ": _named("kilojoule"),
        "kcal": _named("kilocalorie"), "N": _named("newton"), "Pa": _named("pascal"),
        "hPa": _named("hectopascal"), "bar": _named("bar"), "ms": _named("millisecond"),
        "min": _named("minute"), "h": _named("hour"), "s": _named("second"),
        "ha": _named("hectare"), "dB": _named("decibel"), "x": ("times", "times"),
        "×": ("times", "times"), "px": _named("pixel"), "fps": ("frames per second",) * 2,
        "ppm": ("parts per million",) * 2, "pm": ("P M", "P M"), "am": ("A M", "A M"),
        "p.m": ("P M", "P M"), "a.m": ("A M", "A M"),
    },
    money={
        "$": ("dollar", "dollars", "cent", "cents"),
        "US$": ("US dollar", "US dollars", "cent", "cents"),
        "USD": ("US dollar", "US dollars", "cent", "cents"),
        "€": ("euro", "euros", "cent", "cents"), "EUR": ("euro", "euros", "cent", "cents"),
        "£": ("pound", "pounds", "penny", "pence"), "GBP": ("pound", "pounds", "penny", "pence"),
        "¥": ("yen", "yen", "", ""), "₹": ("rupee", "rupees", "paisa", "paise"),
        "CHF": ("Swiss franc", "Swiss francs", "centime", "centimes"),
        "₽": ("rouble", "roubles", "kopeck", "kopecks"), "₩": ("won", "won", "", ""),
    },
    magnitudes={
        "thousand": "thousand", "million": "million", "billion": "billion", "trillion": "trillion",
        "k": "thousand", "K": "thousand", "m": "million", "M": "million", "bn": "billion",
        "B": "billion", "tn": "trillion", "T": "trillion",
    },
    abbreviations={
        "Dr.": "Doctor", "Mr.": "Mister", "Mrs.": "Missis", "Ms.": "Miz", "Prof.": "Professor",
        "St.": "Saint", "No.": "number#", "Nos.": "numbers#", "approx.": "approximately",
        "vs.": "versus", "etc.": "et cetera", "e.g.": "for example", "e.g": "for example",
        "i.e.": "that is", "i.e": "that is", "cf.": "compare", "ca.": "about", "c.": "about#",
        "Inc.": "Incorporated", "Ltd.": "Limited", "Jr.": "Junior", "Sr.": "Senior",
        "Fig.": "figure#", "fig.": "figure#", "p.": "page#", "pp.": "pages#", "vol.": "volume#",
        "Vol.": "volume#", "min.": "minutes", "max.": "maximum", "est.": "established#",
        "Gen.": "General", "Gov.": "Governor", "Sen.": "Senator", "Mt.": "Mount",
        "vs": "versus", "w/o": "without", "w/": "with",
    },
    months={
        **{name: number for number, name in enumerate(_MONTHS, start=1)},
        **{name[:3]: number for number, name in enumerate(_MONTHS, start=1) if name != "May"},
        "Sept": 9,
    },
    to="to",
    rules=(_iso, _date, _ordinals, _years, _numerals, *SHARED, _short),
    clock=_clock,
    fraction=_fraction,
)  # fmt: skip
