"""Finding the benchmarks, which live beside the package in its source and are not installed.

Belongs here: which benchmarks the command line offers. What they measure is in ``benchmarks/``.
"""

from __future__ import annotations

import importlib
import inspect
from typing import Any

from ytempire_assets.errors import InvalidInputError

BENCHES = (
    "render",
    "pipeline",
    "imports",
    "chaos",
    "quota",
    "upload",
    "feeds",
    "topics",
    "growth",
    "grounding",
    "recovery",
    "scale",
    "metrics",
    "llm",
    "speech",
    "learning",
    "drift",
    "forecasts",
)


def run_bench(name: str, **options: Any) -> dict[str, Any]:
    """Runs one benchmark and returns its figures.

    Args:
        name: One of ``BENCHES``.
        options: What it is to be run with; None leaves a benchmark's own default.

    Raises:
        InvalidInputError: There is no such benchmark, it does not take an option, or this is not a
            source checkout.
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
    given = {key: value for key, value in options.items() if value is not None}
    unknown = given.keys() - inspect.signature(module.measure).parameters.keys()
    if unknown:
        raise InvalidInputError(
            f"the benchmark {name} takes no {', '.join(sorted(unknown))}", "leave it out"
        )
    figures: dict[str, Any] = module.measure(**given)
    return figures
