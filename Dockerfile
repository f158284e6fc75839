# kubeplumb as an image: no network, no root and no writable root file system are needed to run it.
#
# The base is named by a tag, for people, and pinned by a digest, which you look up and give: builds without one fail.
#   docker buildx imagetools inspect python:3.13-slim-trixie      prints the digest of the index as `Digest:`
#   docker build --build-arg PYTHON_DIGEST=sha256:... -t registry.example/kubeplumb:0.1.0 .
ARG PYTHON_DIGEST

FROM python:3.13-slim-trixie@${PYTHON_DIGEST} AS build
WORKDIR /src
COPY requirements/run.txt requirements/
RUN python -m venv /opt/kubeplumb \
    && /opt/kubeplumb/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements/run.txt
COPY pyproject.toml README.md LICENSE ./
COPY auditor auditor
COPY rules rules
COPY reports/templates reports/templates
COPY tests/fixtures/rules tests/fixtures/rules
RUN /opt/kubeplumb/bin/pip wheel --no-index --no-deps --no-build-isolation -w /wheels . \
    && /opt/kubeplumb/bin/pip install --no-index --no-deps /wheels/*.whl \
    && /opt/kubeplumb/bin/pip uninstall --yes hatchling editables pip

FROM python:3.13-slim-trixie@${PYTHON_DIGEST}
COPY --from=build /opt/kubeplumb /opt/kubeplumb
# The user has no entry in /etc/passwd and no home; temporary files are all that is written beside the reports.
ENV PATH=/opt/kubeplumb/bin:$PATH HOME=/tmp PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
ENTRYPOINT ["kubeplumb"]
