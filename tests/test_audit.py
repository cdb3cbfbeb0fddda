"""The dependency audit: fails on a known vulnerability, says when nothing could be asked."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def audit():
    spec = importlib.util.spec_from_file_location("audit", ROOT / "tools" / "audit.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_known_vulnerability_fails(audit) -> None:
    found = {"id": "PYSEC-1", "fix_versions": ["2.0"]}
    code, said = audit.report(
        [
            {"name": "a", "version": "1.0", "vulns": [found]},
            {"name": "b", "version": "1.0", "vulns": []},
            {"name": "c", "skip_reason": "not found"},
        ]
    )
    assert code == 1
    assert "a 1.0: PYSEC-1, fixed in 2.0" in said
    assert "not known to the service: c" in said


def test_a_clean_audit_passes(audit) -> None:
    code, said = audit.report([{"name": "a", "version": "1.0", "vulns": []}])
    assert code == 0
    assert "1 packages audited, 0 vulnerabilities" in said


@pytest.mark.parametrize("packages", [None, [{"name": "a", "skip_reason": "not found"}]])
def test_no_answer_is_no_audit(audit, packages) -> None:
    code, said = audit.report(packages)
    assert code == 0
    assert "NOT audited" in said
