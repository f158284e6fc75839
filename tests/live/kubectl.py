"""In: a kubeconfig and arguments; out: what the kubectl of the server's version did."""

import subprocess
from pathlib import Path

from tests.live.apiserver import built


def kubectl(config: Path, *arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    """Runs kubectl with `text` on its standard input; its caches stay beside the kubeconfig."""
    found = built("kubectl")
    if isinstance(found, str):
        raise FileNotFoundError(found)
    command = [str(found[0]), "--kubeconfig", str(config), "--cache-dir", str(config.parent / "cache"), *arguments]
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=60)
