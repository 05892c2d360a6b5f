"""Where answers are kept for a while: a folder of this machine, or a Redis server for many.

Belongs here: the two places and their locks. What is kept, for how long, and what happens when a
place fails is ``answer_cache.py``. Nothing read back is ever unpickled: both places hold text only.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import os
import secrets
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import SplitResult, urlsplit

from ytempire_assets.errors import InvalidInputError

if TYPE_CHECKING:
    from pydantic import SecretStr

_LOCK_S = 10.0
_REDIS_S = 2.0
_LOOK_S = 0.05
_PREFIX = "ytempire:answer:"

_TAKE_OWN_OFF = "if redis.call('get',KEYS[1])==ARGV[1] then return redis.call('del',KEYS[1]) end"
_KEEP_OWN = (
    "if redis.call('get',KEYS[1])==ARGV[1] then return redis.call('pexpire',KEYS[1],ARGV[2]) end"
)


class StoreError(Exception):
    """The place does not work now; says why in a few words, without any password."""


class AnswerStore(Protocol):
    """A place for texts that vanish after a while; every call may raise ``StoreError``."""

    def get(self, key: str) -> str | None:
        """The text, or None."""

    def put(self, key: str, text: str, life_s: float) -> None:
        """Keeps a text."""

    def alone(self, key: str) -> contextlib.AbstractContextManager[None]:
        """Only one thread of one process is inside for a key; who dies inside lets the next in."""

    def close(self) -> None:
        """Closes files and connections."""


class FolderStore:
    """A folder, as diskcache keeps it: SQLite, and files for long texts.

    diskcache pickles what is not text (CVE-2025-69872). Here it is given a disk that stores text
    only and refuses anything else, also what somebody else put into the folder.

    Args:
        folder: Made when missing.
        size_bytes: The oldest texts go when it is fuller than that.
    """

    def __init__(self, folder: Path, size_bytes: int) -> None:
        self._folder = folder
        self._locks = folder / "locks"
        self._size_bytes = size_bytes
        self._opening = threading.Lock()
        self._opened: Any = None

    @property
    def _cache(self) -> Any:
        """Opened when it is first used: who never asks anything needs no folder."""
        import diskcache

        with self._opening:
            if self._opened is None:
                self._locks.mkdir(parents=True, exist_ok=True)
                self._folder.chmod(0o700)
                self._opened = diskcache.Cache(
                    str(self._folder), disk=_text_disk(), size_limit=self._size_bytes, timeout=20
                )
            return self._opened

    def get(self, key: str) -> str | None:
        """See ``AnswerStore``; what is there and is no text counts as not there."""
        with _explained():
            try:
                value = self._cache.get(key)
            except ValueError:
                return None
        return value if isinstance(value, str) else None

    def put(self, key: str, text: str, life_s: float) -> None:
        """See ``AnswerStore``."""
        with _explained():
            self._cache.set(key, text, expire=life_s)

    @contextlib.contextmanager
    def alone(self, key: str) -> Iterator[None]:
        """See ``AnswerStore``; a locked file, which the system unlocks for who dies."""
        path = self._locks / key
        with _explained():
            self._locks.mkdir(parents=True, exist_ok=True)
            file = _locked(path)
        try:
            yield
        finally:
            # Under the lock: whoever waits for this file sees that it is gone and makes a new one.
            with contextlib.suppress(OSError):
                path.unlink()
            os.close(file)

    def close(self) -> None:
        """See ``AnswerStore``."""
        with self._opening:
            if self._opened is not None:
                self._opened.close()


class RedisStore:
    """A Redis server.

    Args:
        address: ``redis://[user:password@]host[:port][/number]``, or ``rediss://`` for TLS.

    Raises:
        InvalidInputError: This is no such address.
    """

    def __init__(self, address: SecretStr) -> None:
        self._address = address.get_secret_value().strip()
        parts = _redis_parts(self._address)
        self.label = f"{parts.hostname}:{parts.port or 6379}"

    @functools.cached_property
    def _client(self) -> Any:
        import redis

        return redis.Redis.from_url(
            self._address,
            socket_timeout=_REDIS_S,
            socket_connect_timeout=_REDIS_S,
            decode_responses=True,
        )

    def get(self, key: str) -> str | None:
        """See ``AnswerStore``."""
        with self._told():
            value = self._client.get(_PREFIX + key)
        return value if isinstance(value, str) else None

    def put(self, key: str, text: str, life_s: float) -> None:
        """See ``AnswerStore``."""
        with self._told():
            self._client.set(_PREFIX + key, text, px=max(1, int(life_s * 1000)))

    @contextlib.contextmanager
    def alone(self, key: str) -> Iterator[None]:
        """See ``AnswerStore``; a lease of ten seconds that its holder renews."""
        name, token = f"{_PREFIX}lock:{key}", secrets.token_hex(16)
        with self._told():
            while not self._client.set(name, token, nx=True, px=int(_LOCK_S * 1000)):
                time.sleep(
                    _LOOK_S
                )  # the holder may be on another machine: there is no event for it
        done = threading.Event()
        renewing = threading.Thread(target=self._renew, args=(name, token, done), daemon=True)
        renewing.start()
        try:
            yield
        finally:
            done.set()
            renewing.join()
            with contextlib.suppress(StoreError), self._told():
                self._client.eval(_TAKE_OWN_OFF, 1, name, token)

    def close(self) -> None:
        """See ``AnswerStore``."""
        self._client.close()

    def _renew(self, name: str, token: str, done: threading.Event) -> None:
        while not done.wait(_LOCK_S / 3):
            with contextlib.suppress(StoreError), self._told():
                self._client.eval(_KEEP_OWN, 1, name, token, int(_LOCK_S * 1000))

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        import redis

        try:
            yield
        except (redis.RedisError, OSError, ValueError) as error:
            raise StoreError(f"Redis at {self.label}: {type(error).__name__}") from error


def _redis_parts(value: str) -> SplitResult:
    parts, good = urlsplit(""), False
    with contextlib.suppress(ValueError):
        parts = urlsplit(value)
        number = parts.path.removeprefix("/")
        good = (
            parts.scheme in ("redis", "rediss")
            and bool(parts.hostname)
            and (parts.port is None or parts.port > 0)
            and (not number or number.isdecimal())
            and not (parts.query or parts.fragment)
        )
    if not good:
        raise InvalidInputError(
            "YTEMPIRE_CACHE is not the address of a Redis server",
            "set it to redis://host:port/number, or unset it to keep answers in a folder",
        )
    return parts


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """A folder that is full, read-only or damaged, in a few words."""
    import sqlite3

    import diskcache

    try:
        yield
    except (OSError, sqlite3.Error, diskcache.Timeout, ValueError) as error:
        words = error.strerror if isinstance(error, OSError) else str(error)
        raise StoreError(f"{type(error).__name__}: {str(words)[:200]}") from error


def _locked(path: Path) -> int:
    """An open file that only this caller has locked and that still lies at ``path``."""
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            if os.fstat(file).st_ino == path.stat().st_ino:
                return file
        except FileNotFoundError:
            pass  # the one before took it away
        except BaseException:
            os.close(file)
            raise
        os.close(file)


@functools.cache
def _text_disk() -> Any:
    """The disk of diskcache, without pickle."""
    import diskcache
    from diskcache.core import MODE_RAW, MODE_TEXT

    class TextDisk(diskcache.Disk):  # type: ignore[misc]
        """Stores text, reads text, refuses everything else."""

        def put(self, key: Any) -> Any:
            if not isinstance(key, str):
                raise TypeError("keys are text")
            return super().put(key)

        def get(self, key: Any, raw: bool) -> Any:
            if not raw:
                raise ValueError("a pickled key is not read")
            return super().get(key, raw)

        def store(self, value: Any, read: bool, key: Any = diskcache.UNKNOWN) -> Any:
            if not isinstance(value, str) or read:
                raise ValueError("values are text")
            return super().store(value, read, key=key)

        def fetch(self, mode: int, filename: Any, value: Any, read: bool) -> Any:
            if mode not in (MODE_RAW, MODE_TEXT) or read:
                raise ValueError("a pickled or binary value is not read")
            return super().fetch(mode, filename, value, read)

    return TextDisk
