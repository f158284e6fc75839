"""Units of a world in, how the services start components out: words, environment, and where each word is written."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from auditor.facts.components.flags import Word
from auditor.facts.components.named_files import Files
from auditor.facts.components.starts import Start
from auditor.facts.sources.launches import launched
from auditor.facts.sources.unit_lines import TooLong, Variables, arguments, withheld, without_specifiers
from auditor.facts.sources.units import Entry, Service, services
from auditor.facts.world import World
from auditor.model.facts import Anchor
from auditor.model.inventory import Resource
from auditor.model.refs import Path

_PREFIXES = "-@:+!|"
"""Signs before a program (man systemd.service): after `@` its name is a word of its own; `:` keeps variables unread."""


class _Texts(NamedTuple):
    """The environment files of a world, also by their names."""

    files: Files
    by_name: Mapping[str, Resource]


def unit_starts(world: World) -> Iterator[Start]:
    """One for each service that starts a component, k3s or RKE2."""
    files = Files(world, ("EnvironmentFile",))
    by_name = {one.origin.file: one for one in world.of("EnvironmentFile")}
    for service in services(world.of("SystemdUnit")):
        start = _of_service(service, world, _Texts(files, by_name))
        if start is not None:
            yield start


def _of_service(service: Service, world: World, texts: _Texts) -> Start | None:
    commands, reset = service.entries("ExecStart")
    first = commands[0] if commands else None
    if first is None:
        return None
    anchor = Anchor(first.resource.origin, first.resource.ref, first.path)
    bare = Start("", service.name, "unit", anchor, world.name, manifest=first.resource.manifest)
    variables = _variables(service, bare, world, texts)
    try:
        words = _words(first, variables, service.name)
    except TooLong as error:
        return _undecided(bare, first, str(error))
    line = launched(words, variables.known)
    if line is None:
        return None
    undecided = line.undecided or _doubt(service, commands, reset=reset)
    resources = (*([service.main] if service.main else []), *service.drop_ins)
    return bare._replace(
        component=line.component,
        words=() if undecided else line.words,
        environment=variables.known,
        more_environment=bool(variables.others),
        undecided=undecided,
        secrets=tuple(secret for resource in resources for secret in resource.secrets),
    )


def _undecided(bare: Start, command: Entry, reason: str) -> Start | None:
    line = launched([Word(str(word)) for word in command.value], {})
    return bare._replace(component=line.component, undecided=reason) if line else None


def _doubt(service: Service, commands: list[Entry], *, reset: bool) -> str:
    """Why a service's command is not known although one is written."""
    if service.main is None and not reset:
        return f"the unit {service.name}, to which drop-ins are added, is not in the input"
    if len(commands) > 1 and service.text("Type") != "oneshot":
        return f"{service.name} has more than one ExecStart=, so systemd refuses it"
    root = next((key for key in ("RootDirectory", "RootImage") if service.text(key)), "")
    return f"{service.name} has its own root ({root}=)" if root else ""


def _words(command: Entry, variables: Variables, unit: str) -> list[Word]:
    """The program and its arguments; paths are below the command's."""
    spoken = [(str(word), (index,)) for index, word in enumerate(command.value)]
    program = spoken[0][0].lstrip(_PREFIXES)
    signs = spoken[0][0][: len(spoken[0][0]) - len(program)]
    rest = spoken[2:] if "@" in signs else spoken[1:]
    path, unknown = without_specifiers(program, unit)
    first = Word(path, (0,), unknown or withheld(path))
    return [first, *arguments(rest, variables, unit, expand=":" not in signs)]


def _variables(service: Service, bare: Start, world: World, texts: _Texts) -> Variables:
    """The environment: what is passed on, then `Environment=`, then the files in order (exec_child, exec-invoke.c)."""
    known = dict(_written(service))
    others = ""
    if service.main is None:
        others = f"the unit {service.name}, which may set more, is not in the input"
    for entry in service.entries("EnvironmentFile")[0]:
        missing = _read_file(str(entry.value), service, bare, world, texts, known)
        if missing:
            others = missing
            known = {name: word._replace(unknown=word.unknown or missing) for name, word in known.items()}
    for entry in service.entries("UnsetEnvironment")[0]:
        for name in entry.value:
            known.pop(str(name).partition("=")[0], None)
    return Variables(known, others)


def _written(service: Service) -> Iterator[tuple[str, Word]]:
    """The variables that the unit itself names."""
    for entry in service.entries("PassEnvironment")[0]:
        for index, name in enumerate(entry.value):
            yield str(name), Word("", _spot(entry, index), f"the value of {name} is passed on from systemd's own")
    for entry in service.entries("Environment")[0]:
        for index, word in enumerate(entry.value):
            text, unknown = without_specifiers(str(word), service.name)
            name, equals, value = text.partition("=")
            if equals:
                yield name, Word(value, _spot(entry, index), unknown or withheld(value))


def _read_file(value: str, service: Service, bare: Start, world: World, texts: _Texts, known: dict[str, Word]) -> str:
    """Adds the variables of a file; why they are not known, if they are not. After a dash it may be missing."""
    path, unknown = without_specifiers(value.removeprefix("-"), service.name)
    document = None if unknown or "*" in path else _found(path, service, bare, texts)
    if document is None:
        optional = value.startswith("-") and not unknown and "*" not in path
        if optional and (world.complete.all or texts.files.lacks(bare, path)):
            return ""
        return f"the environment file {path} is not in the input"
    variables = document.manifest.get("variables")
    for name, text in variables.items() if isinstance(variables, dict) else ():
        spot = Anchor(document.origin, document.ref, ("variables", name))
        known[str(name)] = Word(str(text), spot, withheld(str(text)))
    return ""


def _found(path: str, service: Service, bare: Start, texts: _Texts) -> Resource | None:
    """The file at a path of the service's node: below the same root, or else the only one that it can be."""
    near = texts.by_name.get(f"{service.root}{path.lstrip('/')}")
    if near is not None:
        return near
    named = texts.files.named(bare, path, ("EnvironmentFile",))
    return named.documents[0] if named is not None and named.certain else None


def _spot(entry: Entry, *path: int) -> Anchor:
    below: Path = (*entry.path, *path)
    return Anchor(entry.resource.origin, entry.resource.ref, below)
