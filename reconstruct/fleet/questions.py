"""Ready-made queries for an index: each is one SELECT, with the user's values as parameters."""

from __future__ import annotations

from dataclasses import dataclass

from reconstruct.errors import ReconstructError
from reconstruct.fleet.query import Answer, ask
from reconstruct.typed import Any


@dataclass(frozen=True, slots=True)
class Find:
    """The criteria; None means any.

    `step`: text in a step, ignoring case, or a regular expression (RE2) with `regex`; `rule`: an audit rule's ID or name;
    `base`: a base image's name, with `*` and `?`; `label`: (key, value), value None for any; `since`: the earliest
    date or time, UTC.
    """

    step: str | None = None
    regex: bool = False
    rule: str | None = None
    base: str | None = None
    label: tuple[str, str | None] | None = None
    since: str | None = None


def find(folder: str, wanted: Find) -> Answer:
    """The images, and the steps or findings in them, that match all criteria."""
    where, values = _images_where(wanted)
    columns = ["images.source", "array_to_string(images.tags, ' ') AS tags"]
    tables = ["images"]
    order = "images.source"
    if wanted.step is not None:
        tables.append("JOIN steps ON steps.image = images.image")
        columns += ["steps.number AS step", "steps.text"]
        fits = "regexp_matches({0}, ?)" if wanted.regex else "contains(lower({0}), lower(?))"
        where.append(f"({fits.format('steps.text')} OR {fits.format('steps.raw')})")
        values += [wanted.step, wanted.step]
        order += ", steps.number"
    if wanted.rule is not None:
        tables.append("JOIN findings ON findings.image = images.image")
        columns += ["findings.rule", "findings.severity", "findings.step AS at_step", "findings.message"]
        where.append("(findings.rule = upper(?) OR findings.name = ?)")
        values += [wanted.rule, wanted.rule]
        if wanted.step is not None:
            where.append("findings.step = steps.number")
        order += ", findings.step, findings.rule"
    condition = f" WHERE {' AND '.join(where)}" if where else ""
    return ask(folder, f"SELECT {', '.join(columns)} FROM {' '.join(tables)}{condition} ORDER BY {order}", values)


def _images_where(wanted: Find) -> tuple[list[str], list[Any]]:
    where, values = [], []
    if wanted.base is not None:
        where.append(
            "(images.base GLOB ? OR images.image IN (SELECT image FROM bases WHERE name GLOB ?"
            " OR len(list_filter(names, lambda known: known GLOB ?)) > 0))"
        )
        values += [wanted.base] * 3
    if wanted.label is not None:
        key, value = wanted.label
        where.append("list_contains(map_keys(images.labels), ?)")
        values.append(key)
        if value is not None:
            where.append("images.labels[?] = ?")
            values += [key, value]
    if wanted.since is not None:
        where.append("images.created >= ?")
        values.append(_moment(wanted.since))
    return where, values


def _moment(text: str) -> Any:
    from reconstruct.fleet.rows import moment

    found = moment(text if "T" in text else f"{text}T00:00:00Z")
    if found is None:
        raise ReconstructError(f"--since {text}: not a date (YYYY-MM-DD)")
    return found


def shared_layers(folder: str) -> Answer:
    """Layers in more than one image, by the bytes that sharing saves, largest first. Each row has one kind of size."""
    return ask(
        folder,
        """
        SELECT coalesce(diff_id, digest) AS layer, count(DISTINCT image) AS images,
               max(coalesce(size, transfer_size)) AS bytes,
               CASE WHEN max(size) IS NOT NULL THEN 'uncompressed' WHEN max(transfer_size) IS NOT NULL THEN 'transfer' END
                   AS measure,
               max(coalesce(size, transfer_size)) * (count(DISTINCT image) - 1) AS saved
        FROM layers WHERE coalesce(diff_id, digest) IS NOT NULL
        GROUP BY coalesce(diff_id, digest) HAVING count(DISTINCT image) > 1 ORDER BY saved DESC NULLS LAST, images DESC, layer
        """,
    )


def not_shared(folder: str) -> Answer:
    """Steps with the same text on the same base but different layers: the bytes that a shared layer would save."""
    return ask(
        folder,
        """
        SELECT count(DISTINCT steps.diff_id) AS layers, sum(coalesce(steps.size, steps.transfer_size)) AS bytes,
               sum(coalesce(steps.size, steps.transfer_size)) - max(coalesce(steps.size, steps.transfer_size)) AS lost,
               steps.text
        FROM steps JOIN images USING (image)
        WHERE steps.diff_id IS NOT NULL AND steps.instruction IN ('RUN', 'COPY', 'ADD')
        GROUP BY steps.text, images.base HAVING count(DISTINCT steps.diff_id) > 1
        ORDER BY lost DESC NULLS LAST, layers DESC, steps.text
        """,
    )


def graph(folder: str) -> Answer:
    """Which image is based on which: (below, above, images); an image without a tag has its source's name."""
    return ask(
        folder,
        """
        WITH chain AS (
            SELECT image, position, name, lead(name) OVER (PARTITION BY image ORDER BY position) AS above
            FROM bases WHERE name IS NOT NULL
        )
        SELECT chain.name AS below, coalesce(chain.above, images.tags[1], images.source) AS above,
               count(DISTINCT images.image) AS images
        FROM chain JOIN images USING (image)
        WHERE chain.name <> coalesce(chain.above, images.tags[1], images.source)
        GROUP BY 1, 2 ORDER BY below, above
        """,
    )


def drift(folder: str, old: str) -> Answer:
    """What changed between two indexes: (change, name, rule or step, detail), by the images' names.

    An image's name is its first tag, else its source. Changes: `image new`, `image gone`, `image rebuilt`, `step new`,
    `step gone` (own steps of rebuilt images, by text), `finding new`, `finding gone`.
    """
    return ask(folder, _DRIFT, old=old)


_DRIFT = """
WITH
n AS (SELECT coalesce(tags[1], source) AS name, min(image) AS image FROM images GROUP BY 1),
o AS (SELECT coalesce(tags[1], source) AS name, min(image) AS image FROM old_images GROUP BY 1),
both_ AS (SELECT n.name, n.image AS now, o.image AS was FROM n JOIN o USING (name) WHERE n.image <> o.image),
now_steps AS (SELECT both_.name, text, min(number) AS number FROM both_ JOIN steps ON steps.image = now GROUP BY 1, 2),
was_steps AS (SELECT both_.name, text, min(number) AS number FROM both_ JOIN old_steps ON old_steps.image = was GROUP BY 1, 2),
now_found AS (SELECT DISTINCT both_.name, rule, fingerprint, message FROM both_ JOIN findings ON findings.image = now),
was_found AS (SELECT DISTINCT both_.name, rule, fingerprint, message FROM both_ JOIN old_findings ON old_findings.image = was)
SELECT * FROM (
    SELECT 'image new' AS change, name, NULL AS place, image AS detail FROM n ANTI JOIN o USING (name)
    UNION ALL SELECT 'image gone', name, NULL, image FROM o ANTI JOIN n USING (name)
    UNION ALL SELECT 'image rebuilt', name, NULL, was || ' -> ' || now FROM both_
    UNION ALL SELECT 'step new', name, number::VARCHAR, text FROM now_steps ANTI JOIN was_steps USING (name, text)
    UNION ALL SELECT 'step gone', name, number::VARCHAR, text FROM was_steps ANTI JOIN now_steps USING (name, text)
    UNION ALL SELECT 'finding new', name, rule, message FROM now_found ANTI JOIN was_found USING (name, fingerprint)
    UNION ALL SELECT 'finding gone', name, rule, message FROM was_found ANTI JOIN now_found USING (name, fingerprint)
) ORDER BY name, change, try_cast(place AS BIGINT), place, detail
"""
