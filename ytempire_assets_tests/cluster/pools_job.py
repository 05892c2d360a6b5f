"""A job whose steps write down when they run; it is rebuilt in other processes and in pods."""

from __future__ import annotations

import time

import dagster as dg

from ytempire_assets.placement import executor_of
from ytempire_assets.settings import load_settings

STEPS = 3
_STEP_S = 0.4


def pools_job() -> dg.JobDefinition:
    """Steps of the pool ``render`` that could all run at once."""

    @dg.op(pool="render", out=dg.Out(dg.Nothing))
    def rendering() -> None:
        log = load_settings().home / "pool.log"
        with log.open("a") as file:
            file.write(f"{time.time()} 1\n")
        time.sleep(_STEP_S)
        with log.open("a") as file:
            file.write(f"{time.time()} -1\n")

    @dg.job(executor_def=executor_of(load_settings()))
    def pooled() -> None:
        for number in range(STEPS):
            rendering.alias(f"rendering_{number}")()

    return pooled
