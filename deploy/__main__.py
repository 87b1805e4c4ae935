"""python -m deploy, which `./usher` calls: what the image offers, and what developers need on top.

Each command stands beside what it commands, and imports that when it runs: `./usher token` is called a lot and must not
pay for `./usher dev`.
"""

from deploy.devstack import command as stack
from deploy.devstack.demo import command as demo
from deploy.devstack.directory import command as directory
from deploy.devstack.invite import command as invite
from deploy.devstack.issuer import command as issuer
from deploy.devstack.webhook_sink import webhook_sink
from deploy.docgen import command as docs
from deploy.docgen import contracts
from deploy.operate import command_line
from tests import run as tests
from tests.bench import command as bench

app = command_line.make("Usher: invite and change many users by uploading an Excel file. Begin with ./usher demo.")
app.command("demo")(demo.demo)
app.command("dev")(stack.dev)
app.command("token")(issuer.token)
app.command("webhook-sink")(webhook_sink)
app.command("directory")(directory.directory)
app.command("invite")(invite.invite)
app.add_typer(docs.app, name="docs")
app.command("test", context_settings={"ignore_unknown_options": True, "allow_extra_args": True})(tests.test)
app.command("bench")(bench.bench)
app.add_typer(contracts.app, name="contracts")
command_line.offer(app)


if __name__ == "__main__":
    command_line.run(app)
