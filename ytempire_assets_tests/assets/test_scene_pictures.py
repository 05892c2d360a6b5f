"""Pictures from outside in the graph: where a scene has none of its own, credited, not twice."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from PIL import Image

from ytempire_assets.api import produce
from ytempire_assets.channels import PictureSpec
from ytempire_assets.errors import InvalidInputError, PermanentError
from ytempire_assets.resources.blobs import BlobStore
from ytempire_assets.resources.lake_tables import LakeTables
from ytempire_assets.resources.pictures import FoundPicture, PictureRequest, PictureResult
from ytempire_assets.resources.pictures.desk import PictureDesk
from ytempire_assets.settings import Settings
from ytempire_assets.video.pictures import checked_picture
from ytempire_assets.writing.metadata import with_picture_credits
from ytempire_assets.youtube_limits import MAX_DESCRIPTION_BYTES

DAY = "2026-11-19"
STAGES = ("ideas", "scripts", "voiceovers", "visuals")


class Album:
    """A source with a picture for everything but what it is told to refuse."""

    name = "album"

    def __init__(self, refuse: str = "") -> None:
        self.asked: list[PictureRequest] = []
        self._refuse = refuse

    def pictures(self, requests: Sequence[PictureRequest]) -> list[PictureResult]:
        return [self._one(request) for request in requests]

    def _one(self, request: PictureRequest) -> PictureResult:
        self.asked.append(request)
        if self._refuse and self._refuse in request.prompt:
            return PermanentError("album has nothing for it", "choose other words")
        rng = np.random.default_rng(request.seed)
        small = rng.integers(0, 255, (8, 6, 3), dtype=np.uint8)
        file = io.BytesIO()
        Image.fromarray(small).resize((1200, 1600)).save(file, "jpeg")
        picture = checked_picture(file.getvalue(), name="album picture")
        number = len(self.asked)
        return FoundPicture(
            picture.data, picture.suffix, picture.width, picture.height, f"album:{number}",
            "photo", "Album Licence", f"Photo by Ada {number} in Album", author=f"Ada {number}",
        )  # fmt: skip


class Desk(PictureDesk):
    def __init__(self, album: Album) -> None:
        super().__init__()
        self._album = album

    def source(self, _spec: PictureSpec) -> Any:
        return self._album


def with_pictures(settings: Settings, **spec: object) -> Settings:
    path = settings.channels_dir / "orbit.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content |= {"pictures": {"source": "pexels", **spec}, "target_s": 24}
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return settings


def visuals(settings: Settings) -> list[dict[str, Any]]:
    frame = LakeTables(settings.lake_dir).read("visuals", f"orbit|{DAY}")
    assert frame is not None
    return frame.to_dicts()


def test_scenes_without_data_of_their_own_show_pictures(settings: Settings) -> None:
    album = Album()
    made = produce(
        "orbit", DAY, STAGES, settings=with_pictures(settings), overrides={"pictures": Desk(album)}
    )
    assert made.success
    blobs = BlobStore(settings.blobs_dir)
    rows = visuals(settings)
    shown = [scene for row in rows for scene in row["scenes"] if scene["picture"]]
    assert len(shown) == len(album.asked) >= 2
    for row in rows:
        assert row["origin"] == "card+photo"
        assert "Album Licence" in row["licence"]
        for scene in row["scenes"]:
            assert (scene["layout"] == "picture") == (scene["picture"] is not None)
            # Charts, numbers and cards keep what they have to show.
            assert not (scene["picture"] and scene["layout"] in {"chart_line", "number", "ident"})
            if scene["picture"]:
                assert blobs.has(scene["picture"]["blob"])
                assert scene["picture"]["attribution"] in row["attributions"]
                assert any(layer["name"] == "credit" for layer in scene["layers"])
        outro = row["scenes"][-1]
        assert row["attributions"][0] in outro["description"]
    # The second video may not show what the first one shows.
    first, second = (
        {scene["picture"]["picture_id"] for scene in row["scenes"] if scene["picture"]}
        for row in rows
    )
    asked_last = album.asked[-1]
    assert first <= asked_last.avoid
    assert not first & second
    # Nothing is fetched again for the same video.
    before = len(album.asked)
    produce("orbit", DAY, STAGES, settings=settings, overrides={"pictures": Desk(album)})
    assert len(album.asked) == before


def test_what_cannot_be_found_fails_that_video_alone(settings: Settings) -> None:
    album = Album(refuse="Concorde")
    made = produce(
        "orbit", DAY, STAGES, settings=with_pictures(settings), overrides={"pictures": Desk(album)}
    )
    states = {row["video_id"]: row["status"] for row in visuals(settings)}
    assert sorted(states.values()) == ["failed", "ok"]
    assert any("album has nothing for it" in error for error in made.errors)


def test_a_missing_key_is_named_and_nothing_is_put_in_its_place(settings: Settings) -> None:
    made = produce("orbit", DAY, STAGES, settings=with_pictures(settings))
    assert [row["status"] for row in visuals(settings)] == ["failed", "failed"]
    assert all("YTEMPIRE_PEXELS_KEY" in error for error in made.errors)
    assert len(made.errors) == 2


def test_the_desk_names_what_is_missing(tmp_path: Path) -> None:
    desk = PictureDesk()
    assert desk.source(PictureSpec()) is None
    for source, setting in (("pexels", "YTEMPIRE_PEXELS_KEY"), ("images", "YTEMPIRE_IMAGES_URL")):
        with pytest.raises(InvalidInputError, match=setting):
            desk.source(PictureSpec.model_validate({"source": source}))
    named = PictureDesk(images_url="http://127.0.0.1:1/v1")
    with pytest.raises(InvalidInputError, match="YTEMPIRE_IMAGES_MODEL"):
        named.source(PictureSpec(source="images"))
    spec = PictureSpec(source="diffusers", model=str(tmp_path))
    # A model is held once, however many videos ask for it.
    assert desk.source(spec) is desk.source(spec)


def test_credits_reach_the_description_whatever_its_length() -> None:
    lines = ["Photo by Ada on Album", "Photo by <b>Bo</b> on Album"]
    text = with_picture_credits("Opening words here.\n\nSources:\n- one", lines)
    assert text.startswith("Opening words here.\n\nSources:")
    assert text.endswith("on Album")
    assert "<" not in text
    long = with_picture_credits("word " * 900 + "\n\nSources:\n- " + "s" * 400, lines)
    assert len(long.encode()) <= MAX_DESCRIPTION_BYTES
    assert "Photo by Ada" in long
    assert "s" * 400 in long
    assert with_picture_credits("same", []) == "same"
