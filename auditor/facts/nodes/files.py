"""HostFile documents of a world in, one fact for each file of a node out: whose it is, and who may do what with it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from auditor.facts.clusters.cluster import OBSERVED
from auditor.facts.world import World
from auditor.model.facts import Anchor, Fact, Field, Subject
from auditor.model.inventory import Resource
from auditor.tables.host_files import all_roles

MASKS: Final = ("0600", "0640", "0644", "0660", "0700", "0750", "0755")
"""Modes that rules ask for."""
_WHO: Final = (("owner", 6), ("group", 3), ("others", 0))
_MAY: Final = (("read", 4), ("write", 2), ("execute", 1))
_OWNER: Final = ("uid", "gid", "owner", "group", "ownership")
_MODE: Final = ("mode", "beyond")

FILE = Subject(
    name="file",
    description="A file, folder or socket of a node, as a node bundle tells it; links are followed.",
    variable="file",
    owners=("cluster",),
    reads=("HostFile.observed.kubeplumb.dev",),
    joined=True,
    fields={
        "node": Field("string", "The node's name."),
        "path": Field("string", "Where it lies, in the file system of `within`."),
        "within": Field("string", "The component that sees it there; empty for the node's own file system."),
        "type": Field("string", "`file`, `directory`, `socket`, `other`, or `unknown` if it could not be looked at."),
        "mode": Field("string", "Permission bits in octal, such as `0644`."),
        "beyond": Field(
            "map",
            f"For each of {', '.join(f'`{mask}`' for mask in MASKS)}: the permissions that `mode` gives and it does "
            "not, as texts such as `group read`.",
            ("mode",),
        ),
        "uid": Field("int", "Of its owner."),
        "gid": Field("int", "Of its group."),
        "owner": Field("string", "The owner's name; empty if the node has none for the number."),
        "group": Field("string", "The group's name; the same."),
        "ownership": Field("string", "Both, such as `root:root` or `998:root`.", ("uid", "gid")),
        "size": Field("int", "Bytes.", optional=True),
        "target": Field("string", "Where links lead, if the path has one in it; all else is of the target."),
        "withheld": Field("string", "Why the bundle has no content of it where it could have."),
        "roles": Field("list", f"What it is for: {', '.join(f'`{role}`' for role in all_roles())}."),
    },
)


def file_facts(world: World) -> Iterator[Fact]:
    """One fact for each file; owner and mode of one that could not be looked at are undecided."""
    for resource in world.of("HostFile"):
        if resource.ref.api_version == OBSERVED:
            yield _fact(resource, world)


def _fact(resource: Resource, world: World) -> Fact:
    manifest = resource.manifest
    mode, uid, gid = _permissions(manifest.get("mode")), _number(manifest, "uid"), _number(manifest, "gid")
    owner, group = _text(manifest, "owner"), _text(manifest, "group")
    roles = manifest.get("roles")
    value: dict[str, Any] = {
        **{name: _text(manifest, name) for name in ("node", "path", "within", "target", "withheld")},
        "type": _text(manifest, "type") or "unknown",
        "mode": f"{mode:04o}" if mode >= 0 else "",
        "beyond": {mask: beyond(mode, int(mask, 8)) if mode >= 0 else [] for mask in MASKS},
        **{"uid": uid, "gid": gid, "owner": owner, "group": group},
        "ownership": f"{owner or uid}:{group or gid}",
        "roles": [role for role in roles if isinstance(role, str)] if isinstance(roles, list) else [],
    }
    if isinstance(manifest.get("size"), int):
        value["size"] = manifest["size"]
    anchor = Anchor(resource.origin, resource.ref, ())
    fact = Fact("file", resource.ref, value, {"": anchor}, world.name, {"cluster": world.cluster})
    fact.unknown = world.unknown.get(resource.origin, ())
    why = _text(manifest, "error") or "the bundle does not tell it"
    reason = f"{value['path']} of node {value['node']}: {why}"
    fact.undecided |= dict.fromkeys(_MODE, reason) if mode < 0 else {}
    fact.undecided |= dict.fromkeys(_OWNER, reason) if min(uid, gid) < 0 else {}
    return fact


def beyond(mode: int, mask: int) -> list[str]:
    """The permissions in a mode that a mask lacks, such as `group read`: bit by bit, for 0444 is not less than 0600.

    What set-user-id, set-group-id and the sticky bit say is no permission.
    """
    return [f"{who} {may}" for who, shift in _WHO for may, bit in _MAY if mode & ~mask & bit << shift]


def _permissions(text: Any) -> int:
    """A mode written in octal; -1 if it is none."""
    if not isinstance(text, str) or not text or not set(text) <= set("01234567") or len(text) > 5:
        return -1
    return int(text, 8)


def _number(manifest: Mapping[str, Any], key: str) -> int:
    found = manifest.get(key)
    return found if isinstance(found, int) and not isinstance(found, bool) else -1


def _text(manifest: Mapping[str, Any], key: str) -> str:
    found = manifest.get(key)
    return found if isinstance(found, str) else ""
