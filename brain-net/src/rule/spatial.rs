//! Distance-dependent rules: cells of a grid, thinned.
//!
//! Postsynaptic neurons are sorted into cubes. For one presynaptic neuron, every cube has a largest probability, that at
//! its nearest corner; candidates are drawn by geometric gaps with it, and kept with the ratio of their own probability
//! to it (thinning; Lewis and Shedler 1979, <https://doi.org/10.1002/nav.3800260304>). The work is that of the synapses
//! and the cubes in reach, not that of the pairs.

use super::{CompressedRows, Ends, by_source};
use brain_core::Seed;
use brain_core::stats::Moments;

/// Where a probability that falls with distance is cut: `exp(-x)` with this `x` is 1e-6.
pub(super) const CUT: f64 = 13.815_510_557_964_274;

/// Pairs of neurons whose distances stand for those of all.
const PAIRS: u64 = 20_000;

/// Neurons in a cube, roughly.
const PER_CELL: f64 = 64.0;

struct Grid {
    /// The corner with the least coordinates, mm.
    low: [f64; 3],
    /// The side of a cube, mm.
    side: f64,
    /// Numbers of cubes along the axes.
    shape: [usize; 3],
    /// Where the neurons of each cube begin in `neurons`, `[cube + 1]`.
    starts: Vec<u32>,
    /// Neurons, those of a cube beside each other.
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
        // A flat sheet has cubes in two directions only.
        let filled = extent.iter().filter(|e| **e > 0.0);
        let (volume, dimensions) = (filled.clone().product::<f64>(), filled.count().max(1));
        let side = (volume * PER_CELL / positions.len().max(1) as f64).powf(1.0 / dimensions as f64);
        let largest = extent.iter().fold(0.0, |m: f64, &e| m.max(e));
        // Not finer than the reach asks for, and never more cubes than fit.
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

    /// Visits the neurons of each cube within `reach` of a point, with the square of the least distance of the cube.
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
                        // A hair less: rounding must not make the bound smaller than the distance of a neuron.
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

/// Expected synapses where a pair is connected with probability `probability(d^2)`: the mean over some pairs, and three
/// standard errors more. Without positions it is as if all neurons were in one place.
pub(super) fn expected(ends: Ends, probability: impl Fn(f64) -> f64) -> f64 {
    let (pre, post) = (u64::from(ends.pre.size), u64::from(ends.post.size));
    let pairs = pre * post;
    if pairs == 0 || ends.check_positions().is_err() {
        return probability(0.0) * pairs as f64;
    }
    // An odd stride over all pairs meets both ends evenly.
    let stride = (pairs / PAIRS).max(1) | 1;
    let mut m = Moments::default();
    for k in (0..pairs).step_by(stride as usize) {
        let (a, b) = (ends.pre.positions[(k / post) as usize], ends.post.positions[(k % post) as usize]);
        m.add(probability((0..3).map(|x| f64::from(a[x] - b[x]).powi(2)).sum()));
    }
    (m.mean() + 3.0 * (m.variance() / m.n).sqrt()) * pairs as f64
}

/// Draws pairs with probability `p decay(d^2)`, where `decay` falls, up to `reach` mm apart.
pub(super) fn draw(ends: Ends, p: f64, decay: impl Fn(f64) -> f64 + Sync, reach: f64, seed: Seed) -> CompressedRows {
    let grid = Grid::new(&ends.post.positions, reach);
    let (gap_seed, thinning_seed) = (seed.child("gap"), seed.child("thinning"));
    by_source(ends.pre.size, false, |i, emit| {
        let from = &ends.pre.positions[i as usize];
        let (mut gaps, mut thinning) = (gap_seed.at(i.into()), thinning_seed.at(i.into()));
        grid.near(from, reach, |neurons, least| {
            let most = p * decay(least);
            for k in gaps.successes(neurons.len() as u64, most) {
                let j = neurons[k as usize];
                let to = &ends.post.positions[j as usize];
                let d2: f64 = (0..3).map(|a| (f64::from(from[a]) - f64::from(to[a])).powi(2)).sum();
                let kept = thinning.bernoulli(p * decay(d2) / most);
                if kept && d2 <= reach * reach && ends.own(i) != Some(j) {
                    emit(j);
                }
            }
        });
    })
}
