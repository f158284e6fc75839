"""`kubeplumb rules`: the rules as a table or JSON, and the test of a user's own ones."""

from typing import Annotated

import typer

from auditor.cli import options

app = typer.Typer(help="List rules, or test your own.", invoke_without_command=True)


@app.callback()
def rules(
    context: typer.Context,
    filters: Annotated[
        list[str] | None, typer.Option("--filter", "-f", metavar="TEXT", help="Only rules that hold this text.")
    ] = None,
    severity: Annotated[str, typer.Option(metavar="LEVEL", help="Only this severity.")] = "",
    subject: Annotated[str, typer.Option(metavar="SUBJECT", help="Only this subject.")] = "",
    profile: Annotated[str, typer.Option(metavar="NAME", help="Only rules of this profile.")] = "all",
    folders: options.RuleFolders = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """List rules."""
    if context.invoked_subcommand:
        return 0
    from auditor.pipeline.catalogue import catalogue
    from auditor.renderers import rule_list

    found = catalogue(folders or (), profile, severity, subject, filters or ())
    typer.echo(rule_list.as_json(found) if as_json else rule_list.as_table(found), nl=False)
    return 0


@app.command("test")
def run_fixtures(
    folder: Annotated[
        str, typer.Argument(metavar="DIR", help="A folder with rule files and a fixtures folder beside them.")
    ],
    fixtures: Annotated[str, typer.Option(metavar="DIR", help="Where the fixtures are; default: DIR/fixtures.")] = "",
) -> int:
    """Check rules of your own: their format, and each fixture's verdict and marked line. Exits 1 if one is wrong."""
    from auditor.pipeline.rule_tests import run_folder

    outcome = run_folder(folder, fixtures)
    for line in outcome.complaints:
        typer.echo(line)
    typer.echo(f"{outcome.rules} rules, {outcome.fixtures} fixtures, {len(outcome.complaints)} wrong")
    return 1 if outcome.complaints else 0
