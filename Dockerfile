# Crosswalk in one image: packages by hash from the locks, an account without rights, no secrets inside.

FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /source
COPY requirements.lock requirements-dev.lock ./
RUN python -m venv /opt/crosswalk \
    && /opt/crosswalk/bin/python -m pip install --require-hashes -r requirements.lock
RUN python -m venv /opt/build \
    && /opt/build/bin/python -m pip install --require-hashes -r requirements-dev.lock
COPY pyproject.toml README.md LICENSE ./
COPY adapters adapters
COPY consent consent
COPY gateway gateway
COPY mappings mappings
RUN /opt/build/bin/python -m pip wheel --no-deps --no-index --no-build-isolation --wheel-dir /opt/wheel . \
    && /opt/crosswalk/bin/python -m pip install --no-deps --no-index /opt/wheel/*.whl

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/crosswalk crosswalk \
    && install -d -o crosswalk -g crosswalk -m 0750 /var/lib/crosswalk /var/lib/crosswalk-key
COPY --from=build /opt/crosswalk /opt/crosswalk
ENV PATH=/opt/crosswalk/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CROSSWALK_HOST=0.0.0.0 \
    CROSSWALK_DATA=/var/lib/crosswalk \
    CROSSWALK_KEY_FILE=/var/lib/crosswalk-key/key
USER 10001
VOLUME ["/var/lib/crosswalk", "/var/lib/crosswalk-key"]
EXPOSE 8080 2575
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/livez', timeout=2)"]
ENTRYPOINT ["crosswalk"]
CMD ["serve"]
