"""What a page declares: its licence, and whether it may be used at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ytempire_assets.discovery.research.licences import UNKNOWN, Reuse, licence_of, reuse_of
from ytempire_assets.discovery.research.reservations import reserved_by_head, reserved_by_meta
from ytempire_assets.discovery.research.robots import PRODUCT_TOKEN

CC = "https://creativecommons.org"


@pytest.mark.parametrize(
    ("declared", "licence", "reuse"),
    [
        (f"{CC}/licenses/by-sa/4.0/", "CC-BY-SA-4.0", "text"),
        (f"{CC}/licenses/by-sa/4.0", "CC-BY-SA-4.0", "text"),
        ("http://www.creativecommons.org/licenses/BY/4.0/deed.de", "CC-BY-4.0", "text"),
        (f"{CC}/licenses/by/4.0/legalcode?x#y", "CC-BY-4.0", "text"),
        (f"{CC}/licenses/by/3.0/de/", "CC-BY-3.0-DE", "text"),
        (f"{CC}/licenses/by/2.5/ch/deed.fr", "LicenseRef-CC-BY-2.5-CH", "text"),
        (f"{CC}/licenses/by-nc/4.0/", "CC-BY-NC-4.0", "facts"),
        (f"{CC}/licenses/by-nd/4.0/", "CC-BY-ND-4.0", "facts"),
        (f"{CC}/licenses/by-nc-sa/3.0/at/", "LicenseRef-CC-BY-NC-SA-3.0-AT", "facts"),
        (f"{CC}/publicdomain/zero/1.0/", "CC0-1.0", "text"),
        (f"{CC}/publicdomain/mark/1.0/", "LicenseRef-CC-PDM-1.0", "facts"),
        (" CC BY-SA 4.0 ", "CC-BY-SA-4.0", "text"),
        ("cc-by-nc-nd-4.0", "CC-BY-NC-ND-4.0", "facts"),
        ("CC0", "CC0-1.0", "text"),
        (
            "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
            "OGL-UK-3.0",
            "text",
        ),
        ("All photographs CC BY 4.0", UNKNOWN, "facts"),
        ("All rights reserved", UNKNOWN, "facts"),
        ("https://evil.example/creativecommons.org/licenses/by/4.0/", UNKNOWN, "facts"),
        ("https://creativecommons.org.evil.example/licenses/by/4.0/", UNKNOWN, "facts"),
        (f"{CC}/licenses/by-sa-nc/4.0/", UNKNOWN, "facts"),
        (f"{CC}/licenses/by/9.0/", UNKNOWN, "facts"),
    ],
)
def test_declarations_have_names(declared: str, licence: str, reuse: Reuse) -> None:
    assert licence_of([declared]) == licence
    assert reuse_of(licence) == reuse


def test_declarations_that_differ_say_nothing() -> None:
    by, by_sa = f"{CC}/licenses/by/4.0/", f"{CC}/licenses/by-sa/4.0/"
    assert licence_of([]) == licence_of(["", " "]) == UNKNOWN
    assert licence_of([by, f"{by}deed.en", "CC BY 4.0"]) == "CC-BY-4.0"
    assert licence_of([by, by_sa]) == UNKNOWN
    assert licence_of([by, "https://news.example/terms"]) == UNKNOWN


@given(st.lists(st.text(max_size=80), max_size=4))
def test_no_declaration_frees_a_text_by_chance(declared: list[str]) -> None:
    licence = licence_of(declared)
    assert len(licence) <= 40
    if not any("cc" in one.lower() for one in declared):
        assert reuse_of(licence) == "facts"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, ""),
        ({"X-Robots-Tag": "noai"}, "noai"),
        ({"X-Robots-Tag": "nofollow, NoImageAI"}, "noimageai"),
        ({"X-Robots-Tag": "noindex"}, "noindex"),
        ({"X-Robots-Tag": "none"}, "none"),
        ({"X-Robots-Tag": "all, max-snippet:50, unavailable_after: 25 Jun 2030 15:00:00 PST"}, ""),
        ({"X-Robots-Tag": "googlebot: noindex"}, ""),
        ({"X-Robots-Tag": f"{PRODUCT_TOKEN}: noindex"}, "noindex"),
        ({"X-Robots-Tag": "*: noai"}, "noai"),
        ({"X-Robots-Tag": "googlebot: noindex, noai"}, "noai"),
        ({"tdm-reservation": "1"}, "tdm-reservation"),
        ({"tdm-reservation": "0"}, ""),
    ],
)
def test_heads_may_forbid(headers: dict[str, str], expected: str) -> None:
    assert reserved_by_head(headers) == expected


@pytest.mark.parametrize(
    ("metas", "expected"),
    [
        ([], ""),
        ([("robots", "index, follow, max-image-preview:large")], ""),
        ([("robots", "noai, noimageai")], "noai"),
        ([("Robots", "NOINDEX")], "noindex"),
        ([("googlebot", "noindex")], ""),
        ([(PRODUCT_TOKEN, "noindex")], "noindex"),
        ([("description", "noai"), ("tdm-reservation", "1")], "tdm-reservation"),
        ([("tdm-reservation", "0")], ""),
    ],
)
def test_meta_elements_may_forbid(metas: list[tuple[str, str]], expected: str) -> None:
    assert reserved_by_meta(metas) == expected
