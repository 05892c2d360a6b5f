"""A Redis server of the tests' own, on a free port of this machine. ``.ci/run`` installs it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any


class RedisServer:
    """A server from ``__enter__`` to ``__exit__``; it writes nothing to disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Its address, database 0."""
        return f"redis://127.0.0.1:{self.port}/0"

    def client(self) -> Any:
        """A client of it."""
        import redis

        return redis.Redis(port=self.port, decode_responses=True)

    def __enter__(self) -> RedisServer:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Starts it; again on the port that it had."""
        import redis

        program = shutil.which("redis-server")
        assert program is not None, "install redis-server, as .ci/run does"
        if not self.port:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                self.port = int(free.getsockname()[1])
        options = {"port": self.port, "bind": "127.0.0.1", "save": "", "dir": self._folder}
        command = [part for key, value in options.items() for part in (f"--{key}", str(value))]
        self._process = subprocess.Popen([program, *command], stdout=subprocess.DEVNULL)
        while True:
            assert self._process.poll() is None, "redis-server ended"
            try:
                self.client().ping()
            except redis.ConnectionError:
                time.sleep(0.01)
            else:
                return

    def stop(self) -> None:
        """It is gone, as if the machine were switched off."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(20)
            self._process = None
