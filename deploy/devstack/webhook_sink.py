"""./usher webhook-sink: a receiver of webhooks for development that shows what comes, and fails when told to."""

from typing import Annotated

import typer

Port = Annotated[int, typer.Option(help="Where it listens, on this machine.")]
Secret = Annotated[
    list[str] | None, typer.Option(help="A webhook's secret, to check signatures with; repeat for more.")
]
Answer = Annotated[int, typer.Option(help="The status that each delivery is answered.")]
FailEvery = Annotated[int, typer.Option(help="Answer 500 to every so many-th; 0: to none.")]


def webhook_sink(port: Port = 8099, secret: Secret = None, answer: Answer = 200, fail_every: FailEvery = 0) -> None:
    """Receive webhooks on http://127.0.0.1:PORT/ and show them, until stopped."""
    import uvicorn

    from deploy.devstack.webhook_receiver import make

    app = make(secret or [], answer, fail_every)
    print(f"Add a webhook to http://127.0.0.1:{port}/ to see here what comes.")
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")
