"""Writes the published JSON schemas of configuration, rules and node bundles; a test holds them to the code."""

import json
from pathlib import Path

from auditor.collectors.nodes import bundle as node_bundle
from auditor.engine import config, rule_schema

SCHEMAS = Path(__file__).resolve().parent.parent / "schemas"


def texts() -> dict[str, str]:
    """The content of each schema file, by its name."""
    base = "https://kubeplumb.dev/schemas"
    draft = "https://json-schema.org/draft/2020-12/schema"
    documents = {
        "config-v1.json": config.json_schema(),
        "node-v1.json": node_bundle.json_schema(),
        "rule-v1.json": rule_schema.json_schema(),
    }
    return {
        name: json.dumps({"$schema": draft, "$id": f"{base}/{name}", **schema}, indent=2) + "\n"
        for name, schema in documents.items()
    }


if __name__ == "__main__":
    for name, text in texts().items():
        (SCHEMAS / name).write_text(text)
