"""Whoever a kubeconfig says one is, by whatever means: the cluster sees that user, and refusals come with a hint."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.live.apiserver import built, token_of
from tests.live.audit import audited
from tests.live.audits import ONE_PROCESS, audit, told
from tests.live.certificates import authority
from tests.live.cluster import Cluster
from tests.live.kubeconfig import User, certificate_user, exec_user, kubeconfig, token_user
from tests.live.releases import BOTH

ROOT = Path(__file__).parents[2]
MASTERS = ("system:masters",)
CORE = ("--rule", "container-privileged")


@BOTH
@pytest.mark.parametrize(
    ("user", "options"),
    [
        (token_user("admin"), ("--as", "jane", "--as-group", "team:a", "--as-group", "team/b")),
        (token_user("admin") | {"as": "jane", "as-groups": ["team:a", "team/b"]}, ()),
        (token_user("admin") | {"as": "joe"}, ("--as", "jane", "--as-group", "team:a", "--as-group", "team/b")),
    ],
    ids=["options", "kubeconfig", "options-win"],
)
def test_impersonation_is_what_the_cluster_sees(
    shop: Cluster, tmp_path: Path, user: User, options: tuple[str, ...]
) -> None:
    with audited(shop.audit_log, "admin") as seen:
        done = audit(kubeconfig(tmp_path / "config", shop, user), *CORE, *options)
    assert {one.impersonated for one in seen} == {"jane"}
    assert done.code == 3
    about = done.report["run"]["cluster"]
    assert about["user"] == "jane"
    assert {"team:a", "team/b"} <= set(about["groups"])
    assert all("jane could not list" in gap["reason"] for gap in done.report["gaps"])


def test_an_impersonated_group_has_its_rights(shop: Cluster, tmp_path: Path) -> None:
    user = token_user("admin") | {"as": "jane", "as-groups": list(MASTERS)}
    done = audit(kubeconfig(tmp_path / "config", shop, user), *CORE)
    assert (done.code, done.report["gaps"]) == (1, [])


def test_nobody_may_impersonate(shop: Cluster, tmp_path: Path) -> None:
    done = told("cluster", "--kubeconfig", kubeconfig(tmp_path / "config", shop, token_user("nobody")), "--as", "admin")
    assert done.code == 3
    assert "impersonate" in done.err
    assert "hint: " in done.err


@pytest.mark.parametrize("way", ["certificate", "inline", "exec", "token-file"])
def test_ways_to_say_who_one_is(shop: Cluster, tmp_path: Path, way: str) -> None:
    file = tmp_path / "token"
    file.write_text(token_of("admin") + "\n")
    users: dict[str, tuple[str, User]] = {
        "certificate": ("carol", certificate_user(shop.authority, tmp_path, "carol", MASTERS)),
        "inline": ("dave", certificate_user(shop.authority, tmp_path, "dave", MASTERS, inline=True)),
        "exec": ("admin", exec_user(tmp_path, token_of("admin"))),
        "token-file": ("admin", {"tokenFile": str(file)}),
    }
    name, user = users[way]
    with audited(shop.audit_log, name) as seen:
        done = audit(kubeconfig(tmp_path / "config", shop, user), *CORE)
    assert (done.code, done.report["gaps"], done.report["run"]["cluster"]["user"]) == (1, [], name)
    assert len(seen) == done.report["run"]["cluster"]["requests"]
    if way == "exec":
        assert (tmp_path / "exec-calls").read_text() == "run\n"


def test_paths_of_several_files_lead_where_kubectl_goes(
    shop: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client certificate lies beside the file of the user, the authority beside that of the cluster."""
    folders = [tmp_path / name for name in ("clusters", "users")]
    for folder in folders:
        folder.mkdir()
    user = certificate_user(shop.authority, folders[1], "frank", MASTERS)
    relative = {key: os.path.relpath(str(path), folders[1]) for key, path in user.items()}
    whole = yaml.safe_load(kubeconfig(tmp_path / "config", shop, relative).read_text())
    (folders[0] / "ca.crt").write_bytes(shop.ca.read_bytes())
    whole["clusters"][0]["cluster"]["certificate-authority"] = "ca.crt"
    parts = (whole, {"apiVersion": "v1", "kind": "Config", "users": whole.pop("users")})
    for folder, part in zip(folders, parts, strict=True):
        (folder / "config").write_text(yaml.safe_dump(part))
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join(str(folder / "config") for folder in folders))
    found = built("kubectl")
    assert not isinstance(found, str)
    said = subprocess.run([str(found[0]), "auth", "whoami", "-o", "yaml"], capture_output=True, text=True, timeout=60)
    report = json.loads(told("cluster", *CORE, "--no-config", "-o", "json", *ONE_PROCESS).out)
    assert yaml.safe_load(said.stdout)["status"]["userInfo"]["username"] == "frank", said.stderr
    assert report["run"]["cluster"]["user"] == "frank"


@pytest.mark.parametrize("way", ["expired", "unknown-token", "unknown-authority", "no-plugin"])
def test_refusals_come_with_a_hint(shop: Cluster, tmp_path: Path, way: str) -> None:
    users: dict[str, User] = {
        "expired": certificate_user(shop.authority, tmp_path, "erin", MASTERS, days=-1),
        "unknown-token": {"token": "nonsense"},
        "unknown-authority": certificate_user(authority(tmp_path, "other-ca"), tmp_path, "erin", MASTERS),
        "no-plugin": {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-plugin-anywhere"}},
    }
    users["no-plugin"]["exec"]["interactiveMode"] = "Never"
    done = told("cluster", "--kubeconfig", kubeconfig(tmp_path / "config", shop, users[way]), "--no-config")
    assert (done.code, done.out) == (3, "")
    message, hint = done.err.splitlines()
    assert message.startswith("kubeplumb: ")
    assert hint.startswith("  hint: ")
    assert {"no-plugin": "plugin", "unknown-token": "token"}.get(way, "certificate") in hint


def test_a_server_that_shows_another_certificate_is_not_trusted(shop: Cluster, tmp_path: Path) -> None:
    config = kubeconfig(tmp_path / "config", shop, token_user("admin"))
    document = yaml.safe_load(config.read_text())
    document["clusters"][0]["cluster"]["certificate-authority"] = str(authority(tmp_path, "other-ca").certificate)
    config.write_text(yaml.safe_dump(document))
    with audited(shop.audit_log, "admin") as seen:
        done = told("cluster", "--kubeconfig", config)
    assert done.code == 3
    assert "certificate" in done.err
    assert "certificate-authority" in done.err.splitlines()[1]
    assert seen == []


@pytest.mark.parametrize("way", ["environment", "home"])
def test_a_kubeconfig_is_found_as_by_kubectl(shop: Cluster, tmp_path: Path, way: str) -> None:
    (tmp_path / ".kube").mkdir()
    config = kubeconfig(tmp_path / ".kube" / "config", shop, token_user("admin"))
    environment = {key: value for key, value in os.environ.items() if key != "KUBECONFIG"} | {"HOME": str(tmp_path)}
    if way == "environment":
        other = kubeconfig(tmp_path / "other", shop, token_user("nobody"))
        document = yaml.safe_load(other.read_text())
        names = {"name": "other", "context": {"cluster": "live", "user": "other"}}
        document |= {"contexts": [names], "current-context": "other"}
        document["users"][0]["name"] = "other"
        other.write_text(yaml.safe_dump(document))
        environment["KUBECONFIG"] = f"{tmp_path}/missing:{other}:{config}"
    command = [sys.executable, "-m", "auditor", "cluster", "--no-config", "-o", "json", *CORE, *ONE_PROCESS]
    codes = [
        subprocess.run([*command, *more], cwd=ROOT, env=environment, capture_output=True, text=True).returncode
        for more in ([], ["--context", "live"])
    ]
    assert codes == ([3, 1] if way == "environment" else [1, 1])
