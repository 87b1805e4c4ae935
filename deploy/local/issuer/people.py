"""Who can sign in: a person as the issuer's tokens name them. Seeding and the demo write who stands on the sign-in page."""

import json
import os
import uuid
from dataclasses import asdict, dataclass, field
from pathlib import Path

FILE = "people.json"


@dataclass(frozen=True)
class Person:
    """A person with what the issuer says about them."""

    email: str
    company_id: str | None
    name: str = ""
    permissions: tuple[str, ...] = ()
    platform: bool = False

    @property
    def subject(self) -> str:
        """Stable for an address in a company, so that a second sign-in is the same person."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"usher:{self.company_id}:{self.email.casefold()}"))

    @property
    def shown_name(self) -> str:
        """The name, or one made of the address: maya.lindqvist@… is Maya Lindqvist."""
        return self.name or " ".join(part.capitalize() for part in self.email.split("@")[0].split(".") if part)


@dataclass
class People:
    """The people of one data directory, in a file that the issuer reads at every sign-in."""

    folder: Path
    listed: list[Person] = field(default_factory=list[Person])

    def read(self) -> list[Person]:
        """Everybody who stands on the sign-in page."""
        try:
            rows = json.loads((self.folder / FILE).read_text())
        except FileNotFoundError:
            return []
        return [Person(**{**row, "permissions": tuple(row["permissions"])}) for row in rows]

    def add(self, person: Person) -> None:
        """Puts somebody on the page, in place of the same address in the same company."""
        others = [other for other in self.read() if other.subject != person.subject]
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = self.folder / f"{FILE}.new"
        fresh.write_text(json.dumps([asdict(one) for one in [*others, person]], indent=1))
        os.replace(fresh, self.folder / FILE)
