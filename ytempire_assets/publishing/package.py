"""What is published: a file with everything that goes with it.

Belongs here: the values, and looking at them once more before anything is sent.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.publishing.publication import PublicationPlan
from ytempire_assets.publishing.video_metadata import CATEGORY_IDS, VideoMetadata

_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Package:
    """The file of a publication and what goes with it.

    Attributes:
        file: The video file.
        title: Title.
        description: Description.
        tags: Tags.
        category: One of ``CATEGORY_IDS``.
        language: Language of speech and captions.
        made_for_kids: Whether it is made for children.
        synthetic_media: Whether it shows synthetic content that looks real.
        thumbnail: JPEG, or None to leave the platform's choice.
        captions_srt: SubRip captions, or None.
        license: ``youtube`` or ``creative_commons``.
        playlist: The channel's playlist that it goes into; empty for none.
    """

    file: Path
    title: str
    description: str
    tags: tuple[str, ...]
    category: str
    language: str
    made_for_kids: bool
    synthetic_media: bool
    thumbnail: bytes | None
    captions_srt: bytes | None
    license: str = "youtube"
    playlist: str = ""


def words_digest(title: str, description: str, tags: Sequence[str]) -> str:
    """What tells one wording from another, 32 hexadecimal digits."""
    document = json.dumps([title, description, list(tags)], ensure_ascii=False)
    return hashlib.sha256(document.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def metadata_of(plan: PublicationPlan, package: Package) -> VideoMetadata:
    """What the platform is told about the video.

    Raises:
        InvalidInputError: Something does not fit the platform's rules; names every field.
    """
    if package.category not in CATEGORY_IDS:
        raise InvalidInputError(
            f"category '{package.category}' is unknown", f"use one of {', '.join(CATEGORY_IDS)}"
        )
    metadata = VideoMetadata(
        title=package.title,
        description=package.description,
        tags=package.tags,
        category_id=CATEGORY_IDS[package.category],
        language=package.language,
        made_for_kids=package.made_for_kids,
        synthetic_media=package.synthetic_media,
        publish_at=plan.publish_at,
        file_name=plan.content,
        license=package.license,
    )
    metadata.check()
    return metadata


def check_file(plan: PublicationPlan, package: Package) -> None:
    """Refuses a file that is not, byte for byte, the one that was planned and examined.

    Raises:
        InvalidInputError: It is missing, or it changed.
    """
    planned = plan.content.partition(".")[0]
    digest, size = hashlib.sha256(), 0
    try:
        with package.file.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
                size += len(block)
    except OSError as error:
        raise InvalidInputError(
            f"{package.file} cannot be read ({error.strerror})", "materialise the render again"
        ) from error
    if size != plan.size_bytes or size == 0:
        raise InvalidInputError(
            f"{package.file} has {size} bytes, planned were {plan.size_bytes}",
            "materialise the render again",
        )
    if digest.hexdigest() != planned:
        raise InvalidInputError(
            f"{package.file} changed since it was examined: its content is not {planned[:12]}",
            "materialise the render again",
        )
