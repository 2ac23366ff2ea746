//! The codes of `ActReason` of HL7 that are purposes of use.

use crate::interchange::node::Node;
use crate::interchange::published::Vocabulary;
use crate::vocabulary::purpose::Purposes;

/// The code system in R4 and R5, and in STU3.
const SYSTEMS: [&str; 2] = [
    "http://terminology.hl7.org/CodeSystem/v3-ActReason",
    "http://hl7.org/fhir/v3/ActReason",
];

/// The code for the training of models.
const TRAINING: &str = "MLTRAINING";

/// The code of a coding, if it is one of `ActReason`.
fn code(coding: &Node) -> Option<&str> {
    let system = coding.get("system")?.text()?;
    let code = coding.get("code")?.text()?;
    SYSTEMS.contains(&system).then_some(code)
}

/// The purposes that a coding permits: those that mean exactly the same.
pub(super) fn permitted(coding: &Node) -> Purposes {
    if code(coding) == Some(TRAINING) {
        Purposes::AI_TRAINING
    } else {
        Purposes::empty()
    }
}

/// The purposes that a rule about codings denies. `None` is all of them.
pub(super) fn denied(codings: &[Node]) -> Option<Purposes> {
    let each = codings
        .iter()
        .map(|coding| PURPOSE_OF_USE.refused(code(coding)?));
    let all: Purposes = each.collect::<Option<_>>()?;
    (!codings.is_empty()).then_some(all)
}

/// The value set `PurposeOfUse` of R4, which R5 has too, and `MLTRAINING`.
static PURPOSE_OF_USE: Vocabulary = Vocabulary {
    terms: &[
        ("PurposeOfUse", &[]),
        ("HMARKT", &["PurposeOfUse"]),
        ("HOPERAT", &["PurposeOfUse"]),
        ("CAREMGT", &["HOPERAT"]),
        ("DONAT", &["HOPERAT"]),
        ("FRAUD", &["HOPERAT"]),
        ("GOV", &["HOPERAT"]),
        ("HACCRED", &["HOPERAT"]),
        ("HCOMPL", &["HOPERAT"]),
        ("HDECD", &["HOPERAT"]),
        ("HDIRECT", &["HOPERAT"]),
        ("HDM", &["HOPERAT"]),
        ("HLEGAL", &["HOPERAT"]),
        ("HOUTCOMS", &["HOPERAT"]),
        ("HPRGRP", &["HOPERAT"]),
        ("HQUALIMP", &["HOPERAT"]),
        ("HSYSADMIN", &["HOPERAT"]),
        ("LABELING", &["HOPERAT"]),
        ("METAMGT", &["HOPERAT"]),
        ("MEMADMIN", &["HOPERAT"]),
        ("MILCDM", &["HOPERAT"]),
        ("MLTRAINING", &["HOPERAT"]),
        ("PATADMIN", &["HOPERAT"]),
        ("PATSFTY", &["HOPERAT"]),
        ("PERFMSR", &["HOPERAT"]),
        ("RECORDMGT", &["HOPERAT"]),
        ("SYSDEV", &["HOPERAT"]),
        ("HTEST", &["SYSDEV"]),
        ("TRAIN", &["HOPERAT"]),
        ("HPAYMT", &["PurposeOfUse"]),
        ("CLMATTCH", &["HPAYMT"]),
        ("COVAUTH", &["HPAYMT"]),
        ("COVERAGE", &["HPAYMT"]),
        ("ELIGDTRM", &["COVERAGE"]),
        ("ELIGVER", &["COVERAGE"]),
        ("ENROLLM", &["COVERAGE"]),
        ("MILDCRG", &["COVERAGE"]),
        ("REMITADV", &["HPAYMT"]),
        ("HRESCH", &["PurposeOfUse"]),
        ("BIORCH", &["HRESCH"]),
        ("CLINTRCH", &["HRESCH"]),
        ("CLINTRCHNPC", &["CLINTRCH"]),
        ("CLINTRCHPC", &["CLINTRCH"]),
        ("PRECLINTRCH", &["CLINTRCH"]),
        ("DSRCH", &["HRESCH"]),
        ("POARCH", &["HRESCH"]),
        ("TRANSRCH", &["HRESCH"]),
        ("PATRQT", &["PurposeOfUse"]),
        ("FAMRQT", &["PATRQT"]),
        ("PWATRNY", &["PATRQT"]),
        ("SUPNWK", &["PATRQT"]),
        ("PUBHLTH", &["PurposeOfUse"]),
        ("DISASTER", &["PUBHLTH"]),
        ("THREAT", &["PUBHLTH"]),
        ("TREAT", &["PurposeOfUse"]),
        ("CLINTRL", &["TREAT"]),
        ("COC", &["TREAT"]),
        ("ETREAT", &["TREAT"]),
        ("BTG", &["ETREAT"]),
        ("ERTREAT", &["ETREAT"]),
        ("POPHLTH", &["TREAT"]),
    ],
    claimed: &[
        "PurposeOfUse",
        "HOPERAT",
        "HDM",
        "HOUTCOMS",
        "HQUALIMP",
        "HSYSADMIN",
        "LABELING",
        "METAMGT",
        "PATSFTY",
        "PERFMSR",
        "SYSDEV",
        "HTEST",
        "TRAIN",
        "HRESCH",
        "BIORCH",
        "CLINTRCH",
        "CLINTRCHNPC",
        "CLINTRCHPC",
        "PRECLINTRCH",
        "DSRCH",
        "POARCH",
        "TRANSRCH",
        "PUBHLTH",
        "TREAT",
        "CLINTRL",
        "POPHLTH",
    ],
    meanings: &[
        ("MLTRAINING", Purposes::AI_TRAINING),
        ("HMARKT", Purposes::ADVERTISING),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sound() {
        PURPOSE_OF_USE.assert_is_sound();
    }
}
