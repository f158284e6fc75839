"""Researched CVEs of Kubernetes in (YAML), `rules/data/cves.json` out: what runs in a cluster, by component.

Run by hand: `python tools/cves.py CVES.yaml`. Its `core` rows have id, title, component, severity, half-open ranges
`affected` and the number of the issue in kubernetes/kubernetes. Clients (kubectl, client-go) are left out: a cluster
does not show them.
"""

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

OUTPUT = Path(__file__).resolve().parent.parent / "rules" / "data" / "cves.json"

SERVER = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
NODE = ("kubelet", "kube-proxy")

CONDITIONS = {
    # What must hold besides the version, in the words of the issue or CVE record, and cannot be read off versions.
    "CVE-2019-11248": "the kubelet's healthz port listens on other addresses than loopback",
    "CVE-2019-11250": "kube-apiserver logs at level 7 or above (--v)",
    "CVE-2019-11252": "volumes of Azure Files or CephFS are mounted by the in-tree drivers",
    "CVE-2020-8554": "users who are not trusted may create Services with external IPs or patch the status of Services",
    "CVE-2020-8561": "users may configure admission webhooks, and profiling is on or the log level is 10",
    "CVE-2020-8562": "users who are not trusted may make kube-apiserver proxy to nodes, pods or services",
    "CVE-2020-8563": "vSphere is the in-tree cloud provider and kube-controller-manager logs at level 4 or above",
    "CVE-2020-8564": "the kubelet logs at level 4 or above, and image pull secrets may be malformed",
    "CVE-2020-8565": "kube-apiserver logs at level 9 or above (--v)",
    "CVE-2020-8566": "volumes of Ceph RBD are provisioned and kube-controller-manager logs at level 4 or above",
    "CVE-2020-10749": "the CNI plugins on the node are older than 0.8.6 and the network has IPv6",
    "CVE-2021-25735": "a validating webhook for Nodes decides by the old state of the Node",
    "CVE-2021-25736": "kube-proxy itself is of this version: a Node only tells its kubelet's",
    "CVE-2021-25740": "users who are not trusted may write Endpoints or EndpointSlices",
    "CVE-2022-3162": "custom resources of one API group are not all for the same readers",
    "CVE-2022-3172": "an aggregated API server is not trusted",
    "CVE-2022-3294": "users who are not trusted may change Nodes and proxy to them",
    "CVE-2023-2727": "the admission plugin ImagePolicyWebhook is on",
    "CVE-2023-2728": "service accounts have the annotation kubernetes.io/enforce-mountable-secrets",
    "CVE-2024-3177": "service accounts have the annotation kubernetes.io/enforce-mountable-secrets",
    "CVE-2024-7598": "only NetworkPolicies protect pods in namespaces that are being deleted",
    "CVE-2024-9042": "the kubelet's feature gate NodeLogQuery is on",
    "CVE-2025-0426": "the kubelet's read-only port is open and containers can be checkpointed",
    "CVE-2025-1767": "users may create pods with gitRepo volumes; from 1.33 on the gate GitRepoVolumeDriver must be on",
    "CVE-2025-4563": "the feature gate DynamicResourceAllocation is on and static pods are in use",
    "CVE-2025-5187": "the admission plugin NodeRestriction is on and OwnerReferencesPermissionEnforcement is off",
    "CVE-2025-13281": "volumes of Portworx are provisioned in-tree, the feature gate CSIMigrationPortworx being off",
}

OVERRIDES: dict[str, dict[str, Any]] = {
    # gitRepo volumes cannot be switched on again from 1.36 on (KEP-5040).
    "CVE-2025-1767": {"affected": [{"introduced": "0", "fixed": "1.36.0"}], "issue": 130786},
}

WINDOWS = {"CVE-2021-25749"}
"""Of Windows nodes only, without the word in the component; runAsNonRoot of Windows containers."""


def rows(core: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rows of the table, the newest CVE first. ValueError if one cannot be fixed and has no condition."""
    for row in sorted(core, key=lambda row: [int(part) for part in row["id"].split("-")[1:]], reverse=True):
        row = row | OVERRIDES.get(row["id"], {})
        components = _components(row["component"])
        if not components:
            continue
        condition = CONDITIONS.get(row["id"], "")
        ranges = [[str(part["introduced"]), str(part["fixed"] or "")] for part in row["affected"]]
        if not condition and not all(fixed for _, fixed in ranges):
            raise ValueError(f"{row['id']} has no fix: it would fail for ever; name its condition")
        yield {
            "id": row["id"],
            "title": row["title"],
            "components": components,
            "severity": row["severity"],
            "affected": ranges,
            **({"os": "windows"} if "Windows" in row["component"] or row["id"] in WINDOWS else {}),
            **({"condition": condition} if condition else {}),
            "url": f"https://github.com/kubernetes/kubernetes/issues/{row['issue']}"
            if "issue" in row
            else f"https://www.cve.org/CVERecord?id={row['id']}",
        }


def _components(text: str) -> list[str]:
    if text == "all":  # flaws of Go's HTTP server
        return ["kube-apiserver", "kubelet"]
    words = re.findall(r"[a-z-]+", text)
    return [name for name in (*SERVER, *NODE) if name in words]


def main() -> None:
    """Writes the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    data = yaml.safe_load(parser.parse_args().source.read_text("utf-8"))
    known = {row["id"] for row in data["core"]}
    unknown = (CONDITIONS.keys() | OVERRIDES.keys()) - known
    if unknown:
        raise ValueError(f"not in the source: {', '.join(sorted(unknown))}")
    lines = ",\n  ".join(json.dumps(row, ensure_ascii=False) for row in rows(data["core"]))
    head = {
        "source": [
            "issues of kubernetes/kubernetes with the label official-cve-feed",
            *data["meta"]["sources"][:3],
            data["meta"]["severity"],
        ],
        "as_of": "2026-08-21",
    }
    text = json.dumps(head, ensure_ascii=False)[1:-1]
    OUTPUT.write_text(f'{{\n {text},\n "cves": [\n  {lines}\n ]\n}}\n', "utf-8")


if __name__ == "__main__":
    main()
