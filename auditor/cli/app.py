"""All commands of `kubeplumb`, each from its own module."""

from collections.abc import Iterable
from importlib import import_module
from typing import Annotated

import typer

from auditor import __version__

COMMANDS = ("scan", "cluster", "node-script", "rbac-needed", "diff", "explain", "facts", "query", "rules", "snapshot")
"""In the order in which help lists them; each is a function of its module, or that module's `app` of several."""


def app(commands: Iterable[str] = COMMANDS) -> typer.Typer:
    """The command line with some of its commands: one that knows which one it runs need not load the others."""
    made = typer.Typer(
        name="kubeplumb",
        help="Audits the security posture of Kubernetes: exact, offline, honest about what it could not read.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    made.callback()(root)
    for name in commands:
        function = name.replace("-", "_")
        module = import_module(f"auditor.cli.{function}")
        if hasattr(module, "app"):
            made.add_typer(module.app, name=name)
        else:
            made.command(name)(getattr(module, function))
    return made


def _version(value: bool) -> None:
    if value:
        typer.echo(f"kubeplumb {__version__}")
        raise typer.Exit


def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Audits the security posture of Kubernetes: manifests and clusters."""
