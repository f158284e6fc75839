"""`kubeplumb rbac-needed`: the ClusterRole that an audit needs, and what the current user lacks of it."""

import shlex
import sys
from typing import Annotated

import typer

from auditor.cli import options


def rbac_needed(
    rule: options.RuleNames = None,
    skip_rule: options.SkippedRules = None,
    profile: options.ProfileName = "",
    rules: options.RuleFolders = None,
    secret_metadata: options.SecretMetadata = False,
    kubelet_configz: options.KubeletConfigz = False,
    check: Annotated[
        bool, typer.Option("--check", help="Say what the current user lacks instead; exit 1 if something.")
    ] = False,
    context: options.Context = "",
    kubeconfig: options.Kubeconfig = "",
    as_user: options.AsUser = "",
    as_group: options.AsGroups = None,
) -> int:
    """Print the exact ClusterRole that these rules need, ready to apply.

    With --context, --kubeconfig or --check it is made for that cluster: its custom resources with pod templates are
    named, and the kinds that it serves in a version which the next minor does not.
    """
    from auditor.pipeline.prepare import prepare
    from auditor.pipeline.request import Request

    request = Request(
        paths=(),
        profile=profile,
        rules=tuple(rule or ()),
        skip_rules=tuple(skip_rule or ()),
        rule_folders=tuple(rules or ()),
        no_config=True,
    )
    settings = prepare(request).settings
    from auditor.collectors.api.kubeconfig import Access
    from auditor.pipeline import permissions
    from auditor.pipeline.cluster import at_hand

    access = Access(kubeconfig, context, as_user, tuple(as_group or ()))
    cluster = at_hand(access, settings) if check or context or kubeconfig else None
    needed = permissions.needed(
        settings, secret_metadata=secret_metadata, kubelet_configz=kubelet_configz, at_hand=cluster
    )
    if not check or cluster is None:
        typer.echo(permissions.cluster_role(needed, shlex.join(["kubeplumb", *sys.argv[1:]])), nl=False)
        return 0
    lacked = list(permissions.lacking(cluster.client, needed.permissions))
    for one in lacked:
        where = f" {one.namespace}/{one.name}" if one.name else ""
        group = f".{one.group}" if one.group else ""
        typer.echo(f"lacks {one.verb} {one.resource}{group}{where}")
    typer.echo(f"{len(needed.permissions) - len(lacked)} of {len(needed.permissions)} permissions are there", err=True)
    return 1 if lacked else 0
