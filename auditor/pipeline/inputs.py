"""PATH arguments in, what there is to read out: the files, and what the kustomizations among them tell."""

import os
import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple

from auditor.collectors.kustomize import fragment_paths
from auditor.collectors.loading import is_bundle, load_bytes
from auditor.collectors.read import WAIVER_COMMENT, kustomization_files
from auditor.collectors.recognise import by_name
from auditor.collectors.walk import Target, Walk, walk
from auditor.collectors.yaml.documents import DEFAULT, Limits, read_documents
from auditor.collectors.yaml.text import Unreadable, decode_text
from auditor.pipeline import workers


class Kustomized(NamedTuple):
    """What the kustomizations of the input tell."""

    fragments: dict[str, str]
    """Files that they name as patches or inputs, with the first that does."""
    read: list[Target]
    """Those that need not be read again: they are well-formed, hold no waivers, and are no templates."""


class Input(NamedTuple):
    """What there is to read."""

    found: Walk
    kustomized: Kustomized
    stdin: bytes
    """Standard input, as far as the limit goes, if it is among the paths."""


def look(paths: Sequence[str], include: Sequence[str], exclude: Sequence[str], limits: Limits = DEFAULT) -> Input:
    """All files to be read: those below the paths, and those that named node bundles hold."""
    stdin = sys.stdin.buffer.read(limits.file_bytes + 1) if "-" in paths else b""
    found = walk(paths, include, exclude)
    if any(is_bundle(target, stdin) for target in found.targets):
        from auditor.collectors.nodes.files import with_members

        found = with_members(found, stdin, limits)
    return Input(found, _kustomized(found.targets, limits), stdin)


def looking(paths: Sequence[str], include: Sequence[str], exclude: Sequence[str], jobs: int) -> Callable[[], Input]:
    """Starts to look in a process of its own; what is returned waits for what is found.

    A repository of two thousand files takes as long as loading the rules. Where only one process is asked for, or
    there are no folders to walk through, this one looks when it is asked to.
    """

    def here() -> Input:
        return look(paths, include, exclude)

    if workers.may_fork(jobs) and all(map(os.path.isdir, paths)):
        return workers.start(None, lambda _: here())
    return here


def _kustomized(targets: Sequence[Target], limits: Limits) -> Kustomized:
    names = {target.name for target in targets}
    found: dict[str, str] = {}
    read: list[Target] = []
    for target in kustomization_files(targets):
        try:
            text = decode_text(load_bytes(target, limits))
        except Unreadable:
            continue
        folder = target.name.rpartition("/")[0]
        broken = False
        for document in read_documents(text, limits):
            broken = broken or any(problem.fatal for problem in document.problems)
            for path in fragment_paths(document.value, folder) if isinstance(document.value, dict) else ():
                if path in names:
                    found.setdefault(path, target.name)
        more = target.named or not by_name(target.name) or "{{" in text or WAIVER_COMMENT in text
        if not (broken or more):
            read.append(target)
    return Kustomized(found, read)
