"""`kubeplumb facts`: what rules see, printed."""

from typing import Annotated

import typer

from auditor.cli import options


def facts(
    subject: Annotated[str, typer.Argument(help="Such as container, workload, image, namespace or grant.")] = "",
    paths: options.Paths = None,
    schema: Annotated[bool, typer.Option("--schema", help="Describe the fields instead.")] = False,
    output: Annotated[
        str,
        typer.Option("--output", "-o", metavar="FORMAT", help="`json`, or for components `table`, their default."),
    ] = "",
    every: Annotated[bool, typer.Option("--all", help="In the table, settings at their defaults as well.")] = False,
    kubernetes_version: options.KubernetesVersion = "",
    today: options.Today = None,
) -> int:
    """Print the facts of one subject as JSON, one a line; of components the table of effective settings."""
    import json
    from dataclasses import replace

    from auditor.model.errors import UsageError
    from auditor.model.inventory import Gap
    from auditor.pipeline import listing
    from auditor.pipeline.findings import secrets_of, without
    from auditor.pipeline.prepare import prepare
    from auditor.pipeline.request import Request
    from auditor.pipeline.subjects import SUBJECTS

    if schema:
        chosen = [listing.subject_named(subject)] if subject else list(SUBJECTS.values())
        typer.echo(json.dumps(listing.schema(chosen), indent=2))
        return 0
    if not subject:
        raise UsageError("no subject was given", f"Subjects: {', '.join(sorted(SUBJECTS))}.")
    request = Request(
        paths=tuple(paths or ["."]), kubernetes_version=kubernetes_version, today=today.date() if today else None
    )
    gaps: list[Gap] = []
    named = listing.subject_named(subject)
    form = output or ("table" if named.name == "component" else "json")
    if form not in ("json", "table") or (form == "table" and named.name != "component"):
        raise UsageError(f"--output {form}: no such format for {named.name}", "json; table for component.")
    found = listing.list_facts(prepare(request).settings, named, gaps)
    if form == "table":
        from auditor.renderers.component_table import component_table

        shown = ((replace(one.fact, value=without(one.fact.value, secrets_of(one.fact))), one.at) for one in found)
        for text in component_table(shown, every=every):
            typer.echo(text)
    else:
        for listed in found:
            fact = listed.fact
            value = without(fact.value, secrets_of(fact))
            line = {"subject": fact.subject, "object": str(fact.ref), "place": str(listed.place), "fact": value}
            typer.echo(json.dumps(line, ensure_ascii=True))
    for gap in gaps:
        typer.echo(f"kubeplumb: not read: {gap.file}:{gap.line}: {gap.reason}", err=True)
    return 0
