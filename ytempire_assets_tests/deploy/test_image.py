"""The Dockerfile is sound, copies what there is, and the wheel in it is whole."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ytempire_assets_tests.conftest import PROJECT
from ytempire_assets_tests.deploy.manifests import DEPLOY, assert_settings, pinned, project_version

DOCKERFILE = DEPLOY / "docker/Dockerfile"
NEVER = (".git", ".ytempire", ".venv", "deploy", ".env", "credentials", "token.json")


@dataclass
class Stage:
    """One stage of the build: its base, its name, and its instructions in order."""

    base: str
    name: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def of(self, word: str) -> list[str]:
        """What stands behind an instruction, as often as it occurs."""
        return [rest for found, rest in self.steps if found == word]


def instructions() -> Iterator[tuple[str, str]]:
    """The instructions with their continued lines joined; hadolint has checked their form."""
    text = re.sub(r"^\s*#.*\n", "", DOCKERFILE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip():
            word, _, rest = line.strip().partition(" ")
            yield word.upper(), rest.strip()


def stages() -> dict[str, Stage]:
    """The stages by name."""
    found: dict[str, Stage] = {}
    for word, rest in instructions():
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            found[name] = Stage(base, name)
        elif found:
            found[list(found)[-1]].steps.append((word, rest))
    return found


def lineage(name: str) -> list[Stage]:
    """A stage and those that it begins with, the first one first."""
    stage = stages()[name]
    before = lineage(stage.base) if stage.base in stages() else []
    return [*before, stage]


def environment(name: str) -> dict[str, str]:
    """The environment that a stage ends with."""
    pairs = (
        word.partition("=")
        for stage in lineage(name)
        for rest in stage.of("ENV")
        for word in shlex.split(rest)
    )
    return {key: value for key, _, value in pairs}


def copied() -> set[str]:
    """What the build takes from the project."""
    return {
        source
        for stage in stages().values()
        for rest in stage.of("COPY")
        if not rest.startswith("--from=")
        for source in rest.split()[:-1]
    }


def test_the_linter_has_nothing_to_say() -> None:
    linter = Path(sysconfig.get_path("scripts")) / "hadolint"
    done = subprocess.run(
        [str(linter), "--failure-threshold", "style", str(DOCKERFILE)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def test_what_is_copied_is_there_and_nothing_else_enters_the_build() -> None:
    for source in copied():
        assert (PROJECT / source).exists(), source
    lines = (PROJECT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    let_in = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    assert let_in == copied()
    assert not let_in & set(NEVER)
    assert {"**/__pycache__", "**/*.pyc"} <= set(rules)


def test_stages_copy_from_stages_before_them() -> None:
    seen: set[str] = set()
    for name, stage in stages().items():
        for rest in stage.of("COPY"):
            found = re.match(r"--from=(\S+)", rest)
            assert found is None or found[1] in seen
        seen.add(name)
    assert list(stages())[-1] == "cpu"  # what is built when no target is named


@pytest.mark.parametrize("target", ["cpu", "gpu"])
def test_it_runs_as_a_user_without_rights(target: str) -> None:
    users = [rest for stage in lineage(target) for rest in stage.of("USER")]
    assert users[-1] == "10001:10001"
    assert stages()[target].steps[-1][0] == "USER"  # nothing is made as root after it
    assert not [stage for stage in lineage(target) if stage.of("ENTRYPOINT")]
    assert [rest for s in lineage(target) for rest in s.of("STOPSIGNAL")] == ["SIGTERM"]


@pytest.mark.parametrize("target", ["cpu", "gpu"])
def test_only_its_home_and_tmp_are_written(target: str) -> None:
    found = environment(target)
    assert found["YTEMPIRE_HOME"] == "/var/lib/ytempire"
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MPLCONFIGDIR", "HF_HOME"):
        assert found[name].startswith(("/tmp", "/var/lib/ytempire")), name  # noqa: S108
    assert_settings({name for name in found if name.startswith("YTEMPIRE_")})
    secret = re.compile(r"KEY|TOKEN|PASSWORD|SECRET|CREDENTIAL")
    assert not [name for name in found if secret.search(name)]
    assert not [r for s in stages().values() for r in s.of("ARG") if secret.search(r)]


def test_versions_are_pinned_and_agree() -> None:
    text = DOCKERFILE.read_text(encoding="utf-8")
    assert "latest" not in text
    known = dict(re.findall(r"^ARG (\w+)=(\S*)$", text, re.MULTILINE))
    assert re.fullmatch(r"3\.11\.\d+", known["PYTHON_VERSION"])
    assert known["VERSION"] == project_version()
    assert known["HATCHLING_VERSION"] == pinned("hatchling")
    for _, rest in instructions():
        if "pip install" in rest and "hatchling" not in rest:
            assert "--constraint /wheels/constraints.txt" in rest
    with_torch = [n for n, s in stages().items() if any("local-ai" in r for r in s.of("RUN"))]
    assert with_torch == ["gpu-packages"]
    assert "gpu-packages" not in {stage.name for stage in lineage("cpu")}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built in a folder with only what the image's stage has."""
    source = tmp_path_factory.mktemp("source")
    for rest in stages()["wheel"].of("COPY"):
        for name in rest.split()[:-1]:
            path = PROJECT / name
            if path.is_dir():
                ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
                shutil.copytree(path, source / name, ignore=ignored)
            else:
                shutil.copy2(path, source)
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", "out"],
        cwd=source,
        check=True,
        capture_output=True,
    )
    (built,) = (source / "out").glob("*.whl")
    return built


def test_the_wheel_has_every_file_of_the_package(wheel: Path) -> None:
    package = PROJECT / "ytempire_assets"
    wanted = {
        path.relative_to(PROJECT).as_posix()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
        (entry,) = [name for name in inside if name.endswith("entry_points.txt")]
        assert "ytempire = ytempire_assets.cli:main" in archive.read(entry).decode()
    assert {name for name in inside if ".dist-info/" not in name} == wanted
    # What is data, and easily left out: niches, styles, fonts, migrations.
    assert {".yaml", ".css", ".ttf"} <= {Path(name).suffix for name in wanted}
    assert any("/migrations/versions/" in name for name in wanted)
    assert wheel.name.startswith(f"ytempire_assets-{project_version()}-")


def test_what_the_wheel_brings_runs_with_the_images_settings(wheel: Path, tmp_path: Path) -> None:
    installed = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    settings = {k: v for k, v in environment("cpu").items() if k.startswith("YTEMPIRE_")}
    settings |= {
        "YTEMPIRE_HOME": str(tmp_path / "home"),
        "YTEMPIRE_CHANNELS_DIR": str(PROJECT / "channels"),
        "YTEMPIRE_SOURCES_FILE": str(PROJECT / "sources.yaml"),
    }
    done = subprocess.run(
        [sys.executable, "-c", _TRIAL],
        cwd=tmp_path,
        env={**os.environ, **settings, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert said[0] == str(installed / "ytempire_assets/definitions.py")
    assert "produce" in said[1]
    assert int(said[2]) > 0  # tables of the ledger, made by migrations in the wheel


_TRIAL = """
import sqlalchemy as sa
from ytempire_assets import definitions
from ytempire_assets.resources.ledger.database import Database
from ytempire_assets.settings import load_settings

print(definitions.__file__)
print(sorted(job.name for job in definitions.defs.resolve_all_job_defs()))
settings = load_settings()
assert sorted(settings.snapshot_dir.iterdir())
Database(settings.ledger_url).now()
print(len(sa.inspect(sa.create_engine(settings.ledger_url)).get_table_names()))
"""
