"""Lake and blobs where the settings say.

Belongs here: from settings to the place. Everything that opens a store for real comes through here;
a folder can also be given as its path.
"""

from __future__ import annotations

from pathlib import Path

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.resources.storage.folder import FolderObjects
from ytempire_assets.resources.storage.objects import ObjectStore
from ytempire_assets.resources.storage.s3 import Address, Patience, S3Objects
from ytempire_assets.settings import Settings


def lake_objects(settings: Settings) -> ObjectStore:
    """Where the tables lie.

    Raises:
        InvalidInputError: The settings contradict each other.
    """
    remote = bucket(settings, "lake")
    return FolderObjects(settings.lake_dir) if remote is None else remote


def bucket(settings: Settings, folder: str, patience: Patience | None = None) -> S3Objects | None:
    """A folder of the bucket, or None when everything lies below the home folder.

    Raises:
        InvalidInputError: Only one half of the key is set.
    """
    if settings.storage is None:
        return None
    if (settings.s3_access_key is None) != (settings.s3_secret_key is None):
        there, missing = "ACCESS", "SECRET"
        if settings.s3_access_key is None:
            there, missing = missing, there
        raise InvalidInputError(
            f"setting YTEMPIRE_S3_{missing}_KEY is missing, YTEMPIRE_S3_{there}_KEY is set",
            "set both, or none to use AWS's environment or role",
        )
    name, _, prefix = settings.storage.removeprefix("s3://").partition("/")
    address = Address(
        name,
        prefix,
        settings.s3_endpoint,
        settings.s3_region,
        settings.s3_access_key,
        settings.s3_secret_key,
    )
    return S3Objects(address.below(folder), patience)


def as_objects(place: Path | ObjectStore) -> ObjectStore:
    """A folder as a store."""
    return FolderObjects(place) if isinstance(place, Path) else place
