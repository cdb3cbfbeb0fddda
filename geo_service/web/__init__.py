"""The web service over a stored result: pages and downloads. Nothing is computed in a request."""

from __future__ import annotations

import atexit
import base64
import hashlib
import re
import shutil
import tempfile
import threading
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, g, render_template, request, send_file

from ..atlas import Atlas, measures
from ..core.contracts import OutputFormat
from ..core.errors import (
    CrsError,
    GeoServiceError,
    RuleError,
    SchemaError,
    SourceError,
    StoreError,
    UnknownNameError,
)
from ..core.i18n import Language, T, choose_language, say_date, use_language
from ..exporting import credit_of, export_layer, find_format, formats, map_credit, map_layers
from ..figures import figure_records, say_definition, say_figure
from ..rules import structure_kinds
from .texts import TEXTS

STATUS: dict[type[GeoServiceError], int] = {
    UnknownNameError: 404,
    SourceError: 422,
    SchemaError: 422,
    CrsError: 422,
    RuleError: 422,
    StoreError: 503,
    GeoServiceError: 500,
}
_SCRIPT = re.compile(rb"<script[^>]*>(.*?)</script>", re.DOTALL)
_PAGE_POLICY = (
    "default-src 'self'; img-src 'self' data:; frame-src 'self'; object-src 'none';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_KEPT_FILES = 256
_SHAPES_ONLY = ("geojson", "fgb")
_HEADLINES = (
    ("structures_open", None),
    ("structures_in_qpv", "qpv"),
    ("share_in_qpv", "qpv"),
    ("per_10000_inhabitants", None),
)


class Holder:
    """The result being served; a new file at its path is taken up without a restart."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._atlas = Atlas(path)
        self._maps: dict[tuple[str, Language], bytes] = {}
        self._folder = Path(tempfile.mkdtemp(prefix="geo_service-"))
        atexit.register(shutil.rmtree, self._folder, ignore_errors=True)
        self._files: dict[tuple[str | None, ...], Path] = {}
        self._written = 0

    def atlas(self) -> Atlas:
        """The result now: reopened when another file has taken its place."""
        if self._atlas.stored.replaced:
            with self._lock:
                if self._atlas.stored.replaced and self.path.is_file():
                    self._atlas = Atlas(self.path)
                    self._maps.clear()
        return self._atlas

    def exported(
        self, layer: str, form: OutputFormat, territory: str | None, language: Language
    ) -> Path:
        """A file of one layer, written once and kept while the result is the same.

        Names in its path are numbers: nothing that a visitor sends becomes part of one.
        """
        atlas = self.atlas()
        key = (atlas.stored.fingerprint, layer, form.name, territory, language)
        with self._lock:
            if key in self._files and self._files[key].is_file():
                return self._files[key]
            while len(self._files) >= _KEPT_FILES:
                self._files.pop(next(iter(self._files))).unlink(missing_ok=True)
            self._written += 1
            path = self._folder / f"{self._written}{form.suffix}"
            export_layer(atlas, layer, form.name, path, territory, language)
            self._files[key] = path
            return path

    def map_page(self, language: Language) -> bytes:
        """The standalone map of the result, rendered once for each language."""
        from ..outputs.folium_map import map_html

        atlas = self.atlas()
        key = (atlas.stored.fingerprint, language)
        if key not in self._maps:
            with self._lock:
                if key not in self._maps:
                    page = map_html(
                        map_layers(atlas),
                        facts=atlas.facts,
                        credit_line=map_credit(atlas),
                        language=language,
                    )
                    self._maps[key] = page.encode()
        return self._maps[key]


def create_app(result: str | Path) -> Flask:
    """The application over one stored result.

    Raises
    ------
    StoreError
        The file is missing or is no result.
    """
    app = Flask(__name__)
    app.config.update(MAX_CONTENT_LENGTH=1 << 20)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    holder = Holder(Path(result))

    @app.before_request
    def choose() -> None:
        asked = request.args.get("lang") or request.accept_languages.best_match(["fr", "en"], "fr")
        g.language = choose_language(asked)
        g.scope = use_language(g.language)
        g.scope.__enter__()

    @app.teardown_request
    def leave(_: BaseException | None) -> None:
        if scope := g.pop("scope", None):
            scope.__exit__(None, None, None)

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", _PAGE_POLICY)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers.setdefault("X-Frame-Options", "DENY")
        response.headers["Permissions-Policy"] = "geolocation=(), camera=(), microphone=()"
        return response

    @app.errorhandler(GeoServiceError)
    def explain(error: GeoServiceError) -> tuple[str, int]:
        status = next(code for kind, code in STATUS.items() if isinstance(error, kind))
        return _page("error.html", holder, message=error.say(g.language), status=status), status

    @app.errorhandler(404)
    def missing(_: Exception) -> tuple[str, int]:
        return _page("error.html", holder, message=TEXTS["missing"].say(), status=404), 404

    @app.get("/")
    def home() -> str:
        atlas = holder.atlas()
        return _page(
            "home.html",
            holder,
            rows=_headlines(atlas),
            downloads=_downloads(atlas),
            formats=formats(),
            credit=map_credit(atlas).say(),
            provenance=atlas.stored.provenance,
        )

    @app.get("/carte")
    def carte() -> Response:
        page = holder.map_page(g.language)
        hashes = " ".join(
            f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"
            for script in dict.fromkeys(_SCRIPT.findall(page))
        )
        response = Response(page, mimetype="text/html")
        response.headers["Content-Security-Policy"] = (
            f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline';"
            " img-src data:; font-src data:; base-uri 'none'; frame-ancestors 'self'"
        )
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
        response.set_etag(hashlib.sha256(page).hexdigest())
        response.make_conditional(request)
        return response

    @app.get("/telechargements/<layer>.<ext>")
    def download(layer: str, ext: str) -> Response:
        form = next((f for f in formats().values() if f.suffix.lstrip(".") == ext), None)
        if form is None:
            find_format(ext)
            abort(404)
        territory = request.args.get("territory") or None
        path = holder.exported(layer, form, territory, g.language)
        return send_file(
            path,
            mimetype=form.media_type,
            as_attachment=True,
            download_name=f"{layer}{form.suffix}",
        )

    @app.get("/healthz")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    return app


def _page(template: str, holder: Holder, **values: Any) -> str:
    atlas = holder.atlas()
    return render_template(
        template,
        t={name: text.say(g.language) for name, text in TEXTS.items()},
        language=g.language,
        other="en" if g.language == "fr" else "fr",
        facts=atlas.facts,
        as_of=say_date(atlas.as_of, g.language),
        **values,
    )


def _headlines(atlas: Atlas) -> list[dict[str, Any]]:
    """Main figures of the study's territory at its main date, a row a measure."""
    table = atlas.figures(atlas.facts["territory"], as_of=atlas.as_of)
    known = measures()
    wanted = list(_HEADLINES)
    for metres in atlas.facts["quartier_vecu"]:
        wanted += [("structures_near_qpv", f"proxy-{metres}m")]
    wanted += [("structures_near_qpv", "declared"), ("qpv_without_structure", "qpv")]
    wanted += [("population_within_distance", "5km")]
    kinds = [kind for kind in ("MSP", "CDS") if kind in atlas.facts["kinds"]]
    rows = []
    for name, definition in wanted:
        chosen = table[table["indicator"] == name]
        if definition is None:
            chosen = chosen[chosen["definition"].isna()]
        else:
            chosen = chosen[chosen["definition"] == definition]
        by_kind = {record["kind"]: record for record in figure_records(chosen)}
        if not by_kind:
            continue
        rows.append(
            {
                "label": known[name].label.say(),
                "definition": "" if definition == "qpv" else say_definition(definition),
                "cells": [_cell(by_kind.get(kind)) for kind in kinds],
            }
        )
    return [{"kinds": [structure_kinds()[kind].plural.say() for kind in kinds]}, *rows]


def _cell(record: dict[str, Any] | None) -> dict[str, str]:
    if record is None:
        return {"value": "", "bounds": ""}
    unit = record["unit"]
    if record["low"] is not None and record["high"] is not None:
        bounds = (
            ""
            if record["low"] == record["high"]
            else T(
                "entre {low} et {high}",
                "between {low} and {high}",
                low=say_figure(record["low"], unit),
                high=say_figure(record["high"], unit),
            ).say()
        )
    elif record["unknown_precision"]:
        bounds = T(
            "{n} positions sans précision connue",
            "{n} positions of unknown precision",
            n=record["unknown_precision"],
        ).say()
    else:
        bounds = ""
    return {"value": say_figure(record["value"], unit), "bounds": bounds}


def _downloads(atlas: Atlas) -> list[dict[str, Any]]:
    with_shapes = set(atlas.stored.layer_names())
    return [
        {
            "name": name,
            "formats": [
                form.suffix.lstrip(".")
                for form in formats().values()
                if name in with_shapes or form.name not in _SHAPES_ONLY
            ],
        }
        for name in atlas.layers
    ]


__all__ = ["create_app", "credit_of"]
