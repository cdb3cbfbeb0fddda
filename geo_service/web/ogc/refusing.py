"""How a request that is not accepted is answered: 400, in words, as problem+json."""

from __future__ import annotations

from werkzeug.exceptions import HTTPException

from ...core.i18n import Text
from ..problems import problem


def refusal(reason: Text) -> HTTPException:
    """What to raise so that the answer is 400 (Bad Request) with a reason."""
    return HTTPException(response=problem(400, reason.say()))
