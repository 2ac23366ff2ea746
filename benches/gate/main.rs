//! The gate, compared with what a careful engineer would write by hand for one question. Both give the
//! same rows, which is checked before anything is timed; read the ratios, not the times.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    missing_docs,
    reason = "a bench may stop, and is no library"
)]

mod growth;
mod world;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};

/// How many rows out of 1,024 pass.
const SELECTIVITIES: [(&str, u64); 3] = [("half", 512), ("95 %", 973), ("1 in 1000", 1)];

fn in_memory(criterion: &mut Criterion) {
    const ROWS: usize = 1_000_000;
    for (name, passing) in SELECTIVITIES {
        let memory = world::memory::Rows::of(ROWS, passing);
        assert_eq!(memory.by_gate(), memory.by_hand(), "the same rows");
        let mut group = criterion.benchmark_group(format!("in memory, {name} passing"));
        group.throughput(Throughput::Elements(ROWS as u64));
        group.sample_size(20);
        group.bench_function("filter by hand", |bencher| {
            bencher.iter(|| memory.by_hand());
        });
        group.bench_function("gate", |bencher| bencher.iter(|| memory.by_gate()));
        group.finish();
    }
}

fn of_many_people(criterion: &mut Criterion) {
    const ROWS: usize = 1_000_000;
    let many = world::many::Rows::of(1 << 21, ROWS);
    assert_eq!(many.by_adapter(), many.one_by_one(), "the same rows");
    assert_eq!(many.by_batch(), many.one_by_one(), "the same rows");
    let mut group = criterion.benchmark_group("on a snapshot of 2,097,152 people");
    group.throughput(Throughput::Elements(ROWS as u64));
    group.sample_size(10);
    group.bench_function("one by one", |bencher| {
        bencher.iter(|| many.one_by_one());
    });
    group.bench_function("adapter", |bencher| bencher.iter(|| many.by_adapter()));
    group.bench_function("batch", |bencher| bencher.iter(|| many.by_batch()));
    group.finish();
}

fn json_lines(criterion: &mut Criterion) {
    const ROWS: usize = 100_000;
    for bytes in [300, 750] {
        let json = world::json::Rows::of(ROWS, bytes, 512);
        let passed = json.by_gate();
        assert_eq!(passed, json.by_hand(), "the same bytes");
        assert!(
            !passed.is_empty() && passed.len() < json.len(),
            "some pass and some do not"
        );
        let mut group = criterion.benchmark_group(format!("JSON Lines of {bytes} bytes"));
        group.throughput(Throughput::Bytes(json.len() as u64));
        group.sample_size(10);
        compare(&mut group, &json);
        group.finish();
    }
}

fn compare(group: &mut BenchmarkGroup<'_, WallTime>, json: &world::json::Rows) {
    group.bench_function("serde_json and filter by hand", |bencher| {
        bencher.iter(|| json.by_hand());
    });
    group.bench_function("gate", |bencher| bencher.iter(|| json.by_gate()));
    group.bench_function("copy of every byte", |bencher| {
        bencher.iter(|| json.copied());
    });
}

criterion_group!(
    benches,
    in_memory,
    of_many_people,
    json_lines,
    growth::growth,
    growth::growth_of_snapshots
);
criterion_main!(benches);
