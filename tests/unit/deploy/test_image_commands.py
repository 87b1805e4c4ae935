"""What the container image offers, where nothing is started for it."""

import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from typer.testing import CliRunner

from deploy.operate import command_line, health
from deploy.operate.errors import CommandError
from deploy.operate.services import SERVICES
from services.licensing.settings import LicensingSettings
from services.notification.settings import NotificationSettings
from services.upload.settings import UploadSettings
from services.validation.settings import ValidationSettings


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Something that lives and is not ready, where USHER_PORT says."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/livez" else 503)
            self.end_headers()
            self.wfile.write(b"Kafka cannot be reached")

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("USHER_PORT", str(server.server_port))
        yield
        server.shutdown()


def test_health_tells_living_from_ready(service: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert health.main([]) == 0
    assert health.main(["--ready"]) == 1
    assert capsys.readouterr().out == "Kafka cannot be reached\n"


def test_health_is_asked_where_it_has_a_port_of_its_own(
    service: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("USHER_HEALTH_PORT", os.environ["USHER_PORT"])
    monkeypatch.setenv("USHER_PORT", "1")
    assert health.main([]) == 0


def test_health_is_bad_where_nobody_listens(
    service: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("USHER_PORT", "1")
    assert health.main([]) == 1
    assert capsys.readouterr().out == "No service listens here.\n"


def test_the_image_offers_services_and_what_operators_do() -> None:
    said = CliRunner().invoke(command_line.offer(command_line.make("Usher.")), ["--help"]).output
    offered = {line.split()[0] for line in said.partition("Commands:\n")[2].splitlines() if line.startswith("  ")}
    assert set(SERVICES) | {"migrate", "topics", "provision", "rebuild", "dlq", "restore"} <= offered
    assert offered.isdisjoint({"demo", "dev", "test", "token"})


def test_it_calls_itself_usher_however_it_is_started(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["/opt/usher/code/deploy/operate/__main__.py", "--help"])
    with pytest.raises(SystemExit):
        command_line.run(command_line.offer(command_line.make("Usher.")))
    assert capsys.readouterr().out.startswith("Usage: usher ")


def test_provisioning_says_what_it_needs_to_sign_in() -> None:
    company = "0192f7a0-0000-7000-8000-000000000001"
    arguments = ["provision", company, "company.json", "--admin", "ann@northwind.example"]
    result = CliRunner().invoke(command_line.offer(command_line.make("Usher.")), arguments)
    assert isinstance(result.exception, CommandError)
    assert str(result.exception).startswith("Provisioning takes --token, or")


def test_each_service_has_a_port_of_its_own_and_health_knows_it() -> None:
    """As docs/operators.md and EXPOSE have them."""
    settings = (UploadSettings, LicensingSettings, ValidationSettings, NotificationSettings)
    assert tuple(each.model_fields["port"].default for each in settings) == health.PORTS
