"""A random source in, pods out that are near the border of the Pod Security Standards: each may break a few checks."""

from random import Random
from typing import Any

Json = dict[str, Any]

_PROFILES: tuple[Json, ...] = (
    {"type": "RuntimeDefault"},
    {"type": "Localhost", "localhostProfile": "x"},
    {"type": "Unconfined"},
    {},
)
_SELINUX: tuple[Json, ...] = (
    {"level": "s0"},
    {"type": "container_t"},
    {"type": "container_engine_t"},
    {"type": "spc_t"},
    {"user": "u"},
    {"role": "r"},
    {},
)
_VOLUMES: tuple[Json, ...] = (
    {"emptyDir": {}},
    {"configMap": {"name": "x"}},
    {"hostPath": {"path": "/"}},
    {"hostPath": {"path": "/data"}},
    {"hostPath": {"path": "/run/containerd"}},
    {"nfs": {"server": "nas", "path": "/"}},
    {"gitRepo": {"repository": "x"}},
    {"image": {"reference": "x"}},
    {"ephemeral": {}},
    {"azureFile": {"secretName": "s", "shareName": "x"}},
)
_CAPABILITIES = ("NET_BIND_SERVICE", "CHOWN", "SYS_ADMIN", "NET_RAW", "CAP_CHOWN", "chown", "ALL")
_SYSCTLS = ("kernel.shm_rmid_forced", "net.ipv4.tcp_rmem", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_notsent_lowat")
_ANNOTATIONS = ("runtime/default", "docker/default", "unconfined", "localhost/x", "", "bogus")
_APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
_SECCOMP = "container.seccomp.security.alpha.kubernetes.io/"


class Pods:
    """Makes pods; the same seed makes the same ones."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # nothing here is secret

    def version(self, newest: int) -> int:
        """A minor version, beyond the newest now and then."""
        return self._random.randint(0, newest + 2)

    def pod(self, name: str, minor: int) -> Json:
        """One pod. What the API server refuses or changes before the plugin sees it is left out."""
        windows = self._likely(0.1)
        context = self._context(windows, pod=True)
        spec: Json = {"containers": [self._container(f"c{n}", windows) for n in range(self._pick(1, 1, 2))]}
        spec["securityContext"] = context
        if self._likely(0.3):
            spec["initContainers"] = [self._container("i0", windows)]
        if self._likely(0.15):
            spec["ephemeralContainers"] = [self._container("e0", windows)]
        self._sometimes(spec, 0.03, hostNetwork=True, hostPID=True, hostIPC=True)
        self._sometimes(spec, 0.2, hostUsers=self._pick(True, False, False))
        if windows:
            spec["os"] = {"name": "windows"}
        else:
            self._sometimes(spec, 0.1, nodeSelector={"kubernetes.io/os": "windows"}, os={"name": "linux"})
        self._sometimes(context, 0.1, sysctls=[{"name": self._pick(*_SYSCTLS, "kernel.msgmax"), "value": "1"}])
        self._volume(spec)
        metadata = {"name": name, "namespace": "x", "annotations": self._annotations(minor)}
        return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}

    def _container(self, name: str, windows: bool) -> Json:
        container: Json = {"name": name, "image": "x", "securityContext": self._context(windows, pod=False)}
        if self._likely(0.05):
            del container["securityContext"]
        hook = self._pick({"httpGet": {"port": 80, "host": "h"}}, {"tcpSocket": {"port": 80, "host": ""}}, {"exec": {}})
        self._sometimes(container, 0.03, livenessProbe=hook, startupProbe=hook, lifecycle={"preStop": hook})
        self._sometimes(container, 0.05, ports=[{"containerPort": 80, "hostPort": self._pick(0, 80)}])
        return container

    def _context(self, windows: bool, *, pod: bool) -> Json:
        context: Json = {}
        rare, root = (0.1, 0.8) if pod else (0.15, 0.3)
        self._sometimes(context, root, runAsNonRoot=self._pick(True, True, True, True, False))
        self._sometimes(context, rare, runAsUser=self._pick(1000, 0))
        self._sometimes(context, rare / 2, windowsOptions=self._pick({"hostProcess": True}, {"hostProcess": False}, {}))
        if windows:
            return context
        self._sometimes(context, 0.8 if pod else 0.2, seccompProfile=self._pick(*[_PROFILES[0]] * 5, *_PROFILES))
        self._sometimes(context, rare, appArmorProfile=self._pick(*_PROFILES), seLinuxOptions=self._pick(*_SELINUX))
        if not pod:
            self._sometimes(context, 0.9, allowPrivilegeEscalation=self._pick(*[False] * 12, True))
            self._sometimes(
                context, 0.05, privileged=self._pick(True, False), procMount=self._pick("Default", "Unmasked")
            )
            self._sometimes(context, 0.95, capabilities={"drop": [self._pick(*["ALL"] * 12, "all", "NET_RAW")]})
            if self._likely(0.1):
                context.setdefault("capabilities", {})["add"] = [self._pick(*_CAPABILITIES)]
        return context

    def _volume(self, spec: Json) -> None:
        if self._likely(0.3):
            spec["volumes"] = [{"name": "v", **self._pick(*_VOLUMES)}]
            mount = {"name": "v", "mountPath": "/v", "readOnly": self._pick(True, False)}
            self._sometimes(spec["containers"][0], 0.7, volumeMounts=[mount])

    def _annotations(self, minor: int) -> Json:
        found: Json = {}
        self._sometimes(found, 0.15, **{_APPARMOR + self._pick("c0", "i0", "none"): self._pick(*_ANNOTATIONS)})
        # From 1.19 to 1.26 the API server copies them to fields before the plugin runs.
        if not 19 <= minor < 27:
            keys = self._pick(_SECCOMP + "c0", _SECCOMP + "none", "seccomp.security.alpha.kubernetes.io/pod")
            self._sometimes(found, 0.15, **{keys: self._pick(*_ANNOTATIONS)})
        return found

    def _likely(self, chance: float) -> bool:
        return self._random.random() < chance

    def _pick(self, *choices: Any) -> Any:
        return self._random.choice(choices)

    def _sometimes(self, target: Json, chance: float, **fields: Any) -> None:
        target.update({key: value for key, value in fields.items() if self._likely(chance)})
