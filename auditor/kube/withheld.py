"""A word of a command line or a variable in, the same with what looks like a credential replaced out."""

import re

from auditor.kube.credentials import looks_like_credential

WITHHELD = "(withheld)"
"""Stands where a credential stood, be it that kubeplumb or that a node's own script has taken it out."""

REASON = "its value looks like a credential and is not kept"


def shown_value(name: str, value: str) -> str:
    """The value of an option or variable, or `WITHHELD`; `--kube-apiserver-arg` and its like hold another option."""
    if name.rstrip("+").endswith("-arg"):
        return shown_words([value])[0]
    return WITHHELD if value and looks_like_credential(name.strip("-"), value) else value


def shown_words(words: list[str]) -> list[str]:
    """Arguments in order: `--name=value`, and `--name` before its value, which is a word of its own."""
    result: list[str] = []
    for index, word in enumerate(words):
        before = words[index - 1] if index else ""
        name, equals, value = word.partition("=")
        if equals:
            shown = f"{name}={shown_value(name, value)}"
        elif before.startswith("-") and "=" not in before and not word.startswith("-"):
            shown = shown_value(before, word)
        else:
            shown = shown_value("", word)
        result.append(shown)
    return result


def shown_variable(name: str, value: str) -> str:
    """The value of a variable; if it holds options, only what looks like a credential in them is withheld."""
    if "--" not in value:
        return shown_value(name, value)
    pieces = re.split(r"(\s+)", value)
    spaces = [*pieces[1::2], ""]
    return "".join(word + space for word, space in zip(shown_words(pieces[::2]), spaces, strict=True))
