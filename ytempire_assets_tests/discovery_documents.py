"""Checks requests and answers against Google's discovery documents.

Belongs here: reading the documents that ``google-api-python-client`` carries (Data API v3,
Analytics API v2, Reporting API v1) and saying in words where a request or an answer does not fit
them. Both sides are held to them: the client's requests and the sandbox's answers.

What the documents do not describe is passed: the chunks of a resumable upload, which
https://developers.google.com/youtube/v3/guides/using_resumable_upload_protocol describes.
"""

from __future__ import annotations

import base64
import email
import email.policy
import functools
import importlib.util
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

DOCUMENTS = ("youtube.v3", "youtubeAnalytics.v2", "youtubereporting.v1")
SIMULATION_MARKS = frozenset(("simulated", "note"))
"""What the sandbox adds to answers with numbers, and no document knows."""

_SESSION = "upload_id"
_ALWAYS_WRITABLE = frozenset(("id", "kind", "etag"))
_WHOLE = re.compile(r"-?\d+")
_DURATION = re.compile(r"-?\d+(\.\d{1,9})?s")
_BOUNDS = {
    "int32": (-(2**31), 2**31 - 1),
    "uint32": (0, 2**32 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint64": (0, 2**64 - 1),
}


@dataclass(frozen=True, slots=True)
class Method:
    """A method of a document.

    Attributes:
        document: The whole discovery document.
        spec: The method's part of it.
        upload: Reached by one of its upload addresses.
    """

    document: Mapping[str, Any]
    spec: Mapping[str, Any]
    upload: bool

    @property
    def parameters(self) -> dict[str, Any]:
        """Its own parameters and those of every method, by name."""
        return {**self.document["parameters"], **self.spec.get("parameters", {})}

    def schema(self, name: str) -> Mapping[str, Any] | None:
        """The schema of ``request`` or ``response``; None when there is none."""
        reference = self.spec.get(name)
        return None if reference is None else {"$ref": reference["$ref"]}


def check_request(
    method: str, url: str, headers: Mapping[str, str], body: bytes | str | None
) -> list[str]:
    """Where a request does not fit its discovery document.

    Args:
        method: HTTP method.
        url: Address with its query; of any host.
        headers: HTTP headers.
        body: The body, if any.

    Returns:
        One line per problem; empty when it fits.
    """
    found = find_method(method, url)
    if found is None:
        return [f"{method} {urlsplit(url).path}: no document has this method"]
    query = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    if found.upload and any(name == _SESSION for name, _ in query):
        return []
    problems = list(_query_problems(found, query))
    data = body.encode() if isinstance(body, str) else body or b""
    parts = {part for name, value in query if name == "part" for part in value.split(",")}
    problems += _body_problems(found, dict(query), headers, data, parts)
    return [f"{found.spec['id']}: {problem}" for problem in problems]


def check_answer(method: str, url: str, body: bytes | str | None) -> list[str]:
    """Where the body of a successful answer does not fit its discovery document.

    Args:
        method: HTTP method of the request.
        url: Address of the request with its query.
        body: The answer's body.

    Returns:
        One line per problem; empty when it fits.
    """
    found = find_method(method, url)
    if found is None:
        return [f"{method} {urlsplit(url).path}: no document has this method"]
    query = dict(parse_qsl(urlsplit(url).query))
    if found.spec.get("supportsMediaDownload") and query.get("alt") == "media":
        return []
    data = body.encode() if isinstance(body, str) else body or b""
    schema = found.schema("response")
    if not data:
        starts = found.upload and query.get("uploadType") == "resumable"
        return [] if schema is None or starts else [f"{found.spec['id']}: the answer is empty"]
    value, problem = _json(data)
    if problem:
        return [f"{found.spec['id']}: {problem}"]
    if schema is None:
        return [f"{found.spec['id']}: the answer must be empty"]
    if isinstance(value, dict):
        value = {name: inner for name, inner in value.items() if name not in SIMULATION_MARKS}
    problems = _value_problems(found.document, schema, value, "answer", writing=None)
    return [f"{found.spec['id']}: {problem}" for problem in problems]


def find_method(method: str, url: str) -> Method | None:
    """The method of any document with this HTTP method and address, upload addresses included."""
    path = urlsplit(url).path.lstrip("/")
    for document in _documents():
        for spec in _methods(document):
            uploads = [
                protocol["path"].lstrip("/")
                for protocol in spec.get("mediaUpload", {}).get("protocols", {}).values()
            ]
            if spec["httpMethod"] == method and _fits(spec["path"], path):
                return Method(document, spec, upload=False)
            # Chunks and questions of a session go to the address at which it was opened.
            session = uploads and method in ("PUT", "DELETE") and _SESSION in url
            if (spec["httpMethod"] == method or session) and path in uploads:
                return Method(document, spec, upload=True)
    return None


@functools.cache
def _documents() -> tuple[Mapping[str, Any], ...]:
    spec = importlib.util.find_spec("googleapiclient")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(
            "google-api-python-client is missing; install the project with its dev extra"
        )
    folder = Path(spec.origin).parent / "discovery_cache" / "documents"
    return tuple(
        json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in DOCUMENTS
    )


def _methods(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from node.get("methods", {}).values()
    for inner in node.get("resources", {}).values():
        yield from _methods(inner)


def _fits(template: str, path: str) -> bool:
    pattern = "".join(
        piece if number % 2 == 0 else (".+" if piece.startswith("+") else "[^/]+")
        for number, piece in enumerate(re.split(r"\{([^}]+)\}", template))
    )
    return re.fullmatch(pattern, path) is not None


def _query_problems(method: Method, query: list[tuple[str, str]]) -> Iterator[str]:
    parameters = method.parameters
    given: dict[str, list[str]] = {}
    for name, value in query:
        given.setdefault(name, []).append(value)
    for name, values in given.items():
        spec = parameters.get(name)
        if spec is None or spec.get("location") == "path":
            yield f"parameter {name} is unknown"
            continue
        if len(values) > 1 and not spec.get("repeated"):
            yield f"parameter {name} is given {len(values)} times"
        if spec.get("repeated"):
            values = [one for value in values for one in value.split(",")]
        for value in values:
            if problem := _text_problem(spec, value):
                yield f"parameter {name}={value!r} {problem}"
    for name, spec in parameters.items():
        if spec.get("required") and spec["location"] == "query" and name not in given:
            yield f"parameter {name} is missing"
    allowed = _parts(method)
    for part in ",".join(given.get("part", ())).split(","):
        if part and allowed and part not in allowed:
            yield f"parameter part names {part!r}, which the resource does not have"


def _parts(method: Method) -> set[str]:
    """The properties of the resource that a method is about."""
    if "part" not in method.spec.get("parameters", {}):
        return set()
    schemas = method.document["schemas"]
    properties = schemas[method.spec["response"]["$ref"]]["properties"]
    items = properties.get("items", {}).get("items")
    return set(schemas[items["$ref"]]["properties"] if items else properties)


def _text_problem(spec: Mapping[str, Any], text: str) -> str:
    """What is wrong with a parameter's value, empty when nothing is."""
    kind = spec["type"]
    if kind == "boolean":
        return "" if text in ("true", "false") else "is neither true nor false"
    if kind in ("integer", "number"):
        if not _WHOLE.fullmatch(text):
            return "is no whole number"
        least, most = _BOUNDS.get(spec.get("format", ""), (None, None))
        least, most = int(spec.get("minimum", least or 0)), spec.get("maximum", most)
        return "" if least <= int(text) <= int(most or text) else f"is not {least} to {most}"
    return _format_problem(spec, text)


def _format_problem(spec: Mapping[str, Any], text: str) -> str:
    if "enum" in spec and text not in spec["enum"]:
        return f"is none of {', '.join(spec['enum'])}"
    if "pattern" in spec and not re.search(spec["pattern"], text):
        return f"does not fit {spec['pattern']}"
    form = spec.get("format", "")
    if form in ("int64", "uint64"):
        least, most = _BOUNDS[form]
        fits = _WHOLE.fullmatch(text) is not None and least <= int(text) <= most
        return "" if fits else f"is no {form} in digits"
    if form in ("date-time", "google-datetime"):
        try:
            return "" if datetime.fromisoformat(text).tzinfo else "is a time without its zone"
        except ValueError:
            return "is no RFC 3339 time"
    if form == "google-duration":
        return "" if _DURATION.fullmatch(text) else "is no duration in seconds"
    if form == "byte":
        try:
            base64.b64decode(text, validate=True)
        except ValueError:
            return "is no base64"
    return ""


def _body_problems(
    method: Method,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    data: bytes,
    parts: set[str],
) -> list[str]:
    schema = method.schema("request")
    kind = {name.lower(): value for name, value in headers.items()}.get("content-type", "")
    if method.upload and query.get("uploadType") == "media":
        return [] if data else ["the media is missing"]
    if kind.startswith("multipart/related"):
        message = email.message_from_bytes(
            f"Content-Type: {kind}\r\n\r\n".encode() + data, policy=email.policy.HTTP
        )
        payload = next(message.iter_parts()).get_payload(decode=True)
        data = payload if isinstance(payload, bytes) else b""
    elif data and not kind.startswith("application/json"):
        return [f"the content type is {kind or 'missing'}, not application/json"]
    if schema is None:
        return ["there must be no body"] if data else []
    value, problem = _json(data)
    if problem:
        return [problem]
    problems = _value_problems(method.document, schema, value, "body", method.spec["id"])
    if parts and isinstance(value, dict):
        problems += [
            f"body.{name} is not among the parts {', '.join(sorted(parts))}"
            for name in value
            if name not in parts | _ALWAYS_WRITABLE
        ]
    return problems


def _json(data: bytes) -> tuple[Any, str]:
    try:
        return json.loads(data), ""
    except ValueError:
        return None, "the body is no JSON"


def _value_problems(
    document: Mapping[str, Any],
    schema: Mapping[str, Any],
    value: Any,
    where: str,
    writing: str | None,
) -> list[str]:
    """Where a JSON value does not fit a schema.

    Args:
        document: Holds the schemas that are referred to.
        schema: What the value should be.
        value: The value.
        where: Its place, for people.
        writing: Id of the method that is sent it; None for an answer.
    """
    if writing is not None and schema.get("readOnly"):
        return [f"{where} is read-only"]
    if "$ref" in schema:
        schema = document["schemas"][schema["$ref"]]
    kind = schema["type"]
    if kind == "any":
        return []
    if kind == "object":
        return _object_problems(document, schema, value, where, writing)
    if kind == "array":
        if not isinstance(value, list):
            return [f"{where} is no list"]
        return [
            problem
            for number, one in enumerate(value)
            for problem in _value_problems(
                document, schema["items"], one, f"{where}[{number}]", writing
            )
        ]
    return _scalar_problems(schema, value, where)


def _object_problems(
    document: Mapping[str, Any],
    schema: Mapping[str, Any],
    value: Any,
    where: str,
    writing: str | None,
) -> list[str]:
    if not isinstance(value, dict):
        return [f"{where} is no object"]
    properties, others = schema.get("properties", {}), schema.get("additionalProperties")
    problems = []
    for name, inner in value.items():
        wanted = properties.get(name, others)
        if wanted is None:
            problems.append(f"{where}.{name} is unknown")
        else:
            problems += _value_problems(document, wanted, inner, f"{where}.{name}", writing)
    if writing is not None:
        problems += [
            f"{where}.{name} is missing"
            for name, wanted in properties.items()
            if writing in wanted.get("annotations", {}).get("required", ()) and name not in value
        ]
    return problems


def _scalar_problems(schema: Mapping[str, Any], value: Any, where: str) -> list[str]:
    kind = schema["type"]
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    fits = {
        "boolean": isinstance(value, bool),
        "string": isinstance(value, str),
        "number": number,
        "integer": number and float(value).is_integer(),
    }[kind]
    if not fits:
        return [f"{where} is {type(value).__name__}, not {kind}"]
    if kind == "integer":
        least, most = _BOUNDS.get(schema.get("format", ""), (value, value))
        return [] if least <= value <= most else [f"{where}={value} is not {least} to {most}"]
    problem = _format_problem(schema, value) if kind == "string" else ""
    return [f"{where}={value!r} {problem}"] if problem else []
