"""A text in, whether it may be the name of an object out."""

import re
from typing import Final

_LABEL: Final = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_LONGEST_LABEL: Final = 63
_LONGEST_SUBDOMAIN: Final = 253


def is_label(text: str) -> bool:
    """A DNS label (RFC 1123), as the names of namespaces are (k8s.io/apimachinery pkg/util/validation)."""
    return len(text) <= _LONGEST_LABEL and re.fullmatch(_LABEL, text, re.ASCII) is not None


def is_subdomain(text: str) -> bool:
    """A DNS subdomain (RFC 1123), as the names of most objects are."""
    return len(text) <= _LONGEST_SUBDOMAIN and all(
        re.fullmatch(_LABEL, part, re.ASCII) is not None for part in text.split(".")
    )
