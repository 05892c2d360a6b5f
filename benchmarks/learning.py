"""Whether the channel learns what its audience likes: ``ytempire bench learning``.

A channel publishes four videos a day to the sandbox's audience, whose taste is hidden and drawn
from the seed. Each morning the numbers up to the end of the day before yesterday are known, as on
the platform. Three policies meet the same luck (luck belongs to the video id):

- uniform: every facet by chance;
- learned: ``insights/bandit.py``, which sees nothing but its own videos' numbers;
- oracle: always the arm with the most expected views, by the audience's own function.

A video's result is its views 30 days after publication. After ``days`` the taste is replaced by
that of another audience and 30 days more are played; the videos of before keep their old numbers.
``recovery_days`` is counted until the end of the first five days that reach 0.85 of the new oracle.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from ytempire_assets.insights.bandit import Posterior, learn
from ytempire_assets.insights.patterns import open_arms, weights_of
from ytempire_assets.insights.traits import Snapshot, VideoResult
from ytempire_assets.sandbox.audience import Look, Watchable, reaction
from ytempire_assets.video.fonts import FONTS_DIR

VIDEOS = 4
LAG_DAYS = 2
RESULT_DAYS = 30
AFTER_DAYS = 30
LAST = 20
BACK = 0.85
WINDOW = 5
FIRST = date(2026, 3, 2)
CURVE_DAYS = 9

ARMS: Mapping[str, tuple[str, ...]] = {
    "hook": ("question", "number", "you", "statement"),
    "style": ("educational", "entertainment", "news", "tutorial"),
    "length": ("under 30 s", "30-60 s", "1-3 min"),
    "niche": ("space", "history", "nature", "technology", "health"),
    "thumbnail": ("type", "chart", "picture"),
    "hour": tuple(f"{hour:02d}-{hour + 3:02d}" for hour in range(0, 24, 3)),
    "voice": ("low", "high"),
}
_TITLES = {
    "question": "Why does {} matter so much?",
    "number": "7 things to know about {}",
    "you": "The {} in your own life: a story",
    "statement": "The quiet power of {} today",
}
_HOOKS = {
    "question": "Why does it matter?",
    "number": "Seven of 7 people miss this.",
    "you": "You have seen this before.",
    "statement": "It happened on a quiet day.",
}
_LENGTHS_S = {"under 30 s": 25.0, "30-60 s": 45.0, "1-3 min": 100.0}
_LOOKS = {
    "type": Look(0.35, 0.65, 0.3),
    "chart": Look(0.7, 0.45, 0.2),
    "picture": Look(0.5, 0.3, 0.65),
}
FIGURES = (
    "uplift_over_uniform",
    "uplift_last_20_days",
    "share_of_oracle",
    "recovery_days",
    "recovery_days_if_everything_changes",
)

Pattern = dict[str, str]


@dataclass(frozen=True, slots=True)
class Taste:
    """An audience, and what it takes the niches for: another word is another subject to it."""

    seed: str
    words: str = ""


@dataclass(slots=True)
class Channel:
    """What one policy published and what came of it."""

    published: list[tuple[int, Pattern, Watchable, Taste]] = field(default_factory=list)
    views: list[list[int]] = field(default_factory=list)


def measure(
    days: int = 60, seeds: int = 10, seed: int = 1, out: str | None = None
) -> dict[str, Any]:
    """Plays every seed and sums up.

    Args:
        days: Days before the change of taste.
        seeds: Audiences.
        seed: Number of the first audience.
        out: Where the regret curve is drawn, a PNG; None draws none.
    """
    started = time.perf_counter()
    runs = [play(days, one) for one in range(seed, seed + seeds)]
    result: dict[str, Any] = {
        "benchmark": "learning",
        "days": days,
        "seeds": seeds,
        "seed": seed,
        "videos_a_day": VIDEOS,
        "arms": int(np.prod([len(values) for values in ARMS.values()])),
    }
    for name in FIGURES:
        each = [run[name] for run in runs]
        result[name] = round(float(np.mean(each)), 3)
        result[f"{name}_each"] = each
    result["seconds"] = round(time.perf_counter() - started, 1)
    if out is not None:
        draw(runs, days, Path(out))
        result["regret_curve"] = out
    return result


def play(days: int, seed: int) -> dict[str, Any]:
    """One audience, all policies, then each change of taste from the same day."""
    taste = Taste(f"learning-{seed}")
    chance = np.random.default_rng(seed)
    channels = {name: Channel() for name in ("uniform", "learned", "oracle")}
    go_on(channels, range(days), taste, chance)
    found = before(channels)
    after = {
        "niches": Taste(taste.seed, " anew"),
        "everything": Taste(f"{taste.seed}-after"),
    }
    for name, new in after.items():
        changed = {
            policy: Channel([*one.published], [*one.views]) for policy, one in channels.items()
        }
        go_on(changed, range(days, days + AFTER_DAYS), new, chance)
        found |= {f"{key}_{name}": value for key, value in recovery(changed, days).items()}
    return found | {
        "recovery_days": found["recovery_days_niches"],
        "recovery_days_if_everything_changes": found["recovery_days_everything"],
    }


def go_on(
    channels: Mapping[str, Channel], days: range, taste: Taste, chance: np.random.Generator
) -> None:
    """Plays some days in one taste."""
    best = best_arm(taste)
    for day in days:
        posterior = what_is_known(channels["learned"], day)
        arms = open_arms(ARMS, weights_of(posterior))
        for name, channel in channels.items():
            views = []
            for number in range(VIDEOS):
                if name == "uniform":
                    pattern = {facet: str(chance.choice(values)) for facet, values in ARMS.items()}
                elif name == "learned":
                    pattern = posterior.choose(arms, chance)
                else:
                    pattern = best
                video = watchable(pattern, day, f"v{day}-{number}", taste)
                channel.published.append((day, pattern, video, taste))
                views.append(final_views(video, day, taste))
            channel.views.append(views)


def daily(channels: Mapping[str, Channel]) -> dict[str, np.ndarray]:
    """Views by policy and day of publication."""
    return {name: np.array(one.views).sum(axis=1).astype(float) for name, one in channels.items()}


def before(channels: Mapping[str, Channel]) -> dict[str, Any]:
    """Uplift, share of the oracle and regret."""
    views = daily(channels)
    late = {name: float(one[-LAST:].sum()) for name, one in views.items()}
    total = {name: float(one.sum()) for name, one in views.items()}
    return {
        "uplift_over_uniform": round(total["learned"] / total["uniform"], 3),
        "uplift_last_20_days": round(late["learned"] / late["uniform"], 3),
        "share_of_oracle": round(late["learned"] / late["oracle"], 3),
    }


def recovery(channels: Mapping[str, Channel], days: int) -> dict[str, Any]:
    """Days until the mean of five days is back at 0.85 of the new oracle, to the window's end."""
    views = daily(channels)
    window = np.ones(WINDOW)
    learned, oracle = (
        np.convolve(views[name][days:], window, "valid") for name in ("learned", "oracle")
    )
    back = np.flatnonzero(learned / oracle >= BACK)
    return {
        "recovery_days": int(back[0]) + WINDOW if len(back) else AFTER_DAYS,
        "share": (views["learned"] / views["oracle"]).tolist(),
        "uniform_share": (views["uniform"] / views["oracle"]).tolist(),
    }


def what_is_known(channel: Channel, day: int) -> Posterior:
    """What the learner makes of the numbers that the platform tells on the morning of a day."""
    newest = day - LAG_DAYS
    results = [
        VideoResult(
            video.video_id,
            published_at(video),
            pattern,
            tuple(
                snapshot(video, at, taste)
                for at in range(born, min(newest, born + CURVE_DAYS) + 1)
                if snapshot(video, at, taste).age_days > 0
            ),
        )
        for born, pattern, video, taste in channel.published
        if born <= newest
    ]
    return learn(results, FIRST + timedelta(days=newest))


def watchable(pattern: Mapping[str, str], day: int, video_id: str, taste: Taste) -> Watchable:
    """A video of a pattern, as the audience sees it; the voice is nothing to it."""
    subject = pattern["niche"] + taste.words
    hour = int(pattern["hour"][:2]) + 1
    at = datetime.combine(FIRST, datetime.min.time(), tzinfo=UTC) + timedelta(days=day, hours=hour)
    return Watchable(
        video_id=video_id,
        title=_TITLES[pattern["hook"]].format(pattern["niche"]),
        subject=subject,
        tags=(subject, pattern["style"]),
        duration_s=_LENGTHS_S[pattern["length"]],
        public_at=at,
        look=_LOOKS[pattern["thumbnail"]],
        hook=_HOOKS[pattern["hook"]],
    )


def published_at(video: Watchable) -> datetime:
    assert video.public_at is not None
    return video.public_at


@lru_cache(maxsize=200_000)
def snapshot(video: Watchable, day: int, taste: Taste) -> Snapshot:
    """Numbers up to the end of a day, Pacific Time as the platform counts."""
    at = FIRST + timedelta(days=day)
    seen = reaction(video, at, taste.seed)
    end = datetime.combine(at + timedelta(days=1), datetime.min.time(), tzinfo=UTC)
    age = (end + timedelta(hours=8) - published_at(video)).total_seconds() / 86_400
    return Snapshot(age, seen.views, seen.impressions)


def final_views(video: Watchable, day: int, taste: Taste) -> int:
    return reaction(video, FIRST + timedelta(days=day + RESULT_DAYS), taste.seed).views


@lru_cache(maxsize=64)
def best_arm(taste: Taste) -> Pattern:
    """The arm of most views, all with the luck of the same few videos."""
    counted = ("hook", "style", "niche", "thumbnail", "hour")  # the rest is nothing to views
    rest = {facet: values[0] for facet, values in ARMS.items() if facet not in counted}
    arms: Sequence[Pattern] = [
        rest | dict(zip(counted, values, strict=True))
        for values in product(*(ARMS[facet] for facet in counted))
    ]
    worth = [
        sum(
            final_views(watchable(arm, 0, f"even-{number}", taste), 0, taste) for number in range(3)
        )
        for arm in arms
    ]
    return arms[int(np.argmax(worth))]


def draw(runs: Sequence[Mapping[str, Any]], days: int, path: Path) -> None:
    """Mean regret by day: how many of the oracle's days were lost so far, as a PNG."""
    import resvg_py

    curves = {
        "uniform choice": ("uniform_share_niches", "#b45309", ""),
        "learned, then the niches' taste changes": ("share_niches", "#0f766e", ""),
        "learned, then everything changes": ("share_everything", "#0f766e", "6 4"),
    }
    lost = {
        label: np.cumsum(1 - np.mean([run[key] for run in runs], axis=0))
        for label, (key, _, _) in curves.items()
    }
    total = days + AFTER_DAYS
    most = max(float(one.max()) for one in lost.values())
    lines = []
    for number, (label, (_, colour, dashes)) in enumerate(curves.items()):
        points = " ".join(
            f"{80 + 680 * day / (total - 1):.1f},{420 - 360 * value / most:.1f}"
            for day, value in enumerate(lost[label])
        )
        style = f'fill="none" stroke="{colour}" stroke-width="3" stroke-dasharray="{dashes}"'
        lines.append(f'<polyline points="{points}" {style}/>')
        at = 40 + 24 * number
        lines.append(f'<path d="M100 {at} h40" {style}/>')
        lines.append(f'<text x="150" y="{at + 5}">{label}</text>')
    for day in range(0, total + 1, 10):
        at = 80 + 680 * day / (total - 1)
        lines.append(f'<text x="{at:.1f}" y="444" text-anchor="middle">{day}</text>')
    for share in (0, 0.5, 1):
        at = 420 - 360 * share
        lines.append(f'<path d="M80 {at} h680" stroke="#ccc"/>')
        lines.append(f'<text x="70" y="{at + 5}" text-anchor="end">{share * most:.0f}</text>')
    change = 80 + 680 * days / (total - 1)
    lines.append(f'<path d="M{change:.1f} 60 V420" stroke="#888" stroke-dasharray="2 4"/>')
    lines.append(f'<text x="{change - 6:.1f}" y="412" text-anchor="end">taste changes</text>')
    lines.append('<text x="420" y="472" text-anchor="middle">day</text>')
    lines.append('<text x="80" y="20">days of the oracle lost so far (regret)</text>')
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="800" height="490" '
        'font-family="Inter" font-size="14">'
        f'<rect width="800" height="490" fill="#fff"/>{"".join(lines)}</svg>'
    )
    fonts = [str(FONTS_DIR / "Inter-500.ttf")]
    picture = resvg_py.svg_to_bytes(svg_string=svg, font_files=fonts, skip_system_fonts=True)
    path.write_bytes(bytes(picture))
