"""The learner finds what is good, carries young videos forward, and notices when taste changes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from ytempire_assets.insights.age_curve import learn_age_curve
from ytempire_assets.insights.bandit import Posterior, learn
from ytempire_assets.insights.effects import Change, fit, layout_of, learn_spreads, observe
from ytempire_assets.insights.hours import best_hours
from ytempire_assets.insights.patterns import open_arms, variations, weights_of
from ytempire_assets.insights.taste_changes import change_evidence
from ytempire_assets.insights.traits import (
    HOURS,
    Snapshot,
    VideoResult,
    hook_kind,
    hour_bucket,
    length_bucket,
    traits_of,
)

FIRST = date(2026, 3, 1)
ARMS = {"niche": ("history", "nature", "space"), "hook": ("number", "question")}


def grown(age_days: float) -> float:
    """Views come with the square root of age, for four weeks."""
    return math.sqrt(min(age_days, 28) / 7)


def world(
    days: int, good: Mapping[int, str], *, seed: int = 1, impressions: bool = True
) -> list[VideoResult]:
    """Four videos a day; from each day in ``good`` on that niche gets three times the reach."""
    chance = np.random.default_rng(seed)
    results = []
    for day in range(days):
        liked = good[max(start for start in good if start <= day)]
        for number in range(4):
            traits = {facet: str(chance.choice(values)) for facet, values in ARMS.items()}
            reach = 20_000 * math.exp(0.4 * chance.standard_normal())
            reach *= 3.0 if traits["niche"] == liked else 1.0
            rate = 0.05 * (1.4 if traits["hook"] == "question" else 1.0)
            rate *= math.exp(0.15 * chance.standard_normal())
            snapshots = tuple(
                Snapshot(
                    age,
                    int(reach * rate * grown(age)),
                    int(reach * grown(age)) if impressions else 0,
                )
                for age in (at + 0.5 for at in range(min(days - day, 10)))
            )
            at = datetime(2026, 3, 1, 12, tzinfo=UTC) + timedelta(days=day)
            results.append(VideoResult(f"v{day}-{number}", at, traits, snapshots))
    return results


def learned(days: int, good: Mapping[int, str], **more: bool) -> Posterior:
    return learn(world(days, good, **more), FIRST + timedelta(days=days - 1))


def choices(posterior: Posterior, count: int = 60) -> Counter[str]:
    chance = np.random.default_rng(5)
    return Counter(value for _ in range(count) for value in posterior.choose(ARMS, chance).values())


@pytest.mark.parametrize("impressions", [True, False])
def test_the_liked_niche_and_hook_are_chosen_most(impressions: bool) -> None:
    chosen = choices(learned(25, {0: "space"}, impressions=impressions))
    assert chosen["space"] > 50
    assert chosen["question"] > 45


def test_nothing_known_is_chosen_evenly_and_a_seed_repeats_it() -> None:
    nothing = learn([], FIRST)
    chosen = choices(nothing, 300)
    assert all(chosen[niche] > 60 for niche in ARMS["niche"])
    assert choices(nothing, 300) == chosen
    assert weights_of(nothing) == []
    assert variations(nothing, ARMS) == []
    assert best_hours(nothing) == []


def test_the_same_results_in_any_order_teach_the_same() -> None:
    results = world(12, {0: "nature"})
    today = FIRST + timedelta(days=11)
    assert weights_of(learn(results, today)) == weights_of(learn(results[::-1], today))


def test_a_young_video_is_carried_to_the_age_of_the_others() -> None:
    results = world(30, {0: "space"})
    posterior = learn(results, FIRST + timedelta(days=29))
    young = [one for one in results if one.snapshots[-1].age_days == 1.5]
    carried = [posterior.estimates[one.video_id] for one in young]
    expected = [one.snapshots[-1].views / grown(1.5) for one in young]
    assert carried == pytest.approx(expected, rel=0.05)


def test_the_age_curve_is_the_channels_own_and_says_how_sure_it_is() -> None:
    curve = learn_age_curve([one.snapshots for one in world(30, {0: "space"})])
    assert curve.share(0.5) == pytest.approx(grown(0.5), rel=0.03)
    assert curve.share(3.0) == pytest.approx(grown(3.0), rel=0.03)
    assert curve.share(7.0) == pytest.approx(1.0)
    assert curve.variance(0.5) > curve.variance(3.0) > curve.variance(7.0) == 0.0
    assert learn_age_curve([]).variance(0.5) > curve.variance(0.5)


def test_corrections_zero_views_and_videos_of_the_future_do_no_harm() -> None:
    at = datetime(2026, 3, 2, 12, tzinfo=UTC)
    fell = VideoResult("fell", at, {"niche": "space"}, (Snapshot(1, 90, 900), Snapshot(2, 80, 800)))
    none = VideoResult("none", at, {"niche": "space"}, (Snapshot(1.0, 0, 0),))
    early = VideoResult("early", at, {"niche": "space"}, ())
    later = VideoResult("later", at + timedelta(days=9), {"niche": "space"}, (Snapshot(1, 5, 50),))
    posterior = learn([fell, none, early, later], FIRST + timedelta(days=3))
    assert set(posterior.estimates) == {"fell"}
    assert math.isfinite(posterior.estimates["fell"])
    [only] = weights_of(posterior)
    assert (only.weight, only.state) == (1.0, "not enough yet")
    assert only.evidence.endswith("not enough yet")


def test_a_change_of_taste_is_noticed_and_followed() -> None:
    steady = learned(45, {0: "space"})
    changed = learned(45, {0: "space", 33: "history"})
    assert steady.change_chance < 0.5 and not steady.settled
    assert changed.change_chance > 0.9 or changed.settled
    chosen = choices(changed)
    assert chosen["history"] > 45 > chosen["space"]


def test_evidence_of_a_change_is_that_of_fitting_both_times() -> None:
    results = world(20, {0: "space", 12: "nature"})
    layout = layout_of([one.traits for one in results])
    days = np.array([one.published_at.toordinal() for one in results])
    seen = observe(
        layout,
        layout.rows([one.traits for one in results]),
        np.log([one.snapshots[-1].impressions for one in results]) - 9,
        np.full(len(results), 0.01),
        np.ones(len(results)),
        days,
    )
    spreads = learn_spreads(seen, layout, (0.5, 0.3))
    some = [int(days[0]) + 5, int(days[0]) + 12]
    for kind in ("niche", "level", "everything"):
        found = change_evidence(seen, layout, spreads, kind, some)
        fitted = [fit(seen.changed(Change(kind, day)), layout, spreads) for day in some]
        assert found == pytest.approx([one.evidence for one in fitted])


def test_winners_are_doubled_losers_halved_and_every_weight_says_why() -> None:
    weights = {one.pattern: one for one in weights_of(learned(40, {0: "space"}))}
    assert (weights["niche:space"].weight, weights["niche:space"].state) == (2.0, "winner")
    losers = [one for one in weights.values() if one.state == "loser"]
    assert losers and all(one.weight == 0.5 for one in losers)
    assert "a winner, doubled" in weights["niche:space"].evidence
    assert all("views on average" in one.evidence for one in weights.values())


def test_idle_for_thirty_days_is_archived_until_taste_changes() -> None:
    results = [
        one
        for one in world(45, {0: "space"})
        if one.traits["niche"] != "nature" or one.published_at.date() < FIRST + timedelta(days=10)
    ]
    weights = weights_of(learn(results, FIRST + timedelta(days=44)))
    [nature] = [one for one in weights if one.pattern == "niche:nature"]
    assert (nature.state, nature.weight) == ("archived", 0.0)
    assert open_arms(ARMS, weights)["niche"] == ["history", "space"]
    assert open_arms({"niche": ["nature"]}, weights)["niche"] == ["nature"]


def test_a_winner_is_varied_three_ways_in_one_thing_each() -> None:
    arms = ARMS | {"voice": ("low", "high")}
    found = variations(learned(25, {0: "space"}), arms)
    assert len(found) == 3 == len({one.facet for one in found})
    for one in found:
        best = {"niche": "space", "hook": "question"}
        assert {key for key in best if one.pattern[key] != best[key]} == {one.facet} & set(best)
        assert "chance" in one.reason


def test_hours_lend_strength_to_their_neighbours() -> None:
    chance = np.random.default_rng(2)
    results = []
    for number in range(80):
        hours = str(chance.choice([one for one in HOURS if one != "18-21"]))
        good = 1.8 if hours in ("15-18", "21-24") else 1.0
        views = int(2_000 * good * math.exp(0.3 * chance.standard_normal()))
        at = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=number / 4)
        results.append(VideoResult(f"v{number}", at, {"hour": hours}, (Snapshot(8.0, views),)))
    found = best_hours(learn(results, date(2026, 3, 22)))
    assert {one.hours for one in found[:3]} == {"15-18", "18-21", "21-24"}
    [between] = [one for one in found if one.hours == "18-21"]
    assert between.videos == 0 and between.low < between.factor < between.high
    assert between.evidence.endswith("known from its neighbours only")


def test_a_video_has_a_pattern() -> None:
    assert [
        hook_kind(one) for one in ("Why now?", "Seven of 7", "You know it", "It was night.")
    ] == ["question", "number", "you", "statement"]
    assert [length_bucket(one) for one in (29.9, 30, 200, 700)] == [
        "under 30 s",
        "30-60 s",
        "3-10 min",
        "over 10 min",
    ]
    at = datetime(2026, 3, 1, 20, 59, tzinfo=UTC)
    assert hour_bucket(at) == "18-21"
    traits = traits_of(
        hook="",
        style="news",
        duration_s=0,
        niche="space",
        thumbnail="chart",
        published_at=at,
        voice="",
    )
    assert traits == {"style": "news", "niche": "space", "thumbnail": "chart", "hour": "18-21"}
