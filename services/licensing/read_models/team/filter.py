"""Which users of My Team are wanted, as SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.licensing.domain.user.invitation_limits import DAY, AddressLimit
from services.licensing.read_models.team.fields import INVITATION, IS_OUTSIDE, OUTSIDE, Parameters, text_of
from shared.people.address import compare_form
from shared.people.statuses import IS_INVITED, IS_LIVE
from shared.people.text import words_searched


@dataclass(frozen=True, slots=True)
class Resendable:
    """Whose address may be sent an invitation again at this moment."""

    at: datetime
    limit: AddressLimit


@dataclass(frozen=True, slots=True)
class TeamFilter:
    """All that is set must be so of a user. ``texts``: one of these values, by field; ``blank``: fields without a
    value; ``reports_to`` an address or an id; ``below`` only those who report up to this user; ``invited_before`` only
    whom somebody invited, and earlier than this; ``permissions`` only who has one of these, ``methodologies`` a seat of
    one of these; ``resendable`` only whose open invitation can be sent again."""

    statuses: Sequence[str] = ()
    q: str = ""
    reports_to: str = ""
    texts: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    blank: Sequence[str] = ()
    invitation: Sequence[str] = ()
    invited_before: datetime | None = None
    below: UUID | None = None
    resendable: Resendable | None = None
    user_ids: Sequence[UUID] = ()
    permissions: Sequence[str] = ()
    methodologies: Sequence[str] = ()

    @property
    def by_status_alone(self) -> bool:
        """Whether it asks for everybody, or for nothing but statuses."""
        others = (
            self.q, self.reports_to, self.texts, self.blank, self.invitation, self.invited_before, self.below,
            self.resendable, self.user_ids, self.permissions, self.methodologies,
        )  # fmt: skip
        return not any(others)

    @property
    def everybody(self) -> bool:
        """Whether it asks for nothing."""
        return self.by_status_alone and not self.statuses

    @property
    def sifted(self) -> bool:
        """Whether it asks for something that may be so of few, and that no index knows."""
        few = self.q or self.texts or self.invitation or self.permissions or self.methodologies
        return bool(few or any(name != "reports_to" for name in self.blank))


DELIVERIES = "LEFT JOIN deliveries d ON d.invitation_id = u.invitation_id"


MANAGERS = "LEFT JOIN users m ON m.company_id = u.company_id AND m.user_id = u.manager_id"


def tables(team_filter: TeamFilter, *, managers: bool = False, users: str = "users") -> str:
    """The tables that the condition is about, where wanted managers too, and no other: a join keeps the planner from
    reading an index alone, even where it then leaves the joined table out."""
    joined = (f"{users} u", MANAGERS if managers else "", DELIVERIES if team_filter.invitation else "")
    return " ".join(filter(None, joined))


def where(company_id: UUID, team_filter: TeamFilter, parameters: Parameters) -> str:
    """The condition on ``users u``, with ``deliveries d`` beside it; the company is the first of the parameters."""
    add = parameters.add
    conditions = [f"u.company_id = {add(company_id)}"]
    if team_filter.statuses:
        conditions.append(f"u.status = ANY ({add(list(team_filter.statuses))}::text[])")
    if team_filter.user_ids:
        conditions.append(f"u.user_id = ANY ({add(list(team_filter.user_ids))}::uuid[])")
    conditions += _beside(team_filter, parameters)
    if team_filter.q:
        conditions += [f"u.search LIKE {add(f'%{_escaped(word)}%')}" for word in words_searched(team_filter.q)]
    if team_filter.reports_to:
        conditions.append(_reporting(team_filter.reports_to, parameters))
    for name, values in team_filter.texts.items():
        text = text_of(name, parameters)
        conditions.append(f"{text.key} = ANY ({add([text.compared(value) for value in values])}::text[])")
    conditions += [_without(name, parameters) for name in team_filter.blank]
    if team_filter.invitation:
        states = add(list(team_filter.invitation))
        outside = f" OR {IS_OUTSIDE}" if OUTSIDE in team_filter.invitation else ""
        conditions.append(f"u.{IS_INVITED}")
        conditions.append(f"({INVITATION} = ANY ({states}::text[]){outside})")
    if team_filter.invited_before is not None:
        conditions.append(f"u.invited_at < {add(team_filter.invited_before)}")
    if team_filter.resendable is not None:
        limit, at = team_filter.resendable.limit, team_filter.resendable.at
        last, day, most = add(at - limit.cooldown), add(at - DAY), add(limit.per_day)
        conditions.append(_RESENDABLE.format(last=last, day=day, most=most))
    if team_filter.below is not None:
        conditions.append(f"u.user_id IN ({BELOW.format(add(team_filter.below))} SELECT user_id FROM below)")
    return " AND ".join(conditions)


def _beside(team_filter: TeamFilter, parameters: Parameters) -> list[str]:
    """Of what users have beside their license."""
    conditions = list[str]()
    if team_filter.permissions:
        # The first of the two has an index.
        conditions.append("u.permissions <> '[]'")
        conditions.append(f"u.permissions ?| {parameters.add(list(team_filter.permissions))}::text[]")
    if team_filter.methodologies:
        conditions.append(f"u.methodologies ?| {parameters.add(list(team_filter.methodologies))}::text[]")
    return conditions


def _without(name: str, parameters: Parameters) -> str:
    match name:
        case "reports_to":
            return "u.manager_id IS NULL"
        case "methodologies":
            return "u.methodologies = '{}'"
        case _:
            return f"{text_of(name, parameters).key} = ''"


def _reporting(reports_to: str, parameters: Parameters) -> str:
    try:
        return f"u.manager_id = {parameters.add(UUID(reports_to))}"
    except ValueError:
        key = parameters.add(compare_form(reports_to))
        live = f"SELECT user_id FROM users WHERE company_id = $1 AND email_key = {key} AND {IS_LIVE}"
        return f"u.manager_id = ({live})"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


_RESENDABLE = """
u.invitation_id IS NOT NULL
AND NOT EXISTS (SELECT FROM invitations i WHERE i.email_key = u.email_key AND i.again AND i.issued_at > {last})
AND (SELECT count(*) FROM invitations i WHERE i.email_key = u.email_key AND i.issued_at > {day}) < {most}
"""

BELOW = """
WITH RECURSIVE below AS (
    SELECT user_id FROM users WHERE company_id = $1 AND manager_id = {}
    UNION
    SELECT u.user_id FROM users u JOIN below b ON u.manager_id = b.user_id WHERE u.company_id = $1
)
"""
