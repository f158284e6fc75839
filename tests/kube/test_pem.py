"""PEM text: certificates come out, keys stay in, and broken text costs no more than whole."""

import time

import pytest

from auditor.kube.pem import certificate_blocks

BEGIN, END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
ONE, TWO = f"{BEGIN}\nMII1\n{END}\n", f"{BEGIN}\nMII2\n{END}\n"
KEY = "-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("", []),
        ("words", []),
        (ONE, [ONE]),
        (ONE + TWO, [ONE, TWO]),
        (f"# a comment\n{ONE}{KEY}{TWO}{KEY}", [ONE, TWO]),
        (KEY, []),
        (f"{BEGIN}\nMII1\n{KEY}", [f"{BEGIN}\n"]),
        (f"{BEGIN}\nMII1\n{TWO}", [f"{BEGIN}\n", TWO]),
        (f"{END}\n{ONE}", [ONE]),
    ],
)
def test_certificates_come_out_in_order_and_nothing_else(text: str, blocks: list[str]) -> None:
    assert list(certificate_blocks(text)) == blocks


def test_time_is_linear() -> None:
    started = time.process_time()
    assert len(list(certificate_blocks(BEGIN * 100_000))) == 100_000
    assert time.process_time() - started < 2
