"""What `helm test` runs: every address named must answer 200 within two minutes. Says what each answered last."""

import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence


def ask(url: str) -> str | None:
    """None when it answers 200, else what it said."""
    try:
        with urllib.request.urlopen(url, timeout=5):
            return None
    except urllib.error.HTTPError as error:
        return f"{error.code} {error.read(500).decode('utf-8', 'replace')}"
    except OSError as error:
        return str(error)


def main(urls: Sequence[str], patience: float = 120, pause: float = 2) -> int:
    """0 when all are ready, else 1."""
    until = time.monotonic() + patience
    said: dict[str, str | None] = dict.fromkeys(urls, "not asked")
    while waiting := [url for url in urls if said[url]]:
        for url in waiting:
            said[url] = ask(url)
        if not any(said.values()) or time.monotonic() > until:
            break
        time.sleep(pause)
    for url, reason in said.items():
        print(url, reason or "ready")
    return int(any(said.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
