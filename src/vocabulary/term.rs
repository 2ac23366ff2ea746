//! The closed vocabularies of a consent record.

use thiserror::Error;

/// An unknown name of a closed vocabulary. The error lists the known names and does not repeat the
/// name that was read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("expected one of: {0}")]
pub struct UnknownName(String);

/// An unknown name in a list of names of a set. The error says what the names are of, lists the known
/// ones and does not repeat the text that was read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{set}: expected names separated by commas, each one of: {names}")]
pub struct UnknownNames {
    set: &'static str,
    names: String,
}

impl UnknownNames {
    pub(crate) fn of(set: &'static str, names: String) -> Self {
        Self { set, names }
    }
}

impl UnknownName {
    pub(crate) fn of(names: String) -> Self {
        Self(names)
    }
}

/// Returns the known name that an unknown one was probably meant to be: equal but for case, `-` and
/// `_`, or at most two edits away, and fewer than half of the name's length.
///
/// An unknown name may be anyone's id, so messages show the known name and not the unknown one.
pub(crate) fn nearest<'n>(
    known: impl IntoIterator<Item = &'n str>,
    unknown: &str,
) -> Option<&'n str> {
    if unknown.len() > 40 {
        return None;
    }
    let unknown = folded(unknown);
    known
        .into_iter()
        .map(|name| (edits(&folded(name), &unknown), name))
        .filter(|(edits, name)| *edits <= 2 && edits.saturating_mul(2) < name.len())
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, name)| name)
}

/// Returns true when two names are equal but for case, `-` and `_`.
pub(crate) fn is_same_but_for_spelling(one: &str, other: &str) -> bool {
    one.len() == other.len() && folded(one) == folded(other)
}

fn folded(name: &str) -> String {
    name.to_ascii_lowercase().replace('-', "_")
}

/// The Levenshtein distance.
fn edits(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (above_left, from) in (1..).zip(one.chars()) {
        let mut left: usize = above_left;
        let mut next = vec![left];
        for (to, above) in other.chars().zip(row.windows(2)) {
            let [diagonal, above] = above else { continue };
            left = diagonal
                .saturating_add(usize::from(from != to))
                .min(above.saturating_add(1))
                .min(left.saturating_add(1));
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

/// A closed vocabulary whose members are written as tokens.
pub(crate) trait Term: Copy + 'static {
    const ALL: &'static [Self];
    fn token(self) -> &'static str;

    fn from_token(token: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|term| term.token() == token)
    }

    fn tokens() -> String {
        Self::ALL
            .iter()
            .map(|term| term.token())
            .collect::<Vec<_>>()
            .join(", ")
    }
}

macro_rules! terms {
    ($($(#[$meta:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $token:literal,)* })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $(
                #[doc = concat!("`", $token, "`:")]
                $(#[$each])*
                $variant,
            )*
        }

        impl $name {
            /// The token on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $token,)*
                }
            }
        }

        impl $crate::vocabulary::term::Term for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),*];

            fn token(self) -> &'static str {
                self.as_str()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::vocabulary::term::UnknownName;

            /// Reads a token, exactly as it is written on the wire. Case matters.
            fn from_str(token: &str) -> Result<Self, $crate::vocabulary::term::UnknownName> {
                use $crate::vocabulary::term::Term;
                Self::from_token(token).ok_or_else(|| $crate::vocabulary::term::UnknownName::of(Self::tokens()))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    )*};
}

#[cfg(any(feature = "json", feature = "signal"))]
pub(crate) use terms;

terms! {
    /// The status of a grant (`dpv:ConsentStatusValidForProcessing`).
    GrantStatus {
        /// consent was given.
        Given = "given",
        /// consent was given anew after it had lapsed or ended.
        Renewed = "renewed",
    }

    /// The status of a denial (`dpv:ConsentStatusInvalidForProcessing`).
    DenialStatus {
        /// the person said no.
        Refused = "refused",
        /// the person took the consent back (GDPR Art. 7(3)).
        Withdrawn = "withdrawn",
        /// the person objected to the processing (GDPR Art. 21).
        Objected = "objected",
        /// someone other than the person ended it.
        Revoked = "revoked",
        /// it expired.
        Expired = "expired",
        /// it was found never to have been valid. It voids the past too.
        Invalidated = "invalidated",
    }

    /// The status of a statement that neither grants nor denies.
    NonDecisionStatus {
        /// the person was asked and has not answered.
        Requested = "requested",
        /// the person put the answer off.
        Deferred = "deferred",
        /// the answer is not known.
        Unknown = "unknown",
    }

    /// The degree of explicitness of a consent (the DPV consent types).
    ConsentType {
        /// stated in so many words, for this and nothing else.
        ExplicitlyExpressed = "explicitly-expressed",
        /// expressed by a clear act.
        Expressed = "expressed",
        /// implied by another act.
        Implied = "implied",
        /// given without knowing its purpose.
        Uninformed = "uninformed",
    }

    /// The way in which a consent was indicated. Only the first four are an
    /// [affirmative act](Method::is_affirmative) of the person.
    Method {
        /// a spoken or written statement.
        Statement = "statement",
        /// a signature.
        Signature = "signature",
        /// a yes on a yes/no screen, or a double opt-in.
        Confirmation = "confirmation",
        /// an empty box ticked or a switch turned on by the person.
        OptInControl = "opt-in-control",
        /// a box that was ticked before the person came.
        PreTicked = "pre-ticked",
        /// a setting that was on by default.
        DefaultSetting = "default-setting",
        /// a button that accepts everything at once.
        AcceptAll = "accept-all",
        /// terms that were accepted.
        TermsAcceptance = "terms-acceptance",
        /// an acknowledgement that something was read.
        Acknowledgement = "acknowledgement",
        /// a service that the person went on using.
        ContinuedUse = "continued-use",
        /// a page that was scrolled.
        Scrolling = "scrolling",
        /// a banner that was closed.
        Dismissed = "dismissed",
        /// no act at all.
        Inactivity = "inactivity",
        /// the publication of data.
        Publication = "publication",
        /// a program that acted in the person's place.
        Script = "script",
        /// a record carried over from another system.
        Import = "import",
        /// a preference signal attached to content or sent by a browser.
        Signal = "signal",
    }

    /// The one who acted.
    Actor {
        /// the person.
        Subject = "subject",
        /// the person's guardian, verified as such.
        VerifiedGuardian = "verified-guardian",
        /// someone who claims to be the person's guardian.
        Guardian = "guardian",
        /// software or an intermediary that acted for the person.
        Agent = "agent",
        /// the controller or its staff.
        Controller = "controller",
        /// a public authority.
        Authority = "authority",
        /// a computer system.
        System = "system",
    }

    /// The channel that a consent was given in. [`Channels`](crate::Channels) is a set of them.
    Channel {
        /// a web site.
        Web = "web",
        /// an app.
        App = "app",
        /// a programming interface.
        Api = "api",
        /// e-mail.
        Email = "email",
        /// the telephone.
        Phone = "phone",
        /// paper.
        Paper = "paper",
        /// face to face.
        InPerson = "in-person",
    }

    /// The capacity of the person to consent, at the time of the act (GDPR Art. 8).
    Capacity {
        /// old enough to consent alone.
        OfAge = "of-age",
        /// too young to consent alone.
        UnderAge = "under-age",
    }
}

impl From<Channel> for crate::Channels {
    /// The set of this channel.
    ///
    /// ```
    /// use consent_gate::{Channel, Channels};
    ///
    /// assert_eq!(Channels::from(Channel::InPerson), Channels::IN_PERSON);
    /// ```
    fn from(channel: Channel) -> Self {
        match channel {
            Channel::Web => Self::WEB,
            Channel::App => Self::APP,
            Channel::Api => Self::API,
            Channel::Email => Self::EMAIL,
            Channel::Phone => Self::PHONE,
            Channel::Paper => Self::PAPER,
            Channel::InPerson => Self::IN_PERSON,
        }
    }
}

impl Method {
    /// Returns true when the method is a clear affirmative act of the person (GDPR Rec. 32; CJEU
    /// C-673/17 Planet49).
    #[must_use]
    pub const fn is_affirmative(self) -> bool {
        matches!(
            self,
            Self::Statement | Self::Signature | Self::Confirmation | Self::OptInControl
        )
    }
}

/// The granularity of a consent: a switch of its own for the purpose, or one switch for several
/// things (GDPR Rec. 32, 43). On the wire it is the field `granular`, `true` or `false`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Granularity {
    /// `true`: the purpose had a switch of its own.
    Separate,
    /// `false`: the purpose was bundled with something else.
    Bundled,
}
