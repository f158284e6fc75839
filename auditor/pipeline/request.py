"""What the user asked for on the command line; plain data, nothing looked up yet."""

from datetime import date
from typing import NamedTuple


class Request(NamedTuple):
    """One run as asked for; empty means not said."""

    paths: tuple[str, ...] = (".",)
    profile: str = ""
    rules: tuple[str, ...] = ()
    skip_rules: tuple[str, ...] = ()
    rule_folders: tuple[str, ...] = ()
    severity: str = ""
    fail_on: str = ""
    namespaces: tuple[str, ...] = ()
    excluded_namespaces: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    kubernetes_version: str = ""
    today: date | None = None
    config: str = ""
    no_config: bool = False
    no_waivers: bool = False
    accept_annotations: bool = False
    complete: tuple[str, ...] = ()
    jobs: int = 0
    command: str = "kubeplumb scan"
