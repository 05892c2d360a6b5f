"""Our reading of feeds beside feedparser's own: real files, many of them broken.

``python -m benchmarks.feeds [FOLDER]``. The folder holds feeds and
``expected_feedparser_6.0.14.json``, what feedparser gives for them, by path. Every file must be
read as feedparser reads it (number of entries, titles), or fail by name.
"""

from __future__ import annotations

import io
import json
import statistics
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ytempire_assets.discovery.sources.errors import UnreadableError
from ytempire_assets.discovery.sources.feed_reading import read_feed
from ytempire_assets.discovery.sources.untrusted import from_html, one_line
from ytempire_assets.errors import InvalidInputError

FOLDER = Path("../shared/data/feeds")
EXPECTED = "expected_feedparser_6.0.14.json"
_ADDRESS = "https://feeds.example/feed"
_NO_FEEDS = ("LICENSE", EXPECTED)


def measure(folder: str | Path = FOLDER) -> dict[str, Any]:
    """Reads every file of the folder.

    Raises:
        InvalidInputError: The folder is not here.
    """
    folder = Path(folder)
    if not (folder / EXPECTED).is_file():
        raise InvalidInputError(
            f"{folder} is no folder of feeds with {EXPECTED}",
            "give a folder of recorded feeds; they are not part of this project",
        )
    expected = json.loads((folder / EXPECTED).read_text(encoding="utf-8"))
    paths = sorted(
        path for path in folder.rglob("*") if path.is_file() and path.name not in _NO_FEEDS
    )
    same, differing, refused, broken, seconds = 0, [], [], [], []
    for path in paths:
        name = path.relative_to(folder).as_posix()
        body = path.read_bytes()
        began = time.perf_counter()
        try:
            found, titles = _ours(body)
        except UnreadableError:
            refused.append(name)
            if expected.get(name, {}).get("entries"):
                differing.append(f"{name}: refused, {expected[name]['entries']} entries expected")
            continue
        except Exception as error:  # noqa: BLE001 - that there is none is what is measured
            broken.append(f"{name}: {type(error).__name__}")
            continue
        finally:
            seconds.append(time.perf_counter() - began)
        difference = _difference(body, found, titles, expected.get(name))
        if difference:
            differing.append(f"{name}: {difference}")
        else:
            same += 1
    return {
        "benchmark": "feeds",
        "files": len(paths),
        "with_an_expectation": len(expected),
        "read_the_same": same,
        "failed_by_name": len(refused),
        "of_them_without_entries": sum(not expected.get(n, {}).get("entries") for n in refused),
        "differing": differing,
        "broken": broken,
        "refused": refused,
        "ms_a_file": round(statistics.median(seconds) * 1000),
        "slowest_ms": round(max(seconds) * 1000),
        "wall_s": round(sum(seconds), 1),
    }


def _ours(body: bytes) -> tuple[int, list[str]]:
    feed = read_feed(
        body,
        address=_ADDRESS,
        content_type="",
        now=datetime(2030, 1, 1, tzinfo=UTC),
        most=1000,
    )
    return feed.found, [entry.title for entry in feed.entries]


def _difference(body: bytes, found: int, titles: list[str], expected: dict[str, Any] | None) -> str:
    """What feedparser itself, with everything switched on, gives otherwise."""
    import feedparser  # type: ignore[import-untyped]

    theirs = feedparser.parse(io.BytesIO(body))
    if found != len(theirs.entries):
        return f"{found} entries, {len(theirs.entries)} by feedparser"
    if expected is not None and found != expected["entries"]:
        return f"{found} entries, {expected['entries']} expected"
    shown = {_plain_title(entry) for entry in theirs.entries} - {""}
    missing = shown - set(titles)
    return f"titles {sorted(missing)} instead of {titles}" if missing else ""


def _plain_title(entry: Any) -> str:
    title = entry.get("title", "")
    html = entry.get("title_detail", {}).get("type", "text/html") != "text/plain"
    return from_html(title, 300) if html else one_line(title, 300)


if __name__ == "__main__":
    print(json.dumps(measure(*sys.argv[1:2]), indent=1))
