"""Annotations of pods that say more than notes do."""

from typing import Final

MIRROR: Final = "kubernetes.io/config.mirror"
"""Marks the mirror of a static pod (k8s.io/api core/v1 annotation_key_constants.go, MirrorPodAnnotationKey)."""
PROFILES: Final = ("container.apparmor.security.beta.kubernetes.io/", "seccomp.security.alpha.kubernetes.io/")
"""Settings of a pod begin so, as they were spelt before they had fields."""
