"""Verdicts on an API server, by its own command line, agree with how it behaves: who gets in, TLS, what it tells.

Six servers: the session's cluster; a hardened one; one with files for authentication and authorization; one that allows
everything by a flag; one by a flag, with a file that lets anonymous requests in; one by a file.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from auditor.tables.components import file_flags
from tests.conftest import Kubeplumb
from tests.live import flagz, handshakes
from tests.live.apiserver import Server, binaries, running, token_of
from tests.live.cluster import Cluster
from tests.live.judged import Judged, judged

RULES = (
    "apiserver-anonymous-auth",
    "apiserver-authorization-always-allow",
    "audit-log-off",
    "component-profiling",
    "tls-cipher-weak",
    "tls-version-old",
    "authentication-anonymous-open",
    "authorization-chain-always-allow",
)
CONFIG = "apiserver.config.k8s.io/v1"
ANONYMOUS = [{"path": path} for path in ("/livez", "/readyz", "/healthz")]
FILES = {
    "limited": {"kind": "AuthenticationConfiguration", "anonymous": {"enabled": True, "conditions": ANONYMOUS}},
    "anybody": {"kind": "AuthenticationConfiguration", "anonymous": {"enabled": True}},
    "rights": {
        "kind": "AuthorizationConfiguration",
        "authorizers": [{"type": "Node", "name": "node"}, {"type": "RBAC", "name": "rbac"}],
    },
    "everything": {
        "kind": "AuthorizationConfiguration",
        "authorizers": [{"type": "AlwaysAllow", "name": "alwaysallow"}],
    },
}
TWO_SUITES = ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_128_CBC_SHA")
ALLOWING = "--authorization-mode=AlwaysAllow"
STARTED = {
    "hardened": (
        *("--authorization-mode=Node,RBAC", "--anonymous-auth=false", "--profiling=false"),
        "--tls-min-version=VersionTLS13",
    ),
    "structured": (
        *("--authorization-config={rights}", "--authentication-config={limited}"),
        f"--tls-cipher-suites={','.join(TWO_SUITES)}",
    ),
    "open": (ALLOWING, "--tls-min-version=VersionTLS10"),
    "mixed": (ALLOWING, "--authentication-config={anybody}"),
    "chain": ("--authorization-config={everything}",),
}
NAMES = ("cluster", *STARTED)
ALLOWED = ("open", "mixed", "chain")
NOBODY = (f"{token_of('nobody')},nobody,nobody",)


@pytest.fixture(scope="module")
def servers(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Server]]:
    """All of them, side by side."""
    lacking = binaries()
    if isinstance(lacking, str):
        pytest.skip(lacking)
    folder = tmp_path_factory.mktemp("files")
    places = {name: folder / f"{name}.json" for name in FILES}
    for name, content in FILES.items():
        places[name].write_text(json.dumps({"apiVersion": CONFIG, **content}))
    with ExitStack() as until_end:

        def start(name: str) -> Server:
            own, flags = tmp_path_factory.mktemp(name), tuple(flag.format(**places) for flag in STARTED[name])
            return until_end.enter_context(running(own, *flags[1:], tokens=NOBODY, authorization=flags[:1]))

        with ThreadPoolExecutor() as threads:
            found = dict(zip(STARTED, threads.map(start, STARTED), strict=True))
        yield {"cluster": cluster, **found}


_KNOWN: dict[str, Judged] = {}


@pytest.fixture(params=NAMES)
def pair(
    request: pytest.FixtureRequest, servers: dict[str, Server], tmp_path: Path, kubeplumb: Kubeplumb
) -> tuple[str, Server, Judged]:
    """A server, and what an audit of its command line says."""
    name: str = request.param
    if name not in _KNOWN:
        _KNOWN[name] = judged(kubeplumb, tmp_path / "audited", "kube-apiserver", servers[name].words, RULES)
    return name, servers[name], _KNOWN[name]


Pair = tuple[str, Server, Judged]


def port(server: Server) -> int:
    return int(server.base_url.rpartition(":")[2])


def test_requests_without_credentials(pair: Pair) -> None:
    """401 where nobody is anonymous; 403, or an answer, where somebody is (apiserver pkg/endpoints/filters)."""
    name, server, told = pair
    statuses = [server.request("GET", path, token="").status for path in ("/api/v1/namespaces", "/livez")]
    verdict, value = told.verdicts["apiserver-anonymous-auth"], told.value("anonymous-auth")
    expected = {"cluster": [403, 200], "structured": [401, 200], "mixed": [200, 200], "chain": [200, 200]}
    assert statuses == expected.get(name, [401, 401])
    if "--authentication-config" in " ".join(server.words):
        # The file decides, and has a rule of its own; AlwaysAllow does not touch it.
        entry = told.settings["anonymous-auth"]
        assert (value, entry["origin"], verdict) == (True, "file", "not-applicable")
        assert entry["paths"] == [one["path"] for one in ANONYMOUS if name == "structured"]
        assert told.verdicts["authentication-anonymous-open"] == ("pass" if name == "structured" else "fail")
    else:
        assert value is (statuses[0] != 401)
        # Beside the flag of AlwaysAllow the server refuses (ApplyAuthorization in authentication.go); beside the file's
        # authorizer of that type it does not.
        assert verdict == {"hardened": "pass", "open": "not-applicable"}.get(name, "fail")


def test_requests_of_a_user_without_rights(pair: Pair) -> None:
    name, server, told = pair
    status = server.get("/api/v1/secrets", token=token_of("nobody")).status
    verdict = told.verdicts["apiserver-authorization-always-allow"]
    assert status == (200 if name in ALLOWED else 403)
    assert ("AlwaysAllow" in told.value("authorization-mode")) == (status == 200)
    if "--authorization-config" in " ".join(server.words):
        assert told.settings["authorization-mode"]["origin"] == "file"
        assert told.verdicts["authorization-chain-always-allow"] == ("fail" if status == 200 else "pass")
        assert verdict in ("not-applicable", "fail" if status == 200 else "pass")
    else:
        assert verdict == ("fail" if status == 200 else "pass")


def test_what_is_written_to_an_audit_log(pair: Pair) -> None:
    _, server, told = pair
    server.get("/api/v1/namespaces/default")
    lines = str(server.get("/metrics").body).splitlines()
    written = sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith("apiserver_audit_event_total"))
    assert told.verdicts["audit-log-off"] == ("pass" if written else "fail")
    assert bool(told.value("audit-log-path")) == bool(written)


def test_profiling(pair: Pair) -> None:
    _, server, told = pair
    answered = server.get("/debug/pprof/").status
    assert answered in (200, 404)
    assert told.value("profiling") is (answered == 200)
    assert told.verdicts["component-profiling"] == ("fail" if answered == 200 else "pass")


def test_tls_versions(pair: Pair) -> None:
    _, server, told = pair
    order = list(handshakes.VERSIONS)
    accepted = handshakes.versions(port(server))
    assert accepted == set(order[order.index(told.value("tls-min-version")) :])
    old = accepted & {"VersionTLS10", "VersionTLS11"}
    assert told.verdicts["tls-version-old"] == ("fail" if old else "pass")


DEFAULT = {name for name in handshakes.SUITES if "_ECDHE_" in name and not name.endswith("_CBC_SHA256")}
"""What Go accepts where no suites are set (defaultCipherSuites in crypto/tls, Go 1.26), as far as OpenSSL knows it."""


def test_cipher_suites(pair: Pair) -> None:
    name, server, told = pair
    accepted = handshakes.suites(port(server))
    usable = {suite for suite in DEFAULT if "_ECDSA_" in suite} if name == "cluster" else set(handshakes.SUITES)
    usable -= {suite for suite in usable if name != "cluster" and "_ECDSA_" in suite}
    wanted = set(told.value("tls-cipher-suites")) or DEFAULT
    assert accepted == (wanted & usable if told.value("tls-min-version") != "VersionTLS13" else set())
    weak = {suite for suite in accepted if suite not in DEFAULT}
    assert told.verdicts["tls-cipher-weak"] == ("fail" if weak else "pass" if accepted else "not-applicable")


def test_flagz(pair: Pair) -> None:
    """What the server works out itself, or spells in a way of its own, is left out."""
    name, server, told = pair
    said = flagz.told(server)
    kinds = flagz.known(said, "kube-apiserver", server)
    # What files decide is no flag's value.
    decided = {flag for flag, entry in told.settings.items() if entry["origin"] in ("file", "undecided")}
    governed = {flag for file in file_flags("kube-apiserver") for flag in file.governs}
    assert decided <= (governed if any("-config=" in word for word in server.words) else set())
    found = flagz.unlike(said, told.settings, {flag: kind for flag, kind in kinds.items() if flag not in decided})
    own = {"advertise-address", "external-hostname", "watch-cache-sizes"}
    own |= {"tls-cert-file", "tls-private-key-file"} if name != "cluster" else set()  # it made one for itself
    own |= {"anonymous-auth"} if name in ALLOWED else set()  # which AlwaysAllow switches off later
    assert {flag: values for flag, values in found.items() if flag not in own} == {}
