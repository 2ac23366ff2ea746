//! The consents of a crowd: put into a ledger, assessed, saved, loaded again and asked. Prints how
//! long each step took and how much memory there was at most.

#![expect(
    clippy::disallowed_methods,
    reason = "a bench looks at the clock, and nothing is decided by it"
)]

#[path = "../../../gate/world/people.rs"]
mod people;

use std::alloc::System;
use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;
use std::time::Instant;

use cap::Cap;
use clap::Parser;
use consent_gate::{DataCategories, Ledger, Restrictions, Snapshot, UserRecord};
use time::UtcDateTime;
use time::macros::utc_datetime;

#[global_allocator]
static ALLOCATED: Cap<System> = Cap::new(System, usize::MAX);

/// Takes the consents of many people from the ledger to the answer.
#[derive(Parser)]
struct Args {
    /// How many people have said something; three in four of them have consented.
    #[arg(long, default_value_t = 100_000_000)]
    subjects: u64,
    /// How many rows are asked about; half of them are of people who have said something.
    #[arg(long, default_value_t = 200_000_000)]
    rows: u64,
    /// Ids are texts, such as email addresses, and not numbers.
    #[arg(long)]
    texts: bool,
    /// The file that the snapshot is saved to; it is removed afterwards.
    #[arg(long)]
    file: PathBuf,
}

struct Post;

impl UserRecord for Post {
    fn collected_at(&self) -> Option<UtcDateTime> {
        Some(utc_datetime!(2024-10-01 0:00))
    }

    fn data(&self) -> DataCategories {
        DataCategories::POSTS
    }

    fn restrictions(&self) -> Restrictions {
        Restrictions::none()
    }
}

/// The account of a person: different people have different ones, of 40 bits, in no order.
fn account(person: u64) -> u64 {
    const MASK: u64 = (1 << 40) - 1;
    let mixed = person.wrapping_mul(0x9E_3779_B97F) & MASK;
    (mixed ^ mixed >> 20).wrapping_mul(0x9E_3779_B97F) & MASK
}

/// The id of a person.
fn id(person: u64, is_text: bool) -> String {
    if is_text {
        format!("{:x}@example.org", account(person))
    } else {
        account(person).to_string()
    }
}

fn has_consented(person: u64) -> bool {
    !person.is_multiple_of(4)
}

fn timed<T>(what: &str, step: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let made = step();
    let seconds = start.elapsed().as_secs_f64();
    let gigabytes = ALLOCATED.allocated() as f64 / 1e9;
    println!("{what}: {seconds:.1} s, {gigabytes:.2} GB in use");
    made
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args = Args::parse();
    let gate = people::gate();
    let ledger: Ledger = timed("put into a ledger", || {
        let consent = |person| {
            let place = usize::try_from(person).expect("a number of people");
            people::consent(place, id(person, args.texts), has_consented(person))
        };
        (0..args.subjects).map(consent).collect()
    });
    println!(
        "the ledger: {:.1} bytes a statement",
        ledger.size_in_bytes() as f64 / args.subjects as f64
    );
    let snapshot = timed("weighed", || Snapshot::of_grants_only(&gate, &ledger));
    let near_misses = timed("near misses", || ledger.near_misses());
    assert_eq!(near_misses.len(), 0, "no id is near to another one");
    let digest = timed("digest of the ledger", || ledger.digest());
    drop(ledger);
    timed("saved", || -> Result<(), std::io::Error> {
        snapshot.save(digest, BufWriter::new(File::create(&args.file)?))
    })?;
    drop(snapshot);
    let (snapshot, found) = timed("loaded", || {
        File::open(&args.file)
            .map_err(Into::into)
            .and_then(|file| Snapshot::load(&gate, file))
    })?;
    assert_eq!(found, digest, "another ledger");
    println!(
        "the snapshot: {:.2} bytes a consenting person, {} people",
        snapshot.size_in_bytes() as f64 / snapshot.subjects() as f64,
        snapshot.subjects()
    );
    let people: Vec<u64> = (0..args.rows)
        .map(|row| row.wrapping_mul(0x9E37_79B9_7F4A_7C15) % (2 * args.subjects))
        .collect();
    let mask = if args.texts {
        let ids: Vec<String> = people.iter().map(|person| id(*person, true)).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        timed("asked", || snapshot.mask_ids(&ids, &Post))
    } else {
        let ids: Vec<u64> = people.iter().map(|person| account(*person)).collect();
        timed("asked", || snapshot.mask_ids(&ids, &Post))
    };
    let expected = people
        .iter()
        .map(|person| *person < args.subjects && has_consented(*person));
    let wrong = mask
        .iter()
        .zip(expected)
        .filter(|(one, other)| *one != other);
    let wrong = wrong.count();
    println!("wrong answers: {wrong}");
    println!(
        "at most {:.2} GB in use",
        ALLOCATED.max_allocated() as f64 / 1e9
    );
    std::fs::remove_file(&args.file)?;
    assert_eq!(wrong, 0, "a wrong answer");
    Ok(())
}
