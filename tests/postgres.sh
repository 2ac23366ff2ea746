#!/usr/bin/env bash
# Takes the log of consents in examples/data/postgres out of a PostgreSQL that it starts and stops, in
# both ways that the guide shows, and gates rows by it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

bin=$( (ls -d /usr/lib/postgresql/*/bin 2>/dev/null || true) | sort -V | tail -n 1)
if [ -z "$bin" ]; then
    bin=$(dirname "$(command -v initdb || true)")
fi
if [ ! -x "$bin/initdb" ]; then
    echo 'skipped: there is no PostgreSQL here'
    exit 0
fi

# PostgreSQL refuses to run as root.
as=()
folder=$(mktemp -d)
if [ "$(id -u)" = 0 ]; then
    chown postgres "$folder"
    as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
fi
stop() {
    "${as[@]}" "$bin/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null || true
    rm -rf "$folder"
}
trap stop EXIT
"${as[@]}" "$bin/initdb" -D "$folder/data" -U gate --auth=trust -E UTF8 >/dev/null
"${as[@]}" "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -w \
    -o "-c listen_addresses='' -c timezone=Asia/Kathmandu -k $folder" start >/dev/null

psql() {
    "$bin/psql" -h "$folder" -U gate -d postgres -v ON_ERROR_STOP=1 --no-psqlrc -q "$@"
}
psql -f examples/data/postgres/table.sql
psql -At -f examples/data/postgres/consents.sql >"$folder/consents.jsonl"
psql -f examples/data/postgres/copy.sql >"$folder/consents.csv"

gate() {
    cargo run --quiet --locked --release --example gate -- --rows examples/data/postgres/rows.jsonl \
        --trainer acme --purpose train-generative --as-of 2024-11-01T00:00:00Z "$@"
}
gate --consents "$folder/consents.jsonl" --out "$folder/json.out" --withheld "$folder/json.withheld"
gate --consents "$folder/consents.csv" --format csv --columns user_id=subject --columns changed_at=at \
    --out "$folder/csv.out" --withheld "$folder/csv.withheld"
cmp "$folder/json.out" "$folder/csv.out"
cmp "$folder/json.withheld" "$folder/csv.withheld"

# One person said yes, one took it back, one was asked about something else, one was not informed.
diff - "$folder/json.out" <<'ROWS'
{"id": "a", "subject": 17, "collected_at": "2024-10-01T00:00:00Z", "data": ["posts"]}
ROWS
diff - "$folder/json.withheld" <<'WITHHELD'
{"line":2,"id":"b","unproven":[],"contradicted":["STANDING"]}
{"line":3,"id":"c","unproven":["ON_RECORD"],"contradicted":[]}
{"line":4,"id":"d","unproven":["INFORMED"],"contradicted":[]}
WITHHELD
echo 'PostgreSQL: the consents of its table decide as they should'
