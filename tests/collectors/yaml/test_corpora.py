"""Over real manifests, the fast reader reads what the exact one reads."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.collectors.yaml.documents import DEFAULT, read_document, read_documents
from auditor.collectors.yaml.exact import read_exact
from auditor.collectors.yaml.text import Unreadable, decode_text

CORPORA = Path(__file__).parents[4] / "shared" / "corpora"
FOLDERS = sorted(entry.name for entry in CORPORA.iterdir() if entry.is_dir()) if CORPORA.is_dir() else []
LARGE = 1 << 20


def files(folder: str) -> Iterator[Path]:
    for root, _, names in os.walk(CORPORA / folder):
        yield from (Path(root, name) for name in sorted(names) if name.endswith((".yaml", ".yml")))


@pytest.mark.corpora
@pytest.mark.skipif(not FOLDERS, reason=f"no corpora in {CORPORA}")
@pytest.mark.parametrize("folder", FOLDERS)
def test_fast_and_exact_agree(folder: str) -> None:
    for path in files(folder):
        if path.stat().st_size > LARGE:
            continue
        try:
            text = decode_text(path.read_bytes())
        except Unreadable:
            continue
        for document in read_documents(text):
            if not any(problem.fatal for problem in document.problems):
                assert read_exact(document.text, DEFAULT.depth).value == read_document(document.text).value, path
