"""Scripts in the graph: written by a model, judged, rewritten, rejected, never paid twice."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
import yaml

from ytempire_assets.api import produce
from ytempire_assets.resources.lake_tables import LakeTables
from ytempire_assets.settings import Settings
from ytempire_assets_tests.llm_answers import MODEL, scripted
from ytempire_assets_tests.llm_server import LanguageServers, Service

DAY = "2026-11-19"
STAGES = ("ideas", "scripts")
INVENTED = "Exactly 987,654 engineers of Atlantis built it in 1492."


@pytest.fixture
def modelled(settings: Settings) -> Settings:
    """The first sample channel has a language model write for it."""
    path = settings.channels_dir / "orbit.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["writer"] = {"kind": "openai_compatible"}
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return settings


def asking(settings: Settings, servers: LanguageServers) -> Settings:
    return settings.model_copy(
        update={
            "llm_urls": tuple(servers.urls),
            "llm_model": MODEL,
            "llm_usd_per_million_in": Decimal(2),
            "llm_usd_per_million_out": Decimal(8),
        }
    )


def rows(settings: Settings) -> list[dict[str, Any]]:
    frame = LakeTables(settings.lake_dir).read("scripts", f"orbit|{DAY}")
    assert frame is not None
    return frame.to_dicts()


def test_a_model_writes_and_nothing_is_paid_twice(modelled: Settings) -> None:
    service = Service(answer=scripted)
    with LanguageServers(service) as servers:
        settings = asking(modelled, servers)
        made = produce("orbit", DAY, STAGES, settings=settings)
        assert made.success, made.errors
        first = rows(settings)
        assert len(first) == 2
        for row in first:
            assert row["writer"].startswith("openai_compatible/")
            assert row["model"] == MODEL
            assert row["tokens_in"] > row["tokens_out"] > 0
            assert row["writing_usd"] == pytest.approx(
                (2 * row["tokens_in"] + 8 * row["tokens_out"]) / 1e6
            )
            assert row["cost_usd"] >= row["writing_usd"]
            assert [gate["name"] for gate in row["gates"]][:3] == ["grounded", "sourced", "length"]
            assert f"the language model {MODEL}" in row["description"]
        asked = len(service.asked)
        # The same again is taken from the lake; done anew by order, the answers are still there.
        assert produce("orbit", DAY, ("scripts",), settings=settings).success
        assert all(row["reused"] for row in rows(settings))
        assert produce("orbit", DAY, ("scripts",), settings=settings, force=True).success
        again = rows(settings)
        assert len(service.asked) == asked
        assert [row["answers_reused"] for row in again] == [asked // 2] * 2
        assert all(row["writing_usd"] == 0 for row in again)
        assert [row["title"] for row in again] == [row["title"] for row in first]


def test_an_invented_figure_is_rewritten_and_an_obstinate_one_rejected(modelled: Settings) -> None:
    seen: list[str] = []

    def answer(body: dict[str, Any]) -> str:
        asked = body["messages"][1]["content"]
        data = json.loads(asked[asked.index("{") :])
        script = json.loads(scripted(body))
        first_time = "Atlantis" not in asked
        topic = data["topic"]
        seen.append(topic)
        if first_time or topic == max(seen):
            script["scenes"][1]["sentences"][0]["text"] = INVENTED
        return json.dumps(script)

    with LanguageServers(Service(answer=answer)) as servers:
        settings = asking(modelled, servers)
        made = produce("orbit", DAY, STAGES, settings=settings)
        assert not made.success
        found = rows(settings)
    states = sorted(row["status"] for row in found)
    assert states == ["failed", "ok"]
    (good,) = (row for row in found if row["status"] == "ok")
    (bad,) = (row for row in found if row["status"] == "failed")
    assert good["rewritten"]
    assert INVENTED not in json.dumps(good["scenes"])
    assert "failed its gates, also after a rewrite: grounded:" in bad["error"]
    assert "987,654" in bad["error"]
    assert bad["cost_usd"] > 0
    assert any("987,654" in error for error in made.errors)


def test_a_service_that_is_down_is_named_and_taken_up_when_it_is_back(modelled: Settings) -> None:
    service = Service(answer=scripted)
    with LanguageServers(service) as servers:
        settings = asking(modelled, servers).model_copy(update={"llm_deadline_s": 2.0})
        servers.die(service)
        made = produce("orbit", DAY, STAGES, settings=settings)
        assert not made.success
        assert all(row["status"] == "failed" for row in rows(settings))
        assert all("does not answer" in row["error"] for row in rows(settings))
        servers.rise(service)
        assert produce("orbit", DAY, ("scripts",), settings=settings).success
        assert all(row["status"] == "ok" for row in rows(settings))
        assert max(service.paid.values()) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "YTEMPIRE_LLM_URLS is not set"),
        ({"llm_urls": ("http://127.0.0.1:9",)}, "YTEMPIRE_LLM_MODEL is not set"),
    ],
)
def test_a_missing_setting_is_named(
    modelled: Settings, changes: dict[str, Any], words: str
) -> None:
    made = produce("orbit", DAY, STAGES, settings=modelled.model_copy(update=changes))
    assert not made.success
    assert any(words in error for error in made.errors)


def test_a_story_in_another_channels_words_is_told_anew(settings: Settings) -> None:
    """The same topic, sources and length as yesterday's: most of it was said already."""
    assert produce("orbit", DAY, STAGES, settings=settings).success
    topic = rows(settings)[0]["topic_id"]
    copy = yaml.safe_load((settings.channels_dir / "orbit.yaml").read_text(encoding="utf-8"))
    copy |= {
        "channel": "echo",
        "title": "Echo Brief",
        "handle": "@echobrief",
        "videos_per_day": 1,
        "calendar": [{"day": "2026-11-20", "topic": topic}],
    }
    (settings.channels_dir / "echo.yaml").write_text(yaml.safe_dump(copy), encoding="utf-8")
    made = produce("echo", "2026-11-20", STAGES, settings=settings)
    frame = LakeTables(settings.lake_dir).read("scripts", "echo|2026-11-20")
    assert frame is not None
    (row,) = frame.to_dicts()
    assert row["topic_id"] == topic
    assert made.success
    assert row["rewritten"]
    other = rows(settings)[0]
    mine = {one["text"] for scene in row["scenes"] or [] for one in scene["sentences"]}
    theirs = {one["text"] for scene in other["scenes"][:-1] for one in scene["sentences"]}
    assert len(mine & theirs) <= 2
