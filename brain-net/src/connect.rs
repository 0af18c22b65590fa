//! Adding a projection to a network: rule, magnitudes, delays.

use crate::connectome::Mask;
use crate::delay::DelayRule;
use crate::network::{Edges, Network, NetworkError, Projection, available};
use crate::rule::{Allow, Ends, Rule};
use crate::weight::Weights;
use brain_core::Seed;
use kernels::network;

/// A projection to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    /// Name of the projection, and of its streams of random numbers.
    pub name: String,
    /// Index of the presynaptic population.
    pub source: usize,
    /// Index of the postsynaptic population.
    pub target: usize,
    /// Who connects to whom.
    pub rule: Rule,
    /// What else may be.
    pub allow: Allow,
    /// Magnitudes.
    pub weights: Weights,
    /// Delays.
    pub delays: DelayRule,
}

impl Network {
    /// Draws a projection. It depends on the seed and its name alone: not on the number of threads, nor on the other
    /// projections.
    ///
    /// ```
    /// use brain_net::{Allow, Connection, DelayRule, Network, Population, Rule, Seed, Sign, Weights};
    ///
    /// let mut network = Network { dt_ms: 0.1, ..Default::default() };
    /// network.populations.push(Population::new("E", 800, Sign::Excitatory));
    /// network.populations.push(Population::new("I", 200, Sign::Inhibitory));
    /// network.connect(
    ///     &Connection {
    ///         name: "I-E".into(),
    ///         source: 1,
    ///         target: 0,
    ///         rule: Rule::FixedInDegree { k: 20 },
    ///         allow: Allow::default(),
    ///         weights: Weights::Constant(0.5),
    ///         delays: DelayRule::Constant(1.5),
    ///     },
    ///     Seed::new(7),
    /// )?;
    /// let p = &network.projections[0];
    /// assert_eq!((p.synapses(), p.sign, p.row(199).end), (16_000, Sign::Inhibitory, 16_000));
    /// # Ok::<(), brain_net::NetworkError>(())
    /// ```
    pub fn connect(&mut self, c: &Connection, seed: Seed) -> Result<&mut Projection, NetworkError> {
        self.connect_within(c, None, seed)
    }

    /// As [`Network::connect`], of what is drawn only the pairs that a mask allows: the same as without one, less the
    /// others.
    pub fn connect_within(
        &mut self,
        c: &Connection,
        mask: Option<&Mask>,
        seed: Seed,
    ) -> Result<&mut Projection, NetworkError> {
        let ends = Ends::of(self, c.source, c.target)?;
        let seed = seed.child("projection").child(&c.name);
        c.weights.check(&c.name)?;
        c.rule.check(&c.name, ends, c.allow)?;
        c.rule.estimate(ends, c.allow, c.delays.per_synapse()).check(&c.name, available())?;
        let mut rows = c.rule.draw(&c.name, ends, c.allow, seed.child("edges"))?;
        if let Some(mask) = mask {
            mask.apply(&mut rows);
        }
        let (offsets, targets) = rows;
        let in_degree = targets.len() as f64 / f64::from(ends.post.size.max(1));
        let weights = c.weights.draw(&offsets, in_degree, seed.child("weights"));
        let delays = c.delays.draw(&c.name, ends, (&offsets, &targets), self.dt_ms, seed.child("delays"))?;
        let (name, sign) = (c.name.clone(), ends.pre.sign);
        let edges = Edges { starts: offsets, targets, weights: network::Weights::Each(weights), delays };
        self.projections.push(Projection { name, pre: c.source, post: c.target, sign, edges, ..Projection::default() });
        let last = self.projections.len() - 1;
        Ok(&mut self.projections[last])
    }
}
