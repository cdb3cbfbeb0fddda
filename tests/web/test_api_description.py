"""The description says what the API does: schemathesis tries every operation in every way."""

from __future__ import annotations

from pathlib import Path

import pytest
import schemathesis
from schemathesis.engine import Status, events, from_schema

from geo_service.web import create_app

# Every check there is. In-process nothing decompresses, so that nothing is asked compressed.
CONFIG = {
    "headers": {"Accept-Encoding": "identity"},
    "seed": 20240101,
    "generation": {
        "mode": "all",
        "max-examples": 8,
        "deterministic": True,
        "database": "none",
        "no-shrink": True,
    },
}


@pytest.fixture(scope="module")
def schema(sample_file: Path):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEO_SERVICE_RATE", "off")
        app = create_app(sample_file)
    config = schemathesis.Config.from_dict(CONFIG)
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json?lang=en", app, config=config)


def test_every_operation_keeps_to_its_description(schema) -> None:
    tried, wrong = 0, []
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            tried += len(event.recorder.cases)
            wrong += [
                f"{event.phase.value} {event.label} {check.name}: {check.failure_info.failure} "
                f"{event.recorder.interactions[case].request.uri}"
                for case, checks in event.recorder.checks.items()
                for check in checks
                if check.status is Status.FAILURE
            ]
        elif isinstance(event, events.NonFatalError | events.FatalError):
            wrong.append(f"{event.info.title if hasattr(event, 'info') else event.exception}")
    assert not wrong, "\n\n".join(wrong[:20])
    assert tried > 500
