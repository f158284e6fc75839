"""A Report in, one self-contained HTML page out: no network, no inline handlers, readable without its script."""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from auditor.model.findings import SEVERITIES, VERDICTS, Report
from auditor.renderers.html_text import LONGEST, blocks, count, is_link, lines, plain, position, ticks
from auditor.renderers.html_view import FINGERPRINT, view_of
from auditor.renderers.safe import safe_line
from auditor.tables.folder import bundle_root

if TYPE_CHECKING:
    from jinja2 import Environment


def render(report: Report) -> str:
    """The page; the same report yields the same bytes."""
    from markupsafe import Markup

    folder = bundle_root() / "reports" / "templates"
    style = (folder / "report.css").read_text(encoding="utf-8")
    script = (folder / "report.js").read_text(encoding="utf-8")
    return (
        environment()
        .get_template("report.html")
        .render(
            report=report,
            run=report.run,
            view=view_of(report),
            policy=policy(style, script),
            # Both are files of ours, named by hash in the policy: the only text that is not escaped.
            style=Markup(style),
            script=Markup(script),
        )
    )


def policy(style: str, script: str) -> str:
    """The page's Content-Security-Policy: nothing but the one style and the one script that it names by hash."""
    return (
        f"default-src 'none'; style-src '{_source_hash(style)}'; script-src '{_source_hash(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _source_hash(text: str) -> str:
    """A hash-source as CSP Level 3 section 2.3.1 writes it."""
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()


@cache
def environment() -> "Environment":
    """The templates' environment: everything is escaped, and nothing may be undefined."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(bundle_root() / "reports" / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        # Every printed expression passes here before it is escaped, so that no template can forget to clean.
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(SEVERITIES=SEVERITIES, VERDICTS=VERDICTS, FINGERPRINT=FINGERPRINT)
    environment.filters.update(blocks=blocks, count=count, lines=lines, plain=plain, place=position, ticks=ticks)
    environment.tests.update(link=is_link)
    return environment


def _printable(value: Any) -> Any:
    """Clean whatever is printed; markup is ours and was cleaned where it was made."""
    return value if hasattr(value, "__html__") else safe_line(str(value), LONGEST)
