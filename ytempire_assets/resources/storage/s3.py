"""Objects in a bucket of an S3-compatible server.

Belongs here: speaking to the server through obstore, which retries, signs and cuts big files into
parts. What its refusals mean is said by ``s3_errors.py``.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/ (the protocol),
https://developmentseed.org/obstore/ (the client).
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from ytempire_assets.resources.storage.objects import DamagedObjectError, Entry
from ytempire_assets.resources.storage.s3_errors import Refusal

if TYPE_CHECKING:
    from obstore.store import S3Store

_DIGEST = "sha256"
"""Name of the user metadata in which an object carries the hash of its content."""
_PART_BYTES = 8 << 20
_PARTS_AT_A_TIME = 4
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Address:
    """A bucket and who may use it.

    Attributes:
        bucket: Its name.
        prefix: What all keys begin with, without ``/`` at the ends; may be empty.
        endpoint: Address of the server; None is Amazon's.
        region: Region that requests are signed for.
        access_key: Id of the key; None takes the environment's or the machine's role.
        secret_key: Its secret.
    """

    bucket: str
    prefix: str
    endpoint: str | None
    region: str
    access_key: SecretStr | None
    secret_key: SecretStr | None

    def below(self, folder: str) -> Address:
        """The same with ``folder`` added to the prefix."""
        prefix = f"{self.prefix}/{folder}" if self.prefix else folder
        return Address(
            self.bucket, prefix, self.endpoint, self.region, self.access_key, self.secret_key
        )


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an answer is waited for before it is an error.

    Attributes:
        connect_s: For a connection.
        silence_s: For the next bytes of an answer, and for taking one part of an upload.
        retries: Tries after the first, at growing distances.
        retry_s: No retry begins later than this after the first try.
    """

    connect_s: float = 10.0
    silence_s: float = 60.0
    retries: int = 6
    retry_s: float = 180.0


IMPATIENT = Patience(connect_s=3.0, silence_s=10.0, retries=1, retry_s=10.0)
"""For people who wait: whether the server is there at all."""


class S3Objects:
    """The objects below an address. Nothing is opened before the first one is asked for."""

    def __init__(self, address: Address, patience: Patience | None = None) -> None:
        self._address = address
        self._patience = patience or Patience()
        self._proven = threading.Event()

    @property
    def place(self) -> str:
        """``s3://bucket/prefix``."""
        return f"s3://{self._address.bucket}/{self._address.prefix}".rstrip("/")

    def name(self, key: str) -> str:
        """``s3://bucket/prefix/key``."""
        return f"{self.place}/{key}"

    def local(self, key: str) -> Path | None:
        """None: objects are no files."""
        del key
        return None

    def read(self, key: str) -> bytes | None:
        """An object's content, or None when there is none.

        Raises:
            DamagedObjectError: Twice it was not what its hash says.
            StorageError: The server refuses.
            TransientError: The server does not answer.
        """
        from obstore import get

        for _ in range(2):
            try:
                with self._asking(key):
                    answer = get(self._store, key)
                    data = bytes(answer.bytes())
            except _AbsentError:
                return None
            digest = answer.attributes.get(_DIGEST)
            if digest is None or hashlib.sha256(data).hexdigest() == digest:
                return data
        raise DamagedObjectError(
            f"{self.name(key)} is damaged: its content is not what was stored",
            "delete the object and materialise its partition again",
        )

    def fetch(self, key: str, target: Path) -> bool:
        """Copies an object into a file; False when there is none. A cut answer is taken up again.

        Raises:
            OSError: ``target`` cannot be written.
            StorageError: The server refuses.
            TransientError: The server does not answer.
        """
        from obstore import get

        with target.open("wb") as file:
            try:
                with self._asking(key):
                    pieces = iter(get(self._store, key).stream(min_chunk_size=_PART_BYTES))
                while True:
                    with self._asking(key):
                        piece = next(pieces, None)
                    if piece is None:
                        return True
                    file.write(piece)
            except _AbsentError:
                return False

    def write(self, key: str, data: bytes) -> None:
        """Stores ``data``, in place of what was there.

        Raises:
            StorageError: The server refuses.
            TransientError: The server does not answer.
        """
        from obstore import put

        with self._asking(key, writing=True):
            put(
                self._store,
                key,
                data,
                attributes={_DIGEST: hashlib.sha256(data).hexdigest()},
                use_multipart=False,
            )

    def write_file(self, key: str, source: Path) -> None:
        """Stores a file's content, a big one in parts; nobody sees it before all are there.

        Raises:
            StorageError: The server refuses.
            TransientError: The server does not answer.
        """
        from obstore import put

        with self._asking(key, writing=True):
            put(
                self._store,
                key,
                source,
                chunk_size=_PART_BYTES,
                max_concurrency=_PARTS_AT_A_TIME,
            )

    def exists(self, key: str) -> bool:
        """Whether there is such an object.

        Raises:
            StorageError: The server refuses.
            TransientError: The server does not answer.
        """
        from obstore import head

        try:
            with self._asking(key):
                head(self._store, key)
        except _AbsentError:
            return False
        return True

    def entries(self, folder: str) -> list[Entry]:
        """All objects whose key begins with ``folder/``; a thousand come with each request.

        Raises:
            StorageError: The server refuses.
            TransientError: The server does not answer.
        """
        from obstore import list as listing

        with self._asking(folder, listing=True):
            return [
                Entry(found["path"], found["e_tag"] or found["last_modified"].isoformat())
                for page in listing(self._store, folder or None, chunk_size=_PAGE)
                for found in page
            ]

    def delete(self, key: str) -> None:
        """Removes an object, if it is there.

        Raises:
            StorageError: The server refuses.
            TransientError: The server does not answer.
        """
        from obstore import delete

        with self._asking(key, writing=True):
            delete(self._store, key)

    @cached_property
    def _store(self) -> S3Store:
        from obstore.store import S3Store

        address, patience = self._address, self._patience
        keys: dict[str, Any] = {}
        if address.access_key is not None and address.secret_key is not None:
            # As a provider and not as two settings: the environment may hold a session token,
            # which belongs to other keys.
            credential = {
                "access_key_id": address.access_key.get_secret_value(),
                "secret_access_key": address.secret_key.get_secret_value(),
                "token": None,
                "expires_at": None,
            }
            keys["credential_provider"] = lambda: credential
        if address.endpoint is not None:
            keys["endpoint"] = address.endpoint
        return S3Store(
            address.bucket,
            prefix=address.prefix or None,
            region=address.region,
            # A server of one's own has no name of its own for each bucket.
            virtual_hosted_style_request=address.endpoint is None,
            disable_bulk_delete=True,
            client_options={
                "allow_http": True,
                "connect_timeout": timedelta(seconds=patience.connect_s),
                "read_timeout": timedelta(seconds=patience.silence_s),
                # A big file may take long, as long as something comes.
                "timeout": timedelta(hours=6),
            },
            retry_config={
                "max_retries": patience.retries,
                "retry_timeout": timedelta(seconds=patience.retry_s),
                "backoff": {
                    "init_backoff": timedelta(milliseconds=200),
                    "max_backoff": timedelta(seconds=15),
                    "base": 2,
                },
            },
            **keys,
        )

    @contextlib.contextmanager
    def _asking(self, key: str, *, writing: bool = False, listing: bool = False) -> Iterator[None]:
        """Turns what the client raises into our errors, and a missing object into ``_AbsentError``.

        A 404 to HEAD does not say whether the object is missing or the bucket, and a web server
        that is no store says it to everything. So the first time, the bucket is listed: a missing
        object is believed only of a bucket that was seen.
        """
        from obstore.exceptions import BaseError

        try:
            yield
        except (BaseError, FileNotFoundError, ValueError) as error:
            refusal = Refusal.of(str(error), missing=isinstance(error, FileNotFoundError))
        else:
            self._proven.set()
            return
        if refusal.about_an_object and not writing:
            if not self._proven.is_set():
                self.prove()
            raise _AbsentError from None
        if not refusal.code and not listing and 300 <= refusal.status < 500:
            self.prove()  # HEAD is answered without a reason; a listing says it
        # Without its cause: servers repeat the key's id, which must not be in traces.
        raise refusal.explained(self._address, self.name(key)) from None

    def prove(self) -> None:
        """Looks whether the bucket is there and may be listed.

        Raises:
            StorageError: It is not, or may not.
            TransientError: The server does not answer.
        """
        from obstore import list as listing

        with self._asking("", listing=True):
            next(iter(listing(self._store, chunk_size=1)), None)


class _AbsentError(FileNotFoundError):
    """There is no such object in a bucket that is there."""
