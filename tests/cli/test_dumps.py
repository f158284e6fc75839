"""Dumps of clusters that others made, through `kubeplumb scan`."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import Kubeplumb


def stored(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    """An object as a server has it, with what only a server sets."""
    metadata = {"name": name, "namespace": "shop", "uid": "7d34a8de-0001-4f6e-8f6c-1a2b3c4d5e6f"}
    metadata |= {"resourceVersion": "7", "creationTimestamp": "2026-11-01T10:00:00Z"}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, "spec": spec}


POD = stored("Pod", "web", {"containers": [{"name": "web", "image": "nginx", "securityContext": {"privileged": True}}]})


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_what_kubectl_printed_is_judged_as_the_cluster_it_came_from(
    kubeplumb: Kubeplumb, tmp_path: Path, form: str
) -> None:
    printed = {"apiVersion": "v1", "kind": "List", "items": [POD], "metadata": {"resourceVersion": ""}}
    file = tmp_path / f"pods.{form}"
    file.write_text(json.dumps(printed, indent=4) if form == "json" else yaml.safe_dump(printed))
    result = kubeplumb("scan", file, "-o", "json", "--no-config", "--profile", "all")
    report = json.loads(result.out)
    assert result.code == 1
    assert report["run"]["cluster"]
    failed = {(one["rule"], one["object"]["name"]) for one in report["findings"] if one["verdict"] == "fail"}
    assert ("container-privileged", "web") in failed
    unknown = {one["rule"]: one["reason"] for one in report["findings"] if one["verdict"] == "not-evaluated"}
    assert "the dump has no list of NetworkPolicy" in unknown["workload-no-ingress-policy"]


def test_an_object_of_kubectl_among_manifests_is_a_manifest(kubeplumb: Kubeplumb, tmp_path: Path) -> None:
    (tmp_path / "pod.json").write_text(json.dumps(POD))
    (tmp_path / "other.yaml").write_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n")
    report = json.loads(kubeplumb("scan", tmp_path, "-o", "json", "--no-config").out)
    assert report["run"].get("cluster") is None
    assert report["coverage"]["objects"] == 2


def test_a_damaged_archive_is_said_to_be_unreadable(kubeplumb: Kubeplumb, tmp_path: Path) -> None:
    file = tmp_path / "bundle.tar.gz"
    file.write_bytes(b"\x1f\x8b\x08\x00broken")
    result = kubeplumb("scan", file, "--no-config")
    assert result.code in {2, 3}
    assert "bundle.tar.gz" in result.err
    assert "Traceback" not in result.err
