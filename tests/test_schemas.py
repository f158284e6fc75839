"""Published schemas say what the code does."""

import json
from pathlib import Path

import jsonschema
import pytest
import ryaml

from tools.schemas import texts

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", sorted(texts()))
def test_the_published_schema_is_current(name: str) -> None:
    assert (ROOT / "schemas" / name).read_text() == texts()[name], "run `make schemas`"


def test_every_rule_satisfies_the_published_schema() -> None:
    schema = json.loads((ROOT / "schemas" / "rule-v1.json").read_text())
    validator = jsonschema.Draft202012Validator(schema)
    for file in sorted(ROOT.glob("rules/*/*.yaml")):
        if file.parent.name not in ("profiles", "frameworks", "data"):
            validator.validate(ryaml.loads(file.read_text()))


def test_the_example_configuration_satisfies_the_published_schema() -> None:
    schema = json.loads((ROOT / "schemas" / "config-v1.json").read_text())
    data = ryaml.loads((ROOT / "examples" / "shop" / ".kubeplumb.yaml").read_text())
    jsonschema.validate(json.loads(json.dumps(data, default=str)), schema)
