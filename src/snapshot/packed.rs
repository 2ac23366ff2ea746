//! Numbers of equal width, bit beside bit.

/// Numbers that all have the same number of bits, without room between them. Numbers of no bits
/// at all are zeros and take no room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "snapshot-file",
    derive(serde::Serialize, serde::Deserialize)
)]
pub(super) struct Packed {
    bits: u32,
    length: usize,
    /// The numbers, from the lowest bit of the first byte on, and room behind them, so that each
    /// can be read with all the bytes of the widest.
    #[cfg_attr(feature = "snapshot-file", serde(with = "serde_bytes"))]
    bytes: Vec<u8>,
}

/// The widest number, in bits, that can be read wherever in a byte it starts.
pub(super) const WIDEST: u32 = u128::BITS - 7;

/// The widest number that can be read with eight bytes, wherever in a byte it starts.
const NARROW: u32 = u64::BITS - 7;

/// So many neighbours are compared at once.
pub(super) const AT_ONCE: usize = 8;

/// The bytes that neighbours may reach into, when they are narrow and when they are not.
const NARROW_WINDOW: usize = 64 + 8;
const WINDOW: usize = 128 + 16;

const READ: usize = size_of::<u128>();

impl Packed {
    /// Packs numbers into as many bits each; none of them is wider. `None` when that is more than
    /// [`WIDEST`], or when there are more than memory can have.
    pub(super) fn of(bits: u32, numbers: impl ExactSizeIterator<Item = u128>) -> Option<Self> {
        let length = numbers.len();
        let room = room_for(bits, length)?;
        let mut bytes = Vec::with_capacity(room);
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
        bytes.resize(room, 0);
        Some(Self {
            bits,
            length,
            bytes,
        })
    }

    /// The number at a place, counted from 0.
    #[inline]
    pub(super) fn get(&self, place: usize) -> Option<u128> {
        Some(self.word_at(place)? & mask(self.bits))
    }

    /// The numbers at a place and at the next one, where both together have less than
    /// [`WIDEST`] bits.
    #[inline]
    pub(super) fn pair(&self, place: usize) -> Option<[u128; 2]> {
        let word = self.word_at(place)?;
        let next = word.checked_shr(self.bits).unwrap_or(0);
        Some([word, next].map(|word| word & mask(self.bits)))
    }

    #[inline]
    fn word_at(&self, place: usize) -> Option<u128> {
        let bit = place.checked_mul(self.width())?;
        let start = bit >> 3;
        let bytes = self.bytes.get(start..start.checked_add(READ)?)?;
        Some(u128::from_le_bytes(bytes.try_into().ok()?) >> (bit & 7))
    }

    #[inline]
    #[expect(clippy::as_conversions, reason = "a number of bits fits every integer")]
    fn width(&self) -> usize {
        self.bits as usize
    }

    /// Which of the eight numbers from a place on are this one: a bit for each, the lowest for the
    /// first. Behind the last number there may be others that nobody put there. No branch depends
    /// on what is in memory, so that the waits of many questions overlap.
    #[inline]
    pub(super) fn equal_from(&self, place: usize, sought: u128) -> Option<u32> {
        let bits = self.width();
        let bit = place.checked_mul(bits)?;
        let start = bit >> 3;
        let first = bit & 7;
        let mut equal = 0;
        if self.bits <= NARROW {
            let window = self.bytes.get(start..start.checked_add(NARROW_WINDOW)?)?;
            let window: &[u8; NARROW_WINDOW] = window.try_into().ok()?;
            let sought = u64::try_from(sought).ok()?;
            let mask = u64::try_from(mask(self.bits)).ok()?;
            for step in 0..AT_ONCE {
                let bit = step.wrapping_mul(bits).wrapping_add(first);
                let (_, from) = window.split_at_checked(bit >> 3 & 63)?;
                let word = u64::from_le_bytes(*from.first_chunk()?);
                equal |= u32::from(word >> (bit & 7) & mask == sought) << step;
            }
        } else {
            let window = self.bytes.get(start..start.checked_add(WINDOW)?)?;
            let window: &[u8; WINDOW] = window.try_into().ok()?;
            let mask = mask(self.bits);
            for step in 0..AT_ONCE {
                let bit = step.wrapping_mul(bits).wrapping_add(first);
                let (_, from) = window.split_at_checked(bit >> 3 & 127)?;
                let word = u128::from_le_bytes(*from.first_chunk()?);
                equal |= u32::from(word >> (bit & 7) & mask == sought) << step;
            }
        }
        Some(equal)
    }

    /// Reads the byte where a number starts, so that it is near when the number is asked for.
    #[inline]
    pub(super) fn touch(&self, place: usize) -> u8 {
        let start = place.saturating_mul(self.width()) >> 3;
        self.bytes.get(start).copied().unwrap_or_default()
    }

    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// Whether it has the room that its numbers need.
    #[cfg(feature = "snapshot-file")]
    pub(super) fn is_sound(&self) -> bool {
        let room = room_for(self.bits, self.length);
        self.bytes.is_empty() && self.length == 0 || room == Some(self.bytes.len())
    }

    pub(super) fn size_in_bytes(&self) -> usize {
        self.bytes.len()
    }
}

/// How many bytes so many numbers of so many bits take, with the room behind them.
fn room_for(bits: u32, length: usize) -> Option<usize> {
    let width = usize::try_from(bits).ok().filter(|_| bits <= WIDEST)?;
    length.checked_mul(width)?.div_ceil(8).checked_add(WINDOW)
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
