"""The --help of each component's binary in, a line per flag (name, kind, default, `file`) out: writes `help/*.txt`.

`file` stands where the kubelet says that its configuration file should set this. `cipher-suites.json` holds the names
that the API server accepts, as its help sorts them.

Run it with `python -m tests.facts.record_help FOLDER`, where the folder holds the binaries that are to be asked, or
their answers as `NAME.help`. The binaries are built with Go, as `tests/live/servers` does it: those of
k8s.io/kubernetes/cmd, and etcd.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent / "help"
COMPONENTS = (
    "cloud-controller-manager",
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-proxy",
    "kube-scheduler",
    "kubelet",
)
_PFLAG = re.compile(r"^ +(?:-\w, )?--([\w-]+)(?: (\S+))?(?: {2,}(.*))?$")
_DEFAULT = re.compile(r"\(default (.*?)\)(?= \(DEPRECATED|$)")
_ETCD = re.compile(r"^  --([\w-]+)(?: '(.*)')?$")


def pflags(text: str) -> Iterator[str]:
    """The flags that pflag describes (FlagUsagesWrapped): a description may go on in lines below."""
    name, kind, words = "", "", ""
    for line in [*text.splitlines(), "      --end  "]:
        match = _PFLAG.match(line)
        if match is None:
            words += " " + line.strip() if line.startswith("  ") else ""
            continue
        if name:
            default = _DEFAULT.search(words.strip())
            in_file = "file" if "should be set via the config file" in words else ""
            yield "\t".join((name, kind, default[1] if default else "", in_file)).rstrip()
        name, kind, words = match[1], match[2] or "", match[3] or ""


def go_flags(text: str) -> Iterator[str]:
    """The flags that etcd's own help names, with the default between quotes."""
    for line in text.splitlines():
        match = _ETCD.match(line)
        if match:
            yield "\t".join((match[1], "", match[2] or "")).rstrip()


def cipher_suites(text: str) -> dict[str, list[str]]:
    """The names of the Go version that the API server was built with: `Preferred` and `Insecure`."""
    found = re.findall(r"(Preferred|Insecure) values: ([A-Z0-9_, \n]+)\.", text)
    return {sort: sorted(names.split(", ")) for sort, names in found}


def main(folder: Path) -> None:
    """Asks every binary, or reads what it answered."""
    for name in COMPONENTS:
        kept = folder / f"{name}.help"
        if kept.exists():
            text = kept.read_text("utf-8")
        else:
            text = subprocess.run([folder / name, "--help"], capture_output=True, text=True, check=True).stdout
        rows = sorted(set(go_flags(text) if name == "etcd" else pflags(text)))
        if name == "kube-apiserver":
            (HERE / "cipher-suites.json").write_text(json.dumps(cipher_suites(text), indent=1) + "\n", "utf-8")
        (HERE / f"{name}.txt").write_text("\n".join(rows) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
