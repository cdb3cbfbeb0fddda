"""Every benchmark, one after the other: ``python -m benchmarks`` (or ``make bench``)."""

from __future__ import annotations

import subprocess
import sys

for name in ("bench_index", "bench_locate", "bench_build"):
    print(f"\n## {name}\n", flush=True)
    subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=True)
