//! This rule makes small worlds, which are rings of neighbours with some shortcuts.
//!
//! It is that of Watts and Strogatz (1998), <https://doi.org/10.1038/30918>, with synapses that have a direction: each
//! neuron keeps the number of its targets, and each target is replaced by one elsewhere with probability `rewire`.

use brain_core::Seed;
use brain_core::config::ConfigError;
use brain_net::NetworkError;
use brain_net::keys::{Key, Keys};
use brain_net::rule::{CompressedRows, ConnectionRule, Ends, RuleFamily, by_source};

/// The neurons of a population stand on a ring, and each connects to its nearest ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SmallWorld {
    /// Number of targets of each neuron, half of them on either side.
    pub neighbours: u32,
    /// Probability of each target to be replaced by a random one.
    pub rewire: f64,
}

impl SmallWorld {
    /// Returns the targets of neuron `i` of `n`.
    fn targets(&self, i: u32, n: u32, seed: Seed) -> Vec<u32> {
        let mut targets: Vec<u32> = (1..=self.neighbours / 2).flat_map(|d| [(i + d) % n, (i + n - d) % n]).collect();
        let mut stream = seed.at(i.into());
        for k in 0..targets.len() {
            if stream.bernoulli(self.rewire) {
                targets[k] = loop {
                    let other = stream.below(n.into()) as u32;
                    if other != i && !targets.contains(&other) {
                        break other;
                    }
                };
            }
        }
        targets
    }
}

impl ConnectionRule for SmallWorld {
    fn check(&self, ends: Ends) -> Result<(), NetworkError> {
        let (k, n) = (self.neighbours, ends.post.size());
        if !ends.same {
            let problem = format!("needs the neurons of one ring; `{}` is another population", ends.post.name());
            return Err(ends.error("neighbours", k.into(), problem));
        }
        if !k.is_multiple_of(2) || k.saturating_add(2) > n {
            let problem = format!("must be even, and at most two less than the {n} neurons of the ring");
            return Err(ends.error("neighbours", k.into(), problem));
        }
        match (0.0..=1.0).contains(&self.rewire) {
            true => Ok(()),
            false => Err(ends.error("rewire", self.rewire, "is not a probability; give 0 to 1")),
        }
    }

    fn expected(&self, ends: Ends) -> f64 {
        f64::from(ends.pre.size()) * f64::from(self.neighbours)
    }

    fn draw(&self, ends: Ends, seed: Seed) -> CompressedRows {
        by_source(ends.pre.size(), false, |i, emit| {
            self.targets(i, ends.post.size(), seed).into_iter().for_each(emit);
        })
    }

    fn describe(&self) -> String {
        format!("{} neighbours, {} rewired", self.neighbours, self.rewire)
    }

    fn counts_synapses(&self) -> bool {
        true
    }
}

impl RuleFamily for SmallWorld {
    const NAME: &'static str = "small-world";
    const KEYS: &'static [Key] = &[
        Key::new("neighbours", "4", "The number of targets of each neuron of a small world, half on either side."),
        Key::new("rewire", "0.1", "The probability of each of them to be replaced by a random one, 0 to 1."),
    ];

    fn read(keys: Keys) -> Result<Self, ConfigError> {
        Ok(Self { neighbours: keys.get("neighbours")?, rewire: keys.get("rewire")? })
    }
}
