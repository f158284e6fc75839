"""Groups of findings in, their lines out: severity, message, value seen, value wanted, place and source."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice

from auditor.model.findings import SEVERITIES, Evidence, Finding
from auditor.model.refs import Place
from auditor.renderers.safe import safe_line, safe_value
from auditor.renderers.terminal_groups import Block, Entry, ObjectGroup, entries_of
from auditor.renderers.terminal_page import FAINT, SEVERITY_STYLES, STRONG, Page, count, severities

MOST_SHOWN = 100
"""Without `--verbose`, objects are shown until there are so many entries; the rest is counted."""
_MOST_BLOCKS = 12
_MOST_ENTRIES = 15
_MOST_PLACES = 6
_MOST_SEEN = 3
_MOST_RULES = 10
_INDENT = 12
_LONGEST_SEEN = 120


def objects(page: Page, groups: Sequence[ObjectGroup], *, worlds: bool, verbose: bool) -> None:
    """All objects with failures, the worst first; without `verbose` only so many."""
    shown = groups if verbose else _worst(groups)
    for group in shown:
        page.blank()
        owned = (f"  the platform's own: {group.platform}", FAINT) if group.platform else ""
        page.wrap((group.name(worlds), STRONG), "  ", *severities(group.counts), owned)
        blocks = group.blocks if verbose else group.blocks[:_MOST_BLOCKS]
        for block in blocks:
            _block(page, block, verbose)
        if rest := group.blocks[len(blocks) :]:
            number = sum(len(entry.findings) for block in rest for entry in block.entries)
            page.line((f"{count(number, 'more finding')} on this object: --verbose", FAINT), indent=2)
    if rest_of_groups := groups[len(shown) :]:
        number = sum(sum(group.counts.values()) for group in rest_of_groups)
        page.blank()
        words = f"{count(len(rest_of_groups), 'more object')} with {count(number, 'finding')}"
        page.wrap((words, STRONG), ": see --verbose, or write all to a page with -o html=report.html")
        _frequent(page, rest_of_groups)


def _worst(groups: Sequence[ObjectGroup]) -> Sequence[ObjectGroup]:
    """As many whole objects as a person reads, at least one."""
    before = 0
    for number, group in enumerate(groups):
        if before >= MOST_SHOWN:
            return groups[:number]
        before += sum(len(block.entries) for block in group.blocks)
    return groups


def _frequent(page: Page, groups: Sequence[ObjectGroup]) -> None:
    """Which rules failed most on objects that are not shown: often one setting of a template mends them all."""
    failed = Counter(
        (entry.severity, entry.findings[0].rule)
        for group in groups
        for block in group.blocks
        for entry in block.entries
        for _ in entry.findings
    )
    ranked = sorted(failed.items(), key=lambda item: (-item[1], SEVERITIES.index(item[0][0]), item[0][1]))
    for (severity, rule), number in ranked[:_MOST_RULES]:
        page.line(f"{number:>9,}   ", (f"{severity:<10}", SEVERITY_STYLES[severity]), rule)
    if rest := ranked[_MOST_RULES:]:
        page.line(f"{sum(number for _, number in rest):>9,}   of {count(len(rest), 'other rule')}")


def entries(page: Page, findings: Iterable[Finding], verbose: bool) -> None:
    """Findings that are no failures, one after the other with object, place and reason."""
    grouped: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        grouped.setdefault((finding.ref, finding.world), []).append(finding)
    listed = [entry for members in grouped.values() for entry in entries_of(members)]
    listed.sort(key=lambda entry: SEVERITIES.index(entry.severity))
    shown = listed if verbose else listed[:_MOST_ENTRIES]
    for entry in shown:
        first = entry.findings[0]
        _headline(page, entry, str(first.ref) + ": ")
        if any(one.place.file for one in entry.findings):  # what nothing was seen of stands nowhere
            _places(page, {one.place: one.source_line for one in entry.findings}, verbose)
        _reason(page, first)
    if rest := listed[len(shown) :]:
        page.line((f"{count(sum(len(entry.findings) for entry in rest), 'more finding')}: --verbose", FAINT), indent=2)


def _reason(page: Page, finding: Finding) -> None:
    waiver = finding.waiver
    if waiver is None:
        page.wrap(finding.reason, indent=_INDENT) if finding.reason else None
        return
    about = [waiver.owner, f"until {waiver.expires}" if waiver.expires else "", f"{waiver.source} {waiver.place}"]
    page.wrap(f"“{waiver.reason}” ", (f"({', '.join(filter(None, about))})", FAINT), indent=_INDENT)


def _block(page: Page, block: Block, verbose: bool) -> None:
    """Every entry with its place; the source line that they share stands once, under the last."""
    for entry in block.entries:
        _headline(page, entry)
        _seen(page, entry, verbose)
        last = entry is block.entries[-1]
        _places(page, block.lines if last else dict.fromkeys(block.lines, ""), verbose)


def _headline(page: Page, entry: Entry, lead: str = "") -> None:
    label = (f"  {entry.severity}", SEVERITY_STYLES[entry.severity])
    page.wrap(lead, entry.message, (f"  [{entry.findings[0].rule}]", FAINT), label=label, indent=_INDENT)


def _seen(page: Page, entry: Entry, verbose: bool) -> None:
    """The values seen, the same ones once, and the value wanted."""
    wanted = entry.findings[0].want
    texts = dict.fromkeys(
        _evidence(one) for finding in entry.findings for one in finding.evidence[: None if verbose else 1]
    )
    shown = list(texts)[: None if verbose else _MOST_SEEN]
    more = f", and {count(len(texts) - len(shown), 'other value')}" if len(texts) > len(shown) else ""
    seen = ", ".join(shown) + more
    if seen and wanted and len(seen) + len(wanted) + 11 <= page.width - _INDENT:
        page.wrap(seen, (" → wanted: ", FAINT), wanted, indent=_INDENT)
        return
    if seen:
        page.wrap(seen, indent=_INDENT)
    if wanted:
        page.wrap(("→ wanted: ", FAINT), wanted, indent=_INDENT)


def _evidence(evidence: Evidence) -> str:
    path = safe_line(evidence.path, _LONGEST_SEEN)
    return f"{path}: {safe_value(evidence.value, _LONGEST_SEEN)}" if evidence.present else f"{path} is not set"


def _places(page: Page, found: dict[Place, str], verbose: bool) -> None:
    """Each place with its source beside it, or below where the width does not allow that."""
    lines = found if verbose else dict(islice(found.items(), _MOST_PLACES))
    margin = min((_leading(text) for text in lines.values() if text.strip()), default=0)
    texts = {place: safe_line(text.replace("\t", "    ")[margin:]).rstrip() for place, text in lines.items()}
    names = {place: safe_line(str(place), 400) for place in lines}
    column = max(map(len, names.values()))
    beside = all(_INDENT + column + 3 + len(text) <= page.width for text in texts.values())
    for place, text in texts.items():
        if not text:
            page.whole(names[place], indent=_INDENT)
        elif beside:
            page.whole(names[place].ljust(column), (" | ", FAINT), text, indent=_INDENT)
        else:
            page.whole(names[place], indent=_INDENT)
            page.line((f"{place.line:>{_INDENT - 1}} | ", FAINT), text)
    if more := len(found) - len(lines):
        page.line((f"and {count(more, 'more place')}", FAINT), indent=_INDENT)


def _leading(text: str) -> int:
    expanded = text.replace("\t", "    ")
    return len(expanded) - len(expanded.lstrip(" "))
