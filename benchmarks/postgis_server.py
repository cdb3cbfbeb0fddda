"""A PostGIS cluster of our own in a temporary folder, for the length of a benchmark."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SETTINGS = {
    "shared_buffers": "1GB",
    "work_mem": "256MB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "8GB",
    "max_parallel_workers_per_gather": "2",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "jit": "off",
    # A worker that is given up takes its query with it.
    "client_connection_check_interval": "1000",
    "listen_addresses": "127.0.0.1",
}


def binaries() -> Path | None:
    """Folder of initdb and postgres, newest version first."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    if found:
        return found[0].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


@contextmanager
def postgis_server() -> Iterator[str | None]:
    """Connection string of a running cluster with PostGIS, None where it is not installed."""
    programs = binaries()
    if programs is None:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="bench_postgis_"))
    # PostgreSQL refuses to run as root.
    alone = os.geteuid() == 0
    prefix = ["runuser", "-u", "postgres", "--"] if alone else []
    if alone:
        shutil.chown(folder, "postgres")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = str(folder / "data")

    def run(*command: str) -> None:
        subprocess.run([*prefix, *command], check=True, capture_output=True, cwd=folder)

    try:
        run(str(programs / "initdb"), "-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8")
        options = " ".join(f"-c {key}={value}" for key, value in SETTINGS.items())
        options += f" -p {port} -k {folder}"
        run(str(programs / "pg_ctl"), "-D", data, "-l", data + ".log", "-w", "-o", options, "start")
        try:
            dsn = f"host=127.0.0.1 port={port} user=bench dbname=postgres"
            yield dsn
        finally:
            run(str(programs / "pg_ctl"), "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
