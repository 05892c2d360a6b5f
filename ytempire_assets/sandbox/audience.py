"""The simulated audience: how many would have watched, as a pure function.

Belongs here: the model and nothing of the server. No person is behind any number. There is
something to learn from it: the audience has a hidden taste, drawn from the seed, for subjects, for
the hour of publication, for the shape of a title and for lengths.

How the numbers come about, for a video that has been public for ``a`` days:

- reach ``R``: 20,000 thumbnails, times taste for the subject, times taste for the tags, times taste
  for the hour, times luck of the video (log-normal, sigma 0.5);
- impressions: ``R * growth(a)``, where ``growth`` climbs fast in the first two days, then ever
  slower, with days that are better and worse;
- click-through rate: 5 %, times taste for the shape of the title, times taste for the thumbnail,
  within 1-20 %;
- views: impressions times click-through rate;
- watched per view: falls with the distance of the length from the length that is liked, times taste
  for the hook;
- likes, comments, shares: shares of the views that rise with what is watched.

The taste for the thumbnail has three parts: brightness, contrast and colourfulness each multiply by
1.16 at a hidden best value and by 0.86 at half a scale from it. The taste for the hook, the first
words that are spoken, is a hidden factor (log-normal, sigma 0.12) for each shape that it has: a
question, a number, a word to the viewer. Without a thumbnail or without a hook the factor is 1. All
of it is a function of what the video is now, so a new thumbnail changes past days too.
"""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from ytempire_assets.sandbox.days import PACIFIC, end_of_day

SEED = "ytempire-audience-1"
"""The audience of every sandbox unless a test asks for another."""

_REACH = 20_000.0
_CLICK_RATE = 0.05
_LONGEST_DAYS = 1_000  # after that a video stands still
_LOOK_WEIGHT = 0.15
_LOOK_REACH = 0.5
_HOOKS = {
    "question": re.compile(r"\?|^(how|why|what|when|where|who)\b", re.IGNORECASE),
    "number": re.compile(r"\d"),
    "you": re.compile(r"\b(you|your|you're|you've)\b", re.IGNORECASE),
}
_SHAPES = {
    "number": re.compile(r"\d"),
    "question": re.compile(r"\?\s*$"),
    "how or why": re.compile(r"^(how|why|what|when|where|who)\b", re.IGNORECASE),
    "two parts": re.compile(r"[:–—]"),
    "shouting": re.compile(r"\b[A-Z]{4,}\b|!"),
}


@dataclass(frozen=True, slots=True)
class Look:
    """What a thumbnail looks like.

    Attributes:
        brightness: Mean luma, 0-1.
        contrast: Spread of the luma, 0-1.
        colourfulness: 0 (grey) to 1 (extremely colourful).
    """

    brightness: float
    contrast: float
    colourfulness: float


@dataclass(frozen=True, slots=True)
class Watchable:
    """What the audience sees of a video.

    Attributes:
        video_id: Id on the sandbox.
        title: Title.
        subject: What it is about, in one word: the first hashtag, or the category.
        tags: Tags.
        duration_s: Length in seconds.
        public_at: When everyone may watch it; None while private.
        look: The thumbnail; None leaves the audience neutral.
        hook: First words that are spoken; empty leaves it neutral.
    """

    video_id: str
    title: str
    subject: str
    tags: tuple[str, ...]
    duration_s: float
    public_at: datetime | None
    look: Look | None = None
    hook: str = ""


@dataclass(frozen=True, slots=True)
class Reaction:
    """Simulated numbers from publication to the end of a day.

    Attributes:
        impressions: Thumbnails shown.
        views: Views.
        average_view_s: Seconds watched per view; 0 without views.
        average_view_percent: Share watched per view, 0-100; 0 without views.
        likes: Likes.
        comments: Comments.
        shares: Shares.
    """

    impressions: int = 0
    views: int = 0
    average_view_s: float = 0.0
    average_view_percent: float = 0.0
    likes: int = 0
    comments: int = 0
    shares: int = 0

    @property
    def watch_time_s(self) -> float:
        """Seconds watched by all."""
        return self.views * self.average_view_s

    @property
    def click_through_rate(self) -> float:
        """Views per impression, 0-1."""
        return self.views / self.impressions if self.impressions else 0.0


def reaction(video: Watchable, day: date, seed: str = SEED) -> Reaction:
    """How the audience took a video, from publication to the end of ``day`` in Pacific Time.

    The same arguments give the same numbers on every machine, and counts never fall from one day
    to the next. A video that is not public by then has none.
    """
    if video.public_at is None:
        return Reaction()
    growth = _growth(video, day, seed)
    if growth <= 0.0:
        return Reaction()
    impressions = math.floor(_reach(video, seed) * growth)
    views = math.floor(impressions * _click_rate(video, seed))
    if views == 0:
        return Reaction(impressions)
    share = _watched_share(video, seed)
    liking = 0.5 + share
    return Reaction(
        impressions=impressions,
        views=views,
        average_view_s=share * video.duration_s,
        average_view_percent=100.0 * share,
        likes=math.floor(views * 0.045 * liking * _taste(seed, "likes", video.video_id, 0.25)),
        comments=math.floor(views * 0.006 * liking * _taste(seed, "talk", video.video_id, 0.4)),
        shares=math.floor(views * 0.010 * liking * _taste(seed, "share", video.video_id, 0.4)),
    )


def _growth(video: Watchable, day: date, seed: str) -> float:
    """Share of the reach that has happened by the end of ``day``; climbs towards about 1."""
    public_at = video.public_at
    if public_at is None:
        return 0.0
    first = public_at.astimezone(PACIFIC).date()
    days = min((day - first).days, _LONGEST_DAYS)
    reached = before = 0.0
    for number in range(days + 1):
        end = end_of_day(first + timedelta(days=number))
        age_days = (end - public_at).total_seconds() / 86_400
        smooth = _smooth_growth(age_days)
        mood = 0.75 + 0.5 * _chance(seed, "mood", video.video_id, str(number))
        reached += (smooth - before) * mood
        before = smooth
    return reached


def _smooth_growth(age_days: float) -> float:
    """Two thirds come with the first wave (1.3 days), the rest in a long tail (30 days)."""
    return 0.66 * -math.expm1(-age_days / 1.3) + 0.34 * age_days / (age_days + 30.0)


def _reach(video: Watchable, seed: str) -> float:
    luck = math.exp(0.5 * _normal(seed, "luck", video.video_id))
    subject = _taste(seed, "subject", video.subject.casefold(), 0.55)
    tags = [math.log(_taste(seed, "tag", tag.casefold(), 0.5)) for tag in video.tags]
    tag_taste = math.exp(sum(tags) / len(tags)) if tags else 1.0
    return _REACH * luck * subject * tag_taste * _hour_taste(video, seed)


def _hour_taste(video: Watchable, seed: str) -> float:
    """0.7 to 1.3 around an hour that the audience likes best."""
    if video.public_at is None:
        return 1.0
    at = video.public_at.astimezone(UTC)
    best = 24.0 * _chance(seed, "best hour")
    return 1.0 + 0.3 * math.cos((at.hour + at.minute / 60 - best) * math.tau / 24)


def _click_rate(video: Watchable, seed: str) -> float:
    shapes = [name for name, pattern in _SHAPES.items() if pattern.search(video.title)]
    shapes.append(f"{min(len(video.title) // 20, 4) * 20} characters and more")
    taste = math.prod(_taste(seed, "title", shape, 0.2) for shape in shapes)
    luck = math.exp(0.15 * _normal(seed, "click", video.video_id))
    return min(0.20, max(0.01, _CLICK_RATE * taste * luck * _look_taste(video, seed)))


def _look_taste(video: Watchable, seed: str) -> float:
    """0.64 to 1.57 around a look that the audience likes best."""
    if video.look is None:
        return 1.0
    taste = 0.0
    for name in ("brightness", "contrast", "colourfulness"):
        best = 0.25 + 0.5 * _chance(seed, "look", name)
        away = min(1.0, abs(getattr(video.look, name) - best) / _LOOK_REACH)
        taste += _LOOK_WEIGHT * (1.0 - 2.0 * away)
    return math.exp(taste)


def _hook_taste(video: Watchable, seed: str) -> float:
    shapes = [name for name, pattern in _HOOKS.items() if pattern.search(video.hook)]
    return math.prod(_taste(seed, "hook", shape, 0.12) for shape in shapes)


def _watched_share(video: Watchable, seed: str) -> float:
    """Share of the video that an average view watches, 0.08-0.95."""
    liked_s = 25.0 + 35.0 * _chance(seed, "length")
    away = abs(math.log(max(video.duration_s, 1.0) / liked_s))
    subject = _taste(seed, "attention", video.subject.casefold(), 0.1)
    luck = math.exp(0.1 * _normal(seed, "hold", video.video_id))
    held = 0.72 * math.exp(-0.35 * away) * subject * luck * _hook_taste(video, seed)
    return min(0.95, max(0.08, held))


def _taste(seed: str, kind: str, name: str, sigma: float) -> float:
    """A hidden factor around 1 for one thing: log-normal."""
    return math.exp(sigma * _normal(seed, kind, name))


def _normal(*parts: str) -> float:
    """A draw from the standard normal distribution, fixed by its name (Box-Muller)."""
    first, second = _chance(*parts, "radius"), _chance(*parts, "angle")
    return math.sqrt(-2.0 * math.log(1.0 - first)) * math.cos(math.tau * second)


def _chance(*parts: str) -> float:
    """A draw from 0 up to 1, fixed by its name."""
    digest = hashlib.blake2b("\x1f".join(parts).encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) / 2**53
