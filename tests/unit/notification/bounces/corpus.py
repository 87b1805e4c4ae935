"""Mails about mails in the manner of each mail system, with what each says. None is anybody's: the forms are as their
systems' documentation and source describe them, the people are made up."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence

from services.notification.formats.bounces.report import (
    AutoReply,
    Bounce,
    Complaint,
    Delay,
    Delivered,
    NoReport,
    Report,
)

TO = "bounce+token@bounces.usher.example"
PERSON = "jon.reyes@northwind.example"
ORIGINAL = f"""\
Return-Path: <{TO}>
From: Usher <no-reply@usher.example>
To: {PERSON}
Subject: 550 5.1.1 is in this subject, and says nothing
Message-ID: <1@usher.example>

You are invited.
"""


def mail(headers: Mapping[str, str], body: str) -> bytes:
    """A plain mail."""
    head = {"From": "MAILER-DAEMON@mx.example", "To": TO, "Subject": "Undelivered mail", **headers}
    return ("".join(f"{name}: {value}\n" for name, value in head.items()) + "\n" + body).encode()


def report(
    words: str, status: str, *, kind: str = "delivery-status", headers: Mapping[str, str] | None = None
) -> bytes:
    """A multipart/report: words for people, the fields for programs, the mail that it is about."""
    body = (
        f"--edge\nContent-Type: text/plain; charset=utf-8\n\n{words}\n"
        f"--edge\nContent-Type: message/{kind}\n\n{status}\n"
        f"--edge\nContent-Type: message/rfc822\n\n{ORIGINAL}\n--edge--\n"
    )
    kinds = f'multipart/report; report-type={kind}; boundary="edge"'
    return mail({"MIME-Version": "1.0", "Content-Type": kinds, **(headers or {})}, body)


def fields(action: str, status: str, diagnostic: str = "", recipient: str = f"rfc822; {PERSON}") -> str:
    """The two groups of fields of a delivery status about one recipient."""
    said = f"Diagnostic-Code: {diagnostic}\n" if diagnostic else ""
    return (
        "Reporting-MTA: dns; mx.example\nArrival-Date: Mon, 4 May 2026 12:00:00 +0000\n\n"
        f"Final-Recipient: {recipient}\nAction: {action}\nStatus: {status}\n{said}"
    )


POSTFIX = report(
    "This is the mail system at host mx.example.\n\nI'm sorry to have to inform you that your message could not\n"
    f"be delivered to one or more recipients.\n\n<{PERSON}>: host mail.northwind.example said: 550 5.1.1 <{PERSON}>:\n"
    "    Recipient address rejected: User unknown",
    fields("failed", "5.1.1", f"smtp; 550 5.1.1 <{PERSON}>: Recipient address rejected: User unknown"),
)
POSTFIX_DELAYED = report(
    "This is the mail system at host mx.example.\n\n#### THIS IS A WARNING ONLY. ####\n"
    "Your message could not be delivered for more than 4 hour(s). It will be retried until it is 5 day(s) old.",
    fields("delayed", "4.4.1", "X-Postfix; connect to mail.northwind.example: Connection timed out"),
)
POSTFIX_GAVE_UP = report(
    "The mail system could not deliver it for five days.",
    fields("failed", "4.4.1", "X-Postfix; connect to mail.northwind.example[192.0.2.7]:25: Connection timed out"),
)
EXIM = mail(
    {"X-Failed-Recipients": PERSON, "Auto-Submitted": "auto-replied"},
    "This message was created automatically by mail delivery software.\n\nA message that you sent could not be"
    " delivered"
    " to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n"
    f"  {PERSON}\n    host mail.northwind.example [192.0.2.7]\n    SMTP error from remote mail server after RCPT TO:"
    f"<{PERSON}>:\n    552 5.2.2 Mailbox full\n\n------ This is a copy of the message ------\n\n{ORIGINAL}",
)
EXIM_WITH_STATUS = report(
    f"A message that you sent could not be delivered.\n  {PERSON}\n    Unrouteable address",
    fields("failed", "5.0.0", "smtp; 550-Verification failed\n 550 5.1.10 No such domain"),
    headers={"X-Failed-Recipients": PERSON, "Auto-Submitted": "auto-replied"},
)
QMAIL = mail(
    {"Subject": "failure notice"},
    "Hi. This is the qmail-send program at mx.example.\nI'm afraid I wasn't able to deliver your message to the"
    " following"
    " addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n"
    f"<{PERSON}>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\n"
    f"{ORIGINAL}",
)
EXCHANGE_ONLINE = report(
    "Your message to Jon Reyes couldn't be delivered.\nJon.Reyes wasn't found at northwind.example.",
    fields(
        "failed",
        "5.1.10",
        "smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
        f"rfc822;{PERSON}",
    ),
    headers={"X-MS-Exchange-Message-Is-Ndr": "", "Auto-Submitted": "auto-replied", "Content-Language": "en-US"},
)
EXCHANGE_REFUSES = report(
    "Your message to jon.reyes couldn't be delivered: a custom mail flow rule has restricted it.",
    fields("failed", "5.7.1", "smtp;550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected by policy"),
)
GMAIL = report(
    "** Address not found **\n\nYour message wasn't delivered to jon.reyes@northwind.example because the address"
    " couldn't"
    " be found, or is unable to receive mail.",
    fields(
        "failed",
        "5.1.1",
        "smtp; 550-5.1.1 The email account that you tried to reach does not exist. Please try\n"
        " 550-5.1.1 double-checking the recipient's email address for typos",
    ),
    headers={"Auto-Submitted": "auto-replied", "X-Failed-Recipients": PERSON},
)
GMAIL_DELAYED = report(
    "** Delivery incomplete **\nThere was a temporary problem delivering your message. Gmail will retry for 47 more"
    " hours.",
    fields("delayed", "4.4.1", "smtp; The recipient server did not accept our requests to connect."),
    headers={"Auto-Submitted": "auto-replied"},
)
AMAZON = report(
    "An error occurred while trying to deliver the mail to the following recipients:\njon.reyes@northwind.example",
    f"Reporting-MTA: dsn; a1-2.smtp-out.amazonses.example\n\nAction: failed\nFinal-Recipient: rfc822; {PERSON}\n"
    "Diagnostic-Code: smtp; 554 5.4.14 Hop count exceeded - possible mail loop\nStatus: 5.4.14\n",
)
SENDMAIL = report(
    f"   ----- The following addresses had permanent fatal errors -----\n<{PERSON}>\n    (reason: 550 5.7.1"
    f" Relaying denied)",
    fields("failed", "5.7.1", "SMTP; 550 5.7.1 Relaying denied", f"RFC822; {PERSON}"),
)
OPENSMTPD = report(
    "Hi! This is the MAILER-DAEMON, please DO NOT REPLY to this email.",
    fields("error", "5.0.0", "smtp; 550 Invalid recipient", f"rfc822; {PERSON}"),
)
DOMINO = report(
    "Your message was not delivered because of an error: user not listed in the directory.",
    fields("failed (delivery)", "5.1.1", "", f"RFC822;{PERSON}"),
)
NO_ACTION = report(
    "It did not work.", f"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822;{PERSON}\nStatus: 5.2.1\n"
)
LEADING_NOUGHTS = report("It did not work.", fields("failed", "5.01.001"))
SUCCESS_IN_FAILURE = report("It did not work.", fields("failed", "2.0.0", "smtp; 250 ok"))
DELIVERED = report("Your message was delivered.", fields("delivered", "2.1.5"))
RELAYED = report("It was handed on to a server that tells nothing.", fields("relayed", "2.0.0"))
A_LIST = report(
    "One of those to whom it was forwarded has left.",
    fields("delivered", "2.0.0") + "\nFinal-Recipient: rfc822; old@northwind.example\nAction: failed\nStatus: 5.1.1\n",
)
_GLOBAL = (
    "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: utf-8; jörg.reyes@nørthwind.example\nAction: failed\n"
    "Status: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 Postfach für jörg.reyes@nørthwind.example gibt es nicht\n"
)
INTERNATIONAL = report("Das Postfach gibt es nicht.", _GLOBAL, kind="global-delivery-status")
INTERNATIONAL_ENCODED = (
    report("Das Postfach gibt es nicht.", "ENCODED", kind="global-delivery-status")
    .replace(b"Content-Type: message/global", b"Content-Transfer-Encoding: base64\nContent-Type: message/global")
    .replace(b"ENCODED", b64encode(_GLOBAL.encode()))
)
YAHOO = mail(
    {"From": "MAILER-DAEMON@yahoo.example", "Subject": "Failure Notice"},
    "Sorry, we were unable to deliver your message to the following address.\n\n"
    f"<{PERSON}>:\n554: delivery error: dd This user doesn't have an account here\n\n--- Below this line is a copy"
    f" of the"
    f" message.\n\n{ORIGINAL}",
)
WARNING_IN_WORDS = mail(
    {"Subject": "Warning: message delayed 24 hours"},
    "This message was created automatically by mail delivery software.\nA message that you sent has not yet been"
    " delivered"
    " to one or more of its\nrecipients after more than 24 hours on the queue on mx.example.\n\n"
    f"The address to which the message has not yet been delivered is:\n\n  {PERSON}\n\nNo action is required on"
    f" your part.",
)
COMPLAINT = mail(
    {"MIME-Version": "1.0", "Content-Type": 'multipart/report; report-type=feedback-report; boundary="edge"'},
    "--edge\nContent-Type: text/plain\n\nThis is an email abuse report.\n--edge\nContent-Type:"
    " message/feedback-report\n\n"
    "Feedback-Type: abuse\nUser-Agent: SomeGenerator/1.0\nVersion: 1\n\n--edge\nContent-Type: message/rfc822\n\n"
    f"{ORIGINAL}\n--edge--\n",
)
OUT_OF_OFFICE = mail(
    {
        "From": PERSON,
        "Subject": "Automatic reply: You are invited",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    },
    "I am away until Monday. My colleague's mailbox is full, so expect 552 5.2.2 from there.",
)
VACATION = mail(
    {"From": PERSON, "Subject": "Re: You are invited", "Auto-Submitted": "auto-replied (vacation)"},
    "I'm on leave. The following addresses had permanent errors: none, I am only away.",
)
OLD_AUTO_REPLY = mail({"From": PERSON, "Precedence": "auto_reply"}, "Thank you for your mail.")
PERSONAL = mail({"From": PERSON, "Subject": "Re: You are invited"}, "Thanks! Is 5.1.1 the right version?")
FORWARDED_BOUNCE = mail(
    {"From": PERSON, "MIME-Version": "1.0", "Content-Type": 'multipart/mixed; boundary="outer"'},
    "--outer\nContent-Type: text/plain\n\nLook what I got.\n--outer\nContent-Type: message/rfc822\n\n"
    + POSTFIX.decode()
    + "\n--outer--\n",
)

CORPUS: Sequence[tuple[str, bytes, Report]] = (
    ("Postfix", POSTFIX, Bounce("5.1.1", "The address does not exist (550 5.1.1 …: Recipient address rejected: User"
     " unknown)")),
    ("Postfix, delayed", POSTFIX_DELAYED, Delay("4.4.1")),
    ("Postfix, given up", POSTFIX_GAVE_UP, Bounce("4.4.1", "The mail system of the address does not answer (connect to"
     " mail.northwind.example[192.0.2.7]:25: Connection timed out)")),
    ("Exim", EXIM, Bounce("5.2.2", "The mailbox is full (552 5.2.2 Mailbox full)")),
    ("Exim, with a delivery status", EXIM_WITH_STATUS, Bounce("5.1.10", "The part of the address after the @ takes"
     " no mail"
     " (550-Verification failed 550 5.1.10 No such domain)")),
    ("qmail", QMAIL, Bounce("5.1.1", "The address does not exist (Sorry, no mailbox here by that name. (#5.1.1))")),
    ("Exchange Online", EXCHANGE_ONLINE, Bounce("5.1.10", "The part of the address after the @ takes no mail (550"
     " 5.1.10"
     " RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup)")),
    ("Exchange, by a rule", EXCHANGE_REFUSES, Bounce("5.7.1", "The mail system of the address refuses the mail, or"
     " takes"
     " none from outside (550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected by policy)")),
    ("Gmail", GMAIL, Bounce("5.1.1", "The address does not exist (550-5.1.1 The email account that you tried to"
     " reach does"
     " not exist. Please try 550-5.1.1 double-checking the recipient's email address for typos)")),
    ("Gmail, delayed", GMAIL_DELAYED, Delay("4.4.1")),
    ("Amazon", AMAZON, Bounce("5.4.14", "The mail system of the address can't be reached (554 5.4.14 Hop count"
     " exceeded -"
     " possible mail loop)")),
    ("sendmail", SENDMAIL, Bounce("5.7.1", "The mail system of the address refuses the mail, or takes none from outside"
     " (550 5.7.1 Relaying denied)")),
    ("OpenSMTPD", OPENSMTPD, Bounce("5.1.1", "The address does not exist (550 Invalid recipient)")),
    ("Domino, a comment on the action", DOMINO, Bounce("5.1.1", "The address does not exist (5.1.1)")),
    ("no action", NO_ACTION, Bounce("5.2.1", "The mailbox is closed, or takes no mail at present (5.2.1)")),
    ("leading noughts", LEADING_NOUGHTS, Bounce("5.1.1", "The address does not exist (5.1.1)")),
    ("a failure that says it is a success", SUCCESS_IN_FAILURE, Bounce("5.0.0", "The mail could not be delivered"
     " (250 ok)")),
    ("delivered", DELIVERED, Delivered()),
    ("relayed", RELAYED, Delivered()),
    ("a list, one of whom has it", A_LIST, Delivered()),
    ("RFC 6533", INTERNATIONAL, Bounce("5.1.1", "The address does not exist (550 5.1.1 Postfach für … gibt es nicht)")),
    ("RFC 6533, in base64", INTERNATIONAL_ENCODED,
     Bounce("5.1.1", "The address does not exist (550 5.1.1 Postfach für … gibt es nicht)")),
    ("Yahoo", YAHOO, Bounce("5.0.0", "The mail could not be delivered (554: delivery error: dd This user doesn't"
     " have an"
     " account here)")),
    ("a warning in words", WARNING_IN_WORDS, Delay("4.0.0")),
    ("a complaint", COMPLAINT, Complaint()),
    ("out of office", OUT_OF_OFFICE, AutoReply()),
    ("vacation", VACATION, AutoReply()),
    ("an old auto-reply", OLD_AUTO_REPLY, AutoReply()),
    ("a personal answer", PERSONAL, NoReport()),
    ("a bounce that somebody passes on", FORWARDED_BOUNCE, NoReport()),
    ("nothing", b"", NoReport()),
    ("no mail at all", bytes(range(256)), NoReport()),
)  # fmt: skip
