"""Equal work has equal fingerprints, and nothing else does."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ytempire_assets import fingerprints
from ytempire_assets.fingerprints import canonical_json, fingerprint

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


@hypothesis_settings(derandomize=True, deadline=None)
@given(st.dictionaries(st.text(max_size=8), values, max_size=5))
def test_order_of_keys_does_not_matter(inputs: dict[str, object]) -> None:
    backwards = dict(reversed(list(inputs.items())))
    assert fingerprint("scripts", inputs) == fingerprint("scripts", backwards)


@hypothesis_settings(derandomize=True, deadline=None)
@given(values, values)
def test_different_values_differ(one: object, other: object) -> None:
    same = canonical_json(one) == canonical_json(other)
    assert (fingerprint("scripts", {"x": one}) == fingerprint("scripts", {"x": other})) == same


def test_stage_and_version_enter(monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint("scripts", {})
    assert before != fingerprint("renders", {})
    monkeypatch.setattr(
        fingerprints, "STAGE_VERSIONS", {**fingerprints.STAGE_VERSIONS, "scripts": "next"}
    )
    assert fingerprint("scripts", {}) != before


def test_dates_and_decimals_have_one_spelling() -> None:
    moment = datetime(2026, 11, 19, tzinfo=UTC)
    assert canonical_json({"d": date(2026, 11, 19), "m": moment, "p": Decimal("0.10")}) == (
        '{"d":"2026-11-19","m":"2026-11-19T00:00:00+00:00","p":"0.10"}'
    )


def test_what_has_no_json_is_refused() -> None:
    with pytest.raises(TypeError):
        canonical_json({"x": object()})
    with pytest.raises(ValueError, match="Out of range"):
        canonical_json({"x": float("nan")})
