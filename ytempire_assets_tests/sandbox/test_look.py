"""A thumbnail is measured when it is set."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from ytempire_assets.sandbox.audience import Look
from ytempire_assets.sandbox.look import measured
from ytempire_assets.sandbox.store import SandboxStore
from ytempire_assets_tests.sandbox.wire import Wire

Colour = tuple[int, int, int]
WHITE, BLACK, RED, BLUE = (255, 255, 255), (0, 0, 0), (255, 0, 0), (0, 0, 255)


def picture(left: Colour, right: Colour, form: str = "PNG") -> bytes:
    image = Image.new("RGB", (640, 360), left)
    image.paste(right, (320, 0, 640, 360))
    data = io.BytesIO()
    image.save(data, form, quality=95)
    return data.getvalue()


@pytest.mark.parametrize(
    ("left", "right", "look"),
    [
        (WHITE, WHITE, Look(1.0, 0.0, 0.0)),
        (BLACK, BLACK, Look(0.0, 0.0, 0.0)),
        (WHITE, BLACK, Look(0.5, 1.0, 0.0)),
        (RED, BLUE, Look(0.2065, 0.185, 1.0)),
    ],
)
def test_brightness_contrast_and_colour(left: Colour, right: Colour, look: Look) -> None:
    assert measured(picture(left, right)) == look
    jpeg = measured(picture(left, right, "JPEG"))
    assert jpeg is not None
    for name in ("brightness", "contrast", "colourfulness"):
        assert getattr(jpeg, name) == pytest.approx(getattr(look, name), abs=0.02)


def test_what_cannot_be_read_has_no_look() -> None:
    whole = picture(RED, BLUE)
    for data in (b"", b"\xff\xd8\xff\xe0picture", whole[: len(whole) // 2], b"GIF89a"):
        assert measured(data) is None


def test_the_look_is_stored_with_the_thumbnail(wire: Wire, shelf: SandboxStore) -> None:
    video_id = wire.upload(b"mpeg")
    path = "upload/youtube/v3/thumbnails/set"
    for data, look in ((picture(WHITE, BLACK), Look(0.5, 1.0, 0.0)), (b"\xff\xd8\xff", None)):
        assert wire.post(path, data, videoId=video_id).status_code == 200
        assert shelf.videos([video_id])[0].look == look
