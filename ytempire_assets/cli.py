"""The command line: ``ytempire``.

Belongs here: commands, their options, exit codes. What they do is in the modules they call; every
error becomes one line with the next step and exit code 1, ``--debug`` shows the trace.
"""

from __future__ import annotations

import json
import logging
import signal
import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from ytempire_assets import cli_backup, cli_money, cli_monitoring, cli_publishing, cli_trends
from ytempire_assets.errors import InvalidInputError, YtempireError
from ytempire_assets.log_lines import logs_json_lines, write_json_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import FrameType

    from ytempire_assets.api import Production
    from ytempire_assets.settings import Settings

app = typer.Typer(
    help="Video channels that run themselves.", no_args_is_help=True, add_completion=False
)
channels_app = typer.Typer(help="Channels: list, add, retire.", no_args_is_help=True)
sandbox_app = typer.Typer(help="The local platform.", no_args_is_help=True)
app.add_typer(channels_app, name="channels")
app.add_typer(sandbox_app, name="sandbox")
app.add_typer(cli_publishing.review_app, name="review")
app.add_typer(cli_trends.trends_app, name="trends")
app.add_typer(cli_monitoring.metrics_app, name="metrics")
app.add_typer(cli_money.money_app, name="money")
for _command in (
    cli_publishing.approve,
    cli_publishing.publish,
    cli_publishing.quota,
    cli_backup.backup,
    cli_backup.restore,
):
    app.command()(_command)

_out = Console(highlight=False)
_err = Console(stderr=True, highlight=False)
_INTERRUPTED = 130


class Profile(StrEnum):
    """What ``doctor`` looks at."""

    MACHINE = "machine"
    K8S = "k8s"


@app.callback()
def _options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the trace of an error.")] = False,
) -> None:
    _state["debug"] = debug


_state: dict[str, bool] = {"debug": False}


@app.command()
def demo(
    day: Annotated[str, typer.Option(help="Day to produce, yyyy-mm-dd.")] = "2026-11-19",
) -> None:
    """Makes the day of every channel from the sample signals and publishes to the sandbox."""
    from ytempire_assets.channels import ChannelFolder

    settings = _settings()
    loaded = ChannelFolder(settings.channels_dir).load()
    problems = list(loaded.problems.values())
    if not loaded.specs and not problems:
        raise InvalidInputError(
            f"{settings.channels_dir} has no channel files",
            "run it in the project's folder, or set YTEMPIRE_CHANNELS_DIR",
        )
    started = time.perf_counter()
    productions = [_produced(settings, name, day) for name in loaded.specs]
    _show_demo(settings, productions, problems, time.perf_counter() - started)
    if problems or not all(production.success for production in productions):
        raise typer.Exit(1)


@app.command()
def produce(
    channel: Annotated[str, typer.Option(help="Channel to produce for.")],
    day: Annotated[str, typer.Option(help="Day, yyyy-mm-dd.")],
    select: Annotated[str, typer.Option(help="Stages, separated by commas.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Do finished work again.")] = False,
) -> None:
    """Makes what one channel makes in one day; finished work is reused."""
    settings = _settings()
    stages = [name.strip() for name in select.split(",") if name.strip()]
    production = _produced(settings, channel, day, stages, force)
    _show_videos(settings, [production])
    for error in production.errors:
        _err.print(Text(f"failed: {error}", style="red"), soft_wrap=True)
    if not production.success:
        raise typer.Exit(1)


@app.command()
def lineage(
    video_id: Annotated[str, typer.Argument(help="For example orbit-20261119-1.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Prints what a video was made from: upload, render, voice, script, sources, topic, signals."""
    from ytempire_assets import api
    from ytempire_assets.terminal import lineage_tree

    node = api.lineage(video_id, settings=_settings())
    if as_json:
        sys.stdout.write(json.dumps(node.to_dict(), indent=2, ensure_ascii=False) + "\n")
    else:
        _out.print(lineage_tree(node))


@app.command()
def doctor(
    profile: Annotated[
        Profile, typer.Option(help="What to look at: this machine, or a cluster for k8s.")
    ] = Profile.MACHINE,
) -> None:
    """Says what this machine or cluster has, and what to do about what it lacks."""
    from ytempire_assets.doctor import examine
    from ytempire_assets.doctor_cluster import examine_cluster
    from ytempire_assets.terminal import findings_table

    look = examine if profile is Profile.MACHINE else examine_cluster
    findings = list(look(_settings()))
    _out.print(findings_table(findings))
    if any(finding.state == "broken" for finding in findings):
        raise typer.Exit(1)


@app.command()
def instance() -> None:
    """Writes the dagster.yaml that the settings ask for, and prints its folder: DAGSTER_HOME."""
    from ytempire_assets.instance import prepare_instance

    sys.stdout.write(f"{prepare_instance(_settings())}\n")


@app.command()
def bench(
    what: Annotated[str, typer.Argument(help="One of them; a wrong name lists them all.")],
    json_: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    publications: Annotated[int | None, typer.Option(help="chaos: how many.", min=1)] = None,
    seed: Annotated[int | None, typer.Option(help="chaos: draws kills and faults.")] = None,
    ledger_url: Annotated[str | None, typer.Option(help="chaos: an empty ledger.")] = None,
    days: Annotated[int | None, typer.Option(help="learning: before taste changes.", min=1)] = None,
    seeds: Annotated[int | None, typer.Option(help="How many made-up worlds.", min=1)] = None,
    out: Annotated[str | None, typer.Option(help="learning: a PNG of the regret.")] = None,
) -> None:
    """Measures this machine; takes minutes. docs/measurements.md says what came out before."""
    from ytempire_assets.benches import run_bench

    figures = run_bench(
        what,
        publications=publications,
        seed=seed,
        ledger_url=ledger_url,
        days=days,
        seeds=seeds,
        out=out,
    )
    if json_:
        sys.stdout.write(json.dumps(figures) + "\n")
        return
    from ytempire_assets.terminal import figures_tables

    for table in figures_tables(figures):
        _out.print(table)


@channels_app.command("list")
def channels_list() -> None:
    """Lists the channels, and what is wrong with files that cannot be used."""
    from ytempire_assets import channel_files

    _out.print(channel_files.overview(_settings()))


@channels_app.command("add")
def channels_add(
    channel: Annotated[str, typer.Argument(help="Slug: a-z, 0-9 and hyphens.")],
    niche: Annotated[list[str], typer.Option(help="Niche; may be given several times.")],
    title: Annotated[str, typer.Option(help="Name for people.")] = "",
    time_zone: Annotated[str, typer.Option(help="For example Europe/Berlin.")] = "UTC",
    format_: Annotated[str, typer.Option("--format", help="Video format.")] = "youtube_shorts",
    copy_look: Annotated[str, typer.Option(help="Channel whose look is copied.")] = "",
) -> None:
    """Writes a channel file to start from; the sensor registers it within half a minute."""
    from ytempire_assets import channel_files

    path = channel_files.add(
        _settings(), channel, niche, title, time_zone, format_, copy_look or None
    )
    _out.print(Text(f"wrote {path}; edit its look, voice and words, then:"))
    _out.print(Text(f"  ytempire produce --channel {channel} --day 2026-11-19"))


@channels_app.command("connect")
def channels_connect(
    channel: Annotated[str, typer.Argument(help="Channel to connect.")],
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.")] = 0,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open it here.")] = True,
) -> None:
    """Asks for a channel's consent in the browser and stores it for publishing to YouTube."""
    from ytempire_assets.channel_connection import connect_channel

    connect_channel(
        _settings(),
        channel,
        port=port,
        browser=browser,
        say=lambda line: _out.print(Text(line), soft_wrap=True),
    )


@channels_app.command("retire")
def channels_retire(
    channel: Annotated[str, typer.Argument(help="Channel to retire.")],
) -> None:
    """Moves a channel's file aside; what the channel made stays."""
    from ytempire_assets import channel_files

    path = channel_files.retire(_settings(), channel)
    _out.print(Text(f"{channel} is retired. Its file is {path}; move it back to take it up again."))


@sandbox_app.command("serve")
def sandbox_serve(
    port: Annotated[int, typer.Option(help="Port; 0 takes the setting's.")] = 0,
    faults: Annotated[str, typer.Option(help="Faults to inject.")] = "",
    host: Annotated[
        str,
        typer.Option(help="Address. WARNING: with another, others can do everything here."),
    ] = "127.0.0.1",
    name: Annotated[
        list[str] | None, typer.Option(help="Host name under which others ask; repeatable.")
    ] = None,
) -> None:
    """Serves the local platform: its pages, and the protocol that uploads speak."""
    from ytempire_assets.resources.allowances import sandbox_limits
    from ytempire_assets.sandbox.server import serve

    settings = _settings()
    limits = sandbox_limits(settings)
    serve(settings.sandbox_dir, port or settings.sandbox_port, faults, limits, host, name or ())


def main() -> None:
    """Runs the command line; the only place that turns errors into exit codes."""
    signal.signal(signal.SIGTERM, _as_interrupt)
    try:
        code = app(standalone_mode=False)
    except YtempireError as error:
        _fail(str(error))
    except (KeyboardInterrupt, typer.Abort):
        _interrupted()
    except Exception as error:  # noqa: BLE001 - the outermost door: whatever comes gets one line
        click_message = getattr(error, "format_message", None)
        if click_message is not None:
            _err.print(Text(f"error: {click_message()}", style="red"))
            sys.exit(2)
        _fail(f"unexpected {type(error).__name__}: {error}. Next: run again with --debug")
    except BaseException as error:
        # Dagster passes an interrupt on under a name of its own.
        if type(error).__name__ == "DagsterExecutionInterruptedError":
            _interrupted()
        raise
    if code == _INTERRUPTED:  # Typer turns Ctrl-C into this code without a word
        _interrupted()
    sys.exit(code if isinstance(code, int) else 0)


def _interrupted() -> None:
    _err.print("stopped; run the same command again, it goes on where it was")
    sys.exit(_INTERRUPTED)


def _fail(message: str) -> None:
    if logs_json_lines():
        logging.getLogger(__name__).error("%s", message, exc_info=_state["debug"])
    elif _state["debug"]:
        _err.print_exception()
    else:
        _err.print(Text(f"error: {message}", style="red"), soft_wrap=True)
    sys.exit(1)


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _settings() -> Settings:
    from ytempire_assets.settings import load_settings

    settings = load_settings()
    if settings.log_format == "json":
        write_json_lines()
    return settings


def _produced(
    settings: Settings, channel: str, day: str, select: Sequence[str] = (), force: bool = False
) -> Production:
    """Produces a channel's day with progress bars."""
    from ytempire_assets import api
    from ytempire_assets.terminal import Bars

    _out.print(Text(f"{channel} {day}", style="bold"))
    started = time.perf_counter()
    with Bars(_out) as bars:
        production = api.produce(
            channel, day, select, force=force, settings=settings, progress=bars
        )
    seconds = time.perf_counter() - started
    note = f", {bars.reused} units reused" if bars.reused else ""
    _out.print(Text(f"  {len(production.videos)} videos in {seconds:.1f} s{note}"))
    return production


def _show_videos(
    settings: Settings, productions: Sequence[Production]
) -> Sequence[Mapping[str, Any]]:
    from ytempire_assets import api
    from ytempire_assets.terminal import videos_table

    videos = [
        video for item in productions for video in api.video_summaries(item, settings=settings)
    ]
    if videos:
        _out.print(videos_table(videos, _short(settings.home)))
    return videos


def _show_demo(
    settings: Settings,
    productions: Sequence[Production],
    problems: Sequence[str],
    seconds: float,
) -> None:
    videos = _show_videos(settings, productions)
    for problem in [*problems, *(error for item in productions for error in item.errors)]:
        _err.print(Text(f"failed: {problem}", style="red"), soft_wrap=True)
    files = [video for video in videos if video.get("path")]
    cost = sum(video.get("cost_usd") or 0.0 for video in videos)
    _out.print(Text(f"{len(files)} videos in {seconds:.1f} s, ${cost:.4f} of computing."))
    _out.print(
        "They were published to the local sandbox: nobody but you sees them, and its audience is "
        "simulated.\n"
        "  watch them     ytempire sandbox serve\n"
        "  see the graph  make dev\n"
        f"  ask why        ytempire lineage {videos[0]['video_id'] if videos else 'VIDEO_ID'}"
    )


def _short(file: Path) -> str:
    try:
        return str(file.relative_to(Path.cwd()))
    except ValueError:
        return str(file)


if __name__ == "__main__":
    main()
