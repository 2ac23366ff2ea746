//! The snapshot, compared with what people would use instead to ask whether a person has consented.
//!
//! Every contender says of every row whether it may pass; the answers are compared row by row with
//! those of the ledger's own people before anything is timed. Prints a table; read the ratios.

#![expect(
    clippy::disallowed_methods,
    reason = "a bench looks at the clock, and nothing is decided by it"
)]

mod contenders;
mod ids;
#[path = "../../gate/world/people.rs"]
mod people;

use std::alloc::System;
use std::time::Instant;

use cap::Cap;
use clap::{Parser, ValueEnum};

use ids::Id;

#[global_allocator]
static ALLOCATED: Cap<System> = Cap::new(System, usize::MAX);

/// Measures the snapshot against what people would use instead.
#[derive(Parser)]
struct Args {
    /// How many people have said something; three in four of them have consented.
    #[arg(long, default_value_t = 10_000_000)]
    subjects: usize,
    /// How many rows are asked about; half of them are of people who have said something.
    #[arg(long, default_value_t = 20_000_000)]
    rows: usize,
    /// What people are called.
    #[arg(long, value_enum, default_value_t = Kind::Number)]
    ids: Kind,
    /// How often the same people come.
    #[arg(long, value_enum, default_value_t = Spread::Uniform)]
    spread: Spread,
    /// How often each contender is timed; the best time counts.
    #[arg(long, default_value_t = 3)]
    times: usize,
    /// Only the contenders whose names have this in them; may be given several times.
    #[arg(long)]
    only: Vec<String>,
}

/// What people are called.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// Numbers of 64 bits, at random.
    Number,
    /// Numbers of 40 bits, at random, as of a platform that counts its accounts.
    Account,
    /// The texts of random UUIDs.
    Uuid,
    /// Texts of 8 to 20 letters and digits.
    Text,
}

/// How often the same people come.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Spread {
    /// All equally often.
    Uniform,
    /// The person of rank n as often as 1/n.
    Zipf,
}

/// One line of the table.
struct Line {
    name: &'static str,
    bytes: usize,
    build_seconds: f64,
    row_nanoseconds: f64,
    wrong: usize,
}

/// Builds, asks and times.
struct Run {
    times: usize,
    only: Vec<String>,
    rows: usize,
    expected: Vec<bool>,
    lines: Vec<Line>,
}

impl Run {
    /// `build` makes the contender, `ask` answers for all rows.
    fn time<T>(
        &mut self,
        name: &'static str,
        build: impl FnOnce() -> T,
        ask: impl Fn(&T) -> Vec<bool>,
    ) {
        if !self.only.is_empty() && !self.only.iter().any(|part| name.contains(part)) {
            return;
        }
        let before = ALLOCATED.allocated();
        let start = Instant::now();
        let built = build();
        let build_seconds = start.elapsed().as_secs_f64();
        let bytes = ALLOCATED.allocated() - before;
        let answers = ask(&built);
        let differing = answers.iter().zip(&self.expected);
        let wrong = differing.filter(|(one, other)| one != other).count();
        let best = (0..self.times).map(|_| {
            let start = Instant::now();
            let answers = ask(&built);
            let seconds = start.elapsed().as_secs_f64();
            assert_eq!(answers.len(), self.rows);
            seconds
        });
        let best = best.fold(f64::INFINITY, f64::min);
        let line = Line {
            name,
            bytes,
            build_seconds,
            row_nanoseconds: best * 1e9 / self.rows as f64,
            wrong,
        };
        eprintln!("{name}: {:.1} ns a row", line.row_nanoseconds);
        self.lines.push(line);
    }
}

fn main() {
    let args = Args::parse();
    let lines = match args.ids {
        Kind::Number => compare::<u64>(&args, |numbers| numbers.next()),
        Kind::Account => compare::<u64>(&args, |numbers| numbers.next() >> 24),
        Kind::Uuid => compare::<String>(&args, ids::uuid),
        Kind::Text => compare::<String>(&args, ids::text),
    };
    let consenting = args.subjects * 3 / 4;
    println!(
        "{:?} ids, {:?}; {} subjects, {consenting} of them consenting; {} rows",
        args.ids, args.spread, args.subjects, args.rows
    );
    println!(
        "| | bytes a subject | bytes a consenting one | build, s | ns a row | touches | wrong |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|");
    let limit = lines.last().filter(|line| line.name == contenders::LIMIT);
    let limit = limit.map_or(f64::NAN, |line| line.row_nanoseconds);
    for line in &lines {
        println!(
            "| {} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {} |",
            line.name,
            line.bytes as f64 / args.subjects as f64,
            line.bytes as f64 / consenting as f64,
            line.build_seconds,
            line.row_nanoseconds,
            line.row_nanoseconds / limit,
            line.wrong,
        );
    }
    assert!(lines.iter().all(|line| line.wrong == 0), "a wrong answer");
}

fn compare<I: Id>(args: &Args, make: impl Fn(&mut ids::Random) -> I) -> Vec<Line> {
    let mut random = ids::Random::new();
    let people = ids::different(args.subjects, || make(&mut random));
    let mut rows = Vec::with_capacity(args.rows);
    let mut expected = Vec::with_capacity(args.rows);
    for _ in 0..args.rows {
        let of_somebody = random.below(2) == 0;
        if of_somebody {
            let place = match args.spread {
                Spread::Uniform => random.below(args.subjects as u64) as usize,
                Spread::Zipf => random.zipf(args.subjects),
            };
            rows.push(people[place].clone());
            expected.push(contenders::has_consented(place));
        } else {
            rows.push(make(&mut random));
            expected.push(false);
        }
    }
    // A made-up person may be one of the people on file, which the expectation has to take into account.
    let known = contenders::consenting(&people);
    for (row, expected) in rows.iter().zip(&mut expected) {
        *expected = known.contains(row);
    }
    drop(known);
    let mut run = Run {
        times: args.times,
        only: args.only.clone(),
        rows: args.rows,
        expected,
        lines: Vec::new(),
    };
    let mut room = String::new();
    let column = I::column(&rows, &mut room);
    drop(rows);
    contenders::all(&mut run, &people, &column);
    run.lines
}
