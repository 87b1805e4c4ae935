"""python -m deploy.cli, which ./usher calls."""

from deploy.cli import bench, contracts, demo, dev, docs, image, invite, test, token

app = image.make("Usher: invite and change many users by uploading an Excel file. Begin with ./usher demo.")
app.command("demo")(demo.demo)
app.command("dev")(dev.dev)
app.command("token")(token.token)
app.command("invite")(invite.invite)
app.add_typer(docs.app, name="docs")
app.command("test", context_settings={"ignore_unknown_options": True, "allow_extra_args": True})(test.test)
app.command("bench")(bench.bench)
app.add_typer(contracts.app, name="contracts")
image.offer(app)


if __name__ == "__main__":
    image.run(app)
