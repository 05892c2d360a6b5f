"""Whatever comes from outside is one visible line, a sensible number or nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ytempire_assets.discovery.sources.untrusted import (
    MOST_TAGS,
    count,
    from_html,
    language_tag,
    mailed_date,
    moment,
    one_line,
    quoted,
    tag_names,
    web_address,
)
from ytempire_assets_tests.discovery.sources.conftest import NOW


@given(st.text(max_size=400), st.integers(2, 60))
def test_every_text_becomes_one_visible_line(text: str, most: int) -> None:
    for line in (one_line(text, most), quoted(text, most), from_html(text, most)):
        assert len(line) <= most
        assert line.replace("\u200c", "").replace("\u200d", "").isprintable()
        assert line == line.strip()
        line.encode()  # no lone surrogate is left


@given(st.text(alphabet="<>!-/[]&;#x=\"' \nabpCDATscript", max_size=200))
def test_no_markup_breaks_anything(markup: str) -> None:
    assert "\n" not in from_html(markup, 100)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\r\n\t b\x00c", "a b c"),
        ("\u202egnip\u202c \ufeffx", "gnip x"),
        ("in\u00adter\u200bnet", "internet"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("\ud83d x", "x"),
        ("x" * 9, "xxxxxxx…"),
    ],
)
def test_lines(text: str, line: str) -> None:
    assert one_line(text, 8 if text == "x" * 9 else 300) == line


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>one</p><p>two</p>", "one two"),
        ("<b>one</b>two<br>three", "onetwo three"),
        ("a &lt; b &amp;amp; c", "a < b &amp; c"),
        ("2 < 3 and 5 > 4", "2 < 3 and 5 > 4"),
        ("<style>p{}</style>x<script>y</script>", "x"),
        ("<ul><li>a<li>b</ul>", "a b"),
        ("<![if x]>seen", "seen"),
        ("</script>x", "x"),
    ],
)
def test_html(markup: str, text: str) -> None:
    assert from_html(markup, 300) == text


def test_html_without_end_takes_no_time() -> None:
    for markup in ("<" * 10**6, "<a " * 10**6, "&" * 10**6, "<!--" * 10**6, '<a b="' * 10**6):
        assert len(from_html(markup, 300)) <= 300


def test_quoted_text_means_nothing_to_a_viewer() -> None:
    assert quoted("<b>[a](http://x)`|`\x1b[31m*_") == "b a (http://x) 31m"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (" https://example.com/a?b=c#d ", "https://example.com/a?b=c#d"),
        ("http://example.com", "http://example.com"),
        ("https://münchen.example/ä", "https://münchen.example/ä"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("https://user:pass@example.com/", ""),
        ("https://example.com/a b", ""),
        ("https://example.com:x/", ""),
        ("https://[/", ""),
        ('https://example.com/"onclick="x', ""),
        ("https://" + "x" * 3000, ""),
        ("//example.com", ""),
        ("", ""),
    ],
)
def test_addresses(text: str, address: str) -> None:
    assert web_address(text) == address


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("en-us", "en-US"),
        ("PT_br", "pt-BR"),
        ("zh-hans-cn", "zh-Hans-CN"),
        ("de", "de"),
        ("English", ""),
        ("en us", ""),
        ("", ""),
    ],
)
def test_languages(text: str, tag: str) -> None:
    assert language_tag(text) == tag


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (0, 0.0),
        ("12", 12.0),
        (1.5, 1.5),
        (True, None),
        (-1, None),
        ("-1", None),
        ("1e3", None),
        ("٣", None),
        (float("nan"), None),
        (float("inf"), None),
        (10**400, None),
        ("9" * 30, None),
        ([1], None),
        (None, None),
    ],
)
def test_counts(value: object, number: float | None) -> None:
    assert count(value) == number


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("2026-11-20T16:00:07Z", datetime(2026, 11, 20, 16, 0, 7, tzinfo=UTC)),
        ("2026-11-20T16:00:07+02:00", datetime(2026, 11, 20, 14, 0, 7, tzinfo=UTC)),
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        (1_795_237_200, datetime(2026, 11, 21, 5, tzinfo=UTC)),
        (NOW.timestamp() + 300, NOW),
        (NOW.timestamp() + 3600, None),
        (0, None),
        (-1e18, None),
        (float("nan"), None),
        (10**400, None),
        ("yesterday", None),
        (True, None),
        (None, None),
    ],
)
def test_moments(value: object, found: datetime | None) -> None:
    assert moment(value, NOW) == found


@given(st.one_of(st.integers(), st.floats(), st.text(), st.datetimes().map(str)))
def test_no_date_breaks_anything(value: object) -> None:
    found = moment(value, NOW)
    assert found is None or NOW - timedelta(days=366 * 40) < found <= NOW


@given(st.text(max_size=60))
def test_no_mailed_date_breaks_anything(text: str) -> None:
    mailed_date(text)


def test_tags_are_short_few_and_each_once() -> None:
    assert tag_names([" a ", "a", "", "\x00", "b" * 200]) == ("a", "b" * 99 + "…")
    assert len(tag_names([str(number) for number in range(500)])) == MOST_TAGS
