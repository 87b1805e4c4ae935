"""Whom the rows of a page are about, as My Team has them now."""

from collections.abc import Mapping, Sequence

from services.upload.web.licensing import Licensing
from services.upload.web.licensing_models import User
from services.upload.web.ports import Row
from shared.http.problems import Problem


async def users_of(licensing: Licensing, token: str, rows: Sequence[Row]) -> Mapping[str, User] | None:
    """The rows' users by their ids, without those who are not in My Team (any more); None while that can't be asked."""
    ids = [str(row.user_id) for row in rows if row.user_id]
    try:
        return {user.user_id: user for user in await licensing.named(token, ids)}
    except Problem as away:
        # What the rows say is known here: it is shown though licensing is away.
        if away.status < 500:
            raise
        return None
