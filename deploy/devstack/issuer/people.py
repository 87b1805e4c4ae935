"""Who can sign in: a person as the issuer's tokens name them. Seeding writes who stands on the sign-in page."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

FILE = "people.json"


@dataclass(frozen=True)
class Person:
    """A person with what the issuer says about them."""

    email: str
    company_id: str | None
    name: str = ""
    permissions: tuple[str, ...] = ()
    platform: bool = False

    @classmethod
    def load(cls, fields: Mapping[str, Any]) -> Self:
        """From what `asdict` made of a person."""
        known: dict[str, Any] = {**fields, "permissions": tuple(fields["permissions"])}
        return cls(**known)

    @property
    def subject(self) -> str:
        """Stable for an address in a company, so that a second sign-in is the same person."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"usher:{self.company_id}:{self.email.casefold()}"))

    @property
    def shown_name(self) -> str:
        """The name, or one made of the address: maya.lindqvist@… is Maya Lindqvist."""
        return self.name or " ".join(part.capitalize() for part in self.email.split("@")[0].split(".") if part)


@dataclass(frozen=True)
class People:
    """The people of one data directory, in a file that the issuer reads at every sign-in."""

    folder: Path

    def read(self) -> list[Person]:
        """Everybody who stands on the sign-in page."""
        try:
            rows = json.loads((self.folder / FILE).read_text())
        except FileNotFoundError:
            return []
        return [Person.load(row) for row in rows]

    def add(self, person: Person) -> None:
        """Puts somebody on the page, in place of the same address in the same company."""
        others = [other for other in self.read() if other.subject != person.subject]
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = self.folder / f"{FILE}.new"
        fresh.write_text(json.dumps([asdict(one) for one in [*others, person]], indent=1))
        fresh.replace(self.folder / FILE)
