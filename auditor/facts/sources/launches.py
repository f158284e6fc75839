"""The words of a command line in, which component it starts and with what arguments out, whoever starts it."""

from collections.abc import Mapping, Sequence

from auditor.facts.components.command_lines import CommandLine, command_line
from auditor.facts.components.flags import Word

DISTRIBUTIONS = frozenset({"k3s", "rke2"})
"""Programs that hold several components in one."""

_BEFORE = frozenset({"env", "nice", "ionice", "numactl", "taskset"})
"""Programs of which nobody has to know the options: they start what follows."""


def launched(words: Sequence[Word], environment: Mapping[str, Word]) -> CommandLine | None:
    """What a process or a unit starts; None for programs that are none of ours.

    k3s and RKE2 count as components here, and their words start with the sub-command.
    """
    if not words or words[0].unknown:
        return None
    program = words[0].text.rpartition("/")[2]
    if program in DISTRIBUTIONS:
        return CommandLine(program, tuple(words[1:]))
    if program in _BEFORE:
        return None
    env = [{"name": name, "value": word.text} for name, word in environment.items() if not word.unknown]
    line = command_line({"command": [_literal(word.text) for word in words], "env": env})
    if line is None or line.undecided:
        return line
    if len(line.words) < len(words) and all(
        one.text == other.text for one, other in zip(line.words, words[len(words) - len(line.words) :], strict=True)
    ):
        return line._replace(words=tuple(words[len(words) - len(line.words) :]))
    script = words[-1]
    return line._replace(words=tuple(word._replace(path=script.path) for word in line.words))


def _literal(text: str) -> str:
    """A word that `command_line` takes as it is: in a container, `$(NAME)` would be a reference."""
    return text.replace("$", "$$")
