"""Versions of the control plane and of a node's component in, whether the skew policy allows the two together out."""

from typing import Literal, NamedTuple

from auditor.kube.versions import Version

State = Literal["same", "within", "too-old", "newer"]

_WIDER_FROM = Version(1, 25)


class Skew(NamedTuple):
    """How far a component lies behind kube-apiserver: minors, negative if it is ahead, and how many are allowed."""

    minors: int
    allowed: int
    state: State


def skew(server: Version, component: Version) -> Skew | None:
    """What the policy says of a kubelet or kube-proxy; None where the majors differ, of which it says nothing.

    Neither may be newer than kube-apiserver, nor more than three minors older, two if itself older than 1.25
    (kubernetes.io/releases/version-skew-policy). So 1.28 is the first control plane for nodes of n-3. Patch levels do
    not count.
    """
    if server.major != component.major:
        return None
    allowed = 3 if component.reaches(_WIDER_FROM) else 2
    minors = server.minor - component.minor
    return Skew(minors, allowed, _state(minors, allowed))


def _state(minors: int, allowed: int) -> State:
    if minors == 0:
        return "same"
    if minors < 0:
        return "newer"
    return "within" if minors <= allowed else "too-old"
