"""`--output` texts in, reports written out: one format at most to standard output, any other to its file."""

import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from auditor.model.errors import UsageError
from auditor.model.findings import Report

FORMATS = ("terminal", "json", "html", "sarif")


class Output(NamedTuple):
    """A format and its file; no file is standard output."""

    format: str
    file: str


def parse_outputs(texts: Sequence[str], *, quiet: bool) -> list[Output]:
    """Raises `UsageError` for an unknown format or two for standard output."""
    outputs = []
    for text in texts:
        name, equals, file = text.partition("=")
        if name not in FORMATS:
            raise UsageError(f"there is no output format {name}", f"Formats: {', '.join(FORMATS)}.")
        if equals and not file:
            raise UsageError(f"--output {text} names no file", "Write for example -o json=report.json.")
        outputs.append(Output(name, file))
    to_stdout = [output for output in outputs if not output.file]
    if len(to_stdout) > 1:
        names = " and ".join(output.format for output in to_stdout)
        raise UsageError(f"{names} cannot both go to standard output", "Give all but one a file: -o html=report.html.")
    if not to_stdout and not quiet:
        outputs.insert(0, Output("terminal", ""))
    return outputs


def write(report: Report, outputs: Sequence[Output], *, color: bool | None, verbose: bool, suppressed: bool) -> None:
    """Writes a report in every format that was asked for."""
    for output in outputs:
        write_parts(_render(report, output, color=color, verbose=verbose, suppressed=suppressed), output)


def write_parts(parts: Iterable[str], output: Output) -> None:
    """Writes a text to where an output goes; raises `UsageError` for a file that cannot be written."""
    if not output.file:
        sys.stdout.writelines(parts)
        return
    folder = os.path.dirname(output.file)
    try:
        if folder:
            os.makedirs(folder, exist_ok=True)
        with open(output.file, "w", encoding="utf-8", newline="\n") as handle:
            handle.writelines(parts)
    except OSError as error:
        raise UsageError(f"{output.file}: cannot be written: {error.strerror}", "Check --output.") from error


def is_colored(output: Output, color: bool | None) -> bool:
    """Whether a terminal report has colours: where they were asked for, else on a terminal."""
    if color is not None:
        return color and not output.file
    return not output.file and sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def width() -> int:
    """Columns of the terminal."""
    return shutil.get_terminal_size((100, 24)).columns


def _render(report: Report, output: Output, *, color: bool | None, verbose: bool, suppressed: bool) -> Iterable[str]:
    if output.format == "json":
        from auditor.renderers import json_report

        return json_report.parts(report)
    if output.format == "html":
        from auditor.renderers import html

        return [html.render(report)]
    if output.format == "sarif":
        from auditor.renderers import sarif

        return [sarif.render(report, suppressed=suppressed)]
    from auditor.renderers import terminal

    return [terminal.render(report, width=width(), color=is_colored(output, color), verbose=verbose)]
