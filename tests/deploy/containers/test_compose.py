"""docker-compose.yml by the Compose specification's own loader, against the code and the files that it names."""

import re
from pathlib import Path

import pytest

from deploy.checkout import ROOT
from deploy.docgen import settings_page
from deploy.operate.services import SERVICES
from shared.core.settings import DEVELOPMENT_KEY_PREFIX
from tests.deploy.containers.compose import FILE, Service, in_order, services

_NEEDED = {
    "upload": {
        *("USHER_SESSION_KEY", "USHER_SERVICE_KEY", "USHER_BLOB_URL", "USHER_OIDC_ISSUER", "USHER_PUBLIC_URL"),
        *("USHER_LICENSING_URL", "USHER_NOTIFICATION_URL"),
    },
    "licensing": {
        *("USHER_INVITATION_KEY", "USHER_SERVICE_KEY", "USHER_BLOB_URL", "USHER_OIDC_ISSUER"),
        *("USHER_UPLOAD_URL", "USHER_VALIDATION_URL", "USHER_NOTIFICATION_URL"),
    },
    "validation": {"USHER_SERVICE_KEY", "USHER_BLOB_URL"},
    "notification": {
        *("USHER_INVITATION_KEY", "USHER_SERVICE_KEY", "USHER_WEBHOOK_KEY"),
        *("USHER_SMTP_URL", "USHER_PUBLIC_URL"),
    },
}
_ALWAYS = {"USHER_ERASURE_KEY", "USHER_DATABASE_URL", "USHER_KAFKA_BOOTSTRAP_SERVERS", "USHER_ENVIRONMENT"}
_OF_COMMANDS = {"USHER_CLIENT_SECRET", "USHER_TOKEN"}


def known(service: str) -> set[str]:
    """Every variable that stands in a service's settings."""
    page = settings_page.page()
    chapters = dict(re.findall(r"^## (.+)\n((?:(?!## ).*\n)*)", page + "\n", re.MULTILINE))
    return set(re.findall(r"`(USHER_\w+)`", chapters["Every service"] + chapters.get(service, "")))


def test_the_four_services_and_all_that_they_stand_on_are_there() -> None:
    assert set(SERVICES) <= set(services())
    assert {"kafka", "postgres", "mail", "objects", "keycloak"} <= set(services())


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_told_what_it_needs_and_nothing_that_it_does_not_know(service: str) -> None:
    told = {name for name in services()[service].environment if name.startswith("USHER_")}
    assert told - known(service) == set()
    assert (_NEEDED[service] | _ALWAYS) - told == set()


def test_tasks_are_told_nothing_that_no_code_reads() -> None:
    everything = _OF_COMMANDS.union(*(known(service) for service in SERVICES))
    tasks = [each for each in services().values() if each.ours and each.name not in SERVICES]
    for task in tasks:
        assert {name for name in task.environment if name.startswith("USHER_")} <= everything, task.name


def test_what_others_wait_for_can_come() -> None:
    """Healthy: it has a health command. Completed: it is a task that ends."""
    waited = {(name, how) for service in services().values() for name, how in service.after.items()}
    for name, how in waited:
        if how == "service_healthy":
            assert services()[name].health, name
        else:
            assert how == "service_completed_successfully"
            assert services()[name].arguments[0] in ("migrate", "topics", "provision")


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_starts_after_its_topics_and_its_own_schema(service: str) -> None:
    before = [each.name for each in in_order()]
    assert {"topics", f"migrate-{service}"} <= set(services()[service].after)
    assert before.index(f"migrate-{service}") < before.index(service)


@pytest.mark.parametrize("each", [each for each in services().values() if each.ours], ids=lambda each: each.name)
def test_ours_run_without_rights_on_a_read_only_root(each: Service) -> None:
    given = each.given
    assert (given["read_only"], given["tmpfs"], given["cap_drop"]) == (True, ["/tmp"], ["ALL"])
    assert given["security_opt"] == ["no-new-privileges:true"]
    assert given["build"] == {"context": str(ROOT), "dockerfile": "deploy/Dockerfile"}


def test_every_image_of_others_is_one_exact_version() -> None:
    for each in services().values():
        if not each.ours:
            assert re.fullmatch(r"v?\d+\.\d+(\.\d+)?", each.version), each.image


def test_nothing_is_published_beyond_this_machine() -> None:
    for each in services().values():
        assert all(port["host_ip"] == "127.0.0.1" for port in each.given.get("ports") or ()), each.name


def test_every_file_that_is_mounted_is_there() -> None:
    mounted = [
        Path(volume["source"]) for each in services().values() for volume in each.volumes if volume["type"] == "bind"
    ]
    assert mounted
    assert [path for path in mounted if not path.exists()] == []


def test_every_secret_is_named_one_for_development() -> None:
    """In the compose file, the roles of the databases and the realm."""
    text = FILE.read_text() + (ROOT / "deploy/compose/databases.sql").read_text()
    text += (ROOT / "deploy/compose/realm.json").read_text()
    secret = r"(?:KEY|SECRET|PASSWORD|secret|value)[A-Z_]*\"?:? '?\"?([\w-]{8,})|//\w+:([^@\s]+)@"
    found = {a or b for a, b in re.findall(secret, text)}
    assert len(found) > 10
    assert {one for one in found if not one.startswith(DEVELOPMENT_KEY_PREFIX.removesuffix("-"))} == set()


@pytest.mark.parametrize("service", SERVICES)
def test_services_and_migrations_sign_in_to_the_database_as_two_roles(service: str) -> None:
    made = (ROOT / "deploy/compose/databases.sql").read_text()
    for name, role in ((service, f"{service}_service"), (f"migrate-{service}", service)):
        url = services()[name].environment["USHER_DATABASE_URL"]
        password = f"development-only-{role.replace('_', '-')}"
        assert url == f"postgresql://{role}:{password}@postgres:5432/{service}"
        assert f"CREATE ROLE {role} LOGIN PASSWORD '{password}'" in made
