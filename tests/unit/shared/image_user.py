"""Preloaded by a sandbox's server, makes it a process of the image's user, as that one would have started it. Not to be
imported by anything else."""

import ctypes
import os

from tests.unit.shared.attacks import IMAGE_USER

_PR_SET_DUMPABLE = 4

if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(IMAGE_USER)
    os.setuid(IMAGE_USER)
    # A change of users hides a process' memory. Who is started as that user has not changed.
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)
