"""In: a kubeconfig and options; out: what `kubeplumb cluster` told, in forms that can be compared."""

import contextlib
import io
import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from auditor.cli.main import run

ONE_PROCESS = ("--qps", "0", "--jobs", "1")
_DECIDED = ("fail", "manual")
_NAMED = re.compile(r"could not (list|get) ([a-z]+)(?: in namespace ([^ :]+)| [^ :]+)?: ")


class Told(NamedTuple):
    """What a command ended with and wrote."""

    code: int
    out: str
    err: str


class Found(NamedTuple):
    """A finding, or one that could not be made; the object's name is `*` where it stands for all of its kind."""

    rule: str
    kind: str
    namespace: str
    name: str
    container: str
    message: str

    @property
    def scope(self) -> str:
        """The namespace that it is about: a namespace's own, or that of its object; empty for the cluster."""
        return self.name if self.kind == "Namespace" else self.namespace


class Audit(NamedTuple):
    """The exit code, the JSON report, and what went to standard error."""

    code: int
    report: dict[str, Any]
    err: str

    def findings(self, scopes: Iterable[str] | None = None, subjects: Iterable[str] | None = None) -> set[Found]:
        """What fails or needs a person; in some namespaces, of some subjects."""
        return {
            _found(one)
            for one in self.report["findings"]
            if one["verdict"] in _DECIDED
            and (scopes is None or _found(one).scope in scopes)
            and (subjects is None or one["subject"] in subjects)
        }

    def unjudged(self, scopes: Iterable[str] | None = None) -> dict[Found, str]:
        """What could not be judged, and why."""
        found = {_found(one): one["reason"] for one in self.report["findings"] if one["verdict"] == "not-evaluated"}
        return {one: why for one, why in found.items() if scopes is None or one.scope in scopes}

    def gaps(self) -> set[tuple[str, str, str]]:
        """(verb, resource, namespace) of what was refused or broken, out of the words that a person reads."""
        named = (_NAMED.search(gap["reason"]) for gap in self.report["gaps"])
        return {(one[1], one[2], one[3] or "") for one in named if one}

    def settled(self) -> dict[str, Any]:
        """The report without the circumstances of the run: the same for the same cluster."""
        return {key: value for key, value in self.report.items() if key != "run"}


def told(*arguments: object) -> Told:
    """Runs the command line in this process."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    argv = ["kubeplumb", *map(str, arguments)]
    with (
        mock.patch.object(sys, "argv", argv),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = run()
    texts = [stream.buffer.getvalue().decode() for stream in (out, err)]  # type: ignore[attr-defined]
    return Told(code, *texts)


def audit(config: Path, *options: object, profile: str = "all") -> Audit:
    """Audits the cluster of a kubeconfig with all rules and no waivers."""
    options = ("--no-config", "--profile", profile, *ONE_PROCESS, *options)
    done = told("cluster", "--kubeconfig", config, "-o", "json", *options)
    assert done.code in (0, 1, 3, 130), done
    return Audit(done.code, json.loads(done.out) if done.out else {}, done.err)


def lost(whole: Audit, part: Audit) -> set[Found]:
    """What the whole audit found, and the other neither found nor says that it could not judge."""
    blind: dict[str, list[Found]] = {}
    for one in part.unjudged():
        blind.setdefault(one.rule, []).append(one)
    missed = whole.findings() - part.findings()
    return {one for one in missed if not any(_covers(other, one) for other in blind.get(one.rule, ()))}


def invented(whole: Audit, part: Audit, beside: Iterable[str] = ()) -> set[Found]:
    """What an audit that saw less found, and the whole one did not: nothing, for what is unknown is no finding.

    But for some kinds, of which objects stand for their owners where those are unknown.
    """
    return {one for one in part.findings() - whole.findings() if one.kind not in beside}


def differences(whole: Audit, other: Audit) -> list[str]:
    """In what two reports differ but for the run: the first few entries of each part, for a person to read."""
    told: list[str] = []
    for part, ours in whole.settled().items():
        theirs = other.settled()[part]
        if ours == theirs:
            continue
        pairs = zip(ours, theirs, strict=False) if isinstance(ours, list) else ((ours, theirs),)
        told += [f"{part}: {a} != {b}" for a, b in pairs if a != b][:3] or [f"{part}: {len(ours)} != {len(theirs)}"]
    return told


def _found(one: dict[str, Any]) -> Found:
    ref = one["object"]
    return Found(one["rule"], ref["kind"], ref["namespace"], ref["name"], one["container"], one["message"])


def _covers(blind: Found, missed: Found) -> bool:
    if blind.name != "*":
        return (blind.kind, blind.namespace, blind.name) == (missed.kind, missed.namespace, missed.name)
    # Objects of the cluster may depend on what is in any namespace.
    return not blind.namespace or blind.namespace == missed.scope or not missed.scope
