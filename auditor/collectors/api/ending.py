"""What a server serves and its version in, the kinds whose objects may be written in a version that ends out.

A server converts what it stores to the version that it is asked in
(https://kubernetes.io/docs/concepts/overview/kubernetes-api/#api-groups-and-versioning). In which version an object was
written shows only by `metadata.managedFields`
(https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management) and by the annotation of
`kubectl apply`. Both are metadata, and stay as they are in a PartialObjectMetadata (seen on a server of 1.37:
tests/live/test_ending.py).
"""

from auditor.collectors.api.discovery import Discovery
from auditor.kube.versions import Version
from auditor.tables.deprecations import gone_by, next_minor


def ending_kinds(discovery: Discovery, version: Version) -> tuple[str, ...]:
    """The kinds that are served in a version which the minor after this one does not serve, sorted."""
    gone = gone_by(next_minor(version))
    served = (*discovery.resources, *discovery.others)
    return tuple(sorted({one.kind_name for one in served if (one.api_version, one.kind) in gone}))


def untold_endings(discovery: Discovery, version: Version) -> str:
    """Why it is not known whether there are more of these kinds, or empty."""
    ending = {api_version for api_version, _ in gone_by(next_minor(version))}
    failed = (f"discovery of {name}: {why}" for name, why in sorted(discovery.broken.items()) if name in ending)
    return next(failed, "")
