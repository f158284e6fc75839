"""AuthenticationConfigurations of a world in, who gets in by them without credentials or as somebody else, out."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from auditor.facts.configuration.documents import document_fact, documents, numbered
from auditor.facts.world import World
from auditor.model.facts import Fact, Field, Subject
from auditor.model.inventory import Resource
from auditor.model.refs import Path

_TYPE: Final = "config.AuthenticationConfiguration"
_SYSTEM: Final = "system:"
_LITERAL: Final = r"""(?P<quote>["'])(?P<text>[^"'\\]*)(?P=quote)"""
_PREFIXED: Final = rf"\s*{_LITERAL}\s*\+"
_EACH_PREFIXED: Final = rf"\s*claims[\w.\[\]'\"?]*\.map\(\s*(\w+)\s*,\s*{_LITERAL}\s*\+[^()]*\)\s*"
_CLAIM: Final = r"\s*claims\.(\w+)\s*"

System = Literal["open", "closed", "unclear"]
"""Whether an issuer can give somebody a name that begins with `system:`, as Kubernetes' own users and groups do."""

AUTHENTICATION = Subject(
    name="authentication",
    description="An AuthenticationConfiguration: requests without credentials, and the issuers of tokens.",
    variable="authentication",
    owners=("cluster",),
    reads=(),
    joined=True,
    fields={
        "anonymous": Field(
            "string",
            "What requests without credentials get: `off`, `paths` (only those of `openPaths`), `open` (any path), or "
            "`unset`: the flag --anonymous-auth decides.",
        ),
        "openPaths": Field("list", "The paths of the conditions; matched as a whole, without wildcards."),
        "issuers": Field(
            "list",
            "Issuers of tokens: `url`, `discoveryURL`, `audiences`, `username` and `groups` (the claim or expression), "
            "`claimRules` and `userRules` (their numbers), and `restricted`, whether any rule looks at more than the "
            "issuer and the audience.",
        ),
        "systemNames": Field(
            "list",
            "Mappings by which an issuer may give out names that begin with `system:`: `issuer`, `of` (`username` or "
            "`groups`) and `state` (`open`, or `unclear` where an expression would have to be understood).",
        ),
    },
)


def authentication_facts(world: World) -> Iterator[Fact]:
    """One fact for each AuthenticationConfiguration."""
    for _, resource in documents(world, _TYPE):
        yield _fact(resource, world)


def anonymous_state(manifest: Mapping[str, Any]) -> tuple[str, list[str]]:
    """What a decoded configuration gives to requests without credentials, and on which paths.

    pkg/authentication/request/anonymous of k8s.io/apiserver v0.37.1: the path has to be equal to that of a condition.
    """
    anonymous = manifest.get("anonymous")
    if anonymous is None:
        return "unset", []
    if not anonymous.get("enabled"):
        return "off", []
    paths = [str(one.get("path", "")) for one in anonymous.get("conditions") or ()]
    return ("paths" if paths else "open"), paths


def _fact(resource: Resource, world: World) -> Fact:
    state, paths = anonymous_state(resource.manifest)
    issuers = resource.manifest.get("jwt") or []
    minted = [one for at, issuer in enumerate(issuers) for one in _minted(at, issuer)]
    value: dict[str, Any] = {
        "anonymous": state,
        "openPaths": paths,
        "issuers": [_issuer(one) for one in issuers],
        "systemNames": [value for _, value in minted],
    }
    places: dict[str, Path] = {
        "anonymous": ("anonymous", "enabled"),
        **numbered("openPaths", [("anonymous", "conditions", index, "path") for index in range(len(paths))]),
        **numbered("issuers", [("jwt", index, "issuer", "url") for index in range(len(issuers))]),
        **numbered("systemNames", [path for path, _ in minted]),
    }
    return document_fact(AUTHENTICATION, resource, world, value, places)


def _issuer(one: Mapping[str, Any]) -> dict[str, Any]:
    issuer, mappings = one.get("issuer") or {}, one.get("claimMappings") or {}
    claim_rules, user_rules = one.get("claimValidationRules") or [], one.get("userValidationRules") or []
    return {
        "url": str(issuer.get("url", "")),
        "discoveryURL": str(issuer.get("discoveryURL", "")),
        "audiences": list(issuer.get("audiences") or ()),
        **{name: _source(mappings.get(name) or {}) for name in ("username", "groups")},
        "claimRules": len(claim_rules),
        "userRules": len(user_rules),
        "restricted": bool(claim_rules or user_rules),
    }


def _source(mapping: Mapping[str, Any]) -> str:
    return str(mapping.get("claim") or mapping.get("expression") or "")


def _minted(at: int, one: Mapping[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    mappings, url = one.get("claimMappings") or {}, str((one.get("issuer") or {}).get("url", ""))
    rules = [str(rule.get("expression", "")) for rule in one.get("userValidationRules") or ()]
    looked_at = any(_SYSTEM in str(rule.get("expression", "")) for rule in one.get("claimValidationRules") or ())
    for name in ("username", "groups"):
        state = system_names(name, mappings.get(name) or {}, rules)
        state = "unclear" if state == "open" and looked_at else state
        if state != "closed":
            yield ("jwt", at, "claimMappings", name), {"issuer": url, "of": name, "state": state}


def system_names(name: str, mapping: Mapping[str, Any], rules: list[str]) -> System:
    """Whether a mapping to a username or to groups lets an issuer give out names of Kubernetes' own.

    Nothing in the server forbids it: types.go of k8s.io/apiserver v0.37.1 (pkg/apis/apiserver/v1) leaves it to
    userValidationRules. A verified e-mail address cannot look like one.
    """
    word = "user.username" if name == "username" else "user.groups"
    if any(word in rule and _SYSTEM in rule and "!" in rule for rule in rules):
        return "closed"
    prefix = _prefix(name, mapping)
    if prefix is not None and not prefix.startswith(_SYSTEM) and not _SYSTEM.startswith(prefix):
        return "closed"
    return "unclear" if prefix is None or any(word in rule for rule in rules) else "open"


def _prefix(name: str, mapping: Mapping[str, Any]) -> str | None:
    """What every name begins with that a mapping makes; None where it cannot be told."""
    claim, expression = mapping.get("claim"), str(mapping.get("expression", ""))
    if not claim and not expression:
        return "nobody:"
    plain = re.fullmatch(_CLAIM, expression)
    if claim or plain:
        which = claim or (plain[1] if plain else "")
        return "mail:" if name == "username" and which == "email" else str(mapping.get("prefix", ""))
    found = re.match(_PREFIXED, expression) or re.fullmatch(_EACH_PREFIXED, expression)
    if found is None or not found["text"]:
        return None
    alternatives = "?" in expression[found.end() :] or "||" in expression
    return None if alternatives else found["text"]
