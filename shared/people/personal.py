"""Which texts say something of a person: by the key under which they stand, in whatever is kept as an object of keys
and values (stored and public events, rows of tables and files, jobs, answers).

A key means the same wherever it stands, so this is said once. A key with a text that is not named here is a mistake
which a test finds; so is one that is named here and stands nowhere.
"""

from collections.abc import Mapping
from enum import Enum


class Meaning(Enum):
    """What a text under a key is."""

    ADDRESS = "an e-mail address, which says whose the object is"
    TEXT = "something that is known of whose the object is"
    SENTENCE = "a sentence that may speak of whose the object is, or a code, which does not"
    FIELDS = "texts by names of a company's own: the texts are known of whose the object is, the names are not"
    BY_NAME = "things by names of a company's own, none of which is known of a person"
    OTHER = "nothing that is known of a person"


OWNER_IDS = ("user_id",)
"""Keys of an id that says whose an object is."""
OWNERS_INSIDE = ("after", "presumes")
"""Keys of an object which says whose the object around it is."""
SAME_OWNER = frozenset({"profile", "content", "delivery", "invitation", "values"})
"""Keys of an object that is about the same person as the object around it, whatever address stands in it."""

OWNER_OF = {
    "reports_to": "reports_to_id",
    "reports_to_name": "reports_to_id",
    "before": "before_id",
    "after": "after_id",
    "from": "from_id",
    "to": "to_id",
    "admin_name": "admin_email",
    "inviter_name": "inviter_email",
    "asked_by_name": "asked_by_email",
    "by_name": "by_email",
    "declined_by_name": "declined_by_email",
}
"""Keys whose text belongs to whom another key beside it names, where that one names somebody."""

_A, _T, _S, _O = Meaning.ADDRESS, Meaning.TEXT, Meaning.SENTENCE, Meaning.OTHER

MEANINGS: Mapping[str, Meaning] = {
    "email": _A,
    "email_key": _A,
    "recipient": _A,
    "first_name": _T,
    "last_name": _T,
    "name": _T,
    "admin_name": _T,
    "asked_by_name": _T,
    "by_name": _T,
    "declined_by_name": _T,
    "inviter_name": _T,
    "purchaser_name": _T,
    "reports_to_name": _T,
    "subject": _T,
    "functional_area": _T,
    "title": _T,
    "region": _T,
    "before": _T,
    "after": _T,
    "from": _T,
    "to": _T,
    "old": _T,
    "new": _T,
    "value": _T,
    "suggestion": _T,
    "message": _S,
    "error": _S,
    "note": _S,
    "comment": _S,
    "reason": _S,
    "custom_fields": Meaning.FIELDS,
    "methodologies": Meaning.BY_NAME,
    "methodology_names": Meaning.BY_NAME,
    "names": Meaning.BY_NAME,
    "accepted": _O,
    "action": _O,
    "admin_email": _O,
    "asked_by_email": _O,
    "by_email": _O,
    "declined_by_email": _O,
    "inviter_email": _O,
    "address_digests": _O,
    "annotated": _O,
    "code": _O,
    "column": _O,
    "columns": _O,
    "consumed": _O,
    "description": _O,
    "events": _O,
    "field": _O,
    "file_name": _O,
    "filters": _O,
    "functional_areas": _O,
    "group": _O,
    "host": _O,
    "id": _O,
    "issuer": _O,
    "leave_out": _O,
    "left_out": _O,
    "methodology": _O,
    "methodology_id": _O,
    "permissions": _O,
    "plan": _O,
    "previous_plan": _O,
    "ref": _O,
    "regions": _O,
    "reports_to": _O,
    "search": _O,
    "sha256": _O,
    "sheet": _O,
    "shelved": _O,
    "sort": _O,
    "source": _O,
    "sso_domains": _O,
    "status": _O,
    "take_in": _O,
    "url": _O,
    "values": _O,
}
"""Of each key with a text what it is. In all of them an address is looked for: free texts may hold one. An id needs no
meaning: it stays, and says nothing to whom nobody tells whose it is."""
