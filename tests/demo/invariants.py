"""What must be true of any filled city, as queries that come back empty when it is.

`{0}` is the city's schema, `{zone}` its time zone, `{now}` the instant of the demo.
"""

from collections.abc import Iterator
from datetime import datetime

from core.tenancy.provision import OwnerConnection
from core.tenancy.tenant import Tenant

PARTICIPANTS = """
SELECT p.number, roll.n, tags.n, turnout.n, days.n, p.results->>'participants'
FROM {0}.poll p,
  LATERAL (SELECT count(*) n FROM {0}.poll_roll WHERE poll_id = p.id) roll,
  LATERAL (SELECT count(DISTINCT voter_tag) n FROM {0}.poll_ballot WHERE poll_id = p.id) tags,
  LATERAL (SELECT coalesce(sum(voters), 0) n FROM {0}.poll_turnout WHERE poll_id = p.id) turnout,
  LATERAL (SELECT coalesce(sum(voters), 0) n FROM {0}.poll_turnout_day WHERE poll_id = p.id) days
WHERE NOT (roll.n = tags.n AND roll.n = turnout.n AND roll.n = days.n
  AND coalesce((p.results->>'participants')::int, roll.n) = roll.n)
"""

SINGLE_CHOICE = """
SELECT p.number, q.title, votes.n, roll.n FROM {0}.poll p
JOIN {0}.poll_question q ON q.poll_id = p.id AND q.max_choices = 1,
  LATERAL (SELECT coalesce(sum(votes), 0) n FROM {0}.poll_tally t
    JOIN {0}.poll_option o ON o.id = t.option_id AND o.question_id = q.id) votes,
  LATERAL (SELECT count(*) n FROM {0}.poll_roll WHERE poll_id = p.id) roll
WHERE votes.n <> roll.n
"""

OUTSIDE_THE_PERIOD = """
SELECT 'roll', p.number, r.cast_on::text FROM {0}.poll p JOIN {0}.poll_roll r ON r.poll_id = p.id
WHERE NOT r.cast_on BETWEEN p.opens_on AND p.closes_on
UNION ALL
SELECT 'ballot', p.number, b.cast_hour::text
FROM {0}.poll p JOIN {0}.poll_ballot b ON b.poll_id = p.id
WHERE NOT (b.cast_hour >= p.opens_at AND b.cast_hour < least(p.closes_at, '{now}'))
UNION ALL
SELECT 'turnout', p.number, d.day::text
FROM {0}.poll p JOIN {0}.poll_turnout_day d ON d.poll_id = p.id
WHERE NOT d.day BETWEEN p.opens_on AND p.closes_on
"""

BEFORE_REGISTRATION = """
SELECT r.resident_id, p.number FROM {0}.poll_roll r JOIN {0}.poll p ON p.id = r.poll_id
LEFT JOIN {0}.resident x ON x.id = r.resident_id
WHERE x.id IS NULL OR (x.created_at AT TIME ZONE '{zone}')::date > r.cast_on
UNION ALL
SELECT x.id, 0 FROM {0}.bonus_transfer t JOIN {0}.resident x ON x.id::text = t.credit
WHERE t.booked_at < x.created_at
"""

MIDNIGHTS = """
SELECT number FROM {0}.poll WHERE opens_at IS NOT NULL AND (
  opens_at AT TIME ZONE '{zone}' <> opens_on OR closes_at AT TIME ZONE '{zone}' <> closes_on + 1)
"""

STATES = """
SELECT number, state FROM {0}.poll p WHERE NOT CASE
  WHEN state IN ('draft', 'review') THEN opens_at IS NULL AND terms IS NULL AND opens_on > '{now}'
  WHEN state = 'scheduled' THEN opens_at > '{now}' AND terms IS NULL AND results IS NULL
  WHEN state = 'open' THEN opens_at <= '{now}' AND closes_at > '{now}' AND results IS NULL
    AND terms IS NOT NULL AND paper IS NOT NULL
  WHEN state = 'closed' THEN closed_at = closes_at AND closes_at <= '{now}'
    AND results IS NOT NULL AND published_at IS NULL
  WHEN state = 'published' THEN published_at > closed_at AND results->>'verdict' <> 'void'
  WHEN state = 'invalid' THEN published_at > closed_at AND results->>'verdict' = 'void'
END OR governing_on IS DISTINCT FROM CASE WHEN terms IS NOT NULL THEN opens_on END
"""

KEYS = """
SELECT p.number, p.state FROM {0}.poll p LEFT JOIN {0}.poll_secret s ON s.poll_id = p.id
WHERE (s.poll_id IS NOT NULL) <> (p.terms IS NOT NULL AND p.sealed_at IS NULL)
UNION ALL
SELECT p.number, p.state FROM {0}.poll p JOIN {0}.poll_ballot b ON b.poll_id = p.id
WHERE (b.cast_hour IS NULL) <> (p.sealed_at IS NOT NULL)
"""

STEPS = """
SELECT p.number, array_agg(s.kind ORDER BY s.at, s.id) FROM {0}.poll p
JOIN {0}.poll_step s ON s.poll_id = p.id AND s.kind <> 'handed_over' GROUP BY p.id
HAVING array_agg(s.kind::text ORDER BY s.at, s.id) <> CASE
  WHEN state = 'draft' THEN ARRAY['created']
  WHEN state = 'review' THEN ARRAY['created', 'submitted']
  WHEN state = 'scheduled' THEN ARRAY['created', 'submitted', 'approved']
  ELSE ARRAY['created', 'submitted', 'approved', 'opened']
    || array_fill('extended'::text, ARRAY[extensions])
    || CASE WHEN closed_at IS NULL THEN ARRAY[]::text[] ELSE ARRAY['closed'] END
    || CASE state WHEN 'published' THEN ARRAY['published']
        WHEN 'invalid' THEN ARRAY['invalidated'] ELSE ARRAY[]::text[] END
    || CASE WHEN sealed_at IS NULL THEN ARRAY[]::text[] ELSE ARRAY['sealed'] END
END OR bool_or(s.kind IN ('submitted', 'approved', 'opened') AND s.reasons = '[]')
"""

LEDGER = """
SELECT a.resident_id::text FROM {0}.bonus_account a LEFT JOIN (
  SELECT credit, sum(points) points FROM {0}.bonus_transfer GROUP BY credit
) t ON t.credit = a.resident_id::text WHERE a.balance IS DISTINCT FROM t.points
UNION ALL
SELECT t.id::text FROM {0}.bonus_transfer t LEFT JOIN {0}.bonus_account a
  ON a.resident_id::text = t.credit
WHERE a.resident_id IS NULL OR t.debit <> 'issue' OR t.reasons->0->'clauses'->0->>'number' IS NULL
UNION ALL
SELECT r.resident_id::text FROM {0}.poll_roll r JOIN {0}.poll p ON p.id = r.poll_id
FULL JOIN (SELECT * FROM {0}.bonus_transfer WHERE act = 'vote') t
  ON t.credit = r.resident_id::text AND t.subject = 'poll:' || p.id AND t.booked_on = r.cast_on
WHERE (t.id IS NULL) <> (coalesce((p.terms->'reward'->>'value')::int, 0) = 0)
"""

OUTBOX = """
SELECT id FROM platform.outbox WHERE role = '{0}' AND (due_at <= '{now}' OR created_at > '{now}')
UNION ALL
SELECT p.id FROM {0}.poll p WHERE p.id <> ALL (
  SELECT (payload->>'poll_id')::uuid FROM platform.outbox WHERE role = '{0}' AND kind = CASE
    WHEN p.state = 'scheduled' THEN 'polls.opening_due'
    WHEN p.state = 'open' THEN 'polls.closing_due' ELSE 'polls.sealing_due' END
) AND (p.state IN ('scheduled', 'open')
  OR (p.state IN ('published', 'invalid') AND p.sealed_at IS NULL))
"""

CONTACTS = """
SELECT r.id FROM {0}.resident r LEFT JOIN {0}.resident_contact c ON c.resident_id = r.id
WHERE (c.id IS NULL) <> (r.level = 'none') OR c.value NOT LIKE '%@example.org'
UNION ALL
SELECT r.id FROM {0}.resident r WHERE NOT EXISTS (SELECT FROM {0}.resident_consent c
  WHERE c.resident_id = r.id AND c.purpose = 'account')
  OR ((r.born_on IS NOT NULL OR r.district IS NOT NULL) AND NOT EXISTS (
    SELECT FROM {0}.resident_consent c WHERE c.resident_id = r.id AND c.purpose = 'details'))
"""

SUPPORT = """
SELECT i.number, i.supports, rows.n, slots.n FROM {0}.idea i,
  LATERAL (SELECT count(*) n FROM {0}.idea_support WHERE idea_id = i.id) rows,
  LATERAL (SELECT coalesce(sum(supports), 0) n FROM {0}.idea_support_count
    WHERE idea_id = i.id) slots
WHERE NOT (i.supports = rows.n AND rows.n = slots.n)
UNION ALL
SELECT i.number, 0, 0, 0 FROM {0}.idea i JOIN {0}.idea_support s ON s.idea_id = i.id
LEFT JOIN {0}.resident r ON r.id = s.resident_id
WHERE r.id IS NULL OR s.at < r.created_at OR s.at < i.published_at OR s.at >= i.ends_at
"""

IDEAS = """
SELECT number, state FROM {0}.idea i WHERE NOT CASE
  WHEN state IN ('submitted', 'refused') THEN published_at IS NULL AND terms IS NULL
  ELSE published_at > submitted_at AND terms IS NOT NULL END
OR (state IN ('taken_up', 'declined', 'in_work', 'done')) <> (decided_at IS NOT NULL)
OR (terms->'threshold'->>'value' IS NOT NULL AND campaign_id IS NULL
  AND (state IN ('collecting', 'unsupported'))
  = (supports >= (terms->'threshold'->>'value')::int))
"""

IDEA_STEPS = """
SELECT i.number, i.state, array_agg(s.kind ORDER BY s.at, s.id) FROM {0}.idea i
JOIN {0}.idea_step s ON s.idea_id = i.id GROUP BY i.id
HAVING (array_agg(s.kind ORDER BY s.at DESC, s.id DESC))[1] <> i.state
  OR (array_agg(s.kind ORDER BY s.at, s.id))[1] <> 'collecting'
"""

LETTERS = """
SELECT i.number FROM {0}.idea i LEFT JOIN {0}.moderation_item m ON m.subject_id = i.id
LEFT JOIN {0}.moderation_letter l ON l.id = m.letter_id
WHERE m.id IS NULL OR (i.state = 'refused') <> (l.id IS NOT NULL)
  OR (i.state = 'submitted') <> (m.state = 'waiting')
  OR (l.id IS NOT NULL AND (l.written_by = l.approved_by OR l.reasons = '[]'))
"""

TALK = """
SELECT i.number::text, i.comments FROM {0}.idea i
LEFT JOIN {0}.comment_count c ON c.subject_id = i.id,
  LATERAL (SELECT count(*) n FROM {0}.comment WHERE subject_id = i.id) rows
WHERE NOT (i.comments = rows.n AND coalesce(c.published, 0) = rows.n)
UNION ALL
SELECT c.id::text, c.replies FROM {0}.comment c
WHERE c.replies <> (SELECT count(*) FROM {0}.comment r WHERE r.parent_id = c.id)
  OR EXISTS (SELECT FROM {0}.comment p WHERE p.id = c.parent_id AND p.created_at > c.created_at)
"""

OWED = """
SELECT subject, kind FROM {0}.obligation
WHERE (state = 'done') <> (closed_at IS NOT NULL) OR closed_at < opened_at
"""

TOPICS = """
SELECT i.title, i.state FROM {0}.plan_item i JOIN {0}.plan_year y USING (year)
WHERE (y.state = 'approved') <> (i.number IS NOT NULL)
  OR (y.state = 'approved') <> EXISTS (SELECT FROM {0}.plan_entry e WHERE e.item_id = i.id)
UNION ALL
SELECT p.title, p.state FROM {0}.poll p LEFT JOIN {0}.plan_item i ON i.id = p.plan_item
WHERE EXISTS (SELECT FROM {0}.plan_year) AND i.id IS NULL
  AND p.opens_on <= '{now}'::timestamptz::date
UNION ALL
SELECT m.title, m.state FROM {0}.plan_measure m
WHERE (m.state IN ('done', 'partly', 'not_done')) <> (m.done_on IS NOT NULL)
"""

ALL = {
    "support": SUPPORT,
    "ideas": IDEAS,
    "idea steps": IDEA_STEPS,
    "letters": LETTERS,
    "talk": TALK,
    "owed": OWED,
    "topics": TOPICS,
    "participants": PARTICIPANTS,
    "single choice": SINGLE_CHOICE,
    "period": OUTSIDE_THE_PERIOD,
    "registration": BEFORE_REGISTRATION,
    "midnights": MIDNIGHTS,
    "states": STATES,
    "keys": KEYS,
    "steps": STEPS,
    "ledger": LEDGER,
    "outbox": OUTBOX,
    "contacts": CONTACTS,
}


def broken(owner: OwnerConnection, city: Tenant, now: datetime) -> dict[str, list[object]]:
    """Every invariant that does not hold, with the rows that break it."""
    found = {}
    for name, query in ALL.items():
        text = query.replace("{0}", city.role).replace("{zone}", city.zone.key)
        rows = owner.execute(text.replace("{now}", now.isoformat())).fetchmany(5)
        if rows:
            found[name] = rows
    found |= {f"{place} is in the future": [n] for place, n in _future(owner, city, now) if n}
    return found


def _future(owner: OwnerConnection, city: Tenant, now: datetime) -> Iterator[tuple[str, int]]:
    """How many values lie after `now`, in every column that tells of the past."""
    columns = owner.execute(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = %s AND data_type = 'timestamp with time zone'"
        " AND column_name NOT IN ('opens_at', 'closes_at', 'ends_at')"
        " AND table_name NOT LIKE 'regulation%%'",
        (city.role,),
    ).fetchall()
    assert len(columns) > 10
    for table, column in columns:
        row = owner.execute(
            f'SELECT count(*) FROM {city.role}."{table}" WHERE "{column}" > %s', (now,)
        ).fetchone()
        yield f"{table}.{column}", row[0]
