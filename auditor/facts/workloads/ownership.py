"""Objects of a cluster in, those that say something of their own out: pods like their template are judged there.

A pod that admission, an injector or an ephemeral container made another than its template runs as it is, so it is
judged as it is; of several that differ from one template in the same way, the first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from auditor.facts.workloads.templates import BUILT_IN_GROUPS, TEMPLATE_PATHS, at
from auditor.kube.digests import canonical, digest
from auditor.kube.pod_annotations import MIRROR, PROFILES
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
        "topologySpreadConstraints",
        "priorityClassName",
    }
)
"""Fields of a pod's spec that controllers, admission plugins of Kubernetes' own and the scheduler fill in; of these,
account, volumes and the priority classes of Kubernetes' own are looked at on their own."""
_DEFAULTS: Mapping[str, tuple[Any, ...]] = {
    "restartPolicy": ("Always",),
    "dnsPolicy": ("ClusterFirst",),
    "terminationGracePeriodSeconds": (30,),
    "terminationMessagePath": ("/dev/termination-log",),
    "terminationMessagePolicy": ("File",),
    "imagePullPolicy": ("Always", "IfNotPresent"),
    "protocol": ("TCP",),
    "scheme": ("HTTP",),
    "timeoutSeconds": (1,),
    "periodSeconds": (10,),
    "successThreshold": (1,),
    "failureThreshold": (3,),
    "defaultMode": (420,),
    "apiVersion": ("v1",),
    "type": ("",),
}
"""What the API server adds to a pod, and not to a template in a custom resource (pkg/apis/core/v1/defaults.go)."""
_MADE_BY = {("ReplicaSet", "Deployment"), ("Job", "CronJob"), ("ReplicationController", "DeploymentConfig")}
"""What a controller makes of a template, anew for each revision: older ones are not what will run."""
_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
_INDEX = "JOB_COMPLETION_INDEX"
"""A variable that the Job controller appends (pkg/controller/job/indexed_job_utils.go)."""


class Difference(NamedTuple):
    """A pod that runs otherwise than its template says: what owns it, in what it differs, how many more are alike."""

    owner: str
    parts: tuple[str, ...]


@dataclass(slots=True)
class _Owner:
    resource: Resource
    parent: str
    judged: bool
    raw: Resource
    """The same before its redaction, to compare pods with before theirs."""
    core: Any = None
    raw_core: Any = None

    def speaks_for(self, core: Mapping[str, Any]) -> bool:
        """Whether something that runs is what the template says."""
        if self.core is None:
            self.core = _core(_template(self.resource))
        return self._alike(self.core, core)

    def speaks_for_raw(self, core: Mapping[str, Any]) -> bool:
        if self.raw_core is None:
            self.raw_core = _core(_template(self.raw))
        return self._alike(self.raw_core, core)

    def _alike(self, ours: Any, theirs: Any) -> bool:
        return bool(ours == theirs) if self.resource.ref.group in BUILT_IN_GROUPS else _follows(ours, theirs)


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

        Owners have to come before pods; `settled` tells of all others where they did not. `raw` is the object before
        redaction.
        """
        ref, metadata = resource.ref, _mapping(resource.manifest.get("metadata"))
        built_in = ref.group in BUILT_IN_GROUPS
        if ref.kind == "Pod" and built_in:
            return self._pod(resource, metadata, _controller(metadata))
        if (built_in and ref.kind not in TEMPLATE_PATHS) or ref.group.endswith(".k8s.io"):
            return True
        parent = _controller(metadata)
        judged = not self._stands_for(self._root(parent), resource)
        uid = metadata.get("uid")
        if isinstance(uid, str) and uid:
            self.known[uid] = _Owner(resource, parent, judged, raw or resource)
        return judged

    def settled(self, resources: Iterable[Resource]) -> list[Resource]:
        """Those of some resources that are judged on their own, now that all that may own them is known."""
        late = {uid: owner for uid, owner in self.known.items() if owner.judged and owner.parent in self.known}
        for uid, owner in sorted(late.items(), key=lambda item: item[1].resource.ref):
            owner.judged = not self._stands_for(self._root(owner.parent, uid), owner.resource)
        gone = {id(owner.resource) for owner in late.values() if not owner.judged}
        return [one for one in resources if id(one) not in gone]

    def same_as_template(self, pod: Resource) -> bool:
        """Whether a pod, before its redaction, is what its template says, so that nothing else is to be asked of it."""
        metadata = _mapping(pod.manifest.get("metadata"))
        owner = self._root(_controller(metadata))
        if owner is None or MIRROR in _mapping(metadata.get("annotations")):
            return False
        return owner.speaks_for_raw(_core(pod.manifest))

    def _stands_for(self, owner: _Owner | None, resource: Resource) -> bool:
        """Whether an owner is judged for what it made: as its template says, or of a revision that is over."""
        template = _template(resource)
        if owner is None or template is None:
            return False
        made = (resource.ref.kind, owner.resource.ref.kind) in _MADE_BY
        idle = resource.ref.kind == "ReplicaSet" and at(resource.manifest, ("spec", "replicas")) == 0
        return made or idle or owner.speaks_for(_core(template))

    def _pod(self, pod: Resource, metadata: Mapping[str, Any], parent: str) -> bool:
        owner = self._root(parent)
        if owner is None or MIRROR in _mapping(metadata.get("annotations")):
            return True
        core = _core(pod.manifest)
        if owner.speaks_for(core):
            return False
        key = f"{owner.resource.ref}", digest(canonical(core))
        first = self.differing.setdefault(key, pod)
        if first is not pod:
            self.alike[str(first.ref)] = self.alike.get(str(first.ref), 0) + 1
            return False
        self.differences[str(pod.ref)] = Difference(str(owner.resource.ref), _parts(owner.core, core))
        return True

    def _root(self, uid: str, owned: str = "") -> _Owner | None:
        """The nearest owner with a pod template that is judged on its own; in a circle nobody owns itself."""
        seen = {owned}
        while uid in self.known and uid not in seen:
            seen.add(uid)
            owner = self.known[uid]
            if owner.judged and _template(owner.resource) is not None:
                return owner
            uid = owner.parent
        return None


def _mapping(value: Any) -> Mapping[str, Any]:
    """A mapping as it is; custom resources and damaged snapshots may hold anything in its place."""
    return value if isinstance(value, dict) else {}


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _controller(metadata: Mapping[str, Any]) -> str:
    for reference in _items(metadata.get("ownerReferences")):
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
    spec = _mapping(pod.get("spec"))
    core = {key: value for key, value in spec.items() if key not in _SET_BY_SERVER and (value or _says(value))}
    for key in _CONTAINERS:
        if key in core:
            host = spec.get("hostNetwork") is True
            core[key] = [_as_written(item, host=host) for item in _items(core[key]) if isinstance(item, dict)]
    core["account"] = spec.get("serviceAccountName") or "default"
    core["volumes"] = [volume for volume in _items(spec.get("volumes")) if not _is_filled_in(volume)]
    priority = spec.get("priorityClassName")
    if isinstance(priority, str) and priority.startswith("system-"):
        core["priorityClassName"] = priority
    annotations = _mapping(_mapping(pod.get("metadata")).get("annotations"))
    core["profiles"] = {key: value for key, value in annotations.items() if key.startswith(PROFILES)}
    return core


def _is_filled_in(volume: Any) -> bool:
    """The volume of an account's token, or a claim of a StatefulSet."""
    token = isinstance(volume, dict) and "projected" in volume and str(volume.get("name")).startswith(_TOKEN_VOLUME)
    return token or (isinstance(volume, dict) and "persistentVolumeClaim" in volume)


def _as_written(container: Mapping[str, Any], *, host: bool) -> Mapping[str, Any]:
    """A container without the mount of the token, the index of its Job, and what is empty.

    Pods have defaults that templates lack: requests are limits, and ports those of a `host` network (SetDefaults_Pod in
    pkg/apis/core/v1/defaults.go).
    """
    shorter = {key: value for key, value in container.items() if value or _says(value)}
    mounts, variables = _items(container.get("volumeMounts")), _items(container.get("env"))
    if mounts and _mapping(mounts[-1]).get("mountPath") == TOKEN_PATH:
        shorter["volumeMounts"] = mounts[:-1]
    if variables and _mapping(variables[-1]).get("name") == _INDEX:
        shorter["env"] = variables[:-1]
    resources = _mapping(container.get("resources"))
    limits = resources.get("limits")
    if limits and isinstance(limits, dict):
        shorter["resources"] = {**resources, "requests": {**limits, **_mapping(resources.get("requests"))}}
    if host:
        ports = [item for item in _items(container.get("ports")) if isinstance(item, dict)]
        shorter["ports"] = [{"hostPort": item.get("containerPort"), **item} for item in ports]
    for key in ("volumeMounts", "env", "ports"):
        if shorter.get(key) == []:
            del shorter[key]
    return shorter


def _says(value: Any) -> bool:
    """Whether a value that is not true says something, as `false`, 0 and an empty text do."""
    return value is not None and not isinstance(value, (dict, list))


def _follows(said: Any, runs: Any) -> bool:
    """Whether what runs is what a template says, and beside it nothing but defaults."""
    if isinstance(said, dict) and isinstance(runs, dict):
        added = all(runs[key] in _DEFAULTS.get(key, ()) for key in runs if key not in said)
        return added and all(key in runs and _follows(value, runs[key]) for key, value in said.items())
    if isinstance(said, list) and isinstance(runs, list):
        return len(said) == len(runs) and all(map(_follows, said, runs))
    return bool(said == runs)


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
        known = {str(item.get("name")): item for item in ours}
        present = {str(item.get("name")): item for item in theirs}
        for name, item in present.items():
            if name not in known:
                parts.append(f"container {name} was added")
            elif known[name] != item:
                fields = sorted(field for field in {*known[name], *item} if known[name].get(field) != item.get(field))
                parts.append(f"container {name}: {', '.join(fields)}")
        parts += [f"container {name} was removed" for name in known if name not in present]
    return tuple(parts)
