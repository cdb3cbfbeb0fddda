# Two commands on a fresh machine: `make run` and `make test`.

# The first Python that starts and is new enough; name another one with `make run PYTHON=…`.
PYTHON ?= $(shell for p in python3.12 python3.13 python3.11 python3.14 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
RESULT ?= var/exemple.gpkg
PORT ?= 8000

.PHONY: run test check bench docs setup system lock docker-replay clean

setup: $(READY)

$(READY): requirements/dev.lock pyproject.toml package-lock.json tools/fetch_assets.py tools/build_hook.py
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed (make run PYTHON=/path/to/python)."; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	$(BIN)/python tools/fetch_assets.py
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run: setup
	@mkdir -p $(dir $(RESULT))
	$(BIN)/geo-service build data/sample/study.toml --out $(RESULT)
	$(BIN)/geo-service serve $(RESULT) --host 127.0.0.1 --port $(PORT)

# What tests use besides Python: a browser and GIS clients, installed where that is allowed (root with
# apt); elsewhere the tests that need them skip by name.
SYSTEM := chromium fonts-dejavu-core gdal-bin python3-qgis
system:
	@{ command -v chromium && command -v ogrinfo && /usr/bin/python3 -c 'import qgis'; } >/dev/null 2>&1 || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	    (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(SYSTEM)) >/dev/null \
	      || echo "$(SYSTEM) could not be installed: tests that need them will skip."; \
	  else echo "$(SYSTEM) may not be installed here: tests that need them will skip."; fi; }

test: setup system
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(PYTEST_ARGS)

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python tools/audit.py

# Replays the steps of the Dockerfile in a clean environment, where no Docker engine runs.
docker-replay: setup
	$(BIN)/python tools/replay_dockerfile.py

bench: setup
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/bench.lock
	$(BIN)/python -m benchmarks

docs: setup
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/docs.lock
	$(BIN)/python -m mkdocs build --strict

# Pinned with hashes and without download addresses. Resolve on the oldest Python supported:
# `make lock VENV=.venv311 PYTHON=python3.11`.
LOCK := pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links \
	--no-emit-trusted-host --strip-extras --allow-unsafe
lock:
	$(BIN)/$(LOCK) --extra dev -o requirements/dev.lock pyproject.toml
	$(BIN)/$(LOCK) -c requirements/dev.lock -o requirements/run.lock pyproject.toml
	$(BIN)/$(LOCK) -c requirements/dev.lock -o requirements/build.lock requirements/build.in
	$(BIN)/$(LOCK) -c requirements/dev.lock --extra bench -o requirements/bench.lock pyproject.toml
	$(BIN)/$(LOCK) -c requirements/dev.lock --extra docs -o requirements/docs.lock pyproject.toml

clean:
	rm -rf $(VENV) build dist site var node_modules geo_service/vendor
