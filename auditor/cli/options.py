"""Options that several commands share, declared once."""

from datetime import datetime
from typing import Annotated

import typer

INPUT, SELECT, OUTPUT = "Input", "Selection", "Output"

Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PATH]...", help="Files or directories; - reads standard input. Default: the current directory."
    ),
]
RuleNames = Annotated[
    list[str] | None,
    typer.Option(
        "--rule", metavar="RULE", help="Run only this rule; a glob works. Repeatable.", rich_help_panel=SELECT
    ),
]
SkippedRules = Annotated[
    list[str] | None,
    typer.Option("--skip-rule", metavar="RULE", help="Do not run this rule. Repeatable.", rich_help_panel=SELECT),
]
RuleFolders = Annotated[
    list[str] | None,
    typer.Option("--rules", metavar="DIR", help="A folder with rules of your own. Repeatable.", rich_help_panel=SELECT),
]
ProfileName = Annotated[
    str,
    typer.Option(
        "--profile",
        metavar="NAME",
        help="A named selection of rules: default, all, pss-baseline, pss-restricted.",
        rich_help_panel=SELECT,
    ),
]
KubernetesVersion = Annotated[
    str,
    typer.Option(
        "--kubernetes-version",
        metavar="VERSION",
        help="Judge as if at this version, such as 1.34.",
        rich_help_panel=SELECT,
    ),
]
Today = Annotated[
    datetime | None,
    typer.Option("--today", formats=["%Y-%m-%d"], help="Judge as if on this day (UTC).", rich_help_panel=SELECT),
]
Include = Annotated[
    list[str] | None,
    typer.Option("--include", metavar="GLOB", help="Read only files that match. Repeatable.", rich_help_panel=INPUT),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option("--exclude", metavar="GLOB", help="Leave out files that match. Repeatable.", rich_help_panel=INPUT),
]
Jobs = Annotated[
    int,
    typer.Option(
        "--jobs", "-j", min=0, help="Worker processes; 0 chooses by the size of the input.", rich_help_panel=INPUT
    ),
]
Outputs = Annotated[
    list[str] | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FORMAT[=FILE]",
        help="terminal, json, html or sarif. Repeatable.",
        rich_help_panel=OUTPUT,
    ),
]
LEVELS = "critical, high, medium, low or info"
Severity = Annotated[
    str,
    typer.Option(
        "--severity",
        metavar="LEVEL",
        help=f"Hide findings below: {LEVELS}. They are counted.",
        rich_help_panel=OUTPUT,
    ),
]
FailOn = Annotated[
    str,
    typer.Option(
        "--fail-on",
        metavar="LEVEL",
        help=f"Exit 1 from this severity: {LEVELS}, or none. Default: high.",
        rich_help_panel=SELECT,
    ),
]
Config = Annotated[str, typer.Option("--config", metavar="FILE", help="Configuration file.", rich_help_panel=INPUT)]
NoConfig = Annotated[bool, typer.Option("--no-config", help="Look for no configuration file.", rich_help_panel=INPUT)]
NoWaivers = Annotated[bool, typer.Option("--no-waivers", help="Ignore all waivers.", rich_help_panel=SELECT)]
AcceptAnnotations = Annotated[
    bool,
    typer.Option(
        "--accept-annotations",
        help="Of a cluster, let annotations of its objects waive as well.",
        rich_help_panel=SELECT,
    ),
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Exit 4 if anything could not be read or decided.", rich_help_panel=SELECT)
]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="No terminal report beside files, no progress.", rich_help_panel=OUTPUT),
]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Show every object and every gap.", rich_help_panel=OUTPUT)
]
Color = Annotated[
    bool | None, typer.Option("--color/--no-color", help="Colours; default: on a terminal.", rich_help_panel=OUTPUT)
]
Context = Annotated[
    str,
    typer.Option(
        "--context", metavar="NAME", help="Of the kubeconfig; default: the current one.", rich_help_panel=INPUT
    ),
]
Kubeconfig = Annotated[
    str,
    typer.Option(
        "--kubeconfig",
        metavar="FILE",
        help="Default: $KUBECONFIG, ~/.kube/config, or the pod's own credentials.",
        rich_help_panel=INPUT,
    ),
]
AsUser = Annotated[str, typer.Option("--as", metavar="USER", help="Impersonate.", rich_help_panel=INPUT)]
AsGroups = Annotated[
    list[str] | None,
    typer.Option("--as-group", metavar="GROUP", help="Impersonate; with --as. Repeatable.", rich_help_panel=INPUT),
]
KubeletConfigz = Annotated[
    bool,
    typer.Option(
        "--kubelet-configz",
        help="Read each kubelet's own settings through nodes/proxy. That right is as much as to run commands in every "
        "pod of the node: no rule requires it.",
        rich_help_panel=INPUT,
    ),
]
SecretMetadata = Annotated[
    bool,
    typer.Option(
        "--secret-metadata",
        help="List Secrets where a rule needs them, as names and annotations; needs the right to list them.",
        rich_help_panel=INPUT,
    ),
]
