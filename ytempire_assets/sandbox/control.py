"""The sandbox's own controls, for tests and benchmarks in other processes.

Belongs here: reading and setting faults and clock over HTTP. Setting wants a header that no page of
the internet can send without being asked first, and the sandbox never says yes to that question.
"""

from __future__ import annotations

import math
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.sandbox.answers import faults_of, json_of, quota_of, store_of
from ytempire_assets.sandbox.faults import parse_faults
from ytempire_assets.sandbox.metadata import RefusedError

_HEADER = "X-Sandbox-Control"
_FIELDS = frozenset(("faults", "clock_offset_s", "date_skew_s", "reset"))
_LONGEST_S = 10 * 366 * 86_400.0


def show(request: Request) -> Response:
    """GET: time, faults so far, quota used today."""
    clock, quota = store_of(request).clock, quota_of(request)
    return JSONResponse(
        {
            "now": clock.now().isoformat(timespec="milliseconds"),
            "clock_offset_s": clock.offset_s,
            "date_skew_s": clock.date_skew_s,
            "fault_counts": faults_of(request).counts(),
            "quota_day": clock.today().isoformat(),
            "quota_used": quota.used(),
            "quota_limits": {
                name: getattr(quota.limits, name)
                for name in ("uploads", "search", "units", "stats", "channel_uploads")
            },
        }
    )


async def change(request: Request) -> Response:
    """POST: sets what the JSON body names and answers as GET.

    ``faults`` (text as on the command line; begins a new sequence and new counts),
    ``clock_offset_s``, ``date_skew_s`` (seconds), ``reset`` (true: the same faults from the
    beginning, counts at 0).
    """
    if request.headers.get(_HEADER) != "1":
        raise RefusedError(403, "forbidden", f"the header {_HEADER}: 1 is missing")
    given = await json_of(request)
    if not isinstance(given, dict) or not given.keys() <= _FIELDS:
        raise RefusedError(400, "badRequest", f"the body may name {', '.join(sorted(_FIELDS))}")
    await run_in_threadpool(_apply, request, given)
    return await run_in_threadpool(show, request)


def _apply(request: Request, given: dict[str, Any]) -> None:
    clock, counter = store_of(request).clock, faults_of(request)
    offset_s, skew_s = _seconds(given, "clock_offset_s"), _seconds(given, "date_skew_s")
    faults = None
    if "faults" in given:
        try:
            faults = parse_faults(str(given["faults"]))
        except InvalidInputError as error:
            raise RefusedError(400, "badRequest", str(error), "body.faults") from error
    if given.get("reset") is True:
        counter.set(counter.faults)
    if faults is not None:
        counter.set(faults)
    if offset_s is not None:
        clock.set_offset(offset_s)
    if skew_s is not None:
        clock.set_date_skew(skew_s)


def _seconds(given: dict[str, Any], name: str) -> float | None:
    value = given.get(name)
    if value is None:
        return None
    fits = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not fits or not math.isfinite(value) or abs(value) > _LONGEST_S:
        raise RefusedError(
            400, "badRequest", f"{name} must be seconds, ten years at most", f"body.{name}"
        )
    return float(value)
