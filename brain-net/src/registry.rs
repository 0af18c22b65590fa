//! This module lists the families that another crate can extend.

use crate::analysis::{STATISTICS, Statistic};
use crate::input::{INPUTS, InputEntry};
use crate::rule::{RULES, RuleEntry};
use crate::source::{SOURCES, SourceEntry};

/// A registry holds the members of all families that a config can name. [`Registry::default`] has those of this crate;
/// a crate outside pushes its own and hands the registry to [`Cli::execute_with`](crate::commands::Cli::execute_with)
/// or to [`NetConfig::load`](crate::config::NetConfig::load).
///
/// ```
/// use brain_net::keys::{Key, Keys};
/// use brain_net::rule::{ConnectionRule, Ends, RuleEntry, RuleFamily, CompressedRows, by_source};
/// use brain_net::{NetConfig, NetworkError, Registry, Seed};
/// use brain_core::config::ConfigError;
///
/// /// Neuron `i` connects to neuron `i + shift`.
/// #[derive(Debug)]
/// struct Shifted {
///     shift: u32,
/// }
///
/// impl ConnectionRule for Shifted {
///     fn check(&self, _ends: Ends) -> Result<(), NetworkError> {
///         Ok(())
///     }
///     fn expected(&self, ends: Ends) -> f64 {
///         ends.pre.size().into()
///     }
///     fn draw(&self, ends: Ends, _seed: Seed) -> CompressedRows {
///         by_source(ends.pre.size(), true, |i, emit| if i + self.shift < ends.post.size() { emit(i + self.shift) })
///     }
///     fn describe(&self) -> String {
///         format!("shifted by {}", self.shift)
///     }
/// }
///
/// impl RuleFamily for Shifted {
///     const NAME: &'static str = "shifted";
///     const KEYS: &'static [Key] = &[Key::new("shift", "1", "There are this many neurons between source and target.")];
///     fn read(keys: Keys) -> Result<Self, ConfigError> {
///         Ok(Self { shift: keys.get("shift")? })
///     }
/// }
///
/// let mut registry = Registry::default();
/// registry.rules.push(RuleEntry::of::<Shifted>());
/// let yaml = "{source: rules, populations: [{name: E, size: 10}], projections: [{from: E, to: E, rule: shifted, shift: 3}]}";
/// let settings = NetConfig::parse("net.yaml", yaml, &[""; 0], &registry)?.resolve()?;
/// let network = settings.build()?.network;
/// assert_eq!((network.synapses(), network.graph.projections[0].edges.targets[0]), (7, 3));
/// # Ok::<(), brain_net::config::BuildError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Registry {
    /// The key `neurons.POPULATION.model` can name these compiled cells.
    pub cells: kernels::Registry,
    /// The key `source` can name these kinds of connectomes.
    pub sources: Vec<SourceEntry>,
    /// The key `projections.N.rule` can name these connection rules.
    pub rules: Vec<RuleEntry>,
    /// The key `simulation.inputs.N.kind` can name these inputs from outside.
    pub inputs: Vec<InputEntry>,
    /// The table and `metrics.json` of a run have these statistics of activity.
    pub statistics: Vec<Statistic>,
}

impl Default for Registry {
    fn default() -> Self {
        Self {
            cells: kernels::Registry::default(),
            sources: SOURCES.to_vec(),
            rules: RULES.to_vec(),
            inputs: INPUTS.to_vec(),
            statistics: STATISTICS.to_vec(),
        }
    }
}
