"""Words and signs that make a number a figure: magnitudes, currencies, units, months.

Belongs here: what they look like in the languages that channels are made in, and what they mean.
Finding figures with them is ``figures.py``.
"""

from __future__ import annotations

DECIMAL_COMMA = frozenset(
    (
        "bg ca cs da de el es et fi fr hr hu id it lt lv nb nl no pl pt ro ru sk sl sr sv tr uk vi"
    ).split()
)
"""Languages that write 1.234,5; the others write 1,234.5."""

SPACE_GROUPS = frozenset("bg cs et fi fr hu lt lv nb no pl pt ru sk sv uk".split())
"""Languages that group digits with ordinary spaces where their writers have no better ones."""

_MAGNITUDES = {
    3: {
        "": (
            "thousand thousands tausend mille mila duizend tusen tysiąc tysiące tysięcy тыс тысяч "
            "тысячи"
        ),
        "es pt": "mil",
    },
    5: {
        "": "lakh lakhs",
    },
    6: {
        "": (
            "million millions millionen mio millón millones milhão milhões milione milioni miljoen "
            "miljon miljoner milion miliony milionów mln млн миллион миллиона миллионов mn"
        ),
    },
    7: {
        "": "crore crores",
    },
    9: {
        "": (
            "milliarde milliarden mrd milliard milliards miljard miljarder miliardo miliardi "
            "miliard miliardy miliardów mld млрд миллиард миллиарда миллиардов bilhão bilhões bn"
        ),
        "en": "billion billions",
    },
    12: {
        "": "trilhão trilhões tn",
        "en": "trillion trillions",
        "de fr es it nl sv pl": (
            "billionen billion billions billón billones biljoen biljon biljoner bilion "
            "biliony bilionów"
        ),
        "ru": "трлн триллион триллиона триллионов",
    },
}
"""By power of ten and languages; those without a language mean the same in all."""

MONEY_MAGNITUDES = {"k": 3, "m": 6, "mn": 6, "b": 9, "bn": 9, "tn": 12}
"""Letters that mean a magnitude behind an amount of money; behind other numbers they are units."""

EAST_ASIAN = {
    "十": 1, "百": 2, "千": 3, "万": 4, "萬": 4, "億": 8, "亿": 8, "兆": 12,
    "백": 2, "천": 3, "만": 4, "억": 8, "조": 12,
}  # fmt: skip
"""Powers of ten that are written behind digits without a space."""

_CODES = "USD EUR GBP JPY CNY INR CHF CAD AUD BRL KRW RUB PLN SEK NOK DKK".split()
CURRENCY_SIGNS = {
    "US$": "USD",
    "A$": "AUD",
    "C$": "CAD",
    "HK$": "HKD",
    "NZ$": "NZD",
    "R$": "BRL",
    "S$": "SGD",
    "$": "USD",
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "₽": "RUB",
    "₩": "KRW",
    "₺": "TRY",
    "₴": "UAH",
    "zł": "PLN",
} | {
    code: code for code in "USD EUR GBP JPY CNY INR CHF CAD AUD BRL KRW RUB PLN SEK NOK DKK".split()
}
"""Signs before an amount or behind it."""

_CURRENCY_WORDS = {
    "USD": "dollar dollars dólar dólares dollari доллар доллара долларов ドル 美元 달러",
    "EUR": "euro euros евро ユーロ 欧元 유로",
    "GBP": "pound_sterling pounds_sterling pounds",
    "JPY": "yen 円 日元 엔",
    "CNY": "yuan 元 人民币 юань юаней 위안",
    "INR": "rupee rupees",
    "CHF": "franken schweizer_franken francs_suisses swiss_francs",
    "KRW": "원",
    "RUB": "рубль рубля рублей",
    "PLN": "złoty złote złotych",
}

PERCENT = "%"
_UNITS = {
    PERCENT: (
        "% ％ ٪ percent per_cent prozent pour_cent por_ciento por_cento per_cento procent "
        "procenta процент процента процентов パーセント 百分点"
    ),
    "percentage point": (
        "percentage_points percentage_point prozentpunkte prozentpunkten prozentpunkt"
    ),
    "km": (
        "km kilometre kilometres kilometer kilometers kilometern kilómetros quilômetros "
        "quilómetros chilometri kilomètres kilometrów км километр километра "
        "километров キロメートル "
        "公里 킬로미터"
    ),
    "m": (
        "m metre metres meter meters metern mètres metros metri metrów м метр "
        "метра метров メートル "
        "米 미터"
    ),
    "cm": (
        "cm centimetres centimeters zentimeter centimètres centímetros centimetri см сантиметров"
    ),
    "mm": (
        "mm millimetres millimeters millimeter millimètres milímetros millimetri мм миллиметров"
    ),
    "mi": "mile miles",
    "ft": "ft foot feet",
    "kg": (
        "kg kilogram kilograms kilogramm kilogrammes kilogramos quilogramas chilogrammi кг 公斤 "
        "キログラム"
    ),
    "mg": "mg milligram milligrams milligramm milligrammes miligramos milligrammi",
    "g": "g gram grams gramm grammes gramos gramas grammi",
    "t": "t tonne tonnes tonnen toneladas tonnellate ton tons тонн тонны トン 吨",
    "lb": "lb lbs",
    "gal": "gallon gallons gallonen",
    "yd": "yard yards",
    "in": "inch inches",
    "ha": "ha hectare hectares hektar hectáreas hectares ettari га гектаров ヘクタール 公顷",
    "km²": (
        "km² km2 square_kilometres square_kilometers quadratkilometer kilomètres_carrés "
        "kilómetros_cuadrados quilômetros_quadrados chilometri_quadrati кв._км "
        "平方キロメートル 平方公里"
    ),
    "m²": (
        "m² m2 square_metres square_meters quadratmeter mètres_carrés "
        "metros_cuadrados 平方メートル "
        "平方米"
    ),
    "m³": "m³ m3 cubic_metres cubic_meters kubikmeter mètres_cubes metros_cúbicos",
    "l": "l litre litres liter liters litros litri литров リットル 升",
    "°C": "°C ℃ degrees_celsius grad_celsius degrés_celsius grados_celsius",
    "°F": "°F ℉ degrees_fahrenheit",
    "K": "kelvin",
    "km/h": (
        "km/h kph kilometres_per_hour kilometers_per_hour stundenkilometer kilómetros_por_hora км/ч"
    ),
    "mph": "mph miles_per_hour",
    "W": "W watt watts",
    "kW": "kW kilowatt kilowatts",
    "MW": "MW megawatt megawatts МВт",
    "GW": "GW gigawatt gigawatts ГВт",
    "kWh": "kWh kilowattstunden kilowatt-hours kilowatt_hours",
    "MWh": "MWh",
    "GWh": "GWh",
    "TWh": "TWh terawattstunden terawatt-hours terawatt_hours",
    "MB": "MB megabytes",
    "GB": "GB gigabytes",
    "TB": "TB terabytes",
    "s": "s second seconds sekunde sekunden secondes segundos secondi секунд 秒 초",
    "min": "min minute minutes minuten minutos minuti минут 分钟 分間",
    "h": "h hour hours stunde stunden heures horas ore часов 小时 時間 시간",
    "d": "day days tag tage tagen jours días dias giorni dagen dni дней 日間 天",
    "wk": "week weeks woche wochen semaines semanas settimane weken недель 週間",
    "mo": (
        "month months monat monate monaten mois meses mesi maanden miesięcy месяцев か月 个月 개월"
    ),
    "a": "year years jahr jahre jahren ans années años anos anni jaar år lat лет 年間",
}
"""Spaces inside a term are underlines. Symbols keep their case: MW is not mW."""

_MONTHS = (
    (
        "january jan januar jänner enero janvier janeiro gennaio januari stycznia января "
        "styczeń январь"
    ),
    (
        "february feb februar febrero février fevereiro febbraio februari lutego февраля luty "
        "февраль"
    ),
    "march mar märz marzo mars março maart marca марта marzec март",
    "april apr abril avril aprile kwietnia апреля kwiecień апрель",
    "may mai mayo maio maggio mei maj maja мая май",
    "june jun juni junio juin junho giugno czerwca июня czerwiec июнь",
    "july jul juli julio juillet julho luglio lipca июля lipiec июль",
    "august aug agosto août augustus augusti sierpnia августа sierpień август",
    (
        "september sep sept septiembre septembre setembro settembre września сентября "
        "wrzesień сентябрь"
    ),
    (
        "october oct oktober okt octubre octobre outubro ottobre października октября "
        "październik октябрь"
    ),
    "november nov noviembre novembre novembro listopada ноября listopad ноябрь",
    (
        "december dec dezember dez diciembre décembre dezembro dicembre grudnia декабря "
        "grudzień декабрь"
    ),
)
MONTHS = {word: at for at, words in enumerate(_MONTHS, 1) for word in words.split()}

FUNCTION_WORDS = frozenset(
    "may can will would could should must might the and for with from that this was were has "
    "had have are its their "
    "than more less per who which "
    "und der die das den dem des mit von vor bis bei auf aus für ist war "
    "sind waren hat als wie oder im "
    "les des une dans par pour sur est sont était ont avec que qui plus "
    "los las del una con por para que más son fue han uma com mais dos das foi são "
    "gli delle della nel per con che più sono è stato een het van voor met die dat zijn werd "
    "och att som för med den det av till när "
    "после для что как это was но или при над под без".split()
)
"""Words that follow a number and are not what is counted."""


def magnitude_words(language: str) -> dict[str, int]:
    """Powers of ten by word; a billion is not the same number in every language."""
    found: dict[str, int] = {}
    for power, groups in _MAGNITUDES.items():
        for languages, words in groups.items():
            if (
                not languages
                or language in languages.split()
                or (language == "" and languages == "en")
            ):
                found |= dict.fromkeys(words.split(), power)
    return found


def unit_words() -> dict[str, str]:
    """Units by what is written; words in lower case, symbols as they are."""
    return {word: unit for unit, words in _UNITS.items() for word in _split(words)}


def currency_words() -> dict[str, str]:
    """Currencies (ISO 4217) by what is written behind an amount."""
    named = {word: code for code, words in _CURRENCY_WORDS.items() for word in _split(words)}
    return named | CURRENCY_SIGNS


def _split(words: str) -> list[str]:
    return [word.replace("_", " ") for word in words.split()]
