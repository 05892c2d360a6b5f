"""One timeline to one file: one ffmpeg process, one filter graph, one encode.

Belongs here: running ffmpeg, watching it, and leaving nothing behind when it fails. What the graph
says is in ``ffmpeg``.
"""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from ytempire_assets.errors import InvalidInputError, PermanentError, StorageError
from ytempire_assets.video.ffmpeg import build_graph, encode_arguments, find_ffmpeg
from ytempire_assets.video.fonts import BUNDLED, FONTS_DIR
from ytempire_assets.video.timeline import Timeline

STDERR_TAIL = 1500
"""How much of ffmpeg's last words goes into an error, characters."""


def render_video(
    timeline: Timeline,
    ass_text: str,
    out: Path,
    *,
    ffmpeg: Path | None = None,
    threads: int = 0,
    on_progress: Callable[[float], None] | None = None,
    caption_fonts: tuple[str, ...] = (),
) -> None:
    """Renders ``timeline`` to ``out``: H.264 and AAC in MP4, BT.709 limited range.

    The file appears complete or not at all: it is written under a temporary name beside ``out``
    and renamed.

    Args:
        timeline: What to show and hear.
        ass_text: Captions as an ASS document; none are burned when empty.
        out: Where the file goes; its folder must exist.
        ffmpeg: The program; ``find_ffmpeg()`` when not given.
        threads: Encoder threads; 0 lets the encoder decide.
        on_progress: Called with the share done, 0-1, a few times a second.
        caption_fonts: Font files outside the bundled ones that the captions use.

    Raises:
        InvalidInputError: A layer or the audio is not there.
        StorageError: ``out`` cannot be written: folder missing or read-only, disk full.
        PermanentError: ffmpeg failed; carries the end of what it printed.
    """
    program = ffmpeg or find_ffmpeg()
    graph = build_graph(timeline, with_captions=bool(ass_text))
    _require_files([timeline.audio, *graph.files.values()])
    partial = _claim(out)
    try:
        with tempfile.TemporaryDirectory(prefix="ytempire-render-") as name:
            folder = Path(name)
            _furnish(folder, graph.files, graph.text, ass_text, caption_fonts)
            audio = f"audio{timeline.audio.suffix if timeline.audio.suffix.isascii() else ''}"
            (folder / audio).symlink_to(timeline.audio.absolute())
            arguments = list(encode_arguments(graph.text, timeline, audio, str(partial.absolute())))
            if threads:
                arguments[-2:-2] = ["-threads", str(threads)]
            _run([str(program), *arguments], folder, out, timeline.total_frames, on_progress)
        os.replace(partial, out)
    except OSError as error:
        raise _storage_error(out, error) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


def _require_files(paths: list[Path]) -> None:
    for path in paths:
        if not path.is_file():
            raise InvalidInputError(f"{path} is not there", "make the voiceover and visuals again")


def _claim(out: Path) -> Path:
    """Creates the temporary file beside ``out``: finds out early whether it can be written."""
    partial = out.with_name(f".{out.name[:80]}.{os.getpid()}.partial")
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
    folder: Path, files: dict[str, Path], graph: str, ass_text: str, fonts: tuple[str, ...]
) -> None:
    """Gives every file a plain name in ``folder``: nothing to escape in the graph."""
    for name, path in files.items():
        (folder / name).symlink_to(path.absolute())
    (folder / "graph.txt").write_text(graph, encoding="utf-8")
    (folder / "captions.ass").write_text(ass_text, encoding="utf-8")
    (folder / "fonts").mkdir()
    for font in [*FONTS_DIR.glob("*.ttf"), *(Path(font) for font in fonts if font not in BUNDLED)]:
        (folder / "fonts" / font.name).symlink_to(font.absolute())


def _run(
    command: list[str],
    folder: Path,
    out: Path,
    total_frames: int,
    on_progress: Callable[[float], None] | None,
) -> None:
    log = folder / "ffmpeg.log"
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr
        )
        try:
            assert process.stdout is not None
            for line in process.stdout:
                key, _, value = line.decode("ascii", "replace").strip().partition("=")
                if key == "frame" and on_progress is not None and value.strip().isdigit():
                    on_progress(min(1.0, int(value) / max(1, total_frames)))
            code = process.wait()
        except BaseException:
            _stop(process)
            raise
        finally:
            if process.stdout is not None:
                process.stdout.close()
    if code != 0:
        tail = log.read_text(encoding="utf-8", errors="replace")[-STDERR_TAIL:].strip()
        if "No space left on device" in tail:
            raise StorageError(f"no space left for {out}", "free disk space and render again")
        raise PermanentError(
            f"ffmpeg ended with {code} while rendering {out.name}: {tail}",
            "if the message names a missing encoder or filter, point the ffmpeg setting to a full "
            "build; otherwise report it with this message",
        )


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
