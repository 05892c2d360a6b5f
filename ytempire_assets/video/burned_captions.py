"""Captions as libass burns them: each word placed exactly, the spoken one lit.

Belongs here: the ASS document. Words are measured with the font that libass draws them with and
placed one by one, so that lighting a word never moves its neighbours.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ytempire_assets.video.captions import Cue
from ytempire_assets.video.fonts import (
    BOLD,
    BUNDLED,
    FALLBACK,
    drawable,
    font_face,
    font_file,
    internal_name,
)
from ytempire_assets.video.formats import VideoFormat
from ytempire_assets.video.look import Look, mix
from ytempire_assets.video.typesetting import (
    TextBlock,
    TypeStyle,
    is_right_to_left,
    set_text,
    text_width,
)

LIT_SCALE = 104
"""Size of the word being spoken, percent of its neighbours'."""


@dataclass(frozen=True, slots=True)
class CaptionLimits:
    """How much one phrase holds in a format, for ``captions.build_cues``."""

    max_characters: int
    max_words: int


def caption_limits(fmt: VideoFormat) -> CaptionLimits:
    """Short phrases on tall frames, longer ones on wide frames."""
    return CaptionLimits(24, 5) if not fmt.is_landscape else CaptionLimits(44, 9)


def to_ass(cues: Iterable[Cue], look: Look, fmt: VideoFormat, fonts: str | None = None) -> str:
    """The cues as an ASS document of the frame's size.

    Args:
        cues: From ``captions.build_cues``.
        look: Colours; its heading font is used unless ``fonts`` says otherwise.
        fmt: The frame; captions stay in its ``captions_box``.
        fonts: Another family or font file.

    Returns:
        The document. Nothing in a word can act as an ASS command.

    Raises:
        InvalidInputError: Letters that the fonts cannot draw.
    """
    families = tuple(
        dict.fromkeys((fonts or look.body_font, look.body_font, look.heading_font, FALLBACK))
    )
    style = TypeStyle(families, BOLD, leading=1.24, word_gap=0.1)
    path = font_file(families[0], BOLD)
    name, bold = internal_name(path)
    size = (72 if fmt.is_portrait else 54) * min(fmt.width, fmt.height) / 1080
    events: list[str] = []
    for cue in cues:
        events += _cue_events(cue, style, size, look, fmt)
    outline = size * 0.085
    return "\n".join(
        (
            "[Script Info]",
            "ScriptType: v4.00+",
            f"PlayResX: {fmt.width}",
            f"PlayResY: {fmt.height}",
            "ScaledBorderAndShadow: yes",
            "WrapStyle: 2",
            "YCbCr Matrix: TV.709",
            "",
            "[V4+ Styles]",
            "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, "
            "BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, "
            "BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding",
            f"Style: Word,{_field(name)},{size * sum(_windows_metrics(families[0])):.2f},"
            f"{_colour(look.ink)},{_colour(look.ink)},{_colour(_edge(look))},&HFF000000,"
            f"{-1 if bold else 0},0,0,0,100,100,0,0,1,{outline:.2f},0,2,0,0,0,1",
            "",
            "[Events]",
            "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text",
            *events,
            "",
        )
    )


def _edge(look: Look) -> str:
    return mix(look.background, "#000000" if look.is_dark else "#FFFFFF", 0.25)


def _windows_metrics(family: str) -> tuple[float, float]:
    """Ascent and descent that libass sizes and places lines by, em."""
    import struct

    face = font_face(font_file(family, BOLD))
    ascent, descent = struct.unpack_from(">HH", face.reference_table("OS/2").data, 74)
    if ascent + descent == 0:
        ascent, descent = struct.unpack_from(">hh", face.reference_table("hhea").data, 4)
    return int(ascent) / face.upem, abs(int(descent)) / face.upem


def _cue_events(cue: Cue, style: TypeStyle, size: float, look: Look, fmt: VideoFormat) -> list[str]:
    shown = [(word, drawable(word.text, style.families)) for word in cue.words]
    shown = [(word, text) for word, text in shown if text]
    if not shown:
        return []
    box = fmt.captions_box
    places = _places([text for _, text in shown], style, size, box.width, box.height)
    events = []
    for index, ((word, text), (x, y, scale)) in enumerate(zip(shown, places, strict=True)):
        lit_end = shown[index + 1][0].start_s if index + 1 < len(shown) else cue.end_s
        at = f"\\an2\\pos({box.x + x:.1f},{box.y + y:.1f})"
        if scale != 100:
            at += f"\\fscx{scale}\\fscy{scale}"
        grown = round(scale * LIT_SCALE / 100)
        lit = f"{at}\\c{_colour(look.accent)}\\t(0,90,\\fscx{grown}\\fscy{grown})"
        for start, end, layer, tags in (
            (cue.start_s, word.start_s, 0, at),
            (word.start_s, lit_end, 1, lit),
            (lit_end, cue.end_s, 0, at),
        ):
            if _centiseconds(end) > _centiseconds(start):
                events.append(
                    f"Dialogue: {layer},{_time(start)},{_time(end)},Word,,0,0,0,,"
                    f"{{{tags}}}{escape(text)}"
                )
    return events


def _places(
    texts: list[str], style: TypeStyle, size: float, width: float, height: float
) -> list[tuple[float, float, int]]:
    """Bottom centre of each word inside the box (px) and its scale in percent."""
    sizes = tuple(size * step for step in (1.0, 0.88, 0.76, 0.66, 0.56, 0.46, 0.36))
    joined = " ".join(text.replace(" ", "\u00a0") for text in texts)
    block = set_text(joined, style, width=width, height=height, sizes=sizes, max_lines=2)
    scale = round(100 * block.size / size)
    words = [placed for line in block.lines for placed in line.words]
    if len(words) != len(texts):
        return _one_line(texts, style, size, width, height)
    if is_right_to_left(joined):
        ordered = [placed for line in block.lines for placed in reversed(line.words)]
    else:
        ordered = words
    rows = {id(placed): index for index, line in enumerate(block.lines) for placed in line.words}
    return [
        _spot(
            block,
            rows[id(placed)],
            placed.x + placed.word.width * block.size / 2,
            width,
            height,
            style,
            scale,
        )
        for placed in ordered
    ]


def _spot(
    block: TextBlock,
    row: int,
    middle: float,
    width: float,
    height: float,
    style: TypeStyle,
    scale: int,
) -> tuple[float, float, int]:
    line = block.lines[row]
    x = (width - line.width) / 2 + middle
    top = (height - (block.cap_height + (len(block.lines) - 1) * block.line_height)) / 2
    baseline = top + block.cap_height + row * block.line_height
    return x, baseline + block.size * _windows_metrics(style.families[0])[1], scale


def _one_line(
    texts: list[str], style: TypeStyle, size: float, width: float, height: float
) -> list[tuple[float, float, int]]:
    """For words that cannot be set as words: one line, squeezed until it fits."""
    space = size * 0.26
    widths = [text_width(text, style, size) for text in texts]
    total = sum(widths) + space * (len(texts) - 1)
    share = min(1.0, width / total) if total else 1.0
    scale = max(1, math.floor(share * 100))
    places, x = [], (width - total * scale / 100) / 2
    for wide in widths:
        places.append((x + wide * scale / 200, height * 0.62, scale))
        x += (wide + space) * scale / 100
    return places


def caption_font_files(look: Look) -> tuple[Path, ...]:
    """The font files that a look's captions need beside the bundled ones, for ``render_video``."""
    return () if look.body_font in BUNDLED else (font_file(look.body_font),)


def escape(text: str) -> str:
    """``text`` so that libass shows it literally.

    libass knows no escape for a backslash before ``N``, ``n`` or ``h``; a word joiner between the
    two keeps them apart. Braces have their own escape.
    """
    parts = []
    for character in " ".join(text.split()):
        if character == "\\":
            parts.append("\\\u2060")
        elif character in "{}":
            parts.append("\\" + character)
        else:
            parts.append(character)
    return "".join(parts)


def _field(text: str) -> str:
    return text.replace(",", " ").replace("\n", " ")


def _colour(colour: str) -> str:
    """``#RRGGBB`` as ASS writes it: blue first."""
    return f"&H00{colour[5:7]}{colour[3:5]}{colour[1:3]}".upper()


def _centiseconds(seconds: float) -> int:
    return max(0, round(seconds * 100))


def _time(seconds: float) -> str:
    total = _centiseconds(seconds)
    hours, rest = divmod(total, 360_000)
    minutes, rest = divmod(rest, 6_000)
    return f"{hours}:{minutes:02d}:{rest // 100:02d}.{rest % 100:02d}"
