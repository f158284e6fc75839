"""A manifest in, the pod templates inside it out: by kind where Kubernetes defines it, by shape in custom resources."""

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.model.refs import Path

TEMPLATE_PATHS: Mapping[str, Path] = {
    "Pod": (),
    "PodTemplate": ("template",),
    "ReplicationController": ("spec", "template"),
    "Deployment": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}
"""Where Kubernetes' own workload kinds keep their pod template (k8s.io/api core, apps and batch types)."""

BUILT_IN_GROUPS = frozenset({"", "apps", "batch", "extensions"})
"""API groups of Kubernetes' own workload kinds, over all versions."""

NEVER = frozenset({"CustomResourceDefinition", "ConfigMap", "Secret", "List"})
"""Kinds whose content may look like a pod template and is none."""

_MAX_DEPTH = 12


def templates(kind: str, group: str, manifest: Mapping[str, Any]) -> Iterator[Path]:
    """Paths of the pod templates of an object: mappings that hold a pod's `metadata` and `spec`."""
    if group in BUILT_IN_GROUPS:
        path = TEMPLATE_PATHS.get(kind)
        if path is not None:
            yield path
        return
    if kind in NEVER or group.endswith(".k8s.io"):
        return
    if _is_template(manifest):
        yield ()
        return
    spec = manifest.get("spec")
    if isinstance(spec, dict):
        yield from _search(spec, ("spec",), 0)


def _search(node: Any, path: Path, depth: int) -> Iterator[Path]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(node, dict):
        if _is_template(node):
            yield path
            return
        for key, child in node.items():
            if isinstance(child, dict | list) and child:
                yield from _search(child, (*path, key), depth + 1)
    elif isinstance(node, list):
        for index, child in enumerate(node):
            if isinstance(child, dict):
                yield from _search(child, (*path, index), depth + 1)


def _is_template(node: Mapping[str, Any]) -> bool:
    """A template has a `spec` whose `containers` are mappings of which one at least names an image."""
    spec = node.get("spec")
    if not isinstance(spec, dict):
        return False
    containers = spec.get("containers")
    if not isinstance(containers, list) or not containers:
        return False
    named = all(isinstance(item, dict) for item in containers)
    return named and any("image" in item for item in containers)


def at(manifest: Any, path: Path) -> Any:
    """What stands at a path of a manifest, or None."""
    node = manifest
    for step in path:
        if isinstance(step, str) and isinstance(node, dict):
            node = node.get(step)
        elif isinstance(step, int) and isinstance(node, list) and step < len(node):
            node = node[step]
        else:
            return None
    return node
