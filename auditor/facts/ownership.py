"""Objects of a cluster in, those that say something of their own out: pods like their template are judged there.

A pod that admission, an injector or an ephemeral container made another than its template runs as it is, so it is
judged as it is; of several that differ from one template in the same way, the first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from auditor.facts.templates import TEMPLATE_PATHS, at
from auditor.kube.digests import digest
from auditor.model.inventory import Resource

TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
"""Where the ServiceAccount admission plugin mounts the token (plugin/pkg/admission/serviceaccount/admission.go)."""
_TOKEN_VOLUME = "kube-api-access-"
_SET_BY_SERVER = frozenset(
    {
        "nodeName",
        "serviceAccount",
        "serviceAccountName",
        "tolerations",
        "priority",
        "preemptionPolicy",
        "enableServiceLinks",
        "imagePullSecrets",
        "hostname",
        "subdomain",
        "affinity",
        "overhead",
        "schedulerName",
        "volumes",
        "nodeSelector",
        "schedulingGates",
        "resourceClaims",
    }
)
"""Fields of a pod's spec that controllers, admission plugins of Kubernetes' own and the scheduler fill in; of these,
account and volumes are looked at on their own."""
_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
_PROFILES = ("container.apparmor.security.beta.kubernetes.io/", "seccomp.security.alpha.kubernetes.io/")
_STATIC = "kubernetes.io/config.mirror"
_OWNED = ("ReplicaSet", "Job")
_NEVER_OWN = frozenset({"rbac.authorization.k8s.io", "networking.k8s.io", "observed.kubeplumb.dev"})


class Difference(NamedTuple):
    """A pod that runs otherwise than its template says: what owns it, in what it differs, how many more are alike."""

    owner: str
    parts: tuple[str, ...]


@dataclass(slots=True)
class _Owner:
    resource: Resource
    parent: str
    raw: Resource
    core: Any = None
    raw_core: Any = None


@dataclass(slots=True)
class Owners:
    """Workloads by uid, and the pods that differ from them."""

    known: dict[str, _Owner] = field(default_factory=dict)
    differing: dict[tuple[str, str], Resource] = field(default_factory=dict)
    differences: dict[str, Difference] = field(default_factory=dict)
    """By the pod's printed name."""
    alike: dict[str, int] = field(default_factory=dict)
    """How many more pods differ in the same way, by the printed name of the one that is judged."""

    def own_word(self, resource: Resource, raw: Resource | None = None) -> bool:
        """Whether an object has to be judged on its own, as far as can be told by now.

        Owners have to come before the ReplicaSets, Jobs and pods that they own; `settled` tells the rest. `raw` is the
        object before redaction, to compare pods with before theirs.
        """
        kind, metadata = resource.ref.kind, resource.manifest.get("metadata") or {}
        parent, uid = _controller(metadata), str(metadata.get("uid", ""))
        if kind == "Pod" and resource.ref.group == "":
            return self._pod(resource, metadata, parent)
        if uid and resource.ref.group not in _NEVER_OWN:
            self.known[uid] = _Owner(resource, parent, raw or resource)
        return kind not in _OWNED or parent not in self.known

    def settled(self, resources: Iterable[Resource]) -> list[Resource]:
        """Those of some resources that are not judged at a workload that owns them."""
        return [one for one in resources if one.ref.kind not in TEMPLATE_PATHS or not self._is_owned(one)]

    def same_as_template(self, pod: Resource) -> bool:
        """Whether a pod, before its redaction, is what its template says, so that nothing else is to be asked of it."""
        metadata = pod.manifest.get("metadata") or {}
        owner = self._root(_controller(metadata))
        if owner is None or _STATIC in (metadata.get("annotations") or {}):
            return False
        if owner.raw_core is None:
            owner.raw_core = _core(_template(owner.raw))
        return bool(_core(pod.manifest) == owner.raw_core)

    def _is_owned(self, resource: Resource) -> bool:
        if resource.ref.kind == "Pod":
            return False  # told when it came
        return self._root(_controller(resource.manifest.get("metadata") or {})) is not None

    def _pod(self, pod: Resource, metadata: Mapping[str, Any], parent: str) -> bool:
        owner = self._root(parent)
        if owner is None or _STATIC in (metadata.get("annotations") or {}):
            return True
        if owner.core is None:
            owner.core = _core(_template(owner.resource))
        core = _core(pod.manifest)
        if core == owner.core:
            return False
        key = f"{owner.resource.ref}", digest(core)
        first = self.differing.setdefault(key, pod)
        if first is not pod:
            self.alike[str(first.ref)] = self.alike.get(str(first.ref), 0) + 1
            return False
        self.differences[str(pod.ref)] = Difference(str(owner.resource.ref), _parts(owner.core, core))
        return True

    def _root(self, uid: str) -> _Owner | None:
        """The uppermost known owner that has a pod template."""
        found, seen = None, set[str]()
        while uid in self.known and uid not in seen:
            seen.add(uid)
            owner = self.known[uid]
            if _template(owner.resource) is not None:
                found = owner
            uid = owner.parent
        return found


def _controller(metadata: Mapping[str, Any]) -> str:
    for reference in metadata.get("ownerReferences") or ():
        if isinstance(reference, dict) and reference.get("controller"):
            return str(reference.get("uid", ""))
    return ""


def _template(resource: Resource) -> Any:
    """Its pod template, or None; a custom resource's is at `spec.template` where it owns pods at all."""
    path = TEMPLATE_PATHS.get(resource.ref.kind, ("spec", "template"))
    template = at(resource.manifest, path)
    return template if isinstance(template, dict) and isinstance(template.get("spec"), dict) else None


def _core(pod: Any) -> dict[str, Any]:
    """What of a pod or template matters: its spec without what is filled in, and the annotations that are settings."""
    spec = pod.get("spec") or {}
    core = {key: value for key, value in spec.items() if key not in _SET_BY_SERVER and value not in ({}, [], None)}
    for key in _CONTAINERS:
        if key in core:
            core[key] = [_without_token(item) for item in core[key] if isinstance(item, dict)]
    core["account"] = spec.get("serviceAccountName") or "default"
    core["volumes"] = [
        volume
        for volume in spec.get("volumes") or ()
        if not str(volume.get("name", "")).startswith(_TOKEN_VOLUME) and "persistentVolumeClaim" not in volume
    ]
    annotations = (pod.get("metadata") or {}).get("annotations") or {}
    core["profiles"] = {key: value for key, value in annotations.items() if key.startswith(_PROFILES)}
    return core


def _without_token(container: Mapping[str, Any]) -> Mapping[str, Any]:
    mounts = container.get("volumeMounts")
    if not mounts or mounts[-1].get("mountPath") != TOKEN_PATH:
        return container
    shorter = {**container, "volumeMounts": mounts[:-1]}
    if len(mounts) == 1:
        del shorter["volumeMounts"]
    return shorter


def _parts(template: Mapping[str, Any], pod: Mapping[str, Any]) -> tuple[str, ...]:
    """In what a pod differs: containers by name, else fields of its spec."""
    parts: list[str] = []
    for key in sorted({*template, *pod}):
        ours, theirs = template.get(key) or [], pod.get(key) or []
        if ours == theirs:
            continue
        if key not in _CONTAINERS:
            parts.append(key)
            continue
        known = {item.get("name"): item for item in ours}
        for item in theirs:
            name = item.get("name")
            if name not in known:
                parts.append(f"container {name} was added")
            elif known[name] != item:
                fields = sorted(field for field in {*known[name], *item} if known[name].get(field) != item.get(field))
                parts.append(f"container {name}: {', '.join(fields)}")
        present = {item.get("name") for item in theirs}
        parts += [f"container {name} was removed" for name in known if name not in present]
    return tuple(parts)
