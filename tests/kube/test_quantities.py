"""Quantities; expectations were recorded from resource.Quantity of k8s.io/apimachinery v0.37.1."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.kube.quantities import parse_quantity


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0", 0),
        ("100m", Fraction(1, 10)),
        ("1.5Gi", 3 * 2**29),
        (".5", Fraction(1, 2)),
        ("1.", 1),
        ("+1k", 1000),
        ("-1k", -1000),
        ("1e3", 1000),
        ("1E3", 1000),
        ("1e+3", 1000),
        ("1e-3", Fraction(1, 1000)),
        ("1E", 10**18),
        ("1n", Fraction(1, 10**9)),
        ("0.1n", Fraction(1, 10**9)),
        ("-0.3n", Fraction(-1, 10**9)),
        ("1.23456789012u", Fraction(1235, 10**9)),
        ("16Ei", 2**63 - 1),
        ("99999999999999999999", 99999999999999999999),
        (" 1 ", 1),
        ("m", 0),
        ("Ki", 0),
        ("+", 0),
        (".", 0),
        (2, 2),
        (0.5, Fraction(1, 2)),
        (1e22, 10**22),
    ],
)
def test_quantities_are_exact(text: str | float, amount: Fraction) -> None:
    assert parse_quantity(text) == amount


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1kk",
        "1K",
        "1ki",
        "1mi",
        "1e",
        "0x1",
        "1_000",
        "1 m",
        "--1",
        "1.2.3",
        "NaN",
        "Pi",
        "e-62",
        "1e9999",
        "9" * 2000,
        True,
    ],
)
def test_malformed_quantities_are_refused(text: str | float) -> None:
    with pytest.raises(ValueError, match="quantity"):
        parse_quantity(text)


@given(st.text(max_size=12))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse_quantity(text)
    except ValueError:
        return
