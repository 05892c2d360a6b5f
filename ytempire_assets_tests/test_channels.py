"""Channel files: what they may say, and that one broken file hides no other."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml

from ytempire_assets import channel_files
from ytempire_assets.channels import ChannelFolder, read_channel, relevant
from ytempire_assets.errors import InvalidInputError
from ytempire_assets.settings import Settings
from ytempire_assets_tests.conftest import PROJECT


def changed(folder: Path, channel_: str, /, **fields: object) -> Path:
    """Rewrites a channel file with other fields."""
    path = folder / f"{channel_}.yaml"
    content = yaml.safe_load(path.read_text())
    content.update(fields)
    path.write_text(yaml.safe_dump(content))
    return path


def test_sample_channels_differ_in_what_people_notice() -> None:
    specs = ChannelFolder(PROJECT / "channels").load().specs
    assert set(specs) == {"orbit", "fieldnotes", "weitblick"}
    one, other = specs["orbit"], specs["fieldnotes"]
    assert not set(one.niches) & set(other.niches)
    assert one.look.background != other.look.background
    assert one.look.heading_font != other.look.heading_font
    assert one.voice.voice != other.voice.voice
    assert one.formats != other.formats
    assert one.time_zone != other.time_zone
    assert {spec.language for spec in specs.values()} == {"en", "de"}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"colour": "red"}, "colour: unknown field"),
        ({"channel": "Or bit"}, "channel: must be a slug"),
        ({"channel": "a|b"}, "must be a slug"),
        ({"channel": "other"}, "the file is named 'orbit'"),
        ({"time_zone": "Europe/Nowhere"}, "is not a time zone"),
        ({"time_zone": "../../etc/passwd"}, "is not a time zone"),
        ({"formats": []}, "formats"),
        ({"formats": ["youtube_shorts", "youtube_shorts"]}, "names one entry twice"),
        ({"videos_per_day": 0}, "videos_per_day"),
        ({"target_s": 5}, "target_s"),
        ({"title": "two\nlines"}, "one line without control characters"),
        ({"handle": "no-at-sign"}, "handle"),
        (
            {"voice": {"engine": "espeak", "speed": 9}},
            "voice.speed: Input should be less than or equal to 2",
        ),
        ({"voice": {"engine": "telepathy"}}, "voice.engine"),
        ({"affiliate_links": [{"label": "x", "url": "javascript:alert(1)"}]}, "url"),
    ],
)
def test_broken_channel_names_file_line_and_field(
    channels_dir: Path, fields: dict[str, object], words: str
) -> None:
    path = changed(channels_dir, "orbit", **fields)
    with pytest.raises(InvalidInputError) as caught:
        read_channel(path)
    assert "orbit.yaml" in str(caught.value)
    assert words in str(caught.value)


def test_low_contrast_look_is_refused_with_its_ratio(channels_dir: Path) -> None:
    path = channels_dir / "orbit.yaml"
    content = yaml.safe_load(path.read_text())
    content["look"]["ink"] = content["look"]["background"]
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(InvalidInputError, match=r"contrast of 1\.00:1"):
        read_channel(path)


def test_one_broken_file_hides_no_other(channels_dir: Path) -> None:
    (channels_dir / "orbit.yaml").write_text("channel: orbit\n  title: [")
    loaded = ChannelFolder(channels_dir).load()
    assert set(loaded.specs) == {"fieldnotes"}
    assert "orbit.yaml, line" in loaded.problems["orbit"]
    with pytest.raises(InvalidInputError, match="not valid YAML"):
        loaded.get("orbit")


def test_unknown_channel_names_the_known_ones(channels_dir: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"no channel 'nope' \(channels: fieldnotes, orbit"):
        ChannelFolder(channels_dir).get("nope")


def test_missing_folder_is_an_error_and_not_no_channels(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="YTEMPIRE_CHANNELS_DIR"):
        ChannelFolder(tmp_path / "none").load()


def test_publish_time_follows_the_channel_through_daylight_saving(channels_dir: Path) -> None:
    spec = read_channel(channels_dir / "fieldnotes.yaml")  # 18:30 in Berlin
    assert spec.publish_time(date(2026, 10, 24)) == datetime(2026, 10, 24, 16, 30, tzinfo=UTC)
    assert spec.publish_time(date(2026, 10, 26)) == datetime(2026, 10, 26, 17, 30, tzinfo=UTC)


def test_relevant_fields_change_only_with_themselves(channels_dir: Path) -> None:
    before = read_channel(channels_dir / "orbit.yaml")
    after = read_channel(changed(channels_dir, "orbit", tagline="Another line"))
    assert relevant(before, "voice", "look") == relevant(after, "voice", "look")
    assert relevant(before, "tagline") != relevant(after, "tagline")


def test_added_channel_is_usable_and_not_overwritten(settings: Settings) -> None:
    path = channel_files.add(
        settings, "deep-sea", ["nature"], "", "Asia/Tokyo", "square", copy_look="fieldnotes"
    )
    spec = read_channel(path)
    assert spec.niches == ("nature",)
    assert spec.look.motif == "contours"
    with pytest.raises(InvalidInputError, match="exists"):
        channel_files.add(settings, "deep-sea", ["nature"], "", "UTC", "square", None)


@pytest.mark.parametrize(
    ("channel", "zone", "format_name", "words"),
    [
        ("Deep Sea", "UTC", "square", "not a channel name"),
        ("../evil", "UTC", "square", "not a channel name"),
        ("deep", "Mars/Base", "square", "is not a time zone"),
        ("deep", "UTC", "vhs", "formats"),
    ],
)
def test_bad_options_write_no_file(
    settings: Settings, channel: str, zone: str, format_name: str, words: str
) -> None:
    before = sorted(settings.channels_dir.rglob("*"))
    with pytest.raises(InvalidInputError, match=words):
        channel_files.add(settings, channel, ["nature"], "", zone, format_name, None)
    assert sorted(settings.channels_dir.rglob("*")) == before


def test_retired_channel_keeps_its_file_aside(settings: Settings) -> None:
    target = channel_files.retire(settings, "orbit")
    assert target.is_file()
    assert set(ChannelFolder(settings.channels_dir).load().specs) == {"fieldnotes"}
    with pytest.raises(InvalidInputError, match="no channel file"):
        channel_files.retire(settings, "orbit")
    with pytest.raises(InvalidInputError, match="is retired"):
        channel_files.add(settings, "orbit", ["space"], "", "UTC", "square", None)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"writer": {"kind": "transformers"}}, "kind transformers needs model"),
        ({"writer": {"kind": "extractive", "model": "x"}}, "leave model out"),
        ({"writer": {"kind": "openai_compatible", "eight_bit": True}}, "eight_bit is for kind"),
        ({"writer": {"kind": "poet"}}, "writer.kind"),
        ({"style": "poem"}, "style"),
        ({"language": "xx"}, "language"),
    ],
)
def test_writers_that_cannot_be(channels_dir: Path, fields: dict[str, object], words: str) -> None:
    path = channels_dir / "orbit.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | fields))
    with pytest.raises(InvalidInputError, match=words):
        read_channel(path)
