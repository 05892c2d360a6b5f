"""What this machine has, and what to do about what it lacks.

Belongs here: looking, without changing anything but creating the home folder. Each finding is one
line with the next step where one is needed.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ytempire_assets.channels import ChannelFolder
from ytempire_assets.errors import YtempireError
from ytempire_assets.loopback import HOST, listen
from ytempire_assets.resources.allowances import Allowances
from ytempire_assets.resources.lake_tables import LakeTables
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.resources.live_signals import LiveSources
from ytempire_assets.resources.media import Media
from ytempire_assets.resources.signals import SnapshotSource
from ytempire_assets.settings import Settings


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        subject: What.
        state: ``ok``, ``absent`` (optional and not there) or ``broken``.
        found: What was found.
        next_step: What to do, if anything.
    """

    subject: str
    state: str
    found: str
    next_step: str = ""


def examine(settings: Settings) -> Iterator[Finding]:
    """Looks at everything that a run needs, one finding at a time."""
    yield Finding("Python", "ok", f"{platform.python_version()} at {sys.executable}")
    looks: tuple[tuple[str, Callable[[Settings], Finding]], ...] = (
        ("home", _home),
        ("storage", storage),
        ("channels", _channels),
        ("snapshot", _snapshot),
        ("sources", _sources),
        ("ledger", _ledger),
        ("encoder", _encoder),
        ("ffmpeg", _measuring),
        ("pictures", _pictures),
        ("writers", _writers),
        ("voices", _voices),
        ("fonts", _fonts),
        ("GPU", _gpu),
        ("platform", _platform),
        ("YouTube", _youtube),
        ("pages", _pages),
        ("alerts", _alerts),
    )
    for subject, look in looks:
        try:
            yield look(settings)
        except YtempireError as error:
            yield Finding(subject, "broken", error.problem, error.next_step)


def _home(settings: Settings) -> Finding:
    from ytempire_assets.resources.atomic import explained

    with explained(settings.home):
        settings.home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.home):
            pass
        free_gb = shutil.disk_usage(settings.home).free / 1e9
    if free_gb < 2:
        return Finding("home", "broken", f"{settings.home}: {free_gb:.1f} GB free", "free space")
    return Finding("home", "ok", f"{settings.home}, {free_gb:.0f} GB free")


def storage(settings: Settings) -> Finding:
    """Whether lake and blobs can be written, listed, read and deleted."""
    from ytempire_assets.resources.storage.opening import bucket
    from ytempire_assets.resources.storage.probe import probe
    from ytempire_assets.resources.storage.s3 import IMPATIENT

    blobs = bucket(settings, "blobs", IMPATIENT)
    if blobs is None:
        return Finding("storage", "ok", f"folders lake and blobs in {settings.home}")
    seconds = probe(blobs)
    found = f"{settings.storage}: written, listed, read and deleted in {seconds:.2f} s"
    return Finding("storage", "ok", f"{found}; copies in {settings.blob_copies_dir}")


def _channels(settings: Settings) -> Finding:
    loaded = ChannelFolder(settings.channels_dir).load()
    if loaded.problems:
        return Finding(
            "channels", "broken", "; ".join(loaded.problems.values()), "correct these files"
        )
    if not loaded.specs:
        return Finding(
            "channels",
            "absent",
            f"{settings.channels_dir} has none",
            "add one with: ytempire channels add NAME --niche space",
        )
    return Finding("channels", "ok", ", ".join(loaded.specs))


def _snapshot(settings: Settings) -> Finding:
    snapshot = SnapshotSource(settings.snapshot_dir).load()
    found = f"{len(snapshot.topics)} topics with made-up counts"
    if snapshot.problems:
        return Finding("snapshot", "broken", "; ".join(snapshot.problems), "correct these files")
    return Finding("snapshot", "ok", found)


def _sources(settings: Settings) -> Finding:
    if settings.signals == "sample":
        return Finding(
            "sources",
            "absent",
            "signals are the sample's; nothing outside is asked",
            f"for live sources look at {settings.sources_file} and set YTEMPIRE_SIGNALS=live",
        )
    allowances = Allowances.of(settings, Ledger(settings.ledger_url))
    desk = LiveSources.of(settings, allowances, LakeTables.of(settings))
    names, unready = desk.named()
    if unready:
        problems = "; ".join(str(error) for error in unready.values())
        return Finding("sources", "broken", problems, "see above, or leave these sources out")
    return Finding("sources", "ok", ", ".join(names))


def _ledger(settings: Settings) -> Finding:
    publications = Ledger(settings.ledger_url).publications()
    return Finding("ledger", "ok", f"{len(publications)} publications")


def _encoder(settings: Settings) -> Finding:
    from ytempire_assets.video.encoder import choose_encoder, encoder_problem

    chosen = choose_encoder(settings.encoder)
    gpu = encoder_problem("h264_nvenc")
    other = "h264_nvenc works too" if gpu is None else f"h264_nvenc does not work: {gpu}"
    return Finding("encoder", "ok", f"{chosen.text} and AAC; {other[:160]}")


def _measuring(settings: Settings) -> Finding:
    ffmpeg = Media(settings.ffmpeg).ffmpeg
    filters, encoders = _ask(ffmpeg, "-filters"), _ask(ffmpeg, "-encoders")
    needed = ("ebur128", "blackdetect", "freezedetect", "silencedetect", "libvmaf")
    missing = [name for name in needed if f" {name} " not in filters]
    missing += [name for name in ("libx264", "aac") if f" {name} " not in encoders]
    if missing:
        return Finding(
            "ffmpeg",
            "broken",
            f"{ffmpeg} lacks {', '.join(missing)}",
            "unset YTEMPIRE_FFMPEG to use the bundled one",
        )
    return Finding("ffmpeg", "ok", f"measures files and makes streams: {ffmpeg}")


def _pictures(settings: Settings) -> Finding:
    import importlib.util

    sources = ["cards"]
    if settings.pexels_key is not None:
        sources.append("pexels")
    if settings.images_url is not None:
        sources.append("images")
    if importlib.util.find_spec("diffusers") is not None:
        sources.append("diffusers")
    found = f"sources that can be used: {', '.join(sources)}"
    if len(sources) == 4:
        return Finding("pictures", "ok", found)
    step = "for more: YTEMPIRE_PEXELS_KEY, YTEMPIRE_IMAGES_URL, or the extra local-ai (diffusers)"
    return Finding("pictures", "ok", found, step)


def _writers(settings: Settings) -> Finding:
    import importlib.util

    kinds = ["extractive"]
    if importlib.util.find_spec("transformers") is not None:
        kinds.append("transformers")
    step = "for more: YTEMPIRE_LLM_URLS, or the extra local-ai (transformers, llguidance)"
    if settings.llm_urls and not settings.llm_model:
        kinds.append("openai_compatible (where the channel names a model)")
        step = "YTEMPIRE_LLM_MODEL names one for all channels"
    elif settings.llm_urls:
        from ytempire_assets.resources.language_models.pool import PooledModel

        pool = PooledModel(settings.llm_urls, settings.llm_model or "", key=settings.llm_key)
        problems = {place: said for place, said in pool.problems().items() if said}
        pool.close()
        if problems:
            said = "; ".join(f"{place} {problem}" for place, problem in problems.items())
            return Finding("writers", "broken", f"language models: {said}", "correct what it names")
        kinds.append(f"openai_compatible ({len(settings.llm_urls)} endpoints)")
        step = ""
    return Finding("writers", "ok", f"kinds that can be used: {', '.join(kinds)}", step)


def _voices(settings: Settings) -> Finding:
    import importlib.util

    from ytempire_assets.speech.espeak import voices

    names = voices()
    english = ", ".join(name for name in names if name.startswith("en"))
    engines = [f"espeak ({len(names)} languages; English: {english})"]
    if importlib.util.find_spec("transformers") is not None:
        engines.append("vits")
    if settings.speech_url is not None:
        engines.append("openai")
    if settings.elevenlabs_key is not None:
        engines.append("elevenlabs")
    step = "for more: YTEMPIRE_SPEECH_URL, YTEMPIRE_ELEVENLABS_KEY, or the extra local-ai (vits)"
    found = f"engines that can be used: {', '.join(engines)}"
    return Finding("voices", "ok", found, "" if len(engines) == 4 else step)


def _fonts(_settings: Settings) -> Finding:
    from ytempire_assets.video.fonts import BUNDLED

    return Finding("fonts", "ok", ", ".join(sorted(BUNDLED)))


def _gpu(_settings: Settings) -> Finding:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return Finding("GPU", "absent", "no NVIDIA GPU; nothing here needs one")
    done = subprocess.run(
        [tool, "--query-gpu=name,memory.total", "--format=csv,noheader"],
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    if done.returncode != 0:
        return Finding("GPU", "broken", done.stderr.strip()[:120], "check the driver")
    return Finding("GPU", "ok", done.stdout.strip().replace("\n", "; "))


def _platform(settings: Settings) -> Finding:
    from ytempire_assets.resources.platform import Platform

    where = settings.sandbox_url or "a sandbox of its own for each run"
    service = Platform(settings.sandbox_url, settings.sandbox_dir, settings.sandbox_port)
    with service.connect() as client:
        client.video_report([], datetime.now(UTC).date())
    return Finding("platform", "ok", f"{where}; no credentials needed")


def _youtube(settings: Settings) -> Finding:
    """The consent of each channel that publishes there; nothing is asked of Google."""
    from ytempire_assets.publishing.credentials import TokenFolder

    tokens = TokenFolder(settings.tokens_dir)
    specs = ChannelFolder(settings.channels_dir).load().specs
    found, steps = [], []
    for channel, spec in specs.items():
        if spec.publish.platform != "youtube":
            continue
        try:
            stored = tokens.read(channel)
        except YtempireError as error:
            found.append(error.problem)
            steps.append(error.next_step)
            continue
        if stored.channel_id == spec.publish.channel_id:
            found.append(f"{channel} is connected to '{stored.title}' ({stored.channel_id})")
        else:
            found.append(
                f"{channel} is {spec.publish.channel_id} in its file, but connected to "
                f"{stored.channel_id}"
            )
            steps.append(f"correct publish.channel_id in {channel}.yaml, or connect it anew")
    if not found:
        return Finding("YouTube", "absent", "no channel publishes there; all go to the sandbox")
    state = "broken" if steps else "ok"
    return Finding("YouTube", state, "; ".join(found), "; ".join(dict.fromkeys(steps)))


def _pages(settings: Settings) -> Finding:
    """Whether the local pages can be served where the settings say."""
    ports = {"sandbox": settings.sandbox_port, "review": settings.review_port}
    if len(set(ports.values())) == 1:
        return Finding(
            "pages",
            "broken",
            f"sandbox and review desk have the same port {settings.sandbox_port}",
            "give YTEMPIRE_REVIEW_PORT another one",
        )
    found, steps = [], []
    for name, port in ports.items():
        state = _port_state(port)
        found.append(f"{name} at http://{HOST}:{port}/ ({state})")
        if state == "taken by another program":
            steps.append(f"give YTEMPIRE_{name.upper()}_PORT another one")
    return Finding("pages", "absent" if steps else "ok", "; ".join(found), "; ".join(steps))


def _alerts(settings: Settings) -> Finding:
    """Whether anybody is told about failed runs; nothing is sent."""
    from ytempire_assets.resources.alert_webhook import AlertWebhook

    webhook = AlertWebhook(settings.alert_webhook)
    if not webhook.is_set:
        return Finding(
            "alerts",
            "absent",
            "nobody is told about failed runs",
            "to be told, set YTEMPIRE_ALERT_WEBHOOK to an address that takes JSON by POST",
        )
    return Finding("alerts", "ok", f"failed runs are told to {webhook.host}/...")


def _port_state(port: int) -> str:
    from http.client import HTTPException
    from urllib.request import ProxyHandler, build_opener

    try:
        listen(port).close()
    except YtempireError:
        try:
            opener = build_opener(ProxyHandler({}))
            with opener.open(f"http://{HOST}:{port}/", timeout=2) as answer:
                ours = b"YTEMPIRE" in answer.read(20_000)
        except (OSError, ValueError, HTTPException):
            ours = False
        return "running" if ours else "taken by another program"
    return "free"


def _ask(ffmpeg: Path, flag: str) -> str:
    done = subprocess.run(
        [str(ffmpeg), "-hide_banner", flag], capture_output=True, text=True, check=False
    )
    return done.stdout
