//! This module generates the numbers of NumPy's `RandomState`: Mersenne Twister (Matsumoto and Nishimura 1998,
//! <https://doi.org/10.1145/272991.272995>), uniforms of 53 bits, and normals by the polar method, of which the second
//! of a pair comes first.

pub struct RandomState {
    words: [u32; 624],
    next: usize,
    kept: Option<f64>,
}

impl RandomState {
    pub fn seed(seed: u32) -> Self {
        let mut words = [seed; 624];
        for k in 1..624 {
            let last = words[k - 1];
            words[k] = 1_812_433_253u32.wrapping_mul(last ^ (last >> 30)).wrapping_add(k as u32);
        }
        RandomState { words, next: 624, kept: None }
    }

    fn word(&mut self) -> u32 {
        if self.next == 624 {
            for k in 0..624 {
                let y = (self.words[k] & 0x8000_0000) | (self.words[(k + 1) % 624] & 0x7fff_ffff);
                let odd = if y & 1 == 1 { 0x9908_b0df } else { 0 };
                self.words[k] = self.words[(k + 397) % 624] ^ (y >> 1) ^ odd;
            }
            self.next = 0;
        }
        let mut y = self.words[self.next];
        self.next += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    /// Returns the next number of `rand()`.
    pub fn uniform(&mut self) -> f64 {
        let (high, low) = (self.word() >> 5, self.word() >> 6);
        (f64::from(high) * 67_108_864.0 + f64::from(low)) / 9_007_199_254_740_992.0
    }

    /// Returns the next number of `randn()`.
    pub fn normal(&mut self) -> f64 {
        if let Some(x) = self.kept.take() {
            return x;
        }
        loop {
            let (a, b) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let r = a * a + b * b;
            if r < 1.0 && r != 0.0 {
                let f = (-2.0 * r.ln() / r).sqrt();
                self.kept = Some(f * a);
                return f * b;
            }
        }
    }
}

#[test]
fn numbers_match_numpy_for_seed_one() {
    // The numbers are those of `np.random.seed(1); np.random.rand(2)` and `np.random.seed(1); np.random.randn(2)`.
    let mut r = RandomState::seed(1);
    assert!((r.uniform() - 0.417022004702574).abs() < 1e-15 && (r.uniform() - 0.7203244934421581).abs() < 1e-15);
    let mut r = RandomState::seed(1);
    assert!((r.normal() - 1.6243453636632417).abs() < 1e-15 && (r.normal() + 0.6117564136500754).abs() < 1e-15);
}
