"""Configurations in, what a real kubeadm makes of them out: writes `kubeadm-cases.json`. Needs a kubeadm.

Run it with `python -m tests.facts.record_kubeadm_cases PATH-OF-KUBEADM...`; cases of other versions are kept. A kubeadm
is built with `go build k8s.io/kubernetes/cmd/kubeadm` in a module that requires and replaces what
`tests/live/servers/go.mod` does, at the version wanted. It runs dry: nothing of the machine is changed but a folder of
its own.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

CASES = Path(__file__).with_name("kubeadm-cases.json")
OF_THE_MACHINE = {"/etc/pki/ca-trust", "/etc/pki/tls/certs", "/etc/ca-certificates"} | {
    "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates",
}
"""Folders of CA certificates that are mounted where there are such."""
VERSION = "kubeadm.k8s.io/v1beta4"


def cluster(**fields: Any) -> dict[str, Any]:
    head = {"apiVersion": VERSION, "kind": "ClusterConfiguration", "kubernetesVersion": "v1.37.0"}
    return {**head, **fields}


def init(address: str = "10.0.0.5", name: str = "n1", **fields: Any) -> dict[str, Any]:
    registration = {"name": name, **fields.pop("nodeRegistration", {})}
    endpoint = {"advertiseAddress": address, **fields.pop("localAPIEndpoint", {})}
    head = {"apiVersion": VERSION, "kind": "InitConfiguration"}
    return {**head, "localAPIEndpoint": endpoint, "nodeRegistration": registration, **fields}


def kubelet(**fields: Any) -> dict[str, Any]:
    return {"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration", **fields}


def args(**flags: str) -> list[dict[str, str]]:
    return [{"name": name.replace("_", "-"), "value": value} for name, value in flags.items()]


def files(ca: str, cert: str, key: str) -> dict[str, str]:
    return {"caFile": ca, "certFile": cert, "keyFile": key}


CONFIGURATIONS: dict[str, list[dict[str, Any]]] = {
    "plain": [init(), cluster()],
    "extra": [
        init(nodeRegistration={"kubeletExtraArgs": args(read_only_port="10255", node_ip="10.0.0.5")}),
        cluster(
            apiServer={"extraArgs": args(anonymous_auth="false", profiling="false", authorization_mode="AlwaysAllow")},
            controllerManager={"extraArgs": args(bind_address="0.0.0.0", terminated_pod_gc_threshold="10")},
            scheduler={"extraArgs": args(profiling="false", bind_address="0.0.0.0")},
            etcd={"local": {"dataDir": "/data/etcd", "extraArgs": args(listen_metrics_urls="http://0.0.0.0:2381")}},
        ),
    ],
    "repeated": [
        init(),
        cluster(
            apiServer={
                "extraArgs": [
                    *args(service_account_issuer="https://a"),
                    *args(service_account_issuer="https://b"),
                    *args(enable_admission_plugins="NodeRestriction,AlwaysPullImages"),
                ]
            }
        ),
    ],
    "volumes": [
        init(),
        cluster(
            apiServer={
                "extraArgs": args(audit_policy_file="/audit/policy.yaml"),
                "extraVolumes": [{"name": "audit", "hostPath": "/etc/audit", "mountPath": "/audit", "readOnly": True}],
            },
            controllerManager={"extraVolumes": [{"name": "x", "hostPath": "/etc/x", "mountPath": "/x"}]},
        ),
    ],
    "structured": [init(), cluster(apiServer={"extraArgs": args(authorization_config="/etc/kubernetes/authz.yaml")})],
    "networks": [
        init(),
        cluster(
            clusterName="east",
            certificatesDir="/srv/pki",
            networking={"podSubnet": "10.1.0.0/16", "serviceSubnet": "10.2.0.0/16", "dnsDomain": "corp.example"},
        ),
    ],
    "external": [
        init(),
        cluster(
            etcd={
                "external": {
                    "endpoints": ["https://e1:2379", "https://e2:2379"],
                    "caFile": "/e/ca",
                    "certFile": "/e/c",
                    "keyFile": "/e/k",
                }
            }
        ),
    ],
    "external-plain": [
        init(),
        cluster(etcd={"external": {"endpoints": ["http://e1:2379"], **files("", "", "")}}),
    ],
    "advertised": [
        init(),
        cluster(etcd={"local": {"dataDir": "", "extraArgs": args(advertise_client_urls="https://e.example:2379")}}),
    ],
    "six": [init("fd00::5", localAPIEndpoint={"bindPort": 8443}), cluster(networking={"serviceSubnet": "fd01::/112"})],
    "renamed": [init(nodeRegistration={"kubeletExtraArgs": args(hostname_override="other")}), cluster()],
    "kubelet": [
        init(),
        cluster(),
        kubelet(
            authentication={"anonymous": {"enabled": True}, "x509": {"clientCAFile": "/own/ca.crt"}},
            rotateCertificates=False,
            readOnlyPort=10255,
            staticPodPath="/elsewhere",
        ),
    ],
}


def record(kubeadm: str, documents: list[dict[str, Any]]) -> dict[str, Any]:
    """The command lines of the static pods, the kubelet's own flags and its configuration file."""
    text = "---\n".join(yaml.safe_dump(document, sort_keys=False) for document in documents)
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "input.yaml")
        config.write_text(text)
        environment = {**os.environ, "KUBEADM_INIT_DRYRUN_DIR": folder}
        external = any("external" in document.get("etcd", {}) for document in documents)
        phases = [("control-plane", "all"), *([] if external else [("etcd", "local")]), ("kubelet-start",)]
        for phase in phases:
            command = [kubeadm, "init", "phase", *phase, f"--config={config}", "--dry-run"]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            if done.returncode:
                raise SystemExit(f"{' '.join(command)}: {done.stderr}")
        words, mounts = {}, {}
        for file in sorted(Path(folder).rglob("*.yaml")):
            made = yaml.safe_load(file.read_text()) if file != config else {}
            if made and made.get("kind") == "Pod":
                container = made["spec"]["containers"][0]
                words[made["metadata"]["name"]] = container["command"][1:]
                paths = {volume["name"]: volume["hostPath"]["path"] for volume in made["spec"]["volumes"]}
                seen = {mount["mountPath"]: paths[mount["name"]] for mount in container["volumeMounts"]}
                mounts[made["metadata"]["name"]] = {at: path for at, path in seen.items() if at not in OF_THE_MACHINE}
        flags = next(Path(folder).rglob("kubeadm-flags.env")).read_text()
        # The instance's own file is merged over it and holds where its container runtime is, which no rule reads.
        written = yaml.safe_load(next(Path(folder).rglob("config.yaml")).read_text())
    return {"config": text, "words": words, "mounts": mounts, "flags": flags.strip(), "kubelet": written}


def older(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same in v1beta3, where flags are an object, so that none is given twice."""

    def converted(node: Any) -> Any:
        if isinstance(node, list):
            return [converted(item) for item in node]
        if not isinstance(node, dict):
            return node
        flags = {key for key in ("extraArgs", "kubeletExtraArgs") if key in node}
        return {
            key: {one["name"]: one["value"] for one in value} if key in flags else converted(value)
            for key, value in node.items()
        }

    return [converted(one) | {"apiVersion": one["apiVersion"].replace("v1beta4", "v1beta3")} for one in documents]


def at(documents: list[dict[str, Any]], minor: int) -> list[dict[str, Any]]:
    """A configuration for a version, in the newest form that it reads."""
    told = [one | ({"kubernetesVersion": f"v1.{minor}.0"} if "kubernetesVersion" in one else {}) for one in documents]
    return told if minor >= 31 else older(told)


if __name__ == "__main__":
    kept = json.loads(CASES.read_text()) if CASES.exists() else {}
    for path in sys.argv[1:]:
        said = subprocess.run([path, "version", "-o", "short"], capture_output=True, text=True, check=True).stdout
        minor = int(said.split(".")[1])
        kept[f"1.{minor}"] = {name: record(path, at(documents, minor)) for name, documents in CONFIGURATIONS.items()}
    CASES.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
