"""Facts of the components of a world in, with each etcd the CAs that its API servers let clients in by, out."""

from collections.abc import Iterable, Iterator

from auditor.model.facts import Fact

_FLAG = "client-ca-file"


def with_client_cas(facts: Iterable[Fact]) -> Iterator[Fact]:
    """Adds `clusterCas` to the facts of etcd; undecided where an API server's CA is not known."""
    known = list(facts)
    found: set[str] = set()
    unknown = ""
    for fact in known:
        if fact.value["component"] == "kube-apiserver":
            reason = fact.undecided.get("settings") or fact.undecided.get(f"settings.{_FLAG}", "")
            unknown = unknown or (f"--{_FLAG} of {fact.ref}: {reason}" if reason else "")
            found.add(str(fact.value["settings"].get(_FLAG, {}).get("value") or ""))
    for fact in known:
        if fact.value["component"] == "etcd":
            fact.value["clusterCas"] = sorted(found - {""})
            if unknown:
                fact.undecided["clusterCas"] = unknown
        yield fact
