"""Runs every benchmark and prints one JSON object a line."""

from __future__ import annotations

import json
import sys

from benchmarks import graph_way, imports, pipeline, render

for benchmark in (imports.measure, pipeline.measure, render.measure, graph_way.compare):
    sys.stdout.write(json.dumps(benchmark()) + "\n")
    sys.stdout.flush()
