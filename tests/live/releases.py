"""Marks of tests that take the fixture `cluster`, and run against one of each version that is built."""

import pytest

from tests.live.apiserver import NEWEST, OLDER

BOTH = pytest.mark.parametrize("cluster", [NEWEST, OLDER], indirect=True)
LATER = pytest.mark.parametrize("cluster", [NEWEST, pytest.param(OLDER, marks=pytest.mark.slow)], indirect=True)
"""Against the older one only where slow tests run."""
