"""`kubeplumb diff`: two reports in, what changed between them out."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from auditor.cli.options import OUTPUT, SELECT

if TYPE_CHECKING:
    from auditor.cli.outputs import Output
    from auditor.model.comparison import Comparison


def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="The older report (JSON) or snapshot; - is stdin.")],
    after: Annotated[str, typer.Argument(metavar="B", help="The newer report (JSON) or snapshot.")],
    output: Annotated[
        list[str] | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FORMAT[=FILE]",
            help="terminal, json or html. Repeatable.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    fail_on: Annotated[
        str,
        typer.Option(
            metavar="LEVEL",
            help="Exit 1 if a new finding has this severity or a worse one, or none.",
            rich_help_panel=SELECT,
        ),
    ] = "high",
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No terminal report beside files.", rich_help_panel=OUTPUT)
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show every finding.", rich_help_panel=OUTPUT)
    ] = False,
    color: Annotated[
        bool | None, typer.Option("--color/--no-color", help="Colours; default: on a terminal.", rich_help_panel=OUTPUT)
    ] = None,
) -> int:
    """Compare two JSON reports or snapshots: what is new, fixed, gone, or not evaluated any more.

    Exit codes: 0 nothing new at or above --fail-on, 1 new findings, 2 usage, 3 a report could not be read.
    """
    from auditor.cli.outputs import parse_outputs, write_parts
    from auditor.model.comparison import Side
    from auditor.model.errors import UsageError
    from auditor.pipeline.comparable import load, report_of_snapshot
    from auditor.pipeline.compare import compare, exit_code
    from auditor.pipeline.outcome import check_level

    check_level("--fail-on", fail_on, none=True)
    outputs = parse_outputs(output or [], quiet=quiet)
    if any(one.format == "sarif" for one in outputs):
        raise UsageError("a comparison cannot be written as sarif", "Formats: terminal, json, html.")
    if before == after == "-":
        raise UsageError("standard input cannot be both reports", "Name a file for one of them.")
    others = (report_of_snapshot,)
    comparison = compare(Side(before, load(before, others)), Side(after, load(after, others)))
    for one in outputs:
        write_parts(_render(comparison, one, color=color, verbose=verbose), one)
    return exit_code(comparison, fail_on)


def _render(comparison: "Comparison", output: "Output", *, color: bool | None, verbose: bool) -> Iterable[str]:
    if output.format == "json":
        from auditor.renderers import diff_json

        return diff_json.parts(comparison)
    if output.format == "html":
        from auditor.renderers import diff_html

        return [diff_html.render(comparison)]
    from auditor.cli.outputs import is_colored, width
    from auditor.renderers import diff_terminal

    return [diff_terminal.render(comparison, width=width(), color=is_colored(output, color), verbose=verbose)]
