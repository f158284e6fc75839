"""Published schemas say what the code does."""

import json
from pathlib import Path

import jsonschema
import pytest
import ryaml

from auditor.collectors.snapshots import writing
from auditor.model.inventory import Gap, Inventory, Provenance, Resource
from auditor.model.refs import ObjectRef, Origin
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


def test_a_snapshot_follows_its_published_schema(tmp_path: Path) -> None:
    inventory = Inventory(Provenance("test", "2026-11-21T10:00:00+00:00", user="auditor", version="v1.37.1"))
    inventory.kinds = ("Pod",)
    ref = ObjectRef("v1", "Pod", "shop", "*")
    inventory.missing["Pod", "shop"] = "forbidden"
    inventory.gaps.append(Gap("forbidden", "auditor could not list pods", "/api/v1/pods", ref=ref))
    path = tmp_path / "snapshot.json"
    manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
    with writing(str(path), "test") as writer:
        writer.add(Resource(ref._replace(kind="Namespace"), manifest, Origin("/api/v1/namespaces/shop", 0, 0), "test"))
        writer.finish(inventory)
    schema = json.loads((ROOT / "schemas" / "snapshot-v1.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(path.read_text()), schema)
