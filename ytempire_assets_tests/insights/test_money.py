"""Money is exact: amounts divided add up, every grouping gives the same totals, rates are kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ytempire_assets.insights.exact import (
    MONEY_STEP,
    ExactnessError,
    allocate,
    exact,
    of_float,
    times,
)
from ytempire_assets.insights.exchange import NoRateError, Rate, Rates, minor_digits
from ytempire_assets.insights.money import STREAMS, Entry, KnownVideo, Part, book
from ytempire_assets.insights.statement import GROUPINGS, NO_COST, differences, statement

DAY = date(2026, 11, 19)
RATES = {"EUR": "1.0843", "JPY": "0.0065341", "KWD": "3.2541", "IDR": "0.0000612345"}
VIDEOS = [f"orbit-20261119-{number}" for number in range(1, 6)]
proven = hypothesis_settings(derandomize=True, deadline=None, max_examples=150)


class Library:
    """A catalogue of five videos of one channel; two of them show a link."""

    def video(self, video_id: str) -> KnownVideo | None:
        if video_id not in VIDEOS:
            return None
        niche = "space" if video_id[-1] in "135" else "nature"
        return KnownVideo(video_id, "orbit", niche, "youtube")

    def has_channel(self, channel: str) -> bool:
        return channel == "orbit"

    def shown_with(self, label: str, day: date) -> Sequence[tuple[KnownVideo, int]]:
        videos = [self.video(VIDEOS[0]), self.video(VIDEOS[1])] if day >= DAY else []
        known = [one for one in videos if one is not None]
        return list(zip(known, (300, 100), strict=False)) if label == "Telescope" else ()


def rates() -> Rates:
    return Rates((name, Rate(Decimal(value), DAY)) for name, value in RATES.items())


def entry(amount: str = "10.00", currency: str = "USD", **fields: object) -> Entry:
    known: dict[str, object] = {"entry_id": "one", "day": DAY, "stream": "course", "source": "f, 1"}
    return Entry(**{**known, "amount": Decimal(amount), "currency": currency, **fields})  # type: ignore[arg-type]


def row(part: Part) -> dict[str, object]:
    """A row as the table holds it."""
    video = part.video
    return {
        "entry_id": part.entry.entry_id,
        "day": part.entry.day,
        "stream": part.entry.stream,
        "amount": part.amount,
        "currency": part.entry.currency,
        "usd_per_unit": part.rate.usd_per_unit,
        "amount_usd": part.amount_usd,
        "channel": part.channel,
        "video_id": None if video is None else video.video_id,
        "niche": "" if video is None else video.niche,
        "platform": part.platform,
        "origin": part.entry.origin,
    }


amounts = st.decimals(-999_999, 999_999, places=6) | st.decimals(-999_999, 999_999, places=2)
videos = st.dictionaries(
    st.sampled_from([*VIDEOS, "orbit-20261119-9", "nobody-20261119-1"]),
    st.decimals(0, 1000, places=3),
    max_size=5,
)
entries = st.lists(
    st.builds(
        Entry,
        entry_id=st.uuids().map(str),
        day=st.just(DAY),
        stream=st.sampled_from(STREAMS),
        amount=amounts,
        currency=st.sampled_from(["USD", "XAU", *RATES]),
        source=st.just("a.csv, line 2"),
        origin=st.sampled_from(["platform", "simulated"]),
        platform=st.sampled_from(["", "youtube", "shopnet"]),
        channel=st.sampled_from(["", "orbit", "gone"]),
        videos=videos.map(lambda shares: tuple(shares.items())),
        label=st.sampled_from(["", "Telescope", "Nothing"]),
    ),
    max_size=12,
    unique_by=lambda one: one.entry_id,
)


@proven
@given(entries)
def test_every_grouping_adds_up_to_the_inputs(given_entries: list[Entry]) -> None:
    """Whatever the entries, currencies and divisions are."""
    booked = book(given_entries, rates(), Library())
    rows = [row(part) for part in booked.parts]
    countable = [one for one in given_entries if one.currency != "XAU"]
    for currency in {one.currency for one in countable}:
        own = sum(part.amount for part in booked.parts if part.entry.currency == currency)
        assert own == sum(one.amount for one in countable if one.currency == currency)
    in_usd = sum(
        (times(one.amount, Decimal(RATES.get(one.currency, "1"))) for one in countable), Decimal(0)
    )
    for by in GROUPINGS:
        lines = statement(rows, (), by)
        assert sum((line.revenue_usd for line in lines), Decimal(0)) == in_usd
        for origin in ("platform", "simulated"):
            expected = sum(
                (part.amount_usd for part in booked.parts if part.entry.origin == origin),
                Decimal(0),
            )
            found = (line.revenue_usd for line in lines if line.origin == origin)
            assert sum(found, Decimal(0)) == expected
    totals: dict[str, Decimal] = {}
    for one in countable:
        totals[one.currency] = totals.get(one.currency, Decimal(0)) + one.amount
    assert differences(rows, {name: str(total) for name, total in totals.items()}) == []
    uncounted = [problem for problem in booked.problems if not problem.counted]
    assert len(uncounted) == len(given_entries) - len(countable)


@proven
@given(
    st.integers(-(10**12), 10**12),
    st.sampled_from(["1", "0.01", "0.001", "0.000001"]),
    st.lists(st.decimals(0, 10**6, places=4), min_size=1, max_size=40),
)
def test_parts_add_up_and_are_within_a_step_of_their_share(
    steps: int, step: str, weights: list[Decimal]
) -> None:
    amount = Decimal(steps) * Decimal(step)
    parts = allocate(amount, weights, Decimal(step))
    assert sum(parts) == amount
    total = sum(weights) or Decimal(len(weights))
    for part, weight in zip(parts, weights, strict=True):
        share = amount * (weight if sum(weights) else 1) / total
        assert abs(part - share) <= Decimal(step) * Decimal("1.000001")
        assert part == 0 or (part < 0) == (amount < 0)


@proven
@given(
    st.lists(
        st.tuples(
            st.sampled_from(VIDEOS),
            st.sampled_from(["platform", "simulated", "none"]),
            st.decimals(0, 100, places=6),
        ),
        max_size=20,
    )
)
def test_costs_add_up_by_every_grouping(costs: list[tuple[str, str, Decimal]]) -> None:
    rows = [
        {
            "day": DAY, "channel": "orbit", "video_id": video, "platform": "youtube",
            "niche": "", "origin": origin, "cost_usd": cost,
        }
        for video, origin, cost in costs
    ]  # fmt: skip
    for by in GROUPINGS:
        lines = statement((), rows, by)
        assert sum((one.cost_usd for one in lines), Decimal(0)) == sum(
            (cost for _, _, cost in costs), Decimal(0)
        )
        for line in lines:
            assert (line.return_on_cost is None) == (line.cost_usd == 0)
            assert line.no_return == (NO_COST if line.cost_usd == 0 else None)


def test_an_amount_by_a_label_goes_by_views() -> None:
    first, second = book([entry("10.01", label="Telescope")], rates(), Library()).parts
    assert (first.amount, second.amount) == (Decimal("7.51"), Decimal("2.50"))
    assert first.video is not None
    assert (first.video.niche, first.platform) == ("space", "youtube")


def test_yen_are_not_divided() -> None:
    shares = tuple((video, Decimal(1)) for video in VIDEOS[:3])
    parts = book([entry("-100", "JPY", videos=shares)], rates(), Library()).parts
    assert [part.amount for part in parts] == [Decimal(-34), Decimal(-33), Decimal(-33)]
    assert sum(part.amount_usd for part in parts) == Decimal("-0.653410")
    assert (minor_digits("JPY"), minor_digits("KWD"), minor_digits("EUR")) == (0, 3, 2)


def test_what_nobody_knows_is_counted_without_a_video_and_named() -> None:
    shares = (("orbit-20261119-9", Decimal(1)),)
    booked = book([entry(videos=shares), entry(label="Nothing")], rates(), Library())
    assert [(part.channel, part.video, part.amount) for part in booked.parts] == [
        ("orbit", None, Decimal(10)),
        ("", None, Decimal(10)),
    ]
    assert [str(problem) for problem in booked.problems] == [
        "f, 1: there is no video 'orbit-20261119-9'. Next: correct it. (counted, without a video)",
        "f, 1: no video shows a link 'Nothing'. Next: correct the channel's file. "
        "(counted, without a video)",
    ]


def test_a_tag_may_begin_with_words_of_its_own() -> None:
    shares = (("yt-promo-orbit-20261119-2", Decimal(1)),)
    [part] = book([entry(videos=shares)], rates(), Library()).parts
    assert part.video is not None
    assert part.video.video_id == "orbit-20261119-2"


def test_a_channel_that_is_none_is_named_and_a_label_helps() -> None:
    booked = book([entry(channel="gone")], rates(), Library())
    assert [part.channel for part in booked.parts] == [""]
    assert "there is no channel 'gone'" in str(booked.problems[0])
    helped = book([entry(channel="gone", label="Telescope")], rates(), Library())
    assert [part.channel for part in helped.parts] == ["orbit", "orbit"]
    assert helped.problems == ()


def test_the_newest_rate_within_a_week() -> None:
    friday = Rates([("EUR", Rate(Decimal("1.1"), DAY)), ("EUR", Rate(Decimal("1.2"), DAY))])
    assert friday.on("EUR", DAY + timedelta(days=7)) == Rate(Decimal("1.2"), DAY)
    with pytest.raises(NoRateError, match="more than 7 days old"):
        friday.on("EUR", DAY + timedelta(days=8))
    with pytest.raises(NoRateError, match="after 2026-11-18"):
        friday.on("EUR", DAY - timedelta(days=1))
    with pytest.raises(NoRateError, match="no rate is known for the currency XAU"):
        friday.on("XAU", DAY)
    assert Rates().on("USD", DAY).usd_per_unit == 1


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e9", "0.0000001"])
def test_what_cannot_be_kept_exactly_is_refused(number: str) -> None:
    with pytest.raises(ExactnessError):
        exact(Decimal(number))


def test_floats_of_others_become_what_they_meant() -> None:
    assert of_float(0.1 + 0.2) == Decimal("0.300000")
    assert of_float(1e-9) == 0
    assert exact(Decimal("1e3")) == Decimal(1000).quantize(MONEY_STEP)


def test_an_amount_needs_somebody_to_go_to() -> None:
    with pytest.raises(ValueError, match="not negative"):
        allocate(Decimal(1), [], MONEY_STEP)
    with pytest.raises(ValueError, match="no whole number"):
        allocate(Decimal("0.005"), [Decimal(1)], Decimal("0.01"))


def test_a_table_that_lost_a_row_is_found_out() -> None:
    rows = [row(part) for part in book([entry("5", "EUR")], rates(), Library()).parts]
    assert differences(rows, {"EUR": "5"}) == []
    assert differences([], {"EUR": "5"}) == ["EUR: 0 in the table, 5 in the entries"]
    wrong = [{**rows[0], "amount_usd": Decimal(5)}]
    assert "is not its amount by its rate" in differences(wrong, {"EUR": "5"})[0]
