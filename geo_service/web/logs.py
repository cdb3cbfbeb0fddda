"""Structured logs: one JSON line an event, without a visitor's address, coordinates or words."""

from __future__ import annotations

import json
import logging
import sys
import time
from typing import Any

from flask import Flask, Response, g, request

from ..config import setting

_KNOWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
log = logging.getLogger("geo_service.web")


class JsonLine(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in _KNOWN}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def start() -> None:
    """Write the service's log to standard error, as lines of JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLine())
    log.handlers[:] = [handler]
    log.propagate = False
    wanted = {"requests": logging.INFO, "errors": logging.WARNING}
    log.setLevel(wanted.get(setting("GEO_SERVICE_LOG"), logging.CRITICAL + 1))


def register(app: Flask) -> None:
    """Log each request by the pattern of its address: what was asked for is the visitor's own."""

    @app.before_request
    def begin() -> None:
        g.begun = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        if log.isEnabledFor(logging.INFO):
            took = (time.perf_counter() - g.get("begun", time.perf_counter())) * 1000
            log.info(
                "request",
                extra={
                    "method": request.method,
                    "route": request.url_rule.rule if request.url_rule else None,
                    "status": response.status_code,
                    "ms": round(took, 1),
                    "bytes": response.calculate_content_length(),
                },
            )
        return response
