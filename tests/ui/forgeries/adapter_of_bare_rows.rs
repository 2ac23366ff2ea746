//! An adapter that was not made for these rows: put together, with a row in the place of a
//! decision.

use consent_gate::parallel::ConsentedRows;
use consent_gate::{Consented, Gate, Ledger, Report, UserRecord};
use rayon::iter::{IntoParallelIterator, ParallelIterator};

struct Row;

impl UserRecord for Row {}

fn forge<'g>(rows: Vec<Row>, gate: &'g Gate, ledger: &'g Ledger) -> Vec<Consented<'g, Row>> {
    let door = (gate, |_: &Row| true);
    let report = Report::new();
    let rows = rows.into_par_iter();
    ConsentedRows { rows, door, report }.collect()
}

fn main() {}
