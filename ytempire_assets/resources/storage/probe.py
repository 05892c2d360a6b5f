"""Whether a bucket can be used for what is asked of it.

Belongs here: writing, finding, reading and deleting one small object, for ``ytempire doctor``.
"""

from __future__ import annotations

import time
import uuid

from ytempire_assets.errors import StorageError
from ytempire_assets.resources.storage.objects import ObjectStore

_FOLDER = "probe"


def probe(objects: ObjectStore) -> float:
    """Writes, lists, reads and deletes an object of its own; returns the seconds of all four.

    Raises:
        StorageError: One of them is refused, or gives something else.
        TransientError: The place does not answer.
    """
    started = time.perf_counter()
    key, content = f"{_FOLDER}/{uuid.uuid4().hex}", b"can this be read?"
    objects.write(key, content)
    try:
        listed = any(entry.key == key for entry in objects.entries(_FOLDER))
        if not listed or objects.read(key) != content:
            raise StorageError(
                f"{objects.name(key)} was written but cannot be found or read",
                "use a server that shows an object as soon as it is written",
            )
    finally:
        objects.delete(key)
    return time.perf_counter() - started
