"""One composition to one finished file, by a process of its own.

Belongs here: starting that process, watching it, and leaving nothing behind when it fails. What it
does is in ``worker``.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ytempire_assets.errors import InvalidInputError, PermanentError, StorageError, YtempireError
from ytempire_assets.video.composition import Composition
from ytempire_assets.video.encoder import ENCODINGS, Encoding
from ytempire_assets.video.ffmpeg import find_ffmpeg
from ytempire_assets.video.timeline import Timeline

STDERR_TAIL = 1500
"""How much of the process's last words goes into an error, characters."""

_KINDS: dict[str, type[YtempireError]] = {
    kind.__name__: kind for kind in (InvalidInputError, PermanentError, StorageError)
}


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a render took: CPU-seconds and the most memory of its process, megabytes."""

    frames: int
    cpu_s: float
    peak_rss_mb: float


def render_video(
    timeline: Timeline,
    composition: Composition,
    voice: Path,
    out: Path,
    *,
    ffmpeg: Path | None = None,
    encoding: Encoding = ENCODINGS["libx264"],
    threads: int = 0,
    on_progress: Callable[[float], None] | None = None,
) -> Rendered:
    """Renders to ``out``: H.264 and AAC in MP4, BT.709 limited range.

    The file appears complete or not at all: it is written under a temporary name beside ``out``
    and renamed.

    Args:
        timeline: What to hear.
        composition: What to see.
        voice: The narration.
        out: Where the file goes; its folder must exist.
        ffmpeg: Measures the loudness of the mix; ``find_ffmpeg()`` when not given.
        encoding: From ``choose_encoder``.
        threads: Encoder threads; 0 lets the encoder decide.
        on_progress: Called with the share encoded, 0-1, about twice a second.

    Raises:
        InvalidInputError: A picture or the narration cannot be used; names it.
        StorageError: ``out`` cannot be written: folder missing or read-only, disk full.
        PermanentError: The encoder or the process failed; carries its last words.
    """
    for path in (voice, *composition.files):
        if not path.is_file():
            raise InvalidInputError(f"{path} is not there", "make the voiceover and visuals again")
    partial = _claim(out)
    try:
        with tempfile.TemporaryDirectory(prefix="ytempire-render-") as name:
            job = Path(name) / "job.json"
            job.write_text(
                json.dumps(
                    {
                        "timeline": timeline.to_json(),
                        "composition": composition.to_json(),
                        "voice": str(voice.absolute()),
                        "ffmpeg": str(ffmpeg or find_ffmpeg()),
                        "out": str(partial.absolute()),
                        "encoding": {
                            "name": encoding.name,
                            "options": dict(encoding.options),
                        },
                        "threads": threads,
                    }
                ),
                encoding="utf-8",
            )
            done = _Worker(job, out).run(composition.total_frames, on_progress)
        partial.replace(out)
    except OSError as error:
        raise _storage_error(out, error) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()
    return done


def _claim(out: Path) -> Path:
    """Creates the temporary file beside ``out``: finds out early whether it can be written."""
    # Its name is our own: the name of ``out`` may be as long as the file system allows.
    partial = out.with_name(f".rendering-{os.getpid()}-{threading.get_ident()}.partial")
    try:
        partial.touch()
    except OSError as error:
        raise _storage_error(out, error) from error
    return partial


def _storage_error(out: Path, error: OSError) -> StorageError:
    if error.errno == errno.ENOSPC:
        return StorageError(f"no space left for {out}", "free disk space and render again")
    return StorageError(
        f"{out} cannot be written ({error.strerror or error})",
        f"check that {out.parent} exists and is writable",
    )


class _Worker:
    """The process of one render; it is gone when ``run`` returns or raises."""

    def __init__(self, job: Path, out: Path) -> None:
        self._job = job
        self._out = out

    def run(self, total_frames: int, on_progress: Callable[[float], None] | None) -> Rendered:
        """Waits for the process to finish the file."""
        with (self._job.parent / "worker.log").open("wb+") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "ytempire_assets.video.worker", str(self._job)],
                stdin=subprocess.PIPE,  # stays open as long as we live
                stdout=subprocess.PIPE,
                stderr=log,
                env=_environment(),
            )
            said: dict[str, Any] = {}
            try:
                for message in _messages(process.stdout):
                    said |= message
                    if on_progress is not None and "frames" in message:
                        on_progress(min(1.0, message["frames"] / max(1, total_frames)))
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
            except BaseException:
                _stop(process)
                raise
            finally:
                for pipe in (process.stdin, process.stdout):
                    if pipe is not None:
                        pipe.close()
            if "done" in said and process.returncode == 0:
                done = said["done"]
                return Rendered(
                    done["frames"], usage.ru_utime + usage.ru_stime, done["peak_rss_mb"]
                )
            raise self._error(said.get("error"), process.returncode, log)

    def _error(self, said: Any, code: int, log: IO[bytes]) -> YtempireError:
        if said:
            return _KINDS.get(said["kind"], PermanentError)(said["problem"], said["next_step"])
        log.seek(0)
        tail = log.read().decode("utf-8", "replace")[-STDERR_TAIL:].strip()
        return PermanentError(
            f"the render of {self._out.name} ended with {code}: {tail or 'without a word'}",
            "render again; if it stays, report it with this message"
            if code >= 0
            else "render again; if it stays, give the machine more memory",
        )


def _environment() -> dict[str, str]:
    """What the process needs of ours, and nothing secret."""
    kept = (
        "PATH",
        "PYTHONPATH",
        "LD_LIBRARY_PATH",
        "TMPDIR",
        "HOME",
        "LANG",
        "CUDA_VISIBLE_DEVICES",
    )
    return {name: os.environ[name] for name in kept if name in os.environ}


def _messages(lines: IO[bytes] | None) -> Any:
    for line in lines or ():
        try:
            message = json.loads(line)
        except ValueError:
            continue  # a library that prints; not for us
        if isinstance(message, dict):
            yield message


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ends a process that may be running."""
    if process.poll() is None:
        process.kill()  # it holds nothing but a temporary file, which we remove
        process.wait()
