"""Image references; expectations were recorded from github.com/distribution/reference v0.6.0."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.kube.images import ImageError, parse_image

SHA = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "registry", "repository", "tag", "digest", "effective_tag"),
    [
        ("nginx", "docker.io", "library/nginx", None, None, "latest"),
        ("nginx:1.27", "docker.io", "library/nginx", "1.27", None, "1.27"),
        ("team/app", "docker.io", "team/app", None, None, "latest"),
        ("docker.io/nginx", "docker.io", "library/nginx", None, None, "latest"),
        ("index.docker.io/nginx", "docker.io", "library/nginx", None, None, "latest"),
        ("localhost/x", "localhost", "x", None, None, "latest"),
        ("localhost:5000/x", "localhost:5000", "x", None, None, "latest"),
        ("localhost:5000", "docker.io", "library/localhost", "5000", None, "5000"),
        ("host:5000/x:1", "host:5000", "x", "1", None, "1"),
        ("Host/x", "Host", "x", None, None, "latest"),
        ("[::1]:5000/x", "[::1]:5000", "x", None, None, "latest"),
        ("a_b.c/x", "", "a_b.c/x", None, None, "latest"),
        (f"nginx@{SHA}", "docker.io", "library/nginx", None, SHA, None),
        (f"ghcr.io/a/b:1@{SHA}", "ghcr.io", "a/b", "1", SHA, None),
    ],
)
def test_references_are_completed_and_split(
    text: str, registry: str, repository: str, tag: str | None, digest: str | None, effective_tag: str | None
) -> None:
    image = parse_image(text)
    assert (image.registry, image.repository, image.tag, image.digest) == (registry, repository, tag, digest)
    assert image.effective_tag == effective_tag
    assert image.reference == text


def test_the_normal_form_is_a_reference_to_the_same_image() -> None:
    image = parse_image(f"nginx:1@{SHA}")
    assert image.name == "docker.io/library/nginx"
    assert str(image) == f"docker.io/library/nginx:1@{SHA}"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("Nginx", "lower case"),
        ("docker.io/Team/app", "lower case"),
        (" nginx", "white space"),
        ("nginx:", "write it like"),
        (":1", "write it like"),
        ("a//b", "write it like"),
        ("nginx:" + "t" * 129, "write it like"),
        ("{{ .Values.image }}", "write it like"),
        ("nginx@sha256:" + "A" * 64, "digest"),
        ("nginx@sha256:" + "a" * 63, "digest"),
        ("nginx@md5:" + "a" * 32, "digest"),
        ("a" * 64, "ID"),
        ("x/" + "a" * 260, "255"),
    ],
)
def test_what_the_runtime_refuses_is_an_error_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(ImageError, match=reason):
        parse_image(text)


@given(st.text(alphabet="aA0._-/:@[]", max_size=40))
def test_the_normal_form_is_stable(text: str) -> None:
    try:
        image = parse_image(text)
    except ImageError:
        return
    if image.registry:
        assert str(parse_image(str(image))) == str(image)
