"""A request in, the configuration file that holds for it out."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from auditor.collectors.yaml.documents import read_documents
from auditor.collectors.yaml.text import Unreadable, decode_text
from auditor.model.errors import InvalidDefinition, UsageError
from auditor.model.findings import Waiver
from auditor.pipeline.request import Request

if TYPE_CHECKING:
    from auditor.engine.config import Configuration

CONFIG_NAME = ".kubeplumb.yaml"


class Configured(NamedTuple):
    """A configuration file that was found, or none."""

    file: str = ""
    content: "Configuration | None" = None
    waivers: tuple[Waiver, ...] = ()


def configuration(request: Request) -> Configured:
    """What the file says that is named or found; raises `UsageError` and `InvalidDefinition`."""
    file = request.config or ("" if request.no_config else find_config(request.paths))
    if not file:
        return Configured()
    from auditor.engine.config import parse_configuration, waivers

    try:
        text = decode_text(Path(file).read_bytes())
    except (OSError, Unreadable) as error:
        raise UsageError(f"{file}: cannot be read: {error}", "Check --config.") from error
    documents = list(read_documents(text))
    problems = [problem for document in documents for problem in document.problems]
    if problems:
        first = problems[0]
        raise InvalidDefinition(
            f"{file}:{first.line}:{first.column}: {first.reason}", "The configuration is one YAML mapping."
        )
    if len(documents) > 1:
        raise InvalidDefinition(f"{file}: holds more than one document", "The configuration is one YAML mapping.")
    content = parse_configuration(documents[0].value if documents else None, file)
    from auditor.collectors.yaml.positions import Positions

    lines: Sequence[int] = ()
    if documents:
        positions = Positions(documents[0])
        lines = [positions.find(("waivers", index))[0] for index in range(len(content.waivers))]
    return Configured(file, content, waivers(content, file, lines))


def find_config(paths: Sequence[str]) -> str:
    """The nearest configuration upwards from the first path to the root of its repository, or empty."""
    start = Path.cwd() if not paths or paths[0] == "-" else Path(paths[0]).resolve()
    for folder in (start, *start.parents):
        file = folder / CONFIG_NAME
        if folder.is_dir() and file.is_file():
            return os.path.relpath(file)
        if (folder / ".git").exists():
            return ""
    return ""


def included(request: Request, config: Configured) -> tuple[str, ...]:
    """Globs of the only files to be read; all if there are none."""
    return (*(config.content.include if config.content else ()), *request.include)


def excluded(request: Request, config: Configured) -> tuple[str, ...]:
    """Globs of files that are not to be read."""
    return (*(config.content.exclude if config.content else ()), *request.exclude)
