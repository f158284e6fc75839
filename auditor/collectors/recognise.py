"""A file's name or a parsed document in, what it is out: a Kubernetes object, or which other kind of file."""

import os
from collections.abc import Mapping
from typing import Any

KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")

_BY_NAME: Mapping[str, str] = {
    "kustomization.yaml": "kustomization",
    "kustomization.yml": "kustomization",
    "Chart.yaml": "Helm chart",
    "Chart.lock": "Helm chart",
    "requirements.yaml": "Helm chart",
    "values.yaml": "Helm values",
    "values.yml": "Helm values",
    "values.schema.json": "JSON schema",
    "docker-compose.yml": "Compose file",
    "docker-compose.yaml": "Compose file",
    "compose.yml": "Compose file",
    "compose.yaml": "Compose file",
    "package.json": "package manifest",
    "package-lock.json": "package manifest",
    "tsconfig.json": "package manifest",
    "skaffold.yaml": "Skaffold configuration",
    ".gitlab-ci.yml": "CI configuration",
    ".travis.yml": "CI configuration",
    "azure-pipelines.yml": "CI configuration",
    "cloudbuild.yaml": "CI configuration",
    ".pre-commit-config.yaml": "tool configuration",
    "mkdocs.yml": "tool configuration",
    ".kubeplumb.yaml": "kubeplumb configuration",
}

_BY_FOLDER = (
    ("/.github/workflows/", "GitHub workflow"),
    ("/.github/", "GitHub configuration"),
    ("/.circleci/", "CI configuration"),
    ("/.tekton/", ""),
)

_BY_KEYS: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"schema", "processes", "views"}), "node bundle (read when named)"),
    (frozenset({"jobs", "on"}), "GitHub workflow"),
    (frozenset({"jobs", "true"}), "GitHub workflow"),
    (frozenset({"runs", "inputs"}), "GitHub action"),
    (frozenset({"services", "version"}), "Compose file"),
    (frozenset({"services", "networks"}), "Compose file"),
    (frozenset({"services", "volumes"}), "Compose file"),
    (frozenset({"groups"}), "alert rules"),
    (frozenset({"stages"}), "CI configuration"),
    (frozenset({"openapi"}), "OpenAPI document"),
    (frozenset({"swagger"}), "OpenAPI document"),
    (frozenset({"$schema"}), "JSON schema"),
    (frozenset({"panels"}), "dashboard"),
)


def by_name(name: str) -> str:
    """What a file is by its name alone, or empty; it is parsed all the same, so that breakage is noticed."""
    base = os.path.basename(name)
    known = _BY_NAME.get(base)
    if known:
        return known
    if base.startswith("values") and base.endswith((".yaml", ".yml")):
        return "Helm values"
    slashed = f"/{name}"
    if "/." not in slashed:  # as all these folders are called
        return ""
    return next((what for folder, what in _BY_FOLDER if folder in slashed), "")


def is_object(value: Any) -> bool:
    """Whether a document is a Kubernetes object: a mapping with `apiVersion` and `kind` as texts."""
    if not isinstance(value, dict):
        return False
    version, kind = value.get("apiVersion"), value.get("kind")
    return isinstance(version, str) and isinstance(kind, str) and version != "" and kind != ""


def by_content(value: Any) -> str:
    """What a parsed document is that is no Kubernetes object."""
    if not isinstance(value, dict):
        return "other YAML or JSON"
    keys = set(value)
    return next((what for wanted, what in _BY_KEYS if wanted <= keys), "other YAML or JSON")


def looks_broken(value: Any) -> bool:
    """Whether a mapping was meant to be an object and lacks one of the two words that say so."""
    if not isinstance(value, dict):
        return False
    has_kind, has_version = bool(value.get("kind")), bool(value.get("apiVersion"))
    return has_kind != has_version and ("metadata" in value or "spec" in value)


def may_be_object(text: str) -> bool:
    """Whether a text has both words that make a document of Kubernetes, whatever its file is called."""
    return "apiVersion" in text and "kind" in text
