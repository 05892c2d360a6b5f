"""What all methods of the sandbox share: its state, who asks, what it costs, how it says no.

Belongs here: what stands between a route and its method. Resources are built in
``video_resources.py``.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, cast

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ytempire_assets.sandbox.accounts import Account, token_channel
from ytempire_assets.sandbox.faults import FaultCounter
from ytempire_assets.sandbox.metadata import RefusedError
from ytempire_assets.sandbox.quota import Quota
from ytempire_assets.sandbox.records import StoredVideo
from ytempire_assets.sandbox.store import SandboxStore

NOTE = "local sandbox: the audience is simulated, no person watched"
Method = Callable[[Request, Account], Response]
AsyncMethod = Callable[[Request, Account], Awaitable[Response]]


def store_of(request: Request) -> SandboxStore:
    """The state behind this server."""
    store: SandboxStore = request.app.state.store
    return store


def faults_of(request: Request) -> FaultCounter:
    """The faults that this server was asked for."""
    faults: FaultCounter = request.app.state.faults
    return faults


def quota_of(request: Request) -> Quota:
    """The account book of this server's project."""
    quota: Quota = request.app.state.quota
    return quota


def base_of(request: Request) -> str:
    """The address under which this server is found, without a slash at the end."""
    return request.app.state.public_base or str(request.base_url).rstrip("/")


def with_numbers(body: dict[str, Any]) -> JSONResponse:
    """An answer that carries audience numbers, marked as what they are."""
    return JSONResponse({**body, "simulated": True, "note": NOTE})


async def refused(_request: Request, error: Exception) -> Response:
    """Answers a ``RefusedError``."""
    if not isinstance(error, RefusedError):
        raise error
    return JSONResponse(error.body(), status_code=error.status)


def method(
    function: Method | AsyncMethod, bucket: str | None = None, units: int = 1
) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of a method: checks the token, takes the quota, calls the method.

    A refused request costs one unit.

    Args:
        function: The method; gets the request and the account that asks.
        bucket: What is charged, of ``quota.BUCKETS``; None: nothing.
        units: How much.
    """

    def open_account(request: Request) -> tuple[Account, str]:
        account = check_token(request)
        return account, quota_of(request).charge(bucket, units) if bucket else ""

    def refund(request: Request, day: str) -> None:
        if bucket is not None and units > 1:
            quota_of(request).refund(day, bucket, units - 1)

    def answer(request: Request) -> Response:
        account, day = open_account(request)
        try:
            return cast("Method", function)(request, account)
        except RefusedError:
            refund(request, day)
            raise

    async def answer_async(request: Request) -> Response:
        account, day = await run_in_threadpool(open_account, request)
        try:
            return await cast("AsyncMethod", function)(request, account)
        except RefusedError:
            await run_in_threadpool(refund, request, day)
            raise

    async def answer_in_thread(request: Request) -> Response:
        return await run_in_threadpool(answer, request)

    return answer_async if inspect.iscoroutinefunction(function) else answer_in_thread


def check_token(request: Request) -> Account:
    """The account that a request's access token belongs to.

    Raises:
        RefusedError: 401 without a valid token, as YouTube says it.
    """
    store = store_of(request)
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    channel_id = token_channel(store.key, token, store.clock.now().timestamp())
    account = store.account(channel_id) if channel_id and scheme.lower() == "bearer" else None
    if account is None:
        raise RefusedError(
            401,
            "authError",
            "Request had invalid authentication credentials. Expected OAuth 2 access token.",
        )
    return account


def parts_of(request: Request, known: frozenset[str]) -> set[str]:
    """The parts that are asked for.

    Raises:
        RefusedError: None is, or one that is not known.
    """
    parts = set(filter(None, ",".join(request.query_params.getlist("part")).split(",")))
    if not parts:
        raise RefusedError(400, "missingRequiredParameter", "no part was named", "part")
    if parts - known:
        raise RefusedError(400, "invalidPart", f"part must be of {sorted(known)}", "part")
    return parts


def ids_of(request: Request, name: str, limit: int) -> list[str]:
    """The ids in a query parameter, 1 to ``limit``.

    Raises:
        RefusedError: There are fewer or more.
    """
    ids = list(filter(None, ",".join(request.query_params.getlist(name)).split(",")))
    if not 1 <= len(ids) <= limit:
        raise RefusedError(400, "invalidFilters", f"{name} must name 1 to {limit} ids", name)
    return ids


def own_video(store: SandboxStore, account: Account, video_id: str, location: str) -> StoredVideo:
    """A video of the account that asks.

    Raises:
        RefusedError: 404 without such a video, 403 when it is another channel's.
    """
    video = store.video(video_id)
    if video is None:
        raise RefusedError(404, "videoNotFound", "there is no such video", location)
    if video.channel_id != account.id:
        raise RefusedError(403, "forbidden", "the video belongs to another channel", location)
    return video


async def body_of(request: Request, limit: int) -> bytes:
    """The request's body.

    Raises:
        RefusedError: It is empty or has more than ``limit`` bytes.
    """
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > limit:
            raise RefusedError(413, "mediaBodyTooLarge", f"the body has more than {limit} bytes")
    if not body:
        raise RefusedError(400, "mediaBodyRequired", "the body is missing")
    return bytes(body)


async def json_of(request: Request) -> Any:
    """The request's JSON body.

    Raises:
        RefusedError: It is none.
    """
    try:
        return await request.json()
    except ValueError:
        raise RefusedError(400, "parseError", "the body is no JSON", "body") from None


def page_info(items: list[dict[str, Any]]) -> dict[str, int]:
    """YouTube's ``pageInfo`` of an answer in one page."""
    return {"totalResults": len(items), "resultsPerPage": len(items)}
