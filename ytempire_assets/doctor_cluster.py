"""What a cluster run needs, looked at before any work is started.

Belongs here: ``ytempire doctor --profile k8s``: the settings together, the database, its clock, the
bucket, the cluster and its nodes. Nothing is changed but the bucket's probe object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from ytempire_assets.cluster import look
from ytempire_assets.doctor import Finding, storage
from ytempire_assets.errors import InvalidInputError, YtempireError
from ytempire_assets.placement import PLACES, read_placement
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.settings import Settings

MOST_SKEW_S = 5.0
"""Clocks that differ by more make leases end early or late, and S3 refuses at 15 minutes."""


def examine_cluster(settings: Settings) -> Iterator[Finding]:
    """Looks at everything that a run in a cluster needs, one finding at a time."""
    looks: tuple[tuple[str, Callable[[Settings], Finding]], ...] = (
        ("executor", _executor),
        ("placement", _placement),
        ("database", _database),
        ("clock", _clock),
        ("shared storage", _shared_storage),
    )
    for subject, examine in looks:
        try:
            yield examine(settings)
        except YtempireError as error:
            yield Finding(subject, "broken", error.problem, error.next_step)
    for part in look(settings, needs_gpu=_asks_for_cards(settings)):
        if part.error is None:
            yield Finding(part.subject, "ok", part.found)
        else:
            yield Finding(part.subject, "broken", part.error.problem, part.error.next_step)


def _executor(settings: Settings) -> Finding:
    if settings.executor != "k8s":
        return Finding(
            "executor",
            "broken",
            f"stages run {settings.executor}, not as pods",
            "set YTEMPIRE_EXECUTOR=k8s",
        )
    return Finding("executor", "ok", f"a pod for each stage, in {settings.k8s_namespace}")


def _placement(settings: Settings) -> Finding:
    file = read_placement(settings.placement_file)
    if settings.placement_file is None:
        return Finding("placement", "ok", f"the usual one of {len(PLACES)} stages")
    changed = ", ".join([*file.stages, *(f"pool {pool}" for pool in file.pools)]) or "nothing"
    return Finding("placement", "ok", f"{settings.placement_file} changes {changed}")


def _asks_for_cards(settings: Settings) -> bool:
    try:
        changes = read_placement(settings.placement_file).stages
    except YtempireError:
        return False  # told as the placement's own finding
    for name, place in PLACES.items():
        change = changes.get(name)
        if (place.gpu if change is None or change.gpu is None else change.gpu) > 0:
            return True
    return False


def _database(settings: Settings) -> Finding:
    if settings.postgres is None:
        raise InvalidInputError(
            "YTEMPIRE_POSTGRES is not set: pods cannot share files of this machine",
            "set it to postgresql://user:password@host/database, and the Secret of the pods too",
        )
    ledger = Ledger(settings.ledger_url)
    ledger.check_whole()
    return Finding("database", "ok", f"{ledger.name}: the ledger's schema is whole")


def _clock(settings: Settings) -> Finding:
    if settings.postgres is None:
        return Finding("clock", "absent", "there is no server to compare with")
    before = datetime.now(UTC)
    there = Ledger(settings.ledger_url).now()
    after = datetime.now(UTC)
    skew_s = (there - before).total_seconds() - (after - before).total_seconds() / 2
    if abs(skew_s) > MOST_SKEW_S:
        where = "ahead of" if skew_s > 0 else "behind"
        raise InvalidInputError(
            f"the database's clock is {abs(skew_s):.0f} s {where} this machine's",
            "let both ask a time server (NTP): leases and signatures depend on it",
        )
    return Finding("clock", "ok", f"{abs(skew_s):.1f} s from the database's")


def _shared_storage(settings: Settings) -> Finding:
    if settings.storage is None and settings.k8s_volume_claim is None:
        raise InvalidInputError(
            "lake and blobs lie in a folder of this machine, which pods do not have",
            "set YTEMPIRE_STORAGE=s3://bucket/prefix, or YTEMPIRE_K8S_VOLUME_CLAIM to a volume "
            "that many nodes can write",
        )
    if settings.storage is None:
        return Finding("shared storage", "ok", f"volume {settings.k8s_volume_claim}")
    found = storage(settings)
    return Finding("shared storage", found.state, found.found, found.next_step)
