"""One decoded object in, its workload, container and image facts out."""

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.facts.components.command_lines import COMPONENTS, command_line
from auditor.facts.workloads import templates
from auditor.facts.workloads.host_paths import host_paths
from auditor.facts.workloads.security_context import (
    APPARMOR_ANNOTATION,
    SECCOMP_CONTAINER_ANNOTATION,
    SECCOMP_POD_ANNOTATION,
    effective,
    overridden,
    pod_os,
)
from auditor.kube.credentials import HIDDEN as HIDDEN
from auditor.kube.credentials import looks_like_credential
from auditor.kube.images import ImageError, parse_image
from auditor.kube.pod_annotations import MIRROR
from auditor.model.facts import Anchor, Fact, Field, Subject
from auditor.model.inventory import Gap, Resource
from auditor.model.refs import ObjectRef, Origin, Path
from auditor.tables.platform import add_on

CONTAINER_LISTS = (("initContainers", "init"), ("containers", "regular"), ("ephemeralContainers", "ephemeral"))
"""Every list of containers a pod spec has, and the type of what stands in it (core/v1 PodSpec)."""

_POD = "workload.template.spec.securityContext."


_SECCOMP_ANNOTATIONS = (
    f"workload.template.metadata.annotations[{SECCOMP_POD_ANNOTATION}]",
    f"workload.template.metadata.annotations[{SECCOMP_CONTAINER_ANNOTATION}*]",
)


def _both(field: str) -> tuple[str, ...]:
    return (f"securityContext.{field}", f"{_POD}{field}")


WORKLOAD = Subject(
    name="workload",
    description="An object that owns a pod template, custom resources included; a Pod is its own.",
    variable="workload",
    owners=("cluster",),
    reads=templates.WORKLOAD_KINDS,
    fields={
        "apiVersion": Field("string", "As written."),
        "kind": Field("string", "As written."),
        "metadata": Field("ObjectMeta", "The object's metadata."),
        "spec": Field("map", "Its spec without the pod template; only of Kubernetes' own kinds.", optional=True),
        "template": Field("PodTemplateSpec", "`metadata` and `spec` of the pods, decoded as the API server would."),
        "os": Field("string", "`linux` or `windows`.", ("template.spec.os", "template.spec.nodeSelector")),
        "static": Field("bool", "Whether it is a static pod's mirror.", ("metadata.annotations",)),
        "serviceAccount": Field(
            "string", "What the pods run as; `default` if none is named.", ("template.spec.serviceAccountName",)
        ),
        "overridden": Field(
            "list",
            "Fields of the pod's security context that have no effect, as every container sets its own.",
            (
                "template.spec.securityContext",
                *(f"template.spec.{key}[*].securityContext" for key, _ in CONTAINER_LISTS),
            ),
        ),
        "hostPaths": Field(
            "list",
            "hostPath volumes: `name`, `index`, `path`, `sensitivity` (`root`, `runtime-socket`, `kubernetes`, "
            "`credentials`, `kernel`, `system`, `logs` or `other`) and `access` (`write`, `read` or `none`).",
            (
                "template.spec.volumes[*].hostPath.path",
                *(f"template.spec.{key}[*].volumeMounts" for key, _ in CONTAINER_LISTS),
            ),
        ),
        "platform": Field("string", "Why it counts as the platform's own (a component, an add-on), or empty."),
        "controlPlane": Field(
            "string", "The component that it runs, such as `kube-apiserver`, or empty.", ("template.spec.containers",)
        ),
    },
    unlike=(
        "metadata.uid",
        "metadata.ownerReferences",
        "template.spec.volumes",
        *(f"template.spec.{key}" for key, _ in CONTAINER_LISTS),
    ),
)

CONTAINER = Subject(
    name="container",
    description="A container of a workload: init, sidecar, regular or ephemeral.",
    variable="container",
    owners=("workload", "cluster"),
    reads=templates.WORKLOAD_KINDS,
    fields={
        "*": Field("Container", "Every field of the container as Kubernetes names it."),
        "type": Field(
            "string",
            "`init`, `sidecar` (init with restartPolicy Always), `regular` or `ephemeral`.",
            ("restartPolicy",),
        ),
        "effective": Field("map", "The security context the container really runs with."),
        "effective.privileged": Field("bool", "", ("securityContext.privileged",)),
        "effective.readOnlyRootFilesystem": Field("bool", "", ("securityContext.readOnlyRootFilesystem",)),
        "effective.runAsNonRoot": Field("bool", "", _both("runAsNonRoot")),
        "effective.runAsUser": Field("int", "Absent: the image decides.", _both("runAsUser"), optional=True),
        "effective.runAsGroup": Field("int", "Absent: the image decides.", _both("runAsGroup"), optional=True),
        "effective.allowPrivilegeEscalation": Field(
            "bool",
            "True as well where privileged or SYS_ADMIN makes it so.",
            (
                "securityContext.allowPrivilegeEscalation",
                "securityContext.privileged",
                "securityContext.capabilities.add",
            ),
        ),
        "effective.capabilities": Field("map", "`add` and `drop` in upper case.", ("securityContext.capabilities",)),
        "effective.capabilities.add": Field("list", "", ("securityContext.capabilities.add",)),
        "effective.capabilities.drop": Field("list", "", ("securityContext.capabilities.drop",)),
        "effective.seccompProfile": Field(
            "string",
            "Profile type, before 1.27 from an annotation as well; absent: the node's default.",
            (*_both("seccompProfile"), *_SECCOMP_ANNOTATIONS),
            optional=True,
        ),
        "effective.appArmorProfile": Field(
            "string",
            "Profile type, from field or annotation; absent: the runtime's default.",
            (*_both("appArmorProfile"), f"workload.template.metadata.annotations[{APPARMOR_ANNOTATION}*]"),
            optional=True,
        ),
        "effective.seLinuxOptions": Field("map", "", _both("seLinuxOptions"), optional=True),
        "effective.procMount": Field("string", "", ("securityContext.procMount",)),
        "effective.hostUsers": Field(
            "bool", "False: the pod has a user namespace.", ("workload.template.spec.hostUsers",)
        ),
        "effective.hostProcess": Field("bool", "Windows HostProcess.", _both("windowsOptions.hostProcess")),
        "redefined": Field(
            "list",
            "Environment variables that replace an earlier one of their name without building on it: `name`, `index`.",
            ("env[*].name",),
        ),
        "credentials": Field(
            "list", "Environment literals that look like credentials: `name`, `index`, `detector`.", ("env[*].value",)
        ),
    },
    unlike=(
        *("image", "command", "args", "env", "ports", "volumeMounts", "resources"),
        *("livenessProbe", "readinessProbe", "startupProbe", "lifecycle"),
    ),
)

IMAGE = Subject(
    name="image",
    description="The image of a container, parsed as a container runtime does.",
    variable="image",
    owners=("container", "workload", "cluster"),
    reads=templates.WORKLOAD_KINDS,
    fields={
        "reference": Field("string", "As written.", ("container.image",)),
        "registry": Field("string", "Host, `docker.io` if none is written.", ("container.image",)),
        "repository": Field("string", "Path below the registry, with Docker's `library/`.", ("container.image",)),
        "tag": Field("string", "As written; absent if none is.", ("container.image",), optional=True),
        "digest": Field("string", "As written; absent if none is.", ("container.image",), optional=True),
        "pullPolicy": Field(
            "string", "Written or defaulted as the API server does.", ("container.imagePullPolicy", "container.image")
        ),
    },
)

Unknown = tuple[tuple[Origin, Path, str], ...]


def workload_facts(resource: Resource, cluster: Fact, unknown: Unknown, gaps: list[Gap]) -> Iterator[Fact]:
    """Workload, container and image facts of one decoded object, in that order for each pod template."""
    manifest = resource.manifest
    for path in templates.templates(resource.ref.kind, resource.ref.group, manifest):
        workload = _workload(resource, path, cluster, unknown)
        if workload is None:
            continue
        yield workload
        for container in _containers(workload):
            yield container
            image = _image(container, gaps)
            if image is not None:
                yield image


def _workload(resource: Resource, path: Path, cluster: Fact, unknown: Unknown) -> Fact | None:
    manifest = resource.manifest
    template = templates.at(manifest, path)
    if not isinstance(template, dict):
        return None
    spec = template.get("spec")
    if not isinstance(spec, dict):
        spec = {}
    spec, secrets = hide_credentials(spec)
    metadata = template.get("metadata")
    pod_metadata = metadata if isinstance(metadata, dict) else {}
    own_metadata = manifest.get("metadata") or {}
    containers = [container for key, _ in CONTAINER_LISTS for container in spec.get(key) or ()]
    component = next(filter(None, map(_component, containers)), "")
    static = MIRROR in (own_metadata.get("annotations") or {})
    value: dict[str, Any] = {
        "apiVersion": resource.ref.api_version,
        "kind": resource.ref.kind,
        "metadata": own_metadata,
        "template": {"metadata": pod_metadata, "spec": spec},
        "os": pod_os(spec),
        "static": static,
        "serviceAccount": spec.get("serviceAccountName") or spec.get("serviceAccount") or "default",
        "overridden": overridden(spec, containers, pod_metadata.get("annotations") or {}),
        "hostPaths": host_paths(spec, containers),
        "controlPlane": component,
        "platform": _platform(resource.ref, component, static=static),
    }
    if path and resource.ref.group in templates.BUILT_IN_GROUPS:
        own = manifest.get("spec") or {}
        value["spec"] = {key: item for key, item in own.items() if key not in ("template", "jobTemplate")}
    origin, ref = resource.origin, resource.ref
    anchors = {"": Anchor(origin, ref, ()), "template": Anchor(origin, ref, path)}
    return Fact("workload", ref, value, anchors, resource.world, {"cluster": cluster}, unknown=unknown, secrets=secrets)


def _component(container: Mapping[str, Any]) -> str:
    """The component whose binary a container starts, or empty."""
    line = command_line(container)
    return line.component if line is not None and line.component in COMPONENTS else ""


def _platform(ref: ObjectRef, component: str, *, static: bool) -> str:
    """Why a workload counts as the platform's own: evidence, not proof, that sorts its findings last."""
    if component:
        return f"runs {component}"
    if static:
        return "mirror of a static pod"
    known = add_on(ref.namespace, ref.name)
    return f"named like {known} in {ref.namespace}" if known else ""


def _containers(workload: Fact) -> Iterator[Fact]:
    template = workload.value["template"]
    spec, annotations = template["spec"], template["metadata"].get("annotations") or {}
    minor = workload.owners["cluster"].value["minor"]
    origin, ref, base = workload.anchors["template"]
    for key, kind in CONTAINER_LISTS:
        for index, container in enumerate(spec.get(key) or ()):
            sidecar = kind == "init" and container.get("restartPolicy") == "Always"
            value: dict[str, Any] = {"name": "", **container}
            value["type"] = "sidecar" if sidecar else kind
            value["effective"] = effective(spec, container, annotations, minor)
            value["credentials"] = _credentials(container)
            value["redefined"] = _redefined(container)
            yield Fact(
                "container",
                ref,
                value,
                {"": Anchor(origin, ref, (*base, "spec", key, index))},
                workload.world,
                {"workload": workload, **workload.owners},
                container=str(container.get("name", "")),
                unknown=workload.unknown,
            )


def hide_credentials(spec: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """A pod spec whose environment literals that look like credentials are hidden, and the texts that were.

    A hidden item keeps the name of the detector under `credential`, a key that the API does not use. Credentials on a
    command line stay where they are, since flags are read from it, and are among the texts.
    """
    secrets: list[str] = []
    for key, _ in CONTAINER_LISTS:
        listed = spec.get(key)
        for index, container in enumerate(listed if isinstance(listed, list) else ()):
            hidden = _hidden_environment(container, secrets) if isinstance(container, dict) else None
            secrets += _credential_words(container) if isinstance(container, dict) else ()
            if hidden is not None:
                containers = [*spec[key]]
                containers[index] = {**container, "env": hidden}
                spec = {**spec, key: containers}
    return spec, tuple(secrets)


def _hidden_environment(container: Mapping[str, Any], secrets: list[str]) -> list[Any] | None:
    """The environment with credentials hidden, or None where there are none."""
    environment = container.get("env")
    found = False
    result = []
    for item in environment if isinstance(environment, list) else ():
        literal = item.get("value") if isinstance(item, dict) else None
        if literal == HIDDEN:  # what was collected from a cluster is hidden already, and keeps its marker
            result.append(item)
            continue
        detector = looks_like_credential(str(item.get("name", "")), literal) if isinstance(literal, str) else None
        if detector:
            found = True
            secrets.append(str(literal))
            item = {**item, "value": HIDDEN, "credential": detector}
        result.append(item)
    return result if found else None


def _credential_words(container: Mapping[str, Any]) -> Iterator[str]:
    """Words of the command line that are or hold a credential, without the name of their flag."""
    for key in ("command", "args"):
        words = container.get(key)
        for word in words if isinstance(words, list) else ():
            name, equals, value = word.partition("=") if isinstance(word, str) else ("", "", "")
            if equals and name.startswith("-") and looks_like_credential(name.lstrip("-"), value):
                yield value
            elif isinstance(word, str) and looks_like_credential("", word):
                yield word


def _credentials(container: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"name": item.get("name", ""), "index": index, "detector": item["credential"]}
        for index, item in enumerate(container.get("env") or ())
        if "credential" in item
    ]


def _redefined(container: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the API server warns of as hiding a previous definition (pkg/api/pod/warnings.go)."""
    environment: list[Any] = container.get("env") or []
    seen: set[Any] = set()
    found = []
    for index, item in enumerate(environment):
        name, value = item.get("name", ""), item.get("value", "")
        if name in seen and ("valueFrom" in item or value == f"$({name})" or f"$({name})" not in value):
            found.append({"name": name, "index": index})
        seen.add(name)
    return found


def _image(container: Fact, gaps: list[Gap]) -> Fact | None:
    reference = container.value.get("image")
    if not isinstance(reference, str) or not reference:
        return None
    try:
        image = parse_image(reference)
    except ImageError as error:
        origin = container.anchors[""].origin
        text = f"{container.ref} {container.container}: {error}"
        gaps.append(Gap("image-reference", text, origin.file, origin.line, ref=container.ref, blinds=("image",)))
        return None
    # SetDefaults_Container of pkg/apis/core/v1/defaults.go: no tag counts as latest only without a digest.
    floating = image.tag == "latest" or (image.tag is None and image.digest is None)
    value: dict[str, Any] = {
        "reference": reference,
        "registry": image.registry,
        "repository": image.repository,
        "pullPolicy": container.value.get("imagePullPolicy") or ("Always" if floating else "IfNotPresent"),
    }
    if image.tag is not None:
        value["tag"] = image.tag
    if image.digest is not None:
        value["digest"] = image.digest
    return Fact(
        "image",
        container.ref,
        value,
        {"": container.anchors[""]},
        container.world,
        {"container": container, **container.owners},
        container=container.container,
        unknown=container.unknown,
    )
