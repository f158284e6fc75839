"""A container in, the component that it starts and the words of the command line out."""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from auditor.facts.components.flags import Word
from auditor.kube.images import ImageError, parse_image

_CLOUD = "cloud-controller-manager"
COMPONENTS = frozenset(
    {"kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd", "kubelet", "kube-proxy", _CLOUD}
)
_HYPERKUBE = {
    "apiserver": "kube-apiserver",
    "controller-manager": "kube-controller-manager",
    "scheduler": "kube-scheduler",
    "proxy": "kube-proxy",
}
"""The short names under which old versions of the all-in-one binary `hyperkube` knew the components."""

_WRAPPERS = frozenset({"go-runner", "hyperkube", "exec", "tini", "dumb-init"})
"""Programs that start the command which follows their own options."""

_SHELLS = frozenset({"sh", "bash", "ash", "dash"})
_STARTED = (
    r"(?m)(?:^|[;&|(]|\s--\s|\b(?:exec|then|do|hyperkube)\b)[ \t]*(?:/[\w./-]{0,200}/)?(kube[a-z-]{1,30}|etcd)"
    r"(?=[ \t]+[-$\"]|[ \t]*(?:\\|$))"
)
"""Where a script starts a component: as the first word of a command, or behind a wrapper."""

_LONGEST_SCRIPT = 20_000
"""A longer script is not read but for the component's name in its first part."""

_QUOTES = r"(?s:'[^']*'|\"(?:[^\"$`\\]|\\[\"\\])*\"|\\.)"
_REDIRECTION = rf"({_QUOTES})|(?<![ \t])[ \t]+(?:\d?>>?[ \t]*[\w./-]+|\d?>&\d|&>[ \t]*[\w./-]+(?=\s*$))(?=\s|$)"
"""Something quoted, or where output goes; `&>` is one word in bash, and two in other shells, of which `&` ends the
command."""
_MEANING = r"[$`;&|<>()\n*?\[{~#!\"']"
_REFERENCE = r"\$(?:\$|\(([^)]*)\))"
_SERVICE = r"[A-Z0-9_]+_(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT(?:_\w+)?)"

_PLAIN_FIELDS = frozenset(
    {
        "metadata.name",
        "metadata.namespace",
        "metadata.uid",
        "spec.nodeName",
        "spec.serviceAccountName",
        "status.hostIP",
        "status.hostIPs",
        "status.podIP",
        "status.podIPs",
    }
)
"""Fields of the downward API that hold one word: a name or an address, and never a scheme, an option or a path."""


class CommandLine(NamedTuple):
    """What a container starts. Where `undecided` says why its words could not be told, there are none."""

    component: str
    words: tuple[Word, ...] = ()
    undecided: str = ""


def command_line(container: Mapping[str, Any]) -> CommandLine | None:
    """The command line of a component; None if the container starts none that can be recognised."""
    command = container.get("command") or []
    words = command or container.get("args") or []
    first = words[0] if words and isinstance(words[0], str) else ""
    base = _program(first)
    if base in COMPONENTS or base in _WRAPPERS:
        return _direct(_words(container))
    if base in _SHELLS:
        return _shell(_words(container), environment(container))
    if command or (first and not first.startswith("-")):
        return None
    component = _by_image(container)
    return CommandLine(component, _words(container)) if component and _configured(container, component) else None


def environment(container: Mapping[str, Any]) -> dict[str, Word]:
    """The container's environment by name, references resolved as the kubelet does, each with why it is unknown."""
    known: dict[str, Word] = {}
    for index, item in enumerate(container.get("env") or ()):
        name, path = str(item.get("name", "")), ("env", index)
        if "credential" in item:
            known[name] = Word("", path, f"the value of {name} looks like a credential and is not kept")
        elif item.get("valueFrom"):
            field = ((item["valueFrom"] or {}).get("fieldRef") or {}).get("fieldPath")
            plain = field in _PLAIN_FIELDS
            known[name] = Word(f"$({name})", path, "" if plain else f"the value of {name} is not in the manifest")
        else:
            known[name] = _expand(str(item.get("value", "")), path, known, bool(container.get("envFrom")))
    return known


def _program(word: str) -> str:
    """The last element of a path; empty for an option. Clouds name their controller managers after themselves."""
    name = "" if word.startswith("-") else word.rpartition("/")[2]
    return _CLOUD if name.endswith(f"-{_CLOUD}") else name


def _configured(container: Mapping[str, Any], component: str) -> bool:
    """Whether anything tells the component what to do: without it, the image's own command may be another."""
    if container.get("args"):
        return True
    return component == "etcd" and any(
        str(item.get("name", "")).startswith("ETCD_") for item in container.get("env") or ()
    )


def _by_image(container: Mapping[str, Any]) -> str:
    """The component after which the image or, for an image of several, the container is named."""
    text = str(container.get("image", ""))
    if "kube" not in text and "etcd" not in text and _CLOUD not in text:
        return ""
    try:
        image = _program(parse_image(text).repository)
    except ImageError:
        return ""
    name = image if image in COMPONENTS else str(container.get("name", "")) if image == "hyperkube" else ""
    return name if name in COMPONENTS else ""


def _words(container: Mapping[str, Any]) -> tuple[Word, ...]:
    known = environment(container)
    from_elsewhere = bool(container.get("envFrom"))
    return tuple(
        _expand(str(text), (key, index), known, from_elsewhere)
        for key in ("command", "args")
        for index, text in enumerate(container.get(key) or ())
    )


def _expand(text: str, path: tuple[str | int, ...], known: Mapping[str, Word], from_elsewhere: bool) -> Word:
    """Replaces `$(NAME)` as the kubelet does (k8s.io/kubernetes third_party/forked/golang/expansion)."""
    if "$" not in text:
        return Word(text, path)
    reasons: list[str] = []

    def replace(match: re.Match[str]) -> str:
        name = match[1]
        if name is None:
            return "$"
        word = known.get(name)
        if word is None and (from_elsewhere or re.fullmatch(_SERVICE, name)):
            reasons.append(f"the value of {name} is not in the manifest")
        if word is not None and word.unknown:
            reasons.append(word.unknown)
        return match[0] if word is None or word.unknown else word.text

    # Behind the last parenthesis there is no reference: looking for its end there would take long.
    end = text.rfind(")") + 1
    expanded = re.sub(_REFERENCE, replace, text[:end]) + text[end:].replace("$$", "$")
    return Word(expanded, path, reasons[0] if reasons else "")


def _direct(words: Sequence[Word]) -> CommandLine | None:
    """The component behind any wrappers, and the words after its name."""
    hyperkube = False
    for index, word in enumerate(words):
        base = _program(word.text)
        component = _HYPERKUBE.get(base, base) if hyperkube else base
        if component in COMPONENTS:
            return CommandLine(component, tuple(words[index + 1 :]))
        if base and base not in _WRAPPERS:
            return None
        hyperkube = hyperkube or base == "hyperkube"
    return None


def _shell(words: Sequence[Word], known: Mapping[str, Word]) -> CommandLine | None:
    """The component that a shell's script starts, if the script is one plain command; else only its name."""
    script = next(iter(_script(words)), None)
    if script is None or not any(component in script.text for component in COMPONENTS):
        return None
    addresses = [word.text for name, word in known.items() if word.text == f"$({name})" and not word.unknown]
    text = re.sub(_REDIRECTION, _kept, script.text).strip()
    for index, address in enumerate(addresses):
        text = text.replace(address, f"\0{index}\0")
    plain = not script.unknown and len(text) <= _LONGEST_SCRIPT and not re.search(_MEANING, re.sub(_QUOTES, "", text))
    if plain:
        try:
            parts = shlex.split(text)
        except ValueError:  # a quotation that does not end
            return None
        for index, address in enumerate(addresses):
            parts = [part.replace(f"\0{index}\0", address) for part in parts]
        return _direct([Word(part, script.path) for part in parts])
    started = [name for name in re.findall(_STARTED, script.text[:_LONGEST_SCRIPT]) if name in COMPONENTS]
    reason = "a shell script starts it, and only a shell could tell with which flags"
    return CommandLine(started[0], (), reason) if len(set(started)) == 1 else None


def _kept(found: re.Match[str]) -> str:
    """What is quoted; nothing of a redirection, nor of a line that goes on in the next."""
    return "" if found[1] in (None, "\\\n") else found[1]


def _script(words: Sequence[Word]) -> Iterator[Word]:
    """The word after `-c`, also as the last of several letters (`-ec`)."""
    for option, script in pairwise(words[1:]):
        if not option.text.startswith("-"):
            return
        if not option.text.startswith("--") and option.text.endswith("c"):
            yield script
