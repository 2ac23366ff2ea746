//! The decision, from the records of a person to the row that passes.
//!
//! One person's records are assessed for a gate ([`assessment`]). A source answers the question of a
//! gate about one of a row's people from such an assessment ([`question`], [`on_file`], [`source`]), and
//! the gate admits the row or withholds it ([`admit`]). The result is a witness or the reasons against
//! the row ([`consented`], [`answer`]), and a count ([`report`]).

pub(crate) mod admit;
pub(crate) mod answer;
pub(crate) mod assessment;
pub(crate) mod by_subject;
pub(crate) mod consented;
pub(crate) mod on_file;
pub(crate) mod question;
pub(crate) mod report;
pub(crate) mod source;
