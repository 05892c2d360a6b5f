"""Words decide the niche of what no source has put into one."""

from __future__ import annotations

import pytest

from ytempire_assets.discovery.niches import best_niche, fit, niche_words, shipped_niches

NICHES = ("space", "history", "nature", "technology")


@pytest.mark.parametrize(
    ("title", "niche"),
    [
        ("NASA's new telescope finds water on an exoplanet", "space"),
        ("Roman tomb found under a London car park", "history"),
        ("Why coral reefs glow: the ocean's oldest trick", "nature"),
        ("A battery chip that charges a phone in a minute", "technology"),
    ],
)
def test_titles_find_their_niche(title: str, niche: str) -> None:
    assert best_niche((title, ""), NICHES)[0] == niche


def test_what_fits_nothing_has_no_niche() -> None:
    assert best_niche(("Ten ways to fold a napkin", ""), NICHES)[0] == ""
    assert fit((), niche_words("space")) == 0.0


def test_a_niche_of_ones_own_is_known_by_its_name_and_words() -> None:
    assert fit(("Chess openings for beginners",), niche_words("chess", ["opening"])) > 0.5
    assert "chess" not in shipped_niches()
