"""Voices and the encoder, as this machine has them.

Belongs here: from a channel's setting to the part that does it. Every engine stands here once.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from ytempire_assets.channels import VoiceSpec
from ytempire_assets.speech.espeak import EspeakVoice
from ytempire_assets.speech.voice import Voice


class Media:
    """The machine's media tools.

    Args:
        ffmpeg: An ffmpeg to use; None takes the one that the imageio-ffmpeg wheel brings.
        parallel_renders: Renders at a time.
    """

    def __init__(self, ffmpeg: str | None = None, parallel_renders: int = 1) -> None:
        self._ffmpeg_setting = ffmpeg
        self.parallel_renders = parallel_renders

    @cached_property
    def ffmpeg(self) -> Path:
        """The encoder.

        Raises:
            InvalidInputError: It is not there.
        """
        from ytempire_assets.video.ffmpeg import find_ffmpeg

        return find_ffmpeg(self._ffmpeg_setting)

    def voice(self, spec: VoiceSpec) -> Voice:
        """The voice that a channel asks for."""
        return EspeakVoice(spec.voice, spec.words_per_minute, spec.pitch, spec.pitch_range)
