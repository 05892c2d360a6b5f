"""Log lines for machines: one JSON object each, which says what run, stage and video it is about.

Belongs here: what a line says, what work is under way in this thread, and making every logger of
this process write such lines. Whether they are wanted is a setting (``log_format``).

Every line has ``time`` (UTC), ``level``, ``logger`` and ``message``; inside a run ``run``, ``job``,
``partition`` and ``stage``; ``video`` while one is worked on; ``event`` for what Dagster reports;
``exception`` with the trace of a failure.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sys
import threading
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from types import TracebackType

_LONGEST_CHARS = 100_000
"""A line longer than this is cut: collectors refuse or split what does not fit their buffer."""
_PARTITION_TAG = "dagster/partition"
_ORIGIN = "origin"

_under_way: ContextVar[Mapping[str, str]] = ContextVar("ytempire_log_context", default={})  # noqa: B039 - never changed


@contextlib.contextmanager
def log_context(**fields: str | None) -> Iterator[None]:
    """Says what the work inside is about: ``run``, ``job``, ``partition``, ``stage``, ``video``.

    It holds for this thread; threads that it starts see it when their work is begun with
    ``contextvars.copy_context().run``.
    """
    told = {name: value for name, value in fields.items() if value}
    token = _under_way.set({**_under_way.get(), **told})
    try:
        yield
    finally:
        _under_way.reset(token)


def write_json_lines() -> None:
    """Makes every logger of this process write JSON lines; harmless when they do already."""
    root = logging.getLogger()
    if not logs_json_lines():
        for handler in [one for one in root.handlers if _writes_to_console(one)]:
            root.removeHandler(handler)
        logging.setLogRecordFactory(_record)
        # Dagster makes the console logger of each run from this class.
        logging.setLoggerClass(_Logger)
        ours = _StandardError()
        ours.setFormatter(JsonLine())
        root.addHandler(ours)
        # Others' loggers stay as Python leaves them: warnings and errors.
        logging.getLogger(__package__).setLevel(logging.INFO)
        sys.excepthook = _log_uncaught
        threading.excepthook = _log_uncaught_in_thread
    # A server of Dagster's that loads our code has configured its own loggers by now.
    for found in list(logging.Logger.manager.loggerDict.values()):
        if not isinstance(found, logging.Logger):
            continue
        for other in filter(_writes_to_console, found.handlers):
            _adopt(other)
            # What is written there must not come a second time from the root.
            found.propagate = False
    logging.captureWarnings(capture=True)


def logs_json_lines() -> bool:
    """Whether ``write_json_lines`` was called in this process."""
    return any(isinstance(handler, _StandardError) for handler in logging.getLogger().handlers)


class JsonLine(logging.Formatter):
    """A record as one line of JSON. Text from outside cannot break it: JSON escapes line breaks."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        told = getattr(record, "dagster_meta", None) or {}
        event = told.get("dagster_event")
        fields: dict[str, str | None] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _cut(told.get("orig_message") or _message(record)),
            **_under_way.get(),
        }
        of_dagster = {
            "run": told.get("run_id"),
            "job": told.get("job_name"),
            "partition": (told.get("job_tags") or {}).get(_PARTITION_TAG),
            "stage": told.get("step_key"),
            "event": getattr(event, "event_type_value", None),
            "exception": self._exception(record, event),
        }
        fields |= {name: value for name, value in of_dagster.items() if value}
        return json.dumps(fields)  # in ASCII: no encoding of a console can spoil it

    def _exception(self, record: logging.LogRecord, event: Any) -> str | None:
        if record.exc_info and record.exc_info[1] is not None:
            return _cut(self.formatException(record.exc_info))
        error = getattr(getattr(event, "event_specific_data", None), "error", None)
        return None if error is None else _cut(error.to_string())


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):  # words that do not fit their places; logging would print both
        return f"{record.msg} {record.args}"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_CHARS else text[:_LONGEST_CHARS] + "…"


class _StandardError(logging.StreamHandler[TextIO]):
    """Writes to what standard error is at the moment; Dagster changes it for the logs of steps."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr


class _Logger(logging.Logger):
    """Whatever console a logger is given, it writes our lines."""

    def addHandler(self, handler: logging.Handler) -> None:  # noqa: N802 - logging's name
        if _writes_to_console(handler):
            _adopt(handler)
            if self.parent is None:  # a run's console logger, which Dagster keeps to itself
                handler.addFilter(_is_not_from_elsewhere)
        super().addHandler(handler)


def _record(name: str, *rest: Any, **named: Any) -> logging.LogRecord:
    """A record that keeps its logger's name when Dagster hands it to a run's console logger."""
    record = logging.LogRecord(name, *rest, **named)
    if name not in ("dagster", None):  # Dagster makes a nameless one to see what is usual
        setattr(record, _ORIGIN, name)
    return record


def _is_not_from_elsewhere(record: logging.LogRecord) -> bool:
    """A message of one of our modules reaches the console by the root's handler already."""
    return not hasattr(record, _ORIGIN)


def _writes_to_console(handler: logging.Handler) -> bool:
    return isinstance(handler, logging.StreamHandler) and handler.stream in (
        sys.stdout,
        sys.stderr,
        sys.__stdout__,
        sys.__stderr__,
    )


def _adopt(handler: logging.Handler) -> None:
    handler.setFormatter(JsonLine())


def _log_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    logging.getLogger(__name__).critical(
        "ended by %s", kind.__name__, exc_info=(kind, error, trace)
    )


def _log_uncaught_in_thread(unhandled: threading.ExceptHookArgs) -> None:
    if unhandled.exc_value is not None and not isinstance(unhandled.exc_value, SystemExit):
        _log_uncaught(unhandled.exc_type, unhandled.exc_value, unhandled.exc_traceback)
