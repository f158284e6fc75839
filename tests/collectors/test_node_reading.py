"""Bundles that somebody has changed: each is read or refused, and nothing in one raises anything else."""

import json
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.collectors.nodes.bundle import read_bundle
from auditor.collectors.nodes.documents import documents
from auditor.collectors.nodes.files import members
from auditor.collectors.nodes.gaps import bundle_gaps
from auditor.collectors.yaml.text import Unreadable
from auditor.facts.clusters.certificates import certificate_facts
from auditor.facts.nodes.files import file_facts
from auditor.facts.nodes.hosts import host_facts
from auditor.facts.world import World
from auditor.model.facts import Fact
from auditor.model.inventory import Completeness
from auditor.model.refs import ObjectRef

WORDS = ["", "/", ":", "a:", ":/b", "/etc/kubernetes/pki/x.key", "etcd:/etc/ca.pem", "\x00", "\n", "é", "600", "99999",
         "--config=/a", "--", "-", "=", "ETCD_=", "0100007F:2780", "file", "-----BEGIN CERTIFICATE-----\nx\n",
         "client-certificate-data: QUJD", "clientCAFile: /a"]  # fmt: skip
TEXTS = st.sampled_from(WORDS) | st.text(max_size=5)
ENCODED = st.fixed_dictionaries({}, optional={"base64": TEXTS, "hex": TEXTS, "lost": TEXTS})
VALUES = st.none() | st.booleans() | st.integers(-1, 2**70) | TEXTS | ENCODED | st.lists(TEXTS, max_size=2)
WHOLE: dict[str, Any] = {
    "schema": "kubeplumb.dev/node/v1",
    "collected": "2026-11-26T12:00:00Z",
    "missing": ["od"],
    "user": {"uid": 0, "root": True},
    "processesSeen": True,
    "processes": [
        {"pid": 1, "component": "etcd", "uid": 0, "arguments": ["etcd", "--config-file=/etc/e.yml"],
         "environment": ["ETCD_DATA_DIR=/d"], "listening": ["0100007F:2780"], "unread": "files"},
    ],
    "files": [
        {"name": "etcd:/etc/e.yml", "type": "file", "mode": "600", "uid": 0, "gid": 0, "content": "data-dir: /d"},
        {"name": "/etc/kubernetes/pki", "type": "directory", "mode": "755", "uid": 0, "gid": 0, "target": "/x"},
        {"name": "/etc/kubernetes/a.yaml", "type": "file", "content": "apiVersion: v1\nkind: Config\n"},
    ],
    "views": [{"pid": 1, "path": "/etc/e.yml", "file": "etcd:/etc/e.yml", "error": ""}],
    "users": {"0": "root"},
    "agents": [{"name": "falco", "pid": 2}],
    "state": {"kernel": {"kernel.panic": "10"}, "facts": {"cgroups": "2", "machine": "s390x"}, "unread": ""},
    "hostname": "N",
    "node": "",
    "end": True,
}  # fmt: skip


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for key, child in inner for path in paths(child, (*at, key)))]


PATHS = [path for path in paths(WHOLE) if path]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PATHS), VALUES, st.booleans()), min_size=1, max_size=3))
def test_values_of_any_kind(changes: list[tuple[tuple[Any, ...], Any, bool]]) -> None:
    changed = json.loads(json.dumps(WHOLE))
    for path, value, gone in changes:
        with suppress(KeyError, IndexError, TypeError, AttributeError):  # another change has taken the place
            home = changed
            for step in path[:-1]:
                home = home[step]
            if gone:
                del home[path[-1]]
            else:
                home[path[-1]] = value
    try:
        bundle = read_bundle(json.dumps(changed).encode())
    except Unreadable:
        return
    world = World("w", Fact("cluster", ObjectRef("", "Cluster", "", ""), {}, {}, "w"), Completeness())
    for resource in documents(bundle, "n", "w"):
        world.resources.setdefault(resource.ref.kind, []).append(resource)
    facts = [fact for make in (file_facts, host_facts, certificate_facts) for fact in make(world)]
    assert len(facts) >= 1 + len(world.resources.get("HostFile", ()))
    assert all(target.data for target in members(bundle, "n", "w"))
    assert all(gap.reason for gap in bundle_gaps(bundle, "n"))


@given(st.binary(max_size=60))
def test_bytes_of_any_kind(tail: bytes) -> None:
    with suppress(Unreadable):
        read_bundle(b'{"schema":"kubeplumb.dev/node/v1",' + tail)


def test_the_whole_one_is_read() -> None:
    assert read_bundle(json.dumps(WHOLE).encode()).agents[0].name == "falco"
