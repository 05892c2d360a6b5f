"""A server of S3's protocol for the tests, as a process of its own on a free port of this machine.

Belongs here: starting moto's server, making buckets, stopping it. What goes wrong on the way to it
is ``s3_faults.py``.
"""

from __future__ import annotations

import itertools
import logging
import subprocess
import sys
import urllib.request
from pathlib import Path
from types import TracebackType

from pydantic import SecretStr

from ytempire_assets.settings import Settings
from ytempire_assets_tests.s3_faults import FaultyWay

PROJECT = Path(__file__).parent.parent
ACCESS_KEY, SECRET_KEY = "TESTKEYID", "test-secret-key"


class S3Server:
    """A server from ``__enter__`` to ``__exit__``."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self.port = 0

    @property
    def endpoint(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> S3Server:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()  # it ends when nobody holds its input any more
        self._process.wait(20)
        self._process.stdout.close()

    def new_bucket(self) -> str:
        """Makes an empty bucket and returns its name."""
        name = f"bucket-{next(self._numbers)}"
        request = urllib.request.Request(f"{self.endpoint}/{name}", method="PUT")
        with urllib.request.urlopen(request, timeout=20):
            return name

    def settings(self, base: Settings, way: FaultyWay | None = None) -> Settings:
        """``base`` with lake and blobs in a new bucket, reached directly or by a faulty way."""
        return base.model_copy(
            update={
                "storage": f"s3://{self.new_bucket()}/studio/one",
                "s3_endpoint": self.endpoint if way is None else way.endpoint,
                "s3_access_key": SecretStr(ACCESS_KEY),
                "s3_secret_key": SecretStr(SECRET_KEY),
            }
        )


def serve() -> None:
    """Serves until the input ends; says its port first."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # else a line for every request
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    print(server.get_host_and_port()[1], flush=True)  # noqa: T201 - the parent reads it
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    serve()
