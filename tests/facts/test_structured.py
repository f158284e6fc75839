"""What a structured configuration file decides of an API server's settings."""

from typing import Any

import pytest

from auditor.facts.components.structured import Decided, settings_of

CONFIG = "apiserver.config.k8s.io/v1"


def authentication(**more: Any) -> dict[str, Any]:
    return {"apiVersion": CONFIG, "kind": "AuthenticationConfiguration", **more}


@pytest.mark.parametrize(
    ("anonymous", "wanted"),
    [
        ({"enabled": False}, (False, [])),
        ({"enabled": True}, (True, [])),
        ({}, (False, [])),
        ({"enabled": True, "conditions": [{"path": "/livez"}]}, (True, ["/livez"])),
    ],
)
def test_anonymous_requests_have_three_states(anonymous: dict[str, Any], wanted: tuple[bool, list[str]]) -> None:
    found = settings_of("authentication-config", authentication(anonymous=anonymous))
    assert found == (Decided("anonymous-auth", wanted[0], ("anonymous", "enabled"), {"paths": wanted[1]}),)


def test_a_file_that_leaves_anonymous_requests_out_decides_nothing() -> None:
    assert settings_of("authentication-config", authentication(jwt=[]), {"anonymous-auth"}) == ()


def test_the_chain_is_the_authorization_mode() -> None:
    chain = [{"type": "Node", "name": "node"}, {"type": "RBAC", "name": "rbac"}]
    document = {"apiVersion": f"{CONFIG}beta1", "kind": "AuthorizationConfiguration", "authorizers": chain}
    assert settings_of("authorization-config", document) == (
        Decided("authorization-mode", ["Node", "RBAC"], ("authorizers",)),
    )


def test_what_plugins_are_given_stands_inside_the_file() -> None:
    pods = {"apiVersion": "pod-security.admission.config.k8s.io/v1", "kind": "PodSecurityConfiguration"}
    limits = {"apiVersion": "eventratelimit.admission.k8s.io/v1alpha1", "kind": "Configuration"}
    limits |= {"limits": [{"type": "Server", "qps": 1, "burst": 2}]}  # type: ignore[dict-item]
    plugins = [
        {"name": "PodSecurity", "configuration": {**pods, "defaults": {"enforce": "baseline"}}},
        {"name": "PodSecurity", "configuration": {**pods, "defaults": {"enforce": "privileged"}}},
        {"name": "EventRateLimit", "configuration": limits},
        {"name": "ImagePolicyWebhook", "path": "elsewhere.yaml"},
    ]
    document = {"apiVersion": CONFIG, "kind": "AdmissionConfiguration", "plugins": plugins}
    found = settings_of("admission-control-config-file", document)
    assert not isinstance(found, str)
    assert [(one.name, one.path) for one in found] == [
        ("podSecurity", ("plugins", 0, "configuration")),
        ("eventRateLimit", ("plugins", 2, "configuration")),
    ]
    assert found[0].value["defaults"]["enforce"] == "baseline"
    assert found[0].value["defaults"]["warn-version"] == "latest"


@pytest.mark.parametrize(
    ("flag", "document", "given", "words"),
    [
        ("authentication-config", authentication(anonymous={"enabled": True}), {"anonymous-auth"}, "--anonymous-auth"),
        ("authentication-config", authentication(), {"oidc-issuer-url"}, "--oidc-issuer-url"),
        ("authentication-config", authentication(metadata={}), set(), "metadata is object"),
        ("authorization-config", authentication(), set(), "is no AuthorizationConfiguration"),
        ("authorization-config", {"kind": "AuthorizationConfiguration", "apiVersion": CONFIG}, set(), "authorizers"),
    ],
)
def test_what_does_not_start_decides_nothing(flag: str, document: dict[str, Any], given: set[str], words: str) -> None:
    found = settings_of(flag, document, given)
    assert isinstance(found, str)
    assert words in found
    assert found.endswith("the API server does not start")
