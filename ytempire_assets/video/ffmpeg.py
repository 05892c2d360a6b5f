"""ffmpeg: finding the program.

Belongs here: which ffmpeg measures and makes streams. Frames are drawn and encoded in process, see
``compositor`` and ``encoder``.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from ytempire_assets.errors import InvalidInputError


def find_ffmpeg(setting: str | None = None) -> Path:
    """The ffmpeg to run: the one named by a setting, else the one in the imageio-ffmpeg wheel.

    Args:
        setting: A path or a command name on PATH.

    Raises:
        InvalidInputError: There is none, or it cannot be executed.
    """
    if setting:
        found = shutil.which(Path(setting).expanduser())
        if found is None:
            raise InvalidInputError(
                f"ffmpeg '{setting}' is not an executable file or command",
                "correct the ffmpeg setting, or leave it empty to use the bundled one",
            )
        return Path(found).absolute()
    import imageio_ffmpeg

    try:
        return Path(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise InvalidInputError(
            "no ffmpeg: the imageio-ffmpeg package has no binary for this machine",
            "install ffmpeg and set its path in the ffmpeg setting",
        ) from error
