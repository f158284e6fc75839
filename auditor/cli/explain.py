"""`kubeplumb explain`: one rule in full, with a good and a bad example."""

from typing import Annotated

import typer

from auditor.cli import options


def explain(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="The rule's id.")],
    folders: options.RuleFolders = None,
) -> int:
    """Explain a rule: why it matters, how it judges, how to put it right."""
    from auditor.pipeline.catalogue import explained
    from auditor.renderers import rule_list

    typer.echo(rule_list.explanation(*explained(folders or (), rule)), nl=False)
    return 0
