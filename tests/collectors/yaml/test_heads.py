"""Of a large CustomResourceDefinition only the head is built, and never of one that is broken."""

import itertools
import random

import pytest
import ryaml

from auditor.collectors.yaml.documents import WORTH_A_HEAD, read_document
from auditor.collectors.yaml.heads import read_head

HEAD = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: x\nspec:\n"
SPEC = """\
  group: example.com
  scope: Namespaced
  versions:
  - name: v1
    additionalPrinterColumns: []
    schema:
      openAPIV3Schema:
        description: |-
          Text with ] and } and `ticks` and
            - a list
          ? what
        properties:
          spec:
            description: 'It''s a text
              that goes on ] }'
            enum: [a, b]
            type: object
            x-kubernetes-validations:
              - rule: "self.all(a, a.b == 'c')"
          plain:
            description: a text that goes on
              `in the next line`
            default: {}
    served: true
"""
SIGNS = "]}[{@`,%*&!|>?:-#'\"\\a \n\t1~="
SHAPES = (
    "a: {}\n",
    "a:\n  {}: b\n",
    "a:\n- {}\n",
    "a: [{}]\n",
    "a: {{{}}}\n",
    "a: [x, {}]\n",
    "a: {{x: {}}}\n",
    "a: |\n  x\n  {}\nb: c\n",
    "a: x {}\n",
    "a: x\n  {}\nb: c\n",
    "a: 'x\n  {}'\n",
    "a: 'x'\n  {}\n",
    'a: "x\n {}"\n',
    "a:\n  b: x\n    {}\n  c: d\n",
    "{}\n",
    "- {}\n- b\n",
    "a: >-\n  x\n\n {}\nb: c\n",
    "- - {}\n",
    "a: x # y\n  {}\n",
)


CONVERSION = "  conversion:\n    webhook:\n      clientConfig:\n        caBundle: eA==\n"


def is_broken(text: str) -> bool:
    """Whether the readers that decide refuse a text; asked in full only where the fast one does."""
    try:
        ryaml.loads(text)
    except ValueError:
        return any(problem.fatal for problem in read_document(text).problems)
    return False


def indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.rstrip("\n").split("\n"))


def test_the_head_and_a_digest_of_the_rest() -> None:
    found = read_head(HEAD + SPEC, 100)
    assert found is not None
    assert found.value == {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "x"},
    }
    other = read_head(HEAD + SPEC.replace("group: example", "group: other"), 100)
    assert other is not None
    assert other.rest != found.rest


def test_the_digest_covers_the_last_letter_whatever_stands_before_it() -> None:
    texts = [HEAD + SPEC.replace("Text", "Größe") + f"  last: {letter}\n" for letter in "ab"]
    found = [read_head(text, 100) for text in texts]
    assert len({one.rest for one in found if one is not None}) == 2


def test_what_stands_behind_the_spec_belongs_to_the_head() -> None:
    found = read_head(f"---\n{HEAD}{SPEC}status:\n  storedVersions: []\n", 100)
    assert found is not None
    assert found.value["status"] == {"storedVersions": []}


@pytest.mark.parametrize(
    "text",
    [
        HEAD.replace("CustomResourceDefinition", "ConfigMap") + SPEC,
        HEAD + SPEC + "spec:\n  again: true\n",
        HEAD + SPEC + "more: 1\n",
        HEAD.replace("name: x", "name: yes") + SPEC,
        HEAD.replace("metadata:", "metadata: &a") + SPEC,
        HEAD + SPEC + "  tab: \t]\n",
        HEAD + SPEC + '  escape: "\\/"\n',
        HEAD + SPEC + "  control: \x01\n",
        HEAD + SPEC + "  control: é\x9f\n",
        HEAD + SPEC + "  surrogate: \ud800\n",
        HEAD + SPEC + "  mark: \ufeff\n",
        HEAD + SPEC + "  no block: [-\n",
        HEAD + SPEC + "  alias: *a\n",
        HEAD + SPEC + CONVERSION,
        HEAD + SPEC + CONVERSION.replace("conversion", '"conversion"').replace("caBundle", "'caBundle'"),
        HEAD + SPEC + '  "conv\\x65rsion":\n' + CONVERSION.partition("\n")[2],
        HEAD + SPEC + "  conversion:\n    strategy: None\n" + CONVERSION,
        HEAD + SPEC + CONVERSION + "  conversion:\n    strategy: None\n",
        HEAD + SPEC + "  <<:\n" + indented(CONVERSION),
        "kind: CustomResourceDefinition\n",
    ],
)
def test_anything_unusual_is_read_as_a_whole(text: str) -> None:
    assert read_head(text, 100) is None


@pytest.mark.parametrize("shape", SHAPES)
def test_no_short_text_that_is_broken_passes_for_well_formed(shape: str) -> None:
    for length in (1, 2):
        for signs in itertools.product(SIGNS, repeat=length):
            text = HEAD + indented(shape.format("".join(signs)))
            assert read_head(text, 100) is None or not is_broken(text), text


@pytest.mark.parametrize("seed", range(8))
def test_no_damaged_definition_passes_for_well_formed(seed: int) -> None:
    chance = random.Random(seed)
    passed = 0
    for _ in range(400):
        text = damaged(HEAD + SPEC, chance)
        if read_head(text, 100) is not None:
            passed += 1
            assert not is_broken(text), text
    assert passed > 20


def damaged(text: str, chance: random.Random) -> str:
    """A text with one to three slips such as hands and merges make."""
    lines = text.split("\n")
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(lines))
        line = lines[at]
        cut = chance.randrange(len(line) + 1)
        lines[at : at + 1] = chance.choice(
            (
                [line[:cut] + line[cut + 1 :]],
                [line[:cut] + chance.choice(SIGNS) + line[cut:]],
                [line[:cut], line[cut:]],
                [" " * chance.randint(1, 3) + line],
                [line.lstrip()],
                [line, line],
                [],
            )
        )
        lines = lines or [""]
    return "\n".join(lines)


def test_nothing_is_printed_of_a_refused_text(capfd: pytest.CaptureFixture[str]) -> None:
    assert read_head(HEAD + "  a: [b\n  c: d\n", 100) is None
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "text",
    [
        "  conversion:\n    webhook:\n      clientConfig:\n        service: {}\n  caBundle: a\n",
        "  conversion:\n  - webhook\n  caBundle:\n    conversion: webhook\n",
        "  conversion: webhook\n",
        "  properties:\n" + indented(CONVERSION),
    ],
)
def test_only_a_bundle_of_the_conversion_is_read(text: str) -> None:
    assert read_head(HEAD + SPEC + text, 100) is not None


def test_letters_beyond_ascii_are_nothing_odd() -> None:
    assert read_head(HEAD + SPEC.replace("Text", "Größe 😀\x85"), 100) is not None


def test_small_definitions_and_whole_readings_are_built() -> None:
    assert read_document(HEAD + SPEC, heads=True).value["spec"]["group"] == "example.com"
    large = HEAD + SPEC + indented("padding: " + "x" * WORTH_A_HEAD)
    assert read_document(large).value["spec"]["group"] == "example.com"
    assert "spec" not in read_document(large, heads=True).value
