# The guide, with its model trained in. Runs as a user without rights, on a file system that it cannot write to.
FROM python:3.10-slim-bookworm AS build
ENV UV_PYTHON_PREFERENCE=only-system UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 RASA_TELEMETRY_ENABLED=false HOME=/tmp
WORKDIR /guide
# Both locks hold the digest of each file: another one under the same name is refused.
COPY deploy/uv.txt deploy/
RUN pip install --no-cache-dir --require-hashes -r deploy/uv.txt
COPY pyproject.toml uv.lock .python-version README.md LICENSE ./
RUN uv sync --frozen --no-dev
COPY . .
RUN .venv/bin/rasa train --fixed-model-name guide --skip-validation && rm -rf .cache .rasa && sh deploy/slim.sh .venv

FROM python:3.10-slim-bookworm
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin guide
COPY --from=build /guide /guide
WORKDIR /guide
ENV HOME=/tmp MPLCONFIGDIR=/tmp PYTHONDONTWRITEBYTECODE=1 \
    RASA_TELEMETRY_ENABLED=false HF_HUB_OFFLINE=1 TRANSFORMERS_OFFLINE=1 TF_CPP_MIN_LOG_LEVEL=3 \
    INTERFACE=0.0.0.0 LOG_FORMAT=json
USER 10001:10001
EXPOSE 5005
HEALTHCHECK --interval=5s --timeout=10s --start-period=120s --retries=6 \
    CMD [".venv/bin/python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:5005/health/model')"]
CMD [".venv/bin/python", "-m", "rashguide"]
