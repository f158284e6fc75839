"""The settings of a kubelet are those that a real one serves at `/configz`, as `kubelet-config-cases.json` has it."""

from typing import Any

import pytest

from auditor.collectors.documents import read_documents
from auditor.facts.component_files import document_settings
from auditor.facts.component_settings import Settings, command_settings
from auditor.facts.flags import Word
from tests.facts.kubelet_config_cases import Case, cases
from tests.facts.kubelet_configz import MINOR, comparable, fields, served

FLAGS = [case for case in cases() if not any(word.startswith("--config") for word in case.words)]
FILES = [case for case in cases() if case.words[2:] == ["--config=/etc/kubernetes/kubelet.yaml"]]


MISSING = {
    "negative limit of processes": "below zero is -1",
    "parallel pulls": "what is not set follows from maxParallelImagePulls",
    "relative paths": "where the file lies is not known here",
}
"""Values of the file that the kubelet makes others of, and facts do not yet."""


def named(some: list[Case]) -> Any:
    return pytest.mark.parametrize("case", [_param(case) for case in some if not case.refused])


def _param(case: Case) -> Any:
    why = MISSING.get(case.name)
    marks = [pytest.mark.xfail(strict=True, reason=why)] if why else []
    return pytest.param(case, id=f"{case.group}: {case.name}", marks=marks)


def compare(settings: Settings, case: Case, but: tuple[str, ...] = ()) -> None:
    found = {one.setting: comparable(one, settings.value(one.setting)) for one in fields()}
    wanted = served(case.effective)
    unlike = {name: (found[name], wanted[name]) for name in wanted if found[name] != wanted[name] and name not in but}
    assert not unlike


@named(FLAGS)
def test_flags_alone(case: Case) -> None:
    settings = command_settings("kubelet", tuple(Word(word) for word in case.words), {}, MINOR)
    assert isinstance(settings, Settings)
    compare(settings, case)


@named(FILES)
def test_a_configuration_file_alone(case: Case) -> None:
    document = next(iter(read_documents(case.files["kubelet.yaml"]))).value
    found = document_settings("kubelet.config.k8s.io", "KubeletConfiguration", document, MINOR)
    assert found is not None
    # Two are flags, which let it start on any machine.
    compare(found[1], case, ("fail-cgroupv1", "fail-swap-on"))
