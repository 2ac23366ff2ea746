//! Forgeries: programs that must not compile, because they would let a row through that nobody
//! said yes to. Beside them, honest programs that must.

/// Each file tries one way to go round the gate. What the compiler says stands beside it.
#[test]
fn no_consent_can_be_forged() {
    trybuild::TestCases::new().compile_fail("tests/ui/forgeries/*.rs");
}

/// What is refused above is not refused for another reason: the honest way compiles and runs.
#[test]
fn the_honest_way_is_open() {
    trybuild::TestCases::new().pass("tests/ui/honest/*.rs");
}
