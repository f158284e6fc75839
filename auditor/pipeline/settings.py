"""What one run was asked for, after the command line and the configuration have been joined."""

from dataclasses import dataclass, field
from datetime import date

from auditor.collectors.yaml.documents import DEFAULT, Limits
from auditor.engine.batches import Compiled
from auditor.engine.rule import Rule
from auditor.kube.versions import Version
from auditor.model.findings import Severity, Waiver
from auditor.model.inventory import Completeness


@dataclass(slots=True)
class Settings:
    """Everything a run needs to know; plain data that a forked worker inherits."""

    paths: tuple[str, ...]
    rules: dict[str, list[Compiled]]
    """Selected rules by subject."""
    known_rules: dict[str, Rule]
    """All rules, selected or not."""
    version: Version
    version_source: str
    today: date
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    excluded_namespaces: tuple[str, ...] = ()
    complete: Completeness = field(default_factory=Completeness)
    waivers: tuple[Waiver, ...] = ()
    use_waivers: bool = True
    accept_annotations: bool = False
    """Whether annotations of a cluster's objects waive: the audited do not waive themselves."""
    covers_config: bool = False
    """Whether the paths cover the folder of the configuration file, so that all its waivers are in scope."""
    severities: dict[str, Severity] = field(default_factory=dict)
    """Severities that the configuration overrides, by rule."""
    limits: Limits = DEFAULT
    jobs: int = 0
    """Worker processes; 0 chooses by the size of the input."""

    def severity(self, rule: Rule) -> Severity:
        """How severe a rule is in this run."""
        return self.severities.get(rule.id, rule.severity)
