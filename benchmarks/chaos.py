"""Publishing while everything breaks: killed processes, and a platform full of faults.

``ytempire bench chaos --publications N --seed S``. Every publication is carried out by a process of
its own that gets SIGKILL at a random instant, again and again, while the sandbox (another process,
killed and restarted now and then) drops connections, loses answers, forgets sessions, answers 5xx,
HTML and "per day", and executes requests twice. At the end the sandbox's own files are held against
the ledger: every video there once, with thumbnail, captions and playlist entry.

Workers are forked from a driver that has everything imported: a kill then meets publishing, not the
start of Python. Nothing is mocked: HTTP on loopback, SQLite or Postgres on disk, SIGKILL.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import requests

from ytempire_assets.errors import TransientError
from ytempire_assets.publishing.endpoints import local_endpoints
from ytempire_assets.publishing.package import Package
from ytempire_assets.publishing.publication import PublicationPlan
from ytempire_assets.publishing.publish import publish
from ytempire_assets.publishing.quota import Limits
from ytempire_assets.publishing.youtube import YouTubeClient
from ytempire_assets.resources.allowances import ChannelMeter
from ytempire_assets.resources.ledger import Ledger

UNIT_BYTES = 256 * 1024
CHANNEL = "chaos"
PLAYLIST = "PLchaos"
PROJECT = "chaos"
DAY = date(2026, 11, 19)
JPEG = b"\xff\xd8\xff\xe0" + b"picture" * 50 + b"\xff\xd9"
SRT = b"1\r\n00:00:00,000 --> 00:00:01,500\r\nEverything breaks\r\n"
PLENTY = Limits(uploads=10**8, units=10**9, searches=10**8, stats=10**8)
FAULT_RATE = 0.12
KINDS = "drop+lose_answer+burst+rate_limit+forget+slow+duplicate+html+daily"
_DONE, _WAITS, _AGAIN, _BROKEN = 0, 3, 4, 5
_MOST_RUNS = 60
_RESTART_SANDBOX_EVERY = 40


@dataclass(slots=True)
class World:
    """Where everything is; shared by driver and workers by fork, and by files."""

    folder: Path
    ledger_url: str
    port: int
    speed: float = 20.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def offset_file(self) -> Path:
        return self.folder / "clock-offset"

    def offset_s(self) -> float:
        """How far this world's time is ahead: days pass when an allowance is used up."""
        with contextlib.suppress(OSError, ValueError):
            return float(self.offset_file.read_text())
        return 0.0

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.offset_s())

    def ledger(self) -> Ledger:
        return Ledger(self.ledger_url, clock=self.now)

    def client(self, ledger: Ledger, video_id: str, chunk_bytes: int = UNIT_BYTES) -> YouTubeClient:
        from google.oauth2.credentials import Credentials

        endpoints = local_endpoints(self.url, self.url, "it is being restarted")
        credentials = Credentials(
            token=None,
            refresh_token=f"sandbox.{CHANNEL}.token",
            token_uri=endpoints.token,
            client_id="sandbox",
            client_secret="sandbox",  # noqa: S106 - a sandbox guards nothing
        )
        return YouTubeClient(
            endpoints,
            credentials,
            sleep=lambda seconds: time.sleep(seconds / self.speed),
            chunk_bytes=chunk_bytes,
            meter=ChannelMeter(ledger, PROJECT, PLENTY, CHANNEL, video_id),
            clock=lambda: time.time() + self.offset_s(),
        )


class Sandbox:
    """The platform as a process of its own, which may be killed and started again."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._process: subprocess.Popen[bytes] | None = None
        self.kills = 0

    def start(self) -> None:
        program = (
            "import sys; from pathlib import Path;"
            "from ytempire_assets.sandbox.quota import Limits;"
            "from ytempire_assets.sandbox.server import serve;"
            "serve(Path(sys.argv[1]), int(sys.argv[2]), '',"
            " Limits(uploads=None, search=None, units=None, stats=None))"
        )
        self._process = subprocess.Popen(
            [sys.executable, "-c", program, str(self.folder), str(self.world.port)]
        )
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with contextlib.suppress(requests.RequestException):
                if requests.get(f"{self.world.url}/sandbox/control", timeout=5).ok:
                    return
            time.sleep(0.02)
        raise TransientError("the sandbox did not start", "see what it printed")

    @property
    def folder(self) -> Path:
        return self.world.folder / "sandbox"

    def control(self, **body: Any) -> dict[str, Any]:
        answer = requests.post(
            f"{self.world.url}/sandbox/control",
            json=body,
            headers={"X-Sandbox-Control": "1"},
            timeout=30,
        )
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
            self.kills += 1

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()


@dataclass(slots=True)
class Tally:
    """What happened."""

    publications: int = 0
    runs: int = 0
    kills: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    days: int = 0
    unfinished: int = 0
    finish_s: list[float] = field(default_factory=list)
    killed_in: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


def measure(publications: int = 1_000, seed: int = 1, ledger_url: str = "") -> dict[str, Any]:
    """The whole run, and how many uploads finish without help under 5 % faults.

    Args:
        publications: How many.
        seed: Draws instants and faults.
        ledger_url: SQLAlchemy address of an empty ledger; SQLite in a new folder without it.
    """
    with tempfile.TemporaryDirectory(prefix="ytempire-chaos-") as name:
        started = time.perf_counter()
        result = run(Path(name), publications, seed, ledger_url)
        result["wall_s"] = round(time.perf_counter() - started, 1)
    with tempfile.TemporaryDirectory(prefix="ytempire-unaided-") as name:
        result |= unaided(Path(name), max(20, publications // 2), seed)
    return {"benchmark": "chaos", **result}


def run(folder: Path, publications: int, seed: int, ledger_url: str = "") -> dict[str, Any]:
    """Carries out ``publications`` with kills and faults; returns the figures."""
    world = World(folder, ledger_url or f"sqlite:///{folder / 'ledger.db'}", free_port())
    sandbox = Sandbox(world)
    sandbox.start()
    tally = Tally()
    rng = random.Random(seed)  # noqa: S311 - draws faults, guards nothing
    try:
        world.ledger().publications()  # makes the schema before anybody is killed
        for number in range(publications):
            if number % _RESTART_SANDBOX_EVERY == 0:
                _note_faults(sandbox, tally)
                sandbox.kill()
                sandbox.start()
                sandbox.control(
                    faults=f"rate={FAULT_RATE},seed={seed * 1000 + number},kinds={KINDS}"
                )
            _carry_out(world, sandbox, number, rng, tally)
            tally.publications += 1
        _note_faults(sandbox, tally)
    finally:
        sandbox.stop()
    return {**_audit(world, sandbox, tally), "sandbox_restarts": sandbox.kills}


def _carry_out(
    world: World, sandbox: Sandbox, number: int, rng: random.Random, tally: Tally
) -> None:
    """One publication to its end, its process killed at least once if it can be caught."""
    usual_s = 0.3
    was_killed = False
    resumed = time.monotonic()
    for attempt in range(_MOST_RUNS):
        tally.runs += 1
        pid = _forked(lambda: _work(world, number))
        # The first runs are always shot at; later ones less and less, so that it ends.
        if attempt < 3 or rng.random() < 0.3:
            code = _wait(pid, rng.uniform(0.0, usual_s))
            if code is None:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                tally.kills += 1
                tally.killed_in[_state(world, number)] += 1
                was_killed, resumed = True, time.monotonic()
                continue
        else:
            code = _wait(pid, None)
        if code == _DONE:
            if was_killed:
                tally.finish_s.append(time.monotonic() - resumed)
            return
        if code == _WAITS:  # the day is over
            tally.days += 1
            world.offset_file.write_text(str(world.offset_s() + 86_400))
            sandbox.control(clock_offset_s=world.offset_s())
        elif code == _BROKEN:
            tally.problems.append(f"{number}: {(world.folder / f'{number}.error').read_text()}")
            break
    tally.unfinished += 1


def _state(world: World, number: int) -> str:
    found = world.ledger().publications(video_id=f"{CHANNEL}-20261119-{number}")
    return found[0].state if found else "not planned yet"


def _work(world: World, number: int) -> int:
    """In the forked process: one call of ``publish``."""
    plan, package = material(world.folder, number)
    ledger = world.ledger()
    try:
        with world.client(ledger, plan.video_id) as client:
            done = publish(plan, package, ledger, client, lambda _share: None, clock=world.now)
    except TransientError:
        return _AGAIN
    except Exception as error:  # noqa: BLE001 - a worker's end is told to the driver
        (world.folder / f"{number}.error").write_text(f"{type(error).__name__}: {error}")
        return _BROKEN
    if done.publication.state == "verified":
        return _DONE
    until = done.publication.next_try_at
    waits = until is not None and until - world.now() > timedelta(minutes=30)
    return _WAITS if waits else _AGAIN


def _forked(work: Callable[[], int]) -> int:
    """Runs ``work`` in a child; returns its process id."""
    pid = os.fork()
    if pid:
        return pid
    code = _BROKEN
    with contextlib.suppress(BaseException):
        code = work()
    os._exit(code)


def _wait(pid: int, seconds: float | None) -> int | None:
    """The child's exit code; None when it still runs after ``seconds``."""
    if seconds is None:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.001)
    return None


def material(folder: Path, number: int) -> tuple[PublicationPlan, Package]:
    """Plan and package of publication ``number``; its file is made when it is not there."""
    path = folder / "files" / f"{number}.mp4"
    if not path.is_file():
        path.parent.mkdir(exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}")
        part.write_bytes(_video(number))
        part.replace(path)
    data = path.read_bytes()
    return described(path, hashlib.sha256(data).hexdigest(), len(data), number)


def described(
    path: Path, digest: str, size_bytes: int, number: int
) -> tuple[PublicationPlan, Package]:
    """Plan and package of a file whose SHA-256 and size are known."""
    plan = PublicationPlan(
        video_id=f"{CHANNEL}-20261119-{number}",
        platform="sandbox",
        channel=CHANNEL,
        topic_id=f"topic-{number}",
        day=DAY,
        content=f"{digest}.mp4",
        size_bytes=size_bytes,
        publish_at=datetime(2026, 11, 19, 17, tzinfo=UTC),
        needs_approval=False,
        title=f"Everything breaks {number}",
    )
    package = Package(
        file=path, title=plan.title, description="A test.", tags=("chaos",), category="science",
        language="en", made_for_kids=False, synthetic_media=True, thumbnail=JPEG,
        captions_srt=SRT, playlist=PLAYLIST,
    )  # fmt: skip
    return plan, package


def _video(number: int) -> bytes:
    """Two chunks and a bit, with a movie header that says how long it plays."""
    size = 2 * UNIT_BYTES + 1000
    start = movie_start(size)
    return start + hashlib.shake_128(str(number).encode()).digest(size - len(start))


def movie_start(size_bytes: int) -> bytes:
    """What an MP4 of ``size_bytes`` begins with when it plays for half a minute."""
    header = struct.pack(">4xIIII80x", 0, 0, 1000, 30_000)
    start = _box(b"ftyp", b"isom\0\0\2\0isomiso2mp41") + _box(b"moov", _box(b"mvhd", header))
    return start + struct.pack(">I4s", size_bytes - len(start), b"mdat")


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, kind) + content


def _note_faults(sandbox: Sandbox, tally: Tally) -> None:
    with contextlib.suppress(requests.RequestException):
        found = requests.get(f"{sandbox.world.url}/sandbox/control", timeout=30).json()
        counts = Counter(found["fault_counts"])
        counts.pop("requests", None)
        tally.faults.update(counts)


def _audit(world: World, sandbox: Sandbox, tally: Tally) -> dict[str, Any]:
    """Holds the sandbox's files against the ledger."""
    from ytempire_assets.sandbox.store import SandboxStore

    ledger = {
        publication.plan.content: publication for publication in world.ledger().publications()
    }
    lost = doubled = half = disagree = 0
    with contextlib.closing(SandboxStore(sandbox.folder)) as store:
        there: dict[str, list[Any]] = {}
        for video in _all_videos(store):
            there.setdefault(video.file_name, []).append(video)
        for content, publication in ledger.items():
            videos = there.get(content, [])
            lost += not videos
            doubled += len(videos) > 1
            if len(videos) != 1:
                continue
            video = videos[0]
            listed = store.playlists.count(PLAYLIST, video.id)
            whole = bool(video.thumbnail) and len(store.captions(video.id)) == 1 and listed == 1
            half += not whole
            agree = publication.remote_id == video.id and publication.state == "verified"
            disagree += not agree
            if not (whole and agree):
                tally.problems.append(
                    f"{publication.plan.video_id}: {publication.state}, {publication.problem}; "
                    f"thumbnail {bool(video.thumbnail)}, captions "
                    f"{len(store.captions(video.id))}, playlist {listed}"
                )
        strangers = sum(len(videos) for name, videos in there.items() if name not in ledger)
    lost += tally.publications - len(ledger)
    times = sorted(tally.finish_s)
    return {
        "publications": tally.publications,
        "kills": tally.kills,
        "faults": sum(tally.faults.values()),
        "lost": lost,
        "doubled": doubled + strangers,
        "half_decorated": half,
        "disagreements": disagree + tally.unfinished,
        "runs": tally.runs,
        "days_passed": tally.days,
        "killed_in": dict(tally.killed_in.most_common()),
        "faults_by_kind": dict(sorted(tally.faults.items())),
        "finish_s_median": round(median(times), 3) if times else None,
        "finish_s_max": round(times[-1], 3) if times else None,
        "problems": tally.problems[:10],
    }


def _all_videos(store: Any) -> Iterator[Any]:
    before = None
    while page := store.page(500, before):
        yield from page
        before = page[-1].number


def unaided(folder: Path, publications: int, seed: int) -> dict[str, Any]:
    """How many uploads come through in one call under 5 % random faults, nobody helping."""
    world = World(folder, f"sqlite:///{folder / 'ledger.db'}", free_port())
    sandbox = Sandbox(world)
    sandbox.start()
    ledger, finished = world.ledger(), 0
    kinds = KINDS.removesuffix("+daily")  # a used-up day is not a fault that anybody could help
    try:
        sandbox.control(faults=f"rate=0.05,seed={seed},kinds={kinds}")
        for number in range(publications):
            plan, package = material(folder, number)
            with (
                world.client(ledger, plan.video_id) as client,
                contextlib.suppress(TransientError),
            ):
                done = publish(plan, package, ledger, client, lambda _share: None, clock=world.now)
                finished += done.publication.state == "verified"
    finally:
        sandbox.stop()
    return {
        "unaided_publications": publications,
        "unaided_finished": round(finished / publications, 4),
    }


def free_port() -> int:
    """A TCP port that nobody listens on just now."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2])), indent=1))
