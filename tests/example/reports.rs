//! The report: its fields, and that its counts add up.

use std::collections::BTreeSet;

use consent_gate::json::{OnUnreadable, read_consents};
use consent_gate::{Gate, Purposes, Rules, parse_instant};
use serde_json::{Value, json};
use time::Duration;

use crate::program::{Job, lines, on_file};
use crate::world::{AS_OF, Object, grant, row, withdrawal};

/// The report of a run whose other output does not matter.
#[track_caller]
fn report(job: &Job) -> Value {
    let outcome = job.run();
    assert_eq!(outcome.ended.code, Some(0), "{}", outcome.ended.stderr);
    outcome.report()
}

/// Rows with every outcome, of people with every kind of record.
fn mixed() -> (Vec<String>, String) {
    let records = [
        grant(),
        grant().id("g2").by("u2").with("method", "accept-all"),
        withdrawal().id("w2").by("u2"),
        grant().id("g3").by("u3").without("evidence"),
        withdrawal().id("w4").by("u4"),
        grant().id("g5").by("u5").with("granular", false),
    ];
    let old = |row: Object| row.with("collected_at", "2024-01-01T00:00:00Z");
    let rows = [
        row(),
        row().by("u2"),
        row().by("u3"),
        row().by("u4"),
        row().by("u5"),
        row().by("u6"),
        row().with("data", "posts"),
        old(row()),
        old(row().by("u3")),
        row().without("data"),
        row().with("signals", json!([{"kind": "opt-out", "value": true}])),
        row().without("subject"),
        row(),
    ];
    let mut rows: Vec<String> = rows.iter().map(Object::line).collect();
    rows.extend(["{\n".to_owned(), "\n".to_owned(), row().line()]);
    (rows, lines(records))
}

fn counts<'r>(report: &'r Value, name: &str) -> impl Iterator<Item = (&'r str, u64)> {
    let counts = report[name].as_object().unwrap();
    let count = |(rule, count): (&'r String, &'r Value)| (rule.as_str(), count.as_u64().unwrap());
    counts.iter().map(count)
}

#[track_caller]
fn adds_up(report: &Value) {
    let number = |name: &str| report[name].as_u64().unwrap();
    let decided = number("consented") + number("withheld") + number("unreadable");
    assert_eq!(number("seen"), decided);
    let primary: u64 = counts(report, "primary").map(|(_, count)| count).sum();
    assert_eq!(number("withheld"), primary);
    for (rule, count) in counts(report, "primary") {
        assert!(count > 0, "{rule}: what did not happen is not listed");
        assert!(report["any"][rule].as_u64().unwrap() >= count, "{rule}");
    }
    for (rule, count) in counts(report, "any") {
        assert!(rule.parse::<Rules>().is_ok(), "{rule}");
        assert!((1..=number("withheld")).contains(&count), "{rule}");
    }
}

#[test]
fn the_report_has_these_fields_and_no_others() {
    let fields = BTreeSet::from([
        "seen",
        "consented",
        "withheld",
        "unreadable",
        "primary",
        "any",
        "gate",
        "gate_digest",
        "consents_digest",
        "as_of",
        "version",
        "replay",
        "unreadable_consents",
        "max_lag",
        "complete_through",
        "assured",
        "near_misses",
    ]);
    for job in [on_file([grant()]), on_file([]).replay()] {
        let report = report(&job);
        let found: BTreeSet<&str> = report
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(found, fields);
        assert_eq!(report["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(report["as_of"], AS_OF);
        assert_eq!(report["unreadable_consents"], 0);
    }
    assert_eq!(report(&on_file([]))["replay"], false);
    assert_eq!(report(&on_file([]).replay())["replay"], true);
}

#[test]
fn the_instant_is_told_in_utc() {
    let job = on_file([grant()]).asked_at("2024-11-01T02:30:00.500+02:30");
    assert_eq!(report(&job)["as_of"], "2024-11-01T00:00:00.5Z");
}

#[test]
fn the_gate_in_the_report_is_the_one_that_was_asked_for_and_so_is_its_digest() {
    let asked = parse_instant("2024-11-01T00:00:00Z").unwrap();
    let plain = Gate::builder("acme", Purposes::TRAIN_GENERATIVE, asked)
        .build()
        .unwrap();
    let found = report(&on_file([grant()]));
    assert_eq!(found["gate"], serde_json::to_value(&plain).unwrap());
    assert_eq!(found["gate_digest"], plain.digest().to_string());

    let purposes = Purposes::AI_TRAINING | Purposes::SEARCH;
    let strict = Gate::builder("acme", purposes, asked)
        .accept_notice("ai".parse().unwrap(), "3".parse().unwrap())
        .accept_notice("mail@home".parse().unwrap(), "4".parse().unwrap())
        .maximum_age(Duration::days(30))
        .waive(Rules::EVIDENCED | Rules::PERIOD)
        .build()
        .unwrap();
    let job = on_file([grant()])
        .purpose("search,ai-training")
        .asked_at("2024-11-01T01:00:00+01:00")
        .option("--accept-notice", "mail@home@4")
        .option("--accept-notice", "ai@3")
        .option("--accept-notice", "ai@3")
        .option("--max-age", "30")
        .option("--waive", "PERIOD,EVIDENCED");
    let found = report(&job);
    assert_eq!(found["gate"], serde_json::to_value(&strict).unwrap());
    assert_eq!(found["gate_digest"], strict.digest().to_string());
}

#[test]
fn gates_that_ask_for_different_things_have_different_digests() {
    let job = || on_file([grant()]);
    let jobs = [
        job(),
        job().trainer("acme2"),
        job().purpose("ai-training"),
        job().asked_at("2024-11-01T00:00:00.000000001Z"),
        job().option("--accept-notice", "ai@3"),
        job().option("--accept-notice", "a@i3"),
        job().option("--max-age", "30"),
        job().option("--waive", "EVIDENCED"),
    ];
    let digests: BTreeSet<String> = jobs
        .iter()
        .map(|job| report(job)["gate_digest"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(digests.len(), jobs.len());
    for digest in digests {
        assert_eq!(digest.len(), 64);
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        assert!(digest.bytes().all(is_hex), "{digest}");
    }
}

fn consents_digest(job: &Job) -> String {
    let report = report(job);
    report["consents_digest"].as_str().unwrap().to_owned()
}

fn digest_of(consents: &str) -> String {
    consents_digest(&Job::raw(row().line(), consents))
}

#[test]
fn the_digest_of_the_consents_is_that_of_the_set() {
    let records = [
        grant(),
        withdrawal(),
        grant().id("g2").by("u2"),
        grant().id("g3").by("u3").with("subject", 7),
    ];
    let digest = digest_of(&lines(records.clone()));
    let ledger = read_consents(lines(records.clone()).as_bytes(), OnUnreadable::Stop).unwrap();
    assert_eq!(digest, ledger.digest().to_string());

    let backwards = records.iter().rev().cloned();
    assert_eq!(digest_of(&lines(backwards)), digest, "order");
    let repeated = records.iter().chain(&records[1..3]).cloned();
    assert_eq!(digest_of(&lines(repeated)), digest, "repetition");
    let mut spelled = lines(records.clone());
    spelled = spelled.replace(
        "\"at\":\"2024-09-10T09:00:00Z\"",
        "\"at\" : \"2024-09-10T11:00:00.000+02:00\"",
    );
    spelled = spelled.replace(r#"["web","app"]"#, r#"["app", "web", "app"]"#);
    spelled = spelled.replace("\"subject\":7", "\"recipients\":[],\"subject\":\"7\"");
    assert_ne!(spelled, lines(records));
    assert_eq!(digest_of(&spelled), digest, "spelling");
}

#[test]
fn the_digest_of_the_consents_changes_with_each_thing_that_a_record_says() {
    let others = [
        grant(),
        grant().id("g2"),
        grant().by("u2"),
        grant().to("other"),
        grant().with("recipients", json!(["partner"])),
        grant().with("status", "renewed"),
        grant().with("purposes", json!(["train-generative", "search"])),
        grant().with("data", json!(["posts", "messages"])),
        grant().with("data_period", "all-existing"),
        grant().with("data_period", "2024-09-10T09:00:00Z"),
        grant().with("consent_type", "expressed"),
        grant().with("method", "statement"),
        grant().with("actor", "verified-guardian"),
        grant().with("capacity", "under-age"),
        grant().with("granular", false),
        grant().noticed("id", "other"),
        grant().noticed("version", "4"),
        grant().noticed("shown_at", "2024-09-10T08:58:00Z"),
        grant().noticed("purposes", json!(["ai-training"])),
        grant().noticed("controller", "other"),
        grant().without("notice"),
        grant().with("evidence", "https://consent.example/log/2"),
        grant().with("given_via", "app"),
        grant().with("withdraw_via", json!(["web"])),
        grant().with("at", "2024-09-10T09:00:00.000000001Z"),
        grant().without("valid_until"),
    ];
    let mut digests: BTreeSet<String> = others
        .iter()
        .map(|record| digest_of(&lines([record.clone(), withdrawal()])))
        .collect();
    assert_eq!(digests.len(), others.len());
    digests.insert(digest_of(&lines([grant()])));
    digests.insert(digest_of(&lines([withdrawal()])));
    digests.insert(digest_of(""));
    assert_eq!(digests.len(), others.len() + 3);
}

#[test]
fn the_digest_of_the_consents_tells_of_those_that_could_not_be_read() {
    let file = |more: &str| {
        let job = Job::raw(row().line(), grant().line() + more).option("--quarantine", "9");
        consents_digest(&job)
    };
    let digests = BTreeSet::from([
        file(""),
        file("{\"subject\":\"u1\"}\n"),
        file("{\"subject\":\"u2\"}\n"),
        file("{}\n"),
        file("{}\n{}\n"),
        file("{\"subject\":\"u1\"}\n{}\n"),
    ]);
    assert_eq!(digests.len(), 6);
}

#[test]
fn the_digest_of_the_consents_does_not_depend_on_the_rows_or_the_gate() {
    let digest = consents_digest(&on_file([grant()]));
    let brings = row().with("consents", json!([withdrawal().value()]));
    let others = [
        on_file([grant()]).rows([brings]),
        on_file([grant()])
            .trainer("other")
            .asked_at("2025-01-01T00:00:00Z"),
        on_file([grant()]).replay(),
    ];
    for other in others {
        assert_eq!(consents_digest(&other), digest);
    }
}

#[test]
fn what_is_counted_adds_up() {
    let (rows, consents) = mixed();
    let job = Job::raw(rows.concat(), consents);
    let open = report(&job);
    adds_up(&open);
    assert_eq!(open["seen"], rows.len());
    assert_eq!(open["consented"], 3);
    assert_eq!(open["unreadable"], 3);
    for name in ["primary", "any"] {
        assert_eq!(open["any"]["STANDING"], 2, "{name}");
    }
    let replayed = report(&job.replay());
    adds_up(&replayed);
    for name in [
        "seen",
        "consented",
        "withheld",
        "unreadable",
        "primary",
        "any",
    ] {
        assert_eq!(replayed[name], open[name], "{name}");
    }
    adds_up(&report(&Job::raw("", "")));
}

#[test]
fn every_withheld_and_unreadable_row_is_listed_once_and_every_consented_one_comes_out() {
    let (rows, consents) = mixed();
    let outcome = Job::raw(rows.concat(), consents).run();
    let report = outcome.report();
    let out = outcome.folder.text("out.jsonl");
    assert_eq!(report["consented"], out.lines().count());
    let listed = outcome.folder.text("withheld.jsonl");
    let listed: Vec<Value> = listed
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let unreadable = listed.iter().filter(|line| line["unreadable"].is_string());
    assert_eq!(report["unreadable"], unreadable.count());
    let withheld = listed.iter().filter(|line| line["unproven"].is_array());
    assert_eq!(report["withheld"], withheld.clone().count());
    for line in withheld {
        let reasons = |name: &str| line[name].as_array().unwrap().len();
        assert!(reasons("unproven") + reasons("contradicted") > 0, "{line}");
    }
    let numbers: Vec<u64> = listed
        .iter()
        .map(|line| line["line"].as_u64().unwrap())
        .collect();
    assert!(numbers.is_sorted_by(|one, next| one < next));
}

#[test]
fn the_reports_of_two_parts_add_up_to_that_of_the_whole() {
    let (rows, consents) = mixed();
    let whole = report(&Job::raw(rows.concat(), consents.clone()));
    for cut in 0..=rows.len() {
        let parts = [&rows[..cut], &rows[cut..]]
            .map(|part| report(&Job::raw(part.concat(), consents.clone())));
        parts.iter().for_each(adds_up);
        for name in ["seen", "consented", "withheld", "unreadable"] {
            let sum: u64 = parts.iter().map(|part| part[name].as_u64().unwrap()).sum();
            assert_eq!(whole[name], sum, "{name}");
        }
        for name in ["primary", "any"] {
            for rule in Rules::all().names() {
                let count = |report: &Value| report[name][rule].as_u64().unwrap_or(0);
                assert_eq!(
                    count(&whole),
                    parts.iter().map(count).sum::<u64>(),
                    "{rule}"
                );
            }
        }
        for name in ["gate", "gate_digest", "consents_digest", "as_of", "version"] {
            assert_eq!(parts[0][name], whole[name], "{name}");
            assert_eq!(parts[1][name], whole[name], "{name}");
        }
    }
}
