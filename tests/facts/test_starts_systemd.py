"""Services that start components: variables, drop-ins, and what is not known because a file is not in the input."""

from collections.abc import Mapping

import pytest

from auditor.facts.components.component import component_facts
from auditor.facts.components.starts import Start
from auditor.facts.sources.systemd import unit_starts
from auditor.model.facts import Anchor, Fact
from auditor.model.inventory import Resource
from auditor.model.refs import OBSERVED, ObjectRef, Origin
from tests.facts.node_worlds import UNIT, unit, world

BASE = "usr/lib/systemd/system/kubelet.service"
DROP_IN = f"{UNIT}.d/10-kubeadm.conf"


def start(files: Mapping[str, str], *, complete: bool = False) -> Start:
    (found,) = unit_starts(world(files, complete=complete))
    return found


def words(files: Mapping[str, str], *, complete: bool = False) -> list[str]:
    found = start(files, complete=complete)
    assert not found.undecided
    return [f"?{word.unknown}" if word.unknown else word.text for word in found.words]


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        (("ExecStart=/usr/bin/kubelet --a $B",), ["--a"]),
        (("Environment='B=--x --y'", "ExecStart=kubelet $B"), ["--x", "--y"]),
        (("Environment='B=--x --y'", "ExecStart=kubelet ${B}"), ["--x --y"]),
        (("Environment=B=1", "ExecStart=kubelet --x=${B} --y=$B --z=${C}"), ["--x=1", "--y=$B", "--z="]),
        (("Environment=B=1", "ExecStart=kubelet $$B --x=$${B}"), ["$B", "--x=${B}"]),
        (("Environment=B=1", "ExecStart=:/usr/bin/kubelet $B ${B}"), ["$B", "${B}"]),
        (("ExecStart=@/usr/bin/kubelet name --x",), ["--x"]),
        (("ExecStart=-+/usr/bin/kubelet --x",), ["--x"]),
        (("Environment=A=1", "Environment=", "Environment=B=2", "ExecStart=kubelet $A $B"), ["2"]),
        (("Environment=A=1 A=2", "ExecStart=kubelet $A"), ["2"]),
        (("Environment=A=1", "UnsetEnvironment=A", "ExecStart=kubelet $A --x"), ["--x"]),
        (("ExecStart=kubelet --n=%p --u=%n --p=100%%",), ["--n=kubelet", "--u=kubelet.service", "--p=100%"]),
        (("ExecStart=kubelet --n=%H",), ["?only systemd can tell what %H stands for"]),
        (("PassEnvironment=A", "ExecStart=kubelet $A"), ["?the value of A is passed on from systemd's own"]),
        (("ExecStart=kubelet --p=${PATH}",), ["?the value of PATH is set by systemd"]),
        (("ExecStart=/bin/sh -c 'exec kubelet --x=1'",), ["--x=1"]),
        (("ExecStart=/usr/bin/hyperkube kubelet --x=1",), ["--x=1"]),
    ],
)
def test_arguments(lines: tuple[str, ...], wanted: list[str]) -> None:
    assert words({UNIT: unit(*lines)}) == wanted


def test_a_shell_with_variables_is_left_open() -> None:
    found = start({UNIT: unit("ExecStart=/bin/sh -c 'exec kubelet $ARGS'")})
    assert found.component == "kubelet"
    assert "shell" in found.undecided


@pytest.mark.parametrize(
    "lines",
    [
        ("ExecStart=/usr/bin/nginx -g x",),
        ("ExecStart=/usr/bin/env kubelet",),
        ("ExecStartPre=/usr/bin/kubelet",),
        ("ExecStart=",),
    ],
)
def test_other_services_start_nothing_of_ours(lines: tuple[str, ...]) -> None:
    assert list(unit_starts(world({UNIT: unit(*lines)}))) == []


def test_a_drop_in_takes_back_what_the_unit_says() -> None:
    files = {
        BASE: unit("ExecStart=/usr/bin/kubelet --a"),
        DROP_IN: unit("ExecStart=", "ExecStart=/usr/bin/kubelet --b"),
    }
    assert words(files) == ["--b"]
    assert start(files).anchor.origin.file == DROP_IN


def test_the_nearer_unit_and_drop_in_count_alone_and_drop_ins_go_by_name() -> None:
    files = {
        BASE: unit("Environment=A=lib B=lib"),
        UNIT: unit("Environment=A=etc", "ExecStart=kubelet --a=${A} --b=${B} --c=${C}"),
        f"{BASE}.d/20-x.conf": unit("Environment=C=lib"),
        f"{UNIT}.d/20-x.conf": unit("Environment=C=etc"),
        "run/systemd/system/service.d/30-x.conf": unit("Environment=B=all"),
        f"{UNIT}.d/10-x.conf": unit("Environment=B=first"),
        "etc/systemd/system/multi-user.target.wants/kubelet.service": unit("ExecStart=kubelet --link"),
    }
    assert words(files) == ["--a=etc", "--b=all", "--c=etc"]


def test_drop_ins_of_a_prefix_and_of_a_template() -> None:
    files = {
        "etc/systemd/system/kube-apiserver@1.service": unit("ExecStart=kube-apiserver $A $B --i=%i"),
        "etc/systemd/system/kube-.service.d/x.conf": unit("Environment=A=--a"),
        "etc/systemd/system/kube-apiserver@.service.d/y.conf": unit("Environment=B=--b"),
        "etc/systemd/system/kube-scheduler.service.d/z.conf": unit("Environment=A=--no"),
    }
    assert words(files) == ["--a", "--b", "--i=1"]


def test_what_belongs_to_another_root_does_not_count() -> None:
    files = {
        f"n1/{UNIT}": unit("EnvironmentFile=/etc/default/kubelet", "ExecStart=kubelet $A"),
        "n1/etc/default/kubelet": "A=--one",
        f"n2/{UNIT}": unit("EnvironmentFile=/etc/default/kubelet", "ExecStart=kubelet $A"),
        "n2/etc/default/kubelet": "A=--two",
        f"n2/{UNIT}.d/x.conf": unit("Environment=B=1"),
    }
    found = [[word.text for word in one.words] for one in unit_starts(world(files))]
    assert found == [["--one"], ["--two"]]


def test_a_file_goes_before_what_the_unit_says_and_a_later_file_before_an_earlier() -> None:
    lines = ("Environment=A=unit", "EnvironmentFile=/etc/kubernetes/config", "EnvironmentFile=-/etc/default/kubelet")
    files = {
        UNIT: unit(*lines, "ExecStart=kubelet ${A} ${B}"),
        "etc/kubernetes/config": "A=first\nB='b b'",
        "etc/default/kubelet": "A=last",
    }
    assert words(files) == ["last", "b b"]
    (a, b) = start(files).words
    assert isinstance(a.path, Anchor)
    assert isinstance(b.path, Anchor)
    assert (a.path.origin.file, a.path.path) == ("etc/default/kubelet", ("variables", "A"))
    assert b.path.origin.file == "etc/kubernetes/config"


def test_a_file_that_is_not_in_the_input_leaves_open_what_it_could_set() -> None:
    reason = "?the environment file /etc/default/kubelet is not in the input"
    lines = ("Environment=A=unit", "EnvironmentFile=-/etc/default/kubelet", "EnvironmentFile=/etc/kubernetes/config")
    files = {UNIT: unit(*lines, "ExecStart=kubelet --x ${A} ${B} ${C}"), "etc/kubernetes/config": "B=known"}
    assert words(files) == ["--x", reason, "known", reason]
    assert words(files, complete=True) == ["--x", "unit", "known", ""]
    required = {UNIT: unit("EnvironmentFile=/etc/default/kubelet", "ExecStart=kubelet $A")}
    assert words(required, complete=True) == [reason]


def host(kind: str, **content: object) -> Resource:
    return Resource(
        ObjectRef(OBSERVED, kind, "", "n1"), {"node": "n1", **content}, Origin(f"n1.json!/{kind}", 0, 0), "w"
    )


@pytest.mark.parametrize(
    ("path", "seen", "absent"),
    [
        ("/etc/default/kubelet", (host("HostState", root=True, leftOut=0),), True),
        ("/etc/default/kubelet", (), False),
        ("/etc/default/kubelet", (host("HostState", root=False, leftOut=0),), False),
        ("/etc/default/kubelet", (host("HostState", root=True, leftOut=3),), False),
        ("/srv/kubelet.env", (host("HostState", root=True, leftOut=0),), False),
        (
            "/etc/default/kubelet",
            (host("HostState", root=True), host("HostFile", path="/etc/default/kubelet", withheld="x")),
            False,
        ),
    ],
)
def test_a_bundle_tells_that_an_optional_file_is_not_there(path: str, seen: tuple[Resource, ...], absent: bool) -> None:
    result = world({f"n1.json!/{UNIT}": unit(f"EnvironmentFile=-{path}", "ExecStart=kubelet --x $A")})
    for resource in seen:
        result.resources.setdefault(resource.ref.kind, []).append(resource)
    (found,) = unit_starts(result)
    assert [word.text for word in found.words if not word.unknown] == ["--x"]
    assert any(word.unknown for word in found.words) is not absent


def test_a_drop_in_without_its_unit() -> None:
    added = start({DROP_IN: unit("ExecStart=kubelet --x")})
    assert "is not in the input" in added.undecided
    alone = {DROP_IN: unit("ExecStart=", "Environment=A=1", "ExecStart=kubelet --x=${A} $B")}
    assert words(alone) == ["--x=1", "?the unit kubelet.service, which may set more, is not in the input"]


def test_two_commands_are_refused() -> None:
    lines = ("ExecStart=kubelet --a", "ExecStart=kubelet --b")
    assert "more than one ExecStart=" in start({UNIT: unit(*lines)}).undecided
    assert words({UNIT: unit("Type=oneshot", *lines)}) == ["--a"]


def test_another_root_leaves_everything_open() -> None:
    assert "RootDirectory" in start({UNIT: unit("RootDirectory=/srv", "ExecStart=kubelet --a")}).undecided


def test_references_that_grow_without_end() -> None:
    lines = (f"Environment=A={'x' * 100_000}", f"ExecStart=kubelet --x={'${A}' * 10_000}")
    assert start({UNIT: unit(*lines)}).undecided == "its command line is longer than Linux allows"


def facts(files: Mapping[str, str], *more: Resource) -> list[Fact]:
    result = world(files)
    for resource in more:
        result.resources.setdefault(resource.ref.kind, []).append(resource)
    return list(component_facts(result))


def test_the_settings_of_a_kubelet_and_where_each_was_set() -> None:
    kubelet = ObjectRef("kubelet.config.k8s.io/v1beta1", "KubeletConfiguration", "", "")
    config = Resource(kubelet, {"readOnlyPort": 0, "eventBurst": 7}, Origin("var/lib/kubelet/config.yaml"), "w")
    lines = ("Environment=C=--config=/var/lib/kubelet/config.yaml", "EnvironmentFile=/etc/default/kubelet")
    files = {
        UNIT: unit(*lines, "ExecStart=/usr/bin/kubelet $C $KUBELET_EXTRA_ARGS --v=2"),
        "etc/default/kubelet": "KUBELET_EXTRA_ARGS=--read-only-port=10255",
    }
    (fact,) = facts(files, config)
    assert (fact.value["source"], fact.value["name"]) == ("unit", "kubelet.service")
    places = {
        name: (fact.anchors[f"settings.{name}"].origin.file, fact.anchors[f"settings.{name}"].path)
        for name in ("config", "read-only-port", "event-burst", "v")
    }
    assert places == {
        "config": (UNIT, ("Service", "Environment", 0, 0)),
        "read-only-port": ("etc/default/kubelet", ("variables", "KUBELET_EXTRA_ARGS")),
        "event-burst": ("var/lib/kubelet/config.yaml", ("eventBurst",)),
        "v": (UNIT, ("Service", "ExecStart", 0, 3)),
    }
    assert fact.value["settings"]["read-only-port"]["value"] == 10255
    assert fact.anchors["settings.*"].path == ("Service", "ExecStart", 0)


def test_the_environment_of_etcd() -> None:
    files = {
        "etc/systemd/system/etcd.service": unit("EnvironmentFile=/etc/etcd/etcd.conf", "ExecStart=/usr/bin/etcd"),
        "etc/etcd/etcd.conf": 'ETCD_CLIENT_CERT_AUTH="true"\nETCD_LISTEN_CLIENT_URLS=http://0.0.0.0:2379\n',
    }
    (fact,) = facts(files)
    entry = fact.value["settings"]["listen-client-urls"]
    assert (entry["value"], entry["origin"]) == (["http://0.0.0.0:2379"], "env")
    assert fact.anchors["settings.listen-client-urls"].path == ("variables", "ETCD_LISTEN_CLIENT_URLS")
    del files["etc/etcd/etcd.conf"]
    (fact,) = facts(files)
    assert "not in the input" in fact.undecided["settings.client-cert-auth"]


def test_etcds_own_file_goes_before_flags() -> None:
    """configFromFile in server/embed/config.go."""
    etcd = ObjectRef(OBSERVED, "EtcdConfig", "", "etcd.conf.yml")
    content = {"listen-client-urls": "https://a:2379,http://b:2379", "client-transport-security": {"cert-file": "/c"}}
    config = Resource(etcd, content, Origin("etc/etcd/etcd.conf.yml"), "w")
    line = "ExecStart=/usr/bin/etcd --config-file=/etc/etcd/etcd.conf.yml --client-cert-auth"
    (fact,) = facts({"etc/systemd/system/etcd.service": unit(line)}, config)
    settings = fact.value["settings"]
    assert settings["listen-client-urls"]["value"] == ["https://a:2379", "http://b:2379"]
    assert (settings["cert-file"]["value"], settings["cert-file"]["origin"]) == ("/c", "file")
    assert settings["client-cert-auth"]["value"] is False
    assert fact.anchors["settings.cert-file"].path == ("client-transport-security", "cert-file")
