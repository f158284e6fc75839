"""Launches and configuration files of k3s and RKE2 in, how they start the components that they hold out.

Which they hold: `k3s server` and `rke2 server` all, the agents a kubelet and a kube-proxy. The process of a server does
not show its arguments (SetProcTitle in pkg/cli/server/server.go of k3s-io/k3s): its unit tells them.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from auditor.facts.components.flags import Word
from auditor.facts.components.named_files import Files
from auditor.facts.components.starts import Start
from auditor.facts.sources.rancher_flags import ARGUMENTS, component_words
from auditor.facts.sources.rancher_options import Options, read_options
from auditor.facts.world import World
from auditor.model.facts import Anchor
from auditor.model.inventory import Resource

_KINDS = {"k3s": "K3sConfig", "rke2": "Rke2Config"}
_ROLES = ("server", "agent")
_ON_AGENTS = ("kubelet", "kube-proxy")
_OFF = {
    "kube-apiserver": "disable-apiserver",
    "kube-controller-manager": "disable-controller-manager",
    "kube-scheduler": "disable-scheduler",
    "kube-proxy": "disable-kube-proxy",
    "kubelet": "disable-agent",
    "etcd": "disable-etcd",
}
_OF_K3S = frozenset({"cluster-init", "docker", "flannel-backend", "flannel-iface", "rootless", "secrets-encryption"})
_OF_SERVERS = re.compile(
    r"(?:kube-(?:apiserver|controller|controller-manager|scheduler|cloud-controller-manager)|etcd)-arg|write-kubeconfig.*"
    r"|cluster-.*|service-.*|tls-san.*|secrets-encryption.*|disable(?!-default-registry-endpoint).*|datastore-.*|flannel-backend|etcd-.*|agent-token.*"
    r"|advertise-.*|egress-selector-mode|cni|ingress-controller|pod-security-admission-config-file|audit-policy-file"
)
"""Options that only a server has (pkg/cli/cmds/server.go)."""


class _Launch(NamedTuple):
    """How k3s or RKE2 is launched: a unit's or process's start, or none where only its configuration is there."""

    program: str
    role: str
    start: Start
    files: tuple[Resource, ...]
    others: str = ""
    programs: tuple[str, ...] = ()
    """Both, where it is not told which of them reads the files."""


def rancher_starts(launches: Iterable[Start], world: World) -> Iterator[Start]:
    """Starts of the components of each launch, and of each configuration file that belongs to none."""
    files = Files(world, tuple(_KINDS.values()))
    used: set[int] = set()
    for start in _telling(launches, files):
        launch = _launch(start, world, files)
        if launch is not None:
            used |= {id(one) for one in launch.files}
            yield from _components(launch, world)
    for program, kind in _KINDS.items():
        yield from _of_files(program, [one for one in world.of(kind) if id(one) not in used], world)


def _telling(launches: Iterable[Start], files: Files) -> list[Start]:
    """All but the processes of which there is the unit as well."""
    every = list(launches)
    units = {(files.node_of(one), one.component) for one in every if one.source == "unit"}
    return [one for one in every if one.source == "unit" or (files.node_of(one), one.component) not in units]


def _launch(start: Start, world: World, files: Files) -> _Launch | None:
    program, words = start.component, start.words
    role = words[0].text if words else ""
    if start.undecided:
        return _Launch(program, "agent", start, (), start.undecided)
    if role not in _ROLES:
        return None
    if start.source == "process" and len(words) == 1:
        reason = f"{program} does not show its arguments, and no unit of it is in the input"
        return _Launch(program, role, start, (), reason)
    named = [word for name, word in _named(words[1:]) if name in ("config", "c")]
    path = named[-1].text if named else f"/etc/rancher/{program}/config.yaml"
    found = _config(start, path, program, world, files)
    certain = world.complete.all or files.lacks(start, path)
    missing = "" if found or (certain and not named) else f"its configuration file {path} is not in the input"
    return _Launch(program, role, start._replace(words=tuple(words[1:])), found, missing)


def _named(words: Sequence[Word]) -> Iterator[tuple[str, Word]]:
    for index, word in enumerate(words):
        name, equals, text = word.text.lstrip("-").partition("=")
        if word.text.startswith("-"):
            yield name, word._replace(text=text) if equals else words[min(index + 1, len(words) - 1)]


def _config(start: Start, path: str, program: str, world: World, files: Files) -> tuple[Resource, ...]:
    """The file and those of the folder beside it, by name (dotDFiles in pkg/configfilearg/parser.go)."""
    kind = _KINDS[program]
    root = _root(start.anchor.origin.file)
    near = [one for one in world.of(kind) if one.origin.file == f"{root}{path.lstrip('/')}"]
    named = None if near else files.named(start, path, (kind,))
    if not near and named is not None and named.certain:
        near = list(named.documents)
    folder = f"{near[0].origin.file}.d/" if near else f"{root}{path.lstrip('/')}.d/"
    below = [one for one in world.of(kind) if one.origin.file.startswith(folder)]
    return (*near, *sorted(below, key=lambda one: one.origin))


def _root(name: str) -> str:
    """The folder of the input that stands for a node's root, by where its unit lies."""
    match = re.match(r"(.*?[!/]?)(?:etc|run|usr/local/lib|usr/lib|lib)/systemd/system/", name)
    return match[1] if match else ""


def _of_files(program: str, resources: list[Resource], world: World) -> Iterator[Start]:
    """Configuration files without a launch: a file with its folder is one; alone, of servers only if they say so."""
    groups: dict[str, list[Resource]] = {}
    for one in sorted(resources, key=lambda one: one.origin):
        groups.setdefault(re.sub(r"\.d/[^/]+$", "", one.origin.file), []).append(one)
    for files in groups.values():
        first = files[0]
        keys = {key.removesuffix("+") for one in files for key in one.manifest}
        role = "server" if any(_OF_SERVERS.fullmatch(key) for key in keys) else "agent"
        anchor = Anchor(first.origin, first.ref, ())
        start = Start(program, program, "configuration", anchor, world.name, manifest=first.manifest)
        programs = () if program == "rke2" or _tells(first, keys) else ("k3s", "rke2")
        yield from _components(_Launch(program, role, start, tuple(files), programs=programs), world)


def _tells(resource: Resource, keys: Iterable[str]) -> bool:
    """Whether a file's path or an option that RKE2 lacks tells that k3s reads it (k3sopts.go of rancher/rke2)."""
    return "k3s" in resource.origin.file or not _OF_K3S.isdisjoint(keys)


def _components(launch: _Launch, world: World) -> Iterator[Start]:
    program, start, files = launch.program, launch.start, launch.files
    options = read_options(program, [_placed(word, start) for word in start.words], start.environment, files, "")
    home = Anchor(files[0].origin, files[0].ref, ()) if files else start.anchor
    secrets = (*start.secrets, *(secret for one in files for secret in one.secrets))
    undecided = launch.others or options.others
    drop_ins = _drop_ins(launch, options, world)
    for component in _runs(launch, options):
        folder = drop_ins if component == "kubelet" else ""
        written = _etcd_file(launch, options, world) if component == "etcd" else None
        programs = launch.programs or (program,)
        words = (
            (Word(f"--config-file={written[0]}", home, "", program),)
            if written
            else component_words(programs, component, options, home, folder)
        )
        yield start._replace(
            component=component,
            name=start.name if start.source == "unit" else f"{program} {launch.role}",
            anchor=home,
            words=() if undecided else words,
            documents={written[0]: written[1].origin} if written else {},
            environment={},
            more_environment=False,
            undecided=undecided,
            unset=(ARGUMENTS[component][0],) if files else (),
            # RKE2 writes pods for them, which say the same, and more.
            fallback=program == "rke2" and component != "kubelet",
            manifest=files[0].manifest if files else start.manifest,
            secrets=secrets,
        )


def _placed(word: Word, start: Start) -> Word:
    """A word of the command line with its whole place: the settings of a component lie in its configuration file."""
    if isinstance(word.path, Anchor):
        return word
    origin, ref, home = start.anchor
    return word._replace(path=Anchor(origin, ref, (*home, *word.path)))


def _etcd_file(launch: _Launch, options: Options, world: World) -> tuple[str, Resource] | None:
    """The file that etcd is started with, users' flags included (ToConfigFile in pkg/daemons/executor/executor.go)."""
    path = f"{_data(launch, options)}/server/db/etcd/config"
    name = f"{_root(launch.start.anchor.origin.file)}{path.lstrip('/')}"
    found = [one for one in world.of("EtcdConfig") if one.origin.file == name]
    return (path, found[0]) if found else None


def _data(launch: _Launch, options: Options) -> str:
    return options.last("data-dir").text.rstrip("/") or f"/var/lib/rancher/{launch.program}"


def _drop_ins(launch: _Launch, options: Options, world: World) -> str:
    """The folder in which newer versions put the kubelet's configuration together, if what they wrote is there."""
    folder = f"{_data(launch, options)}/agent/etc/kubelet.conf.d"
    inside = f"{_root(launch.start.anchor.origin.file)}{folder.lstrip('/')}/"
    written = f"00-{launch.program}-defaults.conf"
    return folder if any(one.origin.file == inside + written for one in world.of("KubeletConfiguration")) else ""


def _runs(launch: _Launch, options: Options) -> Sequence[str]:
    """The components that a launch starts, as far as that is certain."""
    here = list(ARGUMENTS) if launch.role == "server" else list(_ON_AGENTS)
    if "etcd" in here and not _has_etcd(launch.program, options):
        here.remove("etcd")
    return [one for one in here if options.last(_OFF[one]).text != "true"]


def _has_etcd(program: str, options: Options) -> bool:
    """Whether a server runs an etcd of its own: RKE2's do, k3s' if they are told to."""
    if options.last("datastore-endpoint").text:
        return False
    return program == "rke2" or options.last("cluster-init").text == "true"
