"""A file that a flag names and nobody has read leaves its rules without an answer, not without a word."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from auditor.engine.judge import Judge
from auditor.facts.configuration.encryption import ENCRYPTION, encryption_facts
from auditor.facts.configuration.unread import NAMED_BY, unread_documents, with_unread
from auditor.facts.world import World
from auditor.model.facts import Anchor, Fact
from auditor.model.inventory import Completeness, Resource
from auditor.model.refs import OBSERVED, ObjectRef, Origin
from auditor.pipeline.joins import joined_facts
from auditor.pipeline.prepare import all_rules, compiled
from auditor.pipeline.subjects import SUBJECTS
from auditor.tables.components import flags
from tests.facts.worlds import Scanned

CLUSTER = Fact("cluster", ObjectRef("", "Cluster", "", ""), {"minor": 37}, {}, "w")
POD = ObjectRef("v1", "Pod", "kube-system", "kube-apiserver")
ORIGIN = Origin("kube-apiserver.yaml")
WORLD = World("w", CLUSTER, Completeness())


def server(undecided: str = "", component: str = "kube-apiserver", **given: Any) -> Fact:
    settings = {name.replace("_", "-"): {"value": value, "set": True} for name, value in given.items()}
    anchors = {"": Anchor(ORIGIN, POD, ()), **{f"settings.{name}": Anchor(ORIGIN, POD, (name,)) for name in settings}}
    value = {"component": component, "settings": {**{flag: {"value": ""} for flag in NAMED_BY}, **settings}}
    fact = Fact("component", POD, value, anchors, "w", {"cluster": CLUSTER}, container="kube-apiserver")
    fact.undecided = {"settings": undecided} if undecided else {}
    return fact


def server_of(*unread: str, **more: Any) -> Fact:
    """A server of which files are known not to be in the input."""
    fact = server(**more)
    fact.value["unread"] = list(unread)
    return fact


def test_the_flags_exist() -> None:
    assert NAMED_BY.keys() <= flags("kube-apiserver", 37).keys()


def test_a_file_that_is_not_there_is_named_at_its_flag() -> None:
    flag, path = "encryption-provider-config", "/etc/kubernetes/enc.yaml"
    (fact,) = unread_documents([server_of(flag, encryption_provider_config=path)], WORLD)
    assert fact.subject == "encryption"
    assert fact.anchors[""].path == (flag,)
    assert set(fact.undecided.values()) == {f"it is the file {path} of --{flag}, which is not in the input"}
    assert list(unread_documents([server_of(encryption_provider_config=path)], WORLD)) == []


def test_no_flag_no_file_and_unknown_flags_unknown_files() -> None:
    assert list(unread_documents([server_of(), server(component="etcd")], WORLD)) == []
    found = list(unread_documents([server(undecided="it is started by a script")], WORLD))
    assert {fact.subject for fact in found} == {subject.name for subject, _ in NAMED_BY.values()}


def test_every_rule_on_such_a_file_is_not_evaluated() -> None:
    names = {flag.replace("-", "_"): "/x.yaml" for flag in NAMED_BY}
    rules = [rule for rule in all_rules(()).values() if rule.subject in {one.name for one, _ in NAMED_BY.values()}]
    judge = Judge(compiled(rules, {}), SUBJECTS, {}, "2026-01-01", Completeness())
    drafts = [draft for fact in unread_documents([server_of(*NAMED_BY, **names)], WORLD) for draft in judge.judge(fact)]
    assert {draft.rule.id for draft in drafts} == {rule.id for rule in rules}
    assert {draft.verdict for draft in drafts} == {"not-evaluated"}


# Which files are there: each that a flag names is judged, or not evaluated at the server that names it; never both.

FLAG = "encryption-provider-config"
AUDIT = "audit-policy-file"
ENC: dict[str, Any] = {
    "apiVersion": "apiserver.config.k8s.io/v1",
    "kind": "EncryptionConfiguration",
    "resources": [{"resources": ["secrets"], "providers": [{"identity": {}}]}],
}
POLICY = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": [{"level": "Metadata"}]}


def started(name: str, node: str = "", flag: str = FLAG, path: str = "/etc/kubernetes/enc.yaml", **volume: Any) -> str:
    """The text of a pod with an API server that mounts one volume at /etc/kubernetes."""
    container = {
        "name": "kube-apiserver",
        "image": "registry.k8s.io/kube-apiserver:v1.34.1",
        "command": ["kube-apiserver", f"--{flag}={path}"],
        "volumeMounts": [{"name": "files", "mountPath": "/etc/kubernetes"}],
    }
    spec = {"containers": [container], "volumes": [{"name": "files", **volume}], **({"nodeName": node} if node else {})}
    metadata = {"name": name, "namespace": "kube-system"}
    return yaml.safe_dump({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})


def of_node(name: str, **more: Any) -> str:
    return started(name, hostPath={"path": "/etc/kubernetes"}, **more)


def config_map(name: str, **data: Any) -> str:
    texts = {key.replace("_", "."): yaml.safe_dump(content) for key, content in data.items()}
    metadata = {"name": name, "namespace": "kube-system"}
    return yaml.safe_dump({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": texts})


def answers(files: dict[str, str], subject: str = "encryption") -> tuple[set[str], set[str]]:
    """The files whose documents are judged, and the servers at which a file is not evaluated."""
    found = list(joined_facts(Scanned(files).world, subject))
    assert all(fact.undecided == {} or set(fact.undecided) == set(SUBJECTS[subject].fields) for fact in found)
    judged = {fact.anchors[""].origin.file for fact in found if not fact.undecided}
    return judged, {fact.ref.name for fact in found if fact.undecided}


TEXT, MANIFESTS = yaml.safe_dump(ENC), "etc/kubernetes/manifests/kube-apiserver.yaml"
IN_MAP = {"configMap": {"name": "files"}}

CASES: dict[str, tuple[dict[str, str], set[str], set[str]]] = {
    "nothing": ({"a.yaml": of_node("s")}, set(), {"s"}),
    "at its path": ({MANIFESTS: of_node("s"), "etc/kubernetes/enc.yaml": TEXT}, {"etc/kubernetes/enc.yaml"}, set()),
    "by its name": ({"pod.yaml": of_node("s"), "files/enc.yaml": TEXT}, {"files/enc.yaml"}, set()),
    "another name": ({"pod.yaml": of_node("s"), "other.yaml": TEXT}, {"other.yaml"}, {"s"}),
    "one of several of its name": (
        {"a/pod.yaml": of_node("a"), "b/pod.yaml": of_node("b"), "a/enc.yaml": TEXT, "b/enc.yaml": TEXT},
        {"a/enc.yaml", "b/enc.yaml"},
        set(),
    ),
    "of another kind": ({"pod.yaml": of_node("s"), "enc.yaml": yaml.safe_dump(POLICY)}, set(), {"s"}),
    "in its ConfigMap": (
        {"pod.yaml": started("s", **IN_MAP), "map.yaml": config_map("files", enc_yaml=ENC)},
        {"map.yaml"},
        set(),
    ),
    "by the key of its ConfigMap": (
        {
            "pod.yaml": started("s", configMap={"name": "files", "items": [{"key": "encryption", "path": "enc.yaml"}]}),
            "map.yaml": config_map("files", encryption=ENC),
        },
        {"map.yaml"},
        set(),
    ),
    "in another ConfigMap": (
        {"pod.yaml": started("s", **IN_MAP), "map.yaml": config_map("other", enc_yaml=ENC)},
        {"map.yaml"},
        {"s"},
    ),
    "by another key": (
        {"pod.yaml": started("s", **IN_MAP), "map.yaml": config_map("files", other_yaml=ENC)},
        {"map.yaml"},
        {"s"},
    ),
    "a file beside the ConfigMap that is meant": (
        {"pod.yaml": started("s", **IN_MAP), "enc.yaml": TEXT},
        {"enc.yaml"},
        {"s"},
    ),
    "another node's copy": (
        {f"n1/{MANIFESTS}": of_node("a"), f"n2/{MANIFESTS}": of_node("b"), "n1/etc/kubernetes/enc.yaml": TEXT},
        {"n1/etc/kubernetes/enc.yaml"},
        {"b"},
    ),
    "another folder of the same copy": (
        {MANIFESTS: of_node("s", path="/etc/kubernetes/sub/enc.yaml"), "etc/kubernetes/sub/enc.yaml": TEXT},
        {"etc/kubernetes/sub/enc.yaml"},
        set(),
    ),
    "copies of folders that lie apart": (
        {
            "x/var/lib/kubelet/enc.yaml": TEXT,
            "y/etc/kubernetes/manifests/s.yaml": started("s", hostPath={"path": "/var/lib/kubelet"}),
        },
        {"x/var/lib/kubelet/enc.yaml"},
        set(),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_file_is_judged_or_not_evaluated(case: str) -> None:
    files, judged, unread = CASES[case]
    assert answers(files) == (judged, unread)


def test_an_audit_policy_in_a_config_map_is_judged_there_alone() -> None:
    pod = started("s", flag=AUDIT, path="/etc/kubernetes/policy.yaml", configMap={"name": "files"})
    files = {"pod.yaml": pod, "map.yaml": config_map("files", policy_yaml=POLICY)}
    assert answers(files, "auditPolicy") == ({"map.yaml"}, set())
    assert answers({"pod.yaml": pod}, "auditPolicy") == (set(), {"s"})


Nodes = list[tuple[bool, bool, bool]]
"""Of each: whether its files come from a ConfigMap, whether they are in the input, whether there is a server at all."""


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), max_size=5))
def test_no_node_answers_for_another(nodes: Nodes) -> None:
    files: dict[str, str] = {}
    judged, unread = set(), set()
    for number, (mapped, there, running) in enumerate(nodes):
        root = f"n{number}/etc/kubernetes"
        if running:
            volume = {"configMap": {"name": f"m{number}"}} if mapped else {"hostPath": {"path": "/etc/kubernetes"}}
            files[f"{root}/manifests/kube-apiserver.yaml"] = started(f"s{number}", **volume)
        if there:
            place = f"{root}/map.yaml" if mapped else f"{root}/enc.yaml"
            files[place] = config_map(f"m{number}", enc_yaml=ENC) if mapped else TEXT
            judged.add(place)
        elif running:
            unread.add(f"s{number}")
    assert answers(files) == (judged, unread)


def test_no_bundle_answers_for_another() -> None:
    def of(bundle: str, kind: str, content: dict[str, Any], version: str = OBSERVED, path: str = "") -> Resource:
        return Resource(ObjectRef(version, kind, "", bundle), content, Origin(f"{bundle}!{path}"), "w")

    pods = Scanned({f"{name}.yaml": of_node(name, node=name) for name in ("n1", "n2")}).world
    for name in ("n1", "n2"):
        pods.resources.setdefault("HostState", []).append(of(name, "HostState", {"node": name}))
    kind, version = "EncryptionConfiguration", "apiserver.config.k8s.io/v1"
    pods.resources[kind] = [of("n1", kind, ENC, version, "/etc/kubernetes/enc.yaml")]
    found = [(fact.ref.name, bool(fact.undecided)) for fact in joined_facts(pods, "encryption")]
    assert sorted(found) == [("n1", False), ("n2", True)]


def test_a_maker_adds_what_is_unread_of_its_own_subject() -> None:
    both = server_of(FLAG, AUDIT, encryption_provider_config="/enc.yaml", audit_policy_file="/audit.yaml")
    make = with_unread(ENCRYPTION, encryption_facts, lambda _: [both])
    read = Scanned({"a.yaml": TEXT}).world
    assert [(fact.subject, fact.ref.kind) for fact in make(read)] == [
        ("encryption", "EncryptionConfiguration"),
        ("encryption", "Pod"),
    ]
