# Image of geo_service. Build and use: docs/install.md.
# Its steps are replayed without Docker by tools/replay_dockerfile.py.

# ---- builder: the locked dependencies, the browser files, the wheel -------------------------
FROM python:3.12-slim AS builder

ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src

# What changes least comes first: these layers are reused while the locks stay.
COPY requirements/run.lock requirements/build.lock requirements/
RUN python -m venv --without-pip /opt/geo_service && \
    python -m pip --python /opt/geo_service/bin/python install --require-hashes -r requirements/run.lock
RUN python -m venv /opt/build && \
    /opt/build/bin/python -m pip install --require-hashes -r requirements/build.lock

COPY package.json package-lock.json .npmrc ./
COPY tools/fetch_assets.py tools/build_hook.py tools/
RUN /opt/build/bin/python tools/fetch_assets.py

COPY pyproject.toml README.md LICENSE ./
COPY data/ data/
COPY geo_service/ geo_service/
RUN /opt/build/bin/python -m pip wheel --no-deps --no-build-isolation --wheel-dir /opt/build/dist /src && \
    python -m pip --python /opt/geo_service/bin/python install --no-deps --no-index --find-links /opt/build/dist geo-service && \
    ln -s /opt/geo_service/lib/python3.12/site-packages/geo_service/data /opt/geo_service/data

# ---- runtime: Python, that environment, one unprivileged user ---------------------------------
FROM python:3.12-slim AS runtime

LABEL org.opencontainers.image.title="geo_service" \
      org.opencontainers.image.description="Who, in France, lives and works near coordinated care" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="docker.io/library/python:3.12-slim"

# The wheels of Fiona take libexpat from the system. The version is the distribution's, patched.
# hadolint ignore=DL3008
RUN apt-get update && \
    apt-get install -y --no-install-recommends libexpat1 && \
    rm -rf /var/lib/apt/lists/* && \
    useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/geo_service --shell /usr/sbin/nologin geo && \
    mkdir -p /var/lib/geo_service/cache /data && \
    chown -R 10001:10001 /var/lib/geo_service

COPY --from=builder /opt/geo_service /opt/geo_service

# Only /var/lib/geo_service and /tmp are written: the rest of the image may be read-only.
ENV PATH=/opt/geo_service/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/var/lib/geo_service \
    GEO_SERVICE_CACHE=/var/lib/geo_service/cache \
    NUMBA_CACHE_DIR=/var/lib/geo_service/cache/numba
WORKDIR /var/lib/geo_service
USER 10001:10001
VOLUME ["/var/lib/geo_service"]
EXPOSE 8000

HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "from urllib.request import ProxyHandler, build_opener; build_opener(ProxyHandler({})).open('http://127.0.0.1:8000/healthz', timeout=4)"]

# By default the embedded, fictitious sample. A result of one's own:
#   docker run -p 8000:8000 -v "$PWD/var:/data:ro" geo_service geo-service serve /data/result.gpkg --host 0.0.0.0
CMD ["sh", "-c", "geo-service build /opt/geo_service/data/sample/study.toml --out /var/lib/geo_service/exemple.gpkg && exec geo-service serve /var/lib/geo_service/exemple.gpkg --host 0.0.0.0 --port 8000"]
