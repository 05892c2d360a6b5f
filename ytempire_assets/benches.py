"""Finding the benchmarks, which live beside the package in its source and are not installed.

Belongs here: which benchmarks the command line offers. What they measure is in ``benchmarks/``.
"""

from __future__ import annotations

import importlib
from typing import Any

from ytempire_assets.errors import InvalidInputError

BENCHES = ("render", "pipeline", "imports")


def run_bench(name: str) -> dict[str, Any]:
    """Runs one benchmark and returns its figures.

    Raises:
        InvalidInputError: There is no such benchmark, or this is not a source checkout.
    """
    if name not in BENCHES:
        raise InvalidInputError(
            f"there is no benchmark '{name}'", f"choose one of {', '.join(BENCHES)}"
        )
    try:
        module = importlib.import_module(f"benchmarks.{name}")
    except ModuleNotFoundError as error:
        raise InvalidInputError(
            f"the benchmarks are not here ({error})",
            "run in a checkout of the source, installed with: pip install --editable .",
        ) from error
    figures: dict[str, Any] = module.measure()
    return figures
