"""Places in, SARIF locations out: URIs relative to the directory of the run, regions, names of objects."""

import os
import posixpath
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from auditor.model.refs import ObjectRef, Place
from auditor.renderers.safe import safe_line

BASE = "%SRCROOT%"
"""The name that GitHub, and SARIF's own examples, give to the root of the sources."""

ArtifactOf = Callable[[str], dict[str, str]]


def artifact_of(root: str) -> ArtifactOf:
    """A function from a file to its SARIF artifactLocation, relative to `root` where it lies below."""
    base = _slashes(root or os.getcwd()).rstrip("/") + "/"

    def artifact(file: str) -> dict[str, str]:
        if file == "-":
            return {"uri": "stdin"}
        path = _slashes(file)
        if path.startswith(base):
            path = path.removeprefix(base)
        if posixpath.isabs(path) or path[1:3] == ":/":
            return {"uri": "file:///" + quote(_bytes(path.lstrip("/")))}
        return {"uri": quote(_bytes(posixpath.normpath(path))), "uriBaseId": BASE}

    return artifact


def physical(artifact: ArtifactOf, place: Place) -> dict[str, Any]:
    """A SARIF location; without a region where no line is known."""
    where: dict[str, Any] = {"artifactLocation": artifact(place.file)}
    if place.line:
        where["region"] = {"startLine": place.line, "startColumn": max(place.column, 1)}
    return {"physicalLocation": where}


def logical(ref: ObjectRef, container: str = "") -> dict[str, str]:
    """A SARIF logicalLocation that names an object, or one of its containers."""
    name = safe_line(container or ref.name)
    path = "/".join(part for part in (ref.api_version, str(ref), container) if part)
    return {"name": name, "fullyQualifiedName": safe_line(path), "kind": "container" if container else "resource"}


def _slashes(path: str) -> str:
    return path.replace(os.sep, "/")


def _bytes(path: str) -> bytes:
    """A path as the file system has it; any other lone surrogate as UTF-8 would write it."""
    try:
        return path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return path.encode("utf-8", "surrogatepass")
