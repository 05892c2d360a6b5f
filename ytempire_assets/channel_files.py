"""Channel files from the command line: overview, a new file to start from, retiring one.

Belongs here: reading and moving files in the channels folder. What a file may say is
``channels.py``; partitions follow by the sensor.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import yaml
from rich.table import Table
from rich.text import Text

from ytempire_assets.channels import (
    RETIRED,
    SLUG,
    ChannelFolder,
    ChannelSpec,
)
from ytempire_assets.errors import InvalidInputError
from ytempire_assets.resources.atomic import explained, write_atomically
from ytempire_assets.settings import Settings

_DEFAULT_LOOK = {
    "background": "#0B1020",
    "surface": "#151C33",
    "ink": "#F4F6FB",
    "muted": "#9AA5C4",
    "accent": "#FFB454",
    "accent_2": "#5CC8FF",
    "heading_font": "Space Grotesk",
    "body_font": "Inter",
    "motif": "grid",
}


def overview(settings: Settings) -> Table:
    """A table of all channels, usable or not, and of the retired ones."""
    loaded = ChannelFolder(settings.channels_dir).load()
    table = Table(header_style="bold")
    for name in ("channel", "title", "niches", "formats", "a day", "begins", "state"):
        table.add_column(name, overflow="fold")
    for name, spec in loaded.specs.items():
        table.add_row(
            Text(name),
            Text(spec.title),
            Text(", ".join(spec.niches)),
            Text(", ".join(spec.formats)),
            str(spec.videos_per_day),
            Text(f"{spec.produce_at:%H:%M} {spec.time_zone}"),
            Text("active", style="green"),
        )
    for name, problem in loaded.problems.items():
        table.add_row(Text(name), "", "", "", "", "", Text(problem, style="red"))
    for path in sorted((settings.channels_dir / RETIRED).glob("*.yaml")):
        table.add_row(Text(path.stem), "", "", "", "", "", Text("retired", style="yellow"))
    return table


def add(
    settings: Settings,
    channel: str,
    niches: Sequence[str],
    title: str,
    time_zone: str,
    format_name: str,
    copy_look: str | None,
) -> Path:
    """Writes a new channel file and returns its path.

    Raises:
        InvalidInputError: The channel exists, or a value does not fit.
    """
    if not SLUG.fullmatch(channel):
        raise InvalidInputError(
            f"'{channel}' is not a channel name", "use a-z, 0-9 and single hyphens, like deep-sea"
        )
    path = settings.channels_dir / f"{channel}.yaml"
    if path.exists():
        raise InvalidInputError(f"channel '{channel}' exists: {path}", "edit that file")
    retired = settings.channels_dir / RETIRED / path.name
    if retired.exists():
        raise InvalidInputError(
            f"channel '{channel}' is retired", f"move {retired} back to take it up again"
        )
    name = title or channel.replace("-", " ").title()
    look = (
        ChannelFolder(settings.channels_dir).get(copy_look).look.model_dump(mode="json")
        if copy_look
        else _DEFAULT_LOOK
    )
    content = {
        "channel": channel,
        "title": name,
        "handle": "@" + channel.replace("-", "")[:28].ljust(3, "0"),
        "tagline": f"True stories about {' and '.join(niches)}",
        "niches": list(niches),
        "audience": "Curious people who like to know how things are",
        "personality": "Clear, friendly and exact",
        "time_zone": time_zone,
        "formats": [format_name],
        "call_to_action": f"Follow {name} for one true story every day.",
        "look": look,
    }
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)

    def write(part: Path) -> None:
        part.write_text(text, encoding="utf-8")
        _validate(part, path)

    write_atomically(path, write)
    return path


def retire(settings: Settings, channel: str) -> Path:
    """Moves a channel's file to the folder of retired ones and returns its new path.

    Raises:
        InvalidInputError: There is no such file.
    """
    path = settings.channels_dir / f"{channel}.yaml"
    if not SLUG.fullmatch(channel) or not path.is_file():
        raise InvalidInputError(
            f"there is no channel file {path.name} in {settings.channels_dir}",
            "look at: ytempire channels list",
        )
    target = settings.channels_dir / RETIRED / path.name
    with explained(target):
        target.parent.mkdir(exist_ok=True)
        os.replace(path, target)  # noqa: PTH105 - says "replaces" where rename would not
    return target


def _validate(part: Path, path: Path) -> None:
    """Refuses content that ``read_channel`` would refuse, before the file takes its place."""
    from ytempire_assets.yaml_files import read_yaml_model

    try:
        read_yaml_model(part, ChannelSpec)
    except InvalidInputError as error:
        problem = error.problem.replace(part.name, path.name)
        raise InvalidInputError(problem, "give other options") from error
