"""The faults, by name: what happens, and the work that it happens to."""

import random
import signal
from collections.abc import Callable
from dataclasses import dataclass

from deploy.operate.services import SERVICES
from tests.faults import fault_actions
from tests.faults.admin_contention import AdminContention
from tests.faults.approving import Approving
from tests.faults.asking import Asking
from tests.faults.bouncing import Bouncing
from tests.faults.correcting import Correcting
from tests.faults.delivering import Delivering
from tests.faults.directory_contention import DirectoryContention, SeatDirectoryContention
from tests.faults.erasing import Erasing
from tests.faults.fault_actions import FaultAction
from tests.faults.harness import Harness
from tests.faults.license_contention import LicenseContention, SeatContention
from tests.faults.mapping import Mapping
from tests.faults.points import POINTS
from tests.faults.provisioning import Provisioning
from tests.faults.proxy import Mode
from tests.faults.reminding import Reminding
from tests.faults.restating import Restating
from tests.faults.scenario import Scenario
from tests.faults.undoing import Undoing
from tests.faults.work import Prepared
from tests.integration.notification import smtp

Prepare = Callable[[Harness, random.Random], Prepared]


def _work(rows: int) -> Prepare:
    return lambda harness, rng: Scenario(harness, rows)


def _rush_for_seats(admins: int) -> Prepare:
    return lambda harness, rng: SeatContention(harness, rng, admins)


def _with_a_directory(admins: int) -> Prepare:
    return lambda harness, rng: DirectoryContention(harness, rng, admins)


def _for_seats_with_a_directory(admins: int) -> Prepare:
    return lambda harness, rng: SeatDirectoryContention(harness, rng, admins)


def _rush(admins: int) -> Prepare:
    return lambda harness, rng: LicenseContention(harness, rng, admins)


def _correcting(harness: Harness, rng: random.Random) -> Prepared:
    return Correcting(harness)


def _mapping(harness: Harness, rng: random.Random) -> Prepared:
    return Mapping(harness)


def _approving(harness: Harness, rng: random.Random) -> Prepared:
    return Approving(harness)


def _asking(harness: Harness, rng: random.Random) -> Prepared:
    return Asking(harness)


def _bouncing(harness: Harness, rng: random.Random) -> Prepared:
    return Bouncing(harness)


def _reminding(harness: Harness, rng: random.Random) -> Prepared:
    return Reminding(harness)


def _delivering(harness: Harness, rng: random.Random) -> Prepared:
    return Delivering(harness)


def _admins(harness: Harness, rng: random.Random) -> Prepared:
    return AdminContention(harness)


def _restating(harness: Harness, rng: random.Random) -> Prepared:
    return Restating(harness)


def _provisioning(harness: Harness, rng: random.Random) -> Prepared:
    return Provisioning(harness)


def _erasing(harness: Harness, rng: random.Random) -> Prepared:
    return Erasing(harness)


def _undoing(harness: Harness, rng: random.Random) -> Prepared:
    return Undoing(harness)


_FEW, _MANY = _work(rows=25), _work(rows=120)
_PASSED_BY: dict[str, Prepare] = {
    "restate.portion": _restating,
    "corrections.applied": _correcting,
    "corrections.kept": _correcting,
    **dict.fromkeys((point for point in POINTS if point.startswith("undo.")), _undoing),
    "validate.corrected": _correcting,
    "seats.looked": _asking,
    "columns.kept": _mapping,
    "bounce.recorded": _bouncing,
    "reminders.decided": _reminding,
    "reminders.recorded": _reminding,
    **dict.fromkeys((point for point in POINTS if point.startswith("erasure.")), _erasing),
    **dict.fromkeys((point for point in POINTS if point.startswith("scim.")), _provisioning),
    **dict.fromkeys((point for point in POINTS if point.startswith("webhook.")), _delivering),
}
"""The crash points that the usual work does not come to, with the work that does."""


@dataclass(frozen=True)
class Fault:
    """`prepare` is the work that it happens to. `bounded`: it belongs to the selection that CI has time for."""

    name: str
    act: FaultAction
    prepare: Prepare = _FEW
    bounded: bool = False


_MODES: tuple[Mode, ...] = ("refuse", "slow", "stall")
_ROUND = {"licensing": "confirm.portion", "validation": "validate.finished", "upload": "intake.superseding"}

FAULTS: tuple[Fault, ...] = (
    Fault("none", fault_actions.nothing),
    *(Fault(f"rush-of-{count}", fault_actions.nothing, _rush(count), bounded=count == 20) for count in (2, 8, 20, 50)),
    *(
        Fault(f"rush-for-seats-of-{count}", fault_actions.nothing, _rush_for_seats(count), bounded=count == 20)
        for count in (2, 8, 20, 50)
    ),
    *(
        Fault(f"rush-{what}with-a-directory-of-{count}", fault_actions.nothing, prepare(count))
        for what, prepare in (("", _with_a_directory), ("for-seats-", _for_seats_with_a_directory))
        for count in (2, 20)
    ),
    *(
        Fault(f"crash-{point}-{service}", fault_actions.crash(point, service), _PASSED_BY.get(point, _FEW))
        for point, services in POINTS.items()
        for service in services
    ),
    Fault(
        "crash-relays-acknowledged",
        fault_actions.crash_everywhere(*(("relay.acknowledged", service) for service in SERVICES)),
        bounded=True,
    ),
    Fault(
        "crash-inboxes-committed",
        fault_actions.crash_everywhere(*(("inbox.committed", service) for service in SERVICES)),
    ),
    Fault(
        "crash-in-the-middle",
        fault_actions.crash_everywhere(
            *((point, service) for service, point in _ROUND.items()), ("mail.dot-written", "notification")
        ),
        bounded=True,
    ),
    *(Fault(f"kill-{service}", fault_actions.kill(service, service), prepare=_MANY) for service in SERVICES),
    Fault("kill-licensing-while-it-restates", fault_actions.kill("licensing"), _restating),
    *(
        Fault(f"crash-{point}-while-it-is-approved", fault_actions.crash(point, "upload"), _approving)
        for point in ("action.decided", "action.committed")
    ),
    Fault("kill-upload-while-more-is-asked-for", fault_actions.kill("upload"), _asking),
    Fault("admins-against-each-other", fault_actions.nothing, _admins, bounded=True),
    Fault("kill-licensing-while-admins-are-against-each-other", fault_actions.kill("licensing"), _admins),
    Fault("kill-notification-while-mails-come-back", fault_actions.kill("notification"), _bouncing),
    Fault("answers-against-reminders", fault_actions.nothing, _reminding, bounded=True),
    Fault("kill-notification-while-it-reminds", fault_actions.kill("notification"), _reminding),
    Fault("kill-notification-while-webhooks-are-told", fault_actions.kill("notification"), _delivering),
    Fault("a-directory-against-forms", fault_actions.nothing, _provisioning, bounded=True),
    Fault("kill-licensing-while-a-directory-provisions", fault_actions.kill("licensing"), _provisioning),
    Fault("undo-against-undo", fault_actions.nothing, _undoing, bounded=True),
    Fault("kill-licensing-while-it-undoes", fault_actions.kill("licensing"), _undoing),
    Fault("erasures-while-batches-run", fault_actions.nothing, _erasing, bounded=True),
    *(Fault(f"kill-{service}-while-it-forgets", fault_actions.kill(service), _erasing) for service in SERVICES),
    Fault("kill-all", fault_actions.kill(*SERVICES), prepare=_MANY),
    Fault("kill-kafka", fault_actions.kill("kafka"), bounded=True),
    Fault("quit-postgres", fault_actions.kill("postgres", number=signal.SIGQUIT), bounded=True),
    Fault("relay-cut-while-kafka-is-slow", fault_actions.relay_cut),
    *(Fault(f"replica-of-{service}", fault_actions.replicas(service), prepare=_MANY) for service in SERVICES),
    *(Fault(f"stop-{service}", fault_actions.stop(service, replica=False), prepare=_MANY) for service in SERVICES),
    *(
        Fault(f"stop-{service}-beside-a-replica", fault_actions.stop(service, replica=True), prepare=_MANY)
        for service in SERVICES
    ),
    Fault("stop-the-leading-notification-for-good", fault_actions.stop_for_good),
    *(Fault(f"offsets-of-{service}-reset", fault_actions.reset(service)) for service in SERVICES),
    Fault("replay-in-any-order", fault_actions.replay, bounded=True),
    Fault("poison", fault_actions.poison),
    Fault("dead-letter-of-a-living-user", fault_actions.dead_letter),
    Fault("smtp-421", fault_actions.mails(smtp.CLOSING, 0.3)),
    Fault("smtp-450", fault_actions.mails(smtp.BUSY, 0.3)),
    Fault("smtp-550", fault_actions.mails(smtp.UNKNOWN, 0.2)),
    Fault("smtp-451-after-the-dot", fault_actions.mails(smtp.BUSY_AFTER, 0.3)),
    Fault("smtp-slow", fault_actions.mails(smtp.OK, 1, late=0.5)),
    Fault("smtp-silent", fault_actions.mails(smtp.SILENT, 0.05)),
    Fault("smtp-cut-in-data", fault_actions.mails(smtp.CUT_BEFORE, 0.3)),
    Fault("smtp-cut-after-the-dot", fault_actions.mails(smtp.CUT_AFTER, 0.3), bounded=True),
    *(
        Fault(f"{to}-{mode}", fault_actions.network(to, mode))
        for to in ("kafka", "postgres", "smtp")
        for mode in _MODES
    ),
    *(Fault(f"{to}-cuts", fault_actions.cuts(to)) for to in ("kafka", "postgres", "smtp")),
    *(Fault(f"webhook-{mode}", fault_actions.network("webhook", mode), _delivering) for mode in _MODES),
    Fault("webhook-cuts", fault_actions.cuts("webhook"), _delivering),
    Fault("webhook-500", fault_actions.answers(500, 0.3), _delivering, bounded=True),
    Fault("webhook-503", fault_actions.answers(503, 0.3), _delivering),
)
BY_NAME = {fault.name: fault for fault in FAULTS}
BOUNDED = [fault for fault in FAULTS if fault.bounded]
