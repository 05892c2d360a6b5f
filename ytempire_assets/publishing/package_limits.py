"""What TikTok, Instagram and Facebook take as a short video.

Belongs here: limits and where each one is documented. Platforms change them without notice, so
every figure carries its page and the day it was looked up; a figure that no page of the platform
states is a cautious one, and ``unconfirmed`` names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Target = Literal["tiktok", "instagram_reels", "facebook_reels"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one platform takes.

    Attributes:
        target: Its key in ``LIMITS``.
        name: The platform for people.
        max_bytes: Largest file.
        min_s: Shortest video, seconds.
        max_s: Longest video, seconds.
        min_width: Narrowest picture, pixels.
        min_height: Lowest picture, pixels.
        max_width: Widest picture, pixels.
        max_height: Highest picture, pixels.
        min_fps: Fewest frames a second.
        max_fps: Most frames a second.
        portrait_only: Whether anything but 9:16 is refused, not only cropped or framed.
        caption_units: Longest caption with its hashtags, UTF-16 code units.
        max_hashtags: Most hashtags.
        max_cover_bytes: Largest cover picture, JPEG.
        links_work: Whether a link in the caption can be followed.
        formats: Our formats that fit, best first.
        source: The platform's page that states the figures.
        unconfirmed: Figures that no page of the platform was found to state, and what they rest on.
        looked_up: Day on which that was so, ISO 8601.
    """

    target: Target
    name: str
    max_bytes: int
    min_s: float
    max_s: float
    min_width: int
    min_height: int
    max_width: int
    max_height: int
    min_fps: float
    max_fps: float
    portrait_only: bool
    caption_units: int
    max_hashtags: int
    max_cover_bytes: int
    links_work: bool
    formats: tuple[str, ...]
    source: str
    unconfirmed: Mapping[str, str]
    looked_up: str = "2026-11-21"


LIMITS: Mapping[Target, Limits] = MappingProxyType(
    {
        # Size, length, pixels and rate: Media Transfer Guide; caption: Direct Post reference,
        # "2200 in UTF-16 runes". An account may have a lower length of its own.
        "tiktok": Limits(
            target="tiktok",
            name="TikTok",
            max_bytes=4_000_000_000,
            min_s=3.0,
            max_s=600.0,
            min_width=360,
            min_height=360,
            max_width=4096,
            max_height=4096,
            min_fps=23.0,
            max_fps=60.0,
            portrait_only=False,
            caption_units=2_200,
            max_hashtags=5,
            max_cover_bytes=20_000_000,
            links_work=False,
            formats=("tiktok", "instagram_reels", "youtube_shorts"),
            source="https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide",
            unconfirmed={
                "min_s": "what publishing tools state",
                "max_hashtags": "a notice in the app since August 2025, as the press reported it",
                "max_cover_bytes": "what publishing tools state",
            },
        ),
        # All but the hashtags: "Reel Specifications" of the page. It still says 30 hashtags; since
        # 19 December 2025 Instagram goes down to 5, account by account (its @creators account).
        "instagram_reels": Limits(
            target="instagram_reels",
            name="Instagram Reels",
            max_bytes=300_000_000,
            min_s=3.0,
            max_s=900.0,
            min_width=1,
            min_height=1,
            max_width=1920,
            max_height=1920,
            min_fps=23.0,
            max_fps=60.0,
            portrait_only=False,
            caption_units=2_200,
            max_hashtags=5,
            max_cover_bytes=8_000_000,
            links_work=False,
            formats=("instagram_reels", "tiktok", "youtube_shorts"),
            source="https://developers.facebook.com/docs/instagram-platform/"
            "instagram-graph-api/reference/ig-user/media",
            unconfirmed={
                "max_height": "as the width, which the page does state",
                "max_hashtags": "Instagram's announcement of 19 December 2025, by the press",
            },
        ),
        # Shape, pixels, rate and length: the page's table. Since June 2025 the app takes longer
        # ones as reels too; the page has not followed, and ours are shorter anyway.
        "facebook_reels": Limits(
            target="facebook_reels",
            name="Facebook Reels",
            max_bytes=1_000_000_000,
            min_s=3.0,
            max_s=90.0,
            min_width=540,
            min_height=960,
            max_width=4096,
            max_height=4096,
            min_fps=24.0,
            max_fps=60.0,
            portrait_only=True,
            caption_units=2_200,
            max_hashtags=5,
            max_cover_bytes=10_000_000,
            links_work=True,
            formats=("instagram_reels", "youtube_shorts", "tiktok"),
            source="https://developers.facebook.com/docs/video-api/guides/reels-publishing",
            unconfirmed={
                "max_bytes": "the lowest that publishing tools state",
                "max_width": "a cautious figure",
                "max_height": "a cautious figure",
                "caption_units": "as on Instagram; a longer one is cut off on screen anyway",
                "max_hashtags": "as on Instagram",
                "max_cover_bytes": "what publishing tools state",
            },
        ),
    }
)
"""Every platform that videos are packed for."""
