//! This module draws distance-dependent rules by thinning over the cells of a grid.
//!
//! Postsynaptic neurons are sorted into cubes. For one presynaptic neuron, every cube has a largest probability, that
//! at its nearest corner. Candidates are drawn by geometric gaps with this bound, and each is accepted with the ratio
//! of its own probability to the bound (thinning; Lewis and Shedler 1979, <https://doi.org/10.1002/nav.3800260304>).
//! The work grows with the number of synapses and of cubes in reach, not with the number of pairs.

use super::{CompressedRows, Ends, by_source};
use brain_core::Seed;
use brain_core::stats::Moments;

/// Probabilities that fall with distance are cut off at this many length constants: `exp(-CUT)` is 1e-6.
pub(super) const CUT: f64 = 13.815_510_557_964_274;

/// The expected number of synapses is estimated from about this many pairs of neurons.
const PAIRS: u64 = 20_000;

/// A cube holds about this many neurons.
const PER_CELL: f64 = 64.0;

struct Grid {
    /// The grid has its smallest coordinates at this corner, mm.
    low: [f64; 3],
    /// A cube has this side, mm.
    side: f64,
    /// The axes have these numbers of cubes.
    shape: [usize; 3],
    /// The neurons of a cube begin at these offsets in `neurons`, `[cube + 1]`.
    starts: Vec<u32>,
    /// The neurons have these indices, ordered by cube.
    neurons: Vec<u32>,
}

impl Grid {
    fn new(positions: &[[f32; 3]], reach: f64) -> Self {
        let (mut low, mut high) = ([f64::INFINITY; 3], [f64::NEG_INFINITY; 3]);
        for p in positions {
            for a in 0..3 {
                low[a] = low[a].min(p[a].into());
                high[a] = high[a].max(p[a].into());
            }
        }
        let extent: [f64; 3] = std::array::from_fn(|a| (high[a] - low[a]).max(0.0));
        // A flat sheet of neurons has cubes in two directions only.
        let filled = extent.iter().filter(|e| **e > 0.0);
        let (volume, dimensions) = (filled.clone().product::<f64>(), filled.count().max(1));
        let side = (volume * PER_CELL / positions.len().max(1) as f64).powf(1.0 / dimensions as f64);
        let largest = extent.iter().fold(0.0, |m: f64, &e| m.max(e));
        // Cubes are not finer than an eighth of the reach, and their number along an axis is bounded.
        let side = side.max(reach / 8.0).max(largest / 512.0).max(f64::MIN_POSITIVE);
        let shape = extent.map(|e| (e / side) as usize + 1);
        let mut grid = Self { low, side, shape, starts: vec![], neurons: vec![] };
        let cells: Vec<usize> = positions.iter().map(|p| grid.index(grid.cell(p))).collect();
        let mut counts = vec![0u32; shape.iter().product::<usize>() + 1];
        cells.iter().for_each(|&c| counts[c + 1] += 1);
        (1..counts.len()).for_each(|c| counts[c] += counts[c - 1]);
        grid.starts = counts.clone();
        grid.neurons = vec![0; positions.len()];
        for (neuron, &c) in cells.iter().enumerate() {
            grid.neurons[counts[c] as usize] = neuron as u32;
            counts[c] += 1;
        }
        grid
    }

    fn cell(&self, p: &[f32; 3]) -> [usize; 3] {
        std::array::from_fn(|a| {
            (((f64::from(p[a]) - self.low[a]) / self.side).max(0.0) as usize).min(self.shape[a] - 1)
        })
    }

    fn index(&self, c: [usize; 3]) -> usize {
        (c[2] * self.shape[1] + c[1]) * self.shape[0] + c[0]
    }

    /// Visits the neurons of each cube within `reach` of a point, with the square of the smallest distance to the cube.
    fn near(&self, p: &[f32; 3], reach: f64, mut visit: impl FnMut(&[u32], f64)) {
        let bound = |a: usize, by: f64| {
            let at = (f64::from(p[a]) + by - self.low[a]) / self.side;
            (at.max(0.0) as usize).min(self.shape[a] - 1)
        };
        let ranges: [_; 3] = std::array::from_fn(|a| bound(a, -reach)..=bound(a, reach));
        for z in ranges[2].clone() {
            for y in ranges[1].clone() {
                for x in ranges[0].clone() {
                    let cell = [x, y, z];
                    let gap = |a: usize| {
                        let start = self.low[a] + cell[a] as f64 * self.side;
                        let x = f64::from(p[a]);
                        // The bound is a little too small, so that rounding cannot make it exceed the distance of a
                        // neuron.
                        ((start - x).max(x - start - self.side).max(0.0) - 1e-6 * self.side).max(0.0)
                    };
                    let d2 = (0..3).map(|a| gap(a) * gap(a)).sum::<f64>();
                    let k = self.index(cell);
                    if d2 <= reach * reach {
                        visit(&self.neurons[self.starts[k] as usize..self.starts[k + 1] as usize], d2);
                    }
                }
            }
        }
    }
}

/// Estimates the number of synapses where a pair is connected with probability `probability(d^2)`: the mean over a
/// sample of pairs plus three standard errors. Without positions all neurons count as being in one place.
pub(super) fn expected(ends: Ends, probability: impl Fn(f64) -> f64) -> f64 {
    let (pre, post) = (u64::from(ends.pre.size()), u64::from(ends.post.size()));
    let pairs = pre * post;
    if pairs == 0 || ends.check_positions().is_err() {
        return probability(0.0) * pairs as f64;
    }
    // An odd stride over all pairs samples the neurons of both ends evenly.
    let stride = (pairs / PAIRS).max(1) | 1;
    let mut m = Moments::default();
    for k in (0..pairs).step_by(stride as usize) {
        let (a, b) =
            (ends.pre.anatomy.positions[(k / post) as usize], ends.post.anatomy.positions[(k % post) as usize]);
        m.add(probability((0..3).map(|x| f64::from(a[x] - b[x]).powi(2)).sum()));
    }
    (m.mean() + 3.0 * (m.variance() / m.n).sqrt()) * pairs as f64
}

/// Draws pairs at most `reach` mm apart with probability `p decay(d^2)`, where `decay` must fall with distance.
pub(super) fn draw(ends: Ends, p: f64, decay: impl Fn(f64) -> f64 + Sync, reach: f64, seed: Seed) -> CompressedRows {
    let grid = Grid::new(&ends.post.anatomy.positions, reach);
    let (gap_seed, thinning_seed) = (seed.child("gap"), seed.child("thinning"));
    by_source(ends.pre.size(), false, |i, emit| {
        let from = &ends.pre.anatomy.positions[i as usize];
        let (mut gaps, mut thinning) = (gap_seed.at(i.into()), thinning_seed.at(i.into()));
        grid.near(from, reach, |neurons, least| {
            let most = p * decay(least);
            for k in gaps.successes(neurons.len() as u64, most) {
                let j = neurons[k as usize];
                let to = &ends.post.anatomy.positions[j as usize];
                let d2: f64 = (0..3).map(|a| (f64::from(from[a]) - f64::from(to[a])).powi(2)).sum();
                let kept = thinning.bernoulli(p * decay(d2) / most);
                if kept && d2 <= reach * reach && ends.own(i) != Some(j) {
                    emit(j);
                }
            }
        });
    })
}
