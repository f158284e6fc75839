"""A Report in, out a summary that fits one screen of 24 lines: what was read, what was not, what failed, and where."""

from collections import Counter, defaultdict

from auditor.model.findings import SEVERITIES, VERDICTS, Report, Verdict
from auditor.model.inventory import Gap, Provenance
from auditor.model.refs import Place
from auditor.renderers.safe import safe_line, shorten
from auditor.renderers.terminal_groups import ObjectGroup
from auditor.renderers.terminal_page import BAD, FAINT, GOOD, SEVERITY_STYLES, STRONG, Page, Part, count, severities

SCREEN = 24
"""Lines of the smallest terminal that people use; the summary leaves the last one to the prompt."""
WORST_OBJECTS = 5
_GAP_CODES = 3
_LONGEST_CODE = 24
_SHORTEST_WORLD = 8
_INDENT = 12
_WORDS: dict[Verdict, str] = {
    "waived": "waived",
    "manual": "to check by hand",
    "not-evaluated": "not evaluated",
    "pass": "passed",
    "not-applicable": "not applicable",
}


def summary(page: Page, report: Report, groups: list[ObjectGroup], *, worlds: bool) -> None:
    """Writes the summary; `groups` are the objects with failures, the worst first; `worlds` names their worlds."""
    _heading(page, report)
    _coverage(page, report)
    _gaps(page, report.gaps)
    page.blank()
    _verdicts(page, report)
    _waivers(page, report)
    _worst(page, groups, worlds)


def _heading(page: Page, report: Report) -> None:
    run = report.run
    source = "" if run.kubernetes_version_source == "given" else f" ({run.kubernetes_version_source})"
    targets = shorten(" ".join(run.targets), max(page.width - 66, 16))
    about = f" · Kubernetes {run.kubernetes_version}{source} · profile {run.profile}"
    page.line((f"kubeplumb {run.version}", STRONG), f" · {targets}", (about, FAINT))
    if run.interrupted:
        page.line(("Interrupted: this is what was known by then.", BAD))
    page.blank()


def _coverage(page: Page, report: Report) -> None:
    coverage = report.coverage
    others, fragments = sum(coverage.other.values()), sum(coverage.fragments.values())
    if not coverage.objects:
        page.line(
            ("read", STRONG),
            " " * 8,
            ("nothing", BAD),
            f" out of {count(coverage.files, 'file')}: no Kubernetes object",
        )
        return
    if report.run.provenance is not None:
        _cluster(page, report, report.run.provenance)
        return
    parts = [f"{count(coverage.objects, 'object')} in {coverage.kubernetes_files:,} of {count(coverage.files, 'file')}"]
    parts += [f"{count(others, 'file')} of other kinds"] if others else []
    parts += [count(fragments, "kustomize fragment")] if fragments else []
    parts += [f"{count(len(coverage.listed), 'snapshot')} only listed"] if coverage.listed else []
    page.wrap(", ".join(parts), label=("read", STRONG), indent=_INDENT)


def _cluster(page: Page, report: Report, provenance: Provenance) -> None:
    """What was read of a cluster, when and as whom, and which pods are not what their template says."""
    parts = [f"{count(report.coverage.objects, 'object')}, collected {provenance.collected or 'at an unknown time'}"]
    parts += [f"as {provenance.user}"] if provenance.user else []
    parts += [f"only {', '.join(provenance.namespaces)}"] if provenance.namespaces else []
    page.wrap(safe_line(", ".join(parts)), label=("read", STRONG), indent=_INDENT)
    if report.coverage.differing:
        number = sum(1 + alike for _, _, alike in report.coverage.differing.values())
        words = f"{count(number, 'pod')} from their template, judged as they run"
        page.wrap(words, label=("differ", STRONG), indent=_INDENT)


def _gaps(page: Page, gaps: list[Gap]) -> None:
    """The gaps by code, the most frequent first, each with its first place."""
    if not gaps:
        return
    label: Part = ("not read", BAD)
    page.line(label, " " * 4, (count(len(gaps), "gap"), BAD), " in the input: could not be read or decided")
    codes: defaultdict[str, list[Gap]] = defaultdict(list)
    for gap in gaps:
        codes[gap.code].append(gap)
    ranked = sorted(codes.items(), key=lambda item: (-len(item[1]), item[0]))
    codes_width = max(min(len(code), _LONGEST_CODE) for code, _ in ranked[:_GAP_CODES])
    places = [_place(members[0], max(page.width // 2 - 8, 24)) for _, members in ranked[:_GAP_CODES]]
    for place, (code, members) in zip(places, ranked, strict=False):
        words = f"{len(members):>5,} {shorten(code, codes_width):<{codes_width}}  {place:<{max(map(len, places))}}  "
        page.line(words, (members[0].reason, FAINT), indent=6)
    if rest := ranked[_GAP_CODES:]:
        more = ", ".join(f"{len(members):,} {shorten(code, _LONGEST_CODE)}" for code, members in rest)
        page.line(f"and {more}", indent=_INDENT)


def _place(gap: Gap, limit: int) -> str:
    """The end of a path says more than its beginning."""
    place = safe_line(str(Place(gap.file, gap.line, gap.column)))
    return place if len(place) <= limit else "…" + place[1 - limit :]


def _verdicts(page: Page, report: Report) -> None:
    totals = {verdict: sum(rule.verdicts.get(verdict, 0) for rule in report.rules) for verdict in VERDICTS}
    failed = {
        severity: sum(rule.verdicts.get("fail", 0) for rule in report.rules if rule.severity == severity)
        for severity in SEVERITIES
    }
    if totals["rule-error"]:
        page.line(
            ("defective", BAD), " " * 3, (count(totals["rule-error"], "rule error"), BAD), ": the answer is unknown"
        )
    if totals["fail"]:
        page.line(("failed", STRONG), " " * 6, (f"{totals['fail']:,}", STRONG), "  ", *severities(failed))
    elif report.coverage.objects:
        unknown = report.gaps or totals["not-evaluated"] or totals["rule-error"] or report.run.interrupted
        words = "nothing, in what could be judged" if unknown else "nothing"
        page.line(("failed", STRONG), " " * 6, (words, "" if unknown else GOOD))
    others = [f"{totals[verdict]:,} {words}" for verdict, words in _WORDS.items() if totals[verdict]]
    page.wrap(" · ".join(others), label=("also", STRONG), indent=_INDENT) if others else None
    for reason, number in sorted(Counter(rule.ruled_out for rule in report.rules if rule.ruled_out).items()):
        page.wrap(f"{count(number, 'rule')}: {reason}", label=("ruled out", STRONG), indent=_INDENT)
    if hidden := sum(report.hidden.values()):
        page.line(("hidden", STRONG), " " * 6, f"{count(hidden, 'finding')} below --severity {report.run.min_severity}")


def _waivers(page: Page, report: Report) -> None:
    states = [use.state for use in report.waivers]
    told = [f"{states.count(state):,} {state}" for state in ("expired", "malformed", "unmatched") if state in states]
    if told:
        page.line(("waivers", STRONG), " " * 5, ", ".join(told))


def _name(group: ObjectGroup, worlds: bool, limit: int) -> str:
    """An object's name, and the end of its world's as far as there is room: that comes second."""
    name = shorten(safe_line(str(group.ref)), limit)
    world = safe_line(group.world)
    room = limit - len(name) - len("  []")
    if not worlds or room < min(len(world), _SHORTEST_WORLD):
        return name
    return f"{name}  [{world if len(world) <= room else '…' + world[1 - room :]}]"


def _worst(page: Page, groups: list[ObjectGroup], worlds: bool) -> None:
    if not groups:
        return
    page.blank()
    room = max(1, min(WORST_OBJECTS, SCREEN - page.height - 3))
    names = [_name(group, worlds, page.width - 42) for group in groups[:room]]
    width = max(*map(len, names), 30)
    titles: list[Part] = [f"{severity:>9}" for severity in SEVERITIES[:-1]]
    page.line(("worst".ljust(width + 2), STRONG), *((str(title), FAINT) for title in titles))
    for name, group in zip(names, groups, strict=False):
        cells: list[Part] = []
        for severity in SEVERITIES[:-1]:
            number = group.counts[severity]
            cells.append(
                (f"{number:>9,}", SEVERITY_STYLES[severity].replace("reverse ", "")) if number else f"{'·':>9}"
            )
        page.line(f"  {name:<{width}}", *cells)
    if len(groups) > room:
        page.line(f"and {count(len(groups) - room, 'more object')} with failures", indent=2)
