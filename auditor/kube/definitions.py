"""A CustomResourceDefinition in, the little of it that is judged out: schemas are most of the bytes of many inputs."""

from collections.abc import Mapping
from typing import Any, Final

DEFINITION: Final = "CustomResourceDefinition"
TEMPLATES: Final = "*/PodTemplateSpec"
"""Stands among kinds for all custom resources whose schema embeds a pod template."""
_HEAD: Final = ("apiVersion", "kind", "metadata")


def brief(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Its head and, where a webhook converts between its versions, `spec.conversion`."""
    head = {key: definition[key] for key in _HEAD if key in definition}
    if conversion := _conversion(definition):
        head["spec"] = {"conversion": conversion}
    return head


def conversion_bundle(definition: Mapping[str, Any]) -> Any:
    """What stands at `spec.conversion.webhook.clientConfig.caBundle`, None where no webhook converts.

    Other strategies have no webhook (apiextensions-apiserver pkg/apis/apiextensions/validation/validation.go).
    """
    part: Any = _conversion(definition)
    for key in ("webhook", "clientConfig", "caBundle"):
        part = part.get(key) if isinstance(part, Mapping) else None
    return part


def _conversion(definition: Mapping[str, Any]) -> Mapping[str, Any] | None:
    spec = definition.get("spec")
    conversion = spec.get("conversion") if isinstance(spec, Mapping) else None
    return conversion if isinstance(conversion, Mapping) and conversion.get("strategy") == "Webhook" else None
