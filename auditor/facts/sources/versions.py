"""An object that tells a tool what to set up in, the version of Kubernetes that it names out."""

from auditor.facts.workloads.templates import at
from auditor.kube.versions import Version, parse_version
from auditor.model.facts import Anchor
from auditor.model.inventory import Resource
from auditor.tables.tools import VERSIONS


def told_version(resource: Resource) -> tuple[Version, Anchor] | None:
    """The version of Kubernetes that a tool is to set up by an object, and where it stands."""
    path = VERSIONS.get(f"{resource.ref.group}/{resource.ref.kind}")
    text = at(resource.manifest, path) if path else None
    if path is None or not isinstance(text, str):
        return None
    try:
        version = parse_version(text.partition("@")[0].rpartition(":")[2].partition("+")[0])
    except ValueError:  # such as `stable-1`, which only the tool could look up
        return None
    return (version, Anchor(resource.origin, resource.ref, path)) if version.major == 1 else None
