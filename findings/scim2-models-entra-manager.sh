#!/usr/bin/env bash
# scim2-models 0.12.3 (PyPI): the PATCH by which Microsoft Entra ID assigns a manager is refused under every policy.
#
# Behaviour: Entra sends the enterprise extension's `manager` as a bare text, the manager's id, where RFC 7643 has an object
#   with a `value`; some clients wrap it in a list of one. ScimPolicy has a switch for other ways of Entra's, for this none:
#   applying the change raises InvalidValueException, and a server that passes the error on sets no manager at all.
# Seen: an object: applied, manager 7
#       a text: InvalidValueException
#       a list of one: InvalidValueException
# Source: what Microsoft's SCIM Validator sends (op add, path …:User:manager, value an id); RFC 7643, 4.3, whose manager is an
#   object; scim2_models/policy.py, which has no setting for it.
# What to do: turn the text, or the one item of the list, into {"value": text} before the library sees the request.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check scim2-models==0.12.3
"$work/venv/bin/python" - <<'PYTHON'
from pydantic import ValidationError
from scim2_models import Context, EnterpriseUser, PatchOp, SCIMException, ScimPolicy, User

LENIENT = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)
PATH = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager"


def change(value):
    user = User[EnterpriseUser](user_name="ann")
    operation = {"op": "add", "path": PATH, "value": value}
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]}
    try:
        with LENIENT:
            PatchOp[User[EnterpriseUser]].model_validate(body, scim_ctx=Context.RESOURCE_PATCH_REQUEST).patch(user)
    except (SCIMException, ValidationError) as error:
        return type(error).__name__
    return f"applied, manager {user[EnterpriseUser].manager.value}"


said = [change(value) for value in ({"value": "7"}, "7", ["7"])]
print("an object: {}\na text: {}\na list of one: {}".format(*said))
assert said == ["applied, manager 7", "InvalidValueException", "InvalidValueException"], "the behaviour has changed"
PYTHON
