"""Settings in, a report out: the whole flow in the order in which it happens."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from auditor.collectors.loading import load_bytes, reuse_memory
from auditor.collectors.read import FRAGMENT
from auditor.collectors.recognise import by_name
from auditor.collectors.walk import Target, Walk, world_names
from auditor.collectors.yaml.text import decode_text
from auditor.engine.judge import Tally
from auditor.kube.versions import Version
from auditor.model.findings import Finding, Report, Run
from auditor.pipeline import joins, workers
from auditor.pipeline.inputs import Input, look
from auditor.pipeline.report import assemble
from auditor.pipeline.settings import Settings
from auditor.pipeline.worker import Yield, new_judge, read_and_judge

Progress = Callable[[int, int], None]


def silent(done: int, total: int) -> None:
    """A progress callback for nobody."""


def audit(
    settings: Settings, run: Run, progress: Progress = silent, looking: Callable[[], Input] | None = None
) -> Report:
    """Audits files, of which somebody may know already; the report of an interrupted run says that it is one."""
    reuse_memory()
    given = looking() if looking else input_of(settings)
    found, kustomized, stdin = given
    yields = _read(given, settings, progress)
    named = {target.name: target for target in found.targets}

    def texts(name: str) -> str:
        return decode_text(stdin if name == "-" else load_bytes(named[name], settings.limits))

    findings, tally, interrupted = judge_worlds(settings, world_names(found.targets), yields, texts)
    run = run._replace(
        kubernetes_version=str(settings.version),
        kubernetes_version_source=settings.version_source,
        interrupted=interrupted,
    )
    return assemble(settings, run, found, Counter(kustomized.fragments.values()), yields, findings, tally)


def input_of(settings: Settings) -> Input:
    """What there is to read."""
    return look(settings.paths, settings.include, settings.exclude, settings.limits)


def _read(given: Input, settings: Settings, progress: Progress) -> list[Yield]:
    """Reads and judges what was not read; once more where the input itself tells the version to judge by."""
    found, kustomized, stdin = given
    fragments, read = kustomized.fragments, set(kustomized.read)
    targets = [target for target in found.targets if target not in read]
    total = sum(target.size for target in targets)
    done = 0

    def step(size: int) -> None:
        nonlocal done
        done += size
        progress(done, total)

    def work(targets: Iterable[Target]) -> Yield:
        return read_and_judge(targets, found.charts, fragments, settings, step, stdin)

    def everything() -> list[Yield]:
        count = workers.processes(settings.jobs, total) if targets else 1
        return workers.run([targets if count == 1 else workers.dealt(largest_first)] * count, work)

    largest_first = sorted(targets, key=lambda target: -target.size)
    yields = everything()
    seen = _told_by_all(found, yields)
    if settings.version_source == "assumed" and seen is not None:
        settings.version, settings.version_source = seen, "seen"
        done = 0
        yields = everything()
    yields[0].files += [
        (target.world, target.name, FRAGMENT if target.name in fragments else by_name(target.name), 0)
        for target in kustomized.read
    ]
    return yields


def _told_by_all(found: Walk, yields: Sequence[Yield]) -> Version | None:
    """The version that every world of the input tells: what one of several says is nothing about the others."""
    telling = {world for result in yields for world in result.telling}
    if not {target.world for target in found.targets} <= telling:
        return None
    return one_version({version for result in yields for version in result.seen_versions})


def one_version(seen: set[Version]) -> Version | None:
    """The version that the input tells, if it tells one minor version only."""
    versions = sorted(seen)
    return versions[-1] if versions and len({version.minor for version in versions}) == 1 else None


def judge_worlds(
    settings: Settings, names: Iterable[str], yields: list[Yield], texts: Callable[[str], str]
) -> tuple[list[Finding], Tally, bool]:
    """All findings: those of the workers, and those that need several objects of a world; and whether interrupted.

    `texts` gives a file's text again, for positions.
    """
    tally = Tally()
    for result in yields:
        tally.counts.update(result.tally.counts)
    findings = [finding for result in yields for finding in result.findings]
    worlds = list(joins.worlds(names, yields, settings))
    at_hand = {place: text for result in yields for place, text in result.texts.items()}

    subjects = joins.subjects(settings.rules)

    def work(dealt: Iterable[str]) -> tuple[list[Finding], Tally, bool]:
        judge, done = new_judge(settings), list[Finding]()
        finders = [joins.finder(world, judge, settings, at_hand, texts) for world in worlds]
        try:
            for subject in dealt:
                for find in finders:
                    done.extend(find(subject))
        except KeyboardInterrupt:
            return done, judge.tally(), True
        return done, judge.tally(), False

    interrupted = any(result.interrupted for result in yields)
    count = max(1, min(len(yields), len(subjects)))
    for more, counted, stopped in workers.run([workers.dealt(subjects)] * count, work):
        findings += more
        tally.counts.update(counted.counts)
        interrupted = interrupted or stopped
    return findings, tally, interrupted
