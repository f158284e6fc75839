"""The words of a unit's `ExecStart=` and its variables in, the arguments that the program is started with out.

As replace_env_argv in src/basic/env-util.c of systemd: `$NAME` as a word of its own becomes the variable's words,
`${NAME}` its text, also within a word, and `$$` a dollar sign; any other dollar sign stays. Specifiers come first
(src/core/unit-printf.c).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from auditor.facts.components.flags import Spot, Word
from auditor.kube.systemd import split_variable
from auditor.kube.withheld import REASON, WITHHELD

LONGEST = 2 << 20
"""Characters in all arguments of a process; Linux takes no more (ARG_MAX in man execve)."""

_REFERENCE = re.compile(r"\$(?:\$|\{([^{}]*)\})")
_SPECIFIER = re.compile(r"%(.)?", re.DOTALL)
_FROM_MANAGER = frozenset(
    {"PATH", "LANG", "LANGUAGE", "HOME", "USER", "LOGNAME", "SHELL", "INVOCATION_ID", "MAINPID", "NOTIFY_SOCKET"}
)
"""Variables that systemd itself sets (man systemd.exec, ENVIRONMENT VARIABLES IN SPAWNED PROCESSES)."""


class Variables(NamedTuple):
    """A service's environment: the variables that are known, and why others may exist, if they may."""

    known: Mapping[str, Word]
    others: str = ""

    def of(self, name: str) -> Word:
        """A variable; the empty text where it is certain not to be set."""
        word = self.known.get(name)
        if word is not None:
            return word
        unknown = self.others or (f"the value of {name} is set by systemd" if name in _FROM_MANAGER else "")
        return Word("", (), unknown)


class TooLong(ValueError):
    """Arguments that Linux would refuse."""


def arguments(words: Sequence[tuple[str, Spot]], variables: Variables, unit: str, *, expand: bool) -> Iterator[Word]:
    """The arguments that words of a unit become; raises `TooLong`. What is withheld is unknown."""
    length = 0
    for text, spot in words:
        for word in _argument(text, spot, variables, unit, expand=expand):
            length += len(word.text)
            if length > LONGEST:
                raise TooLong("its command line is longer than Linux allows")
            yield word._replace(unknown=word.unknown or withheld(word.text))


def withheld(text: str) -> str:
    """Why a word is not known of which a part was taken out, or empty."""
    return REASON if WITHHELD in text else ""


def without_specifiers(text: str, unit: str) -> tuple[str, str]:
    """A text with `%n` and the like replaced, and why that is not known, if it is not."""
    if "%" not in text:
        return text, ""
    base = unit.removesuffix(".service")
    prefix, at, instance = base.partition("@")
    known = {"%": "%", "n": unit, "N": base, "p": prefix, "i": instance if at else ""}
    unknown: list[str] = []

    def replace(match: re.Match[str]) -> str:
        letter = match[1]
        if letter in known:
            return known[letter]
        if letter is not None and letter.isalpha():
            unknown.append(f"only systemd can tell what %{letter} stands for")
        return match[0]

    return _SPECIFIER.sub(replace, text), unknown[0] if unknown else ""


def _argument(text: str, spot: Spot, variables: Variables, unit: str, *, expand: bool) -> Iterator[Word]:
    text, unknown = without_specifiers(text, unit)
    if not expand or "$" not in text:
        yield Word(text, spot, unknown)
    elif text[0] == "$" and text[1:2] not in ("{", "$"):
        variable = variables.of(text[1:])
        if variable.unknown:
            yield Word("", variable.path or spot, variable.unknown)
        else:
            for part in split_variable(variable.text):
                yield Word(part, variable.path or spot, unknown)
    else:
        yield _with_references(text, spot, unknown, variables)


def _with_references(text: str, spot: Spot, unknown: str, variables: Variables) -> Word:
    reasons = [unknown]
    left = LONGEST

    def replace(match: re.Match[str]) -> str:
        nonlocal left
        if match[1] is None:
            return "$"
        variable = variables.of(match[1])
        reasons.append(variable.unknown)
        left -= len(variable.text)
        if left < 0:
            raise TooLong("its command line is longer than Linux allows")
        return match[0] if variable.unknown else variable.text

    whole = _REFERENCE.fullmatch(text)
    name = whole[1] if whole else None
    expanded = _REFERENCE.sub(replace, text)
    place = variables.of(name).path if name is not None else ()
    return Word(expanded, place or spot, next(filter(None, reasons), ""))
