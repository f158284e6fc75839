"""Version texts and their order."""

import pytest

from auditor.kube.versions import Version, parse_version


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("1.34", Version(1, 34)),
        ("v1.34.2", Version(1, 34, 2)),
        ("v1.34.2-eks-abc", Version(1, 34, 2)),
        ("v1.30.4+k3s1", Version(1, 30, 4)),
        ("v1.29.1-gke.1589017", Version(1, 29, 1)),
        ("v1.36.0-rc.0", Version(1, 36, 0)),
        ("v1.31.0+rke2r1", Version(1, 31, 0)),
        ("1.27+", Version(1, 27)),
        ("1.35-eks-17", Version(1, 35)),
        (" v1.34.2\n", Version(1, 34, 2)),
    ],
)
def test_versions_are_read_as_distributions_write_them(text: str, version: Version) -> None:
    assert parse_version(text) == version


@pytest.mark.parametrize(
    "text", ["", "1", "latest", "1.x", "v", "1.2.3.4", "1.34 beta", "-1.2", "1.34.", "١.٢", "1.9999"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a Kubernetes version"):
        parse_version(text)


def test_order_and_print() -> None:
    texts = ["1.9.3", "1.10", "1.10.0", "1.10.11", "1.34", "2.0"]
    versions = [parse_version(text) for text in texts]
    assert sorted(parse_version(text) for text in sorted(texts)) == versions
    assert [str(version) for version in versions] == texts


def test_reaches_compares_minors_only() -> None:
    assert Version(1, 34).reaches(Version(1, 34, 5))
    assert Version(1, 35, 0).reaches(Version(1, 34))
    assert not Version(1, 33, 9).reaches(Version(1, 34))
    assert Version(1, 34, 2).without_patch == Version(1, 34)
