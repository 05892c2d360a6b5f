"""Listening on this machine, and on another address only where a person names it.

Belongs here: opening the port of the local pages, and saying clearly why one cannot be opened.
"""

from __future__ import annotations

import errno
import socket

from ytempire_assets.errors import InvalidInputError

HOST = "127.0.0.1"


def listen(port: int, host: str = HOST) -> socket.socket:
    """A socket that listens on ``host``, an IPv4 address; port 0 takes a free one.

    Raises:
        InvalidInputError: The port is taken or not allowed, or the address is not this machine's.
    """
    # asyncio switches Nagle's algorithm off only where the protocol is said to be TCP; otherwise
    # every answer waits 40 ms for the client's delayed acknowledgement of its head.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(256)
    except (OSError, OverflowError) as error:
        listener.close()
        taken = getattr(error, "errno", None) == errno.EADDRINUSE
        reason = "is taken" if taken else f"cannot be used ({error})"
        raise InvalidInputError(
            f"port {port} on {host} {reason}",
            "stop what listens there, or choose another port with --port",
        ) from error
    return listener
