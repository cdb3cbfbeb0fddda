"""The web service against the least that the same server can do: requests a second.

All QPV of France as GeoJSON against the same bytes from memory by plain WSGI (as they are, by gzip,
by brotli); one feature and one look-up, each time another one, against bare Flask views that answer
constant bytes of the same size, for the look-up after the same call of the engine. The last row
asks for the look-up against a bare view that does nothing at all.

Each fiftieth request closes its connection: else the 16 of a run may all stay with the worker that
woke up first, and chance decides whether one processor or two are at work.

Every server is a gunicorn with the same settings; the client is `wrk` on the same machine. Answers
are checked before anything is timed. In each round every case asks one server and then the other,
in alternate order; figures are medians of the rounds, and the ratio is that of pairs.

    apt-get install wrk
    python -m benchmarks.bench_web [--result R.gpkg] [--rounds 5] [--seconds 5] [--json F]
"""

from __future__ import annotations

import gzip
import json
import random
import re
import shutil
import statistics
import subprocess
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, NamedTuple

import brotli

from benchmarks.web_servers import (
    Server,
    baseline,
    circumstances,
    national,
    service,
    settings,
    told,
)

ALL = "/api/v1/qpv?f=geojson"
ONE = "/api/v1/qpv/"
POINT = "/api/v1/localiser"
_ASK = """
local paths = {}
for line in io.lines("%s") do paths[#paths + 1] = line end
local last = {}
init = function()
  for name, value in pairs(wrk.headers) do last[name] = value end
  last["Connection"] = "close"
end
local asked = 0
request = function()
  asked = asked + 1
  local path = paths[asked %% #paths + 1]
  return wrk.format("GET", path, asked %% 50 == 0 and last or nil)
end
"""


class Case(NamedTuple):
    """One line of the table: what each side is asked for."""

    name: str
    against: str
    reach: float
    ours: Path
    server: Server
    theirs: Path
    coding: str = ""


class Answer(NamedTuple):
    """Status, headers in lower case and body."""

    status: int
    headers: dict[str, str]
    body: bytes


def get(address: str, **headers: str) -> Answer:
    """One answer, as it comes over the wire."""
    asked = urllib.request.Request(
        address, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    try:
        with urllib.request.urlopen(asked, timeout=120) as given:
            return Answer(given.status, _lower(given.headers), given.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, _lower(error.headers), error.read())


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def checked_collection(ours: Server, folder: Path) -> list[str]:
    """Check the collection in each coding and keep its bytes for the plain server; its codes."""
    plain = get(ours.address + ALL)
    document = json.loads(plain.body)
    codes = [feature["id"] for feature in document["features"]]
    assert plain.status == 200
    assert len(set(codes)) == document["numberMatched"] > 1500
    (folder / "all").write_bytes(plain.body)
    for coding, unpack in (("gzip", gzip.decompress), ("br", brotli.decompress)):
        packed = get(ours.address + ALL, Accept_Encoding=coding)
        assert packed.headers["content-encoding"] == coding
        assert unpack(packed.body) == plain.body
        (folder / f"all.{coding}").write_bytes(packed.body)
        again = get(
            ours.address + ALL, Accept_Encoding=coding, If_None_Match=packed.headers["etag"]
        )
        assert (again.status, again.body) == (304, b"")
    again = get(ours.address + ALL, If_None_Match=plain.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    assert get(ours.address + ALL, If_None_Match='"other"').body == plain.body
    return codes


def checked_features(ours: Server, codes: list[str]) -> int:
    """Check every feature against the collection; the median size in bytes."""
    whole = json.loads(get(ours.address + ALL).body)["features"]
    sizes = []
    for code, feature in zip(codes, whole, strict=True):
        answer = get(ours.address + ONE + code)
        one = json.loads(answer.body)
        assert one.pop("links")
        assert one == feature, code
        sizes.append(len(answer.body))
    return int(statistics.median(sizes))


def points(count: int) -> list[str]:
    """Positions drawn over the mainland's box, as the end of an address."""
    rng = random.Random(20260131)
    return [
        f"?lon={rng.uniform(-4.5, 8):.6f}&lat={rng.uniform(42.5, 50.8):.6f}" for _ in range(count)
    ]


def point_size(ours: Server, asked: list[str]) -> int:
    """Median size of an answer to a look-up."""
    return int(statistics.median(len(get(ours.address + POINT + one).body) for one in asked))


def check_points(ours: Server, bare: Server, asked: list[str]) -> None:
    """Check that the service says of a point what the engine finds."""
    compared = 0
    for one in asked:
        found = json.loads(get(f"{bare.address}/metres{one}").body)
        for layer in json.loads(get(ours.address + POINT + one).body)["layers"]:
            name = layer["layer"]
            if name.startswith("qpv_") and layer["metres_to_limit"] is not None:
                assert layer["metres_to_limit"] == round(found[name], 1), (one, name)
                compared += 1
    assert compared > len(asked) // 2


def rate(server: Server, script: Path, coding: str, options: Any) -> dict[str, float]:
    """Requests a second, and milliseconds of the median and of the slowest hundredth, by wrk."""
    command = ["wrk", "-t", "1", "-c", str(options.connections), "-d", f"{options.seconds}s"]
    command += ["--latency", "--timeout", "30s", "-s", str(script)]
    if coding:
        command += ["-H", f"Accept-Encoding: {coding}"]
    done = subprocess.run([*command, server.address], capture_output=True, text=True, check=True)
    found = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    assert found is not None, done.stdout
    for bad in ("Non-2xx or 3xx", "Socket errors"):
        assert bad not in done.stdout, done.stdout
    tails = re.findall(r"(50|99)%\s+([\d.]+)(us|ms|s)", done.stdout)
    scale = {"us": 0.001, "ms": 1.0, "s": 1000.0}
    latency = {f"p{part}": float(value) * scale[unit] for part, value, unit in tails}
    return {"rate": float(found[1]), **latency}


def script(folder: Path, name: str, paths: list[str]) -> Path:
    """A script for wrk that asks for these one after the other, again and again."""
    (folder / f"{name}.txt").write_text("\n".join(paths) + "\n")
    path = folder / f"{name}.lua"
    path.write_text(_ASK % (folder / f"{name}.txt"))
    return path


def compared(case: Case, ours: Server, turn: int, options: Any) -> dict[str, float]:
    """Both sides of a case once, in alternate order from turn to turn."""
    sides = {"ours": (ours, case.ours), "theirs": (case.server, case.theirs)}
    order = list(sides) if turn % 2 == 0 else list(sides)[::-1]
    found = {side: rate(*sides[side], case.coding, options) for side in order}
    return {
        "ours": found["ours"]["rate"],
        "theirs": found["theirs"]["rate"],
        "p50": found["ours"]["p50"],
        "p99": found["ours"]["p99"],
    }


def all_cases(
    plain: Server, bare: Server, folder: Path, codes: list[str], asked: list[str], size: int
) -> list[Case]:
    """The lines of the table."""
    paths = {
        "all": [ALL],
        "one": [ONE + code for code in codes],
        "point": [POINT + one for one in asked],
        "all-plain": ["/all"],
        "all-gzip": ["/all.gzip"],
        "all-br": ["/all.br"],
        "one-bare": [f"/qpv/{code}" for code in codes],
        "point-bare": [f"/localiser{one}" for one in asked],
        "constant": ["/constant"],
    }
    s = {name: script(folder, name, wanted) for name, wanted in paths.items()}
    whole = f"{len(codes):,} QPV, {size / 1e6:.1f} MB"
    least, engine = "same bytes, plain WSGI", "bare Flask, same engine call"
    look, constant = s["point"], "bare Flask, constant bytes"
    return [
        Case(whole, least, 0.6, s["all"], plain, s["all-plain"]),
        Case(f"{whole}, gzip", least, 0.6, s["all"], plain, s["all-gzip"], "gzip"),
        Case(f"{whole}, brotli", least, 0.6, s["all"], plain, s["all-br"], "br"),
        Case("one feature", constant, 0.5, s["one"], bare, s["one-bare"]),
        Case("one look-up", engine, 0.5, look, bare, s["point-bare"]),
        Case("one look-up", constant, 0.0, look, bare, s["constant"]),
    ]


def main() -> None:
    parser = settings(__doc__, 5)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is needed: apt-get install wrk")
    module = "benchmarks.web_baselines"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bodies, log = folder / "bodies", folder / "log"
        bodies.mkdir()
        result = national(options, folder)
        facts = circumstances(result, options)
        asked = points(20_000)
        with service(result, options, log) as ours:
            ours.settle()
            codes = checked_collection(ours, bodies)
            sizes = checked_features(ours, codes), point_size(ours, asked[:100])
            bare_flask = f"{module}:flask({sizes[0]}, {sizes[1]}, {str(result.resolve())!r})"
            with (
                baseline(f"{module}:plain({str(bodies)!r})", options, log) as plain,
                baseline(bare_flask, options, log) as bare,
            ):
                check_points(ours, bare, asked[:100])
                size = (bodies / "all").stat().st_size
                cases = all_cases(plain, bare, folder, codes, asked, size)
                runs = [
                    [compared(case, ours, turn, options) for case in cases]
                    for turn in range(-1, options.rounds)  # the first warms up
                ][1:]
    report(facts, cases, runs, options.json)


def report(
    facts: dict[str, Any], cases: list[Case], runs: list[list[dict[str, float]]], file: Path | None
) -> None:
    """Print the table, and write the figures."""
    print(told(facts) + "\n")
    print("| request | requests/s | p50 ms | p99 ms | against | requests/s | ratio | reach |")
    print("|---|---|---|---|---|---|---|---|")
    figures = []
    for case, rounds in zip(cases, zip(*runs, strict=True), strict=True):
        middle = {name: statistics.median(run[name] for run in rounds) for name in rounds[0]}
        ratio = statistics.median(run["ours"] / run["theirs"] for run in rounds)
        aim = f"{case.reach:.0%}" if case.reach else "–"
        print(
            f"| {case.name} | {middle['ours']:,.0f} | {middle['p50']:.1f} | {middle['p99']:.1f} "
            f"| {case.against} | {middle['theirs']:,.0f} | **{ratio:.0%}** | {aim} |"
        )
        said = {"request": case.name, "against": case.against, "reach": case.reach or None}
        figures.append({**said, **middle, "ratio": ratio, "runs": rounds})
    if file is not None:
        content = {"circumstances": facts, "figures": figures}
        file.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
