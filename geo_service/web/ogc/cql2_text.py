"""CQL2 Text read into the tree of CQL2 JSON (OGC 21-065r2), by recursive descent.

Geometries become shapely shapes; everything else is what CQL2 JSON would hold. Arrays, arithmetic
and functions besides CASEI and ACCENTI are not read.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple, NoReturn

import shapely

from ...core.i18n import T
from .refusing import refusal

DEEPEST = 32
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<string>'(?:[^'\\]|''|\\.)*')"
    r'|(?P<quoted>"[^"]+")'
    r"|(?P<word>[^\W\d][\w.:]*)"
    r"|(?P<sign><>|<=|>=|[=<>(),+-]))",
    re.DOTALL,
)
_SHAPES = {
    "POINT",
    "LINESTRING",
    "POLYGON",
    "MULTIPOINT",
    "MULTILINESTRING",
    "MULTIPOLYGON",
    "GEOMETRYCOLLECTION",
}
_COMPARISONS = {"=", "<>", "<", ">", "<=", ">="}
SPATIAL = {
    f"s_{name}"
    for name in (
        "intersects",
        "equals",
        "disjoint",
        "touches",
        "within",
        "overlaps",
        "crosses",
        "contains",
    )
}
TEMPORAL = {
    f"t_{name.lower()}": f"t_{name}"
    for name in (
        "after",
        "before",
        "contains",
        "disjoint",
        "during",
        "equals",
        "finishedBy",
        "finishes",
        "intersects",
        "meets",
        "metBy",
        "overlappedBy",
        "overlaps",
        "startedBy",
        "starts",
    )
}


class _Token(NamedTuple):
    kind: str
    text: str
    start: int


def parse(text: str) -> Any:
    """The tree of a filter.

    Raises
    ------
    HTTPException
        400, with the place that is not understood.
    """
    return _Reader(text).whole()


class _Reader:
    """A filter being read from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[_Token] = []
        place = 0
        end = len(text.rstrip())
        while place < end:
            found = _TOKEN.match(text, place)
            if found is None:
                self._stop(place)
            kind = str(found.lastgroup)
            self._tokens.append(_Token(kind, found[kind], found.start(kind)))
            place = found.end()
        self._tokens.append(_Token("end", "", end))
        self._next = 0
        self._depth = 0

    def whole(self) -> Any:
        tree = self._either()
        if self._ahead.kind != "end":
            self._stop()
        return tree

    @property
    def _ahead(self) -> _Token:
        return self._tokens[self._next]

    def _is(self, *words: str) -> bool:
        token = self._ahead
        return token.kind in ("word", "sign") and token.text.upper() in words

    def _take(self) -> _Token:
        token = self._ahead
        self._next += 1
        return token

    def _skip(self, *words: str) -> bool:
        if self._is(*words):
            self._next += 1
            return True
        return False

    def _require(self, word: str) -> None:
        if not self._skip(word):
            self._stop()

    def _stop(self, place: int | None = None) -> NoReturn:
        start = self._ahead.start if place is None else place
        raise refusal(
            T(
                "filter : le filtre CQL2 n'est pas compris au caractère {place} (« {near} »).",
                "filter: the CQL2 filter is not understood at character {place} (“{near}”).",
                place=start + 1,
                near=self._text[start : start + 24],
            )
        )

    def _either(self) -> Any:
        self._depth += 1
        if self._depth > DEEPEST:
            raise refusal(
                T(
                    "filter : plus de {most} niveaux de parenthèses.",
                    "filter: more than {most} levels of parentheses.",
                    most=DEEPEST,
                )
            )
        parts = [self._both()]
        while self._skip("OR"):
            parts.append(self._both())
        self._depth -= 1
        return parts[0] if len(parts) == 1 else {"op": "or", "args": parts}

    def _both(self) -> Any:
        parts = [self._negated()]
        while self._skip("AND"):
            parts.append(self._negated())
        return parts[0] if len(parts) == 1 else {"op": "and", "args": parts}

    def _negated(self) -> Any:
        turns = 0
        while self._skip("NOT"):
            turns += 1
        said = self._predicate()
        return {"op": "not", "args": [said]} if turns % 2 else said

    def _predicate(self) -> Any:
        if self._skip("("):
            inside = self._either()
            self._require(")")
            return inside
        name = self._ahead.text.lower()
        if self._ahead.kind == "word" and name in SPATIAL | set(TEMPORAL):
            self._take()
            read = self._shape if name in SPATIAL else self._operand
            self._require("(")
            left = read()
            self._require(",")
            right = read()
            self._require(")")
            return {"op": TEMPORAL.get(name, name), "args": [left, right]}
        return self._comparison()

    def _comparison(self) -> Any:
        left = self._operand()
        if self._ahead.text in _COMPARISONS:
            return {"op": self._take().text, "args": [left, self._operand()]}
        if self._skip("IS"):
            negated = self._skip("NOT")
            self._require("NULL")
            return _maybe_not(negated, {"op": "isNull", "args": [left]})
        negated = self._skip("NOT")
        if self._skip("LIKE"):
            return _maybe_not(negated, {"op": "like", "args": [left, self._operand()]})
        if self._skip("ILIKE"):  # not CQL2, but what GDAL writes
            args = [{"op": "casei", "args": [side]} for side in (left, self._operand())]
            return _maybe_not(negated, {"op": "like", "args": args})
        if self._skip("BETWEEN"):
            low = self._operand()
            self._require("AND")
            args = [left, low, self._operand()]
            return _maybe_not(negated, {"op": "between", "args": args})
        if self._skip("IN"):
            self._require("(")
            options = [self._operand()]
            while self._skip(","):
                options.append(self._operand())
            self._require(")")
            return _maybe_not(negated, {"op": "in", "args": [left, options]})
        if negated:
            self._stop()
        return left  # a boolean property or literal by itself

    def _operand(self) -> Any:
        if self._is("+", "-"):
            sign = -1 if self._take().text == "-" else 1
            if self._ahead.kind != "number":
                self._stop()
            return sign * float(self._take().text)
        token = self._ahead
        if token.kind == "number":
            return float(self._take().text)
        if token.kind == "string":
            return _unquoted(self._take().text)
        if token.kind == "quoted":
            return {"property": self._take().text[1:-1]}
        if token.kind != "word":
            self._stop()
        word = self._take().text
        if self._skip("("):
            return self._called(word.upper())
        if word.upper() in ("TRUE", "FALSE"):
            return word.upper() == "TRUE"
        return {"property": word}

    def _called(self, name: str) -> Any:
        """What stands in the parentheses after a word, and those that close them."""
        if name in ("CASEI", "ACCENTI"):
            self._depth += 1
            if self._depth > DEEPEST:
                self._stop()
            said: Any = {"op": name.lower(), "args": [self._operand()]}
            self._depth -= 1
        elif name in ("DATE", "TIMESTAMP"):
            if self._ahead.kind != "string":
                self._stop()
            said = {name.lower(): _unquoted(self._take().text)}
        elif name == "INTERVAL":
            ends = [self._operand()]
            self._require(",")
            said = {"interval": [*ends, self._operand()]}
        else:
            self._next -= 1
            self._stop(self._tokens[self._next - 1].start)
        self._require(")")
        return said

    def _shape(self) -> Any:
        """A property, a box or WKT."""
        token = self._ahead
        word = token.text.upper()
        if token.kind != "word" or word not in _SHAPES | {"BBOX"}:
            return self._operand()
        self._take()
        if word == "BBOX":
            self._require("(")
            sides = [self._operand()]
            while self._skip(","):
                sides.append(self._operand())
            self._require(")")
            return {"bbox": sides}
        self._skip("Z")
        opened = 0
        while True:  # the WKT is read by shapely; here only its end is looked for
            if self._is("("):
                opened += 1
            elif self._is(")"):
                opened -= 1
            elif self._ahead.kind == "end" or not opened:
                self._stop()
            last = self._take()
            if not opened:
                break
        try:
            return shapely.from_wkt(self._text[token.start : last.start + 1])
        except shapely.errors.GEOSException:
            self._stop(token.start)


def _maybe_not(negated: bool, said: Any) -> Any:
    return {"op": "not", "args": [said]} if negated else said


def _unquoted(text: str) -> str:
    return text[1:-1].replace("''", "'").replace("\\'", "'")
