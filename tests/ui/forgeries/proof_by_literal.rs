//! The proof that only the decision can make.

fn main() {
    let _forged = consent_gate::decision::admit::Proof(());
}
