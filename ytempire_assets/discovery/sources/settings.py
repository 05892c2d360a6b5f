"""What every source says of itself in ``sources.yaml``.

Belongs here: the fields that all kinds of sources share. Fields of one kind stand with its adapter,
the file as a whole in ``sources_file.py``.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from ytempire_assets.discovery.snapshot import Slug


class SourceSettings(BaseModel):
    """Settings of one source.

    Attributes:
        name: What its signals are known by, unique.
        niche: The niche that its items belong to; empty leaves that open.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Slug
    niche: Annotated[str, Field(pattern=r"^([a-z0-9]+(-[a-z0-9]+)*)?$", max_length=60)] = ""
