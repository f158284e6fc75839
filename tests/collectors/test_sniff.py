"""First bytes of files: which of them begin a node bundle."""

import pytest

from auditor.collectors.beginnings import begins_as_bundle


@pytest.mark.parametrize(
    ("head", "is_one"),
    [
        (b'{"schema":"kubeplumb.dev/node/v1","user"', True),
        (b'{\n  "schema": "kubeplumb.dev/node/v1",\n', True),
        (b'{\r\n\t"schema" : "kubeplumb.dev/node/v2"', True),
        (b'{"schema":"kubeplumb.dev/snapshot/v1"', False),
        (b'{"schemas":"kubeplumb.dev/node/v1"', False),
        (b"", False),
    ],
    ids=str,
)
def test_a_bundle_is_recognised_however_it_is_indented(head: bytes, is_one: bool) -> None:
    assert begins_as_bundle(head) is is_one
