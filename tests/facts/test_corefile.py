"""Corefiles: what CoreDNS' own reader makes of braces, quotation marks, comments, snippets and commas."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.facts.components.corefile import CorefileError, Plugin, corefile_fact, plugins

STOCK = """.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30 {
       disable success cluster.local
       disable denial cluster.local
    }
    loop
    reload
    loadbalance
}
"""


def test_what_kubeadm_writes() -> None:
    found = {one.name: one for one in plugins(STOCK)}
    names = "errors health ready kubernetes prometheus forward cache loop reload loadbalance"
    assert " ".join(found) == names
    assert found["kubernetes"].zones == (".:53",)
    assert found["kubernetes"].args == ("cluster.local", "in-addr.arpa", "ip6.arpa")
    assert found["kubernetes"].options["pods"] == ["insecure"]
    assert found["cache"].options["disable"] == ["success", "cluster.local", "denial", "cluster.local"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", []),
        ("# nothing\n", []),
        ("a b {\n errors\n}\n", [Plugin(("a", "b"), "errors", (), {})]),
        ("a,\nb {\n errors\n}\n", [Plugin(("a", "b"), "errors", (), {})]),
        ("a { # first\n log # . \n}\n", [Plugin(("a",), "log", (), {})]),
        ('a {\n hosts "/a b" x#y\n}\n', [Plugin(("a",), "hosts", ("/a b", "x#y"), {})]),
        ('a {\n x "say \\"no\\" {"\n}\n', [Plugin(("a",), "x", ('say "no" {',), {})]),
        ("(log) {\n errors\n log\n}\na {\n import log\n}\n", ["errors", "log"]),
        ("a {\n x {\n  y {\n   z 1\n  }\n  w 2\n }\n v\n}\n", ["x", "v"]),
        ("a {\r\n errors\r\n}\r\n", ["errors"]),
        ("a {\n}\nb {\n ready\n}\n", [Plugin(("b",), "ready", (), {})]),
    ],
)
def test_grammar(text: str, wanted: list[Plugin | str]) -> None:
    found = plugins(text)
    assert [one if isinstance(other, Plugin) else one.name for one, other in zip(found, wanted, strict=True)] == wanted


def test_blocks_inside_a_plugin_are_left_out() -> None:
    (first, _) = plugins("a {\n x {\n  y {\n   z 1\n  }\n  w 2\n }\n v\n}\n")
    assert first.options == {"y": [], "w": ["2"]}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a {\n errors\n", "does not end"),
        ("a {\n x {\n y\n", "does not end"),
        ("a\nb {\n}\n", "zones and a brace"),
        ("a {\n import /etc/coredns/custom/*.server\n}\n", "imports"),
        ("a {\n forward . {$UPSTREAM}\n}\n", "environment"),
    ],
)
def test_what_is_not_known(text: str, why: str) -> None:
    with pytest.raises(CorefileError, match=why):
        plugins(text)
    assert why in str(corefile_fact({"Corefile": text}))


@given(st.text(alphabet='a{}"\\#\n, ()$', max_size=60))
def test_no_text_makes_it_fail_otherwise(text: str) -> None:
    corefile_fact({"Corefile": text})


@pytest.mark.parametrize("part", ['"', "{\n", "}\n", "a {\n", "a ", "#", "\\", "(a) {\n}\n"])
def test_long_texts_take_no_time(part: str) -> None:
    corefile_fact({"Corefile": part * (400_000 // len(part))})
