"""A request in, settings out: configuration is found and joined, rules are loaded, selected and compiled."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from auditor import __version__
from auditor.engine.batches import Compiled
from auditor.engine.judge import compile_rule
from auditor.engine.load import load_rules
from auditor.engine.rule import Rule
from auditor.engine.select import Profile, load_profile, matching, select
from auditor.kube.versions import Version, parse_version
from auditor.model.errors import InvalidDefinition, UsageError
from auditor.model.findings import Run, Severity
from auditor.model.inventory import Completeness
from auditor.pipeline.configuration import Configured, configuration, excluded, included
from auditor.pipeline.request import Request
from auditor.pipeline.settings import Settings
from auditor.pipeline.subjects import SUBJECTS
from auditor.tables.folder import bundle_root
from auditor.tables.releases import newest_known

if TYPE_CHECKING:
    from auditor.engine.config import Configuration


class Prepared(NamedTuple):
    """Everything a command needs to run."""

    settings: Settings
    run: Run


def prepare(request: Request, config: Configured | None = None) -> Prepared:
    """Settings for a run; raises `UsageError` and `InvalidDefinition`. The command line wins over the configuration,
    which is read unless it is given.
    """
    config = config or configuration(request)
    content = config.content
    rules = all_rules(request.rule_folders)
    folder = bundle_root() / "rules" / "profiles"
    profile = load_profile(folder, request.profile or (content.profile if content and content.profile else "default"))
    severities, disabled = _overrides(content, rules)
    matching(rules, [waiver.rule for waiver in config.waivers])
    selected = select(
        rules,
        profile,
        content.rules.enable if content else (),
        (*disabled, *request.skip_rules),
        request.rules,
        severities,
    )
    if request.skip_rules:
        matching(rules, request.skip_rules)
    version, source = _version(request, content)
    now = datetime.now(UTC)
    today = request.today or now.date()
    settings = Settings(
        paths=request.paths,
        rules=compiled(selected, _params(content, rules)),
        known_rules=rules,
        version=version,
        version_source=source,
        today=today,
        include=included(request, config),
        exclude=excluded(request, config),
        namespaces=request.namespaces,
        excluded_namespaces=request.excluded_namespaces,
        complete=_completeness(request, content),
        waivers=() if request.no_waivers else config.waivers,
        use_waivers=not request.no_waivers,
        accept_annotations=request.accept_annotations,
        covers_config=_covers(request.paths, config.file),
        severities=severities,
        jobs=request.jobs,
    )
    run = Run(
        version=__version__,
        command=request.command,
        started=now.isoformat(timespec="seconds"),
        today=today.isoformat(),
        kubernetes_version=str(version),
        kubernetes_version_source=source,
        targets=request.paths,
        profile=profile.name,
        fail_on=request.fail_on or (content.failOn if content and content.failOn else "high"),
        min_severity=request.severity or (content.severity if content and content.severity else "info"),
        config_file=config.file,
        switched_off=_switched_off(request, config, profile),
    )
    return Prepared(settings, run)


def all_rules(folders: Iterable[str]) -> dict[str, Rule]:
    """The project's own rules and those of some folders, by id."""
    return load_rules(bundle_root() / "rules", [Path(folder) for folder in folders], SUBJECTS)


def compiled(rules: Iterable[Rule], params: dict[str, dict[str, Any]]) -> dict[str, list[Compiled]]:
    """Rules with their parameters, by subject; expressions are compiled when the first fact of one comes along."""
    result: dict[str, list[Compiled]] = {}
    for rule in rules:
        result.setdefault(rule.subject, []).append(compile_rule(rule, SUBJECTS, params.get(rule.id, {})))
    return result


def _covers(paths: Sequence[str], config_file: str) -> bool:
    if not config_file:
        return False
    folder = Path(config_file).resolve().parent
    return any(path != "-" and folder.is_relative_to(Path(path).resolve()) for path in paths)


def _overrides(content: "Configuration | None", rules: dict[str, Rule]) -> tuple[dict[str, Severity], list[str]]:
    if content is None:
        return {}, []
    severities = {
        name: severity for glob, severity in content.rules.severity.items() for name in matching(rules, [glob])
    }
    return severities, content.rules.disable


def _params(content: "Configuration | None", rules: dict[str, Rule]) -> dict[str, dict[str, Any]]:
    result: dict[str, dict[str, Any]] = {}
    types: dict[str, type | tuple[type, ...]] = {"string": str, "int": int, "bool": bool, "list": list}
    for glob, values in (content.rules.params if content else {}).items():
        for name in matching(rules, [glob]):
            for key, value in values.items():
                parameter = rules[name].params.get(key)
                if parameter is None:
                    known = ", ".join(rules[name].params) or "none"
                    raise InvalidDefinition(f"rule {name} has no parameter {key}", f"It has: {known}.")
                if not isinstance(value, types[parameter.type]):
                    raise InvalidDefinition(
                        f"parameter {key} of {name} is no {parameter.type}", "See `kubeplumb explain`."
                    )
            result[name] = values
    return result


def _version(request: Request, content: "Configuration | None") -> tuple[Version, str]:
    text = request.kubernetes_version or (content.kubernetesVersion if content and content.kubernetesVersion else "")
    if not text:
        return newest_known(), "assumed"
    try:
        return parse_version(text), "given"
    except ValueError as error:
        raise UsageError(str(error), "Give a version such as 1.34 or v1.34.2.") from error


def _completeness(request: Request, content: "Configuration | None") -> Completeness:
    declared = content.complete if content else False
    kinds = {*request.complete, *(declared if isinstance(declared, list) else ())}
    return Completeness(declared is True or "all" in kinds, frozenset(kinds))


def _switched_off(request: Request, config: Configured, profile: Profile) -> tuple[str, ...]:
    words, content = [], config.content
    if profile.severity or profile.rules:
        words.append(f"rules outside the profile {profile.name} ({profile.description.rstrip('.')})")
    if request.rules:
        words.append(f"--rule {', '.join(request.rules)}: no other rules ran")
    if content and content.rules.disable:
        words.append(f"rules disabled by the configuration: {', '.join(content.rules.disable)}")
    if request.skip_rules:
        words.append(f"--skip-rule {', '.join(request.skip_rules)}")
    if kept := included(request, config):
        words.append(f"only files {', '.join(kept)}")
    if left := excluded(request, config):
        words.append(f"files excluded: {', '.join(left)}")
    if request.namespaces:
        words.append(f"only namespaces {', '.join(request.namespaces)}")
    if request.excluded_namespaces:
        words.append(f"namespaces excluded: {', '.join(request.excluded_namespaces)}")
    if request.no_waivers:
        words.append("--no-waivers: all waivers ignored")
    return tuple(words)
