//! Forgeries: programs that must not compile, because they would let a row pass that no one
//! said yes to. Beside them, honest programs that must.

/// Each file tries one way to get around the gate. The expected output of the compiler is in the file next to it.
#[test]
fn no_consent_can_be_forged() {
    trybuild::TestCases::new().compile_fail("tests/ui/forgeries/*.rs");
}

/// What is refused above is not refused for another reason: the honest way compiles and runs.
#[test]
fn the_honest_way_is_open() {
    trybuild::TestCases::new().pass("tests/ui/honest/*.rs");
}
