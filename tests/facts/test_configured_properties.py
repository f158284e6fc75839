"""Documents of every tool with something else in any place: they are read to the end, and what is wrong is no pass."""

import copy
import json
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.facts.workloads.templates import at
from tests.facts import test_starts_capi, test_starts_k0s, test_starts_kind, test_starts_kops, test_starts_kubeadm
from tests.facts.test_starts_talos import MACHINE
from tests.facts.worlds import scanned

TEXTS = [
    test_starts_kubeadm.V4,
    test_starts_kubeadm.CONFIG_MAP,
    test_starts_kubeadm.JOIN,
    test_starts_capi.CONTROL_PLANE,
    test_starts_capi.PATCHED,
    test_starts_capi.TEMPLATE,
    test_starts_kind.CLUSTER,
    test_starts_kops.CLUSTER + test_starts_kops.GROUP,
    test_starts_k0s.CONFIG,
    MACHINE,
]
DOCUMENTS = [one for text in TEXTS for one in yaml.safe_load_all(text)]
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["$(X)", "{", "{pki}", "%s"])
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "value", "path", "content", "extraArgs", "a"]), inner, max_size=3)
    ),
    max_leaves=6,
)


def paths(node: Any, base: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    steps = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path for key, item in steps for path in ((*base, key), *paths(item, (*base, key)))]


CHANGES = st.integers(0, len(DOCUMENTS) - 1).flatmap(
    lambda index: st.tuples(
        st.just(index), st.lists(st.tuples(st.sampled_from(paths(DOCUMENTS[index])), ANYTHING), min_size=1, max_size=2)
    )
)


@settings(max_examples=200, deadline=None)
@given(CHANGES)
def test_anything_may_stand_anywhere(changes: tuple[int, list[tuple[tuple[Any, ...], Any]]]) -> None:
    document = copy.deepcopy(DOCUMENTS[changes[0]])
    for path, value in changes[1]:
        node = at(document, path[:-1])
        if at(document, path) is not None:
            node[path[-1]] = value
    made = scanned(json.dumps(document))
    for fact in made.facts:
        for name, entry in fact.value["settings"].items():
            known = f"settings.{name}" not in fact.undecided
            assert ("value" in entry) == known
            assert made.place(fact, name).startswith("f.yaml:")
