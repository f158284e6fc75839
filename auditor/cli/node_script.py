"""`kubeplumb node-script`: nothing in, the script that looks at a node out."""

import typer


def node_script() -> int:
    """Print the script that looks at the node it runs on and writes a node bundle: `| sh | kubeplumb scan -`.

    It is one POSIX shell script that reads and does nothing else. Run it as root: it says what it could not read.
    """
    from auditor.tables.folder import data_root

    typer.echo((data_root() / "node-script.sh").read_text("utf-8"), nl=False)
    return 0
