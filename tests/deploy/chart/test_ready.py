"""What `helm test` runs: it ends well when every service is ready, and says why not."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from tests.deploy.chart.chart import of_kind


def script() -> Any:
    """The program in the pod, as a module."""
    (pod,) = of_kind("Pod", "minimal").values()
    container = pod["spec"]["containers"][0]
    assert container["command"] == ["python", "-c"]
    module: dict[str, Any] = {"__name__": "ready"}
    exec(compile(container["args"][0], "ready.py", "exec"), module)  # noqa: S102 - the pod does the same
    return module["main"]


@contextmanager
def service(status: int, text: str) -> Generator[str]:
    """A service that answers so."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: Any) -> None: ...  # noqa: A002 - its name there

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/readyz"
        server.shutdown()


def test_it_ends_well_when_all_are_ready(capsys: Any) -> None:
    with service(200, "ok") as one, service(200, "ok") as other:
        assert script()([one, other], patience=5, pause=0) == 0
    assert capsys.readouterr().out.count("ready\n") == 2


def test_it_says_who_is_not_ready_and_why(capsys: Any) -> None:
    with service(200, "ok") as one, service(503, "Kafka cannot be reached") as other:
        assert script()([one, other], patience=0, pause=0) == 1
    said = capsys.readouterr().out
    assert f"{one} ready" in said
    assert f"{other} 503 Kafka cannot be reached" in said


def test_it_says_where_nobody_answers(capsys: Any) -> None:
    assert script()(["http://127.0.0.1:1/readyz"], patience=0, pause=0) == 1
    assert "refused" in capsys.readouterr().out
