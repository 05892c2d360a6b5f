"""What an S3-compatible server's refusals mean to people.

Belongs here: from the client's text to one of our errors with the setting to correct. The text
itself is never shown: servers repeat the id of the key in it.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ytempire_assets.errors import StorageError, TransientError, YtempireError

if TYPE_CHECKING:
    from ytempire_assets.resources.storage.s3 import Address

_CODE = re.compile(r"<Code>(\w{1,80})</Code>")
_STATUS = re.compile(r"status code: (\d{3})")

_NO_BUCKET = {"NoSuchBucket", "InvalidBucketName"}
_WRONG_KEYS = {
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "InvalidToken",
    "ExpiredToken",
    "TokenRefreshRequired",
    "InvalidClientTokenId",
    "MissingSecurityHeader",
    "Unauthorized",
}
_WRONG_CLOCK = {"RequestTimeTooSkewed", "RequestExpired"}
_WRONG_REGION = {
    "PermanentRedirect",
    "TemporaryRedirect",
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
}
_BUSY = {"SlowDown", "ServiceUnavailable", "InternalError", "RequestTimeout", "OperationAborted"}
_FULL = {"XMinioStorageFull", "InsufficientStorage", "QuotaExceeded"}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request did not do what it should.

    Attributes:
        code: The server's own word; empty when it said none.
        status: HTTP status; 0 when there was no answer.
        missing: The client understood it as a missing object.
        no_keys: Nobody told the client any keys.
        elsewhere: The bucket is at another address.
    """

    code: str
    status: int
    missing: bool
    no_keys: bool
    elsewhere: bool

    @classmethod
    def of(cls, text: str, *, missing: bool) -> Refusal:
        """Reads the client's text."""
        code, status = _CODE.search(text), _STATUS.search(text)
        return cls(
            code[1] if code else "",
            int(status[1]) if status else 0,
            missing,
            "169.254." in text or "metadata token" in text.lower(),
            "redirect without LOCATION" in text,
        )

    @property
    def about_an_object(self) -> bool:
        """An object is missing; whether its bucket is there may still be open."""
        return self.missing and self.code in ("", "NoSuchKey")

    def explained(self, address: Address, name: str) -> YtempireError:
        """The error to raise.

        Args:
            address: Which bucket.
            name: Address of the object.
        """
        server = address.endpoint or f"Amazon S3 in {address.region}"
        said = " ".join(str(part) for part in (self.status or "", self.code) if part)
        if self.no_keys:
            return StorageError(
                f"no keys for {server}: neither in the settings nor in the environment, and this "
                "machine has no role",
                "set YTEMPIRE_S3_ACCESS_KEY and YTEMPIRE_S3_SECRET_KEY",
            )
        if self.code in _NO_BUCKET:
            return StorageError(
                f"there is no bucket '{address.bucket}' at {server}",
                "create it, or correct YTEMPIRE_STORAGE",
            )
        if self.code in _WRONG_KEYS or self.status == 401:
            return StorageError(
                f"{server} does not accept the keys ({said})",
                "correct YTEMPIRE_S3_ACCESS_KEY and YTEMPIRE_S3_SECRET_KEY",
            )
        if self.code in _WRONG_CLOCK:
            return StorageError(
                f"the clocks of this machine and of {server} differ too much ({said})",
                "set this machine's clock by NTP",
            )
        if self.code in _WRONG_REGION or self.elsewhere or self.status in (301, 307):
            return StorageError(
                f"bucket '{address.bucket}' is not in region {address.region} at {server}",
                "correct YTEMPIRE_S3_REGION or YTEMPIRE_S3_ENDPOINT",
            )
        if self.code in _FULL or self.status == 507:
            return StorageError(
                f"{server} has no space left for {name} ({said})",
                "free some space there, then run again: finished work is kept",
            )
        return self._rest(address, name, server, said)

    def _rest(self, address: Address, name: str, server: str, said: str) -> YtempireError:
        if self.status == 403:
            return StorageError(
                f"{server} does not permit these keys to use {name} ({said})",
                f"let them get, put, delete and list objects of bucket '{address.bucket}'",
            )
        if self.code in _BUSY or self.status >= 500 or self.status == 429:
            return TransientError(
                f"{server} could not serve {name} ({said}), also when asked again",
                "run again later: finished work is kept",
            )
        if self.status == 0:
            return TransientError(
                f"{server} did not answer when {name} was asked for",
                "check YTEMPIRE_S3_ENDPOINT and the network, then run again: finished work is kept",
            )
        return StorageError(
            f"{server} did not answer about {name} as an S3-compatible server does ({said})",
            "check YTEMPIRE_S3_ENDPOINT and YTEMPIRE_STORAGE",
        )
