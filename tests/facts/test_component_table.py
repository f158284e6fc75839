"""The table of flags against what the binaries of 1.37.1 and etcd 3.7.0 say themselves (`record_help.py`)."""

import json
from pathlib import Path
from typing import NamedTuple

import pytest

from auditor.facts.components.flag_values import value_of
from auditor.pipeline.prepare import all_rules
from auditor.tables.components import file_flags, flags

HELP = Path(__file__).with_name("help")
MINOR = {"etcd": 7}

HIDDEN = {
    "etcd": {"auth-token-ttl", "bcrypt-cost", "compaction-batch-limit", "config-file", "version"},
    "kube-apiserver": {
        "apiserver-count",
        "audit-webhook-batch-initial-backoff",
        "default-watch-cache-size",
        "kubelet-port",
        "kubelet-read-only-port",
    },
    "kube-controller-manager": {"allow-untagged-cloud", "node-sync-period"},
    "kube-proxy": {"healthz-port", "metrics-port"},
}
"""Flags that the binary takes and its --help does not show, most of them deprecated."""

REFUSED = {"etcd": {"discovery", "discovery-proxy"}}
"""Flags that --help shows and the binary does not take (`flag provided but not defined`)."""

NOT_PRINTED = {
    "authorization-mode": ["AlwaysAllow"],  # set when the options are completed (authorization.go)
    "tls-min-version": "VersionTLS12",  # DefaultTLSVersion of k8s.io/component-base/cli/flag
    "version": "false",
}
ETCD_WORDS = {
    "backend-bbolt-freelist-type": "map",
    "compact-hash-check-time": "1m",
    "data-dir": "${name}.etcd",
    "grpc-keepalive-interval": "2h",
    "max-concurrent-streams": "math.MaxUint32",
    "watch-progress-notify-interval": "10m",
}
"""What etcd's handwritten help says in other words than its flags do."""
ETCD_SILENT = {"downgrade-check-time", "enable-grpc-gateway", "snapshot-catchup-entries"}


class Said(NamedTuple):
    """One flag as its binary describes it."""

    name: str
    kind: str
    default: str
    in_file: bool


def said(component: str) -> dict[str, Said]:
    rows = ([*line.split("\t"), "", "", ""] for line in (HELP / f"{component}.txt").read_text("utf-8").splitlines())
    return {row[0]: Said(row[0], row[1], row[2], row[3] == "file") for row in rows if row[0] != "help"}


COMPONENTS = sorted(file.stem for file in HELP.glob("*.txt"))


@pytest.mark.parametrize("component", COMPONENTS)
def test_names(component: str) -> None:
    known, described = set(flags(component, MINOR.get(component, 37))), set(said(component))
    assert known - described == HIDDEN.get(component, set())
    assert described - known == REFUSED.get(component, set())


@pytest.mark.parametrize("component", [name for name in COMPONENTS if name != "etcd"])
def test_kinds(component: str) -> None:
    known = flags(component, 37)
    for one in said(component).values():
        flag = known[one.name]
        bare = one.kind in ("", "version[=true]", "RuntimeDefault")  # the last is a word of its description
        assert (flag.bare != "") == bare, one.name
        assert (flag.kind == "int") == (one.kind in ("int", "int32", "int64", "uint", "Level")), one.name
        assert (flag.kind == "duration") == (one.kind == "duration"), one.name
        assert (flag.kind in ("list", "strings")) <= (one.kind not in ("", "string", "int", "duration")), one.name


@pytest.mark.parametrize("component", COMPONENTS)
def test_defaults(component: str) -> None:
    known = flags(component, MINOR.get(component, 37))
    for one in said(component).values():
        if one.name not in known or (component == "etcd" and one.name in ETCD_SILENT):
            continue
        flag = known[one.name]
        if component == "etcd" and one.name in ETCD_WORDS:
            assert one.default == ETCD_WORDS[one.name], "etcd's help says it in other words now"
        elif one.default:
            text = one.default.strip('"')
            text = text.strip("[]") if flag.kind == "list" else text
            wanted = type(flag.default)() if text == "[]" else value_of(flag.kind, [text])
            assert flag.default == wanted, one.name
        elif one.name in NOT_PRINTED and component != "etcd":
            assert flag.default == NOT_PRINTED[one.name], one.name
        else:
            assert flag.default in ("", 0, False, [], {}, "0s", "0"), one.name


LISTS_OF_OBJECTS = {"register-with-taints", "reserved-memory"}
"""No flag's value has their shape in the file, and no rule reads them."""


def test_what_the_kubelet_reads_from_its_file_is_what_its_file_governs() -> None:
    """A flag that is missing there would count as default where the file is not in the input: a wrong pass."""
    (file,) = [one for one in file_flags("kubelet") if one.name == "config"]
    missing = {one.name for one in said("kubelet").values() if one.in_file} - set(file.governs)
    assert missing == LISTS_OF_OBJECTS


@pytest.mark.parametrize("rule", ["tls-cipher-weak", "etcd-cipher-weak"])
def test_strong_cipher_suites_are_those_that_go_does_not_call_insecure(rule: str) -> None:
    """`tls.CipherSuites` and `tls.InsecureCipherSuites` of the Go version, as the API server's help prints them."""
    known = json.loads((HELP / "cipher-suites.json").read_text("utf-8"))
    assert sorted(all_rules(())[rule].params["strong"].default) == known["Preferred"]
    assert len(known["Insecure"]) == 12
