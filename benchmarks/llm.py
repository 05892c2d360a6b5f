"""Sharing prompts among language models: how near the ideal time it comes, and what faults cost.

``ytempire bench llm``. Eight services on loopback, in two processes of their own, with four slots
and 0.2 s an answer each, get 1,000 prompts through the pool that writers use. The ideal is what the
slots need when none is ever idle. Then the same with faults: half-way one service dies, one
hangs, and one answers rubbish. A prompt counts as paid when a service sent a whole completion.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

SERVICES, SLOTS, LATENCY_S = 8, 4, 0.2
PROCESSES = 2
DEADLINE_S = 4.0
FAULTS = {"0": "die", "1": "hang_all", "2": "rubbish"}
"""By number of the service; all in the first process."""

_SCHEMA = {
    "type": "object",
    "properties": {"said": {"type": "string"}},
    "required": ["said"],
    "additionalProperties": False,
}


def measure(prompts: int = 1_000) -> dict[str, Any]:
    """Sends ``prompts`` prompts without faults, and as many with three services failing."""
    clean, faulty = _run(prompts, faults=False), _run(prompts, faults=True)
    return {
        "benchmark": "llm",
        "services": SERVICES,
        "slots": SLOTS,
        "latency_s": LATENCY_S,
        **clean,
        "faults": {"deadline_s": DEADLINE_S, **faulty},
        "load_average": round(os.getloadavg()[0], 2),
    }


def _run(prompts: int, *, faults: bool) -> dict[str, Any]:
    from ytempire_assets.resources.language_models.pool import PooledModel

    with _servers() as servers:
        urls = [url for _, addresses in servers for url in addresses]
        model = PooledModel(urls, "tiny-writer", slots=SLOTS, deadline_s=DEADLINE_S)
        answered, lock, failed_at = 0, threading.Lock(), 0.0

        def ask(number: int) -> bool:
            nonlocal answered, failed_at
            said = _ask(model, number)
            with lock:
                answered += 1
                if faults and answered == prompts // 2:
                    _tell(servers[0][0], {"fault": FAULTS})
                    failed_at = time.perf_counter()
            return said

        started = time.perf_counter()
        with ThreadPoolExecutor(model.parallel) as pool:
            right = list(pool.map(ask, range(prompts)))
        ended = time.perf_counter()
        counts = [_tell(process, {}) for process, _ in servers]
        model.close()
    wall_s = ended - started
    ideal_s = math.ceil(prompts / (SERVICES * SLOTS)) * LATENCY_S
    if faults:
        # Until the faults all slots work; then those that are left do what is left.
        rest = prompts - prompts // 2
        ideal_s = failed_at - started + rest * LATENCY_S / ((SERVICES - len(FAULTS)) * SLOTS)
    return {
        "prompts": prompts,
        "wall_s": round(wall_s, 2),
        "ideal_s": round(ideal_s, 2),
        "ideal_ratio": round(wall_s / ideal_s, 3),
        "lost": prompts - sum(right),
        "paid_twice": sum(count["paid"] for count in counts) - sum(right),
        "most_at_once": max(count["most_at_once"] for count in counts),
    }


def _ask(model: Any, number: int) -> bool:
    """Whether the prompt was answered, and with its own answer."""
    from ytempire_assets.errors import YtempireError
    from ytempire_assets.writing.language_model import ChatMessage, ChatRequest

    request = ChatRequest((ChatMessage("user", f"prompt {number}"),), _SCHEMA, "said", 100)
    try:
        return bool(json.loads(model.answer(request).text) == {"said": f"prompt {number}"})
    except YtempireError as error:
        print(f"lost: {error}", file=sys.stderr)
        return False


@contextlib.contextmanager
def _servers() -> Iterator[list[tuple[subprocess.Popen[str], list[str]]]]:
    each = SERVICES // PROCESSES
    command = [sys.executable, "-m", "ytempire_assets_tests.llm_server"]
    processes = [
        subprocess.Popen(
            [*command, str(each), str(SLOTS), str(LATENCY_S)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(PROCESSES)
    ]
    try:
        yield [(process, _line(process)) for process in processes]
    finally:
        for process in processes:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(20)


def _tell(process: subprocess.Popen[str], what: dict[str, Any]) -> dict[str, Any]:
    assert process.stdin is not None
    process.stdin.write(json.dumps(what) + "\n")
    process.stdin.flush()
    counts: dict[str, Any] = _line(process)
    return counts


def _line(process: subprocess.Popen[str]) -> Any:
    assert process.stdout is not None
    return json.loads(process.stdout.readline())


if __name__ == "__main__":
    print(json.dumps(measure()))
