"""Kustomization files in, the files they name as patches or generator inputs out: fragments, counted and not judged."""

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_PLAIN_LISTS = ("patchesStrategicMerge", "transformers", "generators", "configurations", "validators")
_PATH_LISTS = ("patches", "patchesJson6902", "replacements")
_GENERATORS = ("configMapGenerator", "secretGenerator")


def fragment_paths(kustomization: Mapping[str, Any], folder: str) -> Iterator[str]:
    """Normalised paths of the files that are no objects of their own (kustomize api/types/kustomization.go)."""
    for entry in _entries(kustomization):
        if isinstance(entry, str) and entry and "\n" not in entry and "://" not in entry:
            yield os.path.normpath(os.path.join(folder, entry))


def _entries(kustomization: Mapping[str, Any]) -> Iterator[Any]:
    for key in _PLAIN_LISTS:
        yield from _list(kustomization.get(key))
    for key in _PATH_LISTS:
        for item in _list(kustomization.get(key)):
            if isinstance(item, dict):
                yield item.get("path")
    yield from _generator_inputs(kustomization)
    for item in _list(kustomization.get("helmCharts")):
        if isinstance(item, dict):
            yield item.get("valuesFile")
            yield from _list(item.get("additionalValuesFiles"))
    openapi = kustomization.get("openapi")
    if isinstance(openapi, dict):
        yield openapi.get("path")


def _generator_inputs(kustomization: Mapping[str, Any]) -> Iterator[Any]:
    """Files of generators, which may stand behind a key: `config.yaml=files/app.yaml`."""
    for key in _GENERATORS:
        for item in _list(kustomization.get(key)):
            if isinstance(item, dict):
                for name in (*_list(item.get("files")), *_list(item.get("envs")), item.get("env")):
                    yield name.partition("=")[2] or name if isinstance(name, str) else None


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()
