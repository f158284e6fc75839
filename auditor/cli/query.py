"""`kubeplumb query`: a CEL expression over facts; exits 1 where it is true of some."""

from typing import Annotated

import typer

from auditor.cli import options


def query(
    expression: Annotated[
        str, typer.Argument(metavar="CEL", help="Such as 'image.tag == \"latest\"'; its first name is the subject.")
    ],
    paths: options.Paths = None,
    kubernetes_version: options.KubernetesVersion = "",
    today: options.Today = None,
) -> int:
    """Print which facts make an expression true. Exits 0 if none does, 1 if some do."""
    from auditor.model.inventory import Gap
    from auditor.pipeline import listing
    from auditor.pipeline.prepare import prepare
    from auditor.pipeline.request import Request
    from auditor.renderers.safe import safe_line

    request = Request(
        paths=tuple(paths or ["."]), kubernetes_version=kubernetes_version, today=today.date() if today else None
    )
    gaps: list[Gap] = []
    subject = listing.query_subject(expression)
    facts = listing.list_facts(prepare(request).settings, subject, gaps)
    found = 0
    for listed in listing.matching(facts, expression, subject):
        found += 1
        container = f" container {listed.fact.container}" if listed.fact.container else ""
        typer.echo(safe_line(f"{listed.place}  {listed.fact.ref}{container}"))
    for gap in gaps:
        typer.echo(safe_line(f"kubeplumb: not read: {gap.file}:{gap.line}: {gap.reason}"), err=True)
    return 1 if found else 0
