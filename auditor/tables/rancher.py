"""A component of k3s or RKE2 in, the flags that these give it themselves out, as far as all versions agree."""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from auditor.tables.folder import load_table


class Layer(NamedTuple):
    """Flags that one of the programs sets for a component, if all that it asks for holds."""

    flags: Mapping[str, str | None]
    """Values with `{data}`, `{domain}` and `{program}` in them; None for what depends on the machine or the version,
    empty for what is certain not to be set."""
    when: Mapping[str, tuple[str, ...]]
    """Options of the program, and the texts of which one has to be theirs; the empty text is that of no option."""
    argument: str
    """The component's own flag that a user has to have given; empty if none."""


@cache
def layers(program: str, component: str) -> tuple[Layer, ...]:
    """What counts for a component, a later layer over the earlier ones (pkg/daemons/control/server.go and others)."""
    return tuple(
        Layer(
            row["flags"], {name: tuple(texts) for name, texts in row.get("when", {}).items()}, row.get("argument", "")
        )
        for row in load_table("rancher-flags")["layers"]
        if row["component"] == component and program in row["programs"]
    )
