"""How long merging signals into topics takes, how it grows, and how well it agrees with people.

Seconds are CPU time of one process on one core, so that neighbours on the machine do not count;
the first merge, which also loads word lists and the language detector, is a size of its own.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

SIZES = (200, 1_000, 3_000, 10_000, 30_000)


def measure() -> dict[str, Any]:
    """Merges made-up signals of each size, and the labelled titles."""
    # Libraries read these when they load: one core, as the figures say.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    seconds = {size: _seconds(size) for size in SIZES}
    return {
        "benchmark": "topics",
        "cpu_s": {str(size): round(seconds[size], 2) for size in SIZES},
        "cpu_s_10000_over_1000": round(seconds[10_000] / seconds[1_000], 1),
        "cpu_s_30000_over_10000": round(seconds[30_000] / seconds[10_000], 1),
        "made_up_10000": _made_up(10_000),
        "labelled": {part: _labelled(part) for part in ("tune", "held_out")},
    }


def _seconds(size: int) -> float:
    from ytempire_assets.discovery.topics.merging import merge_signals
    from ytempire_assets_tests.discovery.topics.stories import make_signals

    signals, _ = make_signals(size)
    start = time.process_time()
    merge_signals(signals)
    return time.process_time() - start


def _made_up(size: int) -> dict[str, float]:
    """Precision and recall over all pairs of made-up signals, whose stories are known."""
    from collections import Counter

    from ytempire_assets.discovery.topics.merging import merge_signals
    from ytempire_assets_tests.discovery.topics.stories import make_signals

    signals, story_of = make_signals(size)
    right = merged = 0
    for topic in merge_signals(signals):
        counts = Counter(story_of[item] for item in {signal.item for signal in topic.signals})
        right += sum(_pairs(count) for count in counts.values())
        merged += _pairs(sum(counts.values()))
    same = sum(_pairs(count) for count in Counter(story_of.values()).values())
    return {"precision": round(right / merged, 4), "recall": round(right / same, 4)}


def _pairs(count: int) -> int:
    return count * (count - 1) // 2


def _labelled(part: Any) -> dict[str, Any]:
    from ytempire_assets.discovery.topics.merging import merge_signals
    from ytempire_assets_tests.discovery.topics.labelled import (
        Agreement,
        agreement,
        agreement_by,
        load,
        pairs_of,
        signals_of,
        topic_of_items,
    )

    def figures(found: Agreement) -> dict[str, float]:
        return {
            "same": found.same,
            "different": found.different,
            "precision": round(found.precision, 3),
            "recall": round(found.recall, 3),
            "f1": round(found.f1, 3),
        }

    titles = load(part)
    pairs = pairs_of(titles)
    topics = topic_of_items(merge_signals(signals_of(titles)))
    groups = agreement_by(pairs, topics, lambda pair: pair.languages)
    return {
        "all": figures(agreement(pairs, topics)),
        **{name: figures(found) for name, found in groups.items()},
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(), ensure_ascii=False) + "\n")
