"""Mails about mails: what a mail system reports of one that it had taken, read from whatever form it writes."""
