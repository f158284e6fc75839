"""In: what lies and runs on a node; out: folders that look like its file system, /proc and /sys, and its bundle."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

SCRIPT = Path(__file__).parents[2] / "rules" / "data" / "node-script.sh"
PEM = "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ2xvdWQ=\n-----END CERTIFICATE-----\n"
_BUSYBOX = os.environ.get("KUBEPLUMB_BUSYBOX") or shutil.which("busybox")


def shells() -> list[str]:
    """Commands of the shells that are here."""
    found = [name for name in ("dash", "bash --posix") if shutil.which(name.split()[0])]
    return [*found, *([f"{_BUSYBOX} sh"] if _BUSYBOX else [])]


class Node(NamedTuple):
    """Where the folders are."""

    folder: Path

    @property
    def root(self) -> Path:
        return self.folder / "root"

    @property
    def proc(self) -> Path:
        return self.folder / "proc"

    def file(self, path: str, content: str | bytes = "", mode: int = 0o600) -> Path:
        place = self.root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)
        place.chmod(mode)
        return place

    def process(
        self,
        pid: int,
        arguments: Sequence[str | bytes],
        environment: Mapping[str, str] | None = None,
        root: Path | None = None,
        uid: int = 0,
        listening: Sequence[str] = (),
    ) -> None:
        place = self.proc / str(pid)
        (place / "fd").mkdir(parents=True)
        (place / "net").mkdir()
        words = [one.encode() if isinstance(one, str) else one for one in arguments]
        name = os.path.basename(words[0])
        (place / "comm").write_bytes(name[:15] + b"\n")
        (place / "exe").symlink_to(os.fsdecode(words[0]))
        (place / "cmdline").write_bytes(b"".join(word + b"\0" for word in words))
        variables = (environment or {}).items()
        (place / "environ").write_bytes(b"".join(f"{key}={value}\0".encode() for key, value in variables))
        (place / "status").write_text(f"Name:\t{os.fsdecode(name)[:15]}\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\n")
        (place / "root").symlink_to(root or self.root)
        lines = ["  sl  local_address rem_address   st"]
        for number, address in enumerate(listening):
            inode = pid * 100 + number
            (place / "fd" / str(number)).symlink_to(f"socket:[{inode}]")
            lines.append(
                f"   {number}: {address} 00000000:0000 0A 00000000:00000000 00:00000000 00000000  0  0 {inode} 1"
            )
        lines.append("   9: 0100007F:FFFF 00000000:0000 0A 00000000:00000000 00:00000000 00000000  0  0 1 1")
        (place / "net" / "tcp").write_text("\n".join(lines) + "\n")

    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "KUBEPLUMB_ROOT": str(self.root),
            "KUBEPLUMB_PROC": str(self.proc),
            "KUBEPLUMB_SYS": str(self.folder / "sys"),
        }

    def run(self, shell: str = "dash", script: bytes = b"", **environment: str) -> bytes:
        """What the script prints, read from standard input as after a pipe; with busybox there are no other tools."""
        if _BUSYBOX and shell.startswith(_BUSYBOX):
            environment = {"PATH": self._applets(), **environment}
        done = subprocess.run(
            shell.split(), input=script or SCRIPT.read_bytes(), capture_output=True, timeout=60,
            env=self.environment() | environment, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, b""), done.stderr.decode("utf-8", "replace")[-2000:]
        return done.stdout

    def _applets(self) -> str:
        folder = self.folder / "applets"
        if not folder.exists():
            folder.mkdir()
            names = subprocess.run([str(_BUSYBOX), "--list"], capture_output=True, text=True, check=True).stdout.split()
            for name in names:
                (folder / name).symlink_to(str(_BUSYBOX))
        return str(folder)

    def bundle(self, shell: str = "dash", **environment: str) -> Any:
        return json.loads(self.run(shell, **environment))


def node(folder: Path) -> Node:
    """An empty node."""
    made = Node(folder)
    for part in ("root/etc", "proc/sys/kernel", "proc/1", "sys/kernel/security"):
        (folder / part).mkdir(parents=True)
    made.file("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\netcd:x:998:997::/:/bin/false\n", 0o644)
    made.file("/etc/group", "root:x:0:\netcd:x:997:\n", 0o644)
    made.file("/etc/hostname", "worker-1\n", 0o644)
    return made
