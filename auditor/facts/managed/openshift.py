"""OpenShift's own configuration objects of a world in, what they decide about the control plane out.

Fields: github.com/openshift/api config/v1, types_apiserver.go, types_tlssecurityprofile.go, types_oauth.go,
types_feature.go, types_image.go. What is left out has the default that these files tell.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from auditor.facts.managed.reading import NO_ANSWER, Reading, mappings, texts
from auditor.facts.world import World
from auditor.model.facts import Anchor, Fact, Field, Subject
from auditor.model.inventory import Resource

_GROUP: Final = "config.openshift.io"
_SERVER, _OAUTH, _GATES, _IMAGE = (f"{kind}.{_GROUP}" for kind in ("APIServer", "OAuth", "FeatureGate", "Image"))
_DAY: Final = 86_400
"""Seconds for which access tokens hold where nothing else is said (OpenShift, configuring internal OAuth)."""

OPENSHIFT: Final = Subject(
    name="openshift",
    description="An object by which OpenShift's own operators are told how to run the control plane.",
    variable="openshift",
    owners=("cluster",),
    reads=(),
    joined=True,
    fields={
        "kind": Field(
            "string", "`APIServer`, `OAuth`, `FeatureGate` or `Image`; the other fields go with one of them."
        ),
        "auditProfile": Field(
            "string", "APIServer: `Default`, `WriteRequestBodies`, `AllRequestBodies` or `None`.", (), True, (_SERVER,)
        ),
        "unaudited": Field("list", "APIServer: groups whose requests are not logged.", (), True, (_SERVER,)),
        "encryption": Field(
            "string", "APIServer: `aescbc`, `aesgcm`, `KMS`, or `identity` for none.", (), True, (_SERVER,)
        ),
        "tlsMinimum": Field(
            "string", "APIServer: oldest version of TLS, such as `VersionTLS12`.", (), True, (_SERVER,)
        ),
        "tokenSeconds": Field("int", "OAuth: for how long access tokens hold.", (), True, (_OAUTH,)),
        "featureSet": Field("string", "FeatureGate: empty for what is supported.", (), True, (_GATES,)),
        "insecureRegistries": Field("list", "Image: registries that need show no certificate.", (), True, (_IMAGE,)),
    },
)
_MINIMA: Final = {"Old": "VersionTLS10", "Intermediate": "VersionTLS12", "Modern": "VersionTLS13", "": "VersionTLS12"}


def openshift_facts(world: World) -> Iterator[Fact]:
    """One fact for each of the objects."""
    for kind, read in _READERS.items():
        for resource in world.of(kind):
            if resource.ref.group == _GROUP:
                yield _fact(resource, read, world)


def _fact(resource: Resource, read: Callable[[Reading], None], world: World) -> Fact:
    ref, origin = resource.ref, resource.origin
    reading = Reading(resource.manifest)
    read(reading)
    anchors = {"": Anchor(origin, ref, ())}
    anchors |= {name: Anchor(origin, ref, path) for name, path in reading.paths.items()}
    value = {"kind": ref.kind, **reading.values}
    fact = Fact("openshift", ref, value, anchors, world.name, {"cluster": world.cluster})
    fact.unknown = world.unknown.get(origin, ())
    conflict = world.conflict(ref)
    fact.undecided = {**reading.undecided, **(dict.fromkeys(reading.values, conflict) if conflict else {})}
    fact.shown[origin] = resource.manifest
    return fact


def _api_server(reading: Reading) -> None:
    reading.text("auditProfile", "spec", "audit", "profile", absent="Default")
    _unaudited(reading)
    kind = reading.text("encryption", "spec", "encryption", "type", absent="identity")
    reading.values["encryption"] = kind or "identity"
    profile = reading.look(str, "spec", "tlsSecurityProfile", "type")
    custom = reading.look(str, "spec", "tlsSecurityProfile", "custom", "minTLSVersion")
    place = custom if profile.value == "Custom" else profile
    minimum = custom.value if profile.value == "Custom" else _MINIMA.get(profile.value or "")
    if place.problem or minimum is None:
        reason = place.problem or NO_ANSWER.format("spec.tlsSecurityProfile.custom.minTLSVersion")
        reading.leave("tlsMinimum", reason, place.path)
    else:
        reading.put("tlsMinimum", minimum, place.path)


def _unaudited(reading: Reading) -> None:
    found = reading.look(list, "spec", "audit", "customRules")
    rules = mappings(found)
    if found.problem or len(rules) < len(found.value or ()):
        reason = found.problem or "spec.audit.customRules holds something that is no object"
        reading.leave("unaudited", reason, found.path, [])
        return
    groups = [str(rule.get("group", "")) for _, rule in rules if rule.get("profile") == "None"]
    reading.put("unaudited", groups, found.path)


def _oauth(reading: Reading) -> None:
    found = reading.look(int, "spec", "tokenConfig", "accessTokenMaxAgeSeconds")
    if found.problem:
        reading.leave("tokenSeconds", found.problem, found.path, 0)
    else:
        reading.put("tokenSeconds", found.value or _DAY, found.path)


def _feature_gate(reading: Reading) -> None:
    reading.text("featureSet", "spec", "featureSet", absent="")


def _image(reading: Reading) -> None:
    found = reading.look(list, "spec", "registrySources", "insecureRegistries")
    names, problem = texts(found)
    if problem:
        reading.leave("insecureRegistries", problem, found.path, [])
    else:
        reading.put("insecureRegistries", names, found.path)


_READERS: Final[Mapping[str, Callable[[Reading], None]]] = {
    "APIServer": _api_server,
    "OAuth": _oauth,
    "FeatureGate": _feature_gate,
    "Image": _image,
}
