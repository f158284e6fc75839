"""`kubeplumb cluster`: a live cluster in, a report out."""

import shlex
import sys
from typing import Annotated

import typer

from auditor.cli import options
from auditor.cli.options import INPUT, OUTPUT


def cluster(
    context: options.Context = "",
    kubeconfig: options.Kubeconfig = "",
    as_user: options.AsUser = "",
    as_group: options.AsGroups = None,
    namespace: Annotated[
        list[str] | None,
        typer.Option(
            "--namespace", "-n", metavar="NS", help="Read only these, and what acts on them.", rich_help_panel=INPUT
        ),
    ] = None,
    exclude_namespace: Annotated[
        list[str] | None, typer.Option(metavar="NS", help="Do not judge these namespaces.", rich_help_panel=INPUT)
    ] = None,
    secret_metadata: options.SecretMetadata = False,
    probe_nodes: Annotated[
        bool,
        typer.Option(
            "--probe-nodes",
            help="Ask kubelet and etcd ports of all nodes as well, without credentials.",
            rich_help_panel=INPUT,
        ),
    ] = False,
    kubelet_configz: options.KubeletConfigz = False,
    managed: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            help="What the provider says of the cluster, as `aws eks describe-cluster` prints it. Repeatable.",
            rich_help_panel=INPUT,
        ),
    ] = None,
    nodes: Annotated[
        str,
        typer.Option(
            metavar="DIR", help="Join the node bundles in it, made by `kubeplumb node-script`.", rich_help_panel=INPUT
        ),
    ] = "",
    save: Annotated[
        str,
        typer.Option(
            metavar="FILE", help="Write what was read to a snapshot: FILE.json.zst or .gz.", rich_help_panel=OUTPUT
        ),
    ] = "",
    timeout: Annotated[
        float, typer.Option(min=1, metavar="SECONDS", help="For the whole collection.", rich_help_panel=INPUT)
    ] = 600,
    qps: Annotated[
        float,
        typer.Option(
            min=0, metavar="N", help="Requests a second, the first 2 N at once; 0: no limit.", rich_help_panel=INPUT
        ),
    ] = 50,
    output: options.Outputs = None,
    severity: options.Severity = "",
    fail_on: options.FailOn = "",
    profile: options.ProfileName = "",
    rule: options.RuleNames = None,
    skip_rule: options.SkippedRules = None,
    rules: options.RuleFolders = None,
    today: options.Today = None,
    config: options.Config = "",
    no_config: options.NoConfig = False,
    no_waivers: options.NoWaivers = False,
    accept_annotations: options.AcceptAnnotations = False,
    strict: options.Strict = False,
    jobs: options.Jobs = 0,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    color: options.Color = None,
) -> int:
    """Audit a live cluster through its API; nothing in it is changed.

    Exit codes: 0 clean, 1 findings at or above --fail-on, 2 usage, 3 the cluster was unreachable or refused, 4 with
    --strict: gaps, 5 an invalid rule or configuration, 70 internal error, 130 interrupted.
    """
    from auditor.cli.outputs import parse_outputs, write
    from auditor.cli.progress import counting
    from auditor.collectors.api.kubeconfig import Access
    from auditor.pipeline.early import reading_ahead

    access = Access(kubeconfig, context, as_user, tuple(as_group or ()))
    configured = reading_ahead(access, jobs)

    from auditor.collectors.api.requests import Limits
    from auditor.pipeline.cluster import Live, audit_live, collect_live
    from auditor.pipeline.interrupts import listening
    from auditor.pipeline.outcome import check_level, exit_code, hide
    from auditor.pipeline.prepare import prepare
    from auditor.pipeline.request import Request

    check_level("--severity", severity)
    check_level("--fail-on", fail_on, none=True)
    outputs = parse_outputs(output or [], quiet=quiet)
    request = Request(
        paths=(),
        profile=profile,
        rules=tuple(rule or ()),
        skip_rules=tuple(skip_rule or ()),
        rule_folders=tuple(rules or ()),
        severity=severity,
        fail_on=fail_on,
        namespaces=tuple(namespace or ()),
        excluded_namespaces=tuple(exclude_namespace or ()),
        today=today.date() if today else None,
        config=config,
        no_config=no_config,
        no_waivers=no_waivers,
        accept_annotations=accept_annotations,
        jobs=jobs,
        command=shlex.join(["kubeplumb", *sys.argv[1:]]),
    )
    prepared = prepare(request)
    limits = Limits(qps, timeout)
    live = Live(
        *(access, limits, secret_metadata, probe_nodes, kubelet_configz, save),
        managed=tuple(managed or ()),
        nodes=nodes,
        configured=configured,
    )
    with listening(_say_once_more) as interrupts:
        with counting(quiet=quiet) as step:
            # Held until the process ends: to give it back object by object would take as long as to connect.
            found = collect_live(prepared.settings, live, step, interrupts)
            report = audit_live(prepared.settings, prepared.run, found, interrupts)
        code = exit_code(report, strict=strict, allow_empty=False)
        write(hide(report), outputs, color=color, verbose=verbose, suppressed=False)
    return code


def _say_once_more() -> None:
    sys.stderr.write("kubeplumb: interrupted: the report tells what is known by now; once more ends without it\n")
