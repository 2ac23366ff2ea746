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

/// Numbers on their way to be packed.
#[derive(Debug)]
pub(super) struct Packing {
    packed: Packed,
    /// Bits that do not fill a byte yet, and how many.
    pending: u128,
    held: u32,
}

/// The widest number, in bits, that can be read wherever in a byte it starts.
const WIDEST: u32 = u128::BITS - 7;

/// The widest number, in bits, that can be read with eight bytes.
const NARROW: u32 = u64::BITS - 7;

const READ: usize = size_of::<u128>();

impl Packing {
    /// Numbers of so many bits, at most [`WIDEST`], and about as many as that.
    pub(super) fn new(bits: u32, numbers: usize) -> Self {
        let bytes = Vec::with_capacity(room_for(bits, numbers).unwrap_or_default());
        let packed = Packed {
            bits: bits.min(WIDEST),
            length: 0,
            bytes,
        };
        Self {
            packed,
            pending: 0,
            held: 0,
        }
    }

    /// Adds a number, of which the lowest bits are kept.
    pub(super) fn push(&mut self, number: u128) {
        let Packed {
            bits,
            length,
            bytes,
        } = &mut self.packed;
        *length = length.saturating_add(1);
        self.pending |= (number & mask(*bits)).unbounded_shl(self.held);
        self.held = self.held.saturating_add(*bits);
        while self.held >= 8 {
            let [lowest, ..] = self.pending.to_le_bytes();
            bytes.push(lowest);
            self.pending >>= 8;
            self.held = self.held.saturating_sub(8);
        }
    }

    pub(super) fn packed(self) -> Packed {
        let Self {
            mut packed,
            pending,
            ..
        } = self;
        let room = room_for(packed.bits, packed.length).unwrap_or_default();
        packed.bytes.extend_from_slice(&pending.to_le_bytes());
        packed.bytes.resize(room, 0);
        packed.bytes.shrink_to_fit();
        packed
    }
}

impl Packed {
    /// The number at a place, counted from 0. None of them may be wider than 57 bits.
    #[inline]
    pub(super) fn get(&self, place: usize) -> Option<u64> {
        if self.bits == 0 {
            return (place < self.length).then_some(0);
        }
        let bit = place.checked_mul(self.width())?;
        let (_, from) = self.bytes.split_at_checked(bit >> 3)?;
        let word = u64::from_le_bytes(*from.first_chunk()?) >> (bit & 7);
        Some(word & (u64::MAX.unbounded_shr(u64::BITS.saturating_sub(self.bits))))
    }

    /// The number at a place, counted from 0, however wide.
    #[inline]
    pub(super) fn get_wide(&self, place: usize) -> Option<u128> {
        if self.bits <= NARROW {
            return self.get(place).map(u128::from);
        }
        let bit = place.checked_mul(self.width())?;
        let (_, from) = self.bytes.split_at_checked(bit >> 3)?;
        let word = u128::from_le_bytes(*from.first_chunk::<READ>()?) >> (bit & 7);
        Some(word & mask(self.bits))
    }

    #[inline]
    #[expect(clippy::as_conversions, reason = "a number of bits fits every integer")]
    fn width(&self) -> usize {
        self.bits as usize
    }

    /// How many bits each number has.
    #[inline]
    pub(super) fn bits(&self) -> u32 {
        self.bits
    }

    /// Reads the byte where a number starts, so that it is near when the number is asked for. A
    /// place where there is none stands for the last, so that no branch depends on it.
    #[inline]
    pub(super) fn touch(&self, place: usize) -> u8 {
        let place = place.min(self.length);
        let start = place.wrapping_mul(self.width()) >> 3;
        self.bytes.get(start).copied().unwrap_or_default()
    }

    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// Whether it has the room that its numbers need.
    #[cfg(feature = "snapshot-file")]
    pub(super) fn is_sound(&self) -> bool {
        let room = room_for(self.bits, self.length);
        self.bits <= WIDEST
            && (room == Some(self.bytes.len()) || self.bytes.is_empty() && self.length == 0)
    }

    pub(super) fn size_in_bytes(&self) -> usize {
        self.bytes.len()
    }
}

/// How many bytes so many numbers of so many bits take, with the room behind them.
fn room_for(bits: u32, length: usize) -> Option<usize> {
    let width = usize::try_from(bits).ok()?;
    length.checked_mul(width)?.div_ceil(8).checked_add(READ)
}

/// The lowest bits, as many as that.
#[inline]
fn mask(bits: u32) -> u128 {
    u128::MAX.unbounded_shr(u128::BITS.saturating_sub(bits))
}

/// How many bits the number needs.
pub(super) fn width(number: usize) -> u32 {
    usize::BITS.saturating_sub(number.leading_zeros())
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
            let mut packing = Packing::new(bits, numbers.len());
            for number in &numbers {
                packing.push(*number);
            }
            let packed = packing.packed();
            for (place, number) in numbers.iter().enumerate() {
                assert_eq!(packed.get_wide(place), Some(*number), "{bits}, {place}");
                if bits <= NARROW {
                    let number = u64::try_from(*number).unwrap();
                    assert_eq!(packed.get(place), Some(number), "{bits}, {place}");
                }
            }
        }
    }
}
