//! Inputs that anyone who can write a file can make, each twice as large as the one before. The time
//! for an element has to stay about the same: what grows as the square doubles it each time.

use std::hint::black_box;

use consent_gate::interchange::{Documents, Fhir, PreferenceMap, dpv};
use consent_gate::time::{Duration, UtcDateTime};
use consent_gate::{
    Assessment, CarriesConsents, ConsentRecord, DataCategories, DenialStatus, Details,
    EmbeddedRecords, Gate, Ledger, OnFile, Purposes, Restrictions, Snapshot, UserRecord,
};
use criterion::{BenchmarkId, Criterion, Throughput};

use crate::world::{GRANTED, consent, gate, name};

const SIZES: [usize; 3] = [4_000, 8_000, 16_000];

/// A row with embedded records.
struct Row {
    subjects: Vec<String>,
    collected_at: UtcDateTime,
    consents: Vec<ConsentRecord>,
}

impl Row {
    fn of(subject: &str, collected_at: UtcDateTime) -> Self {
        Self {
            subjects: vec![subject.to_owned()],
            collected_at,
            consents: Vec::new(),
        }
    }
}

impl UserRecord for Row {
    fn subjects(&self) -> impl Iterator<Item = &str> {
        self.subjects.iter().map(String::as_str)
    }

    fn collected_at(&self) -> Option<UtcDateTime> {
        Some(self.collected_at)
    }

    fn data(&self) -> DataCategories {
        DataCategories::POSTS
    }

    fn restrictions(&self) -> Restrictions {
        Restrictions::none()
    }
}

impl CarriesConsents for Row {
    fn consents(&self) -> &[ConsentRecord] {
        &self.consents
    }
}

fn minutes(count: usize) -> Duration {
    Duration::minutes(i64::try_from(count).expect("a few"))
}

fn grant(id: &str, subject: &str, minute: usize) -> ConsentRecord {
    let record = ConsentRecord::grant(id, subject, "acme", GRANTED + minutes(minute));
    let record = record.purposes(Purposes::TRAIN_GENERATIVE);
    record.data(DataCategories::POSTS).build().expect("a grant")
}

fn denial(id: &str, subject: &str, minute: usize) -> ConsentRecord {
    let record = ConsentRecord::denial(id, subject, DenialStatus::Withdrawn);
    let record = record.controller("acme").at(GRANTED + minutes(minute));
    record.purposes(Purposes::SEARCH).build().expect("a denial")
}

/// As many grants as denials, by one person, in turns.
fn of_one_person(count: usize) -> Vec<ConsentRecord> {
    let all = (0..count).map(|minute| {
        let id = format!("r{minute}");
        if minute % 2 == 0 {
            grant(&id, "alice", minute)
        } else {
            let no = ConsentRecord::denial(id, "alice", DenialStatus::Withdrawn);
            let no = no.controller(format!("party {minute}"));
            no.at(GRANTED + minutes(minute)).build().expect("a denial")
        }
    });
    all.collect()
}

/// A graph with as many prefixes in its context as records.
fn graph_with_prefixes(size: usize) -> Vec<u8> {
    let list = |item: fn(usize) -> String| (0..size).map(item).collect::<Vec<_>>().join(",");
    let prefixes = list(|at| format!(r#""p{at}":"https://w3id.org/dpv#""#));
    let records = list(|at| format!(r#"{{"@type":"p{at}:ConsentRecord"}}"#));
    format!(r#"{{"@context":{{{prefixes}}},"@graph":[{records}]}}"#).into_bytes()
}

/// A consent of FHIR whose permits are exceptions to a no.
fn consent_with_permits(size: usize) -> Vec<u8> {
    let system = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
    let permit = format!(r#"{{"purpose":[{{"system":"{system}","code":"MLTRAINING"}}]}}"#);
    let permits = vec![permit; size].join(",");
    let consent = format!(
        r#"{{"resourceType":"Consent","id":"c1","status":"active","decision":"deny",
        "subject":{{"reference":"Patient/alice"}},"date":"2024-09-10T09:00:00Z",
        "grantee":[{{"reference":"Organization/acme"}}],"provision":[{permits}]}}"#
    );
    consent.into_bytes()
}

fn doubled<T>(
    criterion: &mut Criterion,
    name: &str,
    make: impl Fn(usize) -> T,
    mut run: impl FnMut(&T),
) {
    let mut group = criterion.benchmark_group(format!("growth: {name}"));
    group.sample_size(10);
    for size in SIZES {
        let input = make(size);
        group.throughput(Throughput::Elements(size as u64));
        group.bench_with_input(
            BenchmarkId::from_parameter(size),
            &input,
            |bencher, input| {
                bencher.iter(|| run(input));
            },
        );
    }
    group.finish();
}

/// The inputs that are decided on at once.
pub(crate) fn growth(criterion: &mut Criterion) {
    let gate: Gate = gate();
    doubled(
        criterion,
        "records that share an id and differ",
        |size| {
            (0..size)
                .map(|minute| grant("r", "alice", minute))
                .collect::<Vec<_>>()
        },
        |records| {
            black_box(records.iter().cloned().collect::<Ledger>());
        },
    );
    doubled(
        criterion,
        "grants and denials of one person",
        of_one_person,
        |records| {
            black_box(Assessment::new(&gate, "alice", OnFile::complete(records)));
        },
    );
    doubled(
        criterion,
        "embedded records beside a person with as many",
        |size| {
            let mut row = Row::of("alice", GRANTED);
            let embedded = (0..size).map(|minute| denial(&format!("e{minute}"), "alice", minute));
            row.consents = embedded.collect();
            (row, of_one_person(size).into_iter().collect::<Ledger>())
        },
        |(row, ledger)| {
            let decision = gate.with(EmbeddedRecords::added_to(ledger)).decide(row);
            black_box(decision.is_permit());
        },
    );
    doubled(
        criterion,
        "subjects of a row with as many embedded records",
        |size| {
            let mut row = Row::of("alice", GRANTED);
            row.subjects = (0..size).map(|person| format!("p{person}")).collect();
            let embedded = (0..size)
                .map(|person| denial(&format!("e{person}"), &format!("p{person}"), person));
            row.consents = embedded.collect();
            row
        },
        |row| {
            let decision = gate.with(EmbeddedRecords::only()).decide(row);
            black_box(decision.is_permit());
        },
    );
}

/// The inputs that take a snapshot, or a ledger with other names.
pub(crate) fn growth_of_snapshots(criterion: &mut Criterion) {
    let gate: Gate = gate();
    doubled(
        criterion,
        "rows of a person with as many grants",
        |size| {
            let ledger = of_one_person(size).into_iter().collect();
            let rows = (0..size).map(|minute| Row::of("alice", GRANTED + minutes(minute)));
            (rows.collect::<Vec<_>>(), Snapshot::new(&gate, &ledger))
        },
        |(rows, snapshot)| {
            for row in rows {
                black_box(snapshot.decide(row).is_permit());
            }
        },
    );
    doubled(
        criterion,
        "names of one person",
        |size| {
            let name = |person: usize| format!("p{person}").parse().expect("a name");
            (0..size)
                .map(|person| (name(person), name(person / 2)))
                .collect::<Vec<_>>()
        },
        |names| {
            let mut ledger = Ledger::new();
            for (one, other) in names {
                ledger.alias(one, other);
            }
            black_box(Snapshot::new(&gate, &ledger));
        },
    );
    doubled(
        criterion,
        "near misses of one form",
        |size| {
            // White space in front of a letter, another one for each number.
            let space = |person: usize, bit: u32| if person >> bit & 1 == 1 { ' ' } else { '\t' };
            let id = |person| (0..16).map(move |bit| space(person, bit)).chain(['u']);
            let records = (0..size).map(|person| {
                let (record, id) = (format!("r{person}"), id(person).collect::<String>());
                if person % 2 == 0 {
                    grant(&record, &id, 0)
                } else {
                    denial(&record, &id, 1)
                }
            });
            records.collect::<Ledger>()
        },
        |ledger| {
            black_box(ledger.near_misses());
        },
    );
    let map = PreferenceMap::onetrust("acme".parse().expect("a name"));
    let map = map.switch("ai", Details::default()).build().expect("a map");
    doubled(
        criterion,
        "people of a row who all permit",
        |size| {
            let ledger: Ledger = (0..size).map(consent).collect();
            let mut row = Row::of("", GRANTED + Duration::days(30));
            row.subjects = (0..size).map(name).collect();
            (row, ledger)
        },
        |(row, ledger)| {
            assert!(gate.with(ledger).decide(row).is_permit());
        },
    );
    doubled(
        criterion,
        "records of a DPV graph beside prefixes of its context",
        graph_with_prefixes,
        |document| {
            black_box(dpv::read(document).is_err());
        },
    );
    doubled(
        criterion,
        "permits of a FHIR consent",
        consent_with_permits,
        |document| {
            black_box(Fhir::new().read(document).is_ok());
        },
    );
    doubled(
        criterion,
        "answers beside other fields of a document",
        |size| {
            let fields: Vec<_> = (0..size).map(|field| format!("\"f{field}\":1,")).collect();
            let fields = fields.concat();
            let answer = r#"{"Name":"ai","Status":"ACTIVE","ConsentDate":"2024-09-10T09:00:00Z"}"#;
            let answers = vec![answer; size].join(",");
            format!(r#"{{{fields}"Identifier":"u1","Purposes":[{answers}]}}"#)
        },
        |document| {
            black_box(map.read(document.as_bytes()).expect("a document"));
        },
    );
}
