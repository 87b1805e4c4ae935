"""Northwind Trading: one company's users and batches, as the pages' tests and pictures show them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from services.upload.read_models.batches.view import Batch, Counts, FileFinding, Person, Progress, Seats
from services.upload.read_models.rows.view import Row
from services.upload.web.licensing_models import Delivery, Groups, Inviter, Offer, User, UserWithHistory
from services.upload.web.licensing_models import Seats as Licenses
from shared.people.status_counts import example
from usher_contracts import CompanyChanged, CustomField

COMPANY_ID = "0199a000-0000-7000-8000-00000000c001"
NOW = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
DOMAIN = "northwind.example"

COMPANY = CompanyChanged(
    company_id=COMPANY_ID,
    name="Northwind Trading",
    plan="plus",
    purchased_licenses=25,
    sso_domains=(DOMAIN,),
    functional_areas=("Sales", "Logistics", "Finance", "People", "Purchasing"),
    regions=("Nordics", "British Isles", "Iberia", "Benelux", "DACH"),
    custom_fields=(CustomField(name="Cost Centre"), CustomField(name="Contract", values=("Employee", "Contractor"))),
)
LICENSES = Licenses(purchased=25, occupied=22, available=3, methodologies=[], **example(4, 2, 16, 4))
ALONE = Licenses(purchased=25, occupied=1, available=24, methodologies=[], **example(0, 0, 1))
MARTA = Person(email=f"marta.lindqvist@{DOMAIN}", name="Marta Lindqvist")

_TEAM = """
Joachim Becker|active|Head of Purchasing|Purchasing|DACH|henrik.solberg
Aoife Brennan|waiting|Recruiter|People|British Isles|marta.lindqvist
Mateus Carvalho|active|Account Executive|Sales|Iberia|lucia.herrero
Beatrix de Wit|inactive|Account Executive|Sales|Benelux|priya.raman
Yusuf Demir|pending_transfer|Account Executive|Sales|British Isles|callum.reid
Ines Duarte|waiting|Account Executive|Sales|Iberia|lucia.herrero
Sunniva Haugen|waiting|Accounts Payable|Finance|Nordics|elena.marchetti
Lucia Herrero|active|Regional Sales Manager|Sales|Iberia|priya.raman
Dieter Hofmann|active|Transport Planner|Logistics|DACH|amara.okafor
Pieter Janssen|active|Controller|Finance|Benelux|elena.marchetti
Marta Lindqvist|active|People Operations Lead|People|Nordics|henrik.solberg
Freja Lund|active|Shift Lead|Logistics|Nordics|kasper.nyholm
Elena Marchetti|active|Finance Director|Finance|DACH|henrik.solberg
Daniel Osei|inactive|Payroll Specialist|Finance|British Isles|elena.marchetti
Priya Raman|active|Sales Director|Sales|British Isles|
Ruben Salas|pending_transfer|Shift Lead|Logistics|Iberia|kasper.nyholm
"""


def address(name: str) -> str:
    """Everybody's e-mail is made of their name."""
    return f"{name.lower().replace(' ', '.')}@{DOMAIN}"


def _delivery(name: str, status: str) -> Delivery | None:
    if status not in ("waiting", "pending_transfer"):
        return None
    match name:
        case "Ines Duarte":
            return Delivery(state="failed", error="mailbox not found", at=NOW - timedelta(days=3))
        case "Sunniva Haugen":
            return Delivery(state="queued")
        case _:
            return Delivery(state="sent", at=NOW - timedelta(days=5))


def _user(number: int, line: str) -> User:
    name, status, title, area, region, boss = line.split("|")
    first, _, last = name.partition(" ")
    return User.model_validate(
        {
            "user_id": str(UUID(int=number)),
            "email": address(name),
            "first_name": first,
            "last_name": last,
            "functional_area": area,
            "title": title,
            "region": region,
            "reports_to": f"{boss}@{DOMAIN}" if boss else None,
            "custom_fields": {"Contract": "Employee"},
            "status": status,
            "invited_at": NOW - timedelta(days=5),
            "invitation": _delivery(name, status),
        }
    )


def story(user: User) -> UserWithHistory:
    """A user with what happened to them."""
    by, ago = {"email": MARTA.email, "name": MARTA.name}, NOW - timedelta(days=5)
    changes = [
        {"field": "title", "from": "Clerk", "to": user.title},
        {"field": "Contract", "from": None, "to": "Employee"},
    ]
    history = [
        {"at": ago, "what": "invited", "by": by, "batch_id": str(UUID(int=7))},
        {"at": ago + timedelta(days=1), "what": "changed", "by": by, "changes": changes},
        {"at": ago + timedelta(days=2), "what": "activated", "records": "start_fresh"},
        {"at": ago + timedelta(days=3), "what": "promoted to a newer version"},
    ]
    return UserWithHistory.model_validate({**user.model_dump(), "history": history})


def _people() -> tuple[User, ...]:
    users = [_user(number, line) for number, line in enumerate(_TEAM.strip().splitlines(), 1)]
    ids = {each.email: each.user_id for each in users}
    return tuple(each.model_copy(update={"reports_to_id": ids.get(each.reports_to or "")}) for each in users)


USERS = _people()


def user(name: str) -> User:
    """The user of that name."""
    return next(each for each in USERS if each.name == name)


_BOTH = {"active": 1, "inactive": 1}
GROUPS = Groups.model_validate(
    {
        "items": [
            {
                "value": address("Priya Raman"),
                "user_id": USERS[14].user_id,
                "name": "Priya Raman",
                "count": 2,
                "active": 1,
                "inactive": 1,
            },
            {"value": None, "user_id": None, "name": None, "count": 1, "active": 1},
        ],
        "total": 2,
        "users": 300,
    }
)


def long_groups() -> Groups:
    """A group whose value has no space."""
    return Groups.model_validate({"items": [{"value": "Rindfleischetikettierung" * 6, "count": 1}], "total": 1})


def batch(status: str = "ready_for_review", **other: Any) -> Batch:
    """A batch of Northwind's, varied by what a test is about."""
    known: dict[str, Any] = {
        "id": UUID(int=7),
        "status": status,
        "review": 1,
        "file_name": "northwind-autumn-changes.xlsx",
        "uploaded_by": MARTA,
        "uploaded_at": NOW - timedelta(minutes=48),
        "replaces": None,
        "superseded_by": None,
        "counts": Counts(rows=6, invite=3, change=2, unchanged=1, error=0, warning=1),
        "seats": Seats(purchased=25, occupied=22, available=3, required=3),
        "file_errors": [],
        "warnings": [FileFinding(code="unknown_column", message="Column “Start Date” is not known and is ignored.")],
        "progress": Progress(),
        "confirmed_by": None,
        "confirmed_at": None,
        "completed_at": None,
        "notice": None,
        "annotated": False,
    }
    return Batch.model_validate({**known, **other})


VALIDATING = batch("validating", review=0, counts=Counts(), seats=Seats(), warnings=[])
UNDO_ASKED = VALIDATING.model_copy(
    update={"id": UUID(int=0x0DD0), "kind": "undo", "undoes": VALIDATING.id, "replaces": None}
)
UNDO_READY = UNDO_ASKED.model_copy(
    update={
        "status": "ready_for_review",
        "review": 1,
        "counts": Counts(rows=5, cancel=2, restore=1, kept=2),
        "seats": Seats(purchased=25, occupied=25, available=0, required=0),
    }
)
UNDONE = UNDO_READY.model_copy(
    update={
        "status": "completed",
        "confirmed_by": MARTA,
        "confirmed_at": NOW - timedelta(minutes=5),
        "completed_at": NOW - timedelta(minutes=4),
        "progress": Progress(changed=1),
    }
)
WRONG = batch(
    "needs_correction",
    counts=Counts(rows=25, invite=3, change=8, unchanged=9, error=5, warning=1),
    annotated=True,
)
END_EVENT = batch(
    "needs_correction",
    counts=Counts(rows=6, invite=3, change=2, unchanged=1, error=0, warning=0),
    seats=Seats(purchased=25, occupied=24, available=1, required=3),
    file_errors=[
        FileFinding(
            code="licenses_exceeded",
            message="The file needs 3 licenses and 1 is available. Remove 2 new users, or free 2, and reupload it.",
        )
    ],
    annotated=True,
)
UNREADABLE = batch(
    "needs_correction",
    counts=Counts(),
    seats=Seats(),
    warnings=[],
    file_errors=[
        FileFinding(
            code="corrupt", message="This workbook can’t be read. Open it in Excel, save it again, and reupload it."
        )
    ],
)
STALE = batch(
    "ready_for_review",
    review=2,
    notice=FileFinding(code="stale_review", message="Users of your company have changed since your review."),
)
_CONFIRMED = {"confirmed_by": MARTA, "confirmed_at": NOW - timedelta(minutes=5)}
PROCESSING = batch("processing", progress=Progress(invited=3, changed=2, emails_sent=1, emails_failed=1), **_CONFIRMED)
COMPLETED = batch(
    "completed",
    progress=Progress(invited=3, changed=2, emails_sent=2, emails_failed=1),
    completed_at=NOW - timedelta(minutes=2),
    **_CONFIRMED,
)
CANCELLED = batch("cancelled")
SUPERSEDED = batch("superseded", superseded_by=UUID(int=8))


def error(code: str, column: str, message: str, value: str | None, suggestion: str | None = None) -> dict[str, Any]:
    return {"code": code, "column": column, "message": message, "value": value, "suggestion": suggestion}


def row(number: int, name: str, outcome: str = "invite", **other: Any) -> Row:
    """A line of the file."""
    first, _, last = name.partition(" ")
    values = {"first_name": first, "last_name": last, "functional_area": "Sales", "title": "Account Executive"}
    given = {"region": "Nordics", "reports_to": f"callum.reid@{DOMAIN}", "custom_fields": {"Contract": "Employee"}}
    return Row.model_validate(
        {
            "row": number,
            "outcome": outcome,
            "email": address(name),
            "values": {**values, **given},
            **other,
        }
    )


WRONG_ROWS = (
    row(5, "Aoife Brennan", "error", errors=[error(
        "email_duplicate",
        "Email",
        "This e-mail is also in row 19. A person can be in the file only once: remove row 5 or row 19.",
        address("Aoife Brennan"),
    )]),
    row(7, "Tove Lindahl", "error", errors=[error(
        "email_not_sso_domain",
        "Email",
        "Users of Northwind Trading sign in with northwind.example. Use an e-mail with that domain.",
        "tove.lindahl@northwnd.example",
        "tove.lindahl@northwind.example",
    )]),
    row(9, "Greta Vogel", "error", errors=[error(
        "functional_area_unknown", "Functional Area", "“Sale” is not one of your functional areas.", "Sale", "Sales"
    )]),
    row(11, "Freya Ashdown", "error", errors=[
        error("first_name_required", "First Name", "A new user needs a first name. Fill it in.", None),
        error(
            "reports_to_unknown",
            "Reports To",
            "Nobody in Northwind Trading or in this file has this e-mail. Name a user of My Team or of this file.",
            "callum.read@northwind.example",
            "callum.reid@northwind.example",
        ),
    ]),
    row(15, "Daniel Osei", "error", errors=[error(
        "user_inactive",
        "Email",
        "Daniel Osei is Inactive. Reactivate this user in My Team first, or remove the row.",
        address("Daniel Osei"),
    )]),
)  # fmt: skip
TYPO = {
    "code": "possible_typo",
    "column": "Email",
    "message": "“gmial.com” looks like gmail.com. It is accepted as it is.",
    "value": "lars.holm@gmial.com",
    "suggestion": "lars.holm@gmail.com",
}
GOOD_ROWS = (
    row(4, "Owen Pritchard", "change", changes=[{"field": "title", "from": "Account Executive", "to": "Senior AE"}]),
    row(5, "Aoife Brennan", "unchanged", user_id=USERS[1].user_id),
    row(6, "Mateus Carvalho", "change", user_id=USERS[2].user_id, values={}, changes=[
        {"field": "region", "from": "Iberia", "to": "Benelux"},
        {"field": "reports_to", "from": address("Lucia Herrero"), "to": address("Priya Raman")},
        {"field": "Cost Centre", "from": None, "to": "4520"},
    ]),
    row(7, "Tove Lindahl"),
    row(11, "Freya Ashdown"),
    row(22, "Lars Holm", warnings=[TYPO]),
)  # fmt: skip
OFFER = Offer(
    company="Northwind Trading",
    invited_by=Inviter(email=MARTA.email, name=MARTA.name),
    email=address("Yusuf Demir"),
    first_name="Yusuf",
    last_name="Demir",
    transfer=None,
    expires_at=NOW + timedelta(days=9),
)
TRANSFER = OFFER.model_copy(update={"transfer": {"plan": "pro"}})


def long_winded() -> tuple[User, ...]:
    """The users, two of them with values as long as they may be, and without a space."""
    named = {"first_name": "Wolfeschlegel" * 7, "last_name": "Steinhausenbergerdorff" * 4}
    where = {
        "title": "Rindfleischetikettierung" * 6,
        "functional_area": "Aufgabenuebertragung" * 5,
        "region": "R" * 100,
    }
    more = {"custom_fields": {"Contract": "x" * 500}, "email": f"{'w' * 64}@{'d' * 60}.{'n' * 60}.example"}
    long = USERS[0].model_copy(update={**named, **where, **more, "reports_to_name": "Henrik" * 30})
    failed = Delivery(state="failed", error="550-" + "5.1.1" * 60)
    queued = USERS[5].model_copy(update={"reports_to": f"{'m' * 64}@{'d' * 60}.example", "invitation": failed})
    return (long, queued, *USERS[6:9])


UNDO_ROWS = tuple(
    Row.model_validate({"row": number, "values": {}, **row})
    for number, row in enumerate(
        (
            {"outcome": "cancel", "email": address("Ines Duarte"), "user_id": user("Ines Duarte").user_id},
            {"outcome": "cancel", "email": address("Sunniva Haugen"), "user_id": user("Sunniva Haugen").user_id},
            {
                "outcome": "restore",
                "email": address("Pieter Janssen"),
                "user_id": user("Pieter Janssen").user_id,
                "changes": [
                    {"field": "title", "from": "Group Controller", "to": "Controller"},
                    {"field": "reports_to", "from": address("Priya Raman"), "to": address("Elena Marchetti")},
                ],
            },
            {
                "outcome": "kept",
                "email": address("Freja Lund"),
                "user_id": user("Freja Lund").user_id,
                "changes": [{"field": "title", "from": "Head of Shifts", "to": "Shift Lead"}],
                "reason": "changed_since",
                "by": {"email": MARTA.email, "name": MARTA.name},
                "at": NOW - timedelta(hours=2),
            },
            {
                "outcome": "kept",
                "email": address("Aoife Brennan"),
                "user_id": user("Aoife Brennan").user_id,
                "reason": "joined",
            },
        ),
        1,
    )
)
