#!/usr/bin/env bash
# aiosmtpd 1.4.6 (PyPI): its LMTP server answers a mail for two recipients once, where LMTP wants one answer for each.
#
# Behaviour: after the final dot an LMTP server sends one reply for each RCPT that it took. aiosmtpd's LMTP changes LHLO
#   alone; DATA is SMTP's, which sends what handle_DATA returns once. A client waits for the second answer until its
#   timeout, and delivers again to whom the mail was delivered already, or takes the next command's answer for it.
# Seen: answers to a mail for 2 recipients: ['250 taken'], then silence
#       the same, its handler's answer written per recipient: ['250 taken', '250 taken']
# Source: aiosmtpd/lmtp.py (no DATA), aiosmtpd/smtp.py, smtp_DATA; RFC 2033, section 4.2.
# What to do: refuse a second recipient (452 4.5.3), or return one line per recipient, joined by \r\n, from handle_DATA: it is
#   sent as it is.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check aiosmtpd==1.4.6
"$work/venv/bin/python" - <<'PYTHON'
import asyncio

from aiosmtpd.lmtp import LMTP

SILENCE = 3.0


class Once:
    async def handle_DATA(self, server, session, envelope):
        return "250 taken"


class ForEach:
    async def handle_DATA(self, server, session, envelope):
        return "\r\n".join("250 taken" for _ in envelope.rcpt_tos)


async def answers(handler):
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: LMTP(handler, hostname="lmtp.example", loop=loop), "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())

        async def reply():
            while True:
                line = (await reader.readline()).decode().rstrip()
                if line[3:4] != "-":
                    return line

        await reply()
        for command in ("LHLO c.example", "MAIL FROM:<>", "RCPT TO:<a@b.example>", "RCPT TO:<c@b.example>", "DATA"):
            writer.write(f"{command}\r\n".encode())
            await reply()
        writer.write(b"Subject: hello\r\n\r\nHello\r\n.\r\n")
        found = []
        try:
            while True:
                found.append(await asyncio.wait_for(reply(), SILENCE))
        except TimeoutError:
            writer.close()
            return found


once, each = asyncio.run(answers(Once())), asyncio.run(answers(ForEach()))
print(f"answers to a mail for 2 recipients: {once}, then silence")
print(f"the same, its handler's answer written per recipient: {each}")
assert once == ["250 taken"], "the behaviour has changed"
assert each == ["250 taken", "250 taken"], "the behaviour has changed"
PYTHON
