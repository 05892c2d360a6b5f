"""How well the gate tells sentences that stand in their source from those that do not.

``ytempire bench grounding --json``. The sentences and their labels were written for the project:
``grounding.yaml`` while the rules were worked out, the three others by people who did not see them.
The rules were worked on after the first look at two of these, and not after the first look at the
third, which therefore says how good they are on texts that nobody has looked at.
Ungrounded is what the gate looks for: precision is the share of its alarms that are right, recall
the share of ungrounded sentences that it finds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_DATA = Path(__file__).parent / "data"
SETS: Mapping[str, Path] = {
    "worked_out_on": _DATA / "grounding.yaml",
    "first_blind": _DATA / "grounding_held_out.yaml",
    "second_blind": _DATA / "grounding_blind.yaml",
    "third_blind": _DATA / "grounding_third.yaml",
}


def measure(sets: Sequence[str] = tuple(SETS)) -> dict[str, Any]:
    """Precision and recall over the labelled sentences of some sets."""
    import yaml

    from ytempire_assets.writing.grounding import SourceText, ungrounded

    right = alarms = bad = total = 0
    wrong: list[str] = []
    for name in sets:
        for entry in yaml.safe_load(SETS[name].read_text("utf-8")):
            source = SourceText(entry["source"], entry["language"])
            for label in ("grounded", "ungrounded"):
                for sentence in entry[label]:
                    total += 1
                    alarm = bool(ungrounded(sentence, [source], entry["language"]))
                    expected = label == "ungrounded"
                    alarms += alarm
                    bad += expected
                    right += alarm and expected
                    if alarm != expected:
                        wrong.append(f"{'missed' if expected else 'false alarm'}: {sentence}")
    return {
        "sets": list(sets),
        "sentences": total,
        "ungrounded": bad,
        "precision": round(right / alarms, 4) if alarms else 1.0,
        "recall": round(right / bad, 4) if bad else 1.0,
        "wrong": wrong,
    }
