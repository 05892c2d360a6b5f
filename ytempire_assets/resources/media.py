"""ffmpeg and the encoder, as this machine has them.

Belongs here: from a setting to the part that does it. Voices have a desk of their own.
"""

from __future__ import annotations

import contextlib
import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ytempire_assets.resources.gpu import GpuMemory
    from ytempire_assets.video.encoder import EncoderSetting, Encoding


class Media:
    """The machine's media tools.

    Args:
        ffmpeg: An ffmpeg for measuring and streams; None takes the one in the
            imageio-ffmpeg wheel.
        parallel_renders: Renders at a time.
        encoder: Which encoder, see ``video.encoder``.
        gpu: The card's memory, which an encoder on it shares with other work.
    """

    def __init__(
        self,
        ffmpeg: str | None = None,
        parallel_renders: int = 1,
        encoder: EncoderSetting = "auto",
        gpu: GpuMemory | None = None,
    ) -> None:
        self._gpu = gpu
        self._encoder_setting = encoder
        self._ffmpeg_setting = ffmpeg
        self.parallel_renders = parallel_renders

    @cached_property
    def ffmpeg(self) -> Path:
        """The ffmpeg that measures and makes streams.

        Raises:
            InvalidInputError: It is not there.
        """
        from ytempire_assets.video.ffmpeg import find_ffmpeg

        return find_ffmpeg(self._ffmpeg_setting)

    @cached_property
    def encoding(self) -> Encoding:
        """The encoder that renders use, tried out on this machine.

        Raises:
            InvalidInputError: The one that was asked for does not work here.
        """
        from ytempire_assets.video.encoder import choose_encoder

        return choose_encoder(self._encoder_setting)

    def encoder_memory(self) -> contextlib.AbstractContextManager[object]:
        """The encoder's share of the GPU, while inside; nothing where it runs on the CPU."""
        if self._gpu is None or self.encoding.name != "h264_nvenc":
            return contextlib.nullcontext()
        return self._gpu.use("video")

    def encoder_threads(self, videos: int) -> int:
        """Threads of each encoder when so many videos are to be made.

        One encoder a core gives the most videos an hour; the last ones share the cores.
        """
        at_once = max(1, min(videos, self.parallel_renders))
        return max(1, (os.cpu_count() or 1) // at_once)
