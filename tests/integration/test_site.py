"""The documentation's site is built, and nothing of it comes from elsewhere."""

import re
from pathlib import Path

import pytest

from deploy.docgen.site import build, stage
from deploy.operate.errors import CommandError

_LOADED = {
    "*.html": re.compile(r"<(?:script|img|link|iframe|source)[^>]*(?:src|href)=[\"']?(?:https?:)?//"),
    "*.css": re.compile(r"@import|url\([\"']?(?:https?:)?//"),
}
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def test_the_site_is_whole_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    build.build(tmp_path)
    names = {page.relative_to(tmp_path).as_posix() for page in tmp_path.rglob("*.html")}
    wanted = {"index", "admins", "operators", "settings", "subscribers", "events", "asyncapi", "errors", "contributing"}
    assert {f"{name}.html" for name in wanted} <= names
    for kind, loaded in _LOADED.items():
        for page in tmp_path.rglob(kind):
            found = loaded.search(_COMMENT.sub("", page.read_text(encoding="utf-8")))
            assert not found, (page, found)
    assert (tmp_path / "schemas" / "UserInvited.v1.json").exists()


@pytest.mark.parametrize("link", ["[a](nowhere.md)", "[a](admins.md#nowhere)", "![a](images/nowhere.png)"])
def test_a_broken_link_fails(link: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = stage.within

    def with_broken_link(page: Path) -> str:
        return written(page) + (f"\n{link}\n" if page.name == "backup.md" else "")

    monkeypatch.setattr(stage, "within", with_broken_link)
    with pytest.raises(CommandError, match="nowhere"):
        build.build(tmp_path)
