"""A manifest in, the pod templates inside it out: by kind where Kubernetes defines it, by shape in custom resources."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from auditor.facts.objects.decode import POD_TEMPLATE, WrongType, decode_as
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

CUSTOM_TEMPLATE_PATHS: Mapping[tuple[str, str], Path] = {
    ("apps.openshift.io", "DeploymentConfig"): ("spec", "template"),
    ("", "DeploymentConfig"): ("spec", "template"),
}
"""The same by group and kind for custom resources whose template need name no image: OpenShift's image triggers fill it
in (github.com/openshift/api apps/v1 types.go; legacy.go for the kind without a group)."""

EMBEDDED = "*/PodTemplateSpec"
"""Stands among the kinds that a subject reads for all custom resources that embed a pod template."""

WORKLOAD_KINDS = (*TEMPLATE_PATHS, "DeploymentConfig.apps.openshift.io", EMBEDDED)
"""What workloads are made of."""

BUILT_IN_GROUPS = frozenset({"", "apps", "batch", "extensions"})
"""API groups of Kubernetes' own workload kinds, over all versions."""

NEVER = frozenset({"CustomResourceDefinition", "ConfigMap", "Secret", "List"})
"""Kinds whose content may look like a pod template and is none."""

_MAX_DEPTH = 12


def templates(kind: str, group: str, manifest: Mapping[str, Any], *, embedded: bool = True) -> Iterator[Path]:
    """Paths of the pod templates of an object: mappings that hold a pod's `metadata` and `spec`.

    `embedded` is false of custom resources that surely embed none, as they have no field `containers` at all.
    """
    known = CUSTOM_TEMPLATE_PATHS.get((group, kind))
    if known is not None and isinstance(at(manifest, known), dict):
        yield known
        return
    if group in BUILT_IN_GROUPS:
        path = TEMPLATE_PATHS.get(kind)
        if path is not None:
            yield path
        return
    if not embedded or kind in NEVER or group.endswith(".k8s.io"):
        return
    if _is_template(manifest):
        yield ()
        return
    spec = manifest.get("spec")
    if isinstance(spec, dict):
        found: list[Path] = []
        _search(spec, ("spec",), found)
        yield from found


def _search(node: dict[str, Any] | list[Any], path: Path, found: list[Path]) -> None:
    """Adds the paths of templates; lists inside of lists are passed over."""
    children: list[tuple[str | int, Any]]
    if isinstance(node, dict):
        if "spec" in node and _is_template(node):
            found.append(path)
            return
        children = [(key, child) for key, child in node.items() if isinstance(child, dict | list)]
    else:
        children = [(index, child) for index, child in enumerate(node) if isinstance(child, dict)]
    if len(path) <= _MAX_DEPTH:
        for step, child in children:
            _search(child, (*path, step), found)


def _is_template(node: Mapping[str, Any]) -> bool:
    """A template has a `spec` with `containers`, of which one at least names an image."""
    spec = node.get("spec")
    if not isinstance(spec, dict):
        return False
    containers = spec.get("containers")
    if not isinstance(containers, list) or not containers:
        return False
    return any(isinstance(item, dict) and "image" in item for item in containers)


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


def decode_embedded(manifest: dict[str, Any], paths: Iterable[Path]) -> tuple[dict[str, Any], list[WrongType]]:
    """A custom resource with its pod templates decoded as Kubernetes' own, and what in them has a wrong type."""
    wrong: list[WrongType] = []
    for path in paths:
        template = at(manifest, path)
        if not isinstance(template, dict):
            continue
        decoded = decode_as(POD_TEMPLATE, {key: template[key] for key in ("metadata", "spec") if key in template})
        wrong += [WrongType((*path, *item.path), item.expected, item.found) for item in decoded.wrong]
        manifest = replaced(manifest, path, {**template, "metadata": {}, "spec": {}, **decoded.value})
    return manifest, wrong


def replaced(node: Any, path: Path, value: Any) -> Any:
    """A copy of a tree with another value at a path that it has; everything beside the path is shared."""
    if not path:
        return value
    copy: Any = dict(node) if isinstance(node, dict) else list(node)
    copy[path[0]] = replaced(node[path[0]], path[1:], value)
    return copy
