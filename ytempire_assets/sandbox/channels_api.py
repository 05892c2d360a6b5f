"""Tokens and the Data API's ``channels``.

Belongs here: who asks, and what is said about a channel.
https://developers.google.com/youtube/v3/docs/channels
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ytempire_assets.sandbox.accounts import (
    TOKEN_LIFE_S,
    Account,
    GrantRefusedError,
    account_of,
    make_token,
)
from ytempire_assets.sandbox.answers import (
    NOTE,
    body_of,
    ids_of,
    page_info,
    parts_of,
    store_of,
    with_numbers,
)
from ytempire_assets.sandbox.metadata import RefusedError
from ytempire_assets.sandbox.video_resources import reaction_at

_PARTS = frozenset(("id", "snippet", "contentDetails", "statistics"))
_COUNTED = 10_000


async def token(request: Request) -> Response:
    """POST /token: an access token for a refresh token, by RFC 6749."""
    fields = parse_qs((await body_of(request, 65_536)).decode("ascii", "replace"))
    form = {name: values[0] for name, values in fields.items()}
    if form.get("grant_type") != "refresh_token":
        return JSONResponse({"error": "unsupported_grant_type"}, status_code=400)
    try:
        account = account_of(form.get("refresh_token", ""))
    except GrantRefusedError as error:
        return JSONResponse(
            {"error": "invalid_grant", "error_description": str(error)}, status_code=400
        )
    store = store_of(request)
    await run_in_threadpool(store.remember, account)
    return JSONResponse(
        {
            "access_token": make_token(store.key, account.id, store.clock.now().timestamp()),
            "expires_in": TOKEN_LIFE_S,
            "token_type": "Bearer",
        }
    )


def channels_list(request: Request, account: Account) -> Response:
    """GET channels?mine=true or ?id=..."""
    parts = parts_of(request, _PARTS)
    store = store_of(request)
    if request.query_params.get("mine") == "true":
        accounts = [account]
    elif "id" in request.query_params:
        wanted = dict.fromkeys(ids_of(request, "id", 50))
        accounts = [found for one in wanted if (found := store.account(one)) is not None]
    else:
        raise RefusedError(400, "missingRequiredParameter", "neither mine=true nor id", "mine")
    items = [_channel(request, one, parts) for one in accounts]
    body = {"kind": "youtube#channelListResponse", "items": items, "pageInfo": page_info(items)}
    return with_numbers(body) if "statistics" in parts else JSONResponse(body)


def _channel(request: Request, account: Account, parts: set[str]) -> dict[str, Any]:
    channel: dict[str, Any] = {"kind": "youtube#channel", "id": account.id}
    if "snippet" in parts:
        channel["snippet"] = {"title": account.title, "description": NOTE}
    if "contentDetails" in parts:
        channel["contentDetails"] = {
            "relatedPlaylists": {"likes": "", "uploads": account.uploads_id}
        }
    if "statistics" in parts:
        store = store_of(request)
        now = store.clock.now()
        videos = store.page(_COUNTED, None, account.id)
        channel["statistics"] = {
            "viewCount": str(sum(reaction_at(video, now).views for video in videos)),
            "subscriberCount": "0",
            "hiddenSubscriberCount": False,
            "videoCount": str(store.count(account.id)),
        }
    return channel
