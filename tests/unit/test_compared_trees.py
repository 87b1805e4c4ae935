"""What a comparison of two trees says: ratio of medians, whether all of it is reached, what could not be measured."""

import pytest

from deploy.operate.errors import CommandError
from tests.bench.against import Said, beside_the_floor, chosen, of_figures, of_said, of_the_slowest_view
from tests.bench.command import numbers, revision_and_parts
from tests.bench.figures import Best, Compared, Figure, Reach
from tests.bench.trees import checked_out


def compared(reach: Reach, ours: list[float], theirs: list[float], best: Best = "low") -> Compared:
    return Compared("work", "s", reach, ours, theirs, best)


def test_the_medians_count_and_not_the_best_run() -> None:
    row = compared(Reach("≤ 0.4 times", times=0.4), [9, 4, 1], [10, 10, 99])
    assert row.ratio == 0.4 and row.met
    assert compared(Reach("≤ 0.4 times", times=0.4), [9, 5, 1], [10, 10, 99]).met is False


@pytest.mark.parametrize(("ours", "met"), [(50_000, True), (39_000, False), (24_000, False)])
def test_where_a_ratio_and_a_limit_are_asked_both_have_to_be_reached(ours: float, met: bool) -> None:
    reach = Reach("≥ 2.5 times, and ≥ 40,000", times=2.5, limit=40_000)
    assert compared(reach, [ours], [10_000], "high").met is met


def test_without_the_other_tree_a_limit_can_be_judged_and_a_ratio_cannot() -> None:
    assert compared(Reach("≤ 1 s", limit=1), [0.0], []).met is True
    row = compared(Reach("≤ 0.4 times", times=0.4), [1], [])
    assert (row.ratio, row.met) == (None, None)
    assert "| – |" in row.markdown and "not to be said" in row.text and row.json()["ratio"] is None


def test_what_could_not_be_measured_says_why_and_nothing_else() -> None:
    row = Compared.failed("relay", "The stack did not start.")
    assert (row.ratio, row.met) == (None, None)
    assert all("The stack did not start." in said for said in (row.markdown, row.text, row.json()["why_not"]))


def test_figures_are_paired_by_their_names_and_those_without_a_goal_are_left_out() -> None:
    ours, theirs = ([Figure(f"10 rows: {what}", "s", [n]) for what in ("review", "else")] for n in (1.0, 2.0))
    rows = list(of_figures(iter(ours), iter(theirs), {"review": Reach("≤ 0.6 times", times=0.6)}))
    assert [(row.what, row.ratio, row.met) for row in rows] == [("10 rows: review", 0.5, True)]


def test_a_benchmark_of_an_older_tree_may_call_its_figure_otherwise_or_not_have_it() -> None:
    ours = Said([[{"what": "mails, quick", "unit": "mails/s", "value": 4.0}]] * 3)
    theirs = Said([[{"what": "mails", "unit": "mails/s", "value": value}] for value in (1.0, 2.0, 3.0)])
    reach = {"mails": Reach("≥ 2 times", times=2)}
    (row,) = of_said(ours, theirs, reach, "high", lambda _: "mails")
    assert (row.ratio, row.met) == (2.0, True)
    (row,) = of_said(ours, theirs, reach, "high", lambda _: "letters")
    assert (row.theirs, row.ratio) == ([], None)


def test_of_my_team_the_slowest_view_is_compared_whatever_the_tree_calls_its_figure() -> None:
    def said(last: str, http: int, query: int) -> Said:
        slowest = {"over HTTP": http, "at the query": query}
        return Said([[
            {"what": f"My Team of 100,000 {where}, {last}", "unit": "ms", "slowest": f"group last_name: {ms} ms"}
            for where, ms in slowest.items()
        ]])  # fmt: skip

    rows = list(of_the_slowest_view(said("the slowest view's", 50, 40), said("95th percentile", 210, 1_200)))
    name = "the slowest view, 95th percentile of its own"
    assert [row.what for row in rows] == [
        f"My Team of 100,000 {where}: {name}" for where in ("over HTTP", "at the query")
    ]
    assert [(row.ours, row.theirs, row.met) for row in rows] == [([50], [210], True), ([40], [1200], True)]


def test_a_confirmation_stands_beside_what_its_parts_take_alone_where_all_were_measured() -> None:
    reach = Reach("", times=1)
    job = Compared("10,000 rows: confirm to My Team and Kafka", "s", reach, [1.5], [3.0])
    append = Compared("append in batches of 100, 1 writer", "events/s", reach, [40_000], [20_000], "high")
    relay = Compared("relay, log to Kafka acknowledged", "events/s", reach, [20_000], [10_000], "high")
    (row,) = beside_the_floor([append, job, relay])
    assert (row.ours, row.theirs, row.met) == ([2.0], [2.0], True)
    assert not list(beside_the_floor([job, relay]))


def test_what_is_no_part_no_number_and_no_commit_is_refused_in_words() -> None:
    with pytest.raises(CommandError, match=r"no part 'nonsense' to compare\. There are: job, "):
        chosen(["relay", "nonsense"])
    with pytest.raises(CommandError, match="'many' is no number"):
        numbers(["10", "many"])
    with pytest.raises(CommandError, match="'nowhere' is no commit"):
        checked_out("nowhere")
    with pytest.raises(CommandError, match="Say the commit"):
        revision_and_parts([])
    assert numbers(["10", "20"]) == [10, 20] and revision_and_parts(["main", "job"]) == ("main", ["job"])
