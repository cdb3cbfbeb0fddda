"""A production server (gunicorn, threads) over one result."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

from . import create_app, logs
from .served import KEY


class _Server(BaseApplication):
    def __init__(self, result: Path, options: dict[str, Any]) -> None:
        self._result = result
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        logs.start()
        app = create_app(self._result)
        threading.Thread(target=app.extensions[KEY].warm, name="warm", daemon=True).start()
        return app


def run(result: Path, host: str, port: int, *, workers: int, threads: int) -> None:
    """Serve a result until told to stop.

    Raises
    ------
    StoreError
        The file is missing or is no result: said before anything listens.
    """
    create_app(result)
    _Server(
        result,
        {
            "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
            "workers": workers,
            "threads": threads,
            "worker_class": "gthread",
            "timeout": 60,
            "keepalive": 5,
            "graceful_timeout": 10,
            "limit_request_line": 8190,
            "loglevel": "warning",
            "proc_name": "geo-service",
        },
    ).run()
