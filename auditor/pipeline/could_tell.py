"""A report and a finding of another one in, out whether this report could have had it: no answer is not a good one."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from functools import partial
from typing import NamedTuple

from auditor.collectors.walk import file_filter
from auditor.kube.definitions import DEFINITION
from auditor.model.comparison import Cause
from auditor.model.findings import Finding, Report, RuleResult
from auditor.model.inventory import Gap, ObjectEntry
from auditor.model.refs import OBSERVED, ObjectRef
from auditor.pipeline.looked_for import is_custom, not_asked
from auditor.pipeline.outcome import at_least

Home = tuple[str, str, str, str, str]
"""World, API group, kind, namespace and name: an object, whatever version of its API it is written in."""

_OBSERVED = OBSERVED.rpartition("/")[0]
_ONLY, _NOT = "only namespaces ", "namespaces excluded: "
_ONLY_FILES, _NOT_FILES = "only files ", "files excluded: "
"""How a report says that it did not judge every namespace, or read every file."""


class Answer(NamedTuple):
    """Why a report could not have had a finding, or nothing if it could; and more about that in words."""

    cause: Cause = ""
    note: str = ""


class View(NamedTuple):
    """A report, prepared to be asked."""

    report: Report
    one_world: bool
    """Whether the names of worlds do not matter."""
    rules: Mapping[str, RuleResult]
    objects: Mapping[Home, list[ObjectEntry]]
    named: frozenset[Home]
    """Objects that any finding is about."""
    undecided: Mapping[tuple[str, Home], Finding]
    """Findings without an answer, by rule and object."""
    namespaces: frozenset[tuple[str, str]]
    """World and name of every namespace that an object lies in."""
    unread: Mapping[str, Gap]
    """Files and folders that could not be read, or of which something could not: their paths as in `paths_of`."""
    kinds: frozenset[str]
    """Of which an object is there."""
    only: Mapping[str, tuple[str, ...]]
    excluded: Mapping[str, tuple[str, ...]]
    """Globs for the namespaces that were judged, all if there are none, and for those that were not, by the words in
    which the report says so."""
    files: tuple[tuple[str, Callable[[str], bool]], ...]
    """The same for files: the words, and whether a path was read."""
    not_given: frozenset[str]
    """Paths that the other report was given, and this one was not."""

    def home(self, ref: ObjectRef, world: str) -> Home:
        """Where an object is to be found in either report."""
        return _home(ref, world, self.one_world)

    def entries(self, finding: Finding) -> list[ObjectEntry]:
        """The objects that a finding may be about: several, if one is there twice."""
        return self.objects.get(self.home(finding.ref, finding.world), [])

    def paths_of(self, finding: Finding) -> tuple[str, str]:
        """The file of a finding's object: as it was read, and below what was audited."""
        file = next((entry.file for entry in self.entries(finding)), finding.place.file)
        return file, self.below(file)

    def could_tell(self, finding: Finding, paths: tuple[str, str]) -> Answer:
        """Whether this report judged a rule on an object; `paths` are where the other report read that."""
        home = self.home(finding.ref, finding.world)
        if not self._has(home):
            return self.absence(finding.ref, finding.world, paths)
        rule = self.rules.get(finding.rule)
        if rule is None:
            return Answer("rule-absent")
        if left_out := self._out_of_scope(finding.ref):
            return Answer("out-of-scope", left_out)
        if undecided := self.undecided.get((finding.rule, home)):
            cause: Cause = "rule-error" if undecided.verdict == "rule-error" else "not-evaluated"
            return Answer(cause, undecided.reason)
        if self._hides(rule):
            return Answer("hidden", f"--severity {self.report.run.min_severity}")
        return Answer("interrupted") if self.report.run.interrupted else Answer()

    def absence(self, ref: ObjectRef, world: str, paths: tuple[str, str]) -> Answer:
        """Why this report lacks an object: it was not there, or it could not be read, or nobody asked for it."""
        if gap := self._gap_of(paths) or self._refused(ref):
            return Answer("object-unread", f"{gap.file}: {gap.reason}")
        in_namespace = ref.namespace or ref.kind == "Namespace"
        left_out = f"{world} was not among the paths" if world in self.not_given else self._left_out(paths)
        left_out = left_out or (self._out_of_scope(ref) if in_namespace else "")
        if left_out := left_out or not_asked(ref, self.report.coverage.kinds, self.kinds):
            return Answer("out-of-scope", left_out)
        if reason := self._unlisted(ref, self.home(ref, world)):
            return Answer("object-unread", reason)
        return Answer("interrupted") if self.report.run.interrupted else Answer("object-absent")

    def below(self, file: str) -> str:
        """A file's path below what was audited."""
        return below(file, self.report.run.targets)

    def _has(self, home: Home) -> bool:
        """Whether an object is there: read, or implied by others, as are cluster, pools and undeclared namespaces."""
        world, group, kind, _, name = home
        if home in self.objects or home in self.named:
            return True
        if kind == "Cluster" and not group:
            return any(other[0] == world for other in self.objects)
        if kind == "NodePool" and group == _OBSERVED:
            described = {name, name.partition("/")[0]}  # on its own, or by its cluster's document
            return any(other[:2] == (world, group) and other[4] in described for other in self.objects)
        return kind == "Namespace" and not group and (world, name) in self.namespaces

    def _gap_of(self, paths: tuple[str, str]) -> Gap | None:
        """What could not be read of a file, or of a folder that it lies in."""
        for path in paths:
            parts = path.split("/")
            for length in range(len(parts), 0, -1):
                if gap := self.unread.get("/".join(parts[:length])):
                    return gap
        return None

    def _unlisted(self, ref: ObjectRef, home: Home) -> str:
        """Why a list is not there that would have the object, or empty; `*` are namespaces that nobody knows of."""
        unlisted = self.report.coverage.unlisted
        strange = () if (home[0], home[3]) in self.namespaces else ("*",)
        where = next((at for at in ("", ref.namespace, *strange) if (ref.kind_name, at) in unlisted), None)
        if where is None:
            return ""
        from auditor.pipeline.needs import NEVER_LISTED, SINGLES  # knows all subjects, which few comparisons need

        reason = unlisted[ref.kind_name, where]
        by_name = reason == NEVER_LISTED.get(ref.kind) and (ref.kind, ref.namespace, ref.name) in SINGLES
        return "" if by_name else reason

    def _refused(self, ref: ObjectRef) -> Gap | None:
        """Why the objects of a kind could not be listed, there or anywhere."""
        for gap in self.report.gaps:
            about = gap.ref
            if about is None or about.name != "*":
                continue
            unknown = about.kind == DEFINITION and is_custom(ref)  # whose kinds the definitions tell
            if not unknown and (about.kind, about.group) != (ref.kind, ref.group):
                continue
            if about.namespace in ("", ref.namespace):
                return gap
        return None

    def _left_out(self, paths: tuple[str, str]) -> str:
        """Which globs of files leave a path out, in the report's words, or empty."""
        relative = {*paths, self.below(paths[0])}
        for words, keeps in self.files:
            if not all(map(keeps, relative)):
                return words
        return ""

    def _out_of_scope(self, ref: ObjectRef) -> str:
        """Which choice of namespaces leaves an object out, in the report's words, or empty."""
        namespace = ref.name if ref.kind == "Namespace" else ref.namespace
        for line, globs in self.excluded.items():
            if any(fnmatchcase(namespace, glob) for glob in globs):
                return line
        for line, globs in self.only.items():
            if not any(fnmatchcase(namespace, glob) for glob in globs):
                return line
        return ""

    def _hides(self, rule: RuleResult) -> bool:
        """Whether findings of a rule were hidden; not if it had none."""
        had = sum(number for verdict, number in rule.verdicts.items() if verdict not in ("pass", "not-applicable"))
        return bool(had) and not at_least(rule.severity, self.report.run.min_severity)


def view_of(report: Report, other: Report, one_world: bool) -> View:
    """A report with what answers about another one need; `one_world` says that both have one world at most."""
    home = partial(_home, one_world=one_world)
    objects: defaultdict[Home, list[ObjectEntry]] = defaultdict(list)
    for entry in report.objects:
        objects[home(entry.ref, entry.world)].append(entry)
    unread = [gap for gap in report.gaps if gap.ref is None]
    undecided = [one for one in report.findings if one.verdict in ("not-evaluated", "rule-error")]
    return View(
        report,
        one_world,
        {rule.id: rule for rule in report.rules},
        dict(objects),
        frozenset(home(one.ref, one.world) for one in report.findings),
        {(one.rule, home(one.ref, one.world)): one for one in undecided},
        frozenset((key[0], key[3]) for key in objects),
        {path: gap for gap in unread for path in (gap.file, below(gap.file, report.run.targets))},
        frozenset(entry.ref.kind_name for entry in report.objects),
        _globs(report, _ONLY),
        _globs(report, _NOT),
        (
            *((line, file_filter(globs, ())) for line, globs in _globs(report, _ONLY_FILES).items()),
            *((line, file_filter((), globs)) for line, globs in _globs(report, _NOT_FILES).items()),
        ),
        frozenset() if one_world else _not_given(report, other),
    )


def _not_given(report: Report, other: Report) -> frozenset[str]:
    """The worlds of the other report whose path this one was not given; none where they have no path in common, as two
    checkouts. An absolute path below the working directory names its world by what is below that.
    """
    own, others = (
        {os.path.normpath(target).replace(os.sep, "/") for target in one.run.targets} for one in (report, other)
    )
    if own.isdisjoint(others):
        return frozenset()
    worlds = {entry.world for entry in other.objects} | {finding.world for finding in other.findings}
    return frozenset(
        world for world in worlds if not any(target == world or target.endswith(f"/{world}") for target in own)
    )


def _home(ref: ObjectRef, world: str, one_world: bool) -> Home:
    return "" if one_world else world, ref.group, ref.kind, ref.namespace, ref.name


def below(file: str, targets: Iterable[str]) -> str:
    """A file's path below the target that it was found in: two checkouts of the same have other targets."""
    for target in targets:
        folder = os.path.normpath(target).replace(os.sep, "/")
        if folder != "." and file.startswith(f"{folder}/"):
            return file.removeprefix(f"{folder}/")
    return file


def why_absent(answer: Answer) -> str:
    """Why an object may not have been read, in words."""
    return answer.note or "the run was interrupted"


def _globs(report: Report, words: str) -> dict[str, tuple[str, ...]]:
    """What a report says it was narrowed to, or left out: its words, and the globs in them."""
    told = [line for line in report.run.switched_off if line.startswith(words)]
    return {line: tuple(line.removeprefix(words).split(", ")) for line in told}
