//! The wire form of a set of bits: a list of names, and never a number.

use std::fmt;

use bitflags::{Flag, Flags};

use crate::vocabulary::wire::{Expected, Wire};
use serde::ser::{SerializeSeq, Serializer};

/// Returns true when `token` is the wire name of the constant `name`: `train-generative` for
/// `TRAIN_GENERATIVE`. Case matters.
fn is_wire_name(name: &str, token: &str) -> bool {
    name.len() == token.len() && wire_bytes(name).eq(token.bytes())
}

fn wire_bytes(name: &str) -> impl Iterator<Item = u8> {
    name.bytes().map(|byte| match byte {
        b'_' => b'-',
        other => other.to_ascii_lowercase(),
    })
}

/// The flags that `token` names, or `None` for an unknown name.
pub(crate) fn from_wire_name<F: Flags + Copy>(token: &str) -> Option<F> {
    let named = |flag: &&Flag<F>| is_wire_name(flag.name(), token);
    F::FLAGS.iter().find(named).map(|flag| *flag.value())
}

/// The names of the single bits of `flags`, in the order of their definition.
pub(crate) fn wire_names<F: Flags<Bits = u32> + Copy>(flags: F) -> impl Iterator<Item = String> {
    F::FLAGS
        .iter()
        .filter(move |flag| flag.value().bits().is_power_of_two() && flags.contains(*flag.value()))
        .map(|flag| wire_bytes(flag.name()).map(char::from).collect())
}

/// Every wire name of a set type, also of several bits, and what it names.
#[cfg(feature = "decision-table")]
pub(crate) fn names_of<F: Flags + Copy>() -> impl Iterator<Item = (String, F)> {
    F::FLAGS.iter().map(|flag| {
        let name = wire_bytes(flag.name()).map(char::from).collect();
        (name, *flag.value())
    })
}

/// All wire names of a set type, for an error to list.
pub(crate) fn all_wire_names<F: Flags>() -> String {
    let names = F::FLAGS
        .iter()
        .map(|flag| wire_bytes(flag.name()).map(char::from).collect());
    names.collect::<Vec<String>>().join(", ")
}

pub(crate) fn display<F: Flags<Bits = u32> + Copy>(
    flags: F,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    for (position, name) in wire_names(flags).enumerate() {
        if position > 0 {
            f.write_str(", ")?;
        }
        f.write_str(&name)?;
    }
    Ok(())
}

pub(crate) fn serialize<F, S>(flags: F, serializer: S) -> Result<S::Ok, S::Error>
where
    F: Flags<Bits = u32> + Copy,
    S: Serializer,
{
    let mut list = serializer.serialize_seq(None)?;
    for name in wire_names(flags) {
        list.serialize_element(&name)?;
    }
    list.end()
}

pub(crate) fn flags<F: Flags + Copy>(value: Wire<'_>) -> Result<F, Expected> {
    match value {
        Wire::Null => Some(F::empty()),
        Wire::List(names) => names.iter().try_fold(F::empty(), |all, name| {
            flag::<F>(name).map(|one| all.union(one))
        }),
        _ => None,
    }
    .ok_or_else(a_list_of_flags::<F>)
}

/// The flag that an item of a list names, or `None` for an unknown name.
pub(crate) fn flag<F: Flags + Copy>(item: &Wire<'_>) -> Option<F> {
    match item {
        Wire::Text(name) => from_wire_name(name),
        _ => None,
    }
}

pub(crate) fn a_list_of_flags<F: Flags>() -> Expected {
    format!("a list of: {}", all_wire_names::<F>()).into()
}

/// Implements the wire form of a set type: `Display`, `FromStr` for one name, and serde as a list of
/// names.
macro_rules! named_flags {
    ($name:ident, $what:literal) => {
        impl $name {
            /// Reads names that are separated by commas, each exactly as it is written on the wire.
            /// White space around a name is left out, so the result of `to_string` is read again. A
            /// text without a name is refused.
            ///
            /// # Errors
            ///
            /// [`UnknownNames`](crate::vocabulary::term::UnknownNames) when one of the names is unknown.
            ///
            /// ```
            #[doc = concat!("use consent_gate::", stringify!($name), ";")]
            ///
            #[doc = concat!("let all = ", stringify!($name), "::all();")]
            #[doc = concat!("assert_eq!(", stringify!($name), "::from_names(&all.to_string())?, all);")]
            #[doc = concat!("let error = ", stringify!($name), "::from_names(\"nonsense\").unwrap_err();")]
            #[doc = concat!("assert!(error.to_string().starts_with(\"", stringify!($name), ": expected names \"));")]
            /// # Ok::<(), consent_gate::UnknownNames>(())
            /// ```
            pub fn from_names(names: &str) -> Result<Self, crate::vocabulary::term::UnknownNames> {
                names
                    .split(',')
                    .map(|name| crate::vocabulary::flags::from_wire_name::<Self>(name.trim()))
                    .collect::<Option<Self>>()
                    .ok_or_else(|| {
                        let known = crate::vocabulary::flags::all_wire_names::<Self>();
                        crate::vocabulary::term::UnknownNames::of(stringify!($name), known)
                    })
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                crate::vocabulary::flags::display(*self, f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::vocabulary::term::UnknownName;

            #[doc = concat!("Reads the name of one ", $what, ", exactly as it is written on the wire.")]
            fn from_str(name: &str) -> Result<Self, Self::Err> {
                crate::vocabulary::flags::from_wire_name(name)
                    .ok_or_else(|| crate::vocabulary::term::UnknownName::of(crate::vocabulary::flags::all_wire_names::<Self>()))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                crate::vocabulary::flags::serialize(*self, serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = crate::vocabulary::wire::Wire::deserialize(deserializer)?;
                crate::vocabulary::flags::flags(value).map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use named_flags;
