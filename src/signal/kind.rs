//! The kinds of signals, and their values in JSON.

use crate::row::Restrictions;
use crate::vocabulary::instant::parse_instant;
use crate::vocabulary::term::terms;
use crate::vocabulary::wire::Wire;

#[cfg(feature = "signal")]
use super::{
    dictionary::{content_signal, content_usage},
    fields::{gpc, tdm_reservation, x_robots_tag},
    preferences::{preference_ai, user_intents},
    rsl::rsl,
    training_mining::training_mining,
};

terms! {
    /// The kind of a signal, as rows name it.
    ///
    /// ```
    /// use consent_gate::signal::Kind;
    ///
    /// assert_eq!("opt-out".parse(), Ok(Kind::OptOut));
    /// assert!("an-unknown-kind".parse::<Kind>().is_err());
    /// ```
    Kind {
        /// the HTTP field of the IETF's AI preferences.
        ContentUsage = "content-usage",
        /// the declaration record of Bluesky's proposal 0008.
        UserIntents = "user-intents",
        /// the record `community.lexicon.preference.ai`.
        PreferenceAi = "preference-ai",
        /// the assertion of C2PA and CAWG.
        TrainingMining = "training-mining",
        /// the field of the TDM Reservation Protocol.
        TdmReservation = "tdm-reservation",
        /// the HTTP field for robots.
        XRobotsTag = "x-robots-tag",
        /// Cloudflare's line for robots.
        ContentSignal = "content-signal",
        /// a licence in Really Simple Licensing.
        Rsl = "rsl",
        /// the HTTP field of Global Privacy Control.
        Gpc = "gpc",
        /// an entry of a suppression list.
        OptOut = "opt-out",
        /// a deletion.
        Erased = "erased",
    }
}

impl Kind {
    /// Reads the value of a signal of this kind from JSON. A value that does not have the form of the
    /// kind gives [`Restrictions::unread`]. Without the feature `signal` each kind but `opt-out` and
    /// `erased` is unreadable.
    ///
    /// ```
    /// use consent_gate::Restrictions;
    /// use consent_gate::signal::Kind;
    ///
    /// assert_eq!(Kind::OptOut.read("true"), Restrictions::everything());
    /// assert_eq!(Kind::OptOut.read("false"), Restrictions::none());
    /// assert_eq!(Kind::OptOut.read("\"yes\""), Restrictions::unread());
    /// ```
    #[must_use]
    pub fn read(self, json: &str) -> Restrictions {
        match self {
            Self::OptOut => opt_out(json),
            Self::Erased => erased(json),
            #[cfg(feature = "signal")]
            Self::ContentUsage => one_text(value(json), content_usage),
            #[cfg(feature = "signal")]
            Self::UserIntents => user_intents(json),
            #[cfg(feature = "signal")]
            Self::PreferenceAi => preference_ai(json),
            #[cfg(feature = "signal")]
            Self::TrainingMining => training_mining(json),
            #[cfg(feature = "signal")]
            Self::TdmReservation => match value(json) {
                Wire::Whole(number) => tdm_reservation([number.to_string()]),
                value => one_text(value, tdm_reservation),
            },
            #[cfg(feature = "signal")]
            Self::XRobotsTag => texts(value(json), x_robots_tag),
            #[cfg(feature = "signal")]
            Self::ContentSignal => one_text(value(json), content_signal),
            #[cfg(feature = "signal")]
            Self::Rsl => one_text(value(json), |licences| {
                let read = licences.iter().map(rsl);
                read.fold(Restrictions::none(), Restrictions::and)
            }),
            #[cfg(feature = "signal")]
            Self::Gpc => one_text(value(json), gpc),
            #[cfg(not(feature = "signal"))]
            _ => Restrictions::unread(),
        }
    }
}

/// The value of a JSON text, or [`Wire::Other`] when the text is invalid.
fn value(json: &str) -> Wire<'_> {
    serde_json::from_str(json).unwrap_or(Wire::Other)
}

fn opt_out(json: &str) -> Restrictions {
    match value(json) {
        Wire::True => Restrictions::everything(),
        Wire::False => Restrictions::none(),
        _ => Restrictions::unread(),
    }
}

/// Deleted data is not trained on, whatever the instant of the deletion.
fn erased(json: &str) -> Restrictions {
    match value(json) {
        Wire::Text(at) if parse_instant(&at).is_ok() => Restrictions::everything(),
        _ => Restrictions::unread(),
    }
}

/// Reads a text, or a list of texts. Other items of a list make the result unreadable, and the texts
/// next to them still count.
#[cfg(feature = "signal")]
fn texts(value: Wire<'_>, read: impl FnOnce(Vec<String>) -> Restrictions) -> Restrictions {
    let items = match value {
        Wire::List(items) => items,
        value => vec![value],
    };
    let length = items.len();
    let texts: Vec<_> = items.into_iter().filter_map(text).collect();
    let is_whole = texts.len() == length;
    let read = read(texts);
    if is_whole {
        read
    } else {
        read.and(Restrictions::unread())
    }
}

/// Reads a text. A list of texts is unreadable for this kind, but a no in it counts.
#[cfg(feature = "signal")]
fn one_text(value: Wire<'_>, read: impl FnOnce(Vec<String>) -> Restrictions) -> Restrictions {
    let is_one = matches!(value, Wire::Text(_));
    let read = texts(value, read);
    if is_one {
        read
    } else {
        read.and(Restrictions::unread())
    }
}

#[cfg(feature = "signal")]
fn text(value: Wire<'_>) -> Option<String> {
    match value {
        Wire::Text(text) => Some(text.into_owned()),
        _ => None,
    }
}
