"""The discovery stages on live sources: a real server, a real instance, sources that fail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from ytempire_assets.build import build_defs
from ytempire_assets.discovery.sources.source import Validators
from ytempire_assets.instance import opened_instance
from ytempire_assets.resources.lake_tables import LakeTables
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.settings import Settings
from ytempire_assets_tests.discovery.sources.server import Answer, Server

FEED = """<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>
<title>Space news</title><link>http://127.0.0.1/</link><language>en</language>
{items}</channel></rss>"""
ITEM = (
    "<item><guid>{n}</guid><title>{title}</title><link>{link}</link>"
    "<pubDate>{date}</pubDate></item>"
)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


def a_feed(titles: list[str]) -> Answer:
    now = datetime.now(UTC)
    items = "".join(
        ITEM.format(
            n=n,
            title=title,
            link=f"https://news.example/{n}",
            date=f"{now - timedelta(hours=2 * n + 1):%a, %d %b %Y %H:%M:%S} GMT",
        )
        for n, title in enumerate(titles)
    )
    return Answer(body=FEED.format(items=items).encode(), headers={"ETag": '"one"'})


class Desk:
    """Live settings whose sources are on a server of the test's."""

    def __init__(self, settings: Settings, server: Server, folder: Path) -> None:
        self.folder = folder
        self.addresses: dict[str, str] = {}
        self.server = server
        self.settings = settings.model_copy(
            update={"signals": "live", "sources_file": folder / "sources.yaml"}
        )

    def write(self, **feeds: list[Answer]) -> None:
        lines = ["contact: operator@example.com", "sources:"]
        for name, answers in feeds.items():
            address = self.server.on(f"/{name}", *answers)
            self.addresses[name] = address
            lines.append(f"  - {{kind: feed, name: {name}, niche: space, address: '{address}'}}")
        (self.folder / "sources.yaml").write_text("\n".join(lines), "utf-8")

    def gather(self, *stages: str) -> dg.ExecuteInProcessResult:
        defs = build_defs(self.settings)
        day = datetime.now(UTC).date().isoformat()
        with opened_instance(self.settings) as instance:
            return defs.resolve_job_def("gather").execute_in_process(
                instance=instance,
                partition_key=day,
                asset_selection=[dg.AssetKey(stage) for stage in stages],
                raise_on_error=False,
            )

    def rows(self, table: str) -> list[dict[str, object]]:
        frame = LakeTables(self.settings.lake_dir).read(table, datetime.now(UTC).date().isoformat())
        return [] if frame is None else frame.to_dicts()


@pytest.fixture
def desk(settings: Settings, server: Server, tmp_path: Path) -> Desk:
    return Desk(settings, server, tmp_path)


STORIES = [
    "Comet breaks up over the Pacific, astronomers say",
    "Astronomers see comet break up over the Pacific",
    "New rocket engine tested in Texas",
]


def test_three_sources_that_fail_at_once_cost_the_others_nothing(desk: Desk) -> None:
    desk.write(
        good=[a_feed(STORIES)],
        gone=[Answer(404)],
        broken=[Answer(body=b"<html>this is no feed</html>")],
        torn=[Answer(403)],
    )
    result = desk.gather("trend_signals", "trends")
    assert result.success
    assert {row["source"] for row in desk.rows("trend_signals")} == {"good"}
    assert len(desk.rows("trend_signals")) == 3
    [event] = result.asset_materializations_for_node("trend_signals")
    assert set(event.metadata["sources_failed"].value) == {"gone", "broken", "torn"}  # type: ignore[arg-type]
    shown = str(event.metadata["sources"].value)
    assert "| good | new | 3 |" in shown
    assert shown.count("| failed |") == 3
    check = next(
        one for one in result.get_asset_check_evaluations() if one.check_name == "sources_complete"
    )
    assert not check.passed
    assert check.description is not None
    assert "gone" in check.description
    topics = desk.rows("trends")
    assert topics[0]["niche"] == "space"
    assert {row["origin"] for row in topics} == {"live"}
    assert 1 <= len(topics) <= 3


def test_nothing_new_keeps_what_was_said_before(desk: Desk) -> None:
    desk.write(good=[a_feed(STORIES), Answer(304)])
    assert desk.gather("trend_signals", "trends").success
    ledger = Ledger(desk.settings.ledger_url)
    assert ledger.validators()[desk.addresses["good"]] == Validators('"one"', "")
    second = desk.gather("trend_signals", "trends")
    assert second.success
    [event] = second.asset_materializations_for_node("trend_signals")
    assert "| good | unchanged |" in str(event.metadata["sources"].value)
    assert len(desk.rows("trend_signals")) == 3
    ledger.close()


def test_what_was_not_stored_is_asked_for_again(desk: Desk, server: Server) -> None:
    """The run dies after the poll and before its table: the feed is read whole the next time."""
    desk.write(good=[a_feed(STORIES)])
    assert desk.gather("trend_signals").success  # stored, but no stage has read it yet
    ledger = Ledger(desk.settings.ledger_url)
    assert desk.addresses["good"] not in ledger.validators()
    assert desk.gather("trend_signals", "trends").success
    assert desk.addresses["good"] in ledger.validators()
    ledger.close()


def test_a_topic_keeps_its_id_from_poll_to_poll(desk: Desk) -> None:
    desk.write(good=[a_feed(STORIES), a_feed([*STORIES, "Comet pieces seen over the Pacific"])])
    assert desk.gather("trend_signals", "trends").success
    before = {row["topic_id"] for row in desk.rows("trends")}
    assert desk.gather("trend_signals", "trends").success
    assert before <= {row["topic_id"] for row in desk.rows("trends")}


def test_a_missing_sources_file_is_one_clear_error(desk: Desk) -> None:
    result = desk.gather("trend_signals")
    assert not result.success
    [failure] = [event for event in result.all_events if event.is_step_failure]
    assert "sources.yaml" in str(failure.event_specific_data)


def test_made_up_counts_never_mix_with_real_ones(desk: Desk) -> None:
    """A day that was sampled before live sources were set up holds live rows only afterwards."""
    sampled = Desk(desk.settings, desk.server, desk.folder)
    sampled.settings = desk.settings.model_copy(update={"signals": "sample"})
    assert sampled.gather("trend_signals", "trends").success
    desk.write(good=[a_feed(STORIES)])
    assert desk.gather("trend_signals", "trends").success
    assert {row["origin"] for row in desk.rows("trend_signals")} == {"live"}
    assert {row["origin"] for row in desk.rows("trends")} == {"live"}
