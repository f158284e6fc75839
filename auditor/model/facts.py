"""A fact: one subject, derived from the input, as rules see it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from auditor.model.refs import ObjectRef, Origin, Path


class Anchor(NamedTuple):
    """Where a part of a fact's mapping lies in the input."""

    origin: Origin
    ref: ObjectRef
    path: Path


class Field(NamedTuple):
    """One field of a subject's schema."""

    type: str
    description: str
    sources: tuple[str, ...] = ()
    """For a derived field: the evidence paths of what it is derived from, the most telling first."""
    optional: bool = False
    rests_on: tuple[str, ...] = ()
    """Kinds all of whose objects have to be known for the value to hold."""


class Subject(NamedTuple):
    """What rules can judge: its name, its CEL variable, its owners, the kinds it reads, and its schema."""

    name: str
    description: str
    variable: str
    owners: tuple[str, ...]
    reads: tuple[str, ...]
    """Kinds that there has to be an object of for a fact to be, custom ones with their group; `*` is what a rule's
    `kinds` name. What single fields need beside is their `rests_on`."""
    fields: Mapping[str, Field]
    joined: bool = False
    """Whether its facts need several objects of a world, so that they are made after all has been read."""
    unlike: tuple[str, ...] = ()
    """Fields that are seldom the same in two facts; of the others it is mostly known what rules make of them."""


@dataclass(slots=True)
class Fact:
    """One subject: who it is, where it was read, and the mapping that rules judge.

    `anchors` maps the first word of an evidence path to where that part lies; the empty word is the fact itself. A key
    of two words, such as `settings.profiling`, is where all below it was set; `settings.profiling?` is where it would
    be, and `settings.*` where the others could be: evidence shows them as absent, with their default as the value.
    """

    subject: str
    ref: ObjectRef
    value: dict[str, Any]
    anchors: dict[str, Anchor]
    world: str
    owners: dict[str, "Fact"] = field(default_factory=dict)
    container: str = ""
    unknown: tuple[tuple[Origin, Path, str], ...] = ()
    """Fields that could not be decoded: where, and why. A rule whose evidence overlaps one is not evaluated."""
    undecided: dict[str, str] = field(default_factory=dict)
    """Parts of the mapping (first words of evidence paths, or two) that the input left undecided, with the reason."""
    secrets: tuple[str, ...] = ()
    """Texts that must never be printed."""
    shown: dict[Origin, Mapping[str, Any]] = field(default_factory=dict)
    """Where the mapping holds other words than the input does: the input, without secrets, for evidence."""
    head: bool = False
    """Whether nothing but metadata was read of the object: rules that name `kinds` would read more."""
