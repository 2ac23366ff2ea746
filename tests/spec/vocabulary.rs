//! The names of purposes, categories, channels, rules and terms: each is read and written exactly,
//! and everything else is refused. And what must never be shown by accident is not.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use bitflags::Flags;
use consent_gate::{
    Actor, Assessment, BlankText, Capacity, Channels, ConsentType, DataCategories, DenialStatus,
    EmbeddedRecords, Evidence, GatedIterator, GrantStatus, IntoOnFile as _, Ledger, Method,
    NonDecisionStatus, NoticeId, NoticeVersion, OnFile, PartyId, Purposes, RecordId, Rules,
    Snapshot, SubjectId, UnknownName,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::world::{Row, cannot_read, gate, grant, name, post};

const PURPOSES: [(&str, Purposes); 15] = [
    ("train-generative", Purposes::TRAIN_GENERATIVE),
    ("train-non-generative", Purposes::TRAIN_NON_GENERATIVE),
    ("ai-input", Purposes::AI_INPUT),
    ("embedding", Purposes::EMBEDDING),
    ("ai-evaluation", Purposes::AI_EVALUATION),
    ("data-mining", Purposes::DATA_MINING),
    ("dataset-release", Purposes::DATASET_RELEASE),
    ("search", Purposes::SEARCH),
    ("research", Purposes::RESEARCH),
    ("analytics", Purposes::ANALYTICS),
    ("personalisation", Purposes::PERSONALISATION),
    ("advertising", Purposes::ADVERTISING),
    ("service-provision", Purposes::SERVICE_PROVISION),
    ("service-improvement", Purposes::SERVICE_IMPROVEMENT),
    ("security", Purposes::SECURITY),
];

const CATEGORIES: [(&str, DataCategories); 10] = [
    ("posts", DataCategories::POSTS),
    ("messages", DataCategories::MESSAGES),
    ("media", DataCategories::MEDIA),
    ("profile", DataCategories::PROFILE),
    ("interactions", DataCategories::INTERACTIONS),
    ("ai-conversations", DataCategories::AI_CONVERSATIONS),
    ("location", DataCategories::LOCATION),
    ("contacts", DataCategories::CONTACTS),
    ("derived", DataCategories::DERIVED),
    ("special-category", DataCategories::SPECIAL_CATEGORY),
];

const CHANNELS: [(&str, Channels); 7] = [
    ("web", Channels::WEB),
    ("app", Channels::APP),
    ("api", Channels::API),
    ("email", Channels::EMAIL),
    ("phone", Channels::PHONE),
    ("paper", Channels::PAPER),
    ("in-person", Channels::IN_PERSON),
];

/// Texts that look like names and are none, in any vocabulary.
const NEVER_A_NAME: [&str; 18] = [
    "", " ", "all", "ALL", "none", "*", "any", "true", "null", "0", "1", "0x1", "1 << 0", "|", "-",
    "_", ",", "\u{0}",
];

/// Texts that are similar to `name` and not equal to it.
fn near(name: &str) -> Vec<String> {
    let mut first = name.chars();
    let capital = first.next().unwrap().to_uppercase().chain(first).collect();
    vec![
        capital,
        name.to_uppercase(),
        name.replace('-', "_").to_uppercase(),
        name.replace('-', " "),
        format!(" {name}"),
        format!("{name} "),
        format!("{name}\n"),
        format!("{name}\u{0}"),
        format!("\"{name}\""),
        format!("{name}s"),
        format!("{name},{name}"),
        format!("{name} | {name}"),
        name[1..].to_owned(),
    ]
    .into_iter()
    .chain(name.contains('-').then(|| name.replace('-', "_")))
    .chain(name.contains('-').then(|| name.replace('-', "\u{2011}")))
    .filter(|text| text != name)
    .collect()
}

/// A set of names: read and written as this table says, and in no other way.
fn is_a_set_of<F, const N: usize>(table: [(&str, F); N])
where
    F: Flags<Bits = u32>
        + Copy
        + Debug
        + Display
        + PartialEq
        + FromStr<Err = UnknownName>
        + Serialize
        + DeserializeOwned,
{
    let mut all = F::empty();
    for (name, flag) in table {
        assert_eq!(flag.bits().count_ones(), 1, "{name}");
        assert!(!all.contains(flag), "{name}");
        all = all.union(flag);
        assert_eq!(name.parse(), Ok(flag));
        assert_eq!(flag.to_string(), name);
        let list = serde_json::json!([name]);
        assert_eq!(serde_json::to_value(flag).unwrap(), list);
        assert_eq!(serde_json::from_value::<F>(list).unwrap(), flag);
        for wrong in near(name) {
            is_no_name::<F>(&wrong);
        }
    }
    assert_eq!(all, F::all());
    NEVER_A_NAME.into_iter().for_each(is_no_name::<F>);

    let names: Vec<&str> = table.iter().map(|(name, _)| *name).collect();
    assert_eq!(all.to_string(), names.join(", "));
    assert_eq!(serde_json::to_value(all).unwrap(), serde_json::json!(names));
    let repeated: Vec<&str> = names.iter().rev().chain(&names).copied().collect();
    assert_eq!(read::<F>(&serde_json::json!(repeated)), Some(all));
    assert_eq!(F::empty().to_string(), "");
    assert_eq!(
        serde_json::to_value(F::empty()).unwrap(),
        serde_json::json!([])
    );
    for absent in [serde_json::json!([]), serde_json::json!(null)] {
        assert_eq!(read::<F>(&absent), Some(F::empty()));
    }
    for wrong in [
        serde_json::json!(names[0]),
        serde_json::json!(names.join(", ")),
        serde_json::json!(1),
        serde_json::json!(true),
        serde_json::json!({}),
        serde_json::json!({ names[0]: true }),
        serde_json::json!([1]),
        serde_json::json!([null]),
        serde_json::json!([[names[0]]]),
        serde_json::json!([names[0], 1]),
        serde_json::json!([names[0], "unheard-of"]),
    ] {
        assert_eq!(read::<F>(&wrong), None, "{wrong}");
    }
}

fn read<F: DeserializeOwned>(value: &serde_json::Value) -> Option<F> {
    serde_json::from_str(&value.to_string()).ok()
}

fn is_no_name<F>(text: &str)
where
    F: Debug + PartialEq + FromStr<Err = UnknownName> + DeserializeOwned,
{
    let error = text.parse::<F>().expect_err(text).to_string();
    assert!(error.starts_with("expected one of: "), "{error}");
    assert_eq!(read::<F>(&serde_json::json!([text])), None, "{text:?}");
}

/// R4 · GDPR Art. 6(1)(a): names only, and each means one thing.
#[test]
fn every_purpose_is_read_and_written_by_its_name_and_no_other() {
    is_a_set_of(PURPOSES);
}

/// R17 · GDPR Art. 9: names only, and each means one thing.
#[test]
fn every_data_category_is_read_and_written_by_its_name_and_no_other() {
    is_a_set_of(CATEGORIES);
}

/// R11 · GDPR Art. 7(3): names only, and each means one thing.
#[test]
fn every_channel_is_read_and_written_by_its_name_and_no_other() {
    is_a_set_of(CHANNELS);
}

/// R4 · `ai-training` is a name of the two halves together and not a bit of its own.
#[test]
fn ai_training_is_read_as_its_two_halves_and_written_as_them() {
    let halves = Purposes::TRAIN_GENERATIVE | Purposes::TRAIN_NON_GENERATIVE;
    assert_eq!(Purposes::AI_TRAINING, halves);
    assert_eq!("ai-training".parse(), Ok(halves));
    assert_eq!(
        read::<Purposes>(&serde_json::json!(["ai-training"])),
        Some(halves)
    );
    assert_eq!(halves.to_string(), "train-generative, train-non-generative");
    assert_eq!(
        serde_json::to_value(Purposes::AI_TRAINING).unwrap(),
        serde_json::json!(["train-generative", "train-non-generative"]),
    );
    for text in near("ai-training") {
        is_no_name::<Purposes>(&text);
    }
}

/// R4 · an error lists the names that there are and does not repeat the one that was read.
#[test]
fn an_unknown_name_is_answered_with_the_names_there_are() {
    let error = "s3cr3t".parse::<Channels>().unwrap_err().to_string();
    assert_eq!(
        error,
        "expected one of: web, app, api, email, phone, paper, in-person"
    );
    let error = "s3cr3t".parse::<Purposes>().unwrap_err().to_string();
    assert!(error.ends_with("service-improvement, security, ai-training"));
    let error = "s3cr3t".parse::<DataCategories>().unwrap_err().to_string();
    assert!(error.ends_with("derived, special-category"));
}

/// A closed vocabulary: read and written as this table says, and in no other way.
fn is_the_vocabulary<T, const N: usize>(table: [(&str, T); N])
where
    T: Copy + Debug + Display + PartialEq + FromStr<Err = UnknownName> + Serialize,
{
    let tokens: Vec<&str> = table.iter().map(|(token, _)| *token).collect();
    let listed = format!("expected one of: {}", tokens.join(", "));
    for (token, term) in table {
        assert_eq!(token.parse(), Ok(term));
        assert_eq!(term.to_string(), token);
        assert_eq!(serde_json::to_value(term).unwrap(), token);
        for wrong in near(token).iter().map(String::as_str).chain(NEVER_A_NAME) {
            assert_eq!(
                wrong.parse::<T>().unwrap_err().to_string(),
                listed,
                "{wrong}"
            );
        }
    }
}

/// DPV consent statuses: those that are valid for processing.
#[test]
fn the_statuses_of_a_grant_are_these() {
    is_the_vocabulary([
        ("given", GrantStatus::Given),
        ("renewed", GrantStatus::Renewed),
    ]);
}

/// DPV consent statuses: those that are invalid for processing.
#[test]
fn the_statuses_of_a_denial_are_these() {
    is_the_vocabulary([
        ("refused", DenialStatus::Refused),
        ("withdrawn", DenialStatus::Withdrawn),
        ("objected", DenialStatus::Objected),
        ("revoked", DenialStatus::Revoked),
        ("expired", DenialStatus::Expired),
        ("invalidated", DenialStatus::Invalidated),
    ]);
}

/// DPV consent statuses: those that are neither.
#[test]
fn the_statuses_of_a_statement_that_decides_nothing_are_these() {
    is_the_vocabulary([
        ("requested", NonDecisionStatus::Requested),
        ("deferred", NonDecisionStatus::Deferred),
        ("unknown", NonDecisionStatus::Unknown),
    ]);
}

/// R7 · DPV consent types.
#[test]
fn the_types_of_consent_are_these() {
    is_the_vocabulary([
        ("explicitly-expressed", ConsentType::ExplicitlyExpressed),
        ("expressed", ConsentType::Expressed),
        ("implied", ConsentType::Implied),
        ("uninformed", ConsentType::Uninformed),
    ]);
}

/// R6 · Planet49 C-673/17.
#[test]
fn the_methods_are_these() {
    is_the_vocabulary([
        ("statement", Method::Statement),
        ("signature", Method::Signature),
        ("confirmation", Method::Confirmation),
        ("opt-in-control", Method::OptInControl),
        ("pre-ticked", Method::PreTicked),
        ("default-setting", Method::DefaultSetting),
        ("accept-all", Method::AcceptAll),
        ("terms-acceptance", Method::TermsAcceptance),
        ("acknowledgement", Method::Acknowledgement),
        ("continued-use", Method::ContinuedUse),
        ("scrolling", Method::Scrolling),
        ("dismissed", Method::Dismissed),
        ("inactivity", Method::Inactivity),
        ("publication", Method::Publication),
        ("script", Method::Script),
        ("import", Method::Import),
        ("signal", Method::Signal),
    ]);
}

/// R8 · Orange România C-61/19.
#[test]
fn the_actors_are_these() {
    is_the_vocabulary([
        ("subject", Actor::Subject),
        ("verified-guardian", Actor::VerifiedGuardian),
        ("guardian", Actor::Guardian),
        ("agent", Actor::Agent),
        ("controller", Actor::Controller),
        ("authority", Actor::Authority),
        ("system", Actor::System),
    ]);
}

/// R12 · GDPR Art. 8.
#[test]
fn the_capacities_are_these() {
    is_the_vocabulary([
        ("of-age", Capacity::OfAge),
        ("under-age", Capacity::UnderAge),
    ]);
}

/// Every rule by its id and its name, in order.
const RULES: [(&str, &str, Rules); 20] = [
    ("R1", "ON_RECORD", Rules::ON_RECORD),
    ("R2", "READABLE", Rules::READABLE),
    ("R3", "PARTY", Rules::PARTY),
    ("R4", "PURPOSE", Rules::PURPOSE),
    ("R5", "GRANULAR", Rules::GRANULAR),
    ("R6", "AFFIRMATIVE", Rules::AFFIRMATIVE),
    ("R7", "EXPLICIT", Rules::EXPLICIT),
    ("R8", "PERSONAL", Rules::PERSONAL),
    ("R9", "INFORMED", Rules::INFORMED),
    ("R10", "EVIDENCED", Rules::EVIDENCED),
    ("R11", "WITHDRAWABLE", Rules::WITHDRAWABLE),
    ("R12", "CAPACITY", Rules::CAPACITY),
    ("R13", "GIVEN", Rules::GIVEN),
    ("R14", "CURRENT", Rules::CURRENT),
    ("R15", "STANDING", Rules::STANDING),
    ("R16", "PERIOD", Rules::PERIOD),
    ("R17", "CATEGORY", Rules::CATEGORY),
    ("R18", "UNRESTRICTED", Rules::UNRESTRICTED),
    ("R19", "FRESH", Rules::FRESH),
    ("R20", "CONDITIONS", Rules::CONDITIONS),
];

/// The rules are read by their names, and told by ids, names and words in their order.
#[test]
fn every_rule_has_one_bit_one_id_and_one_name() {
    for (place, (id, name, rule)) in RULES.into_iter().enumerate() {
        assert_eq!(rule.bits(), 1 << place);
        assert_eq!(name.parse(), Ok(rule));
        assert_eq!(rule.to_string(), format!("{id} {name}"));
        assert_eq!(rule.ids().collect::<Vec<_>>(), [id]);
        assert_eq!(rule.names().collect::<Vec<_>>(), [name]);
        assert_eq!(rule.unproven_in_words().count(), 1);
        assert_eq!(rule.contradicted_in_words().count(), 1);
        assert_eq!(
            serde_json::to_value(rule).unwrap(),
            serde_json::json!([name])
        );
        let lower = name.to_lowercase();
        for wrong in near(name)
            .iter()
            .map(String::as_str)
            .chain([id, lower.as_str()])
        {
            assert!(wrong.parse::<Rules>().is_err(), "{wrong}");
        }
    }
    for wrong in NEVER_A_NAME {
        assert!(wrong.parse::<Rules>().is_err(), "{wrong}");
    }
    let all = Rules::all();
    assert_eq!(all.bits().count_ones(), 20);
    let names = RULES.map(|(_, name, _)| name);
    assert_eq!(all.names().collect::<Vec<_>>(), names);
    assert_eq!(all.ids().collect::<Vec<_>>(), RULES.map(|(id, _, _)| id));
    assert_eq!(
        all.iter().collect::<Vec<_>>(),
        RULES.map(|(_, _, rule)| rule)
    );
    let error = "".parse::<Rules>().unwrap_err().to_string();
    assert_eq!(error, format!("expected one of: {}", names.join(", ")));
    assert_eq!(Rules::empty().to_string(), "");
    let two = Rules::EXPLICIT | Rules::AFFIRMATIVE;
    assert_eq!(two.to_string(), "R6 AFFIRMATIVE, R7 EXPLICIT");
}

/// No two outcomes have the same words, and no words are empty.
#[test]
fn every_way_of_failing_has_words_of_its_own() {
    let all = Rules::all();
    let mut words: Vec<&str> = all
        .unproven_in_words()
        .chain(all.contradicted_in_words())
        .collect();
    assert!(words.iter().all(|words| !words.trim().is_empty()));
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), 40);
}

/// A text that names something: taken as it is, unless it is blank.
fn is_a_name<T>()
where
    T: FromStr<Err = BlankText> + Debug + PartialEq + AsRef<str> + Serialize + DeserializeOwned,
{
    for blank in [
        "", " ", "\t", "\r\n", "\u{a0}", "\u{3000}", "\u{0}", "\u{7f}", " \u{0} ",
    ] {
        assert_eq!(blank.parse::<T>(), Err(BlankText), "{blank:?}");
        assert!(read::<T>(&serde_json::json!(blank)).is_none(), "{blank:?}");
    }
    for text in [
        "a", " a", "a ", "A", "007", "a\u{0}b", "\u{e4}", "null", "0",
    ] {
        let name: T = text.parse().unwrap();
        assert_eq!(name.as_ref(), text);
        assert_eq!(serde_json::to_value(&name).unwrap(), text);
        assert_eq!(read::<T>(&serde_json::json!(text)), Some(name));
    }
    assert_ne!("a".parse::<T>(), "A".parse::<T>());
    assert_ne!("a".parse::<T>(), "a ".parse::<T>());
    for wrong in ["null", "true", "1.5", "-1", "[]", "[\"a\"]", "{}"] {
        assert!(serde_json::from_str::<T>(wrong).is_err(), "{wrong}");
    }
    assert_eq!(BlankText.to_string(), "expected a text that is not blank");
}

/// R1, R3, R9, R10 · compared exactly; an empty or blank one is unreadable.
#[test]
fn a_name_is_any_text_that_is_not_blank_exactly_as_it_is() {
    is_a_name::<RecordId>();
    is_a_name::<SubjectId>();
    is_a_name::<PartyId>();
    is_a_name::<NoticeId>();
    is_a_name::<NoticeVersion>();
    is_a_name::<Evidence>();
}

/// R1 · a subject that is a whole number stands for its decimal text, and nothing else does.
#[test]
fn only_a_subject_may_be_written_as_a_number() {
    let seven: SubjectId = serde_json::from_str("7").unwrap();
    assert_eq!(seven, name("7"));
    assert!(serde_json::from_str::<RecordId>("7").is_err());
    assert!(serde_json::from_str::<PartyId>("7").is_err());
    assert!(serde_json::from_str::<NoticeId>("7").is_err());
    assert!(serde_json::from_str::<NoticeVersion>("7").is_err());
    assert!(serde_json::from_str::<Evidence>("7").is_err());
}

const PERSON: &str = "s3cr3t-person";
const PROOF: &str = "s3cr3t-proof";

#[track_caller]
fn shows_no_secret(shown: &impl Debug) {
    for text in [format!("{shown:?}"), format!("{shown:#?}")] {
        assert!(!text.contains("s3cr3t"), "{text}");
    }
}

/// Nothing that is logged holds whom it is about: the names themselves.
#[test]
fn a_person_and_a_proof_are_not_shown_by_debug() {
    let person: SubjectId = name(PERSON);
    let proof: Evidence = name(PROOF);
    assert_eq!(format!("{person:?}"), "SubjectId(redacted)");
    assert_eq!(format!("{proof:?}"), "Evidence(redacted)");
    assert_eq!(person.as_str(), PERSON);
    assert_eq!(proof.as_str(), PROOF);
    assert_eq!(
        format!("{:?}", name::<PartyId>("acme")),
        "PartyId(\"acme\")"
    );
}

/// Nothing that is logged holds whom it is about: everything that they are part of.
#[test]
fn a_person_and_a_proof_are_not_shown_by_debug_of_what_holds_them() {
    let record = grant()
        .by(PERSON)
        .but(|details| details.evidence = Some(name(PROOF)));
    let details = record.details().clone();
    let records = vec![record.clone()];
    let gate = gate().build().unwrap();
    let replay = gate.replay();
    let mut ledger = Ledger::from_iter(records.clone());
    shows_no_secret(&record);
    shows_no_secret(record.statement());
    shows_no_secret(&details);
    shows_no_secret(&ledger);
    shows_no_secret(&ledger.clone().records().collect::<Vec<_>>());
    cannot_read(&mut ledger, &format!("{PERSON}-2"));
    shows_no_secret(&ledger);
    shows_no_secret(&ledger.unreadable_subjects().collect::<Vec<_>>());
    shows_no_secret(&gate);
    shows_no_secret(&replay);
    let standings = Assessment::new(&gate, PERSON, OnFile::complete(&records));
    shows_no_secret(&standings);
    let snapshot = Snapshot::new(&gate, &ledger);
    shows_no_secret(&snapshot);
    shows_no_secret(&EmbeddedRecords::added_to(&ledger));
    shows_no_secret(&snapshot.with_embedded(&ledger));
    shows_no_secret(&gate.with(&ledger));
    shows_no_secret(&ledger.on_file(PERSON));
    shows_no_secret(&OnFile::complete(records.clone()));
    shows_no_secret(&OnFile::complete(records.as_slice()));
    shows_no_secret(&(&standings).into_on_file());
}

/// Nothing that is logged holds row content: witnesses, withheld rows, decisions, adapters.
#[test]
fn a_row_is_not_shown_by_debug_of_what_holds_it() {
    let record = grant()
        .by(PERSON)
        .but(|details| details.evidence = Some(name(PROOF)));
    let gate = gate().build().unwrap();
    let ledger = Ledger::from_iter([record]);
    let row = |subject| Row {
        subjects: vec![subject],
        ..post()
    };
    let rows = [row(PERSON), row("s3cr3t-other-person")];
    assert!(
        format!("{rows:?}").contains("s3cr3t"),
        "the rows themselves show it"
    );

    for row in &rows {
        shows_no_secret(&gate.with(&ledger).decide(row));
        let decided = gate.with(&ledger).admit(row);
        shows_no_secret(&decided);
        if let Some(consented) = decided.consented() {
            shows_no_secret(&consented);
            assert_eq!(
                format!("{consented:?}"),
                "Consented { grants: [\"g1\"], .. }"
            );
        }
    }
    let results = || {
        rows.clone()
            .into_iter()
            .map(Ok::<_, String>)
            .collect::<Vec<_>>()
    };
    let mut consented = rows.clone().into_iter().consented(gate.with(&ledger));
    let mut decided = rows.clone().into_iter().decided(gate.with(&ledger));
    let mut consented_ok = results().into_iter().consented_ok(gate.with(&ledger));
    let mut decided_ok = results().into_iter().decided_ok(gate.with(&ledger));
    for _ in 0..3 {
        shows_no_secret(&consented);
        shows_no_secret(&decided);
        shows_no_secret(&consented_ok);
        shows_no_secret(&decided_ok);
        shows_no_secret(&consented.next());
        shows_no_secret(&decided.next());
        shows_no_secret(&consented_ok.next());
        shows_no_secret(&decided_ok.next());
    }
}

/// The words of a denial, of a report and of a gate may be read by anyone.
#[test]
fn a_person_is_not_named_by_what_is_printed() {
    let gate = gate().build().unwrap();
    let ledger = Ledger::from_iter([grant().by(PERSON).but(|details| details.method = None)]);
    let row = Row {
        subjects: vec![PERSON],
        ..post()
    };
    let decision = gate.with(&ledger).decide(&row).to_string();
    let mut rows = [row].into_iter().decided(gate.with(&ledger));
    rows.by_ref().for_each(drop);
    let printed = format!(
        "{decision} {} {} {gate}",
        rows.report(),
        serde_json::to_string(rows.report()).unwrap(),
    );
    assert!(printed.contains("AFFIRMATIVE") && !printed.contains("s3cr3t"));
}

/// R2 · names that are separated by commas are a set, and one that is unknown refuses them all.
#[test]
fn a_set_is_read_from_names_separated_by_commas() {
    let read = Channels::from_names;
    assert_eq!(read("web"), Ok(Channels::WEB));
    assert_eq!(
        read(" web ,in-person"),
        Ok(Channels::WEB | Channels::IN_PERSON)
    );
    for text in [
        "",
        ",",
        "web,",
        "web,,app",
        "Web",
        "web app",
        "web;app",
        "web, s3cr3t",
    ] {
        let error = read(text).unwrap_err().to_string();
        assert!(
            error
                .starts_with("Channels: expected names separated by commas, each one of: web, app"),
            "{error}"
        );
        assert!(!error.contains("s3cr3t"), "{error}");
    }
}
