"""What the examples of the events are made of; each example stands under its event."""

from __future__ import annotations

from datetime import UTC, datetime

from usher_contracts.values import Counts, File, MethodologySeats, ObjectRef, Person, Seats

COMPANY = "0190a000-0000-7000-8000-00000000000c"
BATCH = "0190a000-0000-7000-8000-0000000000b1"
UNDO = "0190a000-0000-7000-8000-0000000000b2"
EARLIER_BATCH = "0190a000-0000-7000-8000-0000000000b0"
REQUEST = "0190a000-0000-7000-8000-000000000051"
MANAGER = "0190a000-0000-7000-8000-0000000000a0"
USER = "0190a000-0000-7000-8000-0000000000a1"
INVITATION = "0190a000-0000-7000-8000-0000000000d1"
NEW_INVITATION = "0190a000-0000-7000-8000-0000000000d2"
MESSAGE_ID = "<0190a000-0000-7000-8000-0000000000e1@usher.example>"
EMAIL = "yusuf.demir@northwind.example"
MANAGER_EMAIL = "ines.moreau@northwind.example"
MARTA = Person(
    email="marta.lindqvist@northwind.example",
    name="Marta Lindqvist",
    subject="auth|marta",
    issuer="https://sign-in.northwind.example",
)
JONAS = Person(
    email="jonas.weber@northwind.example",
    name="Jonas Weber",
    subject="auth|jonas",
    issuer="https://sign-in.northwind.example",
)
INVITED_AT = datetime(2026, 12, 4, 9, 11, tzinfo=UTC)
EXPIRES_AT = datetime(2026, 12, 18, 9, 11, tzinfo=UTC)
SHA256 = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
FILE = File(name="autumn-changes.xlsx", size=14_321, sha256=SHA256, ref=f"{COMPANY}/original/{SHA256}")
CORRECTIONS = ObjectRef(ref=f"{COMPANY}/corrections/{SHA256}", sha256=SHA256)
COLUMNS = ObjectRef(ref=f"{COMPANY}/column-mapping/{SHA256}", sha256=SHA256)
ROWS = ObjectRef(ref=f"{COMPANY}/rows/{SHA256}", sha256=SHA256)
MESSAGE = "Welcome aboard: ask Inès for your first project."
COUNTS = Counts(rows=25, invite=3, change=8, unchanged=14, error=0, warning=1)
SEATS = Seats(
    purchased=25,
    occupied=22,
    available=3,
    required=3,
    methodologies=(
        MethodologySeats(
            id="command", name="Command of the Message", purchased=23, occupied=20, available=3, required=2
        ),
    ),
)
