"""`kubeplumb scan`: manifests in, a report out."""

import shlex
import sys
from typing import Annotated

import typer

from auditor.cli import options
from auditor.cli.options import INPUT, OUTPUT, SELECT

LEVELS = "critical, high, medium, low or info"


def scan(
    paths: options.Paths = None,
    output: Annotated[
        list[str] | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FORMAT[=FILE]",
            help="terminal, json, html or sarif. Repeatable.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    severity: Annotated[
        str,
        typer.Option(metavar="LEVEL", help=f"Hide findings below: {LEVELS}. They are counted.", rich_help_panel=OUTPUT),
    ] = "",
    fail_on: Annotated[
        str,
        typer.Option(
            metavar="LEVEL",
            help=f"Exit 1 from this severity: {LEVELS}, or none. Default: high.",
            rich_help_panel=SELECT,
        ),
    ] = "",
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
    config: Annotated[str, typer.Option(metavar="FILE", help="Configuration file.", rich_help_panel=INPUT)] = "",
    no_config: Annotated[
        bool, typer.Option("--no-config", help="Look for no configuration file.", rich_help_panel=INPUT)
    ] = False,
    no_waivers: Annotated[
        bool, typer.Option("--no-waivers", help="Ignore all waivers.", rich_help_panel=SELECT)
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 4 if anything could not be read or decided.", rich_help_panel=SELECT)
    ] = False,
    allow_empty: Annotated[
        bool, typer.Option("--allow-empty", help="Exit 0 where nothing was there to read.", rich_help_panel=INPUT)
    ] = False,
    jobs: options.Jobs = 0,
    sarif_suppressed: Annotated[
        bool,
        typer.Option("--sarif-suppressed", help="Put waived findings into SARIF's results.", rich_help_panel=OUTPUT),
    ] = False,
    quiet: Annotated[
        bool,
        typer.Option("--quiet", "-q", help="No terminal report beside files, no progress.", rich_help_panel=OUTPUT),
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show every object and every gap.", rich_help_panel=OUTPUT)
    ] = False,
    color: Annotated[
        bool | None, typer.Option("--color/--no-color", help="Colours; default: on a terminal.", rich_help_panel=OUTPUT)
    ] = None,
) -> int:
    """Audit manifest files.

    Exit codes: 0 clean, 1 findings at or above --fail-on, 2 usage, 3 nothing was read, 4 with --strict: gaps, 5 an
    invalid rule or configuration, 70 internal error, 130 interrupted.
    """
    from auditor.cli.outputs import parse_outputs, write
    from auditor.cli.progress import progress
    from auditor.pipeline.audit import audit
    from auditor.pipeline.outcome import check_level, exit_code, hide
    from auditor.pipeline.prepare import prepare
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
        complete=tuple(complete or ()),
        jobs=jobs,
        command=shlex.join(["kubeplumb", *sys.argv[1:]]),
    )
    prepared = prepare(request)
    with progress(quiet=quiet) as step:
        report = audit(prepared.settings, prepared.run, step)
    code = exit_code(report, strict=strict, allow_empty=allow_empty)
    write(hide(report), outputs, color=color, verbose=verbose, suppressed=sarif_suppressed)
    return code
