"""Component facts in, for each a table of its effective settings out: what a person who debugs a flag wants."""

from collections.abc import Callable, Iterable, Iterator

from auditor.model.facts import Anchor, Fact
from auditor.model.refs import Place, show_path
from auditor.renderers.safe import safe_line, safe_value

_LONGEST_VALUE = 60
_HEADS = ("setting", "value", "set by", "where", "otherwise")


def component_table(facts: Iterable[tuple[Fact, Callable[[Anchor], Place]]], *, every: bool) -> Iterator[str]:
    """Lines of text. Settings at their default are counted, and only shown with `every`."""
    for number, (fact, at) in enumerate(facts):
        if number:
            yield ""
        yield from _one(fact, at, every=every)


def _one(fact: Fact, at: Callable[[Anchor], Place], *, every: bool) -> Iterator[str]:
    value = fact.value
    about = [value["version"], f"node {value['node']}" if value["node"] else "", f"seen as {value['source']}"]
    yield safe_line(
        f"{value['component']}  {fact.ref}  {', '.join(part for part in about if part)}  {at(fact.anchors[''])}"
    )
    whole = fact.undecided.get("settings")
    if whole:
        yield safe_line(f"  nothing is known of its settings: {whole}")
        return
    rows: list[tuple[str, ...]] = [_HEADS]
    hidden = unknown = 0
    for name, entry in sorted(value["settings"].items(), key=lambda item: (not item[1]["set"], item[0])):
        if not entry["set"] and not every:
            hidden += entry["origin"] == "default"
            unknown += entry["origin"] == "undecided"
            continue
        rows.append(_row(fact, name, at))
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADS) - 1)]
    for row in rows if len(rows) > 1 else ():
        yield "  " + "  ".join(f"{text:<{width}}" for text, width in zip(row, [*widths, 0], strict=True)).rstrip()
    if "admissionPlugins" in value:
        yield safe_line(f"  admission plugins: {', '.join(value['admissionPlugins'])}", 2000)
    if hidden or unknown:
        rest = f" and {unknown} that nothing here tells" if unknown else ""
        yield f"  not shown: {hidden} at their defaults{_release(fact)}{rest} (--all)"


def _release(fact: Fact) -> str:
    """Of which release the defaults are, where that is known."""
    if fact.value["component"] == "etcd":
        return f" of etcd {fact.value['version'].rpartition('.')[0]}" if fact.value["version"] else ""
    return f" of 1.{fact.value['minor']}"


def _where(fact: Fact, anchor: Anchor, place: Place) -> str:
    """The position in a file, or in a cluster the field, and the object's name if it is another one."""
    if place.line:
        return str(place)
    field = show_path((*anchor.origin.base, *anchor.path))
    return field if anchor.ref == fact.ref else f"{anchor.ref} {field}"


def _row(fact: Fact, name: str, at: Callable[[Anchor], Place]) -> tuple[str, ...]:
    entry = fact.value["settings"][name]
    anchor = fact.anchors.get(f"settings.{name}")
    shown = safe_value(entry["value"], _LONGEST_VALUE) if "value" in entry else "?"
    by = entry["origin"] if entry["confidence"] != "likely" else f"{entry['origin']}, likely"
    where = _where(fact, anchor, at(anchor)) if anchor is not None else ""
    otherwise = safe_value(entry["default"], _LONGEST_VALUE) if "default" in entry else ""
    reason = fact.undecided.get(f"settings.{name}", "")
    return safe_line(name), shown, by, safe_line(where), safe_line(reason) if reason else otherwise
