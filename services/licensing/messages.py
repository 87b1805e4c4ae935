"""What people are told where something is refused, and by which problem. All of licensing's sentences stand here."""

from collections.abc import Mapping
from typing import cast

from services.licensing.domain.refusals import Code
from services.licensing.domain.saved_views.decide import MAX_SHARED, MAX_VIEWS
from shared.http.problems import ProblemType
from shared.people import messages
from shared.people.access import IS_DEACTIVATED, NEEDS_MANAGE_USERS, NEEDS_PLATFORM_SCOPE, NEEDS_TO_SEE_ACCESS

_REFUSALS = (
    ProblemType(
        409,
        "licenses_exceeded",
        "There are not enough free licenses for this. Free some in My Team, or have more bought by "
        "whoever looks after your company’s contract.",
    ),
    ProblemType(
        409,
        "methodology_seats_exceeded",
        "There are not enough free seats of a methodology for this. Withdraw some in My Team, or have more bought by "
        "whoever looks after your company’s contract.",
    ),
    ProblemType(
        409,
        "methodology_consumed",
        "A methodology that somebody has used can’t be taken away from them. Leave it as it is.",
    ),
    ProblemType(
        409,
        "methodology_in_use",
        "Somebody has a seat of a methodology that is to be taken from the company. Keep it: how many seats are "
        "bought may be lowered.",
    ),
    ProblemType(409, "user_exists", "This person is a user of your company already. Find them in My Team."),
    ProblemType(
        409,
        "email_in_other_company",
        "This person belongs to another company in Usher by now. Use another e-mail.",
    ),
    ProblemType(409, "user_inactive", "This user is Inactive. Reactivate them in My Team."),
    ProblemType(
        409,
        "not_active",
        "This takes an Active user. Cancel the invitation of who has not joined yet, or reactivate first "
        "who is Inactive.",
    ),
    ProblemType(409, "not_inactive", "Only an Inactive user can be reactivated."),
    ProblemType(409, "not_invited", "This user has no open invitation."),
    ProblemType(
        429,
        "too_soon",
        "This address has been sent an invitation a moment ago, or as many as it may have in a day. Wait "
        "a few minutes, or until tomorrow.",
    ),
    ProblemType(404, "not_found", "There is nobody with this id in your company. Load My Team again."),
    ProblemType(
        409,
        "records_required",
        "There are records that can come along. Choose: transfer them, or start fresh.",
    ),
    ProblemType(409, "email_fixed", "The e-mail can only be changed until the user has joined."),
    ProblemType(
        403,
        "not_sso_domain",
        "Your company signs in with other e-mail addresses by now than the one that was invited. Ask "
        "your company's admin to invite you under one of these.",
    ),
    ProblemType(410, "used", "This invitation has been accepted already. Sign in."),
    ProblemType(410, "superseded", "A newer invitation has been sent. Use the link in the newest mail."),
    ProblemType(410, "cancelled", "This invitation was cancelled. Ask your company's admin for a new one."),
    ProblemType(410, "expired", "This invitation has expired. Ask your company's admin to send it again."),
    ProblemType(403, "plan_required", "Your company's plan does not include this. Change to the plan Plus."),
    ProblemType(403, "deactivated", IS_DEACTIVATED),
    ProblemType(
        429,
        "too_many_for_today",
        "Your company has sent as many invitations today as it may. Go on tomorrow, or ask whoever runs "
        "Usher to raise the limit.",
    ),
    ProblemType(
        409,
        "changed_since",
        "Somebody has changed this since, so it can’t be taken back. Nothing was done. Look at it in My Team, and "
        "change what is to be otherwise.",
    ),
    ProblemType(
        404, "nothing_to_undo", "There is nothing to take back: it was taken back already, or it is too long ago."
    ),
    ProblemType(
        410, "undo_over", "It is too late to take this back at once. Change in My Team what is to be otherwise."
    ),
    ProblemType(
        422, "nothing_requested", "This asks for nothing. Say how many licenses or methodology seats you need."
    ),
    ProblemType(
        422,
        "methodology_unknown",
        "Your company has no methodology with this id. Look at Access for those that it has.",
    ),
    ProblemType(
        409,
        "too_many_requests",
        "Your company waits for the answer to as many requests as it may have open. Wait for an answer, or ask who "
        "may authorize purchases directly.",
    ),
    ProblemType(404, "batch_unknown", "Your company has no batch with this id. Leave it out, or take that of a batch."),
    ProblemType(404, "request_unknown", "The company has no request with this id."),
    ProblemType(
        409,
        "answered_otherwise",
        "This request has been answered otherwise, and an answer stays. Say what was bought by the company’s "
        "settings; the company’s admins can ask again.",
    ),
    ProblemType(
        409,
        "own_account",
        "Nobody can deactivate themselves. Ask another admin of your company to do it.",
        about_rights=True,
    ),
    ProblemType(
        409,
        "last_admin",
        "Nobody else who is Active was granted the permission to manage users. Grant it to somebody else first.",
        about_rights=True,
    ),
    ProblemType(
        403,
        "platform_grants",
        "Only whoever looks after your company’s contract can let somebody authorize purchases. Ask them for it.",
    ),
    ProblemType(403, "forbidden", NEEDS_MANAGE_USERS),
    ProblemType(404, "view_not_found", "There is no such view, or it is no longer shared. Load My Team again."),
    ProblemType(409, "view_name_taken", "You have a view with this name already. Give this one another name."),
    ProblemType(409, "too_many_views", f"You have {MAX_VIEWS} views, and more are not kept. Delete one first."),
    ProblemType(
        409,
        "too_many_shared_views",
        f"Your company’s admins share {MAX_SHARED} views, and more are not kept. Keep this one for yourself, or have "
        "another deleted first.",
    ),
    ProblemType(403, "not_your_view", "Only who saved this view can change it. Save it as a view of your own."),
    ProblemType(
        409,
        "too_many_tokens",
        "Your company has two tokens, which is as many as there can be. Delete the one that your directory no longer "
        "uses, then make a new one.",
    ),
    ProblemType(
        409,
        "still_member",
        "This person is a user still. Cancel their invitation or deactivate them first, then erase them.",
    ),
    ProblemType(404, "erasure_unknown", "There is no erasure with this id. Load the list again."),
    ProblemType(
        404,
        "nobody_to_erase",
        "Your company has nobody like this who has left: no Inactive user and no cancelled invitation. Look at the "
        "address; who was only ever a row of a file, whoever runs Usher can erase.",
    ),
    ProblemType(
        422,
        "not_on_the_list",
        "Somebody who is to be in the group is not in My Team, or not any more. Provision them first.",
    ),
    ProblemType(
        412,
        "precondition_failed",
        "The user has changed since you read them. Read them again, and say then what is to change.",
    ),
)
REFUSALS: Mapping[Code, ProblemType] = {cast("Code", kind.code): kind for kind in _REFUSALS}
"""The problem that each refusal of a command is answered with."""
OFFERED_ALREADY = ProblemType(422, "records_required", REFUSALS["records_required"].detail)
"""The same where the offer stood on the page from the start; a later one is a conflict with what was seen."""

NEEDS_ACCESS = ProblemType(403, "forbidden", NEEDS_TO_SEE_ACCESS)
NEEDS_ADMIN = REFUSALS["forbidden"]
NEEDS_PLATFORM = ProblemType(403, "forbidden", NEEDS_PLATFORM_SCOPE)
NO_LINK = ProblemType(404, "not_found", "This link is not complete, or not one of ours. Open it again from the mail.")
NO_COMPANY = ProblemType(404, "not_found", "There is no company with this id.")
TOO_LARGE = ProblemType(
    422,
    "too_large",
    "This is more than can be taken at once: the lists and fields of a company may have 250 KiB together.",
)
BUSY = ProblemType(503, "unavailable", "Somebody else is changing the same just now. Try again in a moment.")
NO_ADDRESS = ProblemType(422, "email_invalid", messages.email_invalid())
TOLD_ENOUGH = ProblemType(
    429,
    "too_many_for_today",
    "Your company has asked about as many people outside of it as it may in a day. Nothing was done."
    " Go on tomorrow, or ask whoever runs Usher to raise the limit.",
)

NOT_ALL_KNOWN = ProblemType(
    503,
    "unavailable",
    "What {services} knows of the person can’t be asked just now, so nothing is answered: it would not be everything. "
    "Ask again in a moment.",
)

VIEW_NAMELESS = ProblemType(422, "view_nameless", "A view needs a name. Give it one.")
COLUMN_UNKNOWN = ProblemType(422, "column_unknown", "There is no column {name}. Use {known}.")
SORT_UNKNOWN = ProblemType(422, "sort_unknown", "My Team can be sorted by {known}.")
GROUP_UNKNOWN = ProblemType(422, "group_unknown", "My Team can be grouped by {known}.")
OTHER_SORT = ProblemType(422, "cursor_unknown", "The cursor belongs to another sort order. Begin at the first page.")
OTHER_GROUPING = ProblemType(422, "cursor_unknown", "The cursor belongs to another grouping. Begin at the first page.")
STATUS_UNKNOWN = ProblemType(422, "status_unknown", "There is no status {name}. {known}")
PERMISSION_UNKNOWN = ProblemType(422, "permission_unknown", "There is no permission {name}. {known}")
INVITATION_UNKNOWN = ProblemType(422, "invitation_unknown", "There is no state of an invitation {name}. {known}")
OWN_FIELD_UNKNOWN = ProblemType(422, "field_unknown", "There is no custom field {name}. {known}")
FIELD_UNKNOWN = ProblemType(422, "field_unknown", "There is no field {name}. {known}")
TOO_MANY = ProblemType(422, "too_many", "More than {most} users are like this. Narrow the filter.")
MANAGER_ALONE = ProblemType(
    422, "fields_wrong", "assign_manager takes `fields` with `reports_to` alone: an e-mail, or null."
)
METHODOLOGY_ALONE = ProblemType(
    422, "fields_wrong", "This action takes one `methodology`, the id of one that your company has, and nothing else."
)
BLANK = ProblemType(
    422,
    "fields_wrong",
    "{name} is blank. Leave it out; or send null, to take away from all of them what they have in it.",
)
WHAT_UNKNOWN = ProblemType(422, "what_unknown", "There is nothing called {name} that can happen. {known}")
TIME_UNKNOWN = ProblemType(
    422, "time_unknown", "{name} is neither a day nor a time. Write 2026-11-30, or 2026-11-30T09:00:00Z."
)
NO_LINE = ProblemType(404, "not_found", "There is no such line in your company’s activity. Load the list again.")
JOINED_BY_UNKNOWN = ProblemType(422, "group_unknown", "Who joined can be shown by {known}.")
NO_FIELDS = ProblemType(422, "fields_wrong", "update_fields takes `fields` to change, and e-mail is not one of them.")

SCIM_NO_TOKEN = ProblemType(
    401,
    "unauthorized",
    "This needs the token of a directory in the Authorization header. An admin makes one in Usher under Provisioning.",
)
SCIM_TOO_OFTEN = "The directory asks more often than it may. Wait as long as `Retry-After` says, then go on."
SCIM_TOO_MANY_GUESSES = "Too many unknown tokens. Wait a minute, and look at the token that the directory has."
SCIM_NOT_FILTERED = ProblemType(
    403, "scim_not_filtered", "What describes this service is not filtered. Ask for it without `filter`."
)
SCIM_NO_BULK = ProblemType(
    501, "scim_not_supported", "Several operations in one request (Bulk) are not supported. Send them one by one."
)
SCIM_UNKNOWN = ProblemType(404, "not_found", "There is no {what} with this id in the company that the token is for.")
SCIM_LICENSES = (
    "There is no license left: all {purchased} that the company has purchased are taken. Have more bought by whoever "
    "looks after the company’s contract, or take somebody out of the directory’s assignment; then provision again."
)
SCIM_CODES = {
    "invalidSyntax": ProblemType(400, "scim_invalid_syntax", "The request can’t be read: {what}"),
    "invalidValue": ProblemType(400, "scim_invalid_value", "{what}"),
    "invalidPath": ProblemType(400, "scim_invalid_path", "The path of a change can’t be read: {what}"),
    "noTarget": ProblemType(400, "scim_no_target", "The change has no path, and needs one: {what}"),
    "invalidFilter": ProblemType(400, "scim_invalid_filter", "The filter can’t be used: {what}."),
}
"""What a directory is told by SCIM's own codes, as errors of SCIM have them."""
SCIM_NO_OBJECT = "it is no JSON object. Send the resource, or the changes, as one."
SCIM_NO_OPERATIONS = "`Operations` is to be a list of 1 to {most} changes."
SCIM_VALUE_WRONG = "{where}: {what}."
SCIM_TOO_LONG = "{where}: it can have at most {most} characters, and this has {length}. Map something shorter to it."
SCIM_MEMBER_UNKNOWN = "`{member}` is the id of no user."
SCIM_GROUPS_ARE_GIVEN = ProblemType(
    403,
    "scim_groups_are_given",
    "The groups are the methodologies that the company has bought: they are not made, renamed or deleted here. Choose "
    "one of those that there are, and push members into it.",
)
SCIM_GROUP_EXISTS = ProblemType(
    409, "scim_group_exists", "There is a group of this name: link it, and push members into it."
)
SCIM_NO_JSON = "it is no JSON. Send it as application/scim+json."
SCIM_NUMBER_WRONG = "`{name}` is a whole number."
SCIM_SORT_UNKNOWN = "Users can’t be sorted by `{name}`: there is no such attribute."
