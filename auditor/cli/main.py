"""The arguments of a process in, its exit code out; the only place where errors are caught."""

import gc
import io
import os
import sys
from typing import Any

from auditor import __version__


def main() -> None:
    """Runs the command line; every error leaves as one line with a hint, and an exit code of DESIGN section 8."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if sys.argv[1:] == ["--version"]:
        print(f"kubeplumb {__version__}")
        return
    code = run()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # nobody reads any more
        pass
    # Everything is written: taking a large report apart piece by piece would cost a fiftieth of a scan.
    os._exit(code)


def run() -> int:
    """The exit code of a run of the command line."""
    # Nothing here makes reference cycles in numbers; looking for them costs a twentieth of a scan, and of its imports
    # alone a tenth.
    gc.disable()
    import typer

    from auditor.cli.app import COMMANDS, app
    from auditor.model.errors import AuditorError

    # typer carries its own copy of click, and publishes the base class of usage errors only in this way.
    command_line_error: Any = typer.BadParameter.__base__
    try:
        asked = sys.argv[1] if len(sys.argv) > 1 else ""
        commands = app([asked] if asked in COMMANDS else COMMANDS)
        result = commands(standalone_mode=False, prog_name=_program())
    except AuditorError as error:
        return _say(str(error), error.hint, error.exit_code)
    except typer.Exit as stop:
        return int(stop.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        return _say("interrupted", "", 130)
    except command_line_error as error:
        error.show(sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader of a pipe has seen enough; nothing more may be written, not even by the interpreter's shutdown.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if os.environ.get("KUBEPLUMB_TRACEBACK"):
            raise
        name = type(error).__name__
        return _say(f"internal error: {name}: {error}", "Set KUBEPLUMB_TRACEBACK=1 and report what it prints.", 70)
    return int(result or 0)


def _program() -> str:
    name = os.path.basename(sys.argv[0])
    return "kubectl plumb" if name.startswith("kubectl-plumb") else "kubeplumb"


def _say(message: str, hint: str, code: int) -> int:
    from auditor.renderers.safe import safe_line

    print(f"kubeplumb: {safe_line(message)}", file=sys.stderr)
    if hint:
        print(f"  hint: {safe_line(hint)}", file=sys.stderr)
    return code
