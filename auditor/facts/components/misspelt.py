"""Configuration files of a component in, the fields that it passes over for their capital letters out."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from auditor.model.facts import Anchor, Fact
from auditor.model.inventory import Resource
from auditor.model.refs import Path
from auditor.tables.components import config_fields

_LENIENT: Final = frozenset({"kubelet", "kube-proxy"})
"""Those that start all the same, with a line in their log: sigs.k8s.io/json minds the case, and they then decode once
more without being strict (kubernetes pkg/kubelet/kubeletconfig/util/codec/codec.go, DecodeKubeletConfiguration;
cmd/kube-proxy/app/options.go, newLenientSchemeAndCodecs)."""
_DROP_IN: Final = ".conf"
"""Read by encoding/json, which does not mind it (mergeKubeletConfigurations in cmd/kubelet/app/server.go)."""


def note_misspelt(fact: Fact, documents: Iterable[Resource]) -> None:
    """Adds `misspelt` to the fact of a component, and where the first of them stands."""
    found: dict[str, Anchor] = {}
    for document in documents:
        known = config_fields(document.ref.group, document.ref.kind, fact.value["minor"])
        if fact.value["component"] not in _LENIENT or known is None or document.origin.file.endswith(_DROP_IN):
            continue
        for field in known[1]:
            path = _written(document.manifest, field.path)
            if path:
                found.setdefault(".".join(map(str, path)), Anchor(document.origin, document.ref, path))
    fact.value["misspelt"] = sorted(found)
    if found:
        fact.anchors["misspelt"] = found[min(found)]


def _written(node: Any, path: Path) -> Path:
    """How a document writes a field's path, up to the first step with other capital letters; empty if it does not."""
    done: Path = ()
    for step in path:
        if not isinstance(node, Mapping) or step in node:
            node = node.get(step) if isinstance(node, Mapping) else None
            done = (*done, step)
            continue
        return next(((*done, key) for key in node if str(key).lower() == str(step).lower()), ())
    return ()
