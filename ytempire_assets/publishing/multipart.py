"""Bodies of a resource and a file in one request.

Belongs here: multipart/related as Google's upload addresses take it.
"""

from __future__ import annotations

import json
import secrets
from typing import Any


def related(resource: dict[str, Any], media: bytes) -> tuple[str, bytes]:
    """A multipart/related body of a JSON resource and a file, and its content type."""
    boundary = f"ytempire-{secrets.token_hex(16)}"
    edge = f"--{boundary}\r\n".encode()
    body = b"".join(
        (
            edge,
            b"Content-Type: application/json; charset=UTF-8\r\n\r\n",
            json.dumps(resource).encode(),
            b"\r\n",
            edge,
            b"Content-Type: application/octet-stream\r\n\r\n",
            media,
            f"\r\n--{boundary}--\r\n".encode(),
        )
    )
    return f"multipart/related; boundary={boundary}", body
