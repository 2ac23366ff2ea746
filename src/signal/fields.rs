//! Short HTTP header fields: X-Robots-Tag, TDM-Reservation and Sec-GPC.

use super::names::{AI, is_about_ai};
use crate::row::Restrictions;
use crate::vocabulary::purpose::Purposes;

const NO_AI: [&[u8]; 3] = [b"noai", b"noimageai", b"noml"];

/// Reads the header fields `X-Robots-Tag` of a response. `noai`, `noimageai` and `noml` restrict
/// every AI purpose, in any case, for any robot, next to any other directive. Any other directive
/// or robot with a word about AI, such as `ai-train=no`, is unreadable: the field defines none.
///
/// ```
/// use consent_gate::signal::x_robots_tag;
/// use consent_gate::{Purposes, Restrictions};
///
/// let fields = ["max-image-preview:large", "otherbot: NoAI"];
/// assert!(x_robots_tag(fields).purposes().contains(Purposes::AI_TRAINING));
/// assert_eq!(x_robots_tag(["noindex"]), Restrictions::none());
/// assert_eq!(x_robots_tag(["ai-train=no"]), Restrictions::unread());
/// ```
#[must_use]
pub fn x_robots_tag<F: AsRef<[u8]>>(fields: impl IntoIterator<Item = F>) -> Restrictions {
    let is_in_a_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let is_no = |word: &[u8]| NO_AI.iter().any(|no| word.eq_ignore_ascii_case(no));
    most_restrictive(fields, |field| {
        let words = || field.split(|byte| !is_in_a_word(*byte));
        let mut restrictions = Restrictions::none();
        if words().any(is_no) {
            restrictions = restrictions.and(Restrictions::of(AI));
        }
        if words().any(|word| !is_no(word) && is_about_ai(word)) {
            restrictions = restrictions.and(Restrictions::unread());
        }
        restrictions
    })
}

/// Reads the header fields `TDM-Reservation` of a response: `1` restricts every AI purpose and data
/// mining, `0` nothing. Any other value is unreadable.
///
/// ```
/// use consent_gate::signal::tdm_reservation;
/// use consent_gate::{Purposes, Restrictions};
///
/// assert!(tdm_reservation(["1"]).purposes().contains(Purposes::DATA_MINING));
/// assert_eq!(tdm_reservation(["0"]), Restrictions::none());
/// assert_eq!(tdm_reservation(["yes"]), Restrictions::unread());
/// ```
#[must_use]
pub fn tdm_reservation<F: AsRef<[u8]>>(fields: impl IntoIterator<Item = F>) -> Restrictions {
    most_restrictive(fields, |field| match field {
        b"1" => Restrictions::of(AI.union(Purposes::DATA_MINING)),
        b"0" => Restrictions::none(),
        _ => Restrictions::unread(),
    })
}

/// Reads the header fields `Sec-GPC` of a request: exactly `1` restricts advertising, and any other
/// value nothing.
///
/// ```
/// use consent_gate::signal::gpc;
/// use consent_gate::{Purposes, Restrictions};
///
/// assert_eq!(gpc(["1"]), Restrictions::of(Purposes::ADVERTISING));
/// assert_eq!(gpc(["0"]), Restrictions::none());
/// ```
#[must_use]
pub fn gpc<F: AsRef<[u8]>>(fields: impl IntoIterator<Item = F>) -> Restrictions {
    most_restrictive(fields, |field| match field {
        b"1" => Restrictions::of(Purposes::ADVERTISING),
        _ => Restrictions::none(),
    })
}

fn most_restrictive<F: AsRef<[u8]>>(
    fields: impl IntoIterator<Item = F>,
    read: impl Fn(&[u8]) -> Restrictions,
) -> Restrictions {
    let read = fields.into_iter().map(|field| read(field.as_ref()));
    read.fold(Restrictions::none(), Restrictions::and)
}
