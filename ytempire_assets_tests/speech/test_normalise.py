"""What is said for what is written, word for word, and that no written word is lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ytempire_assets.errors import PermanentError
from ytempire_assets.speech.espeak import EspeakVoice
from ytempire_assets.speech.normalise import NormalisedVoice, spoken_forms
from ytempire_assets.speech.voice import speakable

ENGLISH = {
    "It cost $1.5 million, or €20": "It|cost|one point five|million dollars,|or|twenty euros",
    "£3bn and 3.50 EUR": "three billion pounds|and|three|euros fifty cents",
    "$1.05 $1 $5–10 million": "one dollar five cents|one dollar|five to ten|million dollars",
    "On 3 May 2024": "On|the third of|May|twenty twenty four",
    "the 3rd May": "the|third of|May",
    "May 3, 2024 may go": "May|third,|twenty twenty four|may|go",
    "May I go on 2024-05-03?": "May|I|go|on|May third twenty twenty four?",
    "in May 1977": "in|May|nineteen seventy seven",
    "since 1977 it": "since|nineteen seventy seven|it",
    "from 1887 to 1889 it": "from|eighteen eighty seven|to|eighteen eighty nine|it",
    "more than 1500 and 1200 people": (
        "more|than|one thousand five hundred|and|one thousand two hundred|people"
    ),
    "in 1500 places": "in|one thousand five hundred|places",
    "1914–1918, the 1990s": "nineteen fourteen to nineteen eighteen,|the|nineteen nineties",
    "Dr. Smith, e.g. No. 5": "Doctor|Smith,|for example|number|five",
    "No. That is it.": "No.|That|is|it.",
    "approx. 10–20 %": "approximately|ten to twenty|percent",
    "5 km at 120 km/h": "five|kilometres|at|one hundred twenty|kilometres per hour",
    "1 km, −5 °C, 3GB": "one|kilometre,|minus five|degrees Celsius,|three gigabytes",
    "50% of 20 m²": "fifty percent|of|twenty|square metres",
    "21st 3/4 3½ ½": "twenty first|three quarters|three and one half|one half",
    "Henry VIII and World War II": "Henry|the eighth|and|World|War|two",
    "Elizabeth I met": "Elizabeth|I|met",
    "at 14:30 or 9:05": "at|fourteen thirty|or|nine oh five",
    "+49 30 123456": "plus four nine|three zero|one two three four five six",
    "555-0123": "five five five zero one two three",
    "joe.b@ex-am.org": "joe dot b at ex dash am dot org",
    "https://www.example.com/a-b?x=1.": "example dot com slash a dash b.",
    "R&D, MP3 and COVID-19": "R and D,|MP three|and|COVID nineteen",
    "A + B = C": "A|plus|B|equals|C",
    "and/or <b>bold</b>": "and or|b bold b",
    "Earth — far away": "Earth,||far|away",
    "24,000 and 007": "twenty four thousand|and|zero zero seven",
    "'quoted' well-known (1977)": "quoted|well-known|nineteen seventy seven",
}
GERMAN = {
    "Am 3. Mai 2024": "Am|dritten|Mai|zweitausendvierundzwanzig",
    "der 3. Mai": "der|dritte|Mai",
    "am 03.05.2024": "am|dritten Mai zweitausendvierundzwanzig",
    "1,5 Millionen € bzw. 20 €": "eins Komma fünf|Millionen|Euro|beziehungsweise|zwanzig|Euro",
    "z. B. ca. 5 km": "zum|Beispiel|circa|fünf|Kilometer",
    "d.h. Nr. 7": "das heißt|Nummer|sieben",
    "Der 2. Weltkrieg": "Der|zweite|Weltkrieg",
    "im 19. Jahrhundert": "im|neunzehnten|Jahrhundert",
    "Es waren 20. Danach": "Es|waren|zwanzig.|Danach",
    "Ludwig XIV. baute": "Ludwig|der vierzehnte|baute",
    "seit 1661 und 1.234 Menschen": (
        "seit|sechzehnhunderteinundsechzig|und|eintausendzweihundertvierunddreißig|Menschen"
    ),
    "Um 14:30 Uhr": "Um|vierzehn|Uhr dreißig",
    "10–20 % bei −5 °C": "zehn bis zwanzig|Prozent|bei|minus fünf|Grad Celsius",
    "info@rhein.de": "info at rhein Punkt de",
}


@pytest.mark.parametrize(("written", "said"), ENGLISH.items())
def test_english(written: str, said: str) -> None:
    assert "|".join(spoken_forms(speakable(written).split(), "en-GB")) == said


@pytest.mark.parametrize(("written", "said"), GERMAN.items())
def test_german(written: str, said: str) -> None:
    assert "|".join(spoken_forms(speakable(written).split(), "de")) == said


def test_other_languages_have_their_numbers_and_unknown_ones_are_left() -> None:
    assert spoken_forms(["En", "1977,", "3,5", "%"], "fr") == [
        "En",
        "mille neuf cent soixante dix sept,",
        "trois virgule cinq",
        "%",
    ]
    assert spoken_forms(["5", "+", "x"], "qq") == ["5", "+", "x"]


PIECES = st.one_of(
    st.text(max_size=10),
    st.sampled_from(
        "$ € % km/h 3 1.5 1,5 million bn May 2024 3. Mai z. B. Dr. No. 10–20 ½ 3/4 Henry VIII "
        "+49 30 a@b.de www.x.de/ 24:00 14:30 Uhr 1990s 1990er $5 5€ €5.00 – . … .5 ² ٣ ５ "
        "−5 °C 1e5".split()
    ),
)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.lists(PIECES, max_size=10).map(" ".join), st.sampled_from(["en", "de", "fr", "ja", "qq"]))
def test_every_word_has_a_form_and_forms_are_words(text: str, language: str) -> None:
    written = speakable(text).split()
    forms = spoken_forms(written, language)
    assert len(forms) == len(written)
    spoken = " ".join(form for form in forms if form)
    assert speakable(spoken).split() == [word for form in forms for word in form.split()]


@settings(derandomize=True, deadline=None, max_examples=40)
@given(st.lists(PIECES, max_size=8).map(" ".join), st.sampled_from(["en", "de"]))
def test_every_written_word_keeps_its_own_time(text: str, language: str) -> None:
    try:
        spoken = NormalisedVoice(EspeakVoice(language), language).speak(text)
    except PermanentError as error:
        assert error.next_step
        return
    assert [word.text for word in spoken.words] == speakable(text).split()
    now = 0.0
    for word in spoken.words:
        assert now <= word.start_s + 1e-9
        assert word.start_s <= word.end_s <= spoken.duration_s + 1e-6
        now = word.start_s


def test_a_part_of_an_amount_is_timed_where_it_is_said() -> None:
    spoken = NormalisedVoice(EspeakVoice("en-us"), "en").speak("It cost $1.5 million — really.")
    cost, amount, million, dash, really = spoken.words[1:]
    assert cost.end_s <= amount.start_s < amount.end_s <= million.start_s < million.end_s
    assert amount.end_s - amount.start_s > 0.5  # one point five
    assert dash.start_s == dash.end_s
    assert really.start_s > million.end_s + 0.05  # a dash is heard as a pause
