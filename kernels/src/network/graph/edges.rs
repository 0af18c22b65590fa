//! This module stores synapses as compressed rows, one for each presynaptic neuron.

use super::InvalidNetwork;
use crate::Precision;
use rayon::prelude::*;
use std::ops::Range;

/// The weights of synapses, in the unit of the input that they act on.
#[derive(Clone, Debug, PartialEq)]
pub enum Weights<F = f32> {
    /// All synapses have this weight.
    Uniform(F),
    /// Each synapse has its own, `[synapse]`.
    Each(Vec<F>),
}

/// The delays from a spike to its effect, in steps.
#[derive(Clone, Debug, PartialEq)]
pub enum Delays {
    /// All synapses have this delay.
    Uniform(u16),
    /// Each synapse has its own, `[synapse]`.
    Each(Vec<u16>),
}

/// The synapses of a projection: compressed rows by presynaptic neuron, targets in ascending order. A target that
/// occurs twice in a row is a multapse.
///
/// A synapse takes 4 bytes for its target, 4 more where it has its own weight in single precision, and 2 more where it
/// has its own delay; a presynaptic neuron takes 8.
#[derive(Clone, Debug, PartialEq)]
pub struct Edges<F = f32> {
    /// Where each presynaptic neuron's row starts, and where the last one ends: `[presynaptic + 1]`.
    pub starts: Vec<u64>,
    /// The postsynaptic neurons, `[synapse]`.
    pub targets: Vec<u32>,
    /// The weights.
    pub weights: Weights<F>,
    /// The delays.
    pub delays: Delays,
}

impl<F: Default> Default for Weights<F> {
    fn default() -> Self {
        Weights::Uniform(F::default())
    }
}

impl Default for Delays {
    /// Returns a delay of one step.
    fn default() -> Self {
        Delays::Uniform(1)
    }
}

impl<F: Default> Default for Edges<F> {
    /// Returns edges without rows.
    fn default() -> Self {
        Edges { starts: vec![0], targets: vec![], weights: Weights::default(), delays: Delays::default() }
    }
}

impl<F: Copy> Weights<F> {
    /// Returns the weight of a synapse.
    ///
    /// # Panics
    /// Panics if each synapse has its own weight and this one does not exist.
    #[inline]
    pub fn of(&self, synapse: usize) -> F {
        match self {
            Weights::Uniform(w) => *w,
            Weights::Each(w) => w[synapse],
        }
    }

    /// All weights, or one where they are the same.
    pub fn as_slice(&self) -> &[F] {
        match self {
            Weights::Uniform(w) => std::slice::from_ref(w),
            Weights::Each(w) => w,
        }
    }

    /// Returns the weights of `synapses` synapses, `[synapse]`, to be changed. Where all were the same, each gets its
    /// own.
    pub fn each_mut(&mut self, synapses: usize) -> &mut Vec<F> {
        if let Weights::Uniform(w) = self {
            *self = Weights::Each(vec![*w; synapses]);
        }
        match self {
            Weights::Each(w) => w,
            Weights::Uniform(_) => unreachable!("it was just replaced"),
        }
    }

    /// Turns the weights of `synapses` synapses into `[synapse]`.
    pub fn into_vec(self, synapses: usize) -> Vec<F> {
        match self {
            Weights::Uniform(w) => vec![w; synapses],
            Weights::Each(w) => w,
        }
    }
}

impl Delays {
    /// Returns the delay of a synapse, steps.
    ///
    /// # Panics
    /// Panics if each synapse has its own delay and this one does not exist.
    #[inline]
    pub fn of(&self, synapse: usize) -> u16 {
        match self {
            Delays::Uniform(d) => *d,
            Delays::Each(d) => d[synapse],
        }
    }

    /// The shortest and the longest delay, steps.
    pub fn range(&self) -> (u16, u16) {
        match self {
            Delays::Uniform(d) => (*d, *d),
            Delays::Each(d) => {
                let range = (d.par_iter().min(), d.par_iter().max());
                (*range.0.unwrap_or(&1), *range.1.unwrap_or(&1))
            }
        }
    }
}

impl<F> Edges<F> {
    /// The number of synapses.
    pub fn len(&self) -> usize {
        self.targets.len()
    }

    /// Returns whether there are no synapses.
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }

    /// The number of presynaptic neurons that have a row.
    pub fn rows(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Returns the indices of the synapses of a presynaptic neuron.
    ///
    /// # Panics
    /// Panics if there is no such row.
    #[inline]
    pub fn row(&self, row: usize) -> Range<usize> {
        self.starts[row] as usize..self.starts[row + 1] as usize
    }

    /// The bytes they take in memory.
    pub fn bytes(&self) -> usize {
        let weights = if let Weights::Each(w) = &self.weights { w.len() * size_of::<F>() } else { 0 };
        let delays = if let Delays::Each(d) = &self.delays { d.len() * 2 } else { 0 };
        self.starts.len() * 8 + self.targets.len() * 4 + weights + delays
    }
}

impl Edges {
    /// Connects each of `pre` neurons to each of `post` neurons; weights are in the order `[pre, post]`.
    pub fn dense(pre: usize, post: usize, delays: Delays) -> Self {
        let targets = (0..pre).flat_map(|_| 0..post as u32).collect();
        let starts = (0..=pre).map(|r| (r * post) as u64).collect();
        Edges { starts, targets, weights: Weights::default(), delays }
    }

    /// Converts the synapses to the precision of a run and multiplies the weights by `factor`, in place where the
    /// precision is single. Weights that are all equal become [`Weights::Uniform`].
    pub(in crate::network) fn scaled<F: Precision>(self, factor: f64) -> Edges<F> {
        let scale = |w: f32| F::of(f64::from(w) * factor);
        let weights = match self.weights {
            Weights::Uniform(w) => Weights::Uniform(scale(w)),
            Weights::Each(all) => match all.split_first() {
                Some((first, rest)) if rest.iter().all(|w| w == first) => Weights::Uniform(scale(*first)),
                _ => Weights::Each(all.into_iter().map(scale).collect()),
            },
        };
        Edges { starts: self.starts, targets: self.targets, weights, delays: self.delays }
    }

    /// Removes the synapses for which `keep(row, target)` is false, in place. Calls `moved(to, from)` for each
    /// remaining synapse, and returns their number.
    pub(super) fn retain(&mut self, keep: impl Fn(u32, u32) -> bool, mut moved: impl FnMut(usize, usize)) -> usize {
        let mut kept = 0;
        for pre in 0..self.rows() {
            let row = self.row(pre);
            self.starts[pre] = kept as u64;
            for k in row {
                if keep(pre as u32, self.targets[k]) {
                    self.targets[kept] = self.targets[k];
                    if let Weights::Each(w) = &mut self.weights {
                        w[kept] = w[k];
                    }
                    if let Delays::Each(d) = &mut self.delays {
                        d[kept] = d[k];
                    }
                    moved(kept, k);
                    kept += 1;
                }
            }
        }
        if let Some(last) = self.starts.last_mut() {
            *last = kept as u64;
        }
        self.targets.truncate(kept);
        if let Weights::Each(w) = &mut self.weights {
            w.truncate(kept);
        }
        if let Delays::Each(d) = &mut self.delays {
            d.truncate(kept);
        }
        kept
    }

    /// Fails unless arrays fit each other, targets ascend and are below `post`, weights are finite, and delays are at
    /// least `shortest` steps. `part` names the projection in the error.
    pub(super) fn check(&self, part: &str, post: usize, shortest: u16) -> Result<(), InvalidNetwork> {
        let count = self.targets.len();
        let wrong = |what: String| Err(InvalidNetwork::new(part, what));
        if self.starts.first() != Some(&0) || self.starts.last() != Some(&(count as u64)) {
            return wrong(format!(
                "row starts from {:?} to {:?}, not 0 to {count}",
                self.starts.first(),
                self.starts.last()
            ));
        }
        if let Weights::Each(w) = &self.weights
            && w.len() != count
        {
            return wrong(format!("{} weights for {count} synapses", w.len()));
        }
        if let Delays::Each(d) = &self.delays
            && d.len() != count
        {
            return wrong(format!("{} delays for {count} synapses", d.len()));
        }
        let weights = self.weights.as_slice();
        if let Some(k) = weights.par_iter().position_first(|w| !w.is_finite()) {
            return wrong(format!("weight {k} is not a number: {}", weights[k]));
        }
        let delay = self.delays.range().0;
        if delay < shortest {
            return wrong(format!("a delay of {delay} steps; the shortest is {shortest}"));
        }
        let bad = (0..self.rows()).into_par_iter().find_map_first(|row| {
            let (from, to) = (self.starts[row], self.starts[row + 1]);
            if from > to || to > count as u64 {
                return Some(format!("row {row} from {from} to {to}"));
            }
            let targets = &self.targets[from as usize..to as usize];
            match targets.iter().find(|&&t| t as usize >= post) {
                Some(t) => Some(format!("row {row}: target {t} of {post} neurons")),
                None => (!targets.is_sorted()).then(|| format!("row {row}: targets are not in ascending order")),
            }
        });
        bad.map_or(Ok(()), wrong)
    }
}

impl<F: Sync> Edges<F> {
    /// Finds the positions in each row at which the targets of the next thread begin, relative to the start of the row,
    /// `[presynaptic, thread - 1]`. `firsts` are the first targets of the threads.
    pub(in crate::network) fn splits(&self, firsts: &[usize]) -> Vec<u32> {
        let between = &firsts[1..];
        let row = |r: usize| {
            let row = &self.targets[self.starts[r] as usize..self.starts[r + 1] as usize];
            between.iter().map(move |&first| row.partition_point(|&t| (t as usize) < first) as u32)
        };
        match between.is_empty() {
            true => vec![],
            false => (0..self.rows()).into_par_iter().flat_map_iter(row).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_of_synapses_are_moved_and_equal_weights_take_no_memory() {
        let mut edges = Edges::dense(3, 4, Delays::Each(vec![2; 12]));
        edges.weights = Weights::Each((0..12).map(|k| k as f32).collect());
        let (Weights::Each(weights), Delays::Each(delays)) = (&edges.weights, &edges.delays) else { unreachable!() };
        let before = [edges.targets.as_ptr().cast::<u8>(), weights.as_ptr().cast(), delays.as_ptr().cast()];
        let run = edges.clone().scaled::<f64>(-0.5);
        assert_eq!(run.weights.of(3), -1.5);
        let run = edges.scaled::<f32>(-0.5);
        let (Weights::Each(weights), Delays::Each(delays)) = (&run.weights, &run.delays) else { unreachable!() };
        assert_eq!(before, [run.targets.as_ptr().cast::<u8>(), weights.as_ptr().cast(), delays.as_ptr().cast()]);
        assert_eq!(weights[11], -5.5);
        let alike = Edges { weights: Weights::Each(vec![0.3; 12]), ..Edges::dense(3, 4, Delays::Uniform(1)) };
        assert_eq!(alike.scaled::<f32>(2.0).weights, Weights::Uniform((f64::from(0.3f32) * 2.0) as f32));
    }
}
