"""Reading YAML files that people write into pydantic models, with errors that point at the line.

Belongs here: the one reader that channel files and snapshot topics share. What a file may contain
is said by the model that is passed in, never here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from ytempire_assets.errors import InvalidInputError

Model = TypeVar("Model", bound=BaseModel)

MAX_FILE_BYTES = 2_000_000
"""A hand-written file is never this long; more is a mistake or an attack."""


def read_yaml_model(path: Path, model: type[Model]) -> Model:
    """Reads one YAML file as a ``model``.

    Args:
        path: The file, UTF-8.
        model: The pydantic model of its content.

    Returns:
        The validated model.

    Raises:
        InvalidInputError: The file cannot be read, is not YAML, or does not fit the model. The
            message names the file, the line (from 1) and the field.
    """
    text = _read_text(path)
    try:
        root, content = _parse(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark is not None else ""
        problem = getattr(error, "problem", None) or "cannot be parsed"
        raise InvalidInputError(
            f"{path.name}{line}: not valid YAML ({problem})", f"correct {path}"
        ) from error
    except (RecursionError, ValueError) as error:
        raise InvalidInputError(
            f"{path.name}: not valid YAML ({type(error).__name__})", f"correct {path}"
        ) from error
    if not isinstance(content, dict):
        raise InvalidInputError(
            f"{path.name}: expected a mapping of fields, found "
            f"{'nothing' if content is None else type(content).__name__}",
            f"write the fields of a {model.__name__} into {path}",
        )
    duplicate = _duplicate_key(root)
    if duplicate is not None:
        key, line_number = duplicate
        raise InvalidInputError(
            f"{path.name}, line {line_number}: field '{key}' is given twice",
            f"keep one of them in {path}",
        )
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise InvalidInputError(
            "; ".join(_describe(path, root, problem) for problem in error.errors()[:5]),
            f"correct {path}",
        ) from error


def _parse(text: str) -> tuple[yaml.Node | None, Any]:
    """The node tree, which knows lines, and the plain values; the text is read only once."""
    # The C parser is several times faster; wheels bring it, other builds may not.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        root = loader.get_single_node()
        return root, None if root is None else loader.construct_document(root)
    finally:
        loader.dispose()


def _read_text(path: Path) -> str:
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise InvalidInputError(
                f"{path.name}: {size:,} bytes, more than the {MAX_FILE_BYTES:,} allowed",
                f"shorten {path}",
            )
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            f"{path.name}: not UTF-8 text (byte {error.start})", f"save {path} as UTF-8"
        ) from error
    except OSError as error:
        raise InvalidInputError(
            f"{path}: cannot be read ({error.strerror})", "check the path and its permissions"
        ) from error


def _duplicate_key(node: yaml.Node | None) -> tuple[str, int] | None:
    """The first key that stands twice in one mapping, with its line; YAML would keep the last."""
    pending = [node]
    visited: set[int] = set()
    while pending:
        current = pending.pop()
        if current is None or id(current) in visited:
            continue
        visited.add(id(current))
        if isinstance(current, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in current.value:
                if str(key.value) in seen:
                    return str(key.value), key.start_mark.line + 1
                seen.add(str(key.value))
                pending.append(value)
        elif isinstance(current, yaml.SequenceNode):
            pending.extend(current.value)
    return None


def _describe(path: Path, root: yaml.Node | None, problem: Mapping[str, Any]) -> str:
    location: Sequence[str | int] = problem["loc"]
    field = ".".join(str(part) for part in location) or "(file)"
    message = str(problem["msg"]).removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        message = "unknown field"
    elif problem["type"] == "missing":
        message = "missing field"
    return f"{path.name}, line {_line_of(root, location)}: {field}: {message}"


def _line_of(root: yaml.Node | None, location: Sequence[str | int]) -> int:
    """The line (from 1) of the deepest part of ``location`` that the file really has."""
    node, line = root, 1
    for part in location:
        if isinstance(node, yaml.MappingNode):
            found = next(
                ((key, value) for key, value in node.value if key.value == str(part)), None
            )
            if found is None:
                return line
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            if part >= len(node.value):
                return line
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            return line
    return line
