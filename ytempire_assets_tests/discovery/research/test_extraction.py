"""Pages become plain text with what they say of themselves, whatever is in them."""

from __future__ import annotations

import html
import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ytempire_assets.discovery.research import page_child
from ytempire_assets.discovery.research.extraction import (
    MOST_CHARACTERS,
    Page,
    plain_paragraphs,
    read_page,
)
from ytempire_assets.discovery.research.licences import UNKNOWN
from ytempire_assets.discovery.research.robots import ForbiddenError
from ytempire_assets.discovery.sources.errors import UnreadableError
from ytempire_assets_tests.discovery.research.conftest import PAGES
from ytempire_assets_tests.discovery.sources.conftest import NOW

ADDRESS = "https://news.example/2026/bridge?utm_source=feed"
SENTENCES = "".join(
    f"<p>The old bridge number {n} crosses a river that is wide and slow in the summer months.</p>"
    for n in range(6)
)


def read(
    body: bytes | str, content_type: str = "text/html; charset=utf-8", seconds: float = 20.0
) -> Page:
    raw = body.encode() if isinstance(body, str) else body
    return read_page(raw, address=ADDRESS, content_type=content_type, now=NOW, seconds=seconds)


def around(text: str = SENTENCES, head: str = "", lang: str = "en") -> str:
    return (
        f'<html lang="{lang}"><head><title>A bridge</title>{head}</head>'
        f"<body><article>{text}</article></body></html>"
    )


def test_a_news_page() -> None:
    page = read((PAGES / "bridge.html").read_bytes())
    assert page.title == "Old River Bridge reopens after two years"
    assert page.publisher == "The Morning Ledger"
    assert page.authors == ("Ada Quill",)
    assert page.published_on == date(2026, 11, 20)
    assert page.language == "en-GB"
    assert page.address == "https://news.example/news/bridge"
    # The licences in it are those of pictures.
    assert page.licence == UNKNOWN
    assert len(page.paragraphs) == 4
    assert page.paragraphs[1].startswith(
        "The bridge is 1,280 metres long and carries about 112,000"
    )
    text = " ".join(page.paragraphs)
    for other in ("Sport", "newsletter", "Photo", "CC BY", "<", "\n"):
        assert other not in text


def test_a_page_under_a_free_licence() -> None:
    page = read((PAGES / "bridge_free.html").read_bytes())
    assert page.licence == "CC-BY-4.0"
    assert page.publisher == "Open Engineering Notes"
    assert page.published_on == date(2026, 11, 18)
    assert page.address == ADDRESS


@pytest.mark.parametrize(
    ("name", "language", "licence", "piece"),
    [
        ("windpark.html", "de", "CC-BY-NC-ND-3.0-DE", "2,3 Mrd. Euro"),
        ("train.html", "ja", UNKNOWN, "時速603キロメートル"),
    ],
)
def test_other_languages(name: str, language: str, licence: str, piece: str) -> None:
    page = read((PAGES / name).read_bytes())
    assert page.language == language
    assert page.licence.removeprefix("LicenseRef-") == licence.removeprefix("LicenseRef-")
    assert piece in " ".join(page.paragraphs)
    assert len(page.paragraphs) == 3


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("declaration", "expected"),
    [
        ('<link rel="license" href="https://creativecommons.org/licenses/by/4.0/">', "CC-BY-4.0"),
        ('<meta name="dcterms.license" content="CC BY-SA 4.0">', "CC-BY-SA-4.0"),
        (
            '<script type="application/ld+json">{"@graph": [{"@type": ["WebPage"], "license": '
            '{"@id": "https://creativecommons.org/publicdomain/zero/1.0/"}}]}</script>',
            "CC0-1.0",
        ),
        (
            '<script type="application/ld+json">{"@type": "ImageObject", "license": '
            '"https://creativecommons.org/licenses/by/4.0/"}</script>',
            UNKNOWN,
        ),
        ('<script type="application/ld+json">{"@type": "Article", "license": [</script>', UNKNOWN),
        ('<meta name="rights" content="CC BY 4.0">', UNKNOWN),
    ],
)
def test_where_licences_are_declared(declaration: str, expected: str) -> None:
    assert read(around(head=declaration)).licence == expected


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    "link",
    [
        '<figure><a rel="license" href="{}">CC</a></figure>',
        '<aside><a rel="license" href="{}">CC</a></aside>',
        '<blockquote><a rel="license" href="{}">CC</a></blockquote>',
        '<div itemscope itemtype="https://schema.org/ImageObject"><a itemprop="license" href="{}">'
        "CC</a></div>",
        '<a href="{}">a licence that is only mentioned</a>',
    ],
)
def test_what_declares_no_licence_of_the_text(link: str) -> None:
    text = SENTENCES + link.format("https://creativecommons.org/licenses/by/4.0/")
    assert read(around(text)).licence == UNKNOWN


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("canonical", "expected"),
    [
        ("https://www.news.example/b", "https://www.news.example/b"),
        ("/b#part", "https://news.example/b"),
        ("https://evil.example/b", ADDRESS),
        ("javascript:alert(1)", ADDRESS),
        ("http://[", ADDRESS),
        ("https://news.example/" + "x" * 600, ADDRESS),
        ("https://user@news.example/b", ADDRESS),
    ],
)
def test_a_page_names_its_own_address_only(canonical: str, expected: str) -> None:
    head = f'<link rel="canonical" href="{canonical}">'
    assert read(around(head=head)).address == expected


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    "head",
    [
        '<meta name="robots" content="noai, noimageai">',
        '<meta name="ROBOTS" content="noindex">',
        '<meta name="tdm-reservation" content="1">',
    ],
)
def test_a_page_may_forbid_its_use(head: str) -> None:
    with pytest.raises(ForbiddenError, match=r"news\.example forbids the use of this page"):
        read(around(head=head))


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"%PDF-1.7 ...", "application/pdf"),
        (b'{"a": 1}', "application/json"),
        (b"GIF89a", "image/gif"),
        (SENTENCES.encode(), "text/plain\x1b[31m<b>"),
        (b"", "text/html"),
        (b"   ", "text/html"),
        (b"\x00" * 1000, "text/html"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "text/html"),
        ((PAGES / "login.html").read_bytes(), "text/html"),
        (b"<html><body><script>app()</script><noscript>Enable it.</noscript></body>", "text/html"),
    ],
)
def test_what_is_no_page_of_text(body: bytes, content_type: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(body, content_type)
    assert str(caught.value).isprintable()
    assert "<" not in str(caught.value)
    assert "news.example" in caught.value.problem


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("encoding", "meta", "content_type"),
    [
        ("utf-8", "", "text/html"),
        ("utf-8", "", "text/html; charset=UTF-8"),
        ("utf-8", "", "text/html; charset=no-such-charset"),
        ("utf-8-sig", "", "text/html; charset=iso-8859-1"),
        ("utf-16", "", "text/html"),
        ("windows-1252", "", "text/html; charset=ISO-8859-1"),
        ("windows-1252", '<meta charset="iso-8859-1">', "text/html"),
        ("windows-1252", "", "text/html"),
        (
            "windows-1251",
            '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">',
            "",
        ),
    ],
)
def test_encodings(encoding: str, meta: str, content_type: str) -> None:
    sign = "Мост" if encoding == "windows-1251" else "“Brücke”"
    text = SENTENCES + f"<p>It is called {sign} by all of the people who live near it.</p>"
    page = read(around(text, meta).encode(encoding), content_type)
    assert sign in page.paragraphs[-1]


@pytest.mark.usefixtures("here")
def test_invisible_characters_go() -> None:
    text = SENTENCES + "<p>A\u202ename\u200b with\x07 con\u00adtrols\x00 in it \ud83c is shown.</p>"
    page = read(around(text).encode("utf-8", "surrogatepass"))
    assert all(paragraph.isprintable() for paragraph in page.paragraphs)
    assert page.paragraphs[-1].startswith("Aname with controls in it")


@pytest.mark.usefixtures("here")
def test_a_long_page_ends_with_a_whole_sentence() -> None:
    text = "".join(f"<p>{'A sentence of the long text. ' * 30}{n}.</p>" for n in range(60))
    page = read(around(text))
    joined = "\n\n".join(page.paragraphs)
    assert MOST_CHARACTERS - 1000 < len(joined) <= MOST_CHARACTERS
    assert joined.endswith(".")


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("deep", b"<div>" * 300_000 + b"x"),
        ("wide", b"<p>" + b"word " * 2_000_000),
        ("tables", b"<table><tr><td>" * 20_000),
        ("attributes", b"<p " + b" ".join(b"a%d=1" % n for n in range(300_000)) + b">x"),
        ("entities", b"&amp;" * 2_000_000),
        (
            "bomb",
            b'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY a0 "aaaaaaaaaa">'
            + b"".join(
                b'<!ENTITY a%d "&a%d;&a%d;&a%d;&a%d;">' % (n + 1, n, n, n, n) for n in range(20)
            )
            + b"]><html><body><p>&a20;</p></body></html>",
        ),
        ("json", b'<script type="application/ld+json">' + b"[" * 200_000 + b"</script>"),
        ("meta", b"<meta " + b" " * 3000 + b"charset" * 300),
        ("random", bytes(range(256)) * 8000),
    ],
)
def test_hostile_pages_end_soon(name: str, body: bytes) -> None:
    began = time.monotonic()
    with pytest.raises((UnreadableError, ForbiddenError)):
        read(body, "text/html", seconds=1.5)
    assert time.monotonic() - began < 4


def test_the_external_files_of_a_page_are_never_opened() -> None:
    body = '<!DOCTYPE html [<!ENTITY secret SYSTEM "file:///etc/passwd">]>' + around(
        SENTENCES + "<p>The secret is &secret; and it stays one for ever.</p>"
    )
    assert "root:" not in " ".join(read(body).paragraphs)


# In this process, where two hundred examples take no time.
@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.text(max_size=60))
def test_any_text_in_a_page_comes_out_plain(text: str, meta: str) -> None:
    body = around(
        f"{SENTENCES}<p>{html.escape(text)}.</p>",
        f'<meta name="author" content="{html.escape(meta)}">',
    ).encode("utf-8", "surrogatepass")
    found = page_child.read(body, {"charset": "utf-8", "memory_bytes": 0})
    for paragraph in plain_paragraphs(found["paragraphs"]):
        assert paragraph == " ".join(paragraph.split())
        assert not any(c in paragraph for c in "\x00\n\r\t\u2028\u202e")


@settings(deadline=None)  # the first example imports
@given(st.lists(st.text(max_size=400), max_size=20))
def test_paragraphs_are_bounded(texts: list[str]) -> None:
    kept = plain_paragraphs([text * 50 for text in texts])
    assert len("\n\n".join(kept)) <= MOST_CHARACTERS
