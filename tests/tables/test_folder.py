"""The folder of the shipped files, and the form of the tables in it."""

import pytest

from auditor.tables.folder import bundle_root, data_root, load_table


def test_the_folder_holds_rules_and_tables() -> None:
    assert data_root() == bundle_root() / "rules" / "data"
    assert data_root().is_dir()


@pytest.mark.parametrize("name", ["releases", "deprecations", "pss", "host-paths"])
def test_every_table_says_where_it_comes_from(name: str) -> None:
    assert load_table(name)["source"]
