"""What a cluster shows of itself in, the distributions of Kubernetes that show such things out."""

from fnmatch import fnmatchcase
from functools import cache, lru_cache
from typing import Literal, NamedTuple

from auditor.tables.folder import load_table

Sign = Literal["versions", "labels", "providerIDs", "osImages", "groups"]
"""Where a sign stands: gitVersion or kubeletVersion; a Node's labels as `key=value`, providerID, osImage; groups."""


class Distribution(NamedTuple):
    """A managed or packaged Kubernetes."""

    name: str
    managed: bool
    """Whether its control plane is the provider's: its nodes, flags and files are never seen."""
    offering: str
    """Its name in the table of managed offerings' support dates, or empty."""
    bulletin: str
    """Where its vendor, who patches builds of his own, tells their flaws; empty if it ships upstream's code."""
    extension: str
    """Why the end of standard support may not be the end, where neither table nor cluster tells; or empty."""
    describe: str = ""
    """Of a managed one: the command that asks the provider what the customer decided."""
    pools: str = ""
    """The command that tells of its pools of nodes, where that one does not."""
    ask: tuple[tuple[str, str], ...] = ()
    """By rule: another command, where that one does not tell."""


class Decision(NamedTuple):
    """What a provider leaves to its customers and no cluster shows."""

    rule: str
    """The rule that judges it once the provider's own answer is there."""
    what: str
    of: tuple[str, ...]
    """The distributions where it is a decision."""


@cache
def distributions() -> dict[str, Distribution]:
    """All distributions of the table by name; of two that are recognised the first one counts."""
    return {
        row["name"]: Distribution(
            row["name"],
            row["managed"],
            row.get("offering", ""),
            row.get("bulletin", ""),
            row.get("extension", ""),
            row.get("describe", ""),
            row.get("pools", ""),
            tuple(row.get("ask", {}).items()),
        )
        for row in load_table("distributions")["distributions"]
    }


@cache
def decisions() -> dict[str, Decision]:
    """The decisions that only a provider's own API shows, by rule."""
    rows = load_table("distributions")["decisions"]
    return {row["rule"]: Decision(row["rule"], row["what"], tuple(row["of"])) for row in rows}


@lru_cache(maxsize=8192)
def showing(sign: Sign, text: str) -> tuple[str, ...]:
    """Names of the distributions of which a text is a sign."""
    return tuple(name for name, patterns in _patterns(sign) if any(fnmatchcase(text, glob) for glob in patterns))


@cache
def _patterns(sign: Sign) -> tuple[tuple[str, tuple[str, ...]], ...]:
    rows = load_table("distributions")["distributions"]
    return tuple((row["name"], tuple(row[sign])) for row in rows if sign in row)
