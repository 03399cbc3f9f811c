# ruff: noqa: E501 - lines of SQL
"""What PostgreSQL makes the million of (_million.py): ids, times, rows to choose from, tokens of an act."""

from __future__ import annotations

DEPARTMENTS, OFFICERS = 40, 500
FIRST, DAYS = "2024-12-01T00:00:00Z", 728

HELPERS = f"""
CREATE OR REPLACE FUNCTION bench_id(kind int, n bigint, at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(kind || '/' || n), 1, 3)
    || '8' || substr(md5(kind || '/' || n), 4, 15))::uuid $$;
CREATE OR REPLACE FUNCTION bench_department(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT bench_id(1, n %% {DEPARTMENTS}, '{FIRST}') $$;
CREATE OR REPLACE FUNCTION bench_officer(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT bench_id(2, n %% {OFFICERS}, '{FIRST}') $$;
CREATE OR REPLACE FUNCTION bench_at(n bigint, total bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
  SELECT timestamptz '{FIRST}' + interval '{DAYS} days' * (n::float8 / total) $$;
"""
RECORDINGS = """
CREATE TEMP TABLE r AS SELECT n, bench_at(n, %(all)s) AS at, bench_id(4, n, bench_at(n, %(all)s)) AS id,
  (n * 7919 + n / 997) %% %(officers)s AS who, (60 + n * 104729 %% 5340)::bigint AS s
FROM generate_series(0::bigint, %(all)s - 1) AS n
"""
ACTS = """
CREATE TEMP TABLE a AS SELECT k, r.n, r.who, r.id AS recording, r.at + interval '10 hours' AS at,
  bench_id(5, k, r.at) AS id, k * 7919 %% %(pool)s AS text, k %% 2160 AS tax,
  CASE WHEN k %% 20 = 0 THEN 0 WHEN k %% 6 = 0 THEN 5 ELSE 7 END AS present
FROM (SELECT n / 10 * 6 + n %% 10 AS k, * FROM r WHERE n %% 10 < 6) AS r
"""
LISTED = (
    "(SELECT *, row_number() OVER (ORDER BY code) - 1 AS p, count(*) OVER () AS c "
    "FROM catalogue_procedure WHERE version = 1)"
)
TAXPAYER = "names.name || coalesce(nullif(a.k / 2160, 0)::text, '')"
YEAR = "extract(year FROM a.at)::text"
TOKENS = f"""
names.tokens || coalesce(nullif(a.k / 2160, 0)::text || ':1', '')::tsvector
|| CASE present WHEN 7 THEN seven WHEN 5 THEN five ELSE '' END
|| CASE WHEN present > 0 THEN a.k %% 977 + 1 || ':1 号:2' ELSE '' END::tsvector
|| CASE WHEN present > 0 THEN to_char(at, 'YYYY":1" MM":2" DD":3" HH24":4" MI":5"') ELSE '' END::tsvector
|| CASE WHEN a.k %% 3 = 0 THEN '91130529ma' || lpad((a.k %% 300000)::text, 7, '0') || 'x:1' ELSE '' END::tsvector
|| CASE WHEN a.k %% 9 = 0 THEN '巨税:1 税稽:2 稽罚:3 罚:4 ' || {YEAR} || ':5 ' || a.k %% 5000 || ':6 号:7' ELSE '' END::tsvector
|| CASE WHEN a.k %% 27 = 0 THEN '巨税:1 税稽:2 稽案:3 案:4 ' || {YEAR} || ':5 ' || a.k %% 900 || ':6 号:7' ELSE '' END::tsvector
|| CASE WHEN a.k %% 8 = 0 THEN '入库:1 库:2 ' || a.k %% 5000 || ':3 元:4 纳税:5 税人:6 人已:7 已确:8 确认:9 认:10' ELSE '' END::tsvector
"""
