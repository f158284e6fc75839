"""A command line and the files that it names in, what the ordinary pipeline says of the component out."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.conftest import Kubeplumb

VERSIONS = {"etcd": "v3.7.0"}


class Judged(NamedTuple):
    """The component fact, and the verdict of each rule that was asked."""

    settings: dict[str, Any]
    verdicts: dict[str, str]

    def value(self, name: str) -> Any:
        """The effective value of a setting; None where it is not known."""
        return self.settings[name].get("value")


def judged(
    kubeplumb: Kubeplumb, folder: Path, component: str, words: Sequence[str], rules: Iterable[str], version: str = ""
) -> Judged:
    """A pod with exactly these words and the files that they name are laid out in folder, and audited.

    Its image is of a version such as `v1.35.8`, or of the newest that is built.
    """
    folder.mkdir()
    files = [Path(part) for word in words for part in word.split("=") if part.startswith("/") and Path(part).is_file()]
    volumes = [{"name": f"v{index}", "hostPath": {"path": str(file)}} for index, file in enumerate(files)]
    container = {
        "name": component,
        "image": f"registry.k8s.io/{component}:{version or VERSIONS.get(component, 'v1.37.1')}",
        "command": [component, *words],
        "volumeMounts": [{"name": f"v{index}", "mountPath": str(file)} for index, file in enumerate(files)],
    }
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": component, "namespace": "kube-system"},
        "spec": {"containers": [container], "volumes": volumes},
    }
    (folder / "pod.json").write_text(json.dumps(pod))
    for file in files:
        if file.suffix in (".yaml", ".json") and file.stat().st_size:
            copy = Path(f"{folder}/root{file}")
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
    told = kubeplumb("facts", "component", folder, "-o", "json")
    facts = [json.loads(line)["fact"] for line in told.out.splitlines()]
    (fact,) = [one for one in facts if one["source"] == "pod"]
    options = [part for rule in rules for part in ("--rule", rule)]
    report = json.loads(kubeplumb("scan", folder, "--no-config", "-o", "json", *options).out)
    verdicts = {one["id"]: _verdict(one) for one in report["rules"]}
    return Judged(fact["settings"], verdicts)


def _verdict(rule: dict[str, Any]) -> str:
    """The only verdict that a rule gave, or all of them."""
    return " ".join(name for name, count in rule["verdicts"].items() if count)
