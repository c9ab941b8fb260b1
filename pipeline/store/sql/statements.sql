-- The long statements of the store, each below its name, as `connection.statement` gives them. Parts of some follow where
-- they are run.

-- name: former_ads
-- CROSS: joined in this order, from the few versions of one night on.
SELECT n.ad_id, f.ad_id AS former_id, f.gone_at, n.first_seen_at AS at,
       json_extract(fv.record, '$.hiring_organization') AS before,
       json_extract(nv.record, '$.hiring_organization') AS after
FROM campaign_versions m
CROSS JOIN ads n ON n.version_id = m.version_id
CROSS JOIN ad_versions nv ON nv.version_id = m.version_id
CROSS JOIN campaign_texts t USING (text_id)
CROSS JOIN campaign_texts ft ON ft.campaign_id = t.campaign_id
CROSS JOIN campaign_versions fm ON fm.text_id = ft.text_id
CROSS JOIN ads f ON f.version_id = fm.version_id
CROSS JOIN ad_versions fv ON fv.version_id = fm.version_id
WHERE m.joined_at = ? AND f.gone_at <= n.first_seen_at AND f.ad_id <> n.ad_id
  AND NOT EXISTS (SELECT 1 FROM ad_versions o WHERE o.ad_id = n.ad_id AND o.version_id <> m.version_id)
ORDER BY n.ad_id, f.gone_at DESC, f.ad_id

-- name: to_triage
SELECT v.ad_id, v.fingerprint, m.score, m.rule, c.case_id, c.reason AS case_reason,
       s.state AS case_state, coalesce(c.version_id = v.version_id, 0) AS shown,
       a.version_id = v.version_id AS current,
       (SELECT count(*) FROM ad_versions w JOIN ads b ON b.version_id = w.version_id
        WHERE w.fingerprint = v.fingerprint) AS copies,
       (SELECT t.campaign_id FROM campaign_versions p JOIN campaign_texts t USING (text_id)
        WHERE p.version_id = v.version_id) AS campaign_id
FROM assessments m JOIN ad_versions v USING (version_id) JOIN ads a ON a.ad_id = v.ad_id
LEFT JOIN cases c ON c.fingerprint = v.fingerprint LEFT JOIN case_states s ON s.case_id = c.case_id

-- name: where_uncovered
WHERE c.case_id IS NULL AND a.version_id = v.version_id AND a.gone_at IS NULL AND m.triaged_at IS NOT NULL
  AND m.assessment_id = (SELECT max(n.assessment_id) FROM assessments n WHERE n.version_id = v.version_id)
  AND v.version_id IN (
    SELECT y.version_id FROM (
        SELECT DISTINCT t.campaign_id FROM assessments x JOIN ad_versions w USING (version_id)
        JOIN campaign_versions o ON o.ad_id = w.ad_id AND o.version_id <> w.version_id
        JOIN campaign_texts t USING (text_id) WHERE x.triaged_at IS NULL) g
    JOIN campaign_texts z USING (campaign_id) JOIN campaign_versions y USING (text_id)
    WHERE NOT EXISTS (
        SELECT 1 FROM campaign_texts p JOIN campaign_versions q USING (text_id)
        JOIN ad_versions r USING (version_id)
        WHERE p.campaign_id = g.campaign_id
          AND (EXISTS (SELECT 1 FROM cases k WHERE k.version_id = q.version_id)
               OR EXISTS (SELECT 1 FROM standing_decisions d WHERE d.fingerprint = r.fingerprint))))

-- name: with_gone
WITH gone AS (
    SELECT a.ad_id, a.gone_at FROM ads a WHERE a.gone_at <= :before AND EXISTS (
        SELECT 1 FROM ad_versions v WHERE v.ad_id = a.ad_id AND v.content_hash <> '')),
gone_campaigns AS (
    SELECT DISTINCT g.ad_id, t.campaign_id FROM gone g
    JOIN campaign_versions m ON m.ad_id = g.ad_id JOIN campaign_texts t USING (text_id))

-- name: gone_ads
SELECT g.ad_id, g.gone_at, json_group_array(c.campaign_id) FILTER (WHERE c.campaign_id IS NOT NULL)
FROM gone g LEFT JOIN gone_campaigns c ON c.ad_id = g.ad_id GROUP BY g.ad_id

-- name: cases_of_gone
SELECT k.ad_id, k.case_id, max(k.is_own) AS is_own, r.waiting AS is_waiting,
       EXISTS (SELECT 1 FROM decisions d WHERE d.case_id = k.case_id) AS has_decisions,
       (SELECT json_group_array(DISTINCT d.verdict) FROM standing_decisions d WHERE d.case_id = k.case_id)
           AS verdicts
FROM (SELECT l.ad_id, l.case_id, 1 AS is_own FROM gone g JOIN case_ads l ON l.ad_id = g.ad_id
      UNION ALL
      SELECT g.ad_id, c.case_id, 0 FROM gone_campaigns g JOIN campaign_texts t USING (campaign_id)
      JOIN campaign_versions m USING (text_id) JOIN cases c ON c.version_id = m.version_id) k
JOIN queue_rows r ON r.case_id = k.case_id
GROUP BY k.ad_id, k.case_id

-- name: with_campaign_sizes
WITH sizes AS MATERIALIZED (
    SELECT w.value AS campaign_id, (
        SELECT count(*) FROM campaign_texts t JOIN campaign_versions m USING (text_id)
        JOIN ads a ON a.ad_id = m.ad_id AND a.version_id = m.version_id
        JOIN ad_versions v ON v.version_id = a.version_id AND v.content_hash <> ''
        WHERE t.campaign_id = w.value) AS size
    FROM json_each(:campaigns) w),
counted AS MATERIALIZED (
    SELECT c.case_id, max(s.size) AS size FROM sizes s CROSS JOIN campaign_texts t USING (campaign_id)
    CROSS JOIN campaign_versions m USING (text_id) CROSS JOIN cases c ON c.version_id = m.version_id
    GROUP BY c.case_id)

-- name: grown_cases
SELECT c.case_id, c.reason, r.state, n.score, n.rule, max(k.size, r.copies) AS size
FROM counted k CROSS JOIN cases c USING (case_id) CROSS JOIN queue_rows r USING (case_id)
JOIN assessments n ON n.assessment_id = (
    SELECT max(a.assessment_id) FROM assessments a WHERE a.version_id = c.version_id)
WHERE r.waiting = 1 AND r.campaign_ads <> k.size ORDER BY c.case_id

-- name: count_campaign_ads
UPDATE queue_rows SET campaign_ads = k.size FROM counted k
WHERE queue_rows.case_id IN (SELECT case_id FROM counted)  -- or all that there are would be gone through
AND k.case_id = queue_rows.case_id AND campaign_ads <> k.size

-- name: campaign_cases
SELECT t.campaign_id, c.case_id, s.state, v.title,
       (SELECT n.rule FROM assessments n WHERE n.version_id = c.version_id
        ORDER BY n.assessment_id DESC LIMIT 1) AS rule,
       d.decided_at, d.verdict, q.verdict AS final, q.lane
FROM cases c
JOIN queue_rows q USING (case_id)
JOIN campaign_versions m USING (version_id)
JOIN campaign_texts t USING (text_id)
JOIN case_states s USING (case_id)
JOIN ad_versions v USING (version_id)
LEFT JOIN decisions d ON d.decision_id = s.decision_id
WHERE t.campaign_id IN (SELECT value FROM json_each(?)) ORDER BY c.case_id

-- name: case_copies
-- For each ad that is or was in the case, its newest version of the case's text; the first one stands for the case. One
-- whose text was removed (``removal``) does so where no other is left.
SELECT v.version_id, v.record, l.left_at IS NOT NULL AS has_left
FROM case_ads l
JOIN cases c ON c.case_id = l.case_id
JOIN ads a ON a.ad_id = l.ad_id
JOIN ad_versions v ON v.version_id = (
    SELECT n.version_id FROM ad_versions n WHERE n.ad_id = a.ad_id AND n.fingerprint = c.fingerprint
    ORDER BY n.seen_at DESC, n.version_id DESC LIMIT 1)
WHERE c.case_id = :case
ORDER BY v.content_hash = '', has_left, a.first_seen_at, a.ad_id

-- name: contact_cards
SELECT c.hash, c.kind, c.value AS sealed, count(DISTINCT l.ad_id) AS ads,
       count(DISTINCT coalesce(t.campaign_id, l.ad_id)) AS campaigns,
       count(DISTINCT n.employer) AS employers, min(n.employer IS NOT NULL) AS all_named,
       count(DISTINCT n.place) AS places,
       count(DISTINCT n.country) AS countries, count(DISTINCT a.source) AS sources,
       min(a.first_seen_at) AS first_seen, max(a.last_seen_at) AS last_seen,
       count(DISTINCT CASE WHEN q.verdict IN ('trafficking_recruitment', 'job_fraud', 'irregular_recruitment')
                      THEN q.case_id END) AS harmful_cases,
       count(DISTINCT CASE WHEN q.verdict = 'legitimate' THEN q.case_id END) AS lawful_cases
FROM contacts c
JOIN contact_ads l USING (contact_id)
JOIN ads a ON a.ad_id = l.ad_id
JOIN contact_versions n ON n.version_id = l.version_id
LEFT JOIN campaign_versions m ON m.version_id = l.version_id
LEFT JOIN campaign_texts t USING (text_id)
LEFT JOIN (SELECT DISTINCT ct.campaign_id, z.case_id FROM cases z JOIN campaign_versions cv USING (version_id)
           JOIN campaign_texts ct USING (text_id)) k ON k.campaign_id = t.campaign_id  -- a decision covers copies
LEFT JOIN queue_rows q ON q.case_id = k.case_id

-- name: contact_ads
SELECT a.ad_id, a.source, v.title, v.language, json_extract(v.record, '$.hiring_organization') AS employer,
       json_extract(v.record, '$.job_location') AS place, json_extract(v.record, '$.country') AS country,
       t.campaign_id, q.case_id, q.verdict, a.first_seen_at AS first_seen, a.last_seen_at AS last_seen,
       a.gone_at IS NOT NULL AS is_gone,
       EXISTS (SELECT 1 FROM contact_ads w WHERE w.contact_id = c.contact_id AND w.version_id = a.version_id)
           AS has_it_now
FROM contacts c
JOIN (SELECT DISTINCT contact_id, ad_id FROM contact_ads) l USING (contact_id)
JOIN ads a ON a.ad_id = l.ad_id
JOIN ad_versions v ON v.version_id = a.version_id
LEFT JOIN campaign_versions m ON m.version_id = a.version_id
LEFT JOIN campaign_texts t USING (text_id)
LEFT JOIN case_ads k ON k.ad_id = a.ad_id AND k.left_at IS NULL
LEFT JOIN queue_rows q ON q.case_id = coalesce(k.case_id, (
    SELECT max(z.case_id) FROM campaign_texts x JOIN campaign_versions y USING (text_id)
    JOIN cases z USING (version_id) WHERE x.campaign_id = t.campaign_id))
WHERE c.hash = ?
ORDER BY a.last_seen_at DESC, a.ad_id LIMIT ?

-- name: contact_reach
SELECT count(DISTINCT coalesce(t.campaign_id, l.ad_id)) AS campaigns, count(DISTINCT n.employer) AS employers,
       min(n.employer IS NOT NULL) AS all_named, count(DISTINCT n.country) AS countries,
       min(v.seen_at) AS first_seen
FROM contact_ads l
JOIN ad_versions v ON v.version_id = l.version_id
LEFT JOIN campaign_versions m ON m.version_id = l.version_id
LEFT JOIN campaign_texts t USING (text_id)
JOIN contact_versions n ON n.version_id = l.version_id
WHERE l.contact_id = :contact AND v.seen_at <= :at

-- name: contact_verdicts
-- The last decision of each case that stood at that moment. A decision covers copies. What awaits a second opinion does
-- not count: the score of another case must not tell what the first one was.
WITH contact_campaigns AS (
    SELECT DISTINCT t.campaign_id FROM contact_ads l
    JOIN ad_versions v ON v.version_id = l.version_id
    LEFT JOIN campaign_versions m ON m.version_id = l.version_id
    LEFT JOIN campaign_texts t USING (text_id)
    WHERE l.contact_id = :contact AND v.seen_at <= :at),
contact_cases AS (
    SELECT DISTINCT c.case_id FROM contact_campaigns CROSS JOIN campaign_texts x USING (campaign_id)
    CROSS JOIN campaign_versions y USING (text_id) CROSS JOIN cases c USING (version_id)
    CROSS JOIN queue_rows q ON q.case_id = c.case_id
    WHERE c.case_id IS NOT :case AND q.lane <> 'second_opinion')
SELECT d.verdict, count(*) AS cases FROM contact_cases k JOIN decisions d ON d.decision_id = (
    SELECT max(n.decision_id) FROM decisions n
    WHERE n.case_id = k.case_id AND n.withdraws IS NULL AND n.decided_at < :at
      AND NOT EXISTS (SELECT 1 FROM decisions w WHERE w.withdraws = n.decision_id AND w.decided_at < :at))
GROUP BY d.verdict

-- name: row_details
SELECT r.case_id,
       CASE WHEN r.blind = 0 THEN coalesce((
           SELECT json_extract(m.record, '$.evidence') FROM assessments m WHERE m.version_id = r.version_id
           ORDER BY m.assessment_id DESC LIMIT 1), '[]') ELSE '[]' END AS evidence,
       coalesce((SELECT max(k.ads) FROM (
           SELECT (SELECT count(*) FROM (SELECT DISTINCT o.ad_id FROM contact_ads o
                   WHERE o.contact_id = l.contact_id LIMIT :most)) AS ads
           FROM contact_ads l WHERE l.version_id = r.version_id) k), 0) AS reach,
       NOT EXISTS (SELECT 1 FROM case_ads c JOIN ads a USING (ad_id)
           WHERE c.case_id = r.case_id AND c.left_at IS NULL AND a.gone_at IS NULL) AS is_gone,
       CASE WHEN r.waiting = 0 THEN (SELECT d.analyst FROM opinion_states o JOIN decisions d
           ON d.decision_id = o.first WHERE o.case_id = r.case_id) END AS first,
       CASE WHEN r.waiting = 0 THEN (SELECT d.analyst FROM opinion_states o JOIN decisions d
           ON d.decision_id = o.second WHERE o.case_id = r.case_id) END AS second
FROM json_each(:cases) n CROSS JOIN queue_rows r ON r.case_id = n.value

-- name: held_ads
WITH held AS (SELECT case_id FROM case_holds WHERE ended_at IS NULL),
held_campaigns AS (
    SELECT t.campaign_id FROM held JOIN case_ads l USING (case_id) JOIN campaign_versions m USING (ad_id)
    JOIN campaign_texts t USING (text_id))
SELECT l.ad_id FROM held JOIN case_ads l USING (case_id)
UNION SELECT m.ad_id FROM held_campaigns h JOIN campaign_texts t USING (campaign_id)
JOIN campaign_versions m USING (text_id)

-- name: cases_of_contact
-- A case covers the copies of its campaign: a contact of any of them is one of the case.
SELECT k.case_id FROM contacts c JOIN contact_ads l USING (contact_id)
JOIN case_ads k ON k.ad_id = l.ad_id AND k.left_at IS NULL WHERE c.hash = :contact
UNION ALL
SELECT z.case_id FROM contacts c JOIN contact_ads l USING (contact_id) JOIN campaign_versions m USING (version_id)
JOIN campaign_texts t USING (text_id) JOIN campaign_texts x ON x.campaign_id = t.campaign_id
JOIN campaign_versions y ON y.text_id = x.text_id JOIN cases z ON z.version_id = y.version_id
WHERE c.hash = :contact

-- name: cases_of_campaign
SELECT z.case_id FROM campaign_texts x JOIN campaign_versions y USING (text_id)
JOIN cases z ON z.version_id = y.version_id WHERE x.campaign_id = :campaign

-- name: pending_offers
SELECT v.version_id, m.assessment_id, v.record, json_extract(m.record, '$.exploitation')
FROM cases c
JOIN ad_versions v ON v.version_id = c.version_id
LEFT JOIN assessments m
  ON m.assessment_id = (SELECT max(n.assessment_id) FROM assessments n WHERE n.version_id = c.version_id)
LEFT JOIN offer_facts f ON f.version_id = c.version_id
WHERE f.version_id IS NULL OR f.assessment_id IS NOT m.assessment_id LIMIT ?

-- name: contact_links
WITH own AS (
    SELECT DISTINCT t.campaign_id FROM contacts c JOIN contact_ads l USING (contact_id)
    JOIN campaign_versions m USING (version_id) JOIN campaign_texts t USING (text_id) WHERE c.hash = :hash),
others AS (
    SELECT l.contact_id, t.campaign_id, count(DISTINCT l.ad_id) AS ads FROM own
    JOIN campaign_texts t USING (campaign_id) JOIN campaign_versions m USING (text_id)
    JOIN contact_ads l USING (version_id) GROUP BY l.contact_id, t.campaign_id)
SELECT c.hash, c.kind, c.value AS sealed, o.campaign_id, o.ads FROM others o JOIN contacts c USING (contact_id)
WHERE c.hash <> :hash AND (
    SELECT count(DISTINCT t.campaign_id) FROM contact_ads l JOIN campaign_versions m USING (version_id)
    JOIN campaign_texts t USING (text_id) WHERE l.contact_id = c.contact_id) <= :campaigns
ORDER BY o.ads DESC, c.hash LIMIT :most

-- name: decided_cases
SELECT s.case_id FROM case_states s JOIN decisions d USING (decision_id) JOIN cases c ON c.case_id = s.case_id
WHERE s.state = 'decided' AND d.verdict IN (SELECT value FROM json_each(:verdicts))
  AND (:since IS NULL OR d.decided_at >= :since)
  AND (:campaign IS NULL OR c.version_id IN (
    SELECT m.version_id FROM campaign_versions m JOIN campaign_texts t USING (text_id)
    WHERE t.campaign_id = :campaign))
ORDER BY s.case_id

-- name: reserved_for_others
SELECT r.case_id FROM json_each(:cases) n CROSS JOIN queue_rows r ON r.case_id = n.value
WHERE r.lane IN ('second_opinion', 'disagreement') AND EXISTS (
    SELECT 1 FROM opinion_states o JOIN decisions a ON a.decision_id = o.first
    LEFT JOIN decisions b ON b.decision_id = o.second
    WHERE o.case_id = r.case_id AND (
        o.standing = 'awaited' AND a.analyst = :analyst COLLATE NOCASE
        OR o.standing = 'disagreed' AND (NOT :settles OR :analyst COLLATE NOCASE IN (a.analyst, b.analyst))))

-- name: assigned_cases
-- CROSS: few cases are assigned, and without it SQLite begins with all that wait.
SELECT r.case_id, r.title, r.source, r.opened_at, a.assigned_by AS by
FROM case_assignments a CROSS JOIN queue_rows r USING (case_id)
WHERE a.analyst = :analyst COLLATE NOCASE AND r.waiting = 1 AND NOT EXISTS (
    SELECT 1 FROM second_opinions o WHERE o.case_id = r.case_id AND o.fingerprint = r.fingerprint
    AND o.analyst = :analyst COLLATE NOCASE AND r.lane = 'second_opinion')
ORDER BY a.at, r.case_id

-- name: cases_to_settle
SELECT case_id, title, source, opened_at, NULL AS by FROM queue_rows
WHERE waiting = 1 AND lane = 'disagreement' ORDER BY opened_at, case_id

-- name: second_opinions_to_give
SELECT r.case_id, r.title, r.source, r.opened_at, NULL AS by FROM queue_rows r
WHERE r.lane = 'second_opinion' AND r.waiting = 1 AND NOT EXISTS (
    SELECT 1 FROM second_opinions o
    WHERE o.case_id = r.case_id AND o.fingerprint = r.fingerprint AND o.analyst = ? COLLATE NOCASE)
ORDER BY r.opened_at, r.case_id LIMIT ?

-- name: held_cases
WITH given AS (SELECT value AS ad_id FROM json_each(?)),
related AS (
    SELECT ad_id FROM given
    UNION SELECT n.ad_id FROM given JOIN campaign_versions m USING (ad_id)
    JOIN campaign_texts t USING (text_id) JOIN campaign_texts o USING (campaign_id)
    JOIN campaign_versions n ON n.text_id = o.text_id)
SELECT DISTINCT h.case_id FROM related JOIN case_ads l USING (ad_id)
JOIN case_holds h ON h.case_id = l.case_id AND h.ended_at IS NULL ORDER BY h.case_id

-- name: version_spans
SELECT g.model, g.taxonomy, g.texts, a.assessed_at AS first_at, z.assessed_at AS last_at
FROM (SELECT model_version AS model, taxonomy_version AS taxonomy, count(*) AS texts, min(assessment_id) AS first,
             max(assessment_id) AS last
      FROM assessments INDEXED BY sqlite_autoindex_assessments_1 GROUP BY 1, 2) g
JOIN assessments a ON a.assessment_id = g.first
JOIN assessments z ON z.assessment_id = g.last
ORDER BY g.first

-- A case counts once it is closed, and has its verdict then: what awaits a second opinion is not confirmed, and the
-- counts must not tell whoever owes it what the first one was. A case that nobody could tell says nothing of lures.

-- name: judged_cases
SELECT c.reason,
       min(9, CAST(10 * coalesce(
           (SELECT d.score FROM standing_decisions d WHERE d.case_id = r.case_id AND r.waiting = 0
            ORDER BY d.decision_id DESC LIMIT 1), r.score, 0) AS INTEGER)) AS tenth,
       count(*) AS cases, total(r.verdict <> 'cannot_tell') AS decided,
       total(r.verdict IN ('trafficking_recruitment', 'job_fraud')) AS lures
FROM queue_rows r JOIN cases c ON c.case_id = r.case_id
WHERE r.waiting IN (0, 1) AND r.opened_at >= ? AND c.reason IN ('score', 'indicator_rule')
GROUP BY c.reason, tenth

-- name: audit_nights
SELECT n.unflagged, n.drawn, total(r.verdict <> 'cannot_tell') AS decided,
       total(r.verdict IN ('trafficking_recruitment', 'job_fraud')) AS lures,
       total(r.lane = 'second_opinion') AS awaiting
FROM (SELECT run_id, started_at, ended_at, json_extract(counts, '$.unflagged') AS unflagged,
             json_extract(counts, '$.audit') AS drawn
      FROM runs WHERE ended_at IS NOT NULL AND started_at >= ?) n
LEFT JOIN queue_rows r ON r.waiting IN (0, 1) AND r.opened_at BETWEEN n.started_at AND n.ended_at
  AND (SELECT c.reason FROM cases c WHERE c.case_id = r.case_id) = 'audit'
WHERE n.unflagged > 0 GROUP BY n.run_id ORDER BY n.run_id

-- name: trend_cells
-- Each facet is counted by itself: counted by all at once there would be nearly as many rows as cases.
WITH flagged AS MATERIALIZED (
    SELECT substr(r.opened_at, 1, 7) AS month, r.verdict IN ('trafficking_recruitment', 'job_fraud') AS lure,
           r.kind, r.country, r.language, f.sector, f.addressed, f.schooling, f.exploitation, f.reached
    FROM queue_rows r JOIN cases c ON c.case_id = r.case_id LEFT JOIN offer_facts f ON f.version_id = r.version_id
    WHERE r.waiting IN (0, 1) AND r.opened_at >= ? AND c.reason IN ('score', 'indicator_rule')),
cells AS (
    SELECT 'kind' AS facet, kind AS value, month, count(*) AS flagged, total(lure) AS confirmed
    FROM flagged GROUP BY month, kind
    UNION ALL SELECT 'country', country, month, count(*), total(lure) FROM flagged GROUP BY month, country
    UNION ALL SELECT 'language', language, month, count(*), total(lure) FROM flagged GROUP BY month, language
    UNION ALL SELECT 'sector', sector, month, count(*), total(lure) FROM flagged GROUP BY month, sector
    UNION ALL SELECT 'addressed', addressed, month, count(*), total(lure) FROM flagged GROUP BY month, addressed
    UNION ALL SELECT 'schooling', schooling, month, count(*), total(lure) FROM flagged GROUP BY month, schooling
    UNION ALL SELECT 'exploitation', (SELECT group_concat(value) FROM json_each(exploitation)), month, count(*),
                     total(lure) FROM flagged GROUP BY month, exploitation
    UNION ALL SELECT 'reached', reached, month, count(*), total(lure) FROM flagged GROUP BY month, reached)
SELECT facet, coalesce(value, '') AS value, month, flagged, confirmed FROM cells ORDER BY facet, month, value

-- name: offer_profile
WITH seen AS (
    SELECT version_id, coalesce(language, 'unknown') AS language,
           instr(record, '\ud') = 0 AND json_extract(record, '$.base_salary') IS NOT NULL AS has_pay
    FROM ad_versions WHERE seen_at >= :since AND seen_at < :until AND content_hash <> ''),
scored AS (
    SELECT version_id, a.score, a.record FROM seen JOIN assessments a USING (version_id)
    WHERE a.model_version = :model)
SELECT (SELECT count(*) FROM seen) AS texts, (SELECT total(has_pay) FROM seen) AS with_pay,
       (SELECT count(*) FROM scored) AS scored, (SELECT total(score) / max(count(*), 1) FROM scored) AS mean_score,
       (SELECT json_group_object(language, texts)
        FROM (SELECT language, count(*) AS texts FROM seen GROUP BY language)) AS languages,
       (SELECT json_group_object(indicator, texts)
        FROM (SELECT json_extract(e.value, '$.indicator') AS indicator, count(DISTINCT version_id) AS texts
              FROM scored, json_each(scored.record, '$.evidence') e GROUP BY 1)) AS indicators

-- name: indicator_answers
SELECT key, sum(correct) AS correct, sum(1 - correct) AS incorrect
FROM (SELECT d.case_id, e.value AS key, 1 AS correct FROM standing_decisions d, json_each(d.confirmed) e
      UNION ALL SELECT d.case_id, e.value, 0 FROM standing_decisions d, json_each(d.rejected) e) a
JOIN queue_rows r ON r.case_id = a.case_id WHERE r.waiting = 0 GROUP BY key

-- name: batch_health
SELECT b.source, count(*) AS batches, sum(b.ads) AS ads, min(b.ads) AS fewest, max(b.started_at) AS last_at,
       (SELECT l.ads FROM batches l WHERE l.source = b.source ORDER BY l.started_at DESC LIMIT 1) AS last_ads
FROM batches b WHERE b.started_at >= ? GROUP BY b.source ORDER BY b.source

-- name: month_counts
SELECT count(*) AS opened, total(waiting = 0) AS decided,
       total(verdict IN ('trafficking_recruitment', 'job_fraud')) AS confirmed
FROM queue_rows WHERE waiting IN (0, 1) AND opened_at >= :from AND opened_at < :to

-- name: confirmed_cases
SELECT r.verdict, d.rejected, r.source, v.record, f.sector, f.addressed, f.schooling,
       (SELECT json_extract(m.record, '$.evidence') FROM assessments m WHERE m.version_id = r.version_id
        ORDER BY m.assessment_id DESC LIMIT 1) AS evidence
FROM queue_rows r
JOIN case_states s ON s.case_id = r.case_id
JOIN decisions d ON d.decision_id = s.decision_id
JOIN ad_versions v ON v.version_id = r.version_id
LEFT JOIN offer_facts f ON f.version_id = r.version_id
WHERE r.waiting = 0 AND r.opened_at >= :from AND r.opened_at < :to
  AND r.verdict IN ('trafficking_recruitment', 'job_fraud')
ORDER BY r.case_id

-- name: decided_texts
SELECT d.*, c.reason AS why,
       (SELECT v.record FROM ad_versions v WHERE v.fingerprint = d.fingerprint AND v.content_hash <> ''
        ORDER BY v.version_id LIMIT 1) AS record
FROM decisions d JOIN case_states s USING (decision_id) JOIN cases c ON c.case_id = d.case_id
WHERE NOT EXISTS (
    SELECT 1 FROM opinion_states o WHERE o.case_id = d.case_id
    AND (o.standing = 'disagreed' OR o.standing = 'awaited' AND NOT :awaited))
ORDER BY d.decision_id

-- name: opinion_state
SELECT o.standing, a.analyst AS first, b.analyst AS second, o.first AS first_decision, o.second AS second_decision
FROM opinion_states o
JOIN decisions a ON a.decision_id = o.first
LEFT JOIN decisions b ON b.decision_id = o.second WHERE o.case_id = ?

-- name: blind_pairs
-- The first thing that anybody else said of a text after whoever was first, and what that one had said by then. Who had
-- judged the text before saw the closed case.
WITH said AS (SELECT decision_id, case_id, fingerprint, analyst FROM standing_decisions WHERE settles = 0),
begun AS (SELECT case_id, fingerprint, analyst, min(decision_id) AS since FROM said GROUP BY 1, 2, 3),
seconds AS (
    SELECT q.*, min(o.since) AS second FROM second_opinions q
    JOIN begun b USING (case_id, fingerprint, analyst)
    JOIN begun o ON o.case_id = q.case_id AND o.fingerprint = q.fingerprint AND o.since > b.since
    GROUP BY q.case_id, q.fingerprint)
SELECT n.why, (
    SELECT max(a.decision_id) FROM said a WHERE a.case_id = n.case_id AND a.fingerprint = n.fingerprint
    AND a.analyst = n.analyst AND a.decision_id < n.second) AS first, n.second
FROM seconds n ORDER BY n.second

-- name: cases_awaiting
SELECT r.case_id FROM facet_values v JOIN facet_cases m USING (value_id) JOIN queue_rows r ON r.case_id = m.case_id
WHERE v.facet = 'lane' AND v.value = 'second_opinion' AND r.first_analyst = ? COLLATE NOCASE
ORDER BY r.decided_at DESC, r.case_id

-- name: unread_mentions
SELECT c.comment_id, c.case_id, c.analyst, c.text, c.at, r.title, r.lane = 'second_opinion' AS is_sealed
FROM case_mentions m JOIN case_comments c USING (comment_id) JOIN queue_rows r USING (case_id)
WHERE m.analyst = ? COLLATE NOCASE AND m.read_at IS NULL ORDER BY c.comment_id

-- name: standings
SELECT total(waiting * (facet = 'standing')) - total(waiting * (value = 'second_opinion')) AS to_review,
       total(waiting * (value = 'second_opinion')) AS awaiting, total(decided * (facet = 'standing')) AS closed,
       total(waiting * (value = 'resurfaced')) AS reopened
FROM facet_values WHERE facet IN ('standing', 'lane')

-- name: contact_choices
SELECT c.hash, c.kind, c.value AS sealed, count(r.case_id) AS cases
FROM json_each(?) n
JOIN queue_rows r ON r.case_id = n.value
JOIN ad_versions v ON v.version_id = r.version_id
JOIN contact_ads l ON l.ad_id = v.ad_id AND l.version_id = v.version_id
JOIN contacts c USING (contact_id)
GROUP BY c.contact_id ORDER BY cases DESC, c.hash LIMIT ?

-- name: contacts_of_versions
SELECT ad_id, json_group_array(contact_id)
FROM (SELECT l.ad_id, l.contact_id FROM json_each(?) w JOIN contact_ads l ON l.version_id = w.value
      ORDER BY l.ad_id, l.contact_id) GROUP BY ad_id

-- name: present_ads
SELECT t.campaign_id, json_group_array(DISTINCT a.ad_id)
FROM json_each(?) w
JOIN campaign_texts t ON t.campaign_id = w.value
JOIN campaign_versions m USING (text_id)
JOIN ads a ON a.ad_id = m.ad_id AND a.version_id = m.version_id
JOIN ad_versions v ON v.version_id = a.version_id
WHERE v.content_hash <> '' GROUP BY t.campaign_id

-- name: touched_campaigns
SELECT DISTINCT t.campaign_id FROM assessments a JOIN ad_versions v USING (version_id)
JOIN campaign_versions m ON m.ad_id = v.ad_id JOIN campaign_texts t USING (text_id) WHERE a.triaged_at IS NULL

-- name: versions_before
SELECT v.record FROM campaign_texts t JOIN campaign_versions m USING (text_id) JOIN ad_versions v USING (version_id)
WHERE t.campaign_id = ? AND m.joined_at <= ? AND v.content_hash <> '' ORDER BY v.version_id

-- name: changes_of_ads
SELECT ad_id, field, fact, before, after, changed_at FROM ad_changes
WHERE ad_id IN (SELECT value FROM json_each(?)) AND (fact IS NOT NULL OR NOT ?)
ORDER BY changed_at DESC, version_id DESC, fact IS NULL, fact, field

-- name: fact_counts
SELECT ad_id, fact || '_changed', count(DISTINCT version_id) FROM ad_changes
WHERE fact IS NOT NULL AND ad_id IN (SELECT value FROM json_each(:ads)) AND changed_at <= :at GROUP BY ad_id, fact
UNION ALL SELECT ad_id, fact, count(*) FROM ad_reposts
WHERE ad_id IN (SELECT value FROM json_each(:ads)) AND at <= :at GROUP BY ad_id, fact

-- name: last_visit
SELECT at FROM audit_log WHERE analyst = :name AND act <> 'failed_to_sign_in' AND entry_id < (
    SELECT max(entry_id) FROM audit_log WHERE analyst = :name AND act = 'signed_in')
ORDER BY entry_id DESC LIMIT 1

-- name: latest_moment
SELECT max(at) FROM (
    SELECT max(started_at) AS at FROM runs UNION ALL SELECT max(ended_at) FROM runs
    UNION ALL SELECT max(last_seen_at) FROM ads UNION ALL SELECT max(ended_at) FROM batches)

-- name: quiet_batches
SELECT count(*) FROM batches WHERE source = :source AND started_at > coalesce((
    SELECT max(started_at) FROM batches WHERE source = :source
    AND (json_extract(outcome, '$.new') > 0 OR json_array_length(outcome, '$.changed') > 0)), '')
