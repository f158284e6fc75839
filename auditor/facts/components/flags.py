"""The words of a command line and the flags of a program in, what is assigned to which flag out."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from auditor.model.facts import Anchor
from auditor.model.refs import Path
from auditor.tables.components import Flag

Spot = Path | Anchor
"""Where something stands: below the part of the input that starts the component, or in another part."""


class Word(NamedTuple):
    """One argument of a process, where it stands, why its text is not known, if it is not, and what set it."""

    text: str
    path: Spot = ()
    unknown: str = ""
    origin: str = "flag"
    """`flag`, or the name of the tool that made a flag of it, such as `kubeadm`."""


class Assignment(NamedTuple):
    """A flag set once: its name in one spelling (empty if even that is unknown), the text given to it, and where."""

    name: str
    text: str
    path: Spot = ()
    unknown: str = ""
    origin: str = "flag"


def read_pflags(words: Sequence[Word], flags: Mapping[str, Flag]) -> Iterator[Assignment]:
    """Assignments in order, as github.com/spf13/pflag reads them (`parseArgs` in flag.go), which Kubernetes uses.

    Underscores count as dashes (WordSepNormalizeFunc of k8s.io/component-base/cli/flag). Of a flag that the program
    does not know, which keeps it from starting, the next word is the value unless it looks like a flag.
    """
    shorthands = {flag.shorthand: flag for flag in flags.values() if flag.shorthand}
    rest = list(reversed(words))
    while rest:
        word = rest.pop()
        if word.text == "--":
            return
        if word.text.startswith("--"):
            yield from _long(word, word.text[2:], rest, flags)
        elif word.text.startswith("-") and len(word.text) > 1:
            yield from _short(word, rest, shorthands)
        elif word.unknown:
            yield Assignment("", "", word.path, word.unknown, word.origin)


def read_go_flags(words: Sequence[Word], flags: Mapping[str, Flag]) -> Iterator[Assignment]:
    """Assignments in order, as Go's own package `flag` reads them (`parseOne` in flag.go), which etcd uses.

    One dash is as good as two, and reading ends at the first word that is no flag.
    """
    rest = list(reversed(words))
    while rest:
        word = rest.pop()
        if len(word.text) < 2 or not word.text.startswith("-") or word.text == "--":
            if word.unknown:
                yield Assignment("", "", word.path, word.unknown, word.origin)
            return
        yield from _long(word, word.text[2:] if word.text.startswith("--") else word.text[1:], rest, flags)


def _long(word: Word, body: str, rest: list[Word], flags: Mapping[str, Flag]) -> Iterator[Assignment]:
    name, equals, text = body.partition("=")
    if not name or name.startswith("-"):
        return
    dashed = "" if word.unknown and "$(" in name else name.replace("_", "-")
    flag = flags.get(name) or flags.get(dashed)
    if equals:
        yield Assignment(dashed, text, word.path, word.unknown, word.origin)
    elif flag is not None and flag.bare:
        yield Assignment(dashed, flag.bare, word.path, word.unknown, word.origin)
    elif rest and (flag is not None or not rest[-1].text.startswith("-")):
        value = rest.pop()
        yield Assignment(dashed, value.text, word.path, word.unknown or value.unknown, word.origin)
    elif flag is None:
        yield Assignment(dashed, "true", word.path, word.unknown, word.origin)


def _short(word: Word, rest: list[Word], shorthands: Mapping[str, Flag]) -> Iterator[Assignment]:
    """The flags of one letter in a word; each but the last must do without a value (parseSingleShortArg)."""
    letters = word.text[1:]
    while letters:
        flag, after = shorthands.get(letters[0]), letters[1:]
        if flag is None:
            return
        if len(after) > 1 and after.startswith("="):
            yield Assignment(flag.name, after[1:], word.path, word.unknown, word.origin)
            return
        if flag.bare:
            yield Assignment(flag.name, flag.bare, word.path, word.unknown, word.origin)
            letters = after
            continue
        if after:
            yield Assignment(flag.name, after, word.path, word.unknown, word.origin)
        elif rest:
            value = rest.pop()
            yield Assignment(flag.name, value.text, word.path, word.unknown or value.unknown, word.origin)
        return
