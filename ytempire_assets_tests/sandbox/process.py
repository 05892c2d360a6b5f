"""The sandbox as a process of its own, which can be killed.

Belongs here: starting ``serve`` and waiting until it answers.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import requests

_CODE = """
import sys
from pathlib import Path
from ytempire_assets.sandbox.quota import Limits
from ytempire_assets.sandbox.server import serve
serve(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], Limits(uploads=50))
"""


@contextlib.contextmanager
def serving(folder: Path, faults: str = "") -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Address and process of a sandbox over ``folder``; killed at the end if it still runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-c", _CODE, str(folder), str(port), faults],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(requests.ConnectionError):
                requests.get(f"{url}/sandbox/control", timeout=10)
                break
            time.sleep(0.03)
        yield url, process
    finally:
        process.kill()
        process.wait(30)
