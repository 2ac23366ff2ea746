//! Arrays of numbers of equal width, without padding between them.

/// Numbers that all have the same number of bits, without padding between them. Numbers of no bits
/// are zeros and take no memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "snapshot-file",
    derive(serde::Serialize, serde::Deserialize)
)]
pub(super) struct Packed {
    bits: u32,
    length: usize,
    /// The numbers, from the lowest bit of the first byte on, and padding after them, so that each
    /// can be read as one word of the greatest size.
    #[cfg_attr(feature = "snapshot-file", serde(with = "serde_bytes"))]
    bytes: Vec<u8>,
}

/// Builds a [`Packed`].
#[derive(Debug)]
pub(super) struct Packing {
    packed: Packed,
    /// Bits that do not fill a byte yet, and their number.
    pending: u128,
    held: u32,
}

/// The width of the widest number that can be read at any bit of a byte.
const WIDEST: u32 = u128::BITS - 7;

/// The width of the widest number that can be read with eight bytes.
const NARROW: u32 = u64::BITS - 7;

const READ: usize = size_of::<u128>();

impl Packing {
    /// Begins an array of numbers of this many bits, at most [`WIDEST`]. Memory is reserved for `numbers`
    /// of them.
    pub(super) fn new(bits: u32, numbers: usize) -> Self {
        let bytes = Vec::with_capacity(bytes_for(bits, numbers).unwrap_or_default());
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

    /// Adds the lowest bits of a number.
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
        let bytes_needed = bytes_for(packed.bits, packed.length).unwrap_or_default();
        packed.bytes.extend_from_slice(&pending.to_le_bytes());
        packed.bytes.resize(bytes_needed, 0);
        packed.bytes.shrink_to_fit();
        packed
    }
}

impl Packed {
    /// The number at an index. The numbers must not be wider than [`NARROW`].
    #[inline]
    pub(super) fn get(&self, index: usize) -> Option<u64> {
        if self.bits == 0 {
            return (index < self.length).then_some(0);
        }
        let bit = index.checked_mul(self.width())?;
        let (_, from) = self.bytes.split_at_checked(bit >> 3)?;
        let word = u64::from_le_bytes(*from.first_chunk()?) >> (bit & 7);
        Some(word & (u64::MAX.unbounded_shr(u64::BITS.saturating_sub(self.bits))))
    }

    /// The number at an index, of any width.
    #[inline]
    pub(super) fn get_wide(&self, index: usize) -> Option<u128> {
        if self.bits <= NARROW {
            return self.get(index).map(u128::from);
        }
        let bit = index.checked_mul(self.width())?;
        let (_, from) = self.bytes.split_at_checked(bit >> 3)?;
        let word = u128::from_le_bytes(*from.first_chunk::<READ>()?) >> (bit & 7);
        Some(word & mask(self.bits))
    }

    #[inline]
    #[expect(clippy::as_conversions, reason = "a number of bits fits every integer")]
    fn width(&self) -> usize {
        self.bits as usize
    }

    /// The number of bits of each number.
    #[inline]
    pub(super) fn bits(&self) -> u32 {
        self.bits
    }

    /// Reads the byte where a number starts, to prefetch the number. An index that does not exist
    /// stands for the end of the array, so that no branch depends on it.
    #[inline]
    pub(super) fn touch(&self, index: usize) -> u8 {
        let index = index.min(self.length);
        let start = index.wrapping_mul(self.width()) >> 3;
        self.bytes.get(start).copied().unwrap_or_default()
    }

    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// Returns whether the array has exactly the bytes that its numbers need.
    #[cfg(feature = "snapshot-file")]
    pub(super) fn is_valid(&self) -> bool {
        let bytes_needed = bytes_for(self.bits, self.length);
        self.bits <= WIDEST
            && (bytes_needed == Some(self.bytes.len()) || self.bytes.is_empty() && self.length == 0)
    }

    pub(super) fn size_in_bytes(&self) -> usize {
        self.bytes.len()
    }
}

/// The number of bytes that this many numbers of this many bits take, with the padding after them.
fn bytes_for(bits: u32, length: usize) -> Option<usize> {
    let width = usize::try_from(bits).ok()?;
    length.checked_mul(width)?.div_ceil(8).checked_add(READ)
}

/// A mask of this many low bits.
#[inline]
fn mask(bits: u32) -> u128 {
    u128::MAX.unbounded_shr(u128::BITS.saturating_sub(bits))
}

/// The number of bits that a number needs.
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
            for (index, number) in numbers.iter().enumerate() {
                assert_eq!(packed.get_wide(index), Some(*number), "{bits}, {index}");
                if bits <= NARROW {
                    let number = u64::try_from(*number).unwrap();
                    assert_eq!(packed.get(index), Some(number), "{bits}, {index}");
                }
            }
        }
    }
}
