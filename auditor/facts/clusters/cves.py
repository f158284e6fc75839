"""A version and the distribution it is of in, the CVEs that affect it as rules see them out."""

from functools import lru_cache
from typing import Any

from auditor.kube.versions import Version
from auditor.model.facts import Field
from auditor.tables.cves import affecting
from auditor.tables.distributions import Distribution
from auditor.tables.releases import newest_known


def cve_fields(of: str, sources: tuple[str, ...]) -> dict[str, Field]:
    """The schema of the field `cves` of a fact."""
    return {
        "cves": Field("map", f"Known CVEs of {of} at this version, by id, each with the fields below.", sources),
        "cves.*.id": Field("string", "Such as `CVE-2024-10220`.", sources),
        "cves.*.title": Field("string", "What it is, in a few words.", sources),
        "cves.*.component": Field("string", "The component that has it.", sources),
        "cves.*.severity": Field("string", "`critical`, `high`, `medium` or `low`, by its CVSS score.", sources),
        "cves.*.fixedIn": Field("string", "The nearest version that has the fix, empty if there is none.", sources),
        "cves.*.precondition": Field("string", "What must hold besides and is not seen here; or empty.", sources),
        "cves.*.url": Field("string", "Where it is described.", sources),
    }


@lru_cache(maxsize=256)
def known_cves(
    components: tuple[str, ...], version: Version, distribution: Distribution | None, os: str = "linux"
) -> dict[str, dict[str, Any]]:
    """The CVEs of components at a version, by id; shared by all that ask, so nobody may change it.

    A vendor who patches his own builds may have fixed any of them.
    """
    vendor = distribution.bulletin if distribution else ""
    backport = (
        f"{distribution.name} has not brought the fix into its build ({vendor})" if distribution and vendor else ""
    )
    return {
        hit.cve.id: {
            "id": hit.cve.id,
            "title": hit.cve.title,
            "component": hit.component,
            "severity": hit.cve.severity,
            "fixedIn": str(hit.fixed_in or ""),
            "precondition": " and ".join(filter(None, (hit.cve.condition, backport if hit.fixed_in else ""))),
            "url": hit.cve.url,
        }
        for hit in affecting(components, version, os)
    }


def why_unknown(version: Version) -> str:
    """Why the CVEs of a version cannot be told, or empty."""
    if version.major != 1 or newest_known() < version.without_patch:
        return f"the table of CVEs knows nothing of Kubernetes {version}"
    return "" if version.patch is not None else f"the patch level of Kubernetes {version} is not known"
