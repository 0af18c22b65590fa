//! Gradients from the targets of projections that are not dense back to the spikes, for a batch tile at once: those by a
//! target's input lie side by side for all elements, so that a synapse is fetched once for all.

use super::{
    active_rows::{SCANNED, support},
    dense_transpose::{BATCH_TILE, feedback},
};
use crate::network::{
    circuit::{Circuit, Link},
    trial::RunInputs,
};
use crate::{
    Precision, Simd,
    network::Delays,
    simd::{self, Work},
};

/// One step back along some projections from the same neurons.
pub(crate) struct CsrTranspose<'a, F> {
    pub(crate) circuit: &'a Circuit,
    pub(crate) run: &'a RunInputs<'a, F>,
    /// The projections.
    pub(crate) links: &'a [usize],
    /// Row of the inputs that is the step.
    pub(crate) now: usize,
    /// Gradients by the inputs, `[row, input]` of all elements.
    pub(crate) interleaved: &'a [[F; BATCH_TILE]],
    /// Of the neurons' spikes; only where some element's is not zero there are gradients.
    pub(crate) slopes: &'a [F],
    pub(crate) neurons: usize,
    pub(crate) elements: usize,
    /// From one element to the next, of slopes and gradients by spikes.
    pub(crate) pitch: [usize; 2],
}

impl<F: Precision> CsrTranspose<'_, F> {
    /// Adds to the gradients by spikes.
    pub(crate) fn multiply(&self, to: &mut [F]) {
        simd::run(&mut Multiply(self, to), self.run.level)
    }
}

struct Multiply<'a, F>(&'a CsrTranspose<'a, F>, &'a mut [F]);

impl<F: Precision> Work<F> for Multiply<'_, F> {
    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        let CsrTranspose { circuit, run, links, slopes, neurons, elements, pitch, .. } = *self.0;
        for scanned in (0..neurons).step_by(SCANNED) {
            let mut some = [0; SCANNED];
            let some = support::<V>(slopes, elements, pitch[0], scanned..neurons.min(scanned + SCANNED), &mut some);
            for &l in links {
                let (link, Some(weights)) = (&circuit.links[l], feedback(circuit, run, l)) else { continue };
                for &n in some {
                    let row = n.wrapping_sub(link.first as usize);
                    if row < link.edges.rows() {
                        let sums = self.row(link, weights, row);
                        for (e, sum) in sums.into_iter().take(elements).enumerate() {
                            self.1[e * pitch[1] + n] += sum;
                        }
                    }
                }
            }
        }
    }
}

/// Synapses whose sums are apart, so that one need not wait for another.
const ACCUMULATORS: usize = 4;

impl<F: Precision> Multiply<'_, F> {
    #[inline(always)]
    fn row(&self, link: &Link, weights: &[F], row: usize) -> [F; BATCH_TILE] {
        let CsrTranspose { circuit, now, interleaved, .. } = *self.0;
        let own = link.edges.starts[row] as usize..link.edges.starts[row + 1] as usize;
        let (weights, targets) = (&weights[own.clone()], &link.edges.targets[own.clone()]);
        let length = circuit.lengths[1];
        assert!((now + circuit.longest) * length + link.column + link.targets <= interleaved.len());
        let mut sums = [[F::default(); BATCH_TILE]; ACCUMULATORS];
        // Loops rather than closures: these would not be compiled for the vectors.
        macro_rules! add {
            ($sum:expr, $weight:expr, $at:expr) => {
                // SAFETY: as asserted; targets and delays have been checked.
                let by = unsafe { interleaved.get_unchecked($at) };
                for (sum, &by) in $sum.iter_mut().zip(by) {
                    *sum += $weight * by;
                }
            };
        }
        match &link.edges.delays {
            Delays::Uniform(delay) => {
                let base = (now + *delay as usize) * length + link.column;
                let ((fours, last), weights) =
                    (targets.as_chunks::<ACCUMULATORS>(), weights.as_chunks::<ACCUMULATORS>());
                for (targets, weights) in fours.iter().zip(weights.0) {
                    for k in 0..ACCUMULATORS {
                        add!(sums[k], weights[k], base + targets[k] as usize);
                    }
                }
                for (&target, &weight) in last.iter().zip(weights.1) {
                    add!(sums[0], weight, base + target as usize);
                }
            }
            Delays::Each(delays) => {
                for ((&target, &weight), &delay) in targets.iter().zip(weights).zip(&delays[own]) {
                    add!(sums[0], weight, (now + delay as usize) * length + link.column + target as usize);
                }
            }
        }
        let [mut all, rest @ ..] = sums;
        for sum in rest {
            all.iter_mut().zip(sum).for_each(|(all, sum)| *all += sum);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Level,
        network::{Edges, Projection, Weights, delivery::active_rows::tests::*},
    };

    /// The sums are those of plain loops where a spike has a gradient, and nothing is added elsewhere.
    fn holds<F: Precision>(elements: usize, level: Level, tolerance: f64) {
        let edges = |p: f64, delays: Delays| Edges::bernoulli(70, 53, p, 5, Weights::Uniform(0.0), delays).unwrap();
        let [alike, own] = [edges(0.2, Delays::Uniform(2)), edges(0.1, Delays::Uniform(1))];
        let each = Delays::Each((0..own.targets.len()).map(|k| 1 + (k * 7 % 4) as u16).collect());
        let projections = [alike, Edges { delays: each, ..own }]
            .into_iter()
            .zip([1, 2])
            .map(|(edges, input)| Projection { first: 3, ..Projection::new(format!("{input}"), 0, 1, input, edges) });
        let circuit = circuit(&[("a", 83), ("b", 53)], projections.collect());
        let weights = noise::<F>(1, circuit.synapses());
        let run = run(elements, &weights, level);
        let (length, now) = (circuit.lengths[1], 1);
        let all = noise::<F>(2, BATCH_TILE * (now + 5) * length);
        let (interleaved, _) = all.as_chunks::<BATCH_TILE>();
        let slopes = some_noise::<F>(3, elements * 90);
        let mut to = vec![F::default(); elements * 100];
        let pitch = [90, 100];
        let (circuit, run) = (&circuit, &run);
        let transpose = CsrTranspose {
            circuit,
            run,
            links: &[0, 1],
            now,
            interleaved,
            slopes: &slopes,
            neurons: 83,
            elements,
            pitch,
        };
        transpose.multiply(&mut to);
        let mut seen = [0; 2];
        for n in 0..83 {
            let on = (0..elements).any(|e| slopes[e * 90 + n] != F::default());
            for e in 0..elements {
                let mut want = 0.0;
                for link in circuit.links.iter().filter(|l| on && (3..3 + l.edges.rows()).contains(&n)) {
                    for k in link.edges.starts[n - 3] as usize..link.edges.starts[n - 2] as usize {
                        let delay = match &link.edges.delays {
                            Delays::Uniform(d) => *d,
                            Delays::Each(d) => d[k],
                        };
                        let at = (now + delay as usize) * length + link.column + link.edges.targets[k] as usize;
                        want += weights[link.weights + k].to() * interleaved[at][e].to();
                    }
                }
                let got = to[e * 100 + n].to();
                assert!((got - want).abs() <= tolerance, "{elements} {n}: {got} for {want}");
                seen[usize::from(want != 0.0)] += 1;
            }
        }
        assert!(seen.iter().all(|&n| n > 10), "{seen:?}");
    }

    #[test]
    fn sums_are_those_of_plain_loops() {
        for level in [Level::Baseline, Level::best()] {
            for elements in [1, 3, 4] {
                holds::<f64>(elements, level, 1e-12);
                holds::<f32>(elements, level, 1e-5);
            }
        }
    }
}
