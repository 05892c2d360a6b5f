"""Errors in hand-written files name file, line and field."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.yaml_files import MAX_FILE_BYTES, read_yaml_model


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    size: int


class Sample(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    parts: tuple[Inner, ...] = ()


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("name: a\ncolour: red\n", 2, "colour: unknown field"),
        ("parts: []\n", 1, "name: missing field"),
        ("name: a\nparts:\n  - size: 1\n  - size: big\n", 4, "parts.1.size"),
        ("name: a\nname: b\n", 2, "'name' is given twice"),
        ("name: [a\nparts: ]\n", 2, "not valid YAML"),
        ("name: a\nparts:\n  - size: 1\n    size: 2\n", 4, "'size' is given twice"),
    ],
)
def test_error_points_at_the_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    path = tmp_path / "sample.yaml"
    path.write_text(text)
    with pytest.raises(InvalidInputError) as caught:
        read_yaml_model(path, Sample)
    message = str(caught.value)
    assert f"sample.yaml, line {line}" in message
    assert words in message
    assert "Next: correct" in message or "Next: keep one" in message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "found nothing"),
        (b"- a\n- b\n", "found list"),
        (b"name: \xff\xfe\n", "not UTF-8"),
        (b"a" * (MAX_FILE_BYTES + 1), "more than the"),
        (b"name: \x00\n", "not valid YAML"),
        (b"&a [*a]", "expected a mapping"),
    ],
)
def test_unusable_content_is_named(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "sample.yaml"
    path.write_bytes(content)
    with pytest.raises(InvalidInputError, match=words):
        read_yaml_model(path, Sample)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"nowhere\.yaml: cannot be read"):
        read_yaml_model(tmp_path / "nowhere.yaml", Sample)


@hypothesis_settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=st.text(max_size=200))
def test_any_text_gives_a_model_or_a_named_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "wild.yaml"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    try:
        sample = read_yaml_model(path, Sample)
    except InvalidInputError as error:
        assert "wild.yaml" in str(error)
    else:
        assert isinstance(sample.name, str)
