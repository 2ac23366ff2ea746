//! Signals: what preferences attached to content restrict, kind by kind, through the library and
//! through a row of JSON.

use consent_gate::json::RowReader;
use consent_gate::signal::{self, Kind};
use consent_gate::{Ledger, Purposes, Restrictions, Rules as Rule, UserRecord};
use serde_json::{Value, json};

use crate::world::{AS_OF, NOTHING, denies, gate, gate_of, grant, on_file, post};

pub(crate) const TRAINING: Purposes =
    Purposes::TRAIN_GENERATIVE.union(Purposes::TRAIN_NON_GENERATIVE);

/// What the table of signals calls "AI purposes".
const AI: Purposes = TRAINING
    .union(Purposes::AI_INPUT)
    .union(Purposes::EMBEDDING)
    .union(Purposes::AI_EVALUATION);

const AI_AND_MINING: Purposes = AI.union(Purposes::DATA_MINING);

/// The restrictions of a row with these signals, given as JSON texts.
fn of_row(signals: &[(&str, &str)]) -> Restrictions {
    let signals: Vec<_> = signals
        .iter()
        .map(|(kind, value)| format!(r#"{{"kind":"{kind}","value":{value}}}"#))
        .collect();
    let line = format!(r#"{{"signals":[{}]}}"#, signals.join(","));
    let row = RowReader::new().read(line.as_bytes());
    row.unwrap_or_else(|error| panic!("{line}: {error}"))
        .restrictions()
}

/// What one signal restricts: a row says the same as the library.
#[track_caller]
pub(crate) fn read(kind: &str, value: &str) -> Restrictions {
    let of_row = of_row(&[(kind, value)]);
    assert_eq!(kind.parse::<Kind>().unwrap().read(value), of_row);
    of_row
}

/// A text as a value of JSON.
pub(crate) fn quoted(text: &str) -> String {
    json!(text).to_string()
}

pub(crate) fn beside_unreadable(purposes: Purposes) -> Restrictions {
    Restrictions::of(purposes).and(Restrictions::unread())
}

/// A licence with something in it.
pub(crate) fn licence(within: &str) -> String {
    format!(
        r#"<rsl xmlns="https://rslstandard.org/rsl"><content url="/"><license>{within}</license></content></rsl>"#
    )
}

pub(crate) fn prohibiting(usage: &str) -> String {
    licence(&format!(r#"<prohibits type="usage">{usage}</prohibits>"#))
}

/// Values that say no: a kind, a value as JSON, and what it restricts.
type Noes = Vec<(&'static str, String, Purposes)>;

/// The table of signals: for each kind and each of its names a value that says no.
fn table() -> Noes {
    let mut table = noes_of_fields();
    table.extend(noes_of_records());
    table.extend(noes_of_assertions());
    for (usage, purposes) in [
        ("all", AI | Purposes::SEARCH),
        ("ai-all", AI),
        ("ai-train", TRAINING),
        ("train-ai", TRAINING),
        ("train-genai", Purposes::TRAIN_GENERATIVE),
        ("ai-input", Purposes::AI_INPUT),
        ("ai-use", Purposes::AI_INPUT),
        ("ai-index", Purposes::EMBEDDING),
        ("search", Purposes::SEARCH),
    ] {
        table.push(("rsl", quoted(&prohibiting(usage)), purposes));
    }
    table.push(("gpc", quoted("1"), Purposes::ADVERTISING));
    table.push(("opt-out", "true".to_owned(), Purposes::all()));
    table.push(("erased", quoted("2024-10-30T00:00:00Z"), Purposes::all()));
    table
}

fn noes_of_fields() -> Noes {
    let mut table = Vec::new();
    for (label, purposes) in [
        ("train-ai", TRAINING),
        ("train-genai", Purposes::TRAIN_GENERATIVE),
        ("genai", Purposes::TRAIN_GENERATIVE),
        ("tdm", AI_AND_MINING),
        ("ai", AI_AND_MINING),
        ("all", AI_AND_MINING),
        ("bots", AI_AND_MINING),
        ("ai-use", Purposes::AI_INPUT),
        ("ai-output", Purposes::AI_INPUT),
        ("inference", Purposes::AI_INPUT),
        ("search", Purposes::SEARCH),
    ] {
        table.push(("content-usage", quoted(&format!("{label}=n")), purposes));
    }
    for one in ["1", r#""1""#] {
        table.push(("tdm-reservation", one.to_owned(), AI_AND_MINING));
    }
    for directive in ["noai", "noimageai", "noml"] {
        table.push(("x-robots-tag", quoted(directive), AI));
        table.push(("x-robots-tag", json!([directive]).to_string(), AI));
    }
    for (label, purposes) in [
        ("ai-train", TRAINING),
        ("ai-input", Purposes::AI_INPUT),
        ("search", Purposes::SEARCH),
    ] {
        let line = format!("{label}=no");
        table.push(("content-signal", quoted(&line), purposes));
        let line = format!("Content-Signal: {line}");
        table.push(("content-signal", quoted(&line), purposes));
    }
    table
}

fn noes_of_records() -> Noes {
    let mut table = Vec::new();
    for (intent, purposes) in [
        (
            "syntheticContentGeneration",
            Purposes::TRAIN_GENERATIVE | Purposes::AI_INPUT,
        ),
        (
            "bulkDataset",
            Purposes::DATASET_RELEASE | Purposes::DATA_MINING,
        ),
    ] {
        let record = json!({
            "$type": "org.user-intents.declaration",
            intent: {"updatedAt": "2025-02-20T21:37:20.362Z", "allow": false},
        });
        table.push(("user-intents", record.to_string(), purposes));
        let bare = json!({intent: {"allow": false}});
        table.push(("user-intents", bare.to_string(), purposes));
    }
    for (preference, purposes) in [
        ("training", TRAINING),
        ("syntheticContent", Purposes::TRAIN_GENERATIVE),
        ("embedding", Purposes::EMBEDDING),
        ("inference", Purposes::AI_INPUT),
    ] {
        let record = json!({
            "$type": "community.lexicon.preference.ai",
            "updatedAt": "2026-04-01T00:00:00Z",
            "scope": {"$type": "community.lexicon.preference.ai#globalScope"},
            "preferences": {preference: {"allow": false, "updatedAt": "2026-04-01T00:00:00Z"}},
        });
        table.push(("preference-ai", record.to_string(), purposes));
        let bare = json!({preference: {"allow": false}});
        table.push(("preference-ai", bare.to_string(), purposes));
    }
    table
}

fn noes_of_assertions() -> Noes {
    let mut table = Vec::new();
    for (name, purposes) in [
        ("ai_generative_training", Purposes::TRAIN_GENERATIVE),
        ("ai_training", Purposes::TRAIN_NON_GENERATIVE),
        ("ai_inference", Purposes::AI_INPUT),
        ("data_mining", Purposes::DATA_MINING),
    ] {
        for prefix in ["c2pa", "cawg"] {
            for no in ["notAllowed", "constrained"] {
                let entries = json!({format!("{prefix}.{name}"): {"use": no}});
                let data = json!({"entries": entries}).to_string();
                table.push(("training-mining", data, purposes));
                table.push(("training-mining", entries.to_string(), purposes));
            }
        }
    }
    table
}

/// R18 · every name of every vocabulary.
#[test]
fn each_name_restricts_what_its_vocabulary_means_by_it() {
    for (kind, value, purposes) in table() {
        let expected = Restrictions::of(purposes);
        assert_eq!(read(kind, &value), expected, "{kind}: {value}");
    }
}

/// Every purpose, by itself.
fn each_purpose() -> impl Iterator<Item = Purposes> {
    let all = Purposes::all().bits();
    let bits = (0..u32::BITS).map(|place| 1 << place);
    bits.filter(move |bit| all & bit != 0)
        .map(Purposes::from_bits_truncate)
}

/// R18 · a signal that restricts denies what it restricts, and lets the rest be decided by what
/// people said.
#[test]
fn a_no_denies_what_it_is_about_and_nothing_else() {
    for asked in each_purpose() {
        let given = grant().told(asked).but(|details| details.purposes = asked);
        let ledger = Ledger::from_iter([given]);
        let gate = gate_of("acme", asked, AS_OF).build().unwrap();
        for (kind, value, purposes) in table() {
            let mut row = post();
            row.restrictions = read(kind, &value);
            let decision = gate.with(&ledger).decide(&row);
            if purposes.contains(asked) {
                denies(&decision, NOTHING, Rule::UNRESTRICTED);
            } else {
                assert!(decision.is_permit(), "{kind}: {value}, {asked}: {decision}");
            }
        }
    }
}

/// Values, as JSON, of some kinds.
type Cases = Vec<(&'static str, Vec<Value>)>;

fn passed_over_of_fields() -> Cases {
    vec![
        (
            "content-usage",
            vec![
                json!("train-ai=y"),
                json!("train-ai=y, search=y, all=y"),
                json!("something-else=n, other"),
                json!("train-ai=y;why=n"),
                json!("train-ai=y; n"),
                json!(""),
                json!("ai-train=y"),
            ],
        ),
        ("tdm-reservation", vec![json!(0), json!("0")]),
        (
            "x-robots-tag",
            vec![
                json!("noindex, nofollow"),
                json!("max-image-preview:large"),
                json!("unavailable_after: 25 Jun 2030 15:00:00 PST"),
                json!("noai2, xnoai, unavailable_after: 25 Jun 2010"),
                json!(""),
                json!([]),
                json!(["all", "none"]),
            ],
        ),
        (
            "content-signal",
            vec![
                json!("search=yes"),
                json!("ai-train=yes, search=yes,ai-input=yes"),
                json!("content-signal: ai-train=yes"),
                json!("train-ai=yes"),
                json!(""),
            ],
        ),
        (
            "gpc",
            vec![
                json!("0"),
                json!(""),
                json!("true"),
                json!("1.0"),
                json!(" 1"),
                json!("11"),
            ],
        ),
    ]
}

fn passed_over_of_records() -> Cases {
    vec![
        (
            "user-intents",
            vec![
                json!({}),
                json!({"$type": "org.user-intents.declaration"}),
                json!({"syntheticContentGeneration": {"allow": true}}),
                json!({"syntheticContentGeneration": {"updatedAt": "2025-02-20T21:37:20Z"}}),
                json!({"bulkDataset": {}}),
                json!({"protocolBridging": {"allow": false}}),
                json!({"publicAccessArchive": {"allow": false}}),
            ],
        ),
        (
            "preference-ai",
            vec![
                json!({}),
                json!({"preferences": {}}),
                json!({"preferences": {"training": {"allow": true}, "other": {"allow": true}}}),
                json!({"preferences": {"training": {"updatedAt": "2026-04-01T00:00:00Z"}}}),
                json!({"training": {"allow": true}}),
            ],
        ),
        (
            "training-mining",
            vec![
                json!({"entries": {}}),
                json!({"entries": {"cawg.ai_training": {"use": "allowed"}}}),
                json!({"c2pa.data_mining": {"use": "allowed", "constraint_info": "none"}}),
                json!({"entries": {"com.example.ai_training": {"use": "notAllowed"}}}),
                json!({"entries": {"cawg.something": {"use": "notAllowed"}}}),
            ],
        ),
        (
            "rsl",
            vec![
                json!(licence("")),
                json!(licence(r#"<permits type="usage">all</permits>"#)),
                json!(licence(r#"<payment type="free"/>"#)),
                json!(licence(
                    "<!-- <prohibits type=\"usage\">all</prohibits> -->"
                )),
                json!(licence(
                    "<![CDATA[<prohibits type=\"usage\">all</prohibits>]]>"
                )),
            ],
        ),
        ("opt-out", vec![json!(false)]),
    ]
}

/// R18 · what the table ignores: a yes, silence, what is about something else.
#[test]
fn a_yes_restricts_nothing_and_neither_does_what_is_about_something_else() {
    for (kind, values) in passed_over_of_fields()
        .into_iter()
        .chain(passed_over_of_records())
    {
        for value in values {
            let value = value.to_string();
            assert_eq!(read(kind, &value), Restrictions::none(), "{kind}: {value}");
        }
    }
}

fn undefined_of_fields() -> Cases {
    vec![
        (
            "content-usage",
            vec![
                json!("train-ai"),
                json!("train-ai=?0"),
                json!("train-ai=\"n\""),
                json!("train-ai=(n)"),
                json!("train-ai=no"),
                json!("train-ai=*"),
                json!("ai=maybe"),
                json!("search=no"),
                json!("Train-AI=n"),
                json!("train-ai = n"),
                json!("train-ai="),
                json!("=n"),
                json!(","),
                json!("\u{0}train-ai=n"),
                json!("ü=n"),
                json!(true),
            ],
        ),
        (
            "tdm-reservation",
            vec![
                json!(2),
                json!("2"),
                json!("01"),
                json!(""),
                json!(" 1"),
                json!(true),
            ],
        ),
        (
            "x-robots-tag",
            vec![json!(true), json!([["noai"]]), json!([null])],
        ),
        (
            "content-signal",
            vec![
                json!("ai-train"),
                json!("ai-train=n"),
                json!("ai-train=maybe"),
                json!("search=n"),
                json!("ai-summarise=no"),
                json!("AI-Train=no"),
                json!("no"),
                json!("User-agent: *"),
                json!(false),
            ],
        ),
        ("gpc", vec![json!(1), json!(true)]),
    ]
}

fn undefined_of_records() -> Cases {
    vec![
        (
            "user-intents",
            vec![
                json!({"syntheticContentGeneration": null}),
                json!({"syntheticContentGeneration": false}),
                json!({"syntheticContentGeneration": []}),
                json!({"syntheticContentGeneration": {"allow": "false"}}),
                json!({"syntheticContentGeneration": {"allow": 0}}),
                json!({"bulkDataset": {"allow": [false]}}),
                json!("syntheticContentGeneration"),
                json!([{"syntheticContentGeneration": {"allow": false}}]),
            ],
        ),
        (
            "preference-ai",
            vec![
                json!({"preferences": null}),
                json!({"preferences": [{"training": {"allow": false}}]}),
                json!({"preferences": {"training": null}}),
                json!({"preferences": {"training": {"allow": "no"}}}),
                json!({"training": {"allow": 1}}),
            ],
        ),
        (
            "training-mining",
            vec![
                json!({}),
                json!({"entries": null}),
                json!({"entries": []}),
                json!({"entries": {"cawg.ai_training": null}}),
                json!({"entries": {"cawg.ai_training": "notAllowed"}}),
                json!({"entries": {"cawg.ai_training": {}}}),
                json!({"entries": {"cawg.ai_training": {"use": null}}}),
                json!({"entries": {"cawg.ai_training": {"use": "NotAllowed"}}}),
                json!({"entries": {"c2pa.data_mining": {"use": "forbidden"}}}),
                json!({"entries": {"c2pa.data_mining": {"use": ["notAllowed"]}}}),
            ],
        ),
        ("rsl", vec![json!(1), json!("")]),
        ("opt-out", vec![json!(1), json!("true"), json!([true])]),
        (
            "erased",
            vec![json!(true), json!("yesterday"), json!("2024-10-30")],
        ),
    ]
}

/// R18 · a value that its standard calls an error, or does not define.
#[test]
fn a_value_that_no_standard_defines_is_unreadable() {
    let of_no_kind = [json!(null), json!({"a": 1}), json!(-1), json!(0.5)];
    for (kind, values) in undefined_of_fields()
        .into_iter()
        .chain(undefined_of_records())
    {
        for value in values.iter().chain(&of_no_kind) {
            let value = value.to_string();
            assert_eq!(
                read(kind, &value),
                Restrictions::unread(),
                "{kind}: {value}"
            );
        }
    }
}

/// R18 · only `x-robots-tag` may be a list. Under another field a list cannot be read, but the noes
/// in it can.
#[test]
fn a_list_is_a_value_of_one_kind_alone() {
    for (kind, yes, no, purposes) in [
        ("content-usage", "train-ai=y", "train-ai=n", TRAINING),
        ("content-signal", "ai-train=yes", "ai-train=no", TRAINING),
        ("tdm-reservation", "0", "1", AI_AND_MINING),
        ("gpc", "0", "1", Purposes::ADVERTISING),
        ("rsl", "<rsl/>", "<rsl/>", Purposes::empty()),
    ] {
        let empty = read(kind, "[]");
        assert_eq!(empty, Restrictions::unread(), "{kind}");
        let yes_alone = read(kind, &json!([yes]).to_string());
        assert_eq!(yes_alone, Restrictions::unread(), "{kind}");
        let both = read(kind, &json!([no, yes]).to_string());
        assert_eq!(both, beside_unreadable(purposes), "{kind}");
    }
    let prohibited = json!([prohibiting("search")]).to_string();
    assert_eq!(
        read("rsl", &prohibited),
        beside_unreadable(Purposes::SEARCH)
    );
}

/// R18 · an unknown kind, and a kind without a value.
#[test]
fn an_unknown_kind_is_unreadable() {
    for kind in ["consented", "Opt-Out", "opt_out", " gpc", "", "train-ai"] {
        assert!(kind.parse::<Kind>().is_err());
        assert_eq!(of_row(&[(kind, "true")]), Restrictions::unread());
    }
    let known = |kind: &str| kind.parse::<Kind>().unwrap().to_string() == kind;
    for (kind, _, _) in table() {
        assert!(known(kind));
        let line = format!(r#"{{"signals":[{{"kind":"{kind}"}}]}}"#);
        let row = RowReader::new().read(line.as_bytes()).unwrap();
        assert_eq!(row.restrictions(), Restrictions::unread());
    }
}

/// R18 · a readable no counts next to an unreadable part, and no waiver helps against it.
#[test]
fn a_no_counts_beside_what_cannot_be_read() {
    for (kind, value, purposes) in [
        ("content-usage", json!("train-ai=n, search=N"), TRAINING),
        ("content-usage", json!("train-ai=n, tdm"), TRAINING),
        (
            "content-usage",
            json!("train-ai=n, train-ai=y, ="),
            TRAINING,
        ),
        ("content-usage", json!("train-ai=n;"), TRAINING),
        ("content-usage", json!(["train-ai=n", 7]), TRAINING),
        ("content-signal", json!("ai-train=no, x=no"), TRAINING),
        (
            "content-signal",
            json!("ai-train=no # not for you"),
            TRAINING,
        ),
        ("x-robots-tag", json!([null, "noai", 7]), AI),
        ("tdm-reservation", json!(["1", "x"]), AI_AND_MINING),
        (
            "user-intents",
            json!({"bulkDataset": null, "syntheticContentGeneration": {"allow": false}}),
            Purposes::TRAIN_GENERATIVE | Purposes::AI_INPUT,
        ),
        (
            "preference-ai",
            json!({"preferences": {"training": {"allow": false}}, "embedding": null}),
            TRAINING,
        ),
        (
            "training-mining",
            json!({"entries": null, "cawg.ai_training": {"use": "constrained"}}),
            Purposes::TRAIN_NON_GENERATIVE,
        ),
        (
            "rsl",
            json!(prohibiting("ai-train, ai-summarise")),
            TRAINING,
        ),
    ] {
        let found = read(kind, &value.to_string());
        assert_eq!(found, beside_unreadable(purposes), "{kind}: {value}");
        if purposes.contains(Purposes::TRAIN_GENERATIVE) {
            on_file([grant().record()])
                .gate(gate().waive(Rule::UNRESTRICTED))
                .where_row(|row| row.restrictions = found)
                .contradicts(Rule::UNRESTRICTED);
        }
    }
}

/// R18 · and what is unreadable alone may be forgiven.
#[test]
fn what_cannot_be_read_withholds_unless_that_is_waived() {
    let unread = read("content-usage", &quoted("train-ai=N"));
    on_file([grant().record()])
        .where_row(|row| row.restrictions = unread)
        .leaves_unproven(Rule::UNRESTRICTED);
    on_file([grant().record()])
        .gate(gate().waive(Rule::UNRESTRICTED))
        .where_row(|row| row.restrictions = unread)
        .permits();
}

/// R18 · several signals add up, and their order does not matter.
#[test]
fn the_most_restrictive_signal_wins_in_any_order() {
    let mut signals = table();
    signals.push(("content-usage", quoted("train-ai=y"), Purposes::empty()));
    signals.push(("opt-out", "false".to_owned(), Purposes::empty()));
    for (kind, value, purposes) in &signals {
        for (other, its_value, its_purposes) in &signals {
            let (one, two) = ((*kind, value.as_str()), (*other, its_value.as_str()));
            let expected = Restrictions::of(*purposes | *its_purposes);
            assert_eq!(of_row(&[one, two]), expected, "{one:?}, {two:?}");
            assert_eq!(of_row(&[two, one]), expected, "{two:?}, {one:?}");
        }
        let alone = (*kind, value.as_str());
        let expected = beside_unreadable(*purposes);
        assert_eq!(of_row(&[alone, ("unheard-of", "1")]), expected);
        assert_eq!(of_row(&[("unheard-of", "1"), alone]), expected);
    }
}

/// R18 · trap: `NoAI`.
#[test]
fn a_robot_is_told_no_in_any_case() {
    for no in ["NoAI", "NOAI", "noAI", "NoImageAI", "NOML"] {
        assert_eq!(signal::x_robots_tag([no]), Restrictions::of(AI));
        assert_eq!(read("x-robots-tag", &quoted(no)), Restrictions::of(AI));
    }
}

/// R18 · trap: `noai, max-image-preview:large`.
#[test]
fn a_robot_is_told_no_beside_any_other_directive() {
    for field in [
        "noai, max-image-preview:large",
        "max-image-preview:large,noai",
        "noindex,\tnoimageai ,nofollow",
        "noindex noai",
        "noai;noindex",
        "X-Robots-Tag: noindex, noai",
    ] {
        assert_eq!(
            read("x-robots-tag", &quoted(field)),
            Restrictions::of(AI),
            "{field}"
        );
    }
}

/// R18 · trap: `otherbot: noai`.
#[test]
fn a_no_to_another_robot_is_a_no() {
    for field in [
        "otherbot: noai",
        "otherbot:noai",
        "googlebot: noindex, otherbot: noindex, noml",
    ] {
        assert_eq!(
            read("x-robots-tag", &quoted(field)),
            Restrictions::of(AI),
            "{field}"
        );
    }
}

/// R18 · trap: several fields of one header.
#[test]
fn every_field_of_a_header_counts() {
    let fields = json!(["noindex", "max-image-preview:large", "otherbot: noai"]).to_string();
    assert_eq!(read("x-robots-tag", &fields), Restrictions::of(AI));
    assert_eq!(
        signal::content_usage(["search=n", "train-ai=n"]),
        Restrictions::of(TRAINING | Purposes::SEARCH)
    );
    assert_eq!(
        signal::content_signal(["search=yes", "ai-train=no"]),
        Restrictions::of(TRAINING)
    );
    assert_eq!(
        signal::tdm_reservation(["0", "1", "0"]),
        Restrictions::of(AI_AND_MINING)
    );
    assert_eq!(
        signal::gpc(["0", "1"]),
        Restrictions::of(Purposes::ADVERTISING)
    );
    // What RFC 9651 allows to be split is read when it is joined, too.
    assert_eq!(
        signal::content_usage(["x=\"a", "b\", train-ai=n"]),
        beside_unreadable(TRAINING)
    );
    let none: [&str; 0] = [];
    assert_eq!(signal::content_usage(none), Restrictions::none());
    assert_eq!(signal::x_robots_tag(none), Restrictions::none());
}

/// R18 · trap: a signed manifest with both labels.
#[test]
fn a_manifest_with_both_labels_means_the_stricter_one() {
    let (older, newer) = ("c2pa.ai_generative_training", "cawg.ai_generative_training");
    for (allowed, not) in [(older, newer), (newer, older)] {
        let entries = json!({allowed: {"use": "allowed"}, not: {"use": "notAllowed"}});
        let no = Restrictions::of(Purposes::TRAIN_GENERATIVE);
        let nested = json!({"entries": entries}).to_string();
        assert_eq!(read("training-mining", &nested), no);
        assert_eq!(read("training-mining", &entries.to_string()), no);
        let of = |key: &str| json!({"entries": {key: entries[key]}}).to_string();
        let (yes, refusal) = (of(allowed), of(not));
        let two = [
            ("training-mining", yes.as_str()),
            ("training-mining", refusal.as_str()),
        ];
        assert_eq!(of_row(&two), no);
    }
}

/// R18 · trap: `constrained`.
#[test]
fn a_use_that_is_constrained_is_not_allowed() {
    let data = json!({"entries": {
        "cawg.ai_generative_training": {"use": "constrained", "constraint_info": "research only"},
        "cawg.ai_training": {"use": "allowed"},
    }});
    assert_eq!(
        read("training-mining", &data.to_string()),
        Restrictions::of(Purposes::TRAIN_GENERATIVE)
    );
}

/// R18 · trap: keys directly under the data.
#[test]
fn a_use_directly_under_the_data_counts_beside_the_entries() {
    let data = json!({
        "c2pa.ai_inference": {"use": "notAllowed"},
        "entries": {"cawg.data_mining": {"use": "notAllowed"}},
        "metadata": {"dateTime": "2024-10-01T00:00:00Z"},
    });
    assert_eq!(
        read("training-mining", &data.to_string()),
        Restrictions::of(Purposes::AI_INPUT | Purposes::DATA_MINING)
    );
}

/// R18 · trap: `allow: null`.
#[test]
fn a_null_where_a_choice_should_stand_is_unreadable() {
    for (kind, record) in [
        ("user-intents", json!({"syntheticContentGeneration": null})),
        (
            "user-intents",
            json!({"syntheticContentGeneration": {"allow": null}}),
        ),
        ("user-intents", json!({"bulkDataset": {"allow": null}})),
        (
            "preference-ai",
            json!({"preferences": {"training": {"allow": null}}}),
        ),
        ("preference-ai", json!({"training": null})),
    ] {
        let record = record.to_string();
        assert_eq!(read(kind, &record), Restrictions::unread(), "{record}");
    }
}

/// R18 · trap: `train-ai=n, train-ai=y` in one field and in two. RFC 9651, 4.2.2.
#[test]
fn the_last_of_equal_labels_counts_in_one_field_and_the_no_in_two() {
    let no = Restrictions::of(TRAINING);
    let one = |field: &str| read("content-usage", &quoted(field));
    assert_eq!(one("train-ai=n, train-ai=y"), Restrictions::none());
    assert_eq!(one("train-ai=y, train-ai=n"), no);
    assert_eq!(one("train-ai=n, train-ai"), Restrictions::unread());
    assert_eq!(one("train-ai, train-ai=y"), Restrictions::none());
    assert_eq!(
        signal::content_usage(["train-ai=n, train-ai=y"]),
        Restrictions::none()
    );
    for two in [["train-ai=n", "train-ai=y"], ["train-ai=y", "train-ai=n"]] {
        assert_eq!(signal::content_usage(two), no);
        let two = two.map(quoted);
        let signals = two
            .each_ref()
            .map(|field| ("content-usage", field.as_str()));
        assert_eq!(of_row(&signals), no);
    }
    // By its definition it is not a dictionary: no label takes back another.
    let both = read("content-signal", &quoted("ai-train=no, ai-train=yes"));
    assert_eq!(both, no);
}

/// R18 · trap: a trailing comma, an error by RFC 9651, 4.2.2.
#[test]
fn a_trailing_comma_makes_a_field_unreadable() {
    let one = |field: &str| read("content-usage", &quoted(field));
    assert_eq!(one("train-ai=y,"), Restrictions::unread());
    assert_eq!(one("train-ai=n,"), beside_unreadable(TRAINING));
    assert_eq!(one("train-ai=n, train-ai=y, "), beside_unreadable(TRAINING));
    let line = read("content-signal", &quoted("ai-train=yes,"));
    assert_eq!(line, Restrictions::unread());
}

/// R18 · trap: `train-ai=N`.
#[test]
fn a_value_in_the_wrong_case_is_unreadable() {
    for field in [
        "train-ai=N",
        "train-ai=Y",
        "all=N",
        "train-ai=n, train-ai=N",
    ] {
        let found = read("content-usage", &quoted(field));
        assert_eq!(found, Restrictions::unread(), "{field}");
    }
    for line in ["ai-train=No", "ai-train=YES"] {
        let found = read("content-signal", &quoted(line));
        assert_eq!(found, Restrictions::unread(), "{line}");
    }
}

/// R18 · trap: `ai-train=no` under the wrong header.
#[test]
fn a_no_under_the_wrong_header_is_unreadable() {
    for (kind, text) in [
        ("content-usage", "ai-train=no"),
        ("content-usage", "ai-train=n"),
        ("content-usage", "ai-input=no"),
        ("content-signal", "train-ai=n"),
        ("content-signal", "train-ai=no"),
        ("content-signal", "tdm=n"),
    ] {
        let found = read(kind, &quoted(text));
        assert_eq!(found, Restrictions::unread(), "{kind}: {text}");
    }
}

/// R18 · RFC 9651: what does not parse, and bytes that are not text.
#[test]
fn bytes_that_are_no_text_are_not_taken_for_a_yes() {
    let bytes: &[u8] = b"train-ai=y\xff";
    assert_eq!(signal::content_usage([bytes]), Restrictions::unread());
    assert_eq!(signal::content_signal([bytes]), Restrictions::unread());
    assert_eq!(
        signal::tdm_reservation([&b"1\0"[..]]),
        Restrictions::unread()
    );
    assert_eq!(signal::gpc([&b"1\0"[..]]), Restrictions::none());
    assert_eq!(
        signal::x_robots_tag([&b"\xff\0noai\xc3"[..]]),
        Restrictions::of(AI)
    );
    let no: &[u8] = b"train-ai=n, \xff";
    assert_eq!(signal::content_usage([no]), beside_unreadable(TRAINING));
    assert_eq!(
        signal::rsl(b"\xff\xfe<\0r\0s\0l\0>\0"),
        Restrictions::unread()
    );
}

/// R18 · a repeated key: both of its values count.
#[test]
fn a_repeated_key_takes_no_no_back() {
    let no = r#"{"allow":false}"#;
    let yes = r#"{"allow":true}"#;
    for (first, then) in [(no, yes), (yes, no)] {
        let record = format!(r#"{{"bulkDataset":{first},"bulkDataset":{then}}}"#);
        let purposes = Purposes::DATASET_RELEASE | Purposes::DATA_MINING;
        assert_eq!(read("user-intents", &record), beside_unreadable(purposes));
        let record = format!(r#"{{"preferences":{{"training":{first},"tr\u0061ining":{then}}}}}"#);
        assert_eq!(read("preference-ai", &record), beside_unreadable(TRAINING));
        let record = format!(
            r#"{{"preferences":{{"training":{first}}},"preferences":{{"training":{then}}}}}"#
        );
        assert_eq!(read("preference-ai", &record), beside_unreadable(TRAINING));
    }
    let twice = r#"{"training":{"allow":false,"allow":true}}"#;
    assert_eq!(read("preference-ai", twice), beside_unreadable(TRAINING));
    let twice = r#"{"entries":{"cawg.ai_training":{"use":"notAllowed","use":"allowed"}}}"#;
    let purposes = Purposes::TRAIN_NON_GENERATIVE;
    assert_eq!(read("training-mining", twice), beside_unreadable(purposes));
    let elsewhere = r#"{"training":{"allow":true},"x":1,"x":1}"#;
    assert_eq!(read("preference-ai", elsewhere), Restrictions::unread());
}

/// R18 · a no before a syntax error counts.
#[test]
fn a_truncated_record_is_unreadable_and_its_no_counts() {
    let broken = r#"{"training":{"allow":false},"embedding":{"all"#;
    assert_eq!(signal::preference_ai(broken), beside_unreadable(TRAINING));
    let behind = r#"{"training":{"allow":false}} {}"#;
    assert_eq!(signal::preference_ai(behind), beside_unreadable(TRAINING));
    for json in ["", "{", "nonsense", "{\"training\":{\"allow\":true}} x"] {
        assert_eq!(signal::preference_ai(json), Restrictions::unread());
        assert_eq!(signal::user_intents(json), Restrictions::unread());
        assert_eq!(signal::training_mining(json), Restrictions::unread());
    }
}

/// R18 · a record of another kind, or wrapped in something else, may contain a no that the reader does not find.
#[test]
fn a_record_that_is_not_known_for_one_is_unreadable() {
    let intents = json!({
        "$type": "org.user-intents.declaration",
        "syntheticContentGeneration": {"allow": false},
    });
    let preferences = json!({
        "$type": "community.lexicon.preference.ai",
        "updatedAt": "2026-04-01T00:00:00Z",
        "preferences": {"training": {"allow": false}},
    });
    let mut untyped = preferences.clone();
    untyped.as_object_mut().unwrap().remove("$type");
    let uses = json!({"entries": {"cawg.ai_training": {"use": "notAllowed"}}});
    let wrapped = |record: &Value| json!({"uri": "at://x", "value": record});
    for (kind, record) in [
        ("user-intents", preferences.clone()),
        ("user-intents", untyped),
        ("user-intents", wrapped(&intents)),
        ("user-intents", json!({"$type": null})),
        ("preference-ai", intents),
        ("preference-ai", wrapped(&preferences)),
        (
            "training-mining",
            json!({"label": "cawg.metadata", "data": {"entries": {}}}),
        ),
        ("training-mining", json!({"label": "cawg.training-mining"})),
        ("training-mining", json!({"assertions": [uses]})),
        ("training-mining", preferences),
    ] {
        let record = record.to_string();
        assert_eq!(
            read(kind, &record),
            Restrictions::unread(),
            "{kind}: {record}"
        );
    }
}

/// R18 · a preference toward one party or about one collection counts for every party.
#[test]
fn a_no_that_is_scoped_to_one_party_counts_for_every_party() {
    let scope = json!({
        "$type": "community.lexicon.preference.ai#entityScope", "entity": "other.example",
    });
    let record = json!({"scope": scope, "preferences": {"training": {"allow": false}}});
    assert_eq!(
        read("preference-ai", &record.to_string()),
        Restrictions::of(TRAINING)
    );
}

/// R18 · a huge or deeply nested value is read or unreadable; it never ends the program.
#[test]
fn what_is_huge_or_deep_is_no_danger() {
    let many = 200_000;
    let deep = licence(&("<a>".repeat(many) + &"</a>".repeat(many)));
    assert!(!signal::rsl(deep).is_readable());
    let wide = licence(&r#"<prohibits type="usage">search</prohibits>"#.repeat(many / 10));
    assert_eq!(signal::rsl(wide), Restrictions::of(Purposes::SEARCH));
    let spaced = prohibiting(&"search ".repeat(many));
    assert_eq!(signal::rsl(spaced), Restrictions::of(Purposes::SEARCH));

    let labels: Vec<_> = (0..many).map(|label| format!("a{label}=n")).collect();
    let field = quoted(&(labels.join(",") + ", train-ai=n"));
    assert_eq!(read("content-usage", &field), Restrictions::of(TRAINING));
    let fields = (0..many).map(|_| "search=n");
    assert_eq!(
        signal::content_usage(fields),
        Restrictions::of(Purposes::SEARCH)
    );

    let nested = "[".repeat(many) + &"]".repeat(many);
    for kind in [
        "user-intents",
        "preference-ai",
        "training-mining",
        "x-robots-tag",
        "gpc",
        "rsl",
    ] {
        assert_eq!(read(kind, &nested), Restrictions::unread(), "{kind}");
    }
    let beside = format!(r#"{{"x":{nested},"training":{{"allow":false}}}}"#);
    assert_eq!(read("preference-ai", &beside), Restrictions::of(TRAINING));
    let keys: Vec<_> = (0..many).map(|key| format!("\"{key}\":0")).collect();
    let keys = keys.join(",");
    let record = format!(r#"{{{keys},"training":{{"allow":false}}}}"#);
    assert_eq!(read("preference-ai", &record), Restrictions::of(TRAINING));
}

/// R18 · the page that people read has every kind, with its vocabulary.
#[test]
fn the_page_of_signals_has_every_kind() {
    let page = include_str!("../../../src/docs/signals.md");
    for (kind, _, _) in table() {
        let names = page.lines().filter_map(|line| line.strip_prefix("| "));
        let rows = names.filter(|line| {
            let kinds = line.split_once(" |").map_or("", |(kinds, _)| kinds);
            kinds.split(", ").any(|each| each == format!("`{kind}`"))
        });
        assert_eq!(
            rows.count(),
            2,
            "{kind}: what it restricts, and where it comes from"
        );
    }
}

/// R18 · C2PA: a whole assertion, with its label, is read as its data is.
#[test]
fn an_assertion_with_its_label_is_read_as_its_data() {
    let uses = json!({"entries": {"cawg.ai_training": {"use": "notAllowed"}}});
    let no = Restrictions::of(Purposes::TRAIN_NON_GENERATIVE);
    for label in [
        "c2pa.training-mining",
        "cawg.training-mining",
        "cawg.training-mining__1",
        "c2pa.training-mining.v2",
    ] {
        let assertion = json!({"label": label, "data": uses, "kind": "Json"});
        assert_eq!(
            read("training-mining", &assertion.to_string()),
            no,
            "{label}"
        );
    }
    // A no counts under another label, twice, or beside the data.
    for assertion in [
        json!({"label": "c2pa.actions", "data": uses}).to_string(),
        json!({"label": "training-mining", "data": uses}).to_string(),
        json!({"label": "cawg.training-mining-2", "data": uses}).to_string(),
        format!(r#"{{"label":"cawg.training-mining","data":{{}},"data":{uses}}}"#),
        json!({"label": "cawg.training-mining", "entries": uses["entries"]}).to_string(),
        json!({"label": 7, "data": uses}).to_string(),
        format!(r#"{{"label":"cawg.training-mining","data":{uses},"x":1,"x":2}}"#),
    ] {
        let found = read("training-mining", &assertion);
        assert_eq!(
            found,
            beside_unreadable(Purposes::TRAIN_NON_GENERATIVE),
            "{assertion}"
        );
    }
}

/// R18 · a no to something that a standard does not define is not passed over.
#[test]
fn a_no_under_another_name_is_unreadable() {
    for (kind, value) in [
        (
            "user-intents",
            json!({"bulkDataset": {"allow": true}, "aiTraining": {"allow": false}}),
        ),
        (
            "preference-ai",
            json!({"training": {"allow": true}, "finetuning": {"allow": "no"}}),
        ),
        (
            "preference-ai",
            json!({"preferences": {"training": {"allow": true}, "x": {"allow": null}}}),
        ),
        (
            "training-mining",
            json!({"entries": {"cawg.ai_training": {"use": "allowed"}, "cawg.ai_tuning": {"use": "notAllowed"}}}),
        ),
        (
            "training-mining",
            json!({"cawg.ai_training": {"use": "allowed"}, "ai_training": {"use": "constrained"}}),
        ),
        ("x-robots-tag", json!("ai-train=no")),
        ("x-robots-tag", json!(["noindex", "no-ai"])),
        ("x-robots-tag", json!("noai-ish")),
        ("x-robots-tag", json!("notrain")),
        ("x-robots-tag", json!("otherbot: ai_training: disallow")),
        ("content-usage", json!("/private/ train-ai=n")),
        ("content-signal", json!("/private/ ai-train=no")),
        (
            "tdm-reservation",
            json!([{"location": "/", "tdm-reservation": 1}]),
        ),
        (
            "tdm-reservation",
            json!({"location": "/", "tdm-reservation": 1}),
        ),
    ] {
        let found = read(kind, &value.to_string());
        assert_eq!(found, Restrictions::unread(), "{kind}: {value}");
    }
    for (kind, value) in [
        (
            "user-intents",
            json!({"bulkDataset": {"allow": true}, "aiTraining": {"allow": true}}),
        ),
        (
            "training-mining",
            json!({"entries": {"cawg.ai_tuning": {"use": "allowed"}}}),
        ),
    ] {
        assert_eq!(
            read(kind, &value.to_string()),
            Restrictions::none(),
            "{kind}: {value}"
        );
    }
}

/// R18 · Cloudflare: members are apart by commas or semicolons.
#[test]
fn a_no_behind_a_semicolon_is_a_no() {
    for line in [
        "search=yes; ai-train=no",
        "search=yes;ai-train=no",
        "search=yes,ai-input=yes ; ai-train=no",
        "Content-Signal: search=yes; ai-train=no",
    ] {
        assert_eq!(
            signal::content_signal([line]),
            Restrictions::of(TRAINING),
            "{line}"
        );
    }
    let broken = signal::content_signal(["ai-train=no;;"]);
    assert_eq!(broken, beside_unreadable(TRAINING));
}
