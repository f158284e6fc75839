"""The configuration that kubelets serve through the API server: asked for by name only, bounded, redacted, kept."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from auditor.collectors.api import kubelet_configz
from auditor.collectors.api.kubelet_configz import path_of, read_configz
from auditor.model.inventory import Inventory, Provenance
from tests.collectors.fake_api import Answer, Api, Seen, client, forbidden, kubeconfig, named, status
from tests.conftest import Kubeplumb, Result

SERVED = {"kind": "KubeletConfiguration", "authentication": {"anonymous": {"enabled": True}}, "readOnlyPort": 10255}
GOOD = Answer({"kubeletconfig": SERVED})
HEADERS = {"staticPodURL": "https://a:hunter2-Horse@pods.example/", "staticPodURLHeader": {"X": ["s3cret-Header"]}}


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.collectors.api.requests._BACKOFF", 0.0001)


def served(folder: Path, api: Api, routes: Mapping[str, Any], **limits: float) -> Inventory:
    """What becomes of nodes whose kubelets answer so."""
    api.routes.update({path_of(node): route for node, route in routes.items()})
    inventory = Inventory(Provenance("test", "2026-01-01", user="anna"))
    inventory.resources += read_configz(client(folder, api, **limits), list(routes), inventory)
    return inventory


def test_each_node_is_asked_once_and_told_as_it_was_served(tmp_path: Path, api: Api) -> None:
    found = served(tmp_path, api, {"b": GOOD, "a": Answer({"kubeletconfig": {"port": 1}, "other": {}})})
    assert [(one.ref.kind_name, one.ref.name, one.world) for one in found.resources] == [
        ("KubeletConfigz.observed.kubeplumb.dev", "b", "test"),
        ("KubeletConfigz.observed.kubeplumb.dev", "a", "test"),
    ]
    assert found.resources[0].manifest["kubeletconfig"] == SERVED
    assert found.resources[0].manifest["node"] == "b"
    assert found.resources[0].origin.file == "/api/v1/nodes/b/proxy/configz"
    assert sorted(api.paths()) == ["/api/v1/nodes/a/proxy/configz", "/api/v1/nodes/b/proxy/configz"]
    assert {one.method for one in api.seen} == {"GET"}
    assert (found.gaps, found.provenance.requests) == ([], 2)


def test_a_name_stays_one_part_of_the_path() -> None:
    assert path_of("../../secrets?a#b") == "/api/v1/nodes/..%2F..%2Fsecrets%3Fa%23b/proxy/configz"


REFUSED = 'nodes "n" is forbidden: User "anna" cannot get resource "nodes/proxy" in API group ""'
DEEP: Any = {}
for _ in range(40):
    DEEP = {"a": DEEP}


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (status(403, "Forbidden", REFUSED), "forbidden", REFUSED),
        (status(401, "Unauthorized", "who are you"), "unauthorized", "who are you"),
        (status(404, "NotFound", "no such node"), "unavailable", "no such node"),
        (status(503, "ServiceUnavailable", "dial tcp: timeout"), "unavailable", "dial tcp: timeout"),
        (Answer(b"Forbidden (user=kube-apiserver, verb=get)", 403), "forbidden", "user=kube-apiserver"),
        (Answer(b"<html>"), "unavailable", "no JSON"),
        (Answer({}), "unavailable", "no configuration"),
        (Answer([1]), "unavailable", "no configuration"),
        (Answer({"kubeletconfig": []}), "unavailable", "no configuration"),
        (Answer({"kubeletconfig": {}}), "unavailable", "no configuration"),
        (Answer({"kubeletconfig": DEEP}), "nesting", "nested more than 32"),
        (Answer(b"[" * 100_000), "unavailable", "no JSON"),
        (Answer(b" " * (3 << 20)), "unavailable", "more than 1 MiB"),
        (Answer(b"", 302, (("Location", "/api/v1/secrets"),)), "unavailable", "302"),
    ],
)
def test_a_node_that_does_not_tell_is_a_gap_and_a_document_with_the_reason(
    tmp_path: Path, api: Api, answer: Answer, code: str, words: str
) -> None:
    found = served(tmp_path, api, {"n": answer, "m": GOOD})
    (gap,) = found.gaps
    assert (gap.code, str(gap.ref), gap.file) == (code, "Node/n", path_of("n"))
    assert gap.reason.startswith("anna could not get nodes/proxy of node n: ")
    assert words in gap.reason
    assert "kubeletconfig" not in found.resources[0].manifest
    assert words in found.resources[0].manifest["reason"]
    assert found.resources[1].manifest["kubeletconfig"] == SERVED
    assert len(api.paths("/nodes/n/")) <= 2


def test_a_busy_server_is_asked_again(tmp_path: Path, api: Api) -> None:
    found = served(tmp_path, api, {"n": [status(429, "TooManyRequests", "later"), GOOD]})
    assert found.gaps == []


def test_the_time_of_the_whole_run_holds(tmp_path: Path, api: Api) -> None:
    found = served(tmp_path, api, {"n": GOOD}, seconds=0)
    assert "used up" in found.gaps[0].reason
    assert api.seen == []


def test_an_interrupt_keeps_what_is_known(tmp_path: Path, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kubelet_configz, "_SIDE_BY_SIDE", 1)
    ask = kubelet_configz._ask

    def asking(asked: Any, node: str) -> Any:
        if node == "b":
            raise KeyboardInterrupt
        return ask(asked, node)

    monkeypatch.setattr(kubelet_configz, "_ask", asking)
    found = served(tmp_path, api, {"a": GOOD, "b": GOOD})
    assert found.provenance.interrupted
    assert found.resources[0].manifest["kubeletconfig"] == SERVED
    assert "interrupted" in found.resources[1].manifest["reason"]


# The whole way


def audited(kubeplumb: Kubeplumb, folder: Path, api: Api, *arguments: object) -> Result:
    """An audit by one rule that needs no Node; two nodes, of which one refuses."""
    api.serve("Namespace", "namespaces", "v1", named("v1", "Namespace", "", "shop"), namespaced=False)
    api.serve("Service", "services", "v1")
    nodes = [named("v1", "Node", "", name) for name in ("n1", "n2")]
    api.serve("Node", "nodes", "v1", *nodes, namespaced=False)
    api.routes[path_of("n1")] = Answer({"kubeletconfig": {**SERVED, **HEADERS}})
    api.routes[path_of("n2")] = forbidden("nodes/proxy")
    path = kubeconfig(folder, api.url)
    return kubeplumb(
        *("cluster", "--kubeconfig", path, "--no-config", "--qps", "0", "-o", "json"),
        *("--rule", "service-node-port", *arguments),
    )


def test_no_kubelet_is_asked_unless_the_user_says_so(tmp_path: Path, api: Api, kubeplumb: Kubeplumb) -> None:
    audited(kubeplumb, tmp_path, api)
    assert api.paths("/nodes") == []


def test_rules_on_kubelets_say_how_their_settings_could_be_seen_and_at_what_price(
    tmp_path: Path, api: Api, kubeplumb: Kubeplumb
) -> None:
    told = json.loads(audited(kubeplumb, tmp_path, api, "--rule", "kubelet-anonymous-auth").out)
    (reason,) = [one["reason"] for one in told["findings"] if one["object"]["kind"] == "Cluster"]
    for words in ("no kubelet were seen", "`--nodes`", "`--kubelet-configz`", "run commands in every pod"):
        assert words in reason


def test_a_kubelet_is_judged_by_what_it_serves_and_not_by_silence(
    tmp_path: Path, api: Api, kubeplumb: Kubeplumb
) -> None:
    saved, rule = tmp_path / "s.json", ("--rule", "kubelet-anonymous-auth")
    told = json.loads(audited(kubeplumb, tmp_path, api, *rule, "--kubelet-configz", "--save", saved).out)
    of_kubelets = [one for one in told["findings"] if one["rule"] == "kubelet-anonymous-auth"]
    verdicts = {one["object"]["name"]: (one["verdict"], one["reason"]) for one in of_kubelets}
    assert verdicts["n1"] == ("fail", "")
    assert verdicts["n2"][0] == "not-evaluated"
    assert "the kubelet of n2 did not tell its configuration" in verdicts["n2"][1]
    again = json.loads(kubeplumb("scan", saved, "-o", "json", "--no-config", *rule).out)
    assert [one for one in again["findings"] if one["rule"] == "kubelet-anonymous-auth"] == of_kubelets


def test_a_snapshot_holds_it_without_credentials(tmp_path: Path, api: Api, kubeplumb: Kubeplumb) -> None:
    saved = tmp_path / "s.json"
    told = audited(kubeplumb, tmp_path, api, "--kubelet-configz", "--save", saved)
    assert told.code == 0, told.err
    gaps = json.loads(told.out)["gaps"]
    assert [one["code"] for one in gaps] == ["forbidden"]
    assert "anna could not get nodes/proxy of node n2: nodes/proxy is forbidden" in gaps[0]["reason"]
    kept = [one["object"] for one in json.loads(saved.read_text())["objects"]]
    first, second = [one for one in kept if one["kind"] == "KubeletConfigz"]
    assert first["kubeletconfig"]["readOnlyPort"] == 10255
    assert first["kubeletconfig"]["staticPodURLHeader"] == {"X": ["(hidden)"]}
    assert "n2" in second["reason"]
    for secret in ("hunter2", "s3cret-Header"):
        assert secret not in saved.read_text() + told.out + told.err
    again = json.loads(kubeplumb("scan", saved, "-o", "json", "--no-config", "--rule", "service-node-port").out)
    assert again["gaps"] == gaps


def test_a_copy_without_identity_does_not_name_the_user(tmp_path: Path, api: Api, kubeplumb: Kubeplumb) -> None:
    saved, copy = tmp_path / "s.json", tmp_path / "copy.json"
    audited(kubeplumb, tmp_path, api, "--kubelet-configz", "--save", saved)
    assert kubeplumb("snapshot", "redact", saved, copy, "--drop-identity").code == 0
    assert "anna" in saved.read_text()
    assert "anna" not in copy.read_text()


def test_the_role_has_the_right_only_when_asked_and_says_what_it_means(kubeplumb: Kubeplumb) -> None:
    plain = kubeplumb("rbac-needed", "--profile", "all").out
    asked = kubeplumb("rbac-needed", "--profile", "all", "--kubelet-configz").out
    assert "nodes/proxy" not in plain
    assert "    resources: [nodes/proxy] # equals exec in every pod of the node\n    verbs: [get]\n" in asked
    assert "# It gets nodes/proxy, which is as much as to run commands in every pod of every node." in asked


def test_check_asks_for_the_subresource(tmp_path: Path, api: Api, kubeplumb: Kubeplumb) -> None:
    def review(request: Seen) -> Answer:
        attributes = request.body["spec"]["resourceAttributes"]
        return Answer({"status": {"allowed": attributes.get("subresource") != "proxy"}}, 201)

    api.serve("Node", "nodes", "v1", namespaced=False)
    api.routes["/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"] = review
    path = kubeconfig(tmp_path, api.url)
    result = kubeplumb(
        "rbac-needed", "--check", "--kubeconfig", path, "--rule", "service-node-port", "--kubelet-configz"
    )
    assert (result.code, result.out) == (1, "lacks get nodes/proxy\n")
