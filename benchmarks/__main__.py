"""Every benchmark that needs nothing else: ``python -m benchmarks`` (or ``make bench``).

``bench_ogc`` and ``bench_map`` compare with programs that are installed apart: see their heads.
"""

from __future__ import annotations

import subprocess
import sys

for name in ("bench_index", "bench_locate", "bench_build", "bench_web", "soak_web"):
    print(f"\n## {name}\n", flush=True)
    subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=True)
