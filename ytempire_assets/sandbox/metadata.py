"""What the platform accepts beside a video, and how it says no.

Belongs here: YouTube's rules for titles, descriptions, tags and status, and its error JSON.
https://developers.google.com/youtube/v3/docs/videos#properties
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

MAX_TITLE_CHARS = 100
MAX_DESCRIPTION_BYTES = 5_000
MAX_TAGS_CHARS = 500
CATEGORIES = frozenset(
    ("1", "2", "10", "15", "17", "19", "20", "22", "23", "24", "25", "26", "27", "28", "29")
)
_SNIPPET = ("title", "description", "tags", "categoryId", "defaultLanguage", "defaultAudioLanguage")
_STATUS = (
    "privacyStatus",
    "publishAt",
    "license",
    "embeddable",
    "publicStatsViewable",
    "selfDeclaredMadeForKids",
    "containsSyntheticMedia",
)
_PRIVACY = ("private", "unlisted", "public")


class RefusedError(Exception):
    """A request that the platform refuses.

    Args:
        status: HTTP status code.
        reason: YouTube's reason, for example ``invalidTitle``.
        message: What is wrong, for people.
        location: The field or parameter that is meant.
    """

    def __init__(self, status: int, reason: str, message: str, location: str = "") -> None:
        super().__init__(message)
        self.status, self.reason, self.message, self.location = status, reason, message, location

    def body(self) -> dict[str, Any]:
        """The error as YouTube writes it."""
        detail = {"message": self.message, "domain": "youtube.sandbox", "reason": self.reason}
        if self.location:
            inside = self.location.startswith("body.")
            detail |= {
                "location": self.location,
                "locationType": "other" if inside else "parameter",
            }
        return {"error": {"code": self.status, "message": self.message, "errors": [detail]}}


def checked_resource(given: Any) -> dict[str, Any]:
    """The ``snippet`` and ``status`` of a new video, or a refusal.

    Raises:
        RefusedError: A field breaks a rule; the first one found is named.
    """
    if not isinstance(given, Mapping):
        raise _bad("invalidVideoMetadata", "the body must be a video resource", "body")
    return checked_parts(given, ("snippet", "status"))


def checked_parts(given: Any, parts: Sequence[str]) -> dict[str, Any]:
    """The named parts, of ``snippet`` and ``status``, of a video resource, or a refusal.

    Raises:
        RefusedError: A part is missing or a field breaks a rule; the first one found is named.
    """
    checks = {"snippet": _snippet, "status": _status}
    return {name: checks[name](_part(given, name)) for name in parts}


def _part(given: Any, name: str) -> Mapping[str, Any]:
    part = given.get(name) if isinstance(given, Mapping) else None
    if not isinstance(part, Mapping):
        raise _bad("invalidVideoMetadata", f"{name} is missing", f"body.{name}")
    return part


def _snippet(given: Mapping[str, Any]) -> dict[str, Any]:
    snippet = {name: given[name] for name in _SNIPPET if given.get(name) is not None}
    title, description = snippet.get("title", ""), snippet.setdefault("description", "")
    if not isinstance(title, str) or not title.strip() or len(title) > MAX_TITLE_CHARS:
        raise _bad(
            "invalidTitle", f"title must have 1 to {MAX_TITLE_CHARS} characters", "snippet.title"
        )
    if not isinstance(description, str) or len(description.encode()) > MAX_DESCRIPTION_BYTES:
        raise _bad(
            "invalidDescription",
            f"description must have at most {MAX_DESCRIPTION_BYTES} bytes",
            "snippet.description",
        )
    tags = snippet.setdefault("tags", [])
    if not isinstance(tags, list) or not all(isinstance(tag, str) and tag for tag in tags):
        raise _bad("invalidTags", "tags must be a list of texts", "snippet.tags")
    if tags_length(tags) > MAX_TAGS_CHARS:
        raise _bad(
            "invalidTags", f"tags must have at most {MAX_TAGS_CHARS} characters", "snippet.tags"
        )
    for reason, name, text in (
        ("invalidTitle", "title", title),
        ("invalidDescription", "description", description),
        ("invalidTags", "tags", "".join(tags)),
    ):
        if "<" in text or ">" in text:
            raise _bad(reason, f"{name} must not contain < or >", f"snippet.{name}")
    if str(snippet.get("categoryId", "")) not in CATEGORIES:
        raise _bad("invalidCategoryId", "categoryId names no category", "snippet.categoryId")
    return snippet


def _status(given: Mapping[str, Any]) -> dict[str, Any]:
    status = {name: given[name] for name in _STATUS if given.get(name) is not None}
    if status.setdefault("privacyStatus", "public") not in _PRIVACY:
        raise _bad(
            "invalidVideoMetadata",
            f"privacyStatus must be one of {', '.join(_PRIVACY)}",
            "status.privacyStatus",
        )
    # YouTube takes the video and leaves it incomplete for viewers; here it is said at once.
    if not isinstance(status.get("selfDeclaredMadeForKids"), bool):
        raise _bad(
            "invalidVideoMetadata",
            "selfDeclaredMadeForKids must be set to true or false",
            "status.selfDeclaredMadeForKids",
        )
    if "publishAt" in status:
        if status["privacyStatus"] != "private":
            raise _bad(
                "invalidPublishAt", "publishAt needs privacyStatus private", "status.publishAt"
            )
        try:
            zone = datetime.fromisoformat(status["publishAt"]).tzinfo
        except (TypeError, ValueError):
            zone = None
        if zone is None:
            raise _bad(
                "invalidPublishAt", "publishAt must be a time with its zone", "status.publishAt"
            )
    return status


def tags_length(tags: list[str]) -> int:
    """Characters that YouTube counts: commas between tags, quotes around one with a space."""
    return sum(len(tag) + (2 if " " in tag else 0) for tag in tags) + max(0, len(tags) - 1)


def _bad(reason: str, message: str, field: str) -> RefusedError:
    location = field if field.startswith("body") else f"body.{field}"
    return RefusedError(400, reason, message, location)
