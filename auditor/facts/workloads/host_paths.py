"""A pod spec in, its hostPath volumes out: how sensitive each path is and what the containers may do with it."""

from collections.abc import Mapping
from typing import Any

from auditor.tables.host_paths import sensitivity


def host_paths(spec: Mapping[str, Any], containers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One item for each hostPath volume: `name`, `index`, `path`, `sensitivity` and `access`.

    `index` is the volume's in the pod spec; `access` is `write`, `read`, or `none` where no container mounts it.
    """
    volumes = [
        (index, volume)
        for index, volume in enumerate(spec.get("volumes") or ())
        if isinstance(volume.get("hostPath"), dict)
    ]
    if not volumes:
        return []
    access = _access(containers)
    result = []
    for index, volume in volumes:
        name, path = str(volume.get("name", "")), str(volume["hostPath"].get("path", ""))
        item = {"name": name, "index": index, "path": path}
        result.append({**item, "sensitivity": sensitivity(path), "access": access.get(name, "none")})
    return result


def _access(containers: list[dict[str, Any]]) -> dict[str, str]:
    """The widest access that any container has to a volume, by the volume's name."""
    found: dict[str, str] = {}
    for container in containers:
        for mount in container.get("volumeMounts") or ():
            name = str(mount.get("name", ""))
            if not mount.get("readOnly"):
                found[name] = "write"
            else:
                found.setdefault(name, "read")
    return found
