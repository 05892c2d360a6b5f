"""What every asset of the graph says about itself in the same way.

Belongs here: owners, groups, kinds, column schemas, the output with its data version, and that its
place and its retries are those of ``placement.py``. What a stage does is in its own module.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import dagster as dg

from ytempire_assets.assets.step_bounds import bounded
from ytempire_assets.dagster_beta import tested_beta
from ytempire_assets.errors import InvalidInputError
from ytempire_assets.fingerprints import STAGE_VERSIONS
from ytempire_assets.placement import CRASHED, PLACES, op_tags
from ytempire_assets.resources.lake import column_schema
from ytempire_assets.table_schema import Frame
from ytempire_assets.tables import TABLES

T = TypeVar("T")

OWNERS = ("team:ytempire",)
LAKE = "io_manager"
"""Resource key of the lake: Dagster's own default key, so that no table is ever pickled."""


def stage(
    table: str,
    group: str,
    kinds: Sequence[str],
    partitions: dg.PartitionsDefinition[Any],
    ins: Mapping[str, dg.AssetIn] | None = None,
    deps: Sequence[str | dg.AssetDep] = (),
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """``@dg.asset`` with what follows from the table.

    Args:
        table: A key of ``TABLES``; the asset has the same name.
        group: Part of the graph: discovery, production, publishing or learning.
        kinds: At most two words for the UI, beside ``parquet``.
        partitions: Days, weeks, or days by channels.
        ins: Inputs that need a partition mapping.
        deps: Assets that must come first without being read.
    """
    place = PLACES[table]
    made = dg.asset(
        name=table,
        group_name=group,
        owners=list(OWNERS),
        kinds={"parquet", *kinds},
        partitions_def=partitions,
        io_manager_key=LAKE,
        code_version=STAGE_VERSIONS.get(table, "1"),
        metadata={"dagster/column_schema": column_schema(TABLES[table])},
        ins=dict(ins or {}),
        deps=list(deps),
        pool=place.pool,
        op_tags=op_tags(place),
        retry_policy=CRASHED,
    )
    return lambda function: made(bounded(function, place.retry))


def output(frame: Frame, metadata: Mapping[str, Any] | None = None) -> dg.Output[Frame]:
    """The table as a stage's output, with a data version that changes only with its content."""
    digest = hashlib.sha256()
    if "fingerprint" in frame.columns:
        for row in sorted(
            f"{fingerprint}:{status}"
            for fingerprint, status in zip(
                frame["fingerprint"].to_list(),
                frame["status"].to_list() if "status" in frame.columns else [""] * frame.height,
                strict=True,
            )
        ):
            digest.update(row.encode())
    else:
        digest.update(frame.write_json().encode())
    with tested_beta():
        return dg.Output(
            frame,
            metadata=dict(metadata or {}),
            data_version=dg.DataVersion(digest.hexdigest()[:32]),
        )


def named_failure(make: Callable[[], T]) -> tuple[T | None, str | None]:
    """What a stage's units all need, or why each of them has to fail without it.

    A setting that is missing fails the videos by name, not the stage: what is finished stays.
    """
    try:
        return make(), None
    except InvalidInputError as error:
        return None, str(error)


def finished(frame: Frame) -> list[dict[str, Any]]:
    """The rows that came out well, for the next stage."""
    return [row for row in frame.iter_rows(named=True) if row["status"] == "ok"]
