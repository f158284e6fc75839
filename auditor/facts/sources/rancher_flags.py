"""The options of k3s or RKE2 in, the words with which it starts one of its components out.

What the user gives in `kube-apiserver-arg` and the like goes over what the program sets itself, as GetArgs in
pkg/util/args.go of k3s-io/k3s joins them: `name+=value` is added behind, `name-=value` before.
"""

from collections.abc import Mapping, Sequence

from auditor.facts.components.flags import Spot, Word
from auditor.facts.sources.rancher_options import Options
from auditor.tables.rancher import layers

ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "kube-apiserver": ("kube-apiserver-arg",),
    "kube-controller-manager": ("kube-controller-manager-arg", "kube-controller-arg"),
    "kube-scheduler": ("kube-scheduler-arg",),
    "etcd": ("etcd-arg",),
    "kubelet": ("kubelet-arg",),
    "kube-proxy": ("kube-proxy-arg",),
}
"""The options that hold flags for a component."""

_FILES = frozenset({"config", "config-dir"})
_STAY_FLAGS = ("kubeconfig", "read-only-port")
"""Of a kubelet's flags those that are no part of its configuration file even now (kubeletArgsAndConfig)."""


def component_words(
    programs: Sequence[str], component: str, options: Options, spot: Spot, drop_ins: str = ""
) -> tuple[Word, ...]:
    """The command line of a component; what the program sets stands at `spot`, and what is not known of it says why.

    Of two programs it is not known which it is: what both set alike is certain. `drop_ins` is the folder that holds all
    of a kubelet's configuration, if that was seen (createKubeletConfigDrop in pkg/daemons/agent/agent.go).
    """
    given = [(word, _name(word)) for word in options.all(*ARGUMENTS[component])]
    if drop_ins:
        given = [(word, name) for word, name in given if name not in _FILES]
    names = {name for _, name in given}
    own = {name: [word] for name, word in _own(programs, component, options, names, spot).items()}
    if drop_ins:
        kept = {name: own[name] for name in _STAY_FLAGS if name in own}
        own = {**kept, "config-dir": [Word(f"--config-dir={drop_ins}", spot, "", programs[0])]}
    users: dict[str, list[Word]] = {}
    unknown: list[Word] = []
    for word, name in given:
        if not name:
            unknown.append(word._replace(text=""))  # not even the flag is known, so nothing is
            continue
        clean = name.rstrip("+-")
        _, equals, text = word.text.partition("=")
        value = word._replace(text=f"--{clean}={text if equals else 'true'}")
        before = users.get(clean, []) if name == clean else [*own.pop(clean, []), *users.get(clean, [])]
        users[clean] = [value, *before] if name.endswith("-") else [*before, value]
    both = {**own, **users}
    return (*(word for name in sorted(both) for word in both[name]), *unknown)


def _name(word: Word) -> str:
    """The flag that an argument sets, with the sign behind it; empty if that is not known."""
    name, equals, _ = word.text.removeprefix("--").partition("=")
    return "" if word.unknown and not (name and equals) else name


def _own(programs: Sequence[str], component: str, options: Options, given: set[str], spot: Spot) -> dict[str, Word]:
    """What the program sets itself, by flag."""
    every = [_values(program, component, options, given) for program in programs]
    merging = component == "kubelet" and not _FILES.isdisjoint(given)
    words: dict[str, Word] = {}
    for name in dict.fromkeys(name for values in every for name in values):
        one, *others = (values.get(name, Word("")) for values in every)
        if any(other != one for other in others):
            one = Word("", (), f"{' and '.join(programs)} set it differently, and which of them reads this is not told")
        if merging:
            one = Word("", (), f"{programs[0]} merges its own configuration with the file that it is given")
        if one.text or one.unknown:
            words[name] = Word(f"--{name}={one.text}", spot, one.unknown, programs[0])
    return words


def _values(program: str, component: str, options: Options, given: set[str]) -> dict[str, Word]:
    """The texts that one program gives to flags, and why one is not known; the empty text where it does not set it."""
    values: dict[str, str | None] = {}
    for layer in layers(program, component):
        if layer.argument and layer.argument not in given:
            continue
        answers = [_holds(options.last(name), texts) for name, texts in layer.when.items()]
        if False not in answers:
            values |= dict.fromkeys(layer.flags) if None in answers else layer.flags
    unknown = Word("", (), f"{program} sets it by what is not in the input")
    return {name: unknown if value is None else _filled(value, program, options) for name, value in values.items()}


def _holds(option: Word, texts: Sequence[str]) -> bool | None:
    """Whether an option has one of some values; None where it is not known."""
    return None if option.unknown else option.text in texts


def _filled(value: str, program: str, options: Options) -> Word:
    """A value with the names of folders in it, and why it is not known, if it is not."""
    data, domain = options.last("data-dir"), options.last("cluster-domain")
    unknown = (data.unknown if "{data}" in value else "") or (domain.unknown if "{domain}" in value else "")
    folder = data.text.rstrip("/") or f"/var/lib/rancher/{program}"
    text = value.replace("{data}", folder).replace("{domain}", domain.text or "cluster.local")
    return Word(text.replace("{program}", program), (), unknown)
