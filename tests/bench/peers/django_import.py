"""Runs in the peers' environment: django-import-export on a workbook of people, with the rules that Usher has too.

    python django_import.py HOST PORT DATABASE USER WORKBOOK

Prints the seconds of the preview (load, and a dry run) and of the import (load, and the same for good) in three ways:
as its documentation sets it up; with `use_bulk`, where it validates as much and shows no differences; and in bulk with
nothing checked and nobody looked for. DATABASE may be a file that ends in .sqlite3: then in SQLite.
"""

import json
import re
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import django
from django.conf import settings


def configure(host: str, port: str, database: str, user: str) -> None:
    place = {"ENGINE": "django.db.backends.postgresql", "HOST": host, "PORT": port, "NAME": database, "USER": user}
    if database.endswith(".sqlite3"):
        place = {"ENGINE": "django.db.backends.sqlite3", "NAME": database}
    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "import_export"],
        DATABASES={"default": place},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
    )
    django.setup()


if __name__ == "__main__":
    configure(*sys.argv[1:5])

# Django's models may be imported only once its settings stand: hence below the call (E402).
from django.core.exceptions import ValidationError  # noqa: E402
from django.db import connection, models  # noqa: E402
from email_validator import EmailNotValidError, validate_email  # noqa: E402
from import_export import fields, resources  # noqa: E402
from tablib import Dataset  # noqa: E402

AREAS = ("Engineering", "Finance", "Sales", "Support")
REGIONS = ("AMER", "APAC", "EMEA")
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
COLUMNS = {
    "email": "Email",
    "first_name": "First Name",
    "last_name": "Last Name",
    "functional_area": "Functional Area",
    "title": "Title",
    "region": "Region",
    "reports_to": "Reports To",
    "cost_centre": "Cost Centre",
}


def address(text: str) -> None:
    """A valid address, as email-validator says without asking DNS."""
    try:
        validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise ValidationError(str(error)) from error


def legal(text: str) -> None:
    """No control characters and no bidirectional overrides."""
    if ILLEGAL.search(text):
        raise ValidationError("There are characters in it that are not allowed.")


def listed(values: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(value, value) for value in values]


class Person(models.Model):
    """A user, with the rules of its fields."""

    email = models.CharField(max_length=254, unique=True, validators=[address, legal])
    first_name = models.CharField(max_length=100, validators=[legal])
    last_name = models.CharField(max_length=100, validators=[legal])
    functional_area = models.CharField(max_length=100, choices=listed(AREAS))
    title = models.CharField(max_length=150, blank=True, validators=[legal])
    region = models.CharField(max_length=100, blank=True, choices=listed(REGIONS))
    reports_to = models.CharField(max_length=254, blank=True)
    cost_centre = models.CharField(max_length=500, blank=True, validators=[legal])

    class Meta:
        app_label = "contenttypes"


class People(resources.ModelResource):
    """The rules that need the other rows: no address twice, managers that there are, no circle."""

    class Meta:
        model = Person
        import_id_fields = ("email",)
        fields = tuple(COLUMNS)
        clean_model_instances = True
        skip_unchanged = True

    def before_import(self, dataset: Dataset, **kwargs: Any) -> None:
        emails = [str(email).strip().lower() for email in dataset["Email"]]
        managers = [str(manager or "").strip().lower() for manager in dataset["Reports To"]]
        self.seen: set[str] = set()
        self.manager_of = dict(zip(emails, managers, strict=True))
        wanted = {manager for manager in managers if manager} - set(emails)
        self.known = set(emails) | set(Person.objects.filter(email__in=wanted).values_list("email", flat=True))
        self.on_circle = self._circles()

    def before_import_row(self, row: dict[str, Any], **kwargs: Any) -> None:
        for column, value in row.items():
            row[column] = " ".join(str(value).split()) if value is not None else ""
        email, manager = row["Email"].lower(), row["Reports To"].lower()
        row["Email"], row["Reports To"] = email, manager
        errors = {}
        if email in self.seen:
            errors["email"] = "This address is in the file twice."
        self.seen.add(email)
        if manager and manager not in self.known:
            errors["reports_to"] = "There is no such user."
        if manager and (manager == email or email in self.on_circle):
            errors["reports_to"] = "They would report to themselves."
        if errors:
            raise ValidationError(errors)

    def _circles(self) -> set[str]:
        done: set[str] = set()
        found: set[str] = set()
        for start in self.manager_of:
            path: list[str] = []
            person = start
            while person and person not in done:
                done.add(person)
                path.append(person)
                person = self.manager_of.get(person, "")
            if person in path:
                found.update(path[path.index(person) :])
        return found


class InBulk(People):
    """The same in batches of 1,000 rows."""

    class Meta(People.Meta):
        use_bulk = True
        skip_diff = True


class Unchecked(resources.ModelResource):
    """In bulk, each row taken for a new one: nothing is validated, and no row looked up."""

    class Meta:
        model = Person
        import_id_fields = ("email",)
        fields = tuple(COLUMNS)
        use_bulk = True
        skip_diff = True
        force_init_instance = True

    def before_import_row(self, row: dict[str, Any], **kwargs: Any) -> None:
        row["Reports To"] = row["Reports To"] or ""  # an empty cell is None, which the column does not take


WAYS = {"": People, "bulk_": InBulk, "unchecked_": Unchecked}
for _name, _column in COLUMNS.items():
    for _resource in WAYS.values():
        _resource.fields[_name] = fields.Field(attribute=_name, column_name=_column)


def done(kind: type[resources.ModelResource], workbook: Path, *, dry_run: bool) -> float:
    """Seconds to read the workbook and take it in; raises where a row was not good, or not there afterwards."""
    begun = perf_counter()
    dataset = Dataset().load(workbook.read_bytes(), format="xlsx")
    result = kind().import_data(dataset, dry_run=dry_run)
    seconds = perf_counter() - begun
    bad = [*result.base_errors, *result.row_errors(), *result.invalid_rows]
    if bad or result.totals["new"] != len(dataset):
        raise ValueError(f"not all rows were taken in: {bad[:3]}, {result.totals}")
    if Person.objects.count() != (0 if dry_run else len(dataset)):
        raise ValueError("what is in the table is not what was taken in")
    return seconds


def main(workbook: Path) -> None:
    with connection.schema_editor() as editor:
        editor.create_model(Person)
    said: dict[str, float] = {}
    for name, kind in WAYS.items():
        said[f"{name}preview"] = done(kind, workbook, dry_run=True)
        said[f"{name}import"] = done(kind, workbook, dry_run=False)
        Person.objects.all().delete()
    print(json.dumps(said))


if __name__ == "__main__":
    main(Path(sys.argv[5]))
