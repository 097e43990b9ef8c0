//! Random whole numbers, one stream for each unit, so that no unit's numbers depend on another's.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

#[derive(Debug)]
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Self(rng)
    }

    /// A number from 0 to `count - 1`; 0 for an empty range. The bias of at most one in four
    /// billion does not matter for made-up data.
    pub(crate) fn below(&mut self, count: u32) -> u32 {
        let wide = u64::from(self.0.next_u32()).saturating_mul(u64::from(count));
        u32::try_from(wide >> 32).unwrap_or_default()
    }

    /// A number from `least` to `most`, both included.
    pub(crate) fn between(&mut self, least: u32, most: u32) -> u32 {
        least.saturating_add(self.below(most.saturating_sub(least).saturating_add(1)))
    }

    /// True in `permille` of 1000 throws.
    pub(crate) fn hits(&mut self, permille: u32) -> bool {
        self.below(1_000) < permille
    }
}
