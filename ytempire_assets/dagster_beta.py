"""Which of Dagster's beta and preview features the graph rests on.

Belongs here: one context that silences their warnings where our own tests hold what we rely on:
multi-partition mappings, data versions of outputs, partitions of asset checks. Everywhere else the
warnings stay on.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator

import dagster as dg


@contextlib.contextmanager
def tested_beta() -> Iterator[None]:
    """Dagster's beta and preview warnings are silent inside."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)
        warnings.simplefilter("ignore", dg.PreviewWarning)
        yield
