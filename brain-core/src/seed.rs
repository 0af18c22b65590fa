//! Random numbers have names: they come from counter-based streams that do not depend on order, threads or device.
//!
//! A [`Seed`] is a key. [`Seed::child`] derives the key of a purpose from its name, [`Seed::at`] opens the stream of one
//! step of it. The same path gives the same numbers whoever asks, and however often.
//!
//! ```
//! use brain_core::Seed;
//!
//! let batch = Seed::new(7).child("task/batch");
//! let mut rng = batch.at(12);
//! let first = rng.uniform();
//! assert_eq!(first, batch.at(12).uniform());
//! assert_ne!(first, batch.at(13).uniform());
//! ```
//!
//! The generator is Philox4x32-10 (Salmon et al. 2011, <https://doi.org/10.1145/2063384.2063405>): ten rounds of
//! multiplication and exclusive-or on a 128-bit counter, here the step (64 bits) and the place in the stream (64 bits).

pub use kernels::random::philox;
use kernels::random::successes;
use rand_core::RngCore;
use sha2::{Digest, Sha256};

/// The key of a family of streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed {
    key: u64,
}

impl Seed {
    /// Makes the root of a run from the number that the user gives.
    pub fn new(seed: u64) -> Self {
        Self { key: seed }
    }

    /// Derives the seed of a purpose: the start of SHA-256 of this key and the name.
    ///
    /// `child("a").child("b")` is not `child("a/b")`.
    pub fn child(self, name: &str) -> Self {
        let digest = Sha256::new().chain_update(self.key.to_le_bytes()).chain_update(name.as_bytes()).finalize();
        let mut key = [0; 8];
        key.copy_from_slice(&digest[..8]);
        Self { key: u64::from_le_bytes(key) }
    }

    /// Derives the seed of the i-th of many that are alike: a neuron, a start, a shard.
    pub fn nth(self, i: u64) -> Self {
        let [a, b, c, d] = philox([low(i), high(i), u32::MAX, u32::MAX], [low(self.key), high(self.key)]);
        Self { key: (u64::from(a ^ c) << 32) | u64::from(b ^ d) }
    }

    /// Returns the key as a number, for the random streams of `kernels`.
    pub fn key(self) -> u64 {
        self.key
    }

    /// Opens the stream of one step.
    pub fn at(self, step: u64) -> Stream {
        Stream { key: self.key, step, place: 0, spare: None, half: 0 }
    }
}

/// An endless row of random numbers; the n-th 64 bits can be reached directly by [`Stream::seek`].
///
/// It is a generator of the crate `rand`, so that the distributions of `rand_distr` draw from it.
// Uniform and normal numbers, integers and shuffles are not drawn by `rand`: a minor version of `rand` may change what
// its samplers make of the same bits, and then a config with a seed would describe another network, and a saved state
// would go on with other synapses than it was saved with. Where nothing is resumed from what is drawn, as in bootstrap
// tests, `rand_distr` serves.
#[derive(Clone, Debug)]
pub struct Stream {
    key: u64,
    step: u64,
    place: u64,
    spare: Option<f64>,
    /// Second half of the block that was drawn last.
    half: u64,
}

impl Stream {
    /// Goes to the n-th 64 bits.
    pub fn seek(&mut self, n: u64) {
        self.place = n;
        self.spare = None;
        if !n.is_multiple_of(2) {
            self.block(n / 2);
        }
    }

    /// Draws 64 random bits.
    #[inline]
    pub fn bits(&mut self) -> u64 {
        let bits = if self.place.is_multiple_of(2) { self.block(self.place / 2) } else { self.half };
        self.place = self.place.wrapping_add(1);
        bits
    }

    /// Draws the first half of a block; the second half is kept.
    #[inline]
    fn block(&mut self, block: u64) -> u64 {
        let [a, b, c, d] =
            philox([low(block), high(block), low(self.step), high(self.step)], [low(self.key), high(self.key)]);
        self.half = u64::from(c) | (u64::from(d) << 32);
        u64::from(a) | (u64::from(b) << 32)
    }

    /// Draws a uniform number in [0, 1), a multiple of 2^-53.
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (-53f64).exp2()
    }

    /// Draws a uniform number in [low, high).
    #[inline]
    pub fn within(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// Draws a standard normal number, by Box and Muller's transform of two uniform ones.
    #[inline]
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        let (sin, cos) = (std::f64::consts::TAU * self.uniform()).sin_cos();
        self.spare = Some(radius * sin);
        radius * cos
    }

    /// Draws a truth value that is true with probability `p`.
    #[inline]
    pub fn bernoulli(&mut self, p: f64) -> bool {
        self.uniform() < p
    }

    /// Draws the successes, ascending, among `n` independent trials of probability `p`; see
    /// [`kernels::random::successes`].
    pub fn successes(&mut self, n: u64, p: f64) -> impl Iterator<Item = u64> + '_ {
        successes(n, p, std::iter::from_fn(|| Some(1.0 - self.uniform())))
    }

    /// Draws an integer that is uniform in 0..n, without bias (Lemire 2019, <https://doi.org/10.1145/3230636>); it is 0
    /// where `n` is 0.
    #[inline]
    pub fn below(&mut self, n: u64) -> u64 {
        loop {
            let product = u128::from(self.bits()) * u128::from(n);
            if product as u64 >= n || product as u64 >= n.wrapping_neg() % n.max(1) {
                return (product >> 64) as u64;
            }
        }
    }

    /// Puts a slice into a random order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i as u64 + 1) as usize);
        }
    }
}

impl RngCore for Stream {
    #[inline]
    fn next_u32(&mut self) -> u32 {
        high(self.bits())
    }

    #[inline]
    fn next_u64(&mut self) -> u64 {
        self.bits()
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        bytes.chunks_mut(8).for_each(|part| part.copy_from_slice(&self.bits().to_le_bytes()[..part.len()]));
    }
}

fn low(x: u64) -> u32 {
    x as u32
}

fn high(x: u64) -> u32 {
    (x >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors are `kat_vectors` of Random123, the authors' own implementation.
    #[test]
    fn known_answers() {
        for (counter, key, answer) in [
            ([0; 4], [0; 2], [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]),
            ([u32::MAX; 4], [u32::MAX; 2], [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]),
            (
                [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
                [0xa4093822, 0x299f31d0],
                [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
            ),
        ] {
            assert_eq!(philox(counter, key), answer);
        }
    }

    #[test]
    fn streams_are_named_and_seekable() {
        let root = Seed::new(7);
        let numbers: Vec<u64> = {
            let mut s = root.child("a").at(3);
            (0..9).map(|_| s.bits()).collect()
        };
        let mut again = root.child("a").at(3);
        again.seek(5);
        assert_eq!(again.bits(), numbers[5]);
        for other in [root.at(3), root.child("b").at(3), root.child("a").at(4), root.child("a").nth(0).at(3)] {
            assert_ne!(other.clone().bits(), numbers[0]);
        }
        assert_ne!(root.nth(0), root.nth(1));
    }

    /// A change here breaks every published result that names a seed. The numbers were computed in Python.
    #[test]
    fn a_seed_keeps_its_numbers() {
        let stream = || Seed::new(7).child("task/batch").at(0);
        assert_eq!(stream().bits(), 5047862296861842425);
        let mut s = stream();
        let close = |x: f64, y: f64| assert!((x - y).abs() < 1e-15, "{x} {y}");
        close(s.normal(), 0.6601060779382383);
        close(s.normal(), -0.45132385465957625);
        assert_eq!(s.uniform(), 0.5316393320005993);
        let mut s = stream();
        assert_eq!([s.below(1000), s.below(1 << 40)], [273, 994566394857]);
        let mut order: Vec<u32> = (0..8).collect();
        stream().shuffle(&mut order);
        assert_eq!(order, [7, 5, 0, 4, 1, 3, 6, 2]);
    }

    #[test]
    fn moments() {
        let mut s = Seed::new(1).child("moments").at(0);
        let n = 200_000;
        let (mut u, mut x, mut xx, mut x4, mut b) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for _ in 0..n {
            u += s.uniform() / n as f64;
            let z = s.normal();
            x += z / n as f64;
            xx += z * z / n as f64;
            x4 += z.powi(4) / n as f64;
            b += f64::from(u8::from(s.bernoulli(0.02))) / n as f64;
        }
        assert!((u - 0.5).abs() < 0.003 && x.abs() < 0.01 && (xx - 1.0).abs() < 0.015 && (x4 - 3.0).abs() < 0.12);
        assert!((b - 0.02).abs() < 0.0015);
    }

    #[test]
    fn a_stream_is_a_generator() {
        let stream = || Seed::new(3).child("generator").at(1);
        let (mut ours, mut theirs) = (stream(), stream());
        let words: Vec<u64> = (0..3).map(|_| ours.bits()).collect();
        assert_eq!([theirs.next_u64(), u64::from(theirs.next_u32())], [words[0], words[1] >> 32]);
        let mut bytes = [0; 20];
        stream().fill_bytes(&mut bytes);
        let expected: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).take(20).collect();
        assert_eq!(bytes, expected[..]);
    }

    #[test]
    fn below_and_shuffle() {
        let mut s = Seed::new(2).at(0);
        let mut seen = [0; 5];
        (0..5000).for_each(|_| seen[s.below(5) as usize] += 1);
        assert!(seen.iter().all(|&n| (880..1120).contains(&n)), "{seen:?}");
        assert_eq!((s.below(0), s.below(1)), (0, 0));
        let mut order: Vec<u32> = (0..50).collect();
        s.shuffle(&mut order);
        assert!(!order.is_sorted());
        order.sort();
        assert!(order.into_iter().eq(0..50));
    }

    #[test]
    fn successes_are_those_of_independent_trials() {
        let (n, p, runs) = (40u64, 0.15, 20_000);
        let mut hits = vec![0u32; n as usize];
        let (mut pairs, mut sum, mut squares) = (0u32, 0.0, 0.0);
        for run in 0..runs {
            let (mut last, mut count) = (None, 0.0);
            for i in Seed::new(3).at(run).successes(n, p) {
                hits[i as usize] += 1;
                pairs += u32::from(last == Some(i.wrapping_sub(1)));
                last = Some(i);
                count += 1.0;
            }
            sum += count;
            squares += count * count;
        }
        let runs = runs as f64;
        assert!(hits.iter().all(|&h| (f64::from(h) / runs - p).abs() < 0.012), "{hits:?}");
        let (mean, var) = (sum / runs, squares / runs - (sum / runs).powi(2));
        assert!((mean - 6.0).abs() < 0.07 && (var - 40.0 * p * (1.0 - p)).abs() < 0.2, "binomial: {mean} {var}");
        assert!((f64::from(pairs) / runs - 39.0 * p * p).abs() < 0.05, "neighbours are independent");
        let count = |n, p| Seed::new(3).at(0).successes(n, p).count();
        assert_eq!((count(1000, 0.0), count(1000, 1e-300), count(1000, f64::NAN), count(0, 0.5)), (0, 0, 0, 0));
        assert!(Seed::new(3).at(0).successes(5, 1.0).eq(0..5));
    }
}
