"""Commands about publishing: approvals, what is under way, the allowance, the review desk.

Belongs here: options and what is printed. What the commands do is in the modules they call.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.log_lines import write_json_lines
from ytempire_assets.terminal import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ytempire_assets.publishing.publication import Publication
    from ytempire_assets.settings import Settings

review_app = typer.Typer(help="The review desk, where videos are approved.", no_args_is_help=True)
_out = Console(highlight=False)
_err = Console(stderr=True, highlight=False)


def approve(
    video_id: Annotated[str, typer.Argument(help="Video that waits; none lists them.")] = "",
    reject: Annotated[bool, typer.Option("--reject", help="Say no instead.")] = False,
    by: Annotated[str, typer.Option(help="Who decides.")] = "the command line",
) -> None:
    """Says yes (or no) to a video of a channel that asks for approval; without one, lists them."""
    from ytempire_assets.resources.ledger import Ledger

    ledger = Ledger(_settings().ledger_url)
    if not video_id:
        waiting = ledger.publications(states=frozenset({"planned"}))
        if reject:
            raise InvalidInputError("--reject needs a video", "ytempire approve --reject VIDEO_ID")
        if not waiting:
            _out.print("Nothing waits for approval.")
            return
        _out.print(_publications_table(waiting))
        _out.print("Look at them with: ytempire review serve")
        return
    for publication in ledger.decide(video_id, yes=not reject, by=by):
        plan = publication.plan
        if reject:
            _out.print(Text(f"{video_id} is rejected: it will not be published."))
        else:
            _out.print(
                Text(
                    f"{video_id} is approved. While Dagster runs, the sensor publishes it within "
                    f"a minute; otherwise run: ytempire publish --channel {plan.channel}"
                )
            )


def publish(
    channel: Annotated[str, typer.Option(help="Only this channel.")] = "",
    most: Annotated[int, typer.Option(help="Channel days at most.", min=1)] = 20,
) -> None:
    """Carries on what is not finished: after a crash, an approval, or a new quota day."""
    from ytempire_assets import api
    from ytempire_assets.automation.planning import plan_resumption
    from ytempire_assets.channels import ChannelFolder
    from ytempire_assets.publishing.quota import quota_day
    from ytempire_assets.resources.ledger import Ledger

    settings = _settings()
    folder = ChannelFolder(settings.channels_dir)
    if channel:
        folder.get(channel)  # a name that is none, or a broken file, is said
    names = {channel} if channel else set(folder.load().specs)
    ledger = Ledger(settings.ledger_url)
    resumed = plan_resumption(ledger.unfinished(), names, (), most, quota_day(ledger.now()))
    failed = False
    for item in resumed:
        name, _, day = item.partition.partition("|")
        production = api.produce(name, day, ("uploads",), settings=settings)
        failed = failed or not production.success
        for error in production.errors:
            _err.print(Text(f"failed: {error}", style="red"), soft_wrap=True)
    left = [
        publication
        for publication in ledger.publications(channel=channel or None)
        if publication.state not in ("verified", "rejected")
    ]
    if left:
        _out.print(_publications_table(left))
    else:
        _out.print("Nothing is left to publish.")
    if failed:
        raise typer.Exit(1)


def quota(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Shows what of today's allowance is used, by bucket and channel, and what waits for it."""
    from ytempire_assets.publishing.quota import BUCKETS, quota_day, reset_after
    from ytempire_assets.resources.allowances import SANDBOX_PROJECT, limits_of
    from ytempire_assets.resources.ledger import Ledger

    settings = _settings()
    ledger, limits = Ledger(settings.ledger_url), limits_of(settings)
    now = ledger.now()
    projects = dict.fromkeys((settings.quota_project, SANDBOX_PROJECT))
    left = {project: ledger.left(project, limits) for project in projects}
    uses = {project: ledger.uses(project, quota_day(now)) for project in projects}
    waiting = [
        publication
        for publication in ledger.publications(states=frozenset({"approved"}))
        if publication.problem
    ]
    if as_json:
        document = {
            "day": quota_day(now).isoformat(),
            "resets_at": reset_after(now).isoformat(),
            "limits": {bucket: limits.of(bucket) for bucket in BUCKETS},
            "projects": {
                project: {
                    "left": left[project],
                    "channels": [dataclasses.asdict(use) for use in uses[project]],
                }
                for project in projects
            },
            "waiting": {one.plan.video_id: one.problem for one in waiting},
        }
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
        return
    for project in projects:
        table = Table("channel", *BUCKETS, title=f"{project}, {quota_day(now)} (Pacific Time)")
        units = {(use.channel, use.bucket): use.units for use in uses[project]}
        for name in sorted({use.channel for use in uses[project]}):
            cells = (f"{units.get((name, bucket), 0):,}" for bucket in BUCKETS)
            table.add_row(Text(name), *cells)
        table.add_section()
        rest = left[project]
        table.add_row("left", *(f"{rest[b]:,} of {limits.of(b):,}" for b in BUCKETS))
        _out.print(table)
    _out.print(f"Begins anew {reset_after(now):%Y-%m-%d %H:%M} UTC, midnight Pacific Time.")
    if waiting:
        _out.print(_publications_table(waiting))


@review_app.command("serve")
def review_serve(
    port: Annotated[
        int, typer.Option(help="Port on 127.0.0.1; 0 takes the setting's.", min=0, max=65535)
    ] = 0,
) -> None:
    """Serves the review desk: video, captions, sources and gates of what waits for approval."""
    from ytempire_assets.review.server import serve

    settings = _settings()

    def say(address: str) -> None:
        _out.print(Text(f"The review desk is at {address} (Ctrl-C ends it)."), soft_wrap=True)

    serve(settings, port or settings.review_port, say)


def _publications_table(publications: Sequence[Publication]) -> Table:
    table = Table("video", "state", "public at (UTC)", "goes on (UTC)", "why")
    now = datetime.now(UTC)
    for publication in publications:
        plan, until = publication.plan, publication.next_try_at
        table.add_row(
            Text(f"{plan.video_id}\n{printable(plan.title)}"),
            Text(publication.state),
            f"{plan.publish_at:%Y-%m-%d %H:%M}",
            f"{until:%Y-%m-%d %H:%M}" if until is not None and until > now else "",
            Text(printable(publication.problem)),
        )
    return table


def _settings() -> Settings:
    from ytempire_assets.settings import load_settings

    settings = load_settings()
    if settings.log_format == "json":
        write_json_lines()
    return settings
