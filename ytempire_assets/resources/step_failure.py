"""How a step's failure looks to Dagster: named, and tried again only where that can help.

Belongs here: from one of our errors to Dagster's ``Failure`` or ``RetryRequested``. Stages use it
for what they do (``assets/step_bounds.py``), the lake for reading and storing their tables, which
happens before and after. How long a retry waits is said by ``placement.RETRIES``.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Mapping

import dagster as dg

from ytempire_assets.errors import TransientError, YtempireError
from ytempire_assets.placement import MOST_RETRIES, retry_delay_s

ATTENDED_TAG = "ytempire/attended"
"""Tag of runs that somebody waits for at a command line: they are told, not tried again."""

logger = logging.getLogger(__name__)


@contextlib.contextmanager
def named_failures(
    tags: Mapping[str, str], retry: str = "stores", retries_so_far: int = 0
) -> Iterator[None]:
    """Turns our errors into what Dagster decides by.

    Args:
        tags: Of the run.
        retry: A key of ``placement.RETRIES``.
        retries_so_far: Of the step.
    """
    try:
        yield
    except YtempireError as error:
        if isinstance(error, TransientError) and ATTENDED_TAG not in tags:
            seconds = retry_delay_s(retry, retries_so_far)
            if retries_so_far < MOST_RETRIES:
                logger.warning("tried again in %d s: %s", seconds, error)
                raise dg.RetryRequested(MOST_RETRIES, seconds) from error
        raise dg.Failure(
            description=str(error),
            metadata={"kind": error.kind, "next_step": error.next_step},
            allow_retries=False,
        ) from error
