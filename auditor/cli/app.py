"""All commands of `kubeplumb`, each from its own module."""

from typing import Annotated

import typer

from auditor import __version__
from auditor.cli import cluster, diff, explain, facts, node_script, query, rbac_needed, rules, scan, snapshot

app = typer.Typer(
    name="kubeplumb",
    help="Audits the security posture of Kubernetes: exact, offline, honest about what it could not read.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"kubeplumb {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Audits the security posture of Kubernetes: manifests and clusters."""


app.command("scan")(scan.scan)
app.command("cluster")(cluster.cluster)
app.command("node-script")(node_script.node_script)
app.command("rbac-needed")(rbac_needed.rbac_needed)
app.command("diff")(diff.diff)
app.command("explain")(explain.explain)
app.command("facts")(facts.facts)
app.command("query")(query.query)
app.add_typer(rules.app, name="rules")
app.add_typer(snapshot.app, name="snapshot")
