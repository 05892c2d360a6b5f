"""What the command line shows: progress bars, tables, trees.

Belongs here: turning values into Rich renderables. Text from outside is always shown as plain text,
never read as Rich markup.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from ytempire_assets.doctor import Finding
from ytempire_assets.lineage import Node

_STATE_STYLES = {"ok": "green", "absent": "yellow", "broken": "bold red"}


class Bars:
    """Progress bars, one for each unit of work; see ``work.Progress``.

    On a terminal bars move; elsewhere one line is printed when a unit is done.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = threading.Lock()
        self._tasks: dict[tuple[str, str], TaskID] = {}
        self._reused = 0
        self._bars = Progress(
            TextColumn("  {task.fields[stage]:<11}"),
            TextColumn("{task.fields[unit]:<42.42}"),
            BarColumn(bar_width=26),
            TextColumn("{task.percentage:>3.0f}%"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[note]}"),
            console=console,
            disable=not console.is_terminal,
        )

    def __enter__(self) -> Bars:
        self._bars.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    @property
    def reused(self) -> int:
        """Units that were there already."""
        return self._reused

    def unit(self, stage: str, key: str, fraction: float, note: str = "") -> None:
        """Shows how far a unit is."""
        with self._lock:
            if note == "reused":
                self._reused += 1
                return
            task = self._tasks.get((stage, key))
            if task is None:
                task = self._bars.add_task("", total=1.0, stage=stage, unit=key, note="")
                self._tasks[stage, key] = task
            before = self._bars.tasks[self._bars.task_ids.index(task)].completed
            self._bars.update(task, completed=fraction, note=note)
            if fraction >= 1.0 > before and not self._console.is_terminal:
                self._console.print(Text(f"  {stage:<11} {key} {note or 'done'}"))


def printable(text: str) -> str:
    """Text from outside without what a terminal would take for a command."""
    return "".join(character if character.isprintable() else " " for character in text)


def videos_table(videos: Sequence[Mapping[str, Any]], folder: str) -> Table:
    """One block a video: where it got, what the file is, what it cost, where to watch it.

    Args:
        videos: See ``api.video_summaries``.
        folder: What the paths of the files are relative to.
    """
    table = Table(header_style="bold", show_lines=True, expand=False)
    table.add_column("video", overflow="fold", width=23)
    table.add_column("file, measured", overflow="fold")
    for video in videos:
        good = video["status"] == "ok"
        name = Text(video["video_id"], style="bold" if good else "bold red")
        name.append(f"\n{printable(video.get('title') or '')}", style="none")
        table.add_row(name, _facts(video, folder))
    return table


def _facts(video: Mapping[str, Any], folder: str) -> Text:
    if video["status"] != "ok":
        return Text(f"failed in {video['stage']}", style="red")
    if not video.get("frames"):
        return Text(f"made up to {video['stage']}")
    facts = Text(
        f"{video['width']}x{video['height']}, {video['fps']:g} fps, {video['duration_s']:.1f} s, "
        f"{video['frames']} frames\n"
        f"{video['video_codec']} + {video['audio_codec']}, {video['size_bytes'] / 1e6:.1f} MB, "
        f"{video['loudness_lufs']:.1f} LUFS, peak {video['true_peak_dbtp']:.1f} dBTP\n"
        f"${video['cost_usd']:.4f} of computing\n"
    )
    facts.append(f"{folder}/{video['path']}\n", style="cyan")
    facts.append(str(video.get("address") or video.get("state") or ""), style="cyan")
    return facts


def findings_table(findings: Iterable[Finding]) -> Table:
    """What ``ytempire doctor`` found."""
    table = Table(header_style="bold", show_lines=False)
    for name in ("what", "state", "found", "next step"):
        table.add_column(name, overflow="fold")
    for finding in findings:
        table.add_row(
            Text(finding.subject),
            Text(finding.state, style=_STATE_STYLES[finding.state]),
            Text(printable(finding.found)),
            Text(finding.next_step),
        )
    return table


def figures_tables(figures: Mapping[str, Any]) -> list[Table]:
    """A benchmark's figures: one table of single values, then one for each list of rows."""
    single = Table(header_style="bold")
    single.add_column("figure")
    single.add_column("value", justify="right")
    tables = [single]
    for name, value in figures.items():
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            rows = Table(title=name, header_style="bold")
            for column in value[0]:
                rows.add_column(str(column), justify="right")
            for row in value:
                rows.add_row(*(Text(str(cell)) for cell in row.values()))
            tables.append(rows)
        else:
            single.add_row(Text(name), Text(str(value)))
    return tables


def lineage_tree(node: Node) -> Tree:
    """The tree of one video."""
    tree = Tree(_label(node), guide_style="dim")
    _grow(tree, node)
    return tree


def _grow(tree: Tree, node: Node) -> None:
    for parent in node.made_from:
        _grow(tree.add(_label(parent)), parent)


def _label(node: Node) -> Text:
    label = Text()
    label.append(f"{node.kind} ", style="bold cyan")
    label.append(printable(node.title))
    facts = []
    if node.version is not None:
        facts.append(f"v{node.version}")
    if node.seconds is not None:
        facts.append(f"{node.seconds:.2f} s")
    if node.cost_usd is not None:
        facts.append(f"${node.cost_usd:.5f}")
    if node.fingerprint is not None:
        facts.append(node.fingerprint[:12])
    if facts:
        label.append("  " + " · ".join(facts), style="dim")
    for key, value in node.details.items():
        label.append(f"\n  {key}: ", style="dim")
        label.append(printable(str(value)), style="red" if key == "failed" else "dim")
    return label
