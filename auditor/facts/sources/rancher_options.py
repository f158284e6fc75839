"""The command line and the configuration files of k3s or RKE2 in, its options with the place of each out.

As configfilearg in pkg/configfilearg/parser.go of k3s-io/k3s makes arguments of the files and puts them before those of
the command line: of an option that holds one value the last counts, of a list of values all do.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from auditor.facts.components.flags import Word
from auditor.facts.sources.unit_lines import withheld
from auditor.model.facts import Anchor
from auditor.model.inventory import Resource

_LETTERS = {"c": "config", "d": "data-dir", "o": "write-kubeconfig", "s": "server", "t": "token", "v": "v"}
_SWITCHES = frozenset(
    [
        "alsologtostderr",
        "cluster-init",
        "cluster-reset",
        "debug",
        "default-runtime",
        "disable-agent",
        "disable-apiserver",
        "disable-cloud-controller",
        "disable-controller-manager",
        "disable-etcd",
        "disable-helm-controller",
        "disable-kube-proxy",
        "disable-network-policy",
        "disable-scheduler",
        "docker",
        "embedded-registry",
        "enable-pprof",
        "enable-servicelb",
        "etcd-disable-snapshots",
        "etcd-expose-metrics",
        "etcd-s3",
        "etcd-s3-insecure",
        "etcd-s3-skip-ssl-verify",
        "etcd-snapshot-compress",
        "flannel-external-ip",
        "flannel-ipv6-masq",
        "nonroot-devices",
        "prefer-bundled-bin",
        "protect-kernel-defaults",
        "rootless",
        "secrets-encryption",
        "selinux",
        "supervisor-metrics",
        "tls-san-security",
    ]
)
"""Options of one word (pkg/cli/cmds/server.go, agent.go)."""


_TAKE_ANY = "-arg"
"""How options end that take the next word whatever it looks like; of one that is not known here, it is a switch."""


class Options(NamedTuple):
    """Options by name, each with its values in order; `others` says why there may be more that nobody has read."""

    values: Mapping[str, tuple[Word, ...]]
    others: str = ""

    def last(self, name: str) -> Word:
        """The value of an option that holds one; the empty text where it is not set."""
        given = self.values.get(name, ())
        return given[-1] if given else Word("", (), self.others)

    def all(self, *names: str) -> tuple[Word, ...]:
        """All values of an option under any of its names."""
        return tuple(word for name in names for word in self.values.get(name, ()))


def read_options(
    program: str, words: Sequence[Word], environment: Mapping[str, Word], files: Sequence[Resource], others: str
) -> Options:
    """All options: of the environment (`K3S_DATASTORE_ENDPOINT`), the files in order, and the command line."""
    found: dict[str, tuple[Word, ...]] = {}
    prefix = f"{program.upper()}_"
    for name, word in environment.items():
        if name.startswith(prefix) and (word.text or word.unknown):
            found[name.removeprefix(prefix).lower().replace("_", "-")] = (word,)
    found |= _of_files(files)
    for name, word in _of_words(words):
        if not name:
            others = others or word.unknown
            continue
        found[name] = (*found.get(name, ()), word)
    return Options(found, others)


def _of_files(files: Sequence[Resource]) -> dict[str, tuple[Word, ...]]:
    """Keys of later files replace those of earlier ones, or are added to them where they end in a plus sign."""
    found: dict[str, tuple[Word, ...]] = {}
    for file in files:
        for key, value in file.manifest.items():
            name, added = key.removesuffix("+"), key.endswith("+")
            words = tuple(_written(file, key, value))
            found[name] = (*found.get(name, ()), *words) if added else words
    return found


def _written(file: Resource, key: str, value: Any) -> Iterator[Word]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            text = _text(item)
            yield Word(text, Anchor(file.origin, file.ref, (key, index)), withheld(text))
    else:
        yield Word(_text(value), Anchor(file.origin, file.ref, (key,)), withheld(_text(value)))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _of_words(words: Sequence[Word]) -> Iterator[tuple[str, Word]]:
    """Names and values; an empty name where not even that is known. `-name` is as good as `--name` (urfave/cli)."""
    rest = list(reversed(words))
    while rest:
        word = rest.pop()
        if not word.text.startswith("-"):
            if word.unknown:
                yield "", word
            continue
        name, equals, text = word.text.lstrip("-").partition("=")
        name = _LETTERS.get(name, name)
        if equals:
            yield name, word._replace(text=text)
        elif name.endswith(_TAKE_ANY) and rest:
            value = rest.pop()
            yield name, value._replace(unknown=word.unknown or value.unknown)
        elif name in _SWITCHES or not rest or (rest[-1].text.startswith("-") and not rest[-1].unknown):
            yield name, word._replace(text="true")
        else:
            value = rest.pop()
            yield name, value._replace(unknown=word.unknown or value.unknown)
