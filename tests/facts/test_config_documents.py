"""Facts of configuration files: hostile ones never raise, refused ones decide nothing, and keys are in none of them."""

import json
import time
from base64 import b64encode
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.collectors.snapshots import writing
from auditor.facts.configuration.admission import ADMISSION, admission_facts
from auditor.facts.configuration.audit_policy import AUDIT_POLICY, audit_policy_facts
from auditor.facts.configuration.authentication import AUTHENTICATION, authentication_facts, system_names
from auditor.facts.configuration.authorization import AUTHORIZATION, authorization_facts
from auditor.facts.configuration.egress import EGRESS, egress_facts
from auditor.facts.configuration.encryption import ENCRYPTION, encryption_facts, writer
from auditor.facts.objects.decode import api_types, decode
from auditor.facts.objects.redaction import redacted
from auditor.facts.world import CONFIG_KINDS, World
from auditor.model.facts import Fact, Subject
from auditor.model.inventory import Completeness, Inventory, Provenance, Resource
from auditor.model.refs import ObjectRef, Origin
from auditor.tables.folder import load_table
from tests.conftest import Kubeplumb
from tests.facts.record_document_cases import AES, DOCUMENTS, KEY, WORDS, encryption, mutated, policy

CLUSTER = Fact("cluster", ObjectRef("", "Cluster", "", ""), {"minor": 37}, {}, "w")
MAKERS: tuple[tuple[Subject, Callable[[World], Iterable[Fact]]], ...] = (
    (ENCRYPTION, encryption_facts),
    (AUDIT_POLICY, audit_policy_facts),
    (ADMISSION, admission_facts),
    (AUTHENTICATION, authentication_facts),
    (AUTHORIZATION, authorization_facts),
    (EGRESS, egress_facts),
)


def facts(*documents: dict[str, Any]) -> list[Fact]:
    """The facts of documents, each in a file of its own."""
    world = World("w", CLUSTER, Completeness())
    for number, document in enumerate(documents):
        version, kind = document["apiVersion"], document["kind"]
        decoded = decode(version, kind, document)
        resource = Resource(ObjectRef(version, kind, "", ""), decoded.value, Origin(f"{number}.yaml"), "w")
        world.resources.setdefault(kind, []).append(resource)
        if decoded.wrong:
            world.unknown[resource.origin] = tuple((resource.origin, one.path, "wrong") for one in decoded.wrong)
    return [fact for _, make in MAKERS for fact in make(world)]


@settings(max_examples=300, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 6))
def test_no_document_raises_and_a_refused_one_decides_nothing(random: Any, times: int) -> None:
    document = random.choice((*DOCUMENTS, encryption(random), policy(random)))
    for _ in range(times):
        document = mutated(document, random)
    (fact,) = facts(document)
    subject = next(one for one, _ in MAKERS if one.name == fact.subject)
    if decode(document["apiVersion"], document["kind"], document).wrong:
        assert set(fact.undecided) == {name.partition(".")[0] for name in subject.fields}
    json.dumps(fact.value)


@pytest.mark.parametrize("word", WORDS, ids=repr)
@pytest.mark.parametrize("kind", sorted(load_table("config-documents")["kinds"]))
def test_a_document_with_any_word_for_a_field_raises_nothing(kind: str, word: Any) -> None:
    version, _, name = kind.rpartition(" ")
    for field in set(api_types()["types"][api_types()["kinds"][kind]]) - {"apiVersion", "kind"}:
        assert len(facts({"apiVersion": version, "kind": name, field: word})) == 1


def test_every_field_of_a_fact_is_described_and_every_description_has_a_field() -> None:
    for fact in facts(*DOCUMENTS[:4], encryption(_seeded()), policy(_seeded())):
        subject = next(one for one, _ in MAKERS if one.name == fact.subject)
        assert set(fact.value) == {name for name in subject.fields if "." not in name}


def _seeded() -> Any:
    import random

    return random.Random(1)


def test_the_kinds_of_the_table_are_those_that_a_world_keeps() -> None:
    assert {name.rpartition(" ")[2] for name in load_table("config-documents")["kinds"]} == set(CONFIG_KINDS)


def test_other_kinds_of_the_same_name_are_no_such_document() -> None:
    assert (
        facts({"apiVersion": "v1", "kind": "Policy"}, {"apiVersion": "pkg.example/v1", "kind": "Configuration"}) == []
    )


@pytest.mark.parametrize(
    ("resources", "wanted"),
    [
        ([["secrets"]], 0),
        ([["*."], ["secrets"]], 1),  # refused by the server; the function alone would say so
        ([["events"], ["*.*"]], 1),
        ([["*.apps"], ["*."], ["*.*"]], 1),
        ([["secrets"], ["secrets"]], 0),
        ([["secrets.example"]], None),
    ],
)
def test_which_entry_writes_secrets(resources: list[list[str]], wanted: int | None) -> None:
    entries = [{"resources": one, "providers": [{"secretbox": {}}]} for one in resources]
    found = writer(entries, ("", "secrets"))
    assert (found[0] if found else None) == wanted


MAPPINGS = {
    ("username", "claim", "sub", ""): "open",
    ("username", "claim", "sub", "system:"): "open",
    ("username", "claim", "sub", "system:oidc:"): "open",
    ("username", "claim", "sub", "s"): "open",
    ("username", "claim", "sub", "oidc:"): "closed",
    ("username", "claim", "email", ""): "closed",
    ("groups", "claim", "email", ""): "open",
    ("groups", "expression", "", None): "closed",
    ("groups", "expression", "claims.groups", None): "open",
    ("groups", "expression", "claims.groups.map(g, 'a:' + g)", None): "closed",
    ("groups", "expression", "claims.groups.map(g, g + 'a:')", None): "unclear",
    ("username", "expression", "'a:' + claims.sub", None): "closed",
    ("username", "expression", '"system:" + claims.sub', None): "open",
    ("username", "expression", "'a:' + claims.sub + (claims.x ? 'y' : 'z')", None): "unclear",
    ("username", "expression", "claims.x ? 'system:admin' : 'a:' + claims.sub", None): "unclear",
}


@pytest.mark.parametrize("case", MAPPINGS)
def test_which_mappings_give_out_names_of_the_system(case: tuple[str, str, str, str | None]) -> None:
    name, how, text, prefix = case
    mapping = {how: text} | ({} if prefix is None else {"prefix": prefix})
    assert system_names(name, mapping, []) == MAPPINGS[case]
    word = "user.username" if name == "username" else "user.groups"
    assert system_names(name, mapping, [f"!{word}.startsWith('system:')"]) == "closed"


BOX = {
    "resources": [{"resources": ["secrets"], "providers": [{"secretbox": {"keys": [{"name": "a", "secret": KEY}]}}]}]
}
FILE = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "EncryptionConfiguration", **BOX}


def test_a_snapshot_keeps_no_key_and_says_so_where_it_matters() -> None:
    kept = redacted(Resource(ObjectRef(FILE["apiVersion"], FILE["kind"], "", ""), FILE, Origin("f"), "w"))  # type: ignore[arg-type]
    assert KEY not in json.dumps(kept.manifest)
    (fact,) = facts(dict(kept.manifest))
    assert (fact.value["secrets"], list(fact.undecided)) == ("secretbox", ["keys"])


@pytest.mark.parametrize("style", ["plain", "folded", "quoted", "refused", "misplaced"])
def test_no_output_shows_a_key(style: str, tmp_path: Path, kubeplumb: Kubeplumb) -> None:
    key = b64encode(b"the-key-is-this-and-it-is-32-b..").decode()
    spelt = {
        "folded": f">-\n              {key[:20]}\n              {key[20:]}",
        "quoted": f'"\\x{ord(key[0]):x}{key[1:]}"',
    }
    text = (
        "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n  - resources: [secrets]\n"
    )
    text += "    providers:\n      - secretbox:\n          keys:\n          - name: a\n"
    text += f"            secret: {spelt.get(style, key)}\n"
    text += "extra: 1\n" if style == "refused" else ""
    text = text.replace("secretbox:", "vault:") if style == "misplaced" else text
    file = tmp_path / "encryption.yaml"
    file.write_text(text)
    commands = (
        ("scan", str(file), "--severity", "info", "--verbose", "-o", "json"),
        ("scan", str(file), "--severity", "info", "--verbose"),
        ("facts", "encryption", str(file)),
        ("facts", "object", str(file)),
        ("query", "encryption.secrets != ''", str(file)),
        ("query", "object.kind != ''", str(file)),
    )
    for command in commands:
        done = kubeplumb(*command)
        for part in (key, key[:20], key[20:], key[1:]):
            assert part not in done.out + done.err, command


def test_a_large_policy_is_left_undecided_and_a_small_one_takes_no_time() -> None:
    wide = {"group": "", "resources": [f"r{number}" for number in range(60)]}
    rules = [{"level": "Metadata", "users": [f"u{number}"], "resources": [wide]} for number in range(300)]
    head = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy"}
    (small,), (large,) = facts({**head, "rules": rules[:5]}), facts({**head, "rules": [*rules, rules[0]]})
    assert not small.undecided
    assert set(large.undecided) == set(AUDIT_POLICY.fields)
    namespaces = [f"n{number}" for number in range(60)]
    before = time.perf_counter()
    facts({**head, "rules": [{"level": "None", "namespaces": namespaces, "users": [f"u{n}"]} for n in range(299)]})
    assert time.perf_counter() - before < 5


def test_a_snapshot_is_judged_like_the_file(tmp_path: Path, kubeplumb: Kubeplumb) -> None:
    document = {**FILE, "resources": [{"resources": ["secrets"], "providers": [{"identity": {}}, AES]}]}
    ref = ObjectRef("apiserver.config.k8s.io/v1", "EncryptionConfiguration", "", "")
    inventory = Inventory(Provenance("prod", "2026-11-20T00:00:00+00:00"))
    path = str(tmp_path / "prod.json.gz")
    with writing(path, "prod") as writer:
        writer.add(redacted(Resource(ref, document, Origin("node1:/etc/kubernetes/encryption.yaml", 0, 0), "prod")))
        writer.finish(inventory)
    done = kubeplumb("scan", path, "--rule", "encryption-secrets-*", "--rule", "encryption-key-*", "-o", "json")
    found = {(one["rule"], one["verdict"]) for one in json.loads(done.out)["findings"]}
    assert found == {("encryption-secrets-clear", "fail"), ("encryption-key-guessable", "not-evaluated")}
    assert KEY not in done.out + done.err
