//! What is learned by, from whom, and what comes out.

/// How gradients are made; see the [module](super).
#[derive(Clone, Copy, Debug)]
pub enum Rule<'a, F> {
    /// A trace for each synapse. With [`Memory::Kept`] it is also symmetric e-prop.
    DRtrl,
    /// A trace for each neuron and each input of it.
    EsDRtrl {
        /// Decay of the traces for each step, between zero and one.
        alpha: f64,
        /// What sums over the first steps are divided by.
        correction: Correction,
    },
    /// D-RTRL with its learning signal through these weights in place of the readout's, `[readout, cell]`: the cells of
    /// all groups but sources and readouts, in their order.
    EProp {
        /// The feedback.
        feedback: &'a [F],
    },
}

/// What ES-D-RTRL divides by, because its traces start at zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Correction {
    /// `1 - a^(t+1)`: the sum of the weights `(1 - a) a^s` of steps `0..=t`.
    Usual,
    /// `1 - (1 - a)^(t+1)`, as the reference code has it: near one from the start where `a` is.
    Reference,
    /// One.
    None,
}

impl Correction {
    /// Its value in step `t`.
    pub fn at(self, alpha: f64, t: usize) -> f64 {
        match self {
            Correction::Usual => 1.0 - alpha.powf(t as f64 + 1.0),
            Correction::Reference => 1.0 - (1.0 - alpha).powf(t as f64 + 1.0),
            Correction::None => 1.0,
        }
    }
}

/// What a loss of step `t` blames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// All spikes that the readout still remembers: the gradient of the loss.
    Kept,
    /// The spikes of step `t` alone, as the reference code has it, where the readout's state is taken for given.
    Instant,
}

/// Steps of a block where nothing else is said.
pub const BLOCK: usize = 64;

/// A rule with its options.
#[derive(Clone, Copy, Debug)]
pub struct Learning<'a, F> {
    /// The rule.
    pub rule: Rule<'a, F>,
    /// What a loss blames.
    pub memory: Memory,
    /// Steps after which traces are brought up to date.
    pub block: usize,
}

impl<'a, F> Learning<'a, F> {
    /// With the readout's memory, in blocks of [`BLOCK`] steps.
    pub fn by(rule: Rule<'a, F>) -> Self {
        Learning { rule, memory: Memory::Kept, block: BLOCK }
    }
}

/// Whoever knows the loss.
pub trait Teacher<F> {
    /// The loss of batch element `b` in step `t`, given the readouts after the step, those of all readout groups one
    /// after the other; writes the gradient by them to `bar`, which comes as zeros.
    fn loss(&self, b: usize, t: usize, readout: &[F], bar: &mut [F]) -> f64;
}

/// Where results go.
pub struct Learned<'a, F> {
    /// Gradient of the summed loss by [`RunInputs::weights`](super::super::bptt::RunInputs::weights), summed over the batch.
    pub weights: &'a mut [F],
    /// Gradient of each cell's own number of spikes by the weights of synapses onto it, without the paths that D-RTRL
    /// leaves out: times what the loss's derivative by a cell's rate turns out to be, a regulariser's gradient. Empty
    /// where it is not wanted; not of ES-D-RTRL.
    pub counts: &'a mut [F],
}

/// What a run was.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// Loss, summed over steps and batch.
    pub loss: f64,
    /// Spikes of each cell, summed over the batch, by group.
    pub spikes: Vec<Vec<u64>>,
    /// Bytes of eligibility traces of one thread.
    pub trace_bytes: usize,
    /// Bytes of everything that one thread works with, lists of spikes at their longest.
    pub bytes: usize,
}
