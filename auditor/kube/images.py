"""Image references in, their parts as the container runtime understands them out."""

import re
from typing import NamedTuple

# The grammar of github.com/distribution/reference v0.6.0 regexp.go, which kubelet, containerd and CRI-O use.
_HOST_PART = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_HOST = rf"(?:{_HOST_PART}(?:\.{_HOST_PART})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
_PATH_PART = r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*"
_PATH = rf"{_PATH_PART}(?:/{_PATH_PART})*"
_REFERENCE = (
    rf"(?:({_HOST})/)?({_PATH})(?::(\w[\w.-]{{0,127}}))?"
    r"(?:@([A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?"
)
_DIGEST = r"sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128}"

_DOCKER_HUB = "docker.io"
_LEGACY_DOCKER_HUB = "index.docker.io"
_LONGEST_PATH = 255
_LONGEST_REFERENCE = 4096


class ImageError(ValueError):
    """The text is no image reference; a container with it never starts (InvalidImageName)."""


class Image(NamedTuple):
    """A parsed image reference: `nginx` is `library/nginx` of the registry `docker.io`."""

    reference: str
    """As it was written."""
    registry: str
    """Host and port; empty only for the rare name whose first part looks like a host but cannot be one."""
    repository: str
    tag: str | None
    digest: str | None

    @property
    def name(self) -> str:
        """Registry and repository, without tag and digest."""
        return f"{self.registry}/{self.repository}" if self.registry else self.repository

    @property
    def effective_tag(self) -> str | None:
        """The tag that is pulled: `latest` if none is written, None if a digest decides."""
        return None if self.digest else self.tag or "latest"

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        return f"{self.name}{tag}@{self.digest}" if self.digest else f"{self.name}{tag}"


def parse_image(text: str) -> Image:
    """The `image` of a container in, the parsed reference out; `ImageError` if the runtime would refuse it.

    As ParseNormalizedNamed of github.com/distribution/reference, which completes the short names of Docker Hub.
    """
    if re.fullmatch(r"[a-f0-9]{64}", text):
        raise ImageError("an image reference must have a name; 64 hexadecimal digits are an image's ID")
    match = re.fullmatch(_REFERENCE, _complete(text), re.ASCII) if 0 < len(text) <= _LONGEST_REFERENCE else None
    if match is None:
        raise ImageError(_explain(text))
    registry, repository, tag, digest = match.groups()
    if len(repository) > _LONGEST_PATH:
        raise ImageError(f"the repository's name has more than {_LONGEST_PATH} characters")
    if digest and not re.fullmatch(_DIGEST, digest):
        raise ImageError("the digest is not sha256, sha384 or sha512 with as many lower-case hexadecimal digits")
    return Image(text, registry or "", repository, tag, digest)


def _complete(text: str) -> str:
    """The reference with the registry and the `library/` that short names leave out."""
    first, slash, rest = text.partition("/")
    if not slash:
        return f"{_DOCKER_HUB}/library/{text}"
    if first == _LEGACY_DOCKER_HUB:
        first = _DOCKER_HUB
    elif first != "localhost" and "." not in first and ":" not in first and first == first.lower():
        return f"{_DOCKER_HUB}/{text}"
    return f"{first}/library/{rest}" if first == _DOCKER_HUB and "/" not in rest else f"{first}/{rest}"


def _explain(text: str) -> str:
    if not text:
        return "the image reference is empty"
    shown = text[:100]
    if text != text.strip():
        return f"{shown!r} is no image reference: there is white space around it"
    if re.fullmatch(_REFERENCE, _complete(text[:_LONGEST_REFERENCE].lower()), re.ASCII):
        return f"{shown!r} is no image reference: a repository's name must be lower case"
    return f"{shown!r} is no image reference; write it like registry.example/team/app:1.2"
