"""`kubeplumb scan`: manifests in, a report out."""

import shlex
import sys
from typing import Annotated

import typer

from auditor.cli import options
from auditor.cli.options import INPUT, OUTPUT, SELECT


def scan(
    paths: options.Paths = None,
    output: options.Outputs = None,
    severity: options.Severity = "",
    fail_on: options.FailOn = "",
    profile: options.ProfileName = "",
    rule: options.RuleNames = None,
    skip_rule: options.SkippedRules = None,
    rules: options.RuleFolders = None,
    namespace: Annotated[
        list[str] | None,
        typer.Option("--namespace", "-n", metavar="GLOB", help="Judge only these namespaces.", rich_help_panel=SELECT),
    ] = None,
    exclude_namespace: Annotated[
        list[str] | None, typer.Option(metavar="GLOB", help="Do not judge these namespaces.", rich_help_panel=SELECT)
    ] = None,
    include: options.Include = None,
    exclude: options.Exclude = None,
    complete: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            help="The input holds every object of this kind; `all` for every kind.",
            rich_help_panel=INPUT,
        ),
    ] = None,
    kubernetes_version: options.KubernetesVersion = "",
    today: options.Today = None,
    config: options.Config = "",
    no_config: options.NoConfig = False,
    no_waivers: options.NoWaivers = False,
    accept_annotations: options.AcceptAnnotations = False,
    strict: options.Strict = False,
    allow_empty: Annotated[
        bool, typer.Option("--allow-empty", help="Exit 0 where nothing was there to read.", rich_help_panel=INPUT)
    ] = False,
    jobs: options.Jobs = 0,
    sarif_suppressed: Annotated[
        bool,
        typer.Option("--sarif-suppressed", help="Put waived findings into SARIF's results.", rich_help_panel=OUTPUT),
    ] = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    color: options.Color = None,
) -> int:
    """Audit manifest files.

    Exit codes: 0 clean, 1 findings at or above --fail-on, 2 usage, 3 nothing was read, 4 with --strict: gaps, 5 an
    invalid rule or configuration, 70 internal error, 130 interrupted.
    """
    from auditor.cli.outputs import parse_outputs, write
    from auditor.collectors.sniff import dump_among, snapshot_among
    from auditor.pipeline.configuration import configuration, excluded, included
    from auditor.pipeline.inputs import looking
    from auditor.pipeline.outcome import check_level, exit_code, hide
    from auditor.pipeline.request import Request

    check_level("--severity", severity)
    check_level("--fail-on", fail_on, none=True)
    outputs = parse_outputs(output or [], quiet=quiet)
    request = Request(
        paths=tuple(paths or ["."]),
        profile=profile,
        rules=tuple(rule or ()),
        skip_rules=tuple(skip_rule or ()),
        rule_folders=tuple(rules or ()),
        severity=severity,
        fail_on=fail_on,
        namespaces=tuple(namespace or ()),
        excluded_namespaces=tuple(exclude_namespace or ()),
        include=tuple(include or ()),
        exclude=tuple(exclude or ()),
        kubernetes_version=kubernetes_version,
        today=today.date() if today else None,
        config=config,
        no_config=no_config,
        no_waivers=no_waivers,
        accept_annotations=accept_annotations,
        complete=tuple(complete or ()),
        jobs=jobs,
        command=shlex.join(["kubeplumb", *sys.argv[1:]]),
    )
    configured = configuration(request)
    dump = dump_among(request.paths)
    snapshot = "" if dump else snapshot_among(request.paths)
    found = None
    if not (dump or snapshot):
        found = looking(request.paths, included(request, configured), excluded(request, configured), jobs)

    from auditor.pipeline.prepare import prepare  # long to load, and meanwhile somebody looks

    prepared = prepare(request, configured)
    if found is None:
        from auditor.pipeline import replay

        loaded = replay.load_dump(dump, prepared.settings) if dump else replay.load(snapshot)
        report = replay.audit_collected(prepared, loaded, today_given=today is not None)
    else:
        from auditor.cli.progress import progress
        from auditor.pipeline.audit import audit

        with progress(quiet=quiet) as step:
            report = audit(prepared.settings, prepared.run, step, found)
    code = exit_code(report, strict=strict, allow_empty=allow_empty)
    write(hide(report), outputs, color=color, verbose=verbose, suppressed=sarif_suppressed)
    return code
