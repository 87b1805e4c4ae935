"""The text of a page, as the tests read it."""

from tests.unit.upload.web.fakes import Web


async def page_text(web: Web, path: str, status: int = 200) -> str:
    async with web.browser() as browser:
        answer = await browser.get(path)
    assert answer.status_code == status
    return answer.text
