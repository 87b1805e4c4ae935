"""The promises of docs/guarantees.md, each a function of that name: it says how the evidence breaks it, if it does."""

from collections.abc import Callable, Iterator

from tests.faults.evidence import Evidence
from tests.faults.promises import (
    admins,
    directories,
    erased,
    events,
    licenses,
    mails,
    methodologies,
    readers,
    undos,
    webhooks,
)

Promise = Callable[[Evidence], Iterator[str]]

PROMISES: tuple[Promise, ...] = (
    licenses.seats_are_never_over_allocated,
    licenses.seats_on_kafka_are_never_over_allocated,
    methodologies.pools_are_what_users_have,
    methodologies.pools_on_kafka_are_never_over_allocated,
    licenses.every_confirmed_user_is_invited_once,
    admins.an_active_admin_remains,
    directories.directories_are_told_what_is_so,
    undos.an_undo_happens_whole_or_not_at_all,
    undos.who_was_told_is_told_that_it_was_taken_back,
    mails.every_invited_user_gets_their_mail,
    mails.exactly_one_completion,
    mails.completions_count_rightly,
    mails.who_waited_is_told_once,
    mails.who_bounced_is_told_once,
    mails.who_is_silent_is_reminded_and_nobody_else,
    mails.nothing_unconfirmed_is_mailed,
    events.what_is_committed_is_published_and_nothing_else,
    events.every_key_is_in_order,
    readers.every_projection_equals_its_rebuild,
    events.nothing_crosses_companies,
    erased.who_is_erased_is_nowhere,
    webhooks.webhooks_are_told_everything,
    readers.everything_is_finished,
    readers.every_reader_knows_what_was_said,
    readers.everybody_is_said_to_report_to_who_they_do,
    readers.nobody_saw_an_error_of_ours,
)


def broken(seen: Evidence) -> dict[str, list[str]]:
    """By the promise's name, how it is broken: the first ten cases of each."""
    found = {promise.__name__: list(promise(seen)) for promise in PROMISES}
    return {name: [*cases[:10], f"{len(cases)} in all"] for name, cases in found.items() if cases}
