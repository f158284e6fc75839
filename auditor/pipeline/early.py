"""Where a cluster is in, its kubeconfig read in a process of its own out, while this one gets ready."""

from collections.abc import Callable

from auditor.collectors.api.kubeconfig import Access, Configured, configured
from auditor.pipeline import workers


def reading_ahead(access: Access, jobs: int) -> Callable[[], Configured | None]:
    """Starts to read a kubeconfig; what is returned waits for what it says, or gives None at once for one process.

    Loading the library that reads it takes a tenth of a second, and so does loading the rules.
    """
    if not workers.may_fork(jobs):
        return lambda: None
    return workers.start(access, configured)
