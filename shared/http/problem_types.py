"""The problems that every service answers with: see ProblemType. A service's own stand in its messages.py."""

from shared.http.problems import METHOD_NOT_ALLOWED as METHOD_NOT_ALLOWED
from shared.http.problems import NOTHING_HERE as NOTHING_HERE
from shared.http.problems import ProblemType

# What comes in is no request, or not all of it

NOT_HTTP = ProblemType(400, "bad_request", "This is not a request as HTTP/1.1 has them. Send it again as one.")
TOO_MANY_IN_LINE = ProblemType(
    400, "too_many_in_line", "Too many requests were sent ahead on one connection. Wait for the answers."
)
BODY_INCOMPLETE = ProblemType(400, "body_incomplete", "The request ended before its body was complete. Send it again.")
TOO_SLOW = ProblemType(408, "too_slow", "The request did not arrive in time. Send it again, in one go.")
BODY_TOO_LARGE = ProblemType(413, "too_large", "The request is larger than {kib} KiB. Send less at a time.")
HEAD_TOO_LARGE = ProblemType(
    431, "head_too_large", "The address and the headers are longer than {kib} KiB. Send fewer or shorter ones."
)

# Who asks

NO_TOKEN = ProblemType(401, "unauthorized", "Sign in: this call needs an access token in the Authorization header.")
TOKEN_TOO_LONG = ProblemType(401, "unauthorized", "The token is too long.")
TOKEN_TOO_NESTED = ProblemType(401, "unauthorized", "The token is nested too deeply.")
NO_ACCESS_TOKEN = ProblemType(401, "unauthorized", "This is not an access token.")
IDENTITY_TOKEN = ProblemType(401, "unauthorized", "This is an identity token: send the access token.")
TOKEN_EXPIRED = ProblemType(401, "unauthorized", "The token has expired. Sign in again.")
UNKNOWN_KEY = ProblemType(401, "unauthorized", "The token is not signed with a key of the issuer.")
TOKEN_NOT_ACCEPTED = ProblemType(401, "unauthorized", "The token is not one that is accepted here.")
BAD_COMPANY = ProblemType(401, "unauthorized", "The token's company is not a UUID.")
NO_COMPANY_IN_TOKEN = ProblemType(403, "forbidden", "The token names no company, and this can only be done within one.")
NO_EMAIL_IN_TOKEN = ProblemType(
    403,
    "forbidden",
    "The token names no e-mail address, and this is done under one."
    " Ask whoever runs your sign-in to put it into the token.",
)
EMAIL_NOT_VERIFIED = ProblemType(
    403,
    "forbidden",
    "Your e-mail address is not verified, so it does not say who you are."
    " Verify it where you sign in, then sign in again.",
)

NOT_A_SERVICE = ProblemType(403, "forbidden", "This is what the services ask each other, and nobody else is answered.")

# What is asked

CURSOR_UNKNOWN = ProblemType(
    422,
    "cursor_unknown",
    "The cursor is not one that a page of this list answered. Leave it out to begin at the first page.",
)
NOT_UNDERSTOOD = ProblemType(
    422, "request_not_understood", "Names the field, and what is wrong with it; all of them are in `places`."
)
UNSTORABLE = ProblemType(
    422, "illegal_characters", "The request holds what no text can hold (NUL, or half a character). Remove it."
)
KEY_REUSED = ProblemType(
    422,
    "idempotency_key_reused",
    "This Idempotency-Key was used with another body in the last 24 hours. Use a new key for a new request.",
)
IN_PROGRESS = ProblemType(
    409, "request_in_progress", "The first request with this Idempotency-Key is still running. Ask again in a moment."
)

# Too much at once

TOO_MANY_REQUESTS = ProblemType(429, "too_many_requests", "Says for how many seconds to wait, as `Retry-After` does.")
TOO_MANY_STREAMS = ProblemType(
    429, "too_many_streams", "{most} live views are open {whose}, and more cannot be. Close one, then try again."
)
TOO_MANY_CONNECTIONS = ProblemType(
    503, "too_many_connections", "Too many connections are open. Close some, or try again in a moment."
)

# Something is wrong on this side

UNEXPECTED = ProblemType(
    500, "internal_error", "Something went wrong on our side; it is logged. Try again, or tell whoever runs Usher."
)
NOT_NOW = ProblemType(503, "unavailable", "The service cannot do this just now. Try again in a moment.")
ISSUER_AWAY = ProblemType(503, "unavailable", "The token cannot be checked: the issuer of tokens does not answer.")
NOT_ALIVE = ProblemType(503, "not_alive", "This process has to be started again: {reason}.")
NOT_READY = ProblemType(503, "not_ready", "Of `/readyz`: what the service waits for.")
