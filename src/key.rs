//! The stored form of a subject's id, which is smaller than its text where the text is a number or a
//! UUID.

use std::borrow::Cow;

/// The first byte of an encoded number. Valid UTF-8 never contains it, nor [`UUID`].
const NUMBER: u8 = 0xFF;
/// The first byte of an encoded UUID.
const UUID: u8 = 0xFE;

/// The number of digits of 2^64 − 1. A UUID has more characters.
const MOST_DIGITS: usize = 20;

/// A buffer for the encoding of a number or a UUID.
pub(crate) type KeyBuffer = [u8; 17];

/// The stored form of a subject's id.
///
/// INVARIANT (different texts are different keys): an id is taken for a number or a UUID only if
/// formatting that number or UUID gives exactly the same text back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SubjectKey<'a> {
    /// A decimal number up to 2^64 − 1, without sign or leading zeros.
    Number(u64),
    /// A UUID of RFC 9562 in its usual form: 36 characters, in lower case.
    Uuid(u128),
    /// Any other text.
    Text(&'a str),
}

impl<'a> SubjectKey<'a> {
    #[inline]
    pub(crate) fn of(id: &'a str) -> Self {
        // The length decides which of the two it can be.
        if id.len() > MOST_DIGITS {
            uuid(id.as_bytes()).map_or(Self::Text(id), Self::Uuid)
        } else {
            number(id).map_or(Self::Text(id), Self::Number)
        }
    }

    /// The subject's id as a text.
    pub(crate) fn to_text(self) -> Cow<'a, str> {
        match self {
            Self::Number(number) => number.to_string().into(),
            Self::Uuid(uuid) => {
                let mut text = format!("{uuid:032x}");
                for position in [8, 13, 18, 23] {
                    text.insert(position, '-');
                }
                text.into()
            }
            Self::Text(text) => text.into(),
        }
    }

    /// The key as bytes, which are not empty unless the id is. Different keys have different bytes.
    #[inline]
    pub(crate) fn encode<'b>(&self, buffer: &'b mut KeyBuffer) -> &'b [u8]
    where
        'a: 'b,
    {
        match *self {
            Self::Number(number) => {
                let digits = number.to_le_bytes();
                let zeros = usize::try_from(number.leading_zeros() >> 3).unwrap_or(0);
                *buffer = [0; 17];
                for (to, from) in buffer.iter_mut().zip([NUMBER].into_iter().chain(digits)) {
                    *to = from;
                }
                let length = digits.len().saturating_add(1).saturating_sub(zeros);
                buffer.get(..length).unwrap_or_default()
            }
            Self::Uuid(uuid) => {
                let digits = [UUID].into_iter().chain(uuid.to_be_bytes());
                for (to, from) in buffer.iter_mut().zip(digits) {
                    *to = from;
                }
                buffer
            }
            Self::Text(text) => text.as_bytes(),
        }
    }

    /// The key that was [encoded](Self::encode) as these bytes.
    #[inline]
    pub(crate) fn decode(bytes: &'a [u8]) -> Option<Self> {
        match bytes {
            [NUMBER, digits @ ..] => {
                let mut number = [0; size_of::<u64>()];
                number.get_mut(..digits.len())?.copy_from_slice(digits);
                Some(Self::Number(u64::from_le_bytes(number)))
            }
            [UUID, digits @ ..] => Some(Self::Uuid(u128::from_be_bytes(digits.try_into().ok()?))),
            text => Some(Self::Text(str::from_utf8(text).ok()?)),
        }
    }
}

/// Parses a decimal number that is written without a sign and without leading zeros.
#[inline]
fn number(id: &str) -> Option<u64> {
    match id.as_bytes() {
        [b'0'] => Some(0),
        [b'1'..=b'9', others @ ..] if others.iter().all(u8::is_ascii_digit) => id.parse().ok(),
        _ => None,
    }
}

/// Parses a UUID in its usual form.
#[inline]
fn uuid(id: &[u8]) -> Option<u128> {
    let id: &[u8; 36] = id.try_into().ok()?;
    #[rustfmt::skip]
    let [
        a0, a1, a2, a3, a4, a5, a6, a7, b'-', b0, b1, b2, b3, b'-', c0, c1, c2, c3, b'-',
        d0, d1, d2, d3, b'-', e0, e1, e2, e3, e4, e5, e6, e7, e8, e9, e10, e11,
    ] = *id else {
        return None;
    };
    let parts = [
        [a0, a1, a2, a3, a4, a5, a6, a7],
        [b0, b1, b2, b3, c0, c1, c2, c3],
        [d0, d1, d2, d3, e0, e1, e2, e3],
        [e4, e5, e6, e7, e8, e9, e10, e11],
    ];
    let mut uuid: u128 = 0;
    for part in parts {
        uuid = uuid << 32 | u128::from(hexadecimal(part)?);
    }
    Some(uuid)
}

/// Parses eight hexadecimal digits in lower case, all of them at once.
#[inline]
fn hexadecimal(digits: [u8; 8]) -> Option<u64> {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let signs = u64::from_be_bytes(digits);
    let is_letter = signs >> 6 & EACH;
    // Each of the eight sums stays within its byte, whatever the byte is.
    let values = (signs & (0x0F * EACH)).wrapping_add(is_letter.wrapping_mul(9));
    let are_ten_or_more = values.wrapping_add(6 * EACH) >> 4 & EACH;
    let written = values
        .wrapping_add(0x30 * EACH)
        .wrapping_add(are_ten_or_more.wrapping_mul(0x27));
    // Digits that format differently are not hexadecimal, or are in upper case.
    if written != signs || values & !(0x0F * EACH) != 0 {
        return None;
    }
    let pairs = (values | values >> 4) & 0x00FF_00FF_00FF_00FF;
    let fours = (pairs | pairs >> 8) & 0x0000_FFFF_0000_FFFF;
    Some((fours | fours >> 16) & 0xFFFF_FFFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each id comes back as it was, and no two have the same bytes.
    #[test]
    fn an_id_comes_back_as_it_was() {
        let powers = (0..u64::BITS).map(|bit| (1_u64 << bit).to_string());
        let others = [
            "0",
            "255",
            "257",
            "18446744073709551615",
            "007",
            "\u{0}",
            "\u{7f}",
            "é",
            "alice",
        ];
        let uuids = [
            "00000000-0000-0000-0000-000000000000",
            "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
            "F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6",
        ];
        let ids = powers.chain(others.into_iter().chain(uuids).map(str::to_owned));
        let mut all = std::collections::HashSet::new();
        for id in ids {
            let mut buffer = [9; 17];
            let bytes = SubjectKey::of(&id).encode(&mut buffer).to_vec();
            assert!(!bytes.is_empty());
            let found = SubjectKey::decode(&bytes);
            assert_eq!(found, Some(SubjectKey::of(&id)));
            assert_eq!(
                found.map(|key| key.to_text().into_owned()),
                Some(id.clone())
            );
            assert!(all.insert(bytes), "{id}");
        }
        for damaged in [
            &[NUMBER, 1, 2, 3, 4, 5, 6, 7, 8, 9][..],
            &[UUID, 1],
            &[b'a', 0xFD],
        ] {
            assert_eq!(SubjectKey::decode(damaged), None);
        }
    }

    #[test]
    fn a_number_is_one_only_as_it_would_be_written() {
        for number in [0, 1, 9, 10, 99, u64::MAX - 1, u64::MAX] {
            let id = number.to_string();
            assert_eq!(SubjectKey::of(&id), SubjectKey::Number(number));
        }
        for id in [
            "",
            "00",
            "007",
            "+1",
            "-1",
            "-0",
            " 1",
            "1 ",
            "1.0",
            "1e3",
            "0x1",
            "١",
            "1_000",
            "18446744073709551616",
            "99999999999999999999",
            "100000000000000000000",
            "000000000000000000001",
        ] {
            assert_eq!(SubjectKey::of(id), SubjectKey::Text(id));
        }
    }

    #[test]
    fn a_uuid_is_one_only_as_it_would_be_written() {
        let low = "00000000-0000-0000-0000-000000000000";
        let high = "ffffffff-ffff-ffff-ffff-ffffffffffff";
        let usual = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6";
        assert_eq!(SubjectKey::of(low), SubjectKey::Uuid(0));
        assert_eq!(SubjectKey::of(high), SubjectKey::Uuid(u128::MAX));
        assert_eq!(
            SubjectKey::of(usual),
            SubjectKey::Uuid(0xf81d_4fae_7dec_11d0_a765_00a0_c91e_6bf6)
        );
        for position in 0..usual.len() {
            for other in ["F", "g", "/", ":", "`", "-", "", "00", "\u{e9}"] {
                let mut id = usual.to_owned();
                id.replace_range(position..=position, other);
                if id != usual {
                    assert_eq!(SubjectKey::of(&id), SubjectKey::Text(&id), "{id}");
                }
            }
        }
    }
}
