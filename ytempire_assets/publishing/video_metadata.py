"""What goes with a video file, as ``videos.insert`` takes it.

Belongs here: the values and the resource made of them.
https://developers.google.com/youtube/v3/docs/videos#resource
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.youtube_limits import MAX_DESCRIPTION_BYTES, MAX_TAGS_CHARS, MAX_TITLE_CHARS

CATEGORY_IDS = {
    "education": "27",
    "entertainment": "24",
    "science": "28",
    "howto": "26",
    "news": "25",
}
"""YouTube's category ids (videoCategories.list, the same in all regions)."""

LICENSES = {"youtube": "youtube", "creative_commons": "creativeCommon"}


@dataclass(frozen=True, slots=True)
class VideoMetadata:
    """What goes with a video file.

    Attributes:
        title: 1 to 100 characters, no angle brackets.
        description: At most 5,000 bytes of UTF-8, no angle brackets.
        tags: At most 500 characters in all, as YouTube counts them.
        category_id: YouTube's category, for example ``27`` for education.
        language: BCP 47 code of title, description and speech.
        made_for_kids: Whether it is made for children; the law wants an answer.
        synthetic_media: Whether it shows altered or synthetic content that looks real.
        publish_at: When it becomes public; private until then. None: stays private.
        file_name: Name by which the upload is found again.
        license: A key of ``LICENSES``.
    """

    title: str
    description: str
    tags: tuple[str, ...]
    category_id: str
    language: str
    made_for_kids: bool
    synthetic_media: bool
    publish_at: datetime | None
    file_name: str
    license: str = "youtube"

    def problems(self) -> list[str]:
        """What the platform would refuse, one line each; empty when it fits."""
        found = []
        for name, text in (("title", self.title), ("description", self.description)):
            if "<" in text or ">" in text:
                found.append(f"the {name} must not contain < or >")
        if not self.title.strip() or len(self.title) > MAX_TITLE_CHARS:
            found.append(f"the title has {len(self.title)} characters, 1 to {MAX_TITLE_CHARS} fit")
        size = len(self.description.encode("utf-8", "replace"))
        if size > MAX_DESCRIPTION_BYTES:
            found.append(f"the description has {size} bytes, {MAX_DESCRIPTION_BYTES} fit")
        if any("<" in tag or ">" in tag for tag in self.tags):
            found.append("a tag must not contain < or >")
        # As YouTube counts: a comma between tags, quotation marks around one with a space.
        tags = sum(len(tag) + 2 * (" " in tag) for tag in self.tags) + max(0, len(self.tags) - 1)
        if tags > MAX_TAGS_CHARS:
            found.append(f"the tags have {tags} characters, {MAX_TAGS_CHARS} fit")
        return found

    def check(self) -> None:
        """Refuses what the platform would refuse, before anything is spent on asking it.

        Raises:
            InvalidInputError: Names every field that does not fit.
        """
        if found := self.problems():
            raise InvalidInputError(
                "; ".join(found), "correct the script's text, then materialise uploads again"
            )

    def resource(self) -> dict[str, Any]:
        """The ``video`` resource that ``videos.insert`` takes."""
        status: dict[str, Any] = {
            "privacyStatus": "private",
            "selfDeclaredMadeForKids": self.made_for_kids,
            "containsSyntheticMedia": self.synthetic_media,
            "license": LICENSES[self.license],
            "embeddable": True,
        }
        if self.publish_at is not None:
            status["publishAt"] = self.publish_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {
            "snippet": {
                "title": self.title,
                "description": self.description,
                "tags": list(self.tags),
                "categoryId": self.category_id,
                "defaultLanguage": self.language,
                "defaultAudioLanguage": self.language,
            },
            "status": status,
        }
