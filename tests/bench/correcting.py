"""150,000 rows, 100,000 of them wrong, 58,000 by one value: a page of Review, and the replacement of that value until
the corrected file is reviewed beside a fresh upload of it: `[ROWS]`.

Pages are of the HTTP interface, which reads what the pages of the frontend read: errors, errors of a kind, the groups,
and the draft.
"""

import io
from collections.abc import Iterator
from time import perf_counter

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from deploy.operate.services import SERVICES
from tests.bench.admin import REVIEWED, Admin
from tests.bench.bench_stack import bench_stack
from tests.bench.figures import Beside, Figure, Goal, Plan, at_most
from tests.bench.main_job import ours
from tests.bench.workbooks import AREAS, HEAD, REGIONS

REPEATED, WRONG = 58 / 150, 100 / 150
"""Of the rows: those whose region is one wrong value, and all that are wrong; the others have each its own."""
PAGE_MS = 150
TIMES = 1.2
"""A fresh upload of the corrected file: what correcting may take of it."""


def wrong(domain: str, rows: int) -> bytes:
    """An xlsx of that many new users."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("People")
    sheet.append([WriteOnlyCell(sheet, name) for name in HEAD])
    repeated, alone = round(rows * REPEATED), round(rows * WRONG)
    for n in range(rows):
        region = "UK" if n < repeated else f"Nowhere {n}" if n < alone else REGIONS[n % 3]
        name = (f"person.{n}@{domain}", f"First{n}", f"Last{n}")
        sheet.append([*name, AREAS[n % 4], f"Title {n % 40}", region, None, f"{n:05}"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def measure(plan: Plan) -> Iterator[Figure]:
    """Once each, pages so often."""
    rows = plan.size(150_000, 300)
    with bench_stack(SERVICES) as stack:
        ours(stack, 20)
        admin = Admin(stack, rows)
        batch = admin.uploads(wrong(admin.domain, rows))
        admin.wait(batch, REVIEWED)
        assert admin.batch(batch)["counts"]["error"] == round(rows * WRONG)
        url, what = f"/api/v1/batches/{batch}", f"{rows:,} rows, {round(rows * WRONG):,} wrong"
        pages = {
            "errors": f"{url}/rows?outcome=error&limit=50",
            "errors of a kind": f"{url}/rows?outcome=error&code=region_unknown&limit=50",
            "groups": f"{url}/problems?by=value&limit=50",
            "a row by a word": f"{url}/rows?outcome=error&q=person.70000&limit=50",
        }
        for page, address in pages.items():
            found = [1000 * _seconds(admin, address) for _ in range(1 + 2 * plan.times)][1:]
            goal = None if page == "a row by a word" else at_most(PAGE_MS, "ms")
            yield Figure(f"{what}: {page}", "ms", found, goal=goal)
        yield _replaced(admin, url, what, round(rows * REPEATED))
        admin.close()


def _seconds(admin: Admin, address: str) -> float:
    begun = perf_counter()
    assert admin.upload.get(address).raise_for_status().json()["items"] is not None
    return perf_counter() - begun


def _replaced(admin: Admin, url: str, what: str, cells: int) -> Figure:
    begun = perf_counter()
    change = {"replacements": [{"column": "Region", "from": "UK", "to": "EMEA"}]}
    draft = admin.upload.patch(f"{url}/corrections", json=change).raise_for_status().json()
    assert draft["replacements"][0]["rows"] == cells, draft
    drafted = perf_counter() - begun
    new = admin.upload.post(f"{url}/corrections/apply").raise_for_status().json()["id"]
    corrected = admin.wait(new, REVIEWED) - begun
    book = admin.upload.get(f"/api/v1/batches/{new}/original.xlsx").raise_for_status().content
    begun = perf_counter()
    again = admin.uploads(book)
    fresh = admin.wait(again, REVIEWED) - begun
    assert admin.batch(new)["counts"] == admin.batch(again)["counts"]
    return Figure(
        f"{what}: {cells:,} cells replaced, applied and reviewed",
        "s",
        [corrected],
        goal=Goal(f"≤ {TIMES} of it", TIMES * fresh),
        beside=Beside("a fresh upload of the corrected file", [fresh]),
        about={"draft_s": round(drafted, 2)},
    )
