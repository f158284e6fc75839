"""Facts of files and kernels of nodes: permissions bit by bit, and what is not told is undecided."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.facts.clusters.cluster import OBSERVED
from auditor.facts.nodes.files import MASKS, beyond, file_facts
from auditor.facts.nodes.hosts import KUBELET_DEFAULTS, host_facts
from auditor.facts.world import World
from auditor.model.facts import Fact
from auditor.model.inventory import Completeness, Resource
from auditor.model.refs import ObjectRef, Origin


def world(kind: str, *documents: dict[str, Any]) -> World:
    made = World("w", Fact("cluster", ObjectRef("", "Cluster", "", ""), {}, {}, "w"), Completeness())
    for number, document in enumerate(documents):
        manifest = {"apiVersion": OBSERVED, "kind": kind, "metadata": {"name": str(number)}, **document}
        ref = ObjectRef(OBSERVED, kind, "", str(number))
        made.resources.setdefault(kind, []).append(Resource(ref, manifest, Origin("n", number), "w"))
    return made


def only(kind: str, **document: Any) -> Fact:
    (fact,) = (file_facts if kind == "HostFile" else host_facts)(world(kind, document))
    return fact


@pytest.mark.parametrize(
    ("mode", "mask", "extra"),
    [
        (0o600, 0o600, []),
        (0o400, 0o600, []),
        (0o000, 0o600, []),
        (0o444, 0o600, ["group read", "others read"]),
        (0o577, 0o600, ["owner execute", "group read", "group write", "group execute", "others read", "others write",
                        "others execute"]),
        (0o700, 0o600, ["owner execute"]),
        (0o644, 0o644, []),
        (0o2700, 0o700, []),
        (0o1777, 0o755, ["group write", "others write"]),
    ],
)  # fmt: skip
def test_what_a_mode_gives_beyond_a_mask(mode: int, mask: int, extra: list[str]) -> None:
    assert beyond(mode, mask) == extra


@given(st.integers(0, 0o7777), st.integers(0, 0o777))
def test_nothing_is_beyond_exactly_where_the_mask_covers_all_bits(mode: int, mask: int) -> None:
    assert (not beyond(mode, mask)) == (mode & 0o777 & ~mask == 0)
    assert len(beyond(mode, mask)) == (mode & 0o777 & ~mask).bit_count()


@pytest.mark.parametrize("mode", [None, "", "0o644", "rw-", "888", 420, ["0644"], "-0644", "1234567"])
def test_a_mode_that_is_none_leaves_it_undecided(mode: Any) -> None:
    fact = only("HostFile", path="/x", node="n", mode=mode, uid=0, gid=0)
    assert {"mode", "beyond"} <= set(fact.undecided)
    assert fact.value["beyond"] == {mask: [] for mask in MASKS}


@pytest.mark.parametrize("uid", [None, "0", -1, True, 0.5])
def test_an_owner_that_is_none_leaves_it_undecided(uid: Any) -> None:
    fact = only("HostFile", path="/x", node="n", mode="0600", uid=uid, gid=0, error="permission denied")
    assert fact.undecided["ownership"] == "/x of node n: permission denied"
    assert "mode" not in fact.undecided


def test_names_or_numbers() -> None:
    assert only("HostFile", uid=0, gid=0, owner="root", group="root").value["ownership"] == "root:root"
    assert only("HostFile", uid=998, gid=0, owner="", group="root").value["ownership"] == "998:root"


def test_kernel_parameters_beside_what_the_kubelet_wants() -> None:
    wanted = {name: str(value) for name, value in KUBELET_DEFAULTS.items()}
    assert only("HostState", kernel=wanted).value["kernelDefaults"] == []
    other = only("HostState", kernel={**wanted, "kernel.panic": "-1"}).value["kernelDefaults"]
    assert other == [{"name": "kernel.panic", "value": -1, "want": 10}]


@pytest.mark.parametrize("document", [{}, {"kernel": "x", "os": [], "unread": "y", "agents": 1, "apparmor": "yes"}])
def test_a_state_of_nothing_is_no_pass(document: dict[str, Any]) -> None:
    fact = only("HostState", **document)
    assert {"cgroups", "swap"} <= set(fact.undecided)
    assert fact.value["apparmor"] is False
