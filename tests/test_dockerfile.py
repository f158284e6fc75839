"""The Dockerfile: images cannot be built where these tests run, so the properties that matter are read from it."""

import re
import tomllib
from pathlib import Path

import pytest
import ryaml

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
BASE = r"python:\d\.\d+-slim-[a-z]+@\$\{PYTHON_DIGEST\}( AS \w+)?"


def instructions(text: str) -> list[tuple[str, str]]:
    """Each instruction in upper case with its arguments, lines continued and comments left out."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    whole = re.sub(r"\\\n", " ", "\n".join(lines))
    split = (line.split(None, 1) for line in whole.splitlines() if line.strip())
    return [(word.upper(), " ".join(rest)) for word, *rest in split]


def vouched_for(command: str) -> bool:
    """Whether a shell command lets pip take only what a hash or this build vouches for."""
    takes = re.search(r"\bpip3? (install|wheel|download)\b", command)
    return not takes or "--require-hashes" in command or ("--no-index" in command and "--no-deps" in command)


def complaints(text: str) -> list[str]:
    """Which promises a Dockerfile does not keep."""
    found = instructions(text)
    last = max(number for number, (word, _) in enumerate(found) if word == "FROM")

    def of(*words: str, stage: int = 0) -> list[str]:
        return [rest for word, rest in found[stage:] if word in words]

    kept = {
        "each base is a slim Python, by tag and by a digest": all(re.fullmatch(BASE, rest) for rest in of("FROM")),
        "the digest has to be given: nobody here invents one": of("ARG") == ["PYTHON_DIGEST"],
        "it names no digest and no address": not re.search(r"://|sha256:[0-9a-f]{64}", text),
        "nothing is fetched or unpacked by ADD": not of("ADD"),
        "pip takes what hashes vouch for": all(vouched_for(part) for rest in of("RUN") for part in rest.split("&&")),
        "nothing runs in the last stage": not of("RUN", stage=last),
        "the one user is a number and not root": of("USER", stage=last) == ["10001:10001"],
        "kubeplumb starts without a shell": of("ENTRYPOINT", "CMD", stage=last) == ['["kubeplumb"]'],
        "nothing is written outside /tmp": {"HOME=/tmp", "PYTHONDONTWRITEBYTECODE=1"}
        <= set(" ".join(of("ENV", stage=last)).split()),
        "no secret goes in": not re.search(r"(?i)secret|token|password|--mount", " ".join(rest for _, rest in found)),
    }
    return [promise for promise, is_kept in kept.items() if not is_kept]


def test_the_dockerfile_has_the_properties_that_matter() -> None:
    assert complaints(DOCKERFILE) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("python:3.13-slim-trixie@${PYTHON_DIGEST}\n", "python:3.13-slim-trixie\n"),
        ("3.13-slim-trixie@", "latest@"),
        ("ARG PYTHON_DIGEST", "ARG PYTHON_DIGEST=latest"),
        ("COPY rules rules", "ADD rules rules"),
        ("--require-hashes ", ""),
        ("--no-index --no-deps /wheels", "--no-index /wheels"),
        ("USER 10001:10001", "USER kubeplumb"),
        ("USER 10001:10001", "USER 0:0"),
        ("USER 10001:10001", "USER 10001:10001\nUSER root"),
        ("USER 10001:10001", ""),
        ('["kubeplumb"]', "kubeplumb"),
        (" PYTHONDONTWRITEBYTECODE=1", ""),
        (" HOME=/tmp", ""),
        ("USER 10001:10001", "RUN chmod u+s /bin/sh\nUSER 10001:10001"),
        ("-r requirements", "--index-url https://packages.example -r requirements"),
        ("WORKDIR /src", "ENV INDEX_PASSWORD=x"),
    ],
)
def test_each_property_would_be_missed(old: str, new: str) -> None:
    assert old in DOCKERFILE
    assert complaints(DOCKERFILE.replace(old, new))


def test_the_build_gets_what_it_copies_and_the_wheel_needs() -> None:
    stage = instructions(DOCKERFILE)
    copied = {
        source.rstrip("/")
        for word, rest in stage
        if word == "COPY" and "--from" not in rest
        for source in rest.split()[:-1]
    }
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert ignored[1] == "*"
    assert {line[1:] for line in ignored if line.startswith("!")} == copied
    assert all((ROOT / source).exists() for source in copied)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert {*wheel["packages"], *wheel["force-include"], project["project"]["readme"]} <= copied


def test_the_pods_run_as_the_image_does() -> None:
    user = next(rest for word, rest in instructions(DOCKERFILE) if word == "USER")
    job = ryaml.loads((ROOT / "deploy/once/job.yaml").read_text("utf-8"))["spec"]
    nightly = ryaml.loads((ROOT / "deploy/cronjob.yaml").read_text("utf-8"))["spec"]["jobTemplate"]["spec"]
    for spec in (job["template"]["spec"], nightly["template"]["spec"]):
        context = spec["securityContext"]
        assert f"{context['runAsUser']}:{context['runAsGroup']}" == user
        assert {"name": "tmp", "mountPath": "/tmp"} in spec["containers"][0]["volumeMounts"]
