"""Reading foreign data in a process of its own, which can be stopped.

Belongs here: starting the program, its limits, and what came back. What is read is said by the
programs: ``feed_child.py``, ``research/page_child.py``.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from ytempire_assets.discovery.sources.errors import UnreadableError


def in_a_process(
    program: ModuleType,
    job: Mapping[str, Any],
    body: bytes,
    *,
    seconds: float,
    subject: str,
    next_step: str,
) -> Any:
    """Gives a program its job and the data, and returns the JSON that it answers.

    Args:
        program: A module that reads a line of JSON and then the data from standard input, and
            writes one line of JSON.
        job: That line.
        body: The data.
        seconds: How long it may take.
        subject: What is read, for the error: ``the feed of example.org``.
        next_step: What to do about the error.

    Raises:
        UnreadableError: It takes too long, or cannot be read.
    """
    try:
        # -P: the modules beside the program are not to be found as top-level ones.
        done = subprocess.run(
            [sys.executable, "-P", str(Path(str(program.__file__)))],
            input=json.dumps(job).encode() + b"\n" + body,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=max(seconds, 0.1),
            check=True,
        )
        return json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        problem = f"{subject} takes longer than {seconds:.3g} s to read"
    except (subprocess.CalledProcessError, ValueError):
        problem = f"{subject} cannot be read"
    raise UnreadableError(problem, next_step)
