"""One timeline to one file, in one encode.

Belongs here: running ffmpeg, watching it, and leaving nothing behind when it fails. What the graphs
say, and why each scene has its own, is in ``ffmpeg``.

The encoder runs for the whole video and reads raw frames from a pipe; the scenes' graphs write into
that pipe one after the other, each ending before the next one starts.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ytempire_assets.errors import InvalidInputError, PermanentError, StorageError
from ytempire_assets.video.ffmpeg import SceneGraph, encoder_arguments, find_ffmpeg, scene_graphs
from ytempire_assets.video.fonts import FONTS_DIR
from ytempire_assets.video.timeline import Timeline

STDERR_TAIL = 1500
"""How much of ffmpeg's last words goes into an error, characters."""

PIPE_BYTES = 1 << 20
"""The largest pipe that Linux gives everyone: fewer switches between the two processes."""


def render_video(
    timeline: Timeline,
    ass_text: str,
    out: Path,
    *,
    ffmpeg: Path | None = None,
    threads: int = 0,
    on_progress: Callable[[float], None] | None = None,
    font_files: Sequence[Path] = (),
) -> float:
    """Renders ``timeline`` to ``out``: H.264 and AAC in MP4, BT.709 limited range.

    The file appears complete or not at all: it is written under a temporary name beside ``out``
    and renamed.

    Args:
        timeline: What to show and hear.
        ass_text: Captions as an ASS document; none are burned when empty.
        out: Where the file goes; its folder must exist.
        ffmpeg: The program; ``find_ffmpeg()`` when not given.
        threads: Encoder threads; 0 lets the encoder decide.
        on_progress: Called with the share encoded, 0-1, about twice a second.
        font_files: Fonts beside the bundled ones that the captions name.

    Returns:
        CPU-seconds that all processes of this render took.

    Raises:
        InvalidInputError: A layer or the audio is not there.
        StorageError: ``out`` cannot be written: folder missing or read-only, disk full.
        PermanentError: ffmpeg failed; carries the end of what it printed.
    """
    program = str(ffmpeg or find_ffmpeg())
    graphs = scene_graphs(timeline)
    _require_files([timeline.audio, *(path for graph in graphs for path in graph.files.values())])
    partial = _claim(out)
    try:
        with tempfile.TemporaryDirectory(prefix="ytempire-render-") as name:
            folder = Path(name)
            _furnish(folder, graphs, ass_text, font_files)
            audio = f"audio{timeline.audio.suffix if timeline.audio.suffix.isascii() else ''}"
            (folder / audio).symlink_to(timeline.audio.absolute())
            encode = encoder_arguments(
                timeline,
                audio,
                str(partial.absolute()),
                with_captions=bool(ass_text),
                threads=threads,
            )
            run = _Run(program, folder, out)
            run.encode(
                encode, [graph.arguments for graph in graphs], timeline.total_frames, on_progress
            )
        partial.replace(out)
    except OSError as error:
        raise _storage_error(out, error) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()
    return run.cpu_s


def _require_files(paths: Sequence[Path]) -> None:
    for path in paths:
        if not path.is_file():
            raise InvalidInputError(f"{path} is not there", "make the voiceover and visuals again")


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


def _furnish(
    folder: Path, graphs: Sequence[SceneGraph], ass_text: str, font_files: Sequence[Path]
) -> None:
    """Gives every file a plain name in ``folder``: nothing to escape in a graph."""
    files = {name: path for graph in graphs for name, path in graph.files.items()}
    for name, path in files.items():
        (folder / name).symlink_to(path.absolute())
    (folder / "captions.ass").write_text(ass_text, encoding="utf-8")
    (folder / "fonts").mkdir()
    for number, font in enumerate([*sorted(FONTS_DIR.glob("*.ttf")), *font_files]):
        (folder / "fonts" / f"{number}{font.suffix}").symlink_to(font.absolute())


class _Run:
    """The processes of one render; all of them are gone when ``encode`` returns or raises."""

    def __init__(self, program: str, folder: Path, out: Path) -> None:
        self._program = program
        self._folder = folder
        self._out = out
        self._composer: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._failure: Exception | None = None
        self.cpu_s = 0.0

    def encode(
        self,
        encode: Sequence[str],
        scenes: Sequence[Sequence[str]],
        total_frames: int,
        on_progress: Callable[[float], None] | None,
    ) -> None:
        """Runs the encoder and, in a thread, the scenes that feed it."""
        reading, writing = os.pipe()
        with contextlib.suppress(OSError, AttributeError):
            fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        feeder = threading.Thread(target=self._feed, args=(scenes, writing), daemon=True)
        with (self._folder / "encoder.log").open("wb") as log:
            try:
                encoder = subprocess.Popen(
                    [self._program, *encode],
                    cwd=self._folder,
                    stdin=reading,
                    stdout=subprocess.PIPE,
                    stderr=log,
                )
            except BaseException:
                os.close(writing)
                raise
            finally:
                os.close(reading)
        feeder.start()
        lines: Iterable[bytes] = encoder.stdout or ()
        try:
            for line in lines:
                key, _, value = line.decode("ascii", "replace").strip().partition("=")
                if key == "frame" and on_progress is not None and value.strip().isdigit():
                    on_progress(min(1.0, int(value) / max(1, total_frames)))
            code = self._reap(encoder)
        except BaseException:
            self._stopping.set()
            _stop(encoder)
            raise
        finally:
            self._stopping.set()
            if self._composer is not None:
                _stop(self._composer)
            feeder.join()
            if encoder.stdout is not None:
                encoder.stdout.close()
        # When the encoder dies the scene only sees a closed pipe: the encoder's words come first.
        if code != 0:
            raise self._error("the encoder", code, self._folder / "encoder.log")
        if self._failure is not None:
            raise self._failure

    def _feed(self, scenes: Sequence[Sequence[str]], writing: int) -> None:
        """Composes scene after scene into the pipe; closing it ends the video."""
        try:
            for number, arguments in enumerate(scenes, start=1):
                log = self._folder / f"scene{number}.log"
                with log.open("wb") as stderr:
                    if self._stopping.is_set():
                        return
                    self._composer = subprocess.Popen(
                        [self._program, *arguments],
                        cwd=self._folder,
                        stdin=subprocess.DEVNULL,
                        stdout=writing,
                        stderr=stderr,
                    )
                    code = self._reap(self._composer)
                if code != 0:
                    self._failure = self._error(f"scene {number}", code, log)
                    return
        except OSError as error:
            self._failure = error
        finally:
            os.close(writing)

    def _reap(self, process: subprocess.Popen[bytes]) -> int:
        """Waits for a process to end; counts its CPU time as its own, whatever else runs here."""
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except ChildProcessError:  # stopped, and reaped by who stopped it
            return process.wait()
        process.returncode = os.waitstatus_to_exitcode(status)
        self.cpu_s += usage.ru_utime + usage.ru_stime
        return process.returncode

    def _error(self, what: str, code: int, log: Path) -> PermanentError:
        tail = log.read_text(encoding="utf-8", errors="replace")[-STDERR_TAIL:].strip()
        if "No space left on device" in tail:
            return StorageError(
                f"no space left for {self._out}", "free disk space and render again"
            )
        return PermanentError(
            f"ffmpeg ended with {code} at {what} of {self._out.name}: {tail}",
            "if the message names a missing encoder or filter, point the ffmpeg setting to a full "
            "build; otherwise report it with this message",
        )


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ends a process that may be running, first politely."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
