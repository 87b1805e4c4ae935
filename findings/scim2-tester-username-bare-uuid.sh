#!/usr/bin/env bash
# scim2-tester 0.5.2 (PyPI): a server whose userName is an e-mail address can't pass its checks by what it publishes.
#
# Behaviour: the checks make up a userName as a bare UUID. A server that takes addresses alone, as many do, refuses each
#   user with 400, and every check that needs one fails. That its schema describes userName as an address changes nothing;
#   canonicalValues are heeded, but they are a fixed list, and a userName has to be another for each user.
# Seen: emails.value is an address: True
#       userName is an address: False, a UUID: True
# Source: scim2_tester/filling.py, generate_random_value, which knows the form of emails and phoneNumbers only; RFC 7643,
#   4.1.1, which leaves the form of userName to the server.
# What to do: after discovery set `examples` of the model's user_name to a list whose items are made up as they are asked for.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check scim2-tester==0.5.2 scim2-client==0.13.2 scim2-models==0.12.3
"$work/venv/bin/python" - <<'PYTHON'
from uuid import UUID

from scim2_models import Path, Resource, User
from scim2_tester.filling import generate_random_value

published = User.to_schema()
for attribute in published.attributes:
    if attribute.name == "userName":
        attribute.description = "An e-mail address."
discovered = Resource.from_schema(published)


def made(attribute):
    value = generate_random_value(None, Path[discovered](attribute))
    return value[0] if isinstance(value, list) else value


def is_uuid(text):
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


email, name = made("emails.value"), made("userName")
print(f"emails.value is an address: {'@' in email}")
print(f"userName is an address: {'@' in name}, a UUID: {is_uuid(name)}")
assert "@" in email, "the form of an address is known to it"
assert is_uuid(name), "the behaviour has changed"
PYTHON
