"""`kubeplumb snapshot`: what a snapshot holds, printed; a copy with names taken out; two of them compared."""

from typing import Annotated

import typer

app = typer.Typer(help="Look into snapshots of clusters.", no_args_is_help=True)

File = Annotated[str, typer.Argument(metavar="FILE", help="A snapshot; - reads standard input.")]


@app.command("show")
def show(
    file: File, as_json: Annotated[bool, typer.Option("--json", help="Print the objects as JSON lines.")] = False
) -> int:
    """Print where a snapshot comes from, what it holds, and what could not be read."""
    from auditor.pipeline.snapshots import objects, overview
    from auditor.renderers.safe import safe_line

    for line in objects(file) if as_json else overview(file):
        typer.echo(line if as_json else safe_line(line))
    return 0


@app.command("redact")
def redact(
    file: File,
    into: Annotated[str, typer.Argument(metavar="NEW", help="The file to write.")],
    namespaces: Annotated[
        list[str] | None, typer.Option("--drop-namespace", metavar="GLOB", help="Leave out what is in it. Repeatable.")
    ] = None,
    annotations: Annotated[bool, typer.Option("--drop-annotations", help="Leave out all annotations.")] = False,
    identity: Annotated[bool, typer.Option("--drop-identity", help="Leave out user, groups and server.")] = False,
) -> int:
    """Write a copy of a snapshot that says less, to be handed on. No Secret's content is in one anyway."""
    from auditor.pipeline.snapshots import Redaction, redacted_copy

    kept, dropped = redacted_copy(file, into, Redaction(tuple(namespaces or ()), annotations, identity))
    typer.echo(f"{into}: {kept:,} objects kept, {dropped:,} left out", err=True)
    return 0


@app.command("diff")
def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="The older snapshot.")],
    after: Annotated[str, typer.Argument(metavar="B", help="The newer one.")],
) -> int:
    """Print which objects came (+), went (-) and changed (~) between two snapshots. Exits 1 if any did, or may have.

    An object that one of them may just not have read is listed with the reason (?).
    """
    from auditor.pipeline.snapshots import changes
    from auditor.renderers.safe import safe_line

    found = False
    for sign, name, fields in changes(before, after):
        found = True
        typer.echo(safe_line(f"{sign} {name}{'  ' + ', '.join(fields) if fields else ''}"))
    return 1 if found else 0
