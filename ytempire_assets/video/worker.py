"""The process that renders one video: ``python -m ytempire_assets.video.worker JOB.json``.

Belongs here: what runs inside that process. Starting it, and making its file visible, is
``render``'s. A process of its own because libavcodec and image decoders run foreign code on foreign
data: whatever they do, one video fails. Its CPU time and memory are the video's, exactly, and
killing it leaves nothing behind but a temporary file. It ends by itself when its parent is gone.

It speaks JSON lines on standard output: ``{"frames": n}`` while it works, then one of
``{"done": {...}}`` and ``{"error": {"problem", "next_step", "kind"}}``.
"""

from __future__ import annotations

import errno
import json
import os
import resource
import sys
import threading
import time
import wave
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ytempire_assets.errors import PermanentError, YtempireError
from ytempire_assets.video.composition import Composition
from ytempire_assets.video.compositor import Compositor
from ytempire_assets.video.encoder import Encoding, VideoFile
from ytempire_assets.video.soundtrack import write_soundtrack
from ytempire_assets.video.timeline import Timeline

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

REPORT_S = 0.5


def main(job_path: Path) -> int:
    """Renders the job; 0 when its file is finished."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        job = json.loads(job_path.read_text(encoding="utf-8"))
        frames = render(job, job_path.parent)
    except YtempireError as error:
        kind = type(error).__name__
        _say({"error": {"kind": kind, "problem": error.problem, "next_step": error.next_step}})
        return 1
    except OSError as error:
        full = error.errno == errno.ENOSPC
        _say(
            {
                "error": {
                    "kind": "StorageError" if full else "PermanentError",
                    "problem": "no space left for the video" if full else f"the render: {error}",
                    "next_step": "free disk space and render again"
                    if full
                    else "check the disk and render again",
                }
            }
        )
        return 1
    _say({"done": {"frames": frames, "peak_rss_mb": round(_peak_rss_mb(), 1)}})
    return 0


def render(job: Mapping[str, Any], folder: Path) -> int:
    """Mixes the sound, draws and encodes every frame.

    Args:
        job: ``timeline`` and ``composition`` as their JSON, ``voice``, ``ffmpeg`` and ``out`` as
            paths, ``encoding`` as name and options, ``threads``.
        folder: For the mix.

    Returns:
        Frames encoded.

    Raises:
        YtempireError: Something about this video cannot be used.
        OSError: The file cannot be written.
    """
    timeline = Timeline.from_json(job["timeline"])
    composition = Composition.from_json(job["composition"])
    encoding = Encoding(job["encoding"]["name"], job["encoding"]["options"])
    mix = folder / "mix.wav"
    write_soundtrack(timeline, Path(job["voice"]), mix, Path(job["ffmpeg"]))
    compositor = Compositor(composition)
    fmt, total = composition.fmt, composition.total_frames
    out: VideoFile | None = None
    try:
        out = VideoFile(Path(job["out"]), fmt, encoding, threads=int(job["threads"]))
        sound = _seconds_of_sound(mix, total / fmt.fps)
        told = time.monotonic()
        for frame in range(total):
            if frame % fmt.fps == 0:
                out.sound(next(sound))
            with out.frame() as target:
                compositor.draw(frame, target)
            if time.monotonic() - told >= REPORT_S:
                told = time.monotonic()
                _say({"frames": frame + 1})
        for block in sound:
            out.sound(block)
        out.finish()
    except BaseException as error:
        if out is not None:
            out.close()
        if _is_encoder_error(error):
            raise PermanentError(
                f"the encoder failed: {error}",
                "render again; if it stays, set YTEMPIRE_ENCODER to libx264",
            ) from error
        raise
    _say({"frames": total})
    return total


def _is_encoder_error(error: BaseException) -> bool:
    import av

    # Many of its errors are OSErrors too; of those only a full disk is the disk's fault.
    return isinstance(error, av.error.FFmpegError) and error.errno != errno.ENOSPC


def _seconds_of_sound(path: Path, duration_s: float) -> Iterator[NDArray[np.int16]]:
    """The mix second by second, exactly as long as the picture; silence fills the last frame."""
    import numpy as np

    with wave.open(str(path)) as file:
        rate = file.getframerate()
        left = round(duration_s * rate)
        while left > 0:
            count = min(rate, left)
            data = np.frombuffer(file.readframes(count), "<i2").reshape(-1, 2)
            if len(data) < count:
                data = np.concatenate([data, np.zeros((count - len(data), 2), "<i2")])
            left -= count
            yield data.astype(np.int16)


def _peak_rss_mb() -> float:
    """The most memory this process held; without what its parent had when it was forked."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024
    except (OSError, IndexError, ValueError):
        # Other systems: includes the parent's share, an upper bound. macOS counts bytes.
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def _say(message: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _end_with_parent() -> None:
    """Standard input closes when the parent is gone, however it went."""
    while os.read(0, 1024):
        pass
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
