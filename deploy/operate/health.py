"""python -m deploy.operate.health [--ready]: asks the service of this container whether it lives, or is ready.

Ends with 0 when it answers 200. Nothing but the standard library: a container's engine runs this every few seconds.
"""

import os
import sys
from http.client import HTTPConnection, HTTPException

PORTS = (8000, 8001, 8002, 8003)
"""Where the services listen unless USHER_HEALTH_PORT or USHER_PORT says otherwise. A container runs one of them, so the
one that answers is its own."""
_SECONDS = 4


def main(arguments: list[str]) -> int:
    """0 when the service answers well, 1 with a sentence when not."""
    path = "/readyz" if "--ready" in arguments else "/livez"
    told = os.environ.get("USHER_HEALTH_PORT") or os.environ.get("USHER_PORT")
    said = [_ask(port, path) for port in ([int(told)] if told else PORTS)]
    answers = [one for one in said if one]
    if any(status == 200 for status, _ in answers):
        return 0
    print(answers[0][1] if answers else "No service listens here.")
    return 1


def _ask(port: int, path: str) -> tuple[int, str] | None:
    """The answer's status and text; None where nobody listens."""
    connection = HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    except ConnectionRefusedError:
        return None
    except (OSError, HTTPException) as error:
        return 0, f"The service on port {port} does not answer: {error}"
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
