"""What people are told where a command is refused. All of licensing's own sentences stand here."""

from collections.abc import Mapping

from services.licensing.domain.refusals import Code
from shared.people.access import IS_DEACTIVATED

MESSAGES: Mapping[Code, str] = {
    "licenses_exceeded": "There are not enough free licenses for this. Free some in My Team, or have more bought by "
    "whoever looks after your company’s contract.",
    "user_exists": "This person is a user of your company already. Find them in My Team.",
    "email_in_other_company": "This person belongs to another company in Usher by now. Use another e-mail.",
    "user_inactive": "This user is Inactive. Reactivate them in My Team.",
    "not_active": "This takes an Active user. Cancel the invitation of who has not joined yet, or reactivate first who "
    "is Inactive.",
    "not_inactive": "Only an Inactive user can be reactivated.",
    "not_invited": "This user has no open invitation.",
    "too_soon": "This address has been sent an invitation a moment ago, or as many as it may have in a day. Wait a few "
    "minutes, or until tomorrow.",
    "not_found": "There is nobody with this id in your company. Load My Team again.",
    "records_required": "There are records that can come along. Choose: transfer them, or start fresh.",
    "email_fixed": "The e-mail can only be changed until the user has joined.",
    "not_sso_domain": "Your company signs in with other e-mail addresses by now than the one that was invited. Ask "
    "your company's admin to invite you under one of these.",
    "used": "This invitation has been accepted already. Sign in.",
    "superseded": "A newer invitation has been sent. Use the link in the newest mail.",
    "cancelled": "This invitation was cancelled. Ask your company's admin for a new one.",
    "expired": "This invitation has expired. Ask your company's admin to send it again.",
    "plan_required": "Your company's plan does not include this. Change to the plan Plus.",
    "deactivated": IS_DEACTIVATED,
    "too_many_for_today": "Your company has sent as many invitations today as it may. Go on tomorrow, or ask whoever "
    "runs Usher to raise the limit.",
    "own_account": "Nobody can deactivate themselves. Ask another admin of your company to do it.",
}
NO_LINK = "This link is not complete, or not one of ours. Open it again from the mail."
NO_COMPANY = "There is no company with this id."
TOO_LARGE = "This is more than can be taken at once: the lists and fields of a company may have 250 KiB together."
BUSY = "Somebody else is changing the same just now. Try again in a moment."
