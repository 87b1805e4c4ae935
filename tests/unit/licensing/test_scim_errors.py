"""What a directory is answered is what is measured and logged, and in the form of SCIM."""

import httpx
import pytest

from services.licensing.api import install_scim_errors
from shared.core.settings import ServiceSettings
from shared.http.problems import Problem
from shared.observability.metrics import REGISTRY
from shared.service import create_app

pytestmark = pytest.mark.anyio


def measured(status: int) -> float:
    labels = {"method": "POST", "route": "/scim/v2/Users", "status": str(status)}
    return REGISTRY.get_sample_value("usher_http_request_seconds_count", labels) or 0


@pytest.mark.parametrize(
    ("problem", "answered"),
    [
        (Problem(409, "licenses_exceeded", "There is no license left."), 403),
        (Problem(409, "user_exists", "They are there."), 409),
        (Problem(422, "row_errors", "Something is wrong."), 400),
        (Problem(429, "too_many_requests", "Wait."), 429),
    ],
)
async def test_the_status_that_is_answered_is_the_one_that_is_measured(problem: Problem, answered: int) -> None:
    app = create_app(ServiceSettings(), "test", pool=None)

    @app.post("/scim/v2/Users")
    async def refuses() -> None:
        raise problem

    install_scim_errors(app)
    before = measured(answered)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        answer = await client.post("/scim/v2/Users")
    assert (answer.status_code, answer.json()["status"]) == (answered, str(answered))
    assert answer.headers["X-Request-Id"] and answer.headers["content-type"] == "application/scim+json"
    assert measured(answered) == before + 1
