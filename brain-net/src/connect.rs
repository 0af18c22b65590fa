//! This module adds a projection to a network: it draws who connects to whom, the magnitudes and the delays.

use crate::connectome::Mask;
use crate::delay::DelayRule;
use crate::network::{AnatomicalNetwork, Edges, NetworkError, Projection};
use crate::rule::{self, ConnectionOptions, ConnectionRule, Ends};
use crate::weight::WeightDistribution;
use brain_core::Seed;
use brain_core::memory::available;
use kernels::network::Weights;
use std::sync::Arc;

/// A projection that is to be drawn is described by this.
#[derive(Clone, Debug)]
pub struct ProjectionSpec {
    /// The projection has this name, by which its streams of random numbers are keyed.
    pub name: String,
    /// The presynaptic population has this index.
    pub source: usize,
    /// The postsynaptic population has this index.
    pub target: usize,
    /// This rule decides which pairs of neurons are connected.
    pub rule: Arc<dyn ConnectionRule>,
    /// Self-connections and multapses are allowed where these options say so.
    pub options: ConnectionOptions,
    /// The magnitudes have this distribution.
    pub weights: WeightDistribution,
    /// This rule gives the delays.
    pub delays: DelayRule,
}

impl AnatomicalNetwork {
    /// Draws a projection and adds it to the network. The result depends on the seed and the name of the projection,
    /// not on the number of threads or on the other projections.
    ///
    /// ```
    /// use brain_net::rule::FixedInDegree;
    /// use brain_net::{
    ///     AnatomicalNetwork, Anatomy, ConnectionOptions, DelayRule, Population, ProjectionSpec, Seed, Sign,
    ///     WeightDistribution,
    /// };
    /// use std::sync::Arc;
    ///
    /// let mut network = AnatomicalNetwork::new(0.1);
    /// network.add(Population::named("E", 800, "lif"), Anatomy::of(Sign::Excitatory));
    /// network.add(Population::named("I", 200, "lif"), Anatomy::of(Sign::Inhibitory));
    /// network.connect(
    ///     &ProjectionSpec {
    ///         name: "I-E".into(),
    ///         source: 1,
    ///         target: 0,
    ///         rule: Arc::new(FixedInDegree { k: 20 }),
    ///         options: ConnectionOptions::default(),
    ///         weights: WeightDistribution::Constant(0.5),
    ///         delays: DelayRule::Constant(1.5),
    ///     },
    ///     Seed::new(7),
    /// )?;
    /// let p = &network.graph.projections[0];
    /// assert_eq!((p.synapses(), p.sign, p.row(199).end), (16_000, Sign::Inhibitory, 16_000));
    /// # Ok::<(), brain_net::NetworkError>(())
    /// ```
    pub fn connect(&mut self, spec: &ProjectionSpec, seed: Seed) -> Result<&mut Projection, NetworkError> {
        self.connect_within(spec, None, seed)
    }

    /// Does the same as [`AnatomicalNetwork::connect`], but removes the drawn pairs that the mask does not allow.
    pub fn connect_within(
        &mut self,
        spec: &ProjectionSpec,
        mask: Option<&Mask>,
        seed: Seed,
    ) -> Result<&mut Projection, NetworkError> {
        let ends = spec.ends(self)?;
        let seed = seed.child("projection").child(&spec.name);
        spec.weights.check(&spec.name)?;
        spec.estimate(self)?.check(&spec.name, available())?;
        let mut rows = rule::draw(&*spec.rule, ends, seed.child("edges"))?;
        if let Some(mask) = mask {
            mask.apply(&mut rows);
        }
        let (offsets, targets) = rows;
        let in_degree = targets.len() as f64 / f64::from(ends.post.size().max(1));
        let weights = spec.weights.draw(&offsets, in_degree, seed.child("weights"));
        let delays = spec.delays.draw(ends, (&offsets, &targets), self.graph.dt, seed.child("delays"))?;
        let (name, sign) = (spec.name.clone(), ends.pre.sign());
        let edges = Edges { starts: offsets, targets, weights: Weights::Each(weights), delays };
        let (pre, post) = (spec.source, spec.target);
        let projections = &mut self.graph.projections;
        projections.push(Projection { name, pre, post, sign, edges, ..Projection::default() });
        let last = projections.len() - 1;
        Ok(&mut projections[last])
    }
}

impl ProjectionSpec {
    fn ends<'a>(&'a self, network: &'a AnatomicalNetwork) -> Result<Ends<'a>, NetworkError> {
        Ends::of(network, &self.name, self.source, self.target, self.rule.options(self.options))
    }

    /// Estimates the memory that the projection needs. Fails where a population does not exist.
    pub(crate) fn estimate(&self, network: &AnatomicalNetwork) -> Result<crate::network::Estimate, NetworkError> {
        let ends = self.ends(network)?;
        self.rule.check(ends)?;
        Ok(rule::estimate(&*self.rule, ends, self.delays.per_synapse()))
    }
}
