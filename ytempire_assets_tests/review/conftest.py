"""A desk over HTTP with a real ledger, lake and blob store, and videos that wait at it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
import uvicorn

from ytempire_assets.loopback import HOST, listen
from ytempire_assets.publishing.publication import PublicationPlan
from ytempire_assets.resources.blobs import BlobStore
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.review.app import create_app
from ytempire_assets.review.desk import Desk
from ytempire_assets.settings import Settings
from ytempire_assets.table_schema import frame
from ytempire_assets.tables import RENDERS, SCRIPTS
from ytempire_assets_tests.publishing.studio import DAY, JPEG, SRT, make_plan, make_video


@dataclass
class Studio:
    """What was made, as the assets leave it."""

    settings: Settings
    folder: Path
    scripts: dict[str, dict[str, Any]] = field(default_factory=dict)
    renders: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.settings.ledger_url)

    def state(self, video_id: str) -> str:
        return self.ledger.publications(video_id=video_id)[0].state

    def render(self, video_id: str, name: str = "a", **changes: Any) -> PublicationPlan:
        """Script and file of a video; what its publication would be."""
        blobs = BlobStore(self.settings.blobs_dir)
        file = make_video(self.folder / f"{video_id}-{name}.mp4")
        title = changes.pop("title", "How a tardigrade survives")
        script: dict[str, Any] = {
            "video_id": video_id,
            "title": title,
            "description": "They dry out.",
            "tags": ["space"],
            "sources": [{"title": "Tardigrades", "address": "https://example.org/t"}],
        }
        self.scripts[video_id] = script | changes
        self.renders[video_id] = {
            "video_id": video_id,
            "format": "square",
            "video": blobs.put_file(file),
            "thumbnail": blobs.put(JPEG, "jpg"),
            "captions_srt": blobs.put(SRT, "srt"),
            "attributions": ["Photo: Ada, CC BY 4.0"],
            "gates": [{"name": "VMAF", "value": "95.8", "limit": "at least 93"}],
            "width": 1080,
            "height": 1080,
            "duration_s": 36.5,
        }
        for table, rows in ((SCRIPTS, self.scripts), (RENDERS, self.renders)):
            path = self.settings.lake_dir / table.name / "orbit" / f"{DAY}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            frame(table, rows.values()).write_parquet(path)
        return make_plan(file, video_id, needs_approval=True, title=title)

    def waits(self, video_id: str = "orbit-20261119-1", name: str = "a", **changes: Any) -> str:
        """A video that waits for a person; returns its file's blob."""
        plan = self.render(video_id, name, **changes)
        assert self.ledger.open_publication(plan).state == "planned"
        return plan.content


@dataclass
class Visitor:
    """A person with a browser that keeps nothing."""

    url: str

    def get(self, path: str, **headers: str) -> requests.Response:
        return requests.get(f"{self.url}{path}", headers=headers, timeout=10, allow_redirects=False)

    def token(self, video_id: str = "orbit-20261119-1") -> str:
        page = self.get(f"/video/{video_id}").text
        return page.partition('name="token" value="')[2].partition('"')[0]

    def decide(self, form: Mapping[str, str], **headers: str) -> requests.Response:
        return requests.post(
            f"{self.url}/decide", data=form, headers=headers, timeout=10, allow_redirects=False
        )


@contextlib.contextmanager
def open_desk(settings: Settings) -> Iterator[str]:
    """The desk in a thread of this process; gives its address."""
    with listen(0) as listener:
        config = uvicorn.Config(
            create_app(Desk(settings)),
            lifespan="off",
            ws="none",
            log_config=None,
            log_level="critical",
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            yield f"http://{HOST}:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def studio(settings: Settings, tmp_path: Path) -> Studio:
    return Studio(settings, tmp_path)


@pytest.fixture
def visitor(settings: Settings) -> Iterator[Visitor]:
    with open_desk(settings) as url:
        yield Visitor(url)
