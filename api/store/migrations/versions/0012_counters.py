"""Counts of themes that are kept rather than counted."""

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"

_FEELINGS = ("negative", "neutral", "positive")
_LEDGERS = ("theme_days", "theme_totals", "interaction_days", "finding_totals")
_OLD_PARTS = "CREATE INDEX ix_theme_members_subtheme ON theme_members (subtheme_id)"
_PARTS = "CREATE INDEX ix_theme_members_subtheme ON theme_members (subtheme_id, interaction_id)"
_THEME = "CREATE INDEX ix_theme_members_theme ON theme_members"
_OLD_MEMBERS = f"{_THEME} (theme_id, place, interaction_id, finding_id)"
# In the order in which a theme's findings are listed.
_MEMBERS_LISTED = f"{_THEME} (theme_id, interaction_id, finding_id, place)"
_CHANNELS = "CREATE INDEX ix_interactions_channel ON interactions (channel, id)"

# Brings the counts of some owners (themes, or parts of them) in some interactions up to date, from
# the rows that there are now: however memberships changed, also where findings went with theirs.
_COUNT = """
CREATE FUNCTION conduit_count_stands(owners uuid[], places uuid[], part boolean[]) RETURNS void
LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan SET work_mem = '64MB' AS $$ BEGIN
WITH touched AS MATERIALIZED (
    SELECT DISTINCT owner_id, interaction_id, is_part
    FROM unnest(owners, places, part) AS given (owner_id, interaction_id, is_part)
),
standing AS (
    SELECT touched.owner_id, touched.interaction_id, finding.sentiment
    FROM touched
    JOIN theme_members member ON member.theme_id = touched.owner_id
        AND member.place IN (1, 2) AND member.interaction_id = touched.interaction_id
    JOIN findings finding ON finding.id = member.finding_id
    WHERE NOT touched.is_part
    UNION ALL
    SELECT touched.owner_id, touched.interaction_id, finding.sentiment
    FROM touched
    JOIN theme_members member ON member.subtheme_id = touched.owner_id
        AND member.interaction_id = touched.interaction_id
    JOIN findings finding ON finding.id = member.finding_id
    WHERE touched.is_part
),
counted AS (
    SELECT touched.owner_id, touched.interaction_id, touched.is_part,
        count(standing.sentiment) AS findings,
        count(*) FILTER (WHERE standing.sentiment = 'negative') AS negative,
        count(*) FILTER (WHERE standing.sentiment = 'neutral') AS neutral,
        count(*) FILTER (WHERE standing.sentiment = 'positive') AS positive
    FROM touched LEFT JOIN standing ON standing.owner_id = touched.owner_id
        AND standing.interaction_id = touched.interaction_id
    GROUP BY 1, 2, 3
),
changed AS MATERIALIZED (
    SELECT counted.owner_id, counted.interaction_id, counted.is_part,
        counted.findings > 0 AS stands, kept.owner_id IS NOT NULL AS stood,
        coalesce(kept.happened, interaction.started_at, interaction.received_at) AS happened,
        counted.findings - coalesce(kept.findings, 0) AS findings,
        counted.negative - coalesce(kept.negative, 0) AS negative,
        counted.neutral - coalesce(kept.neutral, 0) AS neutral,
        counted.positive - coalesce(kept.positive, 0) AS positive
    FROM counted
    LEFT JOIN theme_stands kept ON kept.owner_id = counted.owner_id
        AND kept.interaction_id = counted.interaction_id
    LEFT JOIN interactions interaction ON interaction.id = counted.interaction_id
    WHERE (counted.findings, counted.negative, counted.neutral, counted.positive)
        IS DISTINCT FROM (coalesce(kept.findings, 0), coalesce(kept.negative, 0),
            coalesce(kept.neutral, 0), coalesce(kept.positive, 0))
),
gone AS (
    DELETE FROM theme_stands kept USING changed
    WHERE NOT changed.stands AND kept.owner_id = changed.owner_id
    AND kept.interaction_id = changed.interaction_id
),
there AS (
    UPDATE theme_stands kept SET findings = kept.findings + changed.findings,
        negative = kept.negative + changed.negative, neutral = kept.neutral + changed.neutral,
        positive = kept.positive + changed.positive
    FROM changed WHERE changed.stands AND changed.stood
    AND kept.owner_id = changed.owner_id AND kept.interaction_id = changed.interaction_id
),
come AS (
    INSERT INTO theme_stands AS kept
        (owner_id, interaction_id, happened, findings, negative, neutral, positive)
    SELECT owner_id, interaction_id, happened, findings, negative, neutral, positive
    FROM changed WHERE stands AND NOT stood
    ON CONFLICT (owner_id, interaction_id) DO UPDATE SET
        findings = kept.findings + excluded.findings,
        negative = kept.negative + excluded.negative,
        neutral = kept.neutral + excluded.neutral,
        positive = kept.positive + excluded.positive
),
daily AS (
    INSERT INTO theme_days (owner_id, day, findings, interactions, negative, neutral, positive)
    SELECT owner_id, CAST(timezone('UTC', happened) AS date), sum(findings),
        sum(stands::int - stood::int), sum(negative), sum(neutral), sum(positive)
    FROM changed WHERE NOT is_part GROUP BY 1, 2
)
INSERT INTO theme_totals (owner_id, findings, interactions, negative, neutral, positive)
SELECT owner_id, sum(findings), sum(stands::int - stood::int), sum(negative), sum(neutral),
    sum(positive)
FROM changed GROUP BY 1;
END $$
"""

_MEMBERS = """
CREATE FUNCTION conduit_count_members() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    owners uuid[]; places uuid[]; part boolean[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(owner), array_agg(interaction_id), array_agg(is_part)
        INTO owners, places, part FROM (
            SELECT theme_id AS owner, interaction_id, false AS is_part FROM came
            UNION SELECT subtheme_id, interaction_id, true FROM came WHERE subtheme_id IS NOT NULL
        ) AS touched;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(owner), array_agg(interaction_id), array_agg(is_part)
        INTO owners, places, part FROM (
            SELECT theme_id AS owner, interaction_id, false AS is_part FROM went
            UNION SELECT subtheme_id, interaction_id, true FROM went WHERE subtheme_id IS NOT NULL
        ) AS touched;
    ELSE
        SELECT array_agg(owner), array_agg(interaction_id), array_agg(is_part)
        INTO owners, places, part FROM (
            SELECT owner, interaction_id, is_part FROM (
                SELECT theme_id AS owner, interaction_id, false AS is_part, finding_id, 1 AS number
                FROM came
                UNION ALL SELECT theme_id, interaction_id, false, finding_id, -1 FROM went
                UNION ALL SELECT subtheme_id, interaction_id, true, finding_id, 1 FROM came
                WHERE subtheme_id IS NOT NULL
                UNION ALL SELECT subtheme_id, interaction_id, true, finding_id, -1 FROM went
                WHERE subtheme_id IS NOT NULL
            ) AS both_sides
            GROUP BY owner, interaction_id, is_part, finding_id HAVING sum(number) <> 0
        ) AS touched;
    END IF;
    IF owners IS NOT NULL THEN
        PERFORM conduit_count_stands(owners, places, part);
    END IF;
    RETURN NULL;
END
$$
"""

_DAY = "CAST(timezone('UTC', coalesce(started_at, received_at)) AS date)"
_SUMMED = {
    "interactions": (
        "conduit_count_interactions",
        "interaction_days (day, channel, state, number)",
        f"{_DAY} AS day, channel, state",
        "day, channel, state",
    ),
    "findings": (
        "conduit_count_findings",
        "finding_totals (category, sentiment, unsure, number)",
        "category, sentiment, unsure",
        "category, sentiment, unsure",
    ),
}


def _ledger_trigger(name: str, into: str, columns: str, keys: str) -> str:
    """The function that writes differences of plain counts into a ledger."""
    came, went = (
        f"SELECT {columns}, {number} AS number FROM {table}"  # noqa: S608 - ours alone
        for number, table in ((1, "came"), (-1, "went"))
    )
    parts = {"INSERT": came, "DELETE": went, "UPDATE": f"{came} UNION ALL {went}"}
    branches = "\n".join(
        f"IF TG_OP = '{operation}' THEN INSERT INTO {into} SELECT {keys}, sum(number)"  # noqa: S608
        f" FROM ({rows}) AS changed GROUP BY {keys} HAVING sum(number) <> 0; END IF;"
        for operation, rows in parts.items()
    )
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {branches} RETURN NULL; END $$"
    )


def _triggers(table: str, function: str) -> list[str]:
    seen = {"INSERT": "NEW TABLE AS came", "DELETE": "OLD TABLE AS went"}
    seen["UPDATE"] = f"{seen['DELETE']} {seen['INSERT']}"
    return [
        f"CREATE TRIGGER conduit_count_{operation.lower()} AFTER {operation} ON {table}"
        f" REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
        for operation, tables in seen.items()
    ]


# One row out of all that are about the same. A row that another transaction took is in its sum.
_KEYS = {
    "theme_days": ("owner_id, day", "findings, interactions, negative, neutral, positive"),
    "theme_totals": ("owner_id", "findings, interactions, negative, neutral, positive"),
    "interaction_days": ("day, channel, state", "number"),
    "finding_totals": ("category, sentiment, unsure", "number"),
}


def _settle() -> str:
    statements = []
    for table, (keys, numbers) in _KEYS.items():
        same = " AND ".join(f"ledger.{key} = due.{key}" for key in keys.split(", "))
        sums = ", ".join(f"sum({number})" for number in numbers.split(", "))
        some = " OR ".join(f"sum({number}) <> 0" for number in numbers.split(", "))
        statements.append(
            f"WITH due AS (SELECT DISTINCT {keys} FROM {table} WHERE fresh),"  # noqa: S608
            f" taken AS (DELETE FROM {table} ledger USING due WHERE {same} RETURNING ledger.*)"
            f" INSERT INTO {table} ({keys}, {numbers}, fresh)"
            f" SELECT {keys}, {sums}, false FROM taken GROUP BY {keys} HAVING {some};"
        )
    body = "\n".join(statements)
    return f"CREATE FUNCTION conduit_settle_counts() RETURNS void LANGUAGE sql AS $$ {body} $$"


_RECOUNT = """
CREATE FUNCTION conduit_recount() RETURNS void LANGUAGE sql SET work_mem = '256MB' AS $$
LOCK TABLE interactions, findings, theme_members IN SHARE MODE;
DELETE FROM theme_stands;
DELETE FROM theme_days;
DELETE FROM theme_totals;
DELETE FROM interaction_days;
DELETE FROM finding_totals;
INSERT INTO theme_stands
    (owner_id, interaction_id, happened, findings, negative, neutral, positive)
SELECT owner_id, interaction_id, min(coalesce(started_at, received_at)), count(*),
    count(*) FILTER (WHERE sentiment = 'negative'), count(*) FILTER (WHERE sentiment = 'neutral'),
    count(*) FILTER (WHERE sentiment = 'positive')
FROM (
    SELECT theme_id AS owner_id, interaction_id, finding_id FROM theme_members
    UNION ALL
    SELECT subtheme_id, interaction_id, finding_id FROM theme_members
    WHERE subtheme_id IS NOT NULL
) AS standing
JOIN (SELECT id AS finding_id, sentiment FROM findings) AS found USING (finding_id)
JOIN (SELECT id AS interaction_id, started_at, received_at FROM interactions) AS said
    USING (interaction_id)
GROUP BY 1, 2;
INSERT INTO theme_totals (owner_id, findings, interactions, negative, neutral, positive, fresh)
SELECT owner_id, sum(findings), count(*), sum(negative), sum(neutral), sum(positive), false
FROM theme_stands GROUP BY 1;
INSERT INTO theme_days (owner_id, day, findings, interactions, negative, neutral, positive, fresh)
SELECT owner_id, CAST(timezone('UTC', happened) AS date), sum(findings), count(*), sum(negative),
    sum(neutral), sum(positive), false
FROM theme_stands WHERE EXISTS (SELECT FROM themes WHERE themes.id = owner_id) GROUP BY 1, 2;
INSERT INTO interaction_days (day, channel, state, number, fresh)
SELECT CAST(timezone('UTC', coalesce(started_at, received_at)) AS date), channel, state, count(*),
    false FROM interactions GROUP BY 1, 2, 3;
INSERT INTO finding_totals (category, sentiment, unsure, number, fresh)
SELECT category, sentiment, unsure, count(*), false FROM findings GROUP BY 1, 2, 3
$$
"""


def _number(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _owner() -> sa.Column[object]:
    return sa.Column("owner_id", sa.Uuid(), nullable=False)


def _day() -> sa.Column[object]:
    return sa.Column("day", sa.Date(), nullable=False)


def _ledger(name: str, *columns: sa.Column[object]) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        *columns,
        sa.Column("fresh", sa.Boolean(), server_default="true", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )


def _create_tables() -> None:
    op.create_table(
        "theme_stands",
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("interaction_id", sa.Uuid(), nullable=False),
        sa.Column("happened", sa.TIMESTAMP(timezone=True), nullable=False),
        *(_number(name) for name in ("findings", *_FEELINGS)),
        sa.CheckConstraint("findings > 0", name=op.f("ck_theme_stands_findings")),
        sa.CheckConstraint(
            "findings = negative + neutral + positive", name=op.f("ck_theme_stands_feelings")
        ),
        sa.PrimaryKeyConstraint("owner_id", "interaction_id", name=op.f("pk_theme_stands")),
    )
    tallied = ("findings", "interactions", *_FEELINGS)
    _ledger("theme_days", _owner(), _day(), *(_number(name) for name in tallied))
    _ledger("theme_totals", _owner(), *(_number(name) for name in tallied))
    words: dict[str, sa.Column[object]] = {
        name: sa.Column(name, sa.Text(), nullable=False)
        for name in ("channel", "state", "category", "sentiment")
    }
    _ledger("interaction_days", _day(), words["channel"], words["state"], _number("number"))
    unsure: sa.Column[object] = sa.Column("unsure", sa.Boolean(), nullable=False)
    _ledger("finding_totals", words["category"], words["sentiment"], unsure, _number("number"))


def upgrade() -> None:
    """Creates them with what keeps them, and counts what is there."""
    _create_tables()
    op.create_index("ix_theme_stands_happened", "theme_stands", ["owner_id", "happened"])
    places = (
        ("theme_days", "owner", ["owner_id", "day"]),
        ("theme_totals", "owner", ["owner_id"]),
        ("interaction_days", "day", ["day"]),
        ("finding_totals", "", ["category"]),
    )
    for table, name, columns in places:
        if name:
            op.create_index(f"ix_{table}_{name}", table, columns)
        fresh = sa.text("fresh")
        op.create_index(f"ix_{table}_fresh", table, columns, postgresql_where=fresh)
    op.execute("DROP INDEX ix_theme_members_subtheme")
    op.execute("DROP INDEX ix_theme_members_theme")
    for statement in (_CHANNELS, _MEMBERS_LISTED, _PARTS, _COUNT, _MEMBERS, _settle(), _RECOUNT):
        op.execute(statement)
    for statement in _triggers("theme_members", "conduit_count_members"):
        op.execute(statement)
    for table, (function, into, summed, keys) in _SUMMED.items():
        op.execute(_ledger_trigger(function, into, summed, keys))
        for statement in _triggers(table, function):
            op.execute(statement)
    op.execute("SELECT conduit_recount()")


def downgrade() -> None:
    """Takes them away."""
    for table in ("theme_members", *_SUMMED):
        for operation in ("insert", "delete", "update"):
            op.execute(f"DROP TRIGGER conduit_count_{operation} ON {table}")
    functions = [function for function, *_ in _SUMMED.values()]
    for function in ("conduit_count_members", *functions, "conduit_settle_counts"):
        op.execute(f"DROP FUNCTION {function}()")
    op.execute("DROP FUNCTION conduit_count_stands(uuid[], uuid[], boolean[])")
    op.execute("DROP FUNCTION conduit_recount()")
    op.execute("DROP INDEX ix_theme_members_subtheme")
    op.execute("DROP INDEX ix_theme_members_theme")
    op.execute("DROP INDEX ix_interactions_channel")
    op.execute(_OLD_PARTS)
    op.execute(_OLD_MEMBERS)
    for table in ("theme_stands", *_LEDGERS):
        op.drop_table(table)
