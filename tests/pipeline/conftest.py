"""The scripted API server, for tests of the whole way from it to a report."""

from tests.collectors.conftest import api as api
