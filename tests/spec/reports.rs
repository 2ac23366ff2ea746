//! What is counted: every row once, under its lowest-numbered reason and under all of them, and
//! exactly, however many ways of failing there are.

use std::collections::BTreeMap;

use consent_gate::{
    Capacity, ConsentType, DataCategories, Decided, Details, GatedIterator, Granularity, Method,
    OnFile, Reasons, Report, Restrictions, Rules as Rule, UserRecord,
};
use serde_json::json;
use time::UtcDateTime;

use crate::world::{COLLECTED_AT, gate, grant, post};

/// A row that fails in as many ways as its number has bits: each bit is silence about one rule.
#[derive(Clone, Copy, Debug)]
struct Lacking(u32);

const SILENCES: [fn(&mut Details); 8] = [
    |details| details.granular = None,
    |details| details.method = None,
    |details| details.consent_type = None,
    |details| details.notice = None,
    |details| details.evidence = None,
    |details| details.given_via = None,
    |details| details.capacity = None,
    |details| details.valid_until = None,
];

impl Lacking {
    fn lacks(self, bit: u32) -> bool {
        self.0 >> bit & 1 == 1
    }

    fn on_file(self) -> OnFile<'static> {
        let record = grant().but(|details| {
            for (bit, silence) in (0..).zip(SILENCES) {
                if self.lacks(bit) {
                    silence(details);
                }
            }
        });
        OnFile::complete(vec![record])
    }
}

impl UserRecord for Lacking {
    fn subjects(&self) -> impl Iterator<Item = &str> {
        ["u1"].into_iter()
    }

    fn collected_at(&self) -> Option<UtcDateTime> {
        (!self.lacks(8)).then_some(COLLECTED_AT)
    }

    fn data(&self) -> DataCategories {
        post().data
    }

    fn restrictions(&self) -> Restrictions {
        if self.lacks(9) {
            Restrictions::unread()
        } else {
            Restrictions::none()
        }
    }
}

const ON_FILE: fn(&Lacking, &str) -> OnFile<'static> = |row, _| row.on_file();

/// The counts of a report, kept the plain way.
#[derive(Debug, Default, PartialEq)]
struct Recount {
    consented: u64,
    withheld: u64,
    primary: BTreeMap<Rule, u64>,
    any: BTreeMap<Rule, u64>,
}

impl Recount {
    fn withhold(&mut self, reasons: Reasons) {
        self.withheld += 1;
        *self.primary.entry(reasons.primary()).or_default() += 1;
        for rule in reasons.failed().iter() {
            *self.any.entry(rule).or_default() += 1;
        }
    }

    fn of(report: &Report) -> Self {
        Self {
            consented: report.consented(),
            withheld: report.withheld(),
            primary: report.primary().collect(),
            any: report.any().collect(),
        }
    }
}

/// Counted by the adapter, and again by hand.
fn count(rows: impl IntoIterator<Item = u32>) -> (Report, Recount) {
    let gate = gate().build().unwrap();
    let mut recount = Recount::default();
    let mut adapter = rows.into_iter().map(Lacking).decided(gate.with(ON_FILE));
    for decided in adapter.by_ref() {
        match decided {
            Decided::Consented(_) => recount.consented += 1,
            Decided::Withheld(row) => recount.withhold(row.reasons()),
        }
    }
    (adapter.report().clone(), recount)
}

/// Numbers that come back in no order that a table would like.
fn scattered(times: u32) -> impl Iterator<Item = u32> {
    (0..times).map(|step| step.wrapping_mul(2_654_435_761) >> 22)
}

/// A report of nothing is empty.
#[test]
fn a_new_report_has_counted_nothing() {
    let report = Report::new();
    assert_eq!(report.seen(), 0);
    assert_eq!(Recount::of(&report), Recount::default());
    assert_eq!(report, Report::default());
}

/// The primary reason is the lowest-numbered rule that failed.
#[test]
fn each_withheld_row_is_counted_under_its_lowest_rule_and_under_all() {
    let (report, _) = count([0b0, 0b1, 0b11, 0b10, 0b100_0000]);
    assert_eq!(
        (report.seen(), report.consented(), report.withheld()),
        (5, 1, 4)
    );
    assert_eq!(
        report.primary().collect::<Vec<_>>(),
        [
            (Rule::GRANULAR, 2),
            (Rule::AFFIRMATIVE, 1),
            (Rule::CAPACITY, 1)
        ],
    );
    assert_eq!(
        report.any().collect::<Vec<_>>(),
        [
            (Rule::GRANULAR, 2),
            (Rule::AFFIRMATIVE, 2),
            (Rule::CAPACITY, 1)
        ],
    );
}

/// More ways of failing than any small table holds, each once.
#[test]
fn a_thousand_ways_of_failing_are_counted_exactly() {
    let (report, recount) = count(0..1024);
    assert_eq!(report.consented(), 1);
    assert_eq!(report.withheld(), 1023);
    assert_eq!(Recount::of(&report), recount);
}

/// More ways of failing than any small table holds, again and again and in no order.
#[test]
fn a_thousand_ways_of_failing_that_come_back_are_counted_exactly() {
    let rows = || scattered(5_000).chain(0..1024).chain(scattered(2_000));
    let (report, recount) = count(rows());
    assert_eq!(report.seen(), 8_024);
    assert!(recount.any.len() > 9);
    assert_eq!(Recount::of(&report), recount);
}

/// Two ways of failing that take turns, for each pair of many.
#[test]
fn ways_of_failing_that_take_turns_are_counted_exactly() {
    for other in 1..128 {
        let (report, recount) = count([3, other, 3, other, other, 3]);
        assert_eq!(Recount::of(&report), recount);
    }
}

/// Reports are equal when their counts are, however they came about.
#[test]
fn a_report_does_not_depend_on_the_order_of_the_rows() {
    let (forwards, _) = count(0..1024);
    let (backwards, _) = count((0..1024).rev());
    assert_eq!(forwards, backwards);
    assert_eq!(format!("{forwards:?}"), format!("{backwards:?}"));
    let (fewer, _) = count(0..1023);
    assert_ne!(forwards, fewer);
}

/// Counters of shards add up to the counters of the whole, in whatever order they are added.
#[test]
fn merging_adds_up_exactly() {
    let (whole, recount) = count(scattered(3_000));
    let all: Vec<u32> = scattered(3_000).collect();
    let shards: Vec<Report> = all
        .chunks(700)
        .map(|rows| count(rows.iter().copied()).0)
        .collect();
    let merged = |shards: &mut dyn Iterator<Item = &Report>| {
        let mut merged = Report::new();
        shards.for_each(|shard| merged.merge(shard));
        merged
    };
    assert_eq!(merged(&mut shards.iter()), whole);
    assert_eq!(merged(&mut shards.iter().rev()), whole);
    assert_eq!(Recount::of(&merged(&mut shards.iter())), recount);
    let mut twice = whole.clone();
    twice.merge(&whole);
    assert_eq!(twice.seen(), 2 * whole.seen());
}

/// A report that was merged into goes on counting.
#[test]
fn a_merged_report_goes_on_counting() {
    let gate = gate().build().unwrap();
    let (mut report, _) = count(0..300);
    let (other, _) = count(300..600);
    report.merge(&other);
    let rows = (600..1024).map(Lacking).consented(gate.with(ON_FILE));
    rows.counting_into(&mut report).for_each(drop);
    let (whole, recount) = count(0..1024);
    assert_eq!(report, whole);
    assert_eq!(Recount::of(&report), recount);
}

/// What is decided without being taken, as in a replay, is counted in the same way.
#[test]
fn decisions_are_counted_as_rows_are() {
    let gate = gate().build().unwrap();
    let replay = gate.replay();
    let mut now = Report::new();
    let mut then = Report::new();
    for row in (0..1024).map(Lacking) {
        now.count(&gate.with(ON_FILE).decide(&row));
        then.count(&replay.with(ON_FILE).decide(&row));
    }
    let (report, _) = count(0..1024);
    assert_eq!(now, report);
    assert_eq!(then, report);
}

/// Rows that could not be read are counted on their own.
#[test]
fn unreadable_rows_are_counted_beside_the_others() {
    let (mut report, recount) = count([0, 1, 2]);
    report.count_unreadable();
    report.count_unreadable();
    assert_eq!(report.unreadable(), 2);
    assert_eq!(report.seen(), 5);
    assert_eq!(Recount::of(&report), recount);
    let mut other = Report::new();
    other.count_unreadable();
    report.merge(&other);
    assert_eq!((report.seen(), report.unreadable()), (6, 3));
    assert_ne!(report, count([0, 1, 2]).0);
}

/// A report in words.
#[test]
fn a_report_prints_as_a_table() {
    let (mut report, _) = count([0, 0, 1, 3]);
    report.count_unreadable();
    assert_eq!(
        report.to_string(),
        "           5  rows seen\n           \
         2  consented\n           \
         2  withheld\n           \
         1  unreadable\n           \
         2  withheld for R5 GRANULAR\n           \
         1  withheld for R6 AFFIRMATIVE",
    );
}

/// A report for machines.
#[test]
fn a_report_is_written_with_the_names_of_the_rules() {
    let (mut report, _) = count([0, 0, 1, 3]);
    report.count_unreadable();
    assert_eq!(
        serde_json::to_string(&report).unwrap(),
        concat!(
            r#"{"seen":5,"consented":2,"withheld":2,"unreadable":1,"#,
            r#""primary":{"GRANULAR":2},"any":{"GRANULAR":2,"AFFIRMATIVE":1}}"#,
        ),
    );
    assert_eq!(
        serde_json::to_value(Report::new()).unwrap(),
        json!({
            "seen": 0, "consented": 0, "withheld": 0, "unreadable": 0, "primary": {}, "any": {},
        }),
    );
}

/// Debug of a report is its counts.
#[test]
fn debug_of_a_report_shows_its_counts() {
    let (report, _) = count([0, 1]);
    assert_eq!(
        format!("{report:?}"),
        "Report { consented: 1, unreadable: 0, primary: [(Rules(GRANULAR), 1)], \
         any: [(Rules(GRANULAR), 1)], .. }",
    );
}

/// A rule that is unproven for one person and contradicted for another is one rule that failed.
#[test]
fn a_rule_that_failed_in_both_ways_is_counted_once() {
    let gate = gate().build().unwrap();
    let records = |_: &crate::world::Row, subject: &str| match subject {
        "u1" => OnFile::complete(vec![grant().but(|details| details.granular = None)]),
        _ => OnFile::complete(vec![grant().by("u2").but(|details| {
            details.granular = Some(Granularity::Bundled);
        })]),
    };
    let rows = [crate::world::post_of(["u1", "u2"])];
    let mut rows = rows.into_iter().consented(gate.with(records));
    assert_eq!(rows.by_ref().count(), 0);
    assert_eq!(
        rows.report().any().collect::<Vec<_>>(),
        [(Rule::GRANULAR, 1)]
    );
    assert_eq!(
        rows.report().primary().collect::<Vec<_>>(),
        [(Rule::GRANULAR, 1)]
    );
}

/// What was contradicted is counted as what was unproven is.
#[test]
fn a_no_is_counted_as_a_silence_is() {
    let gate = gate().build().unwrap();
    let records = |_: &crate::world::Row, _: &str| {
        OnFile::complete(vec![grant().but(|details| {
            details.method = Some(Method::Scrolling);
            details.consent_type = Some(ConsentType::Implied);
            details.capacity = Some(Capacity::UnderAge);
            details.evidence = None;
        })])
    };
    let mut rows = [post(), post()].into_iter().consented(gate.with(records));
    assert_eq!(rows.by_ref().count(), 0);
    let report = rows.report();
    assert_eq!(
        report.primary().collect::<Vec<_>>(),
        [(Rule::AFFIRMATIVE, 2)]
    );
    assert_eq!(
        report.any().collect::<Vec<_>>(),
        [
            (Rule::AFFIRMATIVE, 2),
            (Rule::EXPLICIT, 2),
            (Rule::EVIDENCED, 2),
            (Rule::CAPACITY, 2),
        ],
    );
}
