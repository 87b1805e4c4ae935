"""Who was told of an invitation is told that an undo took it back."""

from __future__ import annotations

import pytest

from tests.integration.notification.harness import MARTA, Harness, until
from tests.integration.notification.sent_mails import BATCH, UNDO, all_ended, has_mail, tokens
from tests.integration.notification.smtp import UNKNOWN, MailServerScript, plain
from usher_contracts import (
    InvitationCancelled,
    UserInvited,
)

pytestmark = pytest.mark.anyio


def _taken_back(person: UserInvited) -> InvitationCancelled:
    """By an undo."""
    return InvitationCancelled(
        company_id=person.company_id, user_id=person.user_id, email=person.email, by=MARTA, batch_id=UNDO
    )


async def test_who_was_told_of_an_invitation_is_told_that_an_undo_took_it_back(
    harness: Harness, mail: MailServerScript
) -> None:
    """Told; refused by the mail server; told, and cancelled in My Team; waiting: only the first gets another mail."""
    await harness.named()
    told, refused, by_hand, waiting = (harness.invited(name, BATCH) for name in ("told", "refused", "hand", "waiting"))
    mail.script[refused.email] = [UNKNOWN]
    await harness.hear(told, refused, by_hand)
    async with harness.sending(mail.port):
        await all_ended(harness, 3)
    cancelled = InvitationCancelled(company_id=told.company_id, user_id=by_hand.user_id, email=by_hand.email, by=MARTA)
    await harness.hear(waiting)
    await harness.hear(*map(_taken_back, (told, waiting, refused)), cancelled)
    async with harness.sending(mail.port):
        await all_ended(harness, 5)
    assert [len(mail.copies(each.email)) for each in (told, waiting, by_hand)] == [2, 0, 1]
    text = plain(mail.copies(told.email)[1])
    assert "has taken back your invitation" in text and not tokens(text)


async def test_it_is_taken_back_where_it_was_told_though_the_address_is_another_by_now(
    harness: Harness, mail: MailServerScript
) -> None:
    """Of two invitations one was sent, the other is under way; the user's address has been corrected since."""
    await harness.named()
    ann, bea, now = harness.invited("ann", BATCH), harness.invited("bea", BATCH), "corrected@northwind.example"
    await harness.hear(ann)
    async with harness.sending(mail.port):
        await all_ended(harness, 1)
    await harness.hear(bea)
    assert len((await harness.mail_queue.next_group((), claim=True)).mails) == 1
    await harness.hear(
        *(
            InvitationCancelled(company_id=p.company_id, user_id=p.user_id, email=now, by=MARTA, batch_id=UNDO)
            for p in (ann, bea)
        )
    )
    async with harness.sending(mail.port):
        await until(lambda: has_mail(mail, bea.email), "a mail that it was taken back")
        await all_ended(harness, 4)
    assert [len(mail.copies(each)) for each in (ann.email, now)] == [2, 0]
    assert "has taken back your invitation" in plain(mail.copies(ann.email)[1])
    assert any("has taken back your invitation" in plain(copy) for copy in mail.copies(bea.email))


async def test_who_may_have_been_told_is_told_too(harness: Harness, mail: MailServerScript) -> None:
    """The mail was under way when the invitation was taken back."""
    await harness.named()
    person = harness.invited("ann", BATCH)
    await harness.hear(person)
    assert len((await harness.mail_queue.next_group((), claim=True)).mails) == 1
    await harness.hear(_taken_back(person))
    async with harness.sending(mail.port):
        await until(lambda: has_mail(mail, person.email), "a mail that it was taken back")
    assert "has taken back your invitation" in plain(mail.copies(person.email)[0])
