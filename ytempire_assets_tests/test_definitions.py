"""The graph as people see it: what assets there are, how they hang together, what loading costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from ytempire_assets.automation.jobs import ACCOUNTED, GATHERED, LEARNED, PRODUCED
from ytempire_assets.build import build_defs
from ytempire_assets.checks import STAGES_WITH_ROWS
from ytempire_assets.instance import opened_instance
from ytempire_assets.partitions import CHANNELS_NAME, channel_day_key, day_before, parse_day
from ytempire_assets.settings import Settings
from ytempire_assets.tables import TABLES
from ytempire_assets_tests.conftest import PROJECT

EDGES = {
    "trend_signals": set(),
    "viral_model": {"trend_signals"},
    "trends": {"trend_signals", "viral_model"},
    "research": {"trends"},
    "ideas": {"trends", "research", "patterns_feedback"},
    "scripts": {"ideas", "trends", "research"},
    "voiceovers": {"scripts"},
    "visuals": {"scripts"},
    "renders": {"scripts", "voiceovers", "visuals"},
    "delivery": {"renders"},
    "packages": {"scripts", "visuals", "renders"},
    "uploads": {"scripts", "renders"},
    "analytics": {"uploads"},
    "patterns": {"analytics"},
    "patterns_feedback": set(),
    "revenue": {"analytics", "uploads"},
    "costs": {
        "scripts",
        "voiceovers",
        "visuals",
        "renders",
        "delivery",
        "packages",
        "uploads",
    },
    "daily_performance_summary": {"revenue", "costs"},
}
GROUPS = {
    "discovery": {"trend_signals", "trends", "research"},
    "production": {"ideas", "scripts", "voiceovers", "visuals", "renders"},
    "publishing": {"delivery", "packages", "uploads"},
    "learning": {"analytics", "patterns", "patterns_feedback", "viral_model"},
    "money": {"revenue", "costs", "daily_performance_summary"},
}


CHECKS = {
    *((name, "videos_succeeded") for name in STAGES_WITH_ROWS),
    ("renders", "file_gates"),
    ("scripts", "script_gates"),
    ("patterns", "click_through_drift"),
    ("uploads", "approvals"),
    ("trend_signals", "sources_complete"),
    ("viral_model", "kept_or_better"),
    ("revenue", "money_reconciles"),
}


@pytest.fixture
def defs(settings: Settings) -> dg.Definitions:
    return build_defs(settings)


def test_assets_and_edges(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()
    edges = {
        key.to_user_string(): {p.to_user_string() for p in graph.get(key).parent_keys}
        for key in graph.get_all_asset_keys()
    }
    assert edges == EDGES


def test_every_asset_tells_people_about_itself(defs: dg.Definitions) -> None:
    groups: dict[str, set[str]] = {}
    for spec in defs.resolve_all_asset_specs():
        name = spec.key.to_user_string()
        groups.setdefault(spec.group_name or "", set()).add(name)
        assert spec.owners == ["team:ytempire"], name
        assert spec.description, name
        assert 2 <= len(spec.kinds) <= 3, name
        assert spec.partitions_def is not None, name
        if name in TABLES:
            schema = spec.metadata["dagster/column_schema"]
            assert isinstance(schema, dg.TableSchema)
            assert [c.name for c in schema.columns] == [c.name for c in TABLES[name].columns]
    assert groups == GROUPS


def test_checks_stand_beside_what_they_guard_and_block_nothing(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()
    keys = graph.get_check_keys_for_assets(set(graph.get_all_asset_keys()))
    assert {(key.asset_key.to_user_string(), key.name) for key in keys} == CHECKS
    for key in keys:
        spec = graph.get_check_spec(key)
        assert spec.description, key
        assert not spec.blocking, key


def test_jobs_cover_the_graph(defs: dg.Definitions) -> None:
    made = {spec.key.to_user_string() for spec in defs.resolve_all_asset_specs()}
    assert {*GATHERED, *PRODUCED, *LEARNED, *ACCOUNTED} == made - {"patterns_feedback"}
    for job in ("gather", "produce", "__ASSET_JOB"):
        definition = defs.resolve_job_def(job)
        # One process a run, also for what is launched from the UI.
        assert definition.executor_def.name == "in_process"
    assert defs.resolve_job_def("produce").partitions_def is not None


def test_days_of_one_channel_never_run_at_the_same_time(settings: Settings) -> None:
    with opened_instance(settings) as instance:
        queue = instance.get_concurrency_config().run_queue_config
    assert queue is not None
    assert queue.tag_concurrency_limits == [
        {
            "key": "dagster/partition/channel",
            "value": {"applyLimitPerUniqueValue": True},
            "limit": 1,
        }
    ]


def test_day_before_maps_to_the_same_channel(defs: dg.Definitions, settings: Settings) -> None:
    graph = defs.resolve_asset_graph()
    ideas = graph.get(dg.AssetKey("ideas"))
    with opened_instance(settings) as instance:
        instance.add_dynamic_partitions(CHANNELS_NAME, ["orbit", "fieldnotes"])
        partitions = ideas.partitions_def
        assert partitions is not None
        for day, expected in (
            ("2026-11-19", ["orbit|2026-11-18"]),
            ("2026-09-01", []),
        ):
            key = channel_day_key("orbit", parse_day(day))
            subset = partitions.empty_subset().with_partition_keys([key])
            with_store = day_before().get_upstream_mapped_partitions_result_for_partitions(
                subset, partitions, partitions, dynamic_partitions_store=instance
            )
            assert list(with_store.partitions_subset.get_partition_keys()) == expected


@pytest.mark.parametrize(
    "module",
    sorted(
        ".".join(path.relative_to(PROJECT).with_suffix("").parts)
        for package in ("discovery", "writing", "speech", "video", "publishing", "insights")
        for path in (PROJECT / "ytempire_assets" / package).rglob("*.py")
    ),
)
def test_domain_modules_do_not_mention_dagster(module: str) -> None:
    path = PROJECT / (module.replace(".", "/") + ".py")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert "dagster" not in imported


def test_importing_is_free(tmp_path: Path) -> None:
    """No heavy library, no environment, no file is touched by importing the definitions."""
    code = (
        "import sys, ytempire_assets.definitions as d\n"
        "heavy = {'torch', 'transformers', 'diffusers', 'moviepy', 'av', 'scipy', 'networkx',"
        " 'numpy', 'pandas', 'duckdb', 'sqlalchemy', 'alembic', 'resvg_py', 'starlette', 'uvicorn',"
        " 'polars', 'upath', 'google', 'PIL', 'requests', 'rich', 'typer'}\n"
        "import dagster\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    base = "import sys, dagster; print(sorted(set(sys.modules)))"
    environment = {"PATH": "/usr/bin:/bin", "YTEMPIRE_CHANNELS_DIR": str(PROJECT / "channels")}

    def run(source: str) -> set[str]:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", source],
            capture_output=True,
            text=True,
            check=True,
            cwd=tmp_path,
            env=environment,
        )
        return set(ast.literal_eval(done.stdout.strip()))

    assert run(code) - run(base) == set()
    assert list(tmp_path.iterdir()) == []


def test_files_stay_readable() -> None:
    """A module opens by saying what belongs in it, and past 400 lines it asks to be two."""
    for path in sorted((PROJECT / "ytempire_assets").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert ast.get_docstring(ast.parse(text)), path
        assert text.count("\n") <= 400, path


def test_broken_channels_folder_still_loads_the_graph(settings: Settings, tmp_path: Path) -> None:
    elsewhere = settings.model_copy(update={"channels_dir": tmp_path / "none"})
    assert build_defs(elsewhere).resolve_job_def("produce") is not None
