"""Opening the files of a composition's layers: stills and animations as pixels.

Belongs here: reading, and refusing what is not what it should be. Where pixels go is the
compositor's concern.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.video import planes
from ytempire_assets.video.composition import PictureClip
from ytempire_assets.video.planes import Sprite

if TYPE_CHECKING:
    import numpy as np
    from av import VideoFrame
    from numpy.typing import NDArray

MAX_PIXELS = 64_000_000
"""A still larger than this is refused before it is decoded: 8000 x 8000."""


def still_pixels(clip: PictureClip, where: str, *, alpha: bool = True) -> NDArray[np.uint8]:
    """A PNG of the clip's size as (height, width, 4) RGBA, or (height, width, 3) RGB.

    Args:
        clip: Whose picture.
        where: Its scene, for messages.
        alpha: Whether how opaque it is matters; what fills the frame needs none.

    Raises:
        InvalidInputError: The file cannot be used as what the clip says it is.
    """
    import cv2

    pixels = _decoded(clip, where)
    codes = {
        (4, True): cv2.COLOR_BGRA2RGBA,
        (3, True): cv2.COLOR_BGR2RGBA,
        (4, False): cv2.COLOR_BGRA2RGB,
        (3, False): cv2.COLOR_BGR2RGB,
    }
    converted: NDArray[np.uint8] = cv2.cvtColor(pixels, codes[pixels.shape[2], alpha])
    return converted


def _decoded(clip: PictureClip, where: str) -> NDArray[np.uint8]:
    """As OpenCV has it: blue first, with or without alpha."""
    import cv2
    import numpy as np

    data = _read(clip.path, clip.name, where)
    # Width and height stand in the first bytes: nothing large is decoded to find out.
    header = data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) > 24
    size = (int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big"))
    if not header or size[0] * size[1] > MAX_PIXELS:
        raise _unusable(clip, where, "is not a PNG picture of at most 64 megapixels")
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.dtype != np.uint8 or pixels.ndim != 3:
        raise _unusable(clip, where, "cannot be decoded as 8-bit colour")
    if pixels.shape[:2] != (clip.height, clip.width):
        raise _unusable(
            clip,
            where,
            f"is {pixels.shape[1]}x{pixels.shape[0]}, {clip.width}x{clip.height} was expected",
        )
    return np.asarray(pixels, np.uint8)


def _rgba(frame: VideoFrame) -> NDArray[np.uint8]:
    """A decoded frame as (height, width, 4) RGBA."""
    if frame.format.name != "argb":
        return frame.to_ndarray(format="rgba").astype("uint8", copy=False)
    import cv2
    import numpy as np

    # Our own animations: only the order of the channels differs.
    argb = frame.to_ndarray()
    rgba = np.empty(argb.shape, np.uint8)
    cv2.mixChannels([argb], [rgba], [0, 3, 1, 0, 2, 1, 3, 2])
    return rgba


def _read(path: Path, name: str, where: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidInputError(
            f"layer '{name}' of {where}: {path} cannot be read ({error.strerror})",
            "make the visuals again",
        ) from error


def _unusable(clip: PictureClip, where: str, problem: str) -> InvalidInputError:
    return InvalidInputError(
        f"layer '{clip.name}' of {where}: {clip.path} {problem}", "make the visuals again"
    )


class Animation:
    """A clip's frames as sprites, decoded as they are needed; the last one holds.

    Args:
        clip: What to decode.
        where: For messages.
        frames: How many frames it must have at least; 0 for any number.
    """

    def __init__(self, clip: PictureClip, where: str, frames: int) -> None:
        self._clip = clip
        self._where = where
        self._decoded: Iterator[NDArray[np.uint8]] = iter(())
        self._index = -1
        self._ended = False
        self._needed = frames
        self._current: Sprite | None = None

    def at(self, index: int) -> Sprite:
        """The sprite of frame ``index``.

        Raises:
            InvalidInputError: The file cannot be decoded, has another size, or ends too early.
        """
        if self._index < 0 or index < self._index:
            self.close()
            self._decoded, self._index, self._ended = self._frames(), -1, False
        rgba = None
        while self._index < index and not self._ended:
            following = next(self._decoded, None)
            if following is None:
                self._ended = True
                if self._index + 1 < self._needed and index < self._needed:
                    raise _unusable(
                        self._clip, self._where,
                        f"has {self._index + 1} frames, its scene needs {self._needed}; "
                        "give longer footage",
                    )  # fmt: skip
            else:
                rgba = following
                self._index += 1
        if rgba is not None:
            self._current = planes.sprite(rgba)
        if self._current is None:
            raise _unusable(self._clip, self._where, "has no frames")
        return self._current

    def _frames(self) -> Iterator[NDArray[np.uint8]]:
        import av

        clip = self._clip
        try:
            with av.open(str(clip.path)) as container:
                for frame in container.decode(video=0):
                    if (frame.width, frame.height) != (clip.width, clip.height):
                        raise _unusable(
                            clip, self._where,
                            f"is {frame.width}x{frame.height}, "
                            f"{clip.width}x{clip.height} was expected",
                        )  # fmt: skip
                    yield _rgba(frame)
        except (OSError, IndexError, av.error.FFmpegError) as error:
            raise _unusable(clip, self._where, f"cannot be decoded ({error})") from error

    def close(self) -> None:
        """Closes the file."""
        close = getattr(self._decoded, "close", None)
        if close is not None:
            close()
