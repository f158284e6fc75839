"""The one tree of errors; each carries the exit code of DESIGN section 8 and a hint for the person who sees it.

AuditorError
  UsageError           2   the command line asks for something that cannot be
  NothingRead          3   no input could be read at all
    ClusterUnreachable     the cluster could not be reached, or refused to say anything
  InvalidDefinition    5   a rule, a configuration file or a waiver in it is invalid
"""


class AuditorError(Exception):
    """What went wrong, in one sentence, and what to do about it."""

    exit_code = 70

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(AuditorError):
    """The command line asks for something that cannot be."""

    exit_code = 2


class NothingRead(AuditorError):
    """No input could be read at all; never to be mistaken for a clean result."""

    exit_code = 3


class ClusterUnreachable(NothingRead):
    """The cluster could not be reached, or refused to say anything."""


class InvalidDefinition(AuditorError):
    """A rule, a configuration file or a waiver in it is invalid."""

    exit_code = 5
