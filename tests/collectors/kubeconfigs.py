"""Names of contexts, and keys, in; kubeconfigs and connections out; for tests."""

import base64
import json
import os
import shutil
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from auditor.collectors.api.connection import Connection, connect
from auditor.collectors.api.kubeconfig import Access


def contexts(path: Path, *names: str, current: str = "", user: Any = None, **cluster: Any) -> Path:
    """A kubeconfig with contexts that lead to `https://NAME.example`."""
    content: dict[str, Any] = {
        "contexts": [{"name": name, "context": {"cluster": name, "user": "u", "namespace": name}} for name in names],
        "clusters": [{"name": name, "cluster": {"server": f"https://{name}.example", **cluster}} for name in names],
        "users": [{"name": "u", "user": user or {}}],
    }
    if current:
        content["current-context"] = current
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def to(path: Path, **rest: Any) -> Connection:
    return connect(Access(str(path), **rest))


@lru_cache
def pair() -> tuple[str, str]:
    """A certificate and its key, PEM, made for this run."""
    if not shutil.which("openssl"):
        pytest.skip("no openssl to make a certificate with")
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        key = str(Path(folder) / "key")
        make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        made = subprocess.run([*make, "-subj", "/CN=anna", "-keyout", key], check=True, capture_output=True, text=True)
        return made.stdout, Path(key).read_text()


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
