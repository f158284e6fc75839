"""Command lines and configuration files in, what a real kubelet makes of them out: `kubelet-config-cases.json`.

Run by hand: `python -m tests.facts.record_kubelet_config_cases`; needs the kubelet that tests/live/servers/build made.
A kubelet writes what it will serve at `/configz` to its log before it does anything (`marshalKubeletConfigForLog` in
cmd/kubelet/app/server.go); `tests/live/test_kubelet_configuration.py` compares the two. It ends by itself, because its
kubeconfig does not exist.
"""

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import yaml

from tests.facts import kubelet_config_inputs as inputs
from tests.facts import kubelet_dropin_inputs as dropins
from tests.facts.kubelet_config_cases import BASES, OUTPUT, Case, reduced
from tests.facts.kubelet_config_inputs import FOLDER, HEAD, Input
from tests.live.apiserver import built

INPUTS = (
    *(("default", one) for one in inputs.DEFAULTS),
    *(("value", one) for one in inputs.VALUES),
    *(("flag", one) for one in inputs.FLAGS),
    *(("drop-in", one) for one in dropins.MERGED),
    *(("precedence", one) for one in dropins.PRECEDENCE),
    *(("name", one) for one in dropins.NAMES),
)
MACHINE = "--fail-cgroupv1=false --fail-swap-on=false"
"""So that it starts on any machine."""
_BEGIN, _END = '"Effective KubeletConfiguration" config=<', " >"
_STOPPED = "invalid kubeconfig"


def record(kubelet: Path, group: str, one: Input) -> Case:
    """Starts a kubelet, and keeps what it said."""
    files = {path: _text(text) for path, text in one.files.items()}
    words = f"{MACHINE} {one.words}".split()
    with tempfile.TemporaryDirectory(prefix="kubelet-") as temporary:
        root, own = Path(temporary) / "root", Path(temporary) / "own"
        own.mkdir()
        write(Path(f"{root}{FOLDER}"), files)
        flags = [f"--root-dir={own}", f"--cert-dir={own}", f"--kubeconfig={own}/none"]
        command = [str(kubelet), *flags, *(word.replace(FOLDER, f"{root}{FOLDER}") for word in words)]
        said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=own)
        log = said.stderr.replace(str(root), "")
    refused = "" if _STOPPED in log else _why(log)
    base = "file" if any(word.startswith(f"--config={FOLDER}") for word in words) else "flags"
    return Case(group, one.name, words, files, base, None if refused else effective(log), refused)


def write(folder: Path, files: dict[str, str]) -> None:
    """Lays out the files of a case; `-> TARGET` is a symbolic link."""
    folder.mkdir(parents=True)
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if text.startswith("-> "):
            file.symlink_to(text[3:])
        else:
            file.write_text(text, "utf-8")


def effective(log: str) -> Any:
    """The configuration in a kubelet's log, as `/configz` has it."""
    _, _, rest = log.partition(_BEGIN + "\n")
    text, _, _ = rest.partition("\n" + _END)
    return yaml.safe_load("\n".join(line.removeprefix("\t") for line in text.splitlines()))


def _text(text: str) -> str:
    return text if text.startswith("-> ") else text[1:] if text.startswith("!") else HEAD + text


def _why(log: str) -> str:
    panic = next((line for line in log.splitlines() if line.startswith("panic: ")), "")
    _, _, reason = (panic or log).rpartition("err=")
    return " ".join(reason.split(", path: &TypeMeta")[0].replace("\\", "").strip('"<> \n').split())[:300]


def main() -> None:
    """Writes the file."""
    found = built("kubelet")
    if isinstance(found, str):
        raise SystemExit(found)
    cases = [record(found[0], group, one) for group, one in INPUTS]
    bases = {base: next(case.effective for case in cases if case.name == name) for base, name in BASES.items()}
    rows = [reduced(case, bases) for case in cases]
    text = ",\n".join("  " + json.dumps(row, ensure_ascii=False, sort_keys=True) for row in rows)
    head = ",\n".join(f"  {json.dumps(name)}: {json.dumps(value, sort_keys=True)}" for name, value in bases.items())
    OUTPUT.write_text(f'{{\n "bases": {{\n{head}\n }},\n "cases": [\n{text}\n ]\n}}\n', "utf-8")


if __name__ == "__main__":
    main()
