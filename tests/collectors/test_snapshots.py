"""A snapshot gives back what was put in, whatever it is packed with; of a damaged one what can be read, and a gap."""

import gzip
import io
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import zstandard

from auditor.collectors.api.cluster import OBSERVED
from auditor.collectors.snapshots import opened, read_snapshot, writing
from auditor.collectors.sniff import snapshot_among
from auditor.model.errors import NothingRead, UsageError
from auditor.model.inventory import Gap, Inventory, Provenance, Resource
from auditor.model.refs import ObjectRef, Origin

ENDS = (".json", ".json.gz", ".json.zst")


def resource(kind: str, name: str, api_version: str = "v1", rest: str = "") -> Resource:
    manifest = {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": "shop"}}
    ref = ObjectRef(api_version, kind, "shop", name)
    return Resource(ref, manifest, Origin(f"/{kind}/{name}", 0, 0), "prod", rest)


def inventory(*resources: Resource) -> Inventory:
    about = Provenance(
        "prod", "2026-01-02T03:04:05+00:00", "https://x", "anna", ("devs",), "0.1", ("shop",), "v1.34.2", 7, True
    )
    return Inventory(
        about,
        list(resources),
        [
            Gap(
                "forbidden",
                "anna could not",
                "/api/v1/pods",
                ref=ObjectRef("v1", "Pod", "a", "*"),
                blinds=("workload",),
            )
        ],
        {("Pod", "a"): "anna could not", ("Role", ""): "nor this"},
        ("Pod", "Role", "Service"),
        2,
    )


def written(path: Path, what: Inventory) -> Path:
    with writing(str(path), what.provenance.cluster) as writer:
        for one in what.resources:
            writer.add(one)
        writer.finish(what)
    return path


def read(path: Path | bytes, name: str = "s") -> Inventory:
    if isinstance(path, bytes):
        return read_snapshot(io.BytesIO(path), name, lambda one: one)
    with opened(str(path)) as handle:
        return read_snapshot(handle, name, lambda one: one)


SOME = inventory(
    resource("Pod", "p"),
    resource("CustomResourceDefinition", "c", "apiextensions.k8s.io/v1", rest="abc"),
    resource("ServerVersion", "kube-apiserver", OBSERVED),
)


@pytest.mark.parametrize("end", ENDS)
def test_what_is_written_is_read(tmp_path: Path, end: str) -> None:
    assert read(written(tmp_path / f"s{end}", SOME)) == SOME


@pytest.mark.parametrize("end", ENDS)
def test_an_empty_one_is_one(tmp_path: Path, end: str) -> None:
    path = written(tmp_path / f"s{end}", Inventory(Provenance("w", "")))
    assert read(path) == Inventory(Provenance("w", ""))
    assert snapshot_among([str(path)]) == str(path)


def test_the_same_inventory_is_the_same_bytes(tmp_path: Path) -> None:
    for end in ENDS:
        first, second = (written(tmp_path / f"{name}{end}", SOME).read_bytes() for name in "ab")
        assert first == second


def test_it_is_one_json_document_with_one_object_a_line(tmp_path: Path) -> None:
    text = written(tmp_path / "s.json", SOME).read_text()
    document = json.loads(text)
    assert document["schema"] == "kubeplumb.dev/snapshot/v1"
    assert [one["object"]["kind"] for one in document["objects"]] == [
        "Pod",
        "CustomResourceDefinition",
        "ServerVersion",
    ]
    assert len(text.splitlines()) == 5


def test_compression_is_chosen_by_the_name(tmp_path: Path) -> None:
    assert gzip.decompress(written(tmp_path / "s.gz", SOME).read_bytes()).startswith(b'{"schema"')
    with zstandard.open(written(tmp_path / "s.zst", SOME)) as handle:
        assert handle.read(9) == b'{"schema"'


def test_a_file_that_cannot_be_written_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        written(tmp_path / "no" / "s.gz", SOME)


def test_a_file_that_cannot_be_read_is_nothing_read(tmp_path: Path) -> None:
    with pytest.raises(NothingRead, match="cannot be read"):
        read(tmp_path / "none")


# Damage


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
def test_one_that_was_cut_gives_what_is_left_and_says_so(tmp_path: Path, end: str, part: float) -> None:
    names = (sha256(str(index).encode()).hexdigest() for index in range(6000))  # which do not pack into one block
    many = inventory(*(resource("Pod", name) for name in names))
    data = written(tmp_path / f"s{end}", many).read_bytes()
    found = read(data[: int(len(data) * part)])
    assert [gap.code for gap in found.gaps if gap.code != "snapshot-line"] == ["snapshot-cut"]
    assert found.provenance.interrupted
    assert found.provenance.cluster == "prod"
    assert 0 < found.objects < 6000


@pytest.mark.parametrize(
    "line",
    [b"{", b"rubbish", b"", b"3", b'"x"', b"null", b'{"path": "/x"}', b'{"object": {}}', b'{"path": 3, "object": {}}'],
)
def test_a_line_that_is_no_object_leaves_open_what_was_there(tmp_path: Path, line: bytes) -> None:
    """It may have been an object of any of the kinds."""
    data = written(tmp_path / "s.json", inventory(resource("Pod", "p"), resource("Role", "r"))).read_bytes()
    lines = data.splitlines(keepends=True)
    lines[1] = line + b",\n"
    found = read(b"".join(lines))
    assert [str(one.ref) for one in found.resources] == ["Role/shop/r"]
    (gap,) = (gap for gap in found.gaps if gap.code == "snapshot-line")
    assert gap.reason.startswith("line 2 ")
    assert {kind for kind, namespace in found.missing if not namespace} == {"Pod", "Role", "Service"}
    assert found.provenance.user == "anna"


@pytest.mark.parametrize("tail", [b"],rubbish\n", b"]\n", b"],3}\n"])
def test_an_end_that_is_damaged_is_a_gap(tmp_path: Path, tail: bytes) -> None:
    lines = written(tmp_path / "s.json", SOME).read_bytes().splitlines(keepends=True)
    found = read(b"".join([*lines[:-1], tail]))
    assert found.gaps
    assert found.provenance.interrupted


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"{}",
        b"[]",
        b'{"schema":"kubeplumb.dev/snapshot/v2","objects":[\n]}',
        b"apiVersion: v1\nkind: Pod\n",
        gzip.compress(b"apiVersion: v1\nkind: Pod\n"),
        gzip.compress(b""),
        gzip.compress(b"x" * 100)[:12],
        zstandard.compress(b"hello"),
        b"\x28\xb5\x2f\xfd",
        b"\x1f\x8b",
        b"\x1f\x8bnot gzip at all",
        b"\x28\xb5\x2f\xfdnot zstd at all",
    ],
    ids=range(14),  # gzip tells the time: no two alike
)
def test_what_is_no_snapshot_is_nothing_read(data: bytes) -> None:
    with pytest.raises(NothingRead, match="s: is no snapshot that this version can read"):
        read(data)


def test_odd_values_of_a_snapshot_break_nothing() -> None:
    head = b'{"schema":"kubeplumb.dev/snapshot/v1","cluster":3,"objects":[\n'
    odd: dict[str, Any] = {
        "kinds": 3,
        "missing": [3, {"kind": 3}],
        "gaps": ["x", {"ref": 3, "blinds": 4}, {"ref": {"kind": 5}}],
        "provenance": {"groups": "x", "requests": "y", "collected": 3, "interrupted": []},
    }
    found = read(head + b"]," + json.dumps(odd).encode()[1:] + b"\n")
    assert found.provenance.cluster == "3"
    assert len(found.gaps) == 2


def bomb(line: bytes, size: int, wrap: Any) -> bytes:
    head = b'{"schema":"kubeplumb.dev/snapshot/v1","cluster":"w","objects":[\n'
    packed: bytes = wrap(head + line * (size // len(line)))
    return packed


@pytest.mark.parametrize("wrap", [gzip.compress, zstandard.compress])
@pytest.mark.parametrize("line", [b"\n", b"x", b"{}\n", b'{"path":"","object":{}},\n'])
def test_what_grows_too_much_is_given_up(monkeypatch: pytest.MonkeyPatch, line: bytes, wrap: Any) -> None:
    """Limits are made smaller here, so that the test is."""
    from auditor.collectors import snapshots

    for name, size in (("_LONGEST_LINE", 1 << 16), ("_GROWN", 1 << 18), ("_MOST_GROWTH", 20)):
        monkeypatch.setattr(snapshots, name, size)
    data = bomb(line, 4 << 20, wrap)
    found = read(data)
    assert len(found.gaps) <= 200
    assert len(found.resources) * len(line) <= 1 << 19
    assert any(gap.code == "snapshot-cut" for gap in found.gaps)


# Which path is a snapshot


def test_a_snapshot_among_other_paths_is_a_usage_error(tmp_path: Path) -> None:
    path = str(written(tmp_path / "s.gz", SOME))
    (tmp_path / "x.yaml").write_text("a: b")
    assert snapshot_among([str(tmp_path / "x.yaml"), str(tmp_path), str(tmp_path / "none")]) == ""
    with pytest.raises(UsageError, match="not the only path"):
        snapshot_among([path, str(tmp_path / "x.yaml")])
