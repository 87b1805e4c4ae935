"""What columns mean as they stand beside each other: in fifteen languages, and by what admins said of them."""

from __future__ import annotations

from collections import defaultdict

import pytest

from shared.people.columns import ColumnMapping, Headers, split_name
from shared.people.header_words import FULL_NAME_WORDS, NAME_WORDS
from shared.people.model import CompanySettings, CustomField, Methodology
from shared.people.profile import METHODOLOGY_FIELD, STANDARD_FIELDS

COMPANY = CompanySettings("Northwind", custom_fields=(CustomField("Level"),))
WITH_METHODOLOGIES = CompanySettings("Northwind", methodologies=(Methodology("command", "Command of the Message"),))
FIELDS = (*STANDARD_FIELDS, METHODOLOGY_FIELD)
LANGUAGES = {"en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "no", "fi", "pl", "cs", "tr", "ja"}
ALL = ["email", "first_name", "last_name", "functional_area", "title", "region", "reports_to"]


def keys(row: str, mapping: ColumnMapping | None = None) -> list[str | None]:
    return [meaning.key for meaning in Headers(COMPANY, mapping).meanings(row.split(";"))]


@pytest.mark.parametrize(
    "row",
    [
        "Work Email;Given Name;Surname;Department;Job Title;Region;Line Manager",
        "E-Mail-Adresse;Vorname;Nachname;Abteilung;Stellenbezeichnung;Vertriebsregion;Vorgesetzte(r)",
        "E-Mail;Vorname;Name;Abteilung;Position;Region;Vorgesetzter",
        "Adresse e-mail;Prénom;Nom;Département;Fonction;Région;Responsable",
        "Adresse e-mail;Prénom;Nom;Département;Intitulé du poste;Région;Responsable",
        "Correo electrónico;Nombre;Apellidos;Departamento;Cargo;Región;Jefe",
        "Indirizzo e-mail;Nome;Cognome;Reparto;Qualifica;Regione;Responsabile",
        "Endereço de e-mail;Nome;Sobrenome;Departamento;Cargo;Região;Gestor",
        "E-mailadres;Voornaam;Achternaam;Afdeling;Functietitel;Regio;Leidinggevende",
        "E-post;Förnamn;Efternamn;Avdelning;Befattning;Region;Närmaste chef",
        "E-mailadresse;Fornavn;Efternavn;Afdeling;Stillingsbetegnelse;Region;Nærmeste leder",
        "E-postadresse;Fornavn;Etternavn;Avdeling;Stillingstittel;Region;Nærmeste leder",
        "Sähköposti;Etunimi;Sukunimi;Osasto;Tehtävänimike;Alue;Esihenkilö",
        "Adres e-mail;Imię;Nazwisko;Dział;Stanowisko;Region;Przełożony",
        "E-mailová adresa;Jméno;Příjmení;Oddělení;Pracovní pozice;Oblast;Nadřízený",
        "E-posta;Ad;Soyad;Departman;Unvan;Bölge;Yönetici",
        "メールアドレス;名;姓;部署;役職;地域;上司",
        "E-MAIL ADRESSE *;VORNAME *;NACHNAME *;ABTEILUNG;STELLENBEZEICHNUNG;REGION;FUEHRUNGSKRAFT",
        "adresse_e-mail;prenom;nom de famille;departement;intitule du poste;region;superieur hierarchique",
    ],
)
def test_a_sheet_of_each_language_needs_no_question(row: str) -> None:
    assert keys(row) == ALL


def test_each_field_has_words_of_each_language() -> None:
    for words in (*(field.words for field in FIELDS), FULL_NAME_WORDS, NAME_WORDS):
        assert words.keys() == LANGUAGES


def test_no_word_means_two_fields() -> None:
    means = defaultdict[str, set[str]](set)
    for field in FIELDS:
        for word in (field.column, *field.synonyms, *(word for words in field.words.values() for word in words)):
            means[word].add(str(Headers(WITH_METHODOLOGIES).likely(word)))
            means[word].add(field.key)
    assert {word: fields for word, fields in means.items() if len(fields) > 1} == {}


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("Email;First Name;Vorname;Prénom", ["email", "first_name", None, None]),
        ("Email;Vorname;Prénom", ["email", "first_name", "first_name"]),
        ("Email;Email Address", ["email", "email"]),
        ("Email;Courriel", ["email", None]),
        ("Email;Level;Name", ["email", "custom_fields.Level", None]),
        ("Email;Vorname;Name", ["email", "first_name", "last_name"]),
        ("Email;First Name;Last Name;Name;Full Name", ["email", "first_name", "last_name", None, None]),
        ("Email;Full Name", ["email", "full_name"]),
        ("Email;Vollständiger Name;Name", ["email", "full_name", None]),
        ("Email;氏名", ["email", "full_name"]),
        ("Email;Errors;Notiz", ["email", None, None]),
    ],
)
def test_what_is_sure_goes_before_what_is_likely(row: str, found: list[str | None]) -> None:
    assert keys(row) == found


def test_a_companys_own_field_goes_before_a_word_of_a_language() -> None:
    own = Headers(CompanySettings("N", custom_fields=(CustomField("Abteilung"), CustomField("Full name"))))
    assert [m.key for m in own.meanings(["Abteilung", "Full Name"])] == [
        "custom_fields.Abteilung",
        "custom_fields.Full name",
    ]


def test_what_was_chosen_goes_before_all_else() -> None:
    chosen = ColumnMapping({"Kontakt": "email", "EMAIL": None, "Title": "Level", "Name": "Full Name", "X": "Gone"})
    assert keys("Kontakt;E-mail;EMAIL;Title;Name;X", chosen) == [
        "email",
        None,
        None,
        "custom_fields.Level",
        "full_name",
        None,
    ]


REMEMBERED = {"Kontakt": "Email", "E-mail": None, "Notiz": "Title", "Title": None}


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("Kontakt;Notiz;Title", ["email", "title", None]),
        ("Kontakt;Email", [None, "email"]),
        ("Kontakt;Courriel", ["email", None]),
        ("KONTAKT *;notiz", ["email", "title"]),
        ("Email;Notiz;Job Title", ["email", None, "title"]),
        ("E-mail;Notiz", ["email", "title"]),
        ("E-mail;Kontakt", [None, "email"]),
        ("E-mail;Email", [None, "email"]),
    ],
)
def test_what_is_remembered_goes_behind_what_is_sure(row: str, found: list[str | None]) -> None:
    assert keys(row, ColumnMapping(remembered=REMEMBERED)) == found


NOTHING: dict[str, str | None] = dict.fromkeys(
    ("Courriel", "E-mail", "Vorname", "First Name", "Name", "氏名", "Abteilung")
)


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("Courriel;Vorname;Nachname", ["email", "first_name", "last_name"]),
        ("courriel *;VORNAME;Nachname", ["email", "first_name", "last_name"]),
        ("E-mail;First Name;Nachname", ["email", "first_name", "last_name"]),
        ("Email;Courriel;First Name;Vorname", ["email", None, "first_name", None]),
        ("Mail;Courriel;Given Name;Vorname", ["email", None, "first_name", None]),
        ("Email;Voornaam;Name", ["email", "first_name", "last_name"]),
        ("Email;First Name;Last Name;Name", ["email", "first_name", "last_name", None]),
        ("Email;氏名", ["email", "full_name"]),
        ("Email;Vorname;Full Name", ["email", None, "full_name"]),
        ("Email;First Name;Full Name", ["email", None, "full_name"]),
        ("Email;Abteilung", ["email", None]),
    ],
)
def test_a_column_remembered_as_nothing_is_read_where_no_other_has_what_everybody_needs(
    row: str, found: list[str | None]
) -> None:
    assert keys(row, ColumnMapping(remembered=NOTHING)) == found


def test_a_word_for_a_name_that_is_remembered_as_another_is_that() -> None:
    assert keys("Email;Prénom", ColumnMapping(remembered={"Prénom": "Full name"})) == ["email", "full_name"]


def test_how_a_meaning_is_known() -> None:
    mapping = ColumnMapping({"A": "Region"}, {"B": "Title", "C": None})
    found = Headers(COMPANY, mapping).meanings(["Email", "Vorname", "Name", "A", "B", "C", "D", "Errors"])
    assert [(m.by, m.remembered, m.ours) for m in found] == [
        ("name", False, False),
        ("name", False, False),
        ("guess", False, False),
        ("mapping", False, False),
        ("mapping", True, False),
        ("mapping", True, False),
        (None, False, False),
        (None, False, True),
    ]


@pytest.mark.parametrize(
    ("header", "guess"),
    [
        ("E-Mail (dienstlich)", "email"),
        ("Vorname des Mitarbeiters", "first_name"),
        ("Name", "full_name"),
        ("社員の氏名", "full_name"),
        ("Personalnummer", None),
        ("x" * 5_000, None),
        ("", None),
    ],
)
def test_what_a_header_may_mean(header: str, guess: str | None) -> None:
    assert Headers(COMPANY).guess(header) == guess


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Ann Lee", ("Ann", "Lee")),
        ("  Anna Maria\u00a0 Berg ", ("Anna Maria", "Berg")),
        ("山田\u3000太郎", ("山田", "太郎")),
        ("Madonna", ("Madonna", "")),
        ("", ("", "")),
    ],
)
def test_a_full_name_is_split_at_its_last_space(name: str, parts: tuple[str, str]) -> None:
    assert split_name(name) == parts
