"""Asks each engine the queries in the folders of a folder, and compares the answers with the expected ones."""

import json
import sys
from pathlib import Path

import duckdb
import polars
import sqlglot


def duckdb_answer(folder: Path, query: str) -> list[int]:
    database = duckdb.connect()
    database.sql("SET TimeZone = 'America/New_York'")
    for name, file in (("posts", "rows"), ("consents", "table")):
        database.sql(f"CREATE VIEW {name} AS FROM read_parquet('{folder / file}.parquet')")
    return [row for (row,) in database.sql(query).fetchall()]


def polars_answer(folder: Path, query: str) -> list[int]:
    frames = {
        "posts": polars.scan_parquet(folder / "rows.parquet"),
        "consents": polars.scan_parquet(folder / "table.parquet"),
    }
    answer = polars.SQLContext(frames, eager=True).execute(query)
    return answer["row"].to_list()


def spark_answer(folder: Path, query: str) -> list[int]:
    # A timestamp of Spark is one with a zone, and DuckDB calls that by another name.
    query = sqlglot.transpile(query, read="spark", write="duckdb")[0]
    query = query.replace("= 'timestamp'", "= 'TIMESTAMP WITH TIME ZONE'")
    return duckdb_answer(folder, query)


ENGINES = {"duckdb": duckdb_answer, "polars": polars_answer, "spark": spark_answer}


def main() -> int:
    asked = dict.fromkeys(ENGINES, 0)
    passing = dict.fromkeys(ENGINES, 0)
    wrong = 0
    for folder in sorted(Path(sys.argv[1]).iterdir()):
        expected = json.loads((folder / "expected.json").read_text())
        for name, answer in ENGINES.items():
            file = folder / f"{name}.sql"
            if not file.exists():
                continue
            query = file.read_text()
            asked[name] += 1
            try:
                # Each row comes out once.
                found = sorted(answer(folder, query))
            except Exception as error:
                found = [] if (folder / "may_fail").exists() else repr(error)
            if found == expected:
                passing[name] += len(expected)
            else:
                wrong += 1
                if wrong <= 5:
                    print(f"{name}: {found} instead of {expected}\n{query}\n")
    for name in ENGINES:
        print(f"{name}: {asked[name]} queries, {passing[name]} rows passed as expected")
    print(f"{wrong} wrong answers")
    return 1 if wrong or not all(passing.values()) else 0


sys.exit(main())
