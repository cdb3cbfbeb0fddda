"""Pages of features and single features, as GeoJSON and as HTML."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any

from flask import g, request

from ...core.i18n import T
from ..answers import Body
from ..pages import page
from ..protection import policy
from ..served import served
from . import links
from .asking import ITEM, Wanted, check_names, wanted, wanted_crs
from .choosing import matching, written
from .collections import Collection
from .words import TEXTS

_MOST_IN_A_PAGE = 100
"""Features of an HTML page at most: a person reads it."""
VARY = "Accept, Accept-Encoding, Accept-Language"


def now() -> str:
    """This moment (RFC 3339, UTC)."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def page_of_features(collection: Collection, form: str) -> Body:
    """A page of the features that the request asks for."""
    asked = wanted(collection)
    limit = min(asked.limit, _MOST_IN_A_PAGE) if form == "html" else asked.limit
    matched = matching(collection, asked)
    shown = matched[asked.offset : asked.offset + limit].tolist()
    texts = written(collection, shown, asked.columns, asked.crs)
    members: dict[str, Any] = {
        "type": "FeatureCollection",
        "numberMatched": len(matched),
        "numberReturned": len(shown),
        "links": _links(collection, asked, limit, len(matched), form),
    }
    if form == "html":
        features = [json.loads(text) for text in texts]
        content = page(
            "ogc/items.html",
            TEXTS,
            collection=collection,
            features=features,
            document=members,
            offset=asked.offset,
            columns=asked.columns or tuple(collection.columns),
        )
        return _body(content.encode(), "text/html", asked.crs)
    head = json.dumps(members, ensure_ascii=False)[:-1].encode()
    stamp = f', "timeStamp": "{now()}"'.encode()
    tail = b', "features": [\n' + b",\n".join(texts) + b"\n]}\n"
    body = _body(head + stamp + tail, links.GEOJSON, asked.crs)
    # Two processes make the same answer at two times: they have to name it alike.
    body.tag = hashlib.sha256(head + tail).hexdigest()[:24]
    return body


def one_feature(collection: Collection, identity: str, form: str) -> Body:
    """One feature by its id.

    Raises
    ------
    UnknownNameError
        There is none.
    """
    check_names(ITEM)
    uri = wanted_crs(collection)
    place = collection.features.place(identity)
    (text,) = written(collection, [place], None, uri)
    own = [
        *links.itself(form, links.GEOJSON),
        links.link(
            "collection",
            links.to("collection", collection=collection.name),
            "application/json",
            collection.title,
        ),
    ]
    if form == "html":
        content = page(
            "ogc/item.html",
            TEXTS,
            collection=collection,
            feature=json.loads(text),
            document={"links": own},
        )
        return _body(content.encode(), "text/html", uri)
    said = json.dumps(own, ensure_ascii=False).encode()
    return _body(text[:-1] + b', "links": ' + said + b"}\n", links.GEOJSON, uri)


def _links(
    collection: Collection, asked: Wanted, limit: int, matched: int, form: str
) -> list[links.Link]:
    mimetype = "text/html" if form == "html" else links.GEOJSON
    found = links.itself(form, links.GEOJSON)
    if asked.offset + limit < matched:
        address = links.here(f=form, offset=asked.offset + limit)
        found.append(links.link("next", address, mimetype, T("Page suivante", "Next page")))
    if asked.offset > 0:
        address = links.here(f=form, offset=max(0, asked.offset - limit))
        found.append(links.link("prev", address, mimetype, T("Page précédente", "Previous page")))
    address = links.to("collection", collection=collection.name)
    return [*found, links.link("collection", address, "application/json", collection.title)]


def _body(content: bytes, mimetype: str, uri: str) -> Body:
    headers = {"Content-Crs": f"<{uri}>", "Vary": VARY, "Content-Language": g.language}
    if mimetype == "text/html":
        headers["Content-Security-Policy"] = policy()
    return Body(content, mimetype, headers)


_OF_A_VISITOR = frozenset(("bbox", "filter"))


def kept(make: Any, form: str) -> Body:
    """The body for this address, from memory where it was made before.

    Where a visitor looks is the visitor's own: an answer to a box or a filter is never kept.
    """
    if not _OF_A_VISITOR.isdisjoint(request.args):
        own: Body = make()
        return own
    key = ("ogc", request.url_root, request.full_path, form, g.language)
    body: Body = served().keep_body(key, make)
    return body
