# syntax=docker/dockerfile:1
# Portside in a container: docs/deploying.md. Everything is installed from the lock file, by its hashes.
ARG PYTHON=3.11-slim-bookworm

FROM python:${PYTHON} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/portside
WORKDIR /app
# The packages change less often than the sources: they are a layer of their own.
COPY requirements/run.txt requirements/build.txt requirements/
RUN /opt/portside/bin/pip install --require-hashes -r requirements/run.txt
COPY setup.cfg pyproject.toml README.md LICENSE wsgi.py ./
COPY src src
COPY migrations migrations
# Editable, since the migrations are looked for beside the sources; setuptools is only needed for this.
RUN /opt/portside/bin/pip install --require-hashes -r requirements/build.txt \
    && /opt/portside/bin/pip install --no-deps --no-build-isolation --no-index --editable . \
    && /opt/portside/bin/pip uninstall --yes setuptools \
    && /opt/portside/bin/python -m compileall -q src

FROM python:${PYTHON}
ENV PATH=/opt/portside/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PORTSIDE_INSTANCE=/var/lib/portside
RUN useradd --system --uid 10001 --no-create-home --home-dir /var/lib/portside portside \
    && install --directory --owner=portside --group=portside --mode=0700 /var/lib/portside
COPY --from=build /opt/portside /opt/portside
COPY --from=build /app /app
USER 10001
WORKDIR /var/lib/portside
EXPOSE 5000
# The process, not what it depends on: a database that is away is no reason to end it.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:5000/healthz', timeout=4)"]
CMD ["portside", "serve", "--host", "0.0.0.0", "--port", "5000"]
