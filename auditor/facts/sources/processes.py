"""Processes that a node bundle saw in, how each started its component out."""

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.facts.components.command_lines import COMPONENTS, CommandLine
from auditor.facts.components.flags import Word
from auditor.facts.components.named_files import INSIDE
from auditor.facts.components.starts import Start
from auditor.facts.sources.launches import launched
from auditor.facts.sources.unit_lines import withheld
from auditor.facts.world import World
from auditor.model.facts import Anchor
from auditor.model.inventory import Resource


def process_starts(world: World) -> Iterator[Start]:
    """One for each process of a component, of k3s or of RKE2."""
    for resource in world.of("HostProcess"):
        start = _of_process(resource, world)
        if start is not None:
            yield start


def _of_process(resource: Resource, world: World) -> Start | None:
    manifest = resource.manifest
    unread = manifest.get("unread") or ()
    environment = {
        str(name): Word(str(value), ("environment", str(name)), withheld(str(value)))
        for name, value in _mapping(manifest, "environment").items()
    }
    line = _line(manifest, environment)
    if line is None:
        return None
    bundle = resource.origin.file.partition(INSIDE)[0]
    return Start(
        line.component,
        line.component,
        "process",
        Anchor(resource.origin, resource.ref, ()),
        world.name,
        line.words,
        environment,
        "environment" in unread or "environment" not in manifest,
        line.undecided,
        ("arguments",),
        node=str(manifest.get("node") or ""),
        files={path: f"{bundle}{INSIDE}{file}" for path, file in _mapping(manifest, "files").items()},
        manifest=manifest,
        secrets=resource.secrets,
    )


def _line(manifest: Mapping[str, Any], environment: Mapping[str, Word]) -> CommandLine | None:
    told, arguments = str(manifest.get("component") or ""), manifest.get("arguments")
    if not isinstance(arguments, list) or not arguments:
        reason = "the arguments of the process could not be read"
        return CommandLine(told, (), reason) if told in COMPONENTS else None
    words = [Word(str(text), ("arguments", index), withheld(str(text))) for index, text in enumerate(arguments)]
    line = launched(words, environment)
    if line is None and told in COMPONENTS:
        # It goes by another name, which its executable's does not bear out.
        return CommandLine(told, tuple(words[1:]))
    return line


def _mapping(manifest: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = manifest.get(key)
    return found if isinstance(found, dict) else {}
