"""API versions that end: which kinds are listed for them, as what, and what becomes of the rules where they are not."""

import json
from pathlib import Path
from typing import Any

import pytest

from auditor.collectors.api.discovery import discover
from auditor.collectors.api.ending import ending_kinds, untold_endings
from auditor.collectors.api.lists import METADATA
from auditor.kube.versions import Version
from tests.collectors.fake_api import Answer, Api, client, forbidden, kubeconfig, named, status
from tests.conftest import Kubeplumb

VERSION = {"major": "1", "minor": "37", "gitVersion": "v1.37.1"}
RULES = ("--rule", "api-version-*")
DEVICES = "/apis/resource.k8s.io/v1/deviceclasses"
CLAIMS = "/apis/resource.k8s.io/v1/resourceclaims"
FOUND = "DeviceClass gpu is written by driver as resource.k8s.io/v1beta1, which ends with 1.38"


def written(kind: str, namespace: str, name: str, version: str = "resource.k8s.io/v1beta1") -> dict[str, Any]:
    """An object as it was converted to the version preferred; metadata alone, as is asked for."""
    managers = [{"manager": "driver", "apiVersion": version}, {"manager": "other", "apiVersion": "resource.k8s.io/v1"}]
    return named("resource.k8s.io/v1", kind, namespace, name, metadata={"managedFields": managers})


@pytest.fixture
def ending(api: Api) -> Api:
    """A server of 1.37 with kinds in a version that 1.38 does not have, and in ones that it has."""
    api.routes["/version"] = Answer(VERSION)
    spaces = [named("v1", "Namespace", "", name) for name in ("shop", "bank")]
    api.serve("Namespace", "namespaces", "v1", *spaces, namespaced=False)
    api.serve("Deployment", "deployments", "apps/v1")
    for version in ("v1", "v1beta1"):
        api.serve("DeviceClass", "deviceclasses", f"resource.k8s.io/{version}", namespaced=False)
        api.serve("ResourceClaim", "resourceclaims", f"resource.k8s.io/{version}")
    api.objects[DEVICES] = [written("DeviceClass", "", "gpu"), written("DeviceClass", "", "new", "resource.k8s.io/v1")]
    api.objects[CLAIMS] = [written("ResourceClaim", "shop", "mine", "resource.k8s.io/v1")]
    return api


def audited(kubeplumb: Kubeplumb, folder: Path, api: Api, *arguments: object) -> dict[str, Any]:
    path = kubeconfig(folder, api.url)
    options = ("--kubeconfig", path, "--qps", "0", "--jobs", "1", "-o", "json", *(arguments or RULES))
    result = kubeplumb("cluster", *options, *(() if "--config" in arguments else ("--no-config",)))
    assert result.out, result.err
    return dict(json.loads(result.out))


def scanned(kubeplumb: Kubeplumb, path: Path, *arguments: object) -> dict[str, Any]:
    result = kubeplumb("scan", path, "--no-config", "--jobs", "1", "-o", "json", *arguments)
    assert result.out, result.err
    return dict(json.loads(result.out))


def verdicts(report: dict[str, Any], rule: str = "api-version-written-ending") -> list[tuple[str, str, str]]:
    """Kind, namespace and verdict of what did not pass, sorted."""
    found = [one for one in report["findings"] if one["rule"] == rule]
    return sorted((one["object"]["kind"], one["object"]["namespace"], one["verdict"]) for one in found)


def lists(api: Api) -> list[tuple[str, bool]]:
    """What was listed, and whether as metadata alone."""
    asked = [one for one in api.seen if one.path.count("/") > 2 and one.method == "GET"]
    return sorted((one.path, one.header("Accept") == [METADATA]) for one in asked)


@pytest.mark.parametrize("aggregated", [True, False])
def test_kinds_in_a_version_that_ends_are_found_in_discovery(tmp_path: Path, ending: Api, aggregated: bool) -> None:
    ending.aggregated = aggregated
    found = discover(client(tmp_path, ending))
    assert ending_kinds(found, Version(1, 37)) == ("DeviceClass", "ResourceClaim")
    assert ending_kinds(found, Version(1, 40)) == ("DeviceClass", "ResourceClaim")  # gone, and served all the same
    assert ending_kinds(found, Version(1, 36)) == ()
    assert untold_endings(found, Version(1, 37)) == ""


def test_each_is_listed_once_as_metadata_and_told_with_its_manager(
    tmp_path: Path, ending: Api, kubeplumb: Kubeplumb
) -> None:
    report = audited(kubeplumb, tmp_path, ending)
    (found,) = report["findings"]
    assert (found["verdict"], found["message"]) == ("fail", FOUND)
    assert report["gaps"] == []
    asked = [path for path in lists(ending) if not path[0].endswith("resource.k8s.io/v1")]
    assert asked == [("/api/v1/namespaces", False), (DEVICES, True), (CLAIMS, True)]
    assert report["coverage"]["kinds"] == ["*/EndingVersion", "DeviceClass", "Namespace", "ResourceClaim"]


@pytest.mark.parametrize(
    ("minor", "rules"), [(36, RULES), (37, ("--rule", "container-privileged")), (37, ("--rule", "service-node-port"))]
)
def test_nothing_more_is_asked_where_nothing_ends_or_no_rule_asks(
    tmp_path: Path, ending: Api, kubeplumb: Kubeplumb, minor: int, rules: tuple[str, ...]
) -> None:
    ending.routes["/version"] = Answer(VERSION | {"minor": str(minor), "gitVersion": f"v1.{minor}.1"})
    report = audited(kubeplumb, tmp_path, ending, *rules)
    assert not [path for path, _ in lists(ending) if "resource.k8s.io" in path]
    assert not {"DeviceClass", "ResourceClaim"} & set(report["coverage"]["kinds"])


def test_a_kind_that_is_listed_anyway_is_not_listed_twice(tmp_path: Path, ending: Api, kubeplumb: Kubeplumb) -> None:
    folder = own_rule(tmp_path)
    report = audited(kubeplumb, tmp_path, ending, *RULES, "--rules", folder, "--rule", "own")
    assert [one for one in lists(ending) if one[0] == DEVICES] == [(DEVICES, False)]
    assert verdicts(report) == [("DeviceClass", "", "fail")]
    assert [one["verdict"] for one in report["findings"] if one["rule"] == "own"] == ["fail", "fail"]


def test_a_list_that_is_forbidden_leaves_the_rules_undecided(tmp_path: Path, ending: Api, kubeplumb: Kubeplumb) -> None:
    ending.routes[DEVICES] = forbidden("deviceclasses")
    report = audited(kubeplumb, tmp_path, ending)
    for rule in ("api-version-written-ending", "api-version-removed", "api-version-deprecated"):
        assert verdicts(report, rule) == [("DeviceClass", "", "not-evaluated")]
    (gap,) = report["gaps"]
    assert (gap["code"], gap["place"]["file"]) == ("forbidden", DEVICES)
    assert gap["reason"].startswith("anna could not list deviceclasses: ")


def test_a_list_that_is_given_in_some_namespaces_leaves_the_others_undecided(
    tmp_path: Path, ending: Api, kubeplumb: Kubeplumb
) -> None:
    ending.routes[CLAIMS] = forbidden("resourceclaims")
    ending.routes[CLAIMS.replace("/v1/", "/v1/namespaces/bank/")] = forbidden("resourceclaims")
    ending.objects[CLAIMS] = [written("ResourceClaim", "shop", "mine")]
    report = audited(kubeplumb, tmp_path, ending)
    assert verdicts(report) == [
        ("DeviceClass", "", "fail"),
        ("ResourceClaim", "bank", "not-evaluated"),
        ("ResourceClaim", "shop", "fail"),
    ]


def test_a_version_that_discovery_cannot_tell_leaves_the_rules_undecided(
    tmp_path: Path, ending: Api, kubeplumb: Kubeplumb
) -> None:
    ending.aggregated = False
    ending.routes["/apis/resource.k8s.io/v1beta1"] = status(500, "", "down")
    report = audited(kubeplumb, tmp_path, ending)
    assert verdicts(report) == [("EndingVersion", "", "not-evaluated")]
    ending.routes["/apis/resource.k8s.io/v1beta1"] = Answer({"kind": "APIResourceList", "resources": []})
    ending.routes["/apis/apps/v1"] = status(500, "", "down")  # in which nothing ends
    assert verdicts(audited(kubeplumb, tmp_path, ending)) == []


def test_an_interrupt_leaves_the_rules_undecided(
    tmp_path: Path, ending: Api, kubeplumb: Kubeplumb, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("auditor.collectors.api.cluster._note_untold", interrupted)
    report = audited(kubeplumb, tmp_path, ending)
    assert [verdict for _, _, verdict in verdicts(report)] == ["not-evaluated"]
    unlisted = {one["kind"] for one in report["coverage"]["unlisted"]}
    assert unlisted == {"*/EndingVersion", "DeviceClass", "Namespace", "ResourceClaim"}


def test_workloads_of_which_only_metadata_is_read_are_no_workloads(
    tmp_path: Path, ending: Api, kubeplumb: Kubeplumb
) -> None:
    """On 1.24, which serves batch/v1beta1 for the last time."""
    ending.routes["/version"] = Answer(VERSION | {"minor": "24", "gitVersion": "v1.24.1"})
    managers = {"managedFields": [{"manager": "kubectl", "apiVersion": "batch/v1beta1"}]}
    for version in ("batch/v1", "batch/v1beta1"):
        ending.serve("CronJob", "cronjobs", version)
    ending.objects["/apis/batch/v1/cronjobs"] = [named("batch/v1", "CronJob", "shop", "old", metadata=managers)]
    report = audited(kubeplumb, tmp_path, ending, *RULES, "--save", tmp_path / "s.json")
    assert verdicts(report) == [("CronJob", "shop", "fail")]
    assert report["gaps"] == []
    facts = kubeplumb("facts", "workload", tmp_path / "s.json")
    assert "old" not in facts.out


# Snapshots


def own_rule(folder: Path) -> Path:
    """A folder with a rule that reads what metadata does not have."""
    (folder / "rules").mkdir()
    (folder / "rules" / "own.yaml").write_text(
        "id: own\ntitle: Own\nsubject: object\nkinds: [DeviceClass]\nseverity: low\n"
        "expression: has(object.spec)\nevidence: [spec]\nrationale: x\nremediation: y\n"
        "references: [https://example.com]\n"
    )
    return folder / "rules"


def settled(report: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in report.items() if key != "run"}


@pytest.mark.parametrize("refused", [False, True])
def test_a_snapshot_replays_the_report(tmp_path: Path, ending: Api, kubeplumb: Kubeplumb, refused: bool) -> None:
    if refused:
        ending.routes[DEVICES] = forbidden("deviceclasses")
    live = audited(kubeplumb, tmp_path, ending, *RULES, "--save", tmp_path / "s.json")
    again = scanned(kubeplumb, tmp_path / "s.json", *RULES)
    assert verdicts(live) == [("DeviceClass", "", "not-evaluated" if refused else "fail")]
    assert settled(again) == settled(live)


def test_rules_that_read_more_than_a_snapshot_has_are_undecided_and_the_others_are_not(
    tmp_path: Path, ending: Api, kubeplumb: Kubeplumb
) -> None:
    audited(kubeplumb, tmp_path, ending, *RULES, "--save", tmp_path / "s.json")
    report = scanned(kubeplumb, tmp_path / "s.json", *RULES, "--rules", own_rule(tmp_path), "--rule", "own")
    assert verdicts(report) == [("DeviceClass", "", "fail")]
    assert verdicts(report, "own") == [("DeviceClass", "", "not-evaluated")]


def test_a_snapshot_that_never_looked_says_nothing_and_a_comparison_knows(
    tmp_path: Path, ending: Api, kubeplumb: Kubeplumb
) -> None:
    """As one of an older kubeplumb, and one of other rules."""
    ending.objects[DEVICES] = []
    audited(kubeplumb, tmp_path, ending, "--rule", "service-node-port", "--save", tmp_path / "old.json")
    audited(kubeplumb, tmp_path, ending, *RULES, "--save", tmp_path / "none.json")
    ending.objects[DEVICES] = [written("DeviceClass", "", "gpu")]
    audited(kubeplumb, tmp_path, ending, *RULES, "--save", tmp_path / "new.json")
    tail = (tmp_path / "old.json").read_text()
    (tmp_path / "old.json").write_text(tail.replace('"ending":[],"endingBy":"",', ""))
    assert '"ending"' not in (tmp_path / "old.json").read_text()
    assert verdicts(scanned(kubeplumb, tmp_path / "old.json", *RULES)) == []
    for first, second, outcome, cause in (
        ("new", "none", "gone", "object-absent"),
        ("new", "old", "not-evaluated", "out-of-scope"),
        ("none", "new", "new", "object-absent"),
        ("old", "new", "new", "out-of-scope"),
    ):
        files = (tmp_path / f"{first}.json", tmp_path / f"{second}.json")
        found = json.loads(kubeplumb("diff", *files, "-o", "json").out)["findings"]
        told = [one for one in found if one["finding"]["rule"] == "api-version-written-ending"]
        assert [(one["outcome"], one["cause"]) for one in told] == [(outcome, cause)]


@pytest.mark.parametrize(("version", "undecided"), [("1.36", 0), ("1.37", 0), ("1.38", 1)])
def test_a_snapshot_at_a_later_version_says_what_it_did_not_look_for(
    tmp_path: Path, ending: Api, kubeplumb: Kubeplumb, version: str, undecided: int
) -> None:
    ending.objects[DEVICES] = []
    audited(kubeplumb, tmp_path, ending, *RULES, "--save", tmp_path / "s.json")
    report = scanned(kubeplumb, tmp_path / "s.json", *RULES, "--kubernetes-version", version)
    assert verdicts(report) == [("EndingVersion", "", "not-evaluated")] * undecided
    text = (tmp_path / "s.json").read_text()
    (tmp_path / "s.json").write_text(text.replace('"endingBy":"1.38"', '"endingBy":"soon"'))
    damaged = scanned(kubeplumb, tmp_path / "s.json", *RULES, "--kubernetes-version", version)
    assert verdicts(damaged) == [("EndingVersion", "", "not-evaluated")]


def test_a_live_run_at_a_later_version_looks_for_what_ends_then(
    tmp_path: Path, ending: Api, kubeplumb: Kubeplumb
) -> None:
    ending.objects[DEVICES] = [written("DeviceClass", "", "gpu", "resource.k8s.io/v1beta2")]
    for version in ("v1", "v1alpha3"):
        ending.serve("DeviceTaintRule", "devicetaintrules", f"resource.k8s.io/{version}", namespaced=False)
    assert verdicts(audited(kubeplumb, tmp_path, ending)) == []
    (tmp_path / "c.yaml").write_text("kubernetesVersion: '1.38'\n")
    report = audited(kubeplumb, tmp_path, ending, *RULES, "--config", tmp_path / "c.yaml")
    assert verdicts(report) == [("DeviceClass", "", "fail")]
    assert "DeviceTaintRule" in report["coverage"]["kinds"]


def test_a_dump_that_never_looked_says_nothing_and_tells_what_it_holds(tmp_path: Path, kubeplumb: Kubeplumb) -> None:
    items = [written("DeviceClass", "", "gpu"), written("DeviceClass", "", "new", "resource.k8s.io/v1")]
    (tmp_path / "dump.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    report = scanned(kubeplumb, tmp_path / "dump.json", *RULES, "--kubernetes-version", "1.37")
    assert verdicts(report) == [("DeviceClass", "", "fail")]


def test_a_copy_without_a_namespace_leaves_open_what_was_there(
    tmp_path: Path, ending: Api, kubeplumb: Kubeplumb
) -> None:
    audited(kubeplumb, tmp_path, ending, *RULES, "--save", tmp_path / "s.json")
    kubeplumb("snapshot", "redact", tmp_path / "s.json", tmp_path / "less.json", "--drop-namespace", "shop")
    report = scanned(kubeplumb, tmp_path / "less.json", *RULES)
    assert verdicts(report) == [("DeviceClass", "", "fail"), ("ResourceClaim", "shop", "not-evaluated")]
