"""The subject `component`, and its facts of a world; what makes them is loaded where there is something to make."""

from collections.abc import Iterator, Mapping
from typing import Final

from auditor.facts.components.command_lines import COMPONENTS
from auditor.facts.components.starts import CONFIGZ
from auditor.facts.sources.launches import DISTRIBUTIONS
from auditor.facts.workloads.templates import WORKLOAD_KINDS
from auditor.facts.world import World, once
from auditor.model.facts import Fact, Field, Subject
from auditor.model.inventory import Resource
from auditor.model.refs import OBSERVED
from auditor.tables.components import every_config_kind
from auditor.tables.tools import TOOLS

_PLUGINS = tuple(
    f"settings.{name}.value" for name in ("enable-admission-plugins", "disable-admission-plugins", "admission-control")
)

COMPONENT = Subject(
    name="component",
    description="A component of Kubernetes with the effective value of every setting, wherever it was set.",
    variable="component",
    owners=("cluster",),
    reads=WORKLOAD_KINDS,
    fields={
        "component": Field(
            "string",
            "`kube-apiserver`, `kube-controller-manager`, `kube-scheduler`, `etcd`, `kubelet`, `kube-proxy` or "
            "`cloud-controller-manager`; of what they rely on a runtime such as `containerd`, `cni` and `coredns`.",
        ),
        "name": Field("string", "The container or unit it runs in, or else the configuration file's name or kind."),
        "node": Field("string", "The node it runs on; empty if unknown."),
        "source": Field("string", "What shows it: `process`, `pod`, `unit`, `configuration`, `configz` or `file`."),
        "version": Field("string", "From its image's tag or its node, such as `1.34.2`; empty if unknown."),
        "minor": Field("int", "The minor version whose flags and defaults count; etcd's own for etcd."),
        "settings": Field(
            "map",
            "By flag, such as `anonymous-auth`, or by field where there is no flag: `value` (typed), `origin` (`flag`, "
            "`file`, `env`, `configz`, `default`, `undecided`, or the tool that writes the flag, such as `kubeadm`), "
            "`set`, `default` and `confidence` (`certain`, `likely` or `unknown`); of an API server's `anonymous-auth` "
            "also `written`, the value that holds once AlwaysAllow is gone, which switches it off.",
        ),
        "admissionPlugins": Field("list", "Those that are on, of an API server.", _PLUGINS, optional=True),
        "refused": Field("string", "Why it does not start with what it was given, or empty."),
        "misspelt": Field("list", "Fields of its configuration files that it passes over: their case is wrong."),
        "unread": Field(
            "list", "Of an API server: the flags that name a structured file which is not in the input.", optional=True
        ),
        "clusterCas": Field("list", "Of etcd: what API servers have as --client-ca-file, sorted.", optional=True),
    },
    joined=True,
)


ADDONS: Final[Mapping[str, str]] = {"CniConfig": "cni", "Corefile": "coredns"}
"""What components rely on, by the kind of document that was made of its configuration."""


def component_facts(world: World) -> Iterator[Fact]:
    """One fact for each start of a component, and for each configuration file that none of them names."""
    return iter(_made(world))


@once
def _made(world: World) -> list[Fact]:
    if not world.may_show_components():
        return []
    from auditor.facts.components.component import make  # most worlds have no component

    return make(world)


def components_told(resource: Resource) -> frozenset[str]:
    """The components that an object is about which is no workload."""
    ref = resource.ref
    if ref.kind == CONFIGZ:
        return frozenset({"kubelet"})
    if ref.api_version == OBSERVED and ref.kind in ADDONS:
        return frozenset({ADDONS[ref.kind]})
    if ref.kind == "HostProcess":
        told = str(resource.manifest.get("component"))
        return COMPONENTS if told in DISTRIBUTIONS else frozenset({told}) & COMPONENTS
    name = f"{ref.group}/{ref.kind}"
    component = every_config_kind().get(name)
    return frozenset({component}) if component else TOOLS.get(name, frozenset())
