//! How a snapshot keeps the id of a subject.

/// What an id is kept as. Different texts are different keys: an id is a number or a UUID only
/// when writing that down again gives exactly the same text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key<'a> {
    /// A decimal number up to 2^64 − 1, without sign or leading zeros.
    Number(u64),
    /// A UUID of RFC 9562 in its usual form: 36 characters, in lower case.
    Uuid(u128),
    /// Any other text.
    Text(&'a str),
}

impl<'a> Key<'a> {
    #[inline]
    pub(super) fn of(id: &'a str) -> Self {
        match id.as_bytes() {
            [b'0'] => Self::Number(0),
            [b'1'..=b'9', ..] if let Some(number) = number(id) => Self::Number(number),
            bytes if let Some(uuid) = uuid(bytes) => Self::Uuid(uuid),
            _ => Self::Text(id),
        }
    }
}

/// The number that a text of digits stands for.
#[inline]
fn number(id: &str) -> Option<u64> {
    if id.bytes().all(|byte| byte.is_ascii_digit()) {
        id.parse().ok()
    } else {
        None
    }
}

/// The 128 bits of a UUID.
#[inline]
fn uuid(id: &[u8]) -> Option<u128> {
    const HYPHENS: [usize; 4] = [8, 13, 18, 23];
    let id: &[u8; 36] = id.try_into().ok()?;
    let mut uuid: u128 = 0;
    for (place, byte) in id.iter().enumerate() {
        let is_hyphen = HYPHENS.contains(&place);
        let digit = match byte {
            b'-' if is_hyphen => continue,
            b'0'..=b'9' if !is_hyphen => byte.wrapping_sub(b'0'),
            b'a'..=b'f' if !is_hyphen => byte.wrapping_sub(b'a').wrapping_add(10),
            _ => return None,
        };
        uuid = uuid << 4 | u128::from(digit);
    }
    Some(uuid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_one_only_as_it_would_be_written() {
        for number in [0, 1, 9, 10, 99, u64::MAX - 1, u64::MAX] {
            let id = number.to_string();
            assert_eq!(Key::of(&id), Key::Number(number));
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
            assert_eq!(Key::of(id), Key::Text(id));
        }
    }

    #[test]
    fn a_uuid_is_one_only_as_it_would_be_written() {
        let low = "00000000-0000-0000-0000-000000000000";
        let high = "ffffffff-ffff-ffff-ffff-ffffffffffff";
        let usual = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6";
        assert_eq!(Key::of(low), Key::Uuid(0));
        assert_eq!(Key::of(high), Key::Uuid(u128::MAX));
        assert_eq!(
            Key::of(usual),
            Key::Uuid(0xf81d_4fae_7dec_11d0_a765_00a0_c91e_6bf6)
        );
        for place in 0..usual.len() {
            for other in ["F", "g", "/", ":", "`", "-", "", "00", "\u{e9}"] {
                let mut id = usual.to_owned();
                id.replace_range(place..=place, other);
                if id != usual {
                    assert_eq!(Key::of(&id), Key::Text(&id), "{id}");
                }
            }
        }
    }
}
