"""Every method of the client, over HTTP, each request held against Google's discovery documents."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ytempire_assets.errors import PermanentError
from ytempire_assets.publishing.package import metadata_of
from ytempire_assets.publishing.publish import publish
from ytempire_assets.publishing.youtube import YouTubeClient
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.sandbox.store import SandboxStore
from ytempire_assets_tests.publishing.studio import (
    SRT,
    ignore,
    make_client,
    make_package,
    make_plan,
    make_video,
)

PLAYLIST = "PLtardigrades"


@pytest.fixture
def video_id(tmp_path: Path, client: YouTubeClient, ledger: Ledger) -> str:
    file = make_video(tmp_path / "v.mp4")
    package = make_package(file, captions_srt=None)
    return publish(make_plan(file), package, ledger, client, ignore).publication.remote_id or ""


def test_the_account_has_a_channel(client: YouTubeClient) -> None:
    channel_id, title = client.channel()
    assert channel_id.startswith("UC")
    assert title


def test_a_video_stands_as_it_was_sent(client: YouTubeClient, video_id: str) -> None:
    status = client.status(video_id)
    assert status is not None
    assert (status.privacy, status.upload, status.reason) == ("public", "processed", "")
    assert status.title == "How a tardigrade survives ten days in open space"
    assert not status.has_captions
    assert client.status("nothing-there") is None


def test_an_update_writes_text_and_status_anew(
    tmp_path: Path, client: YouTubeClient, video_id: str
) -> None:
    file = make_video(tmp_path / "w.mp4")
    metadata = metadata_of(make_plan(file), make_package(file, title="A better title"))
    client.update(video_id, replace(metadata, publish_at=None))
    status = client.status(video_id)
    assert status is not None
    assert (status.title, status.privacy) == ("A better title", "private")
    with pytest.raises(PermanentError, match="videoNotFound"):
        client.update("nothing-there", replace(metadata, publish_at=None))


def test_captions_are_there_once(client: YouTubeClient, video_id: str) -> None:
    assert not client.has_captions(video_id, "en")
    client.insert_captions(video_id, SRT, "en")
    client.insert_captions(video_id, SRT, "en")  # 409: the first one stays
    assert client.has_captions(video_id, "en")
    assert not client.has_captions(video_id, "de")


def test_a_video_is_in_a_playlist_once(client: YouTubeClient, video_id: str) -> None:
    assert client.playlist_entries(PLAYLIST, video_id) == []
    client.add_to_playlist(PLAYLIST, video_id)
    client.add_to_playlist(PLAYLIST, video_id)
    assert len(client.playlist_entries(PLAYLIST, video_id)) == 1


def test_a_playlist_of_another_channel_is_refused(client: YouTubeClient, video_id: str) -> None:
    client.add_to_playlist(PLAYLIST, video_id)
    base = client.endpoints.api.removesuffix("/youtube/v3")
    with (
        make_client(base, refresh_token="sandbox.other.token") as other,
        pytest.raises(PermanentError, match="403"),
    ):
        other.add_to_playlist(PLAYLIST, video_id)


def test_public_counts_come_fifty_at_a_time_and_say_that_they_are_simulated(
    client: YouTubeClient, video_id: str
) -> None:
    counts = client.public_counts([*(f"nothing-{n}" for n in range(70)), video_id])
    assert list(counts) == [video_id]
    assert counts[video_id].simulated
    assert counts[video_id].views >= counts[video_id].likes >= 0


def test_a_video_is_found_by_size_and_title_where_the_platform_dropped_its_name(
    tmp_path: Path, client: YouTubeClient, shelf: SandboxStore
) -> None:
    file, other = make_video(tmp_path / "v.mp4"), make_video(tmp_path / "w.mp4")
    plan, package = make_plan(file), make_package(file)
    metadata = replace(metadata_of(plan, package), file_name="unknown")
    session = client.start_upload(metadata, plan.size_bytes)
    video_id = client.send(session, file, 0, plan.size_bytes, lambda _received: None)
    size, title = plan.size_bytes, package.title
    assert client.find_upload(plan.content, size, title) == video_id
    assert client.find_upload(plan.content, size, "Another title") is None
    assert client.find_upload(plan.content, size + 1, title) is None
    assert client.find_upload(plan.content, size) is None  # without a title only the name counts
    assert client.find_upload(plan.content, size, title, lambda found: found == video_id) is None
    # A name of ours that is another file's is never taken, whatever its size and title.
    named = client.start_upload(metadata_of(make_plan(other), package), size)
    client.send(named, other, 0, size, lambda _received: None)
    assert client.find_upload(plan.content, size, title) == video_id
    assert shelf.count() == 2
