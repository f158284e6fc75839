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
