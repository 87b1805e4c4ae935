#!/usr/bin/env bash
# scim2-models 0.12.3 (PyPI): the policy that reads Entra's Remove refuses an empty value where the path has a filter.
#
# Behaviour: with `remove_value_as_filter=apply` ("as Microsoft Entra sends it") a Remove may carry a value. An empty list on a
#   path without a filter is taken, and selects nothing. On a path with one, such as that of Entra's mapping of a single
#   role, the same empty list is refused, though the filter alone says what is to be removed; without `value` it is applied.
# Seen: no value: applied, 0 roles
#       [] on roles: applied, 1 roles
#       [] on roles[primary eq "True"]: ValidationError
# Source: scim2_models/messages/patch_op.py, _removal_path: a path's filter is refused before it is looked whether the value
#   has entries; Microsoft's "Customize attribute mappings" (SingleAppRoleAssignment) for the path.
# What to do: leave `value` out of a remove before the library sees it, where the path has a filter.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check scim2-models==0.12.3
"$work/venv/bin/python" - <<'PYTHON'
from pydantic import ValidationError
from scim2_models import Context, PatchOp, SCIMException, ScimPolicy, User

FILTERED = 'roles[primary eq "True"]'


def remove(path, **value):
    user = User(user_name="ann", roles=[{"value": "admin", "primary": True}])
    body = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "remove", "path": path, **value}],
    }
    try:
        with ScimPolicy(remove_value_as_filter=ScimPolicy.RemoveValue.apply):
            PatchOp[User].model_validate(body, scim_ctx=Context.RESOURCE_PATCH_REQUEST).patch(user)
    except (SCIMException, ValidationError) as error:
        return type(error).__name__
    return f"applied, {len(user.roles or [])} roles"


said = [remove(FILTERED), remove("roles", value=[]), remove(FILTERED, value=[])]
print("no value: {}\n[] on roles: {}\n[] on {}: {}".format(said[0], said[1], FILTERED, said[2]))
assert said == ["applied, 0 roles", "applied, 1 roles", "ValidationError"], "the behaviour has changed"
PYTHON
