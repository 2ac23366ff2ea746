//! Numbers of equal width, bit beside bit.

/// Numbers that all have the same number of bits, without room between them. Numbers of no bits
/// at all are zeros and take no room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Packed {
    bits: u32,
    length: usize,
    /// The numbers, from the lowest bit of the first byte on, and room behind them, so that each
    /// can be read with all the bytes of the widest.
    bytes: Vec<u8>,
}

/// The widest number, in bits, that can be read wherever in a byte it starts.
pub(super) const WIDEST: u32 = u128::BITS - 7;

const READ: usize = size_of::<u128>();

impl Packed {
    /// Packs numbers into as many bits each; none of them is wider. `None` when that is more than
    /// [`WIDEST`], or when there are more than memory can have.
    pub(super) fn of(bits: u32, numbers: impl ExactSizeIterator<Item = u128>) -> Option<Self> {
        let length = numbers.len();
        let width = usize::try_from(bits).ok().filter(|_| bits <= WIDEST)?;
        let used = length.checked_mul(width)?.div_ceil(8);
        let mut bytes = Vec::with_capacity(used.checked_add(READ)?);
        let mut pending: u128 = 0;
        let mut held: u32 = 0;
        for number in numbers {
            pending |= number.checked_shl(held)?;
            held = held.checked_add(bits)?;
            while held >= 8 {
                let [lowest, ..] = pending.to_le_bytes();
                bytes.push(lowest);
                pending >>= 8;
                held = held.saturating_sub(8);
            }
        }
        bytes.extend_from_slice(&pending.to_le_bytes());
        bytes.resize(used.checked_add(READ)?, 0);
        Some(Self {
            bits,
            length,
            bytes,
        })
    }

    /// The number at a place, counted from 0.
    #[inline]
    #[expect(
        clippy::as_conversions,
        reason = "a number of bits fits every integer, and this is the innermost loop"
    )]
    pub(super) fn get(&self, place: usize) -> Option<u128> {
        let bit = place.checked_mul(self.bits as usize)?;
        let start = bit >> 3;
        let bytes = self.bytes.get(start..start.checked_add(READ)?)?;
        let word = u128::from_le_bytes(bytes.try_into().ok()?);
        Some((word >> (bit & 7)) & mask(self.bits))
    }

    /// Reads the byte where a number starts, so that it is near when the number is asked for.
    #[inline]
    #[expect(clippy::as_conversions, reason = "a number of bits fits every integer")]
    pub(super) fn touch(&self, place: usize) -> u8 {
        let start = place.saturating_mul(self.bits as usize) >> 3;
        self.bytes.get(start).copied().unwrap_or_default()
    }

    pub(super) fn len(&self) -> usize {
        self.length
    }

    pub(super) fn size_in_bytes(&self) -> usize {
        self.bytes.len()
    }
}

/// The lowest bits, as many as that.
#[inline]
pub(super) fn mask(bits: u32) -> u128 {
    match bits {
        0 => 0,
        bits => u128::MAX >> u128::BITS.saturating_sub(bits),
    }
}

/// How many bits the number needs.
pub(super) fn width(number: u128) -> u32 {
    u128::BITS.saturating_sub(number.leading_zeros())
}

#[inline]
#[expect(clippy::as_conversions, reason = "from at most 64 bits to 128")]
pub(super) fn wide(number: usize) -> u128 {
    number as u128
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_width_come_back() {
        for bits in 0..=WIDEST {
            let numbers: Vec<u128> = (0..40_u32)
                .map(|step| u128::MAX.rotate_left(step) ^ u128::from(step) << 60)
                .map(|number| number & mask(bits))
                .collect();
            let packed = Packed::of(bits, numbers.iter().copied()).unwrap();
            for (place, number) in numbers.iter().enumerate() {
                assert_eq!(packed.get(place), Some(*number), "{bits} bits, {place}");
            }
        }
        assert_eq!(Packed::of(WIDEST + 1, std::iter::once(0)), None);
    }
}
