"""What notification signs is verified by Standard Webhooks' libraries for JavaScript and Go, with both secrets of a
rotation, and refused where anything was changed on the way."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.notification.formats.webhook.signature import SECRET_BYTES, Signatures, secret_text
from tests.interop.tools import in_go, in_node

BODY = '{"id":"0192f7a0-0000-7000-8000-000000000001","data":{"first_name":"Zoë","title":"\u2028"}}'
SECRETS = [bytes(range(n, n + SECRET_BYTES)) for n in (0, 7)]


def by_javascript(*told: str) -> str:
    return in_node("webhooks.mjs", *told)


def by_go(*told: str) -> str:
    return in_go("webhooks", *told)


@pytest.mark.parametrize("verify", [by_javascript, by_go])
def test_a_delivery_is_verified_in_other_languages(verify: Callable[..., str], tmp_path: Path) -> None:
    headers, file = Signatures(SECRETS).headers("event-1", BODY, datetime.now(UTC)), tmp_path / "sent.json"
    file.write_text(json.dumps({"headers": headers, "body": BODY}))
    assert [verify(secret_text(secret), str(file)).strip() for secret in SECRETS] == ["good", "good"]
    stranger = "whsec_" + base64.b64encode(b"s" * SECRET_BYTES).decode()
    assert verify(stranger, str(file)).strip() == "refused"
    file.write_text(json.dumps({"headers": headers, "body": BODY.replace("Zoë", "Zoe")}))
    assert verify(secret_text(SECRETS[0]), str(file)).strip() == "refused"
