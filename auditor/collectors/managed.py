"""Files with what a provider's tool printed in, the resources in them out, for the world of a cluster."""

import os
from collections.abc import Iterable, Iterator

from auditor.collectors.read import read_file
from auditor.collectors.walk import Target
from auditor.collectors.yaml.documents import DEFAULT
from auditor.model.errors import UsageError
from auditor.model.inventory import Resource
from auditor.model.refs import OBSERVED, Origin


def provider_documents(paths: Iterable[str], world: str) -> Iterator[Resource]:
    """What the files hold; raises `UsageError` for one that holds nothing of a provider's."""
    for path in paths:
        name = os.path.basename(path)
        read = read_file(Target(world, name=name, path=path, size=_size(path)), set(), (), DEFAULT)
        found = [one for one in read.resources if one.ref.api_version == OBSERVED]
        if not found:
            reason = next((gap.reason for gap in read.gaps), "holds no description of a managed cluster")
            hint = "It takes what aws eks describe-cluster, gcloud container clusters describe, az aks show or oci ce "
            raise UsageError(f"{path}: {reason}", f"{hint}cluster get printed.")
        for one in found:
            yield one._replace(origin=Origin(name, 0, 0), world=world)


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)
    except OSError:
        return 0  # whoever reads it says why it cannot be
