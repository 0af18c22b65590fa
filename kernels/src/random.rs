//! This module generates counter-based random numbers, which depend neither on the order of calls nor on the number of
//! threads.
//!
//! The generator is Philox4x32-10 (Salmon et al. 2011, <https://doi.org/10.1145/2063384.2063405>): ten rounds of
//! multiplication and exclusive-or on a 128-bit counter. `brain_core::Seed` names its streams; here they are keyed by
//! number.

/// Returns 128 random bits from a counter and a key.
#[inline]
pub fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    let high = |x: u64| (x >> 32) as u32;
    for _ in 0..10 {
        let p = 0xD251_1F53 * u64::from(counter[0]);
        let q = 0xCD9E_8D57 * u64::from(counter[2]);
        counter = [high(q) ^ counter[1] ^ key[0], q as u32, high(p) ^ counter[3] ^ key[1], p as u32];
        key = [key[0].wrapping_add(0x9E37_79B9), key[1].wrapping_add(0xBB67_AE85)];
    }
    counter
}

/// Returns the four 32-bit draws number `4 place .. 4 place + 4` of step `step` of the stream `key`.
#[inline]
pub fn draws(key: u64, step: u64, place: u64) -> [u32; 4] {
    philox([place as u32, (place >> 32) as u32, step as u32, (step >> 32) as u32], [key as u32, (key >> 32) as u32])
}

/// Returns the indices of the successes, ascending, among `n` independent trials of probability `p`.
///
/// The number of failures before the next success is geometric, `floor(ln u / ln(1 - p))` with `u` uniform in (0, 1]
/// (Devroye 1986, Non-Uniform Random Variate Generation, chapter X.2), so that the work grows with the number of
/// successes. Each success takes one of `uniforms`, and the end takes one more; none is taken where success is certain.
#[inline]
pub fn successes(n: u64, p: f64, mut uniforms: impl Iterator<Item = f64>) -> impl Iterator<Item = u64> {
    let (certain, per_log) = (p >= 1.0, (-p).ln_1p().recip());
    let mut next = 0u64;
    std::iter::from_fn(move || {
        if !certain {
            let u = uniforms.next().filter(|_| p > 0.0)?;
            // The sum saturates: a gap beyond any n ends the row.
            next = next.saturating_add((u.ln() * per_log) as u64);
        }
        let found = next;
        next = next.saturating_add(1);
        (found < n).then_some(found)
    })
}

/// An endless stream of uniform numbers in (0, 1], two per counter.
pub struct Uniforms {
    key: u64,
    step: u64,
    place: u64,
    spare: Option<f64>,
}

impl Uniforms {
    /// Makes the stream of one step of a key.
    pub fn new(key: u64, step: u64) -> Self {
        Uniforms { key, step, place: 0, spare: None }
    }
}

impl Iterator for Uniforms {
    type Item = f64;

    #[inline]
    fn next(&mut self) -> Option<f64> {
        if let Some(spare) = self.spare.take() {
            return Some(spare);
        }
        let [a, b, c, d] = draws(self.key, self.step, self.place);
        self.place += 1;
        let unit = |lo: u32, hi: u32| ((u64::from(lo) | (u64::from(hi) << 32)) >> 11) as f64 * (-53f64).exp2();
        self.spare = Some(1.0 - unit(c, d));
        Some(1.0 - unit(a, b))
    }
}
