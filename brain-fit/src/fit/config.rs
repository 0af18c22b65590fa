//! The YAML config of a fit. Every key has a default; unknown keys are errors.
//!
//! [`FitConfig::resolve`] checks it once and gives [`FitSettings`](super::FitSettings) in the units of the model.

pub(crate) mod ranges;
mod resolve;

pub use resolve::Resolved;

use super::Registry;
use super::settings::{FitLoss, Membrane, SpikeStage, Voltage};
use crate::recording::Declaration;
use brain_core::config::{KeyDocs, Quantity};
use brain_core::family::Choice;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The config of a whole fit.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FitConfig {
    /// The run has this name, and writes to the folder `out/<name>` where `out` is empty.
    pub name: String,
    /// This model is fitted, such as `gif`, `lif`, `glif3`, `gif-paper` or `hh-traub`. Several, separated by commas, or `auto`,
    /// which stands for a few that are fitted in seconds, are fitted one after another and compared on the test sweeps.
    pub model: String,
    /// The model is fitted by this strategy: `moving-threshold`, `spike-forced`, `coupled-features`, `voltage-windows`,
    /// `spike-timing`, or `free-run`, which needs an `objective`. Null chooses the first of them that is made for models of this
    /// kind.
    pub strategy: Option<String>,
    /// The potential is fitted by this loss of each sample: `squared-error`, or another loss of single samples (strategies that
    /// need least squares take no other).
    pub loss: Choice,
    /// The free run of the model is fitted by this objective (`free-run`, which is the strategy then): `potential`, `van-rossum`,
    /// `soft-coincidence`, `coincidence`, `features`, `paper-spikes` or a `sum` of others. Null leaves the strategy its own.
    pub objective: Option<Choice>,
    /// Every stage of the strategy is minimised by this optimiser: `l-bfgs-b`, `de`, `two-points-de`, `pso`, `bayesian`,
    /// `adam`, `levenberg-marquardt`, `cma-es` or `nelder-mead`. Null leaves the strategy its own, which is Levenberg and
    /// Marquardt's method with settings for each stage.
    pub optimiser: Option<Choice>,
    /// Random starts are drawn with this seed; the same seed gives the same fit.
    pub seed: u64,
    /// Everything is written to this folder.
    pub out: PathBuf,
    /// The recordings are named here, and which of their sweeps are fitted.
    pub data: DataConfig,
    /// A recorded spike is an upward crossing of this potential; null takes -10 mV, or where the recorded spikes do not reach
    /// that, a level that suits them.
    pub spike_level: Option<Quantity>,
    /// The model is refractory for this long after a spike; null takes it from the shape of the recorded spikes.
    pub t_ref: Option<Quantity>,
    /// What the electrode adds to the recorded potential, `R_s I + V_0`; the rest is the membrane's.
    pub electrode: ElectrodeConfig,
    /// These settings are for the membrane between recorded spikes (`moving-threshold`, `spike-forced`).
    pub membrane: Membrane,
    /// These settings are for the threshold and the spike times (all strategies but `voltage-windows`).
    pub threshold: SpikeStage,
    /// These settings say what is fitted from random starts, and how (all strategies but `moving-threshold`).
    pub voltage: VoltageConfig,
    /// What earlier versions called `voltage`; it is never written.
    #[serde(skip_serializing)]
    pub hh: Option<VoltageConfig>,
    /// Profile likelihoods are made of all fitted parameters: `profiles.csv`.
    pub profile: bool,
    /// A parameter stays between the two values given here for its name, lower one first; the others have usual bounds.
    pub bounds: BTreeMap<String, [Quantity; 2]>,
    /// The figure enlarges this much time after the onset of the stimulus.
    pub zoom: Quantity,
}

impl Default for FitConfig {
    fn default() -> Self {
        Self {
            name: "fit".into(),
            model: "gif".into(),
            strategy: None,
            loss: FitLoss::default().choice,
            objective: None,
            optimiser: None,
            seed: 1,
            out: PathBuf::new(),
            data: DataConfig::default(),
            spike_level: None,
            t_ref: None,
            electrode: ElectrodeConfig::default(),
            membrane: Membrane::default(),
            threshold: SpikeStage::default(),
            voltage: VoltageConfig::default(),
            hh: None,
            profile: false,
            bounds: BTreeMap::new(),
            zoom: "200 ms".into(),
        }
    }
}

impl FitConfig {
    /// Returns the explanations of all keys of the config.
    pub fn docs(&self, registry: &Registry) -> KeyDocs {
        let mut docs = KeyDocs::of::<Self>();
        registry.losses.explain(&mut docs, "loss", &self.loss);
        let optimiser = self.optimiser.clone().unwrap_or_else(|| Choice::named(""));
        let objective = self.objective.clone().unwrap_or_else(|| Choice::named(""));
        registry.objectives.explain(&mut docs, "objective", &objective);
        registry.optimisers.explain(&mut docs, "optimiser", &optimiser);
        docs
    }
}

/// Which recordings are fitted and predicted.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DataConfig {
    /// The recordings are in these files; relative paths start at the config's folder.
    pub files: Vec<PathBuf>,
    /// This says what the files do not say of themselves, such as units.
    pub declared: Declaration,
    /// These sweeps shape the parameters.
    #[serde(deserialize_with = "names")]
    #[schemars(with = "Vec<String>")]
    pub fit_sweeps: Vec<String>,
    /// These sweeps are only predicted: the scores on them tell how good the fit is.
    #[serde(deserialize_with = "names")]
    #[schemars(with = "Vec<String>")]
    pub test_sweeps: Vec<String>,
    /// Sweeps are taken even where they show what no membrane does, such as a negative resistance or runs of zeros.
    pub allow: bool,
}

/// What the electrode adds to the recorded potential.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ElectrodeConfig {
    /// The series resistance `R_s` that the bridge did not balance.
    pub series_resistance: ElectrodePart,
    /// The offset `V_0`, such as a junction potential. Where the rest, the threshold and the reset of a model are fitted, the data
    /// do not tell it.
    pub offset: ElectrodePart,
}

/// One part of what the electrode adds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ElectrodePart {
    /// This much is known, and is taken away from the recorded potential.
    pub value: Quantity,
    /// The rest is fitted with the membrane (`moving-threshold`, `spike-forced`, `voltage-windows`).
    pub fit: bool,
}

impl Default for ElectrodePart {
    fn default() -> Self {
        Self { value: 0.0.into(), fit: false }
    }
}

impl Default for ElectrodeConfig {
    fn default() -> Self {
        let none = |value: &str| ElectrodePart { value: value.into(), fit: false };
        Self { series_resistance: none("0 MOhm"), offset: none("0 mV") }
    }
}

/// What is fitted from random starts, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct VoltageConfig {
    /// The parameters of these names are fitted. Where the list is empty, conductances and the shift of the activation
    /// curves of a conductance-based model are fitted, and all parameters of another model.
    pub fit: Vec<String>,
    /// A parameter named here keeps this value and is not fitted; one that is neither here nor fitted keeps its default.
    pub fixed: BTreeMap<String, Quantity>,
    /// The fit begins from this many random places within the bounds.
    pub starts: usize,
    /// No step of a conductance-based model is longer than this, ms.
    pub dt: f64,
    /// These parts of the time from the onset of the stimulus are fitted one after another; 1 is the whole sweep
    /// (`voltage-windows`).
    pub windows: Vec<f64>,
    /// The fit of each window ends after this many iterations (`voltage-windows`).
    pub iterations: u32,
    /// The fit leaves out this much time before and after each spike, ms, where samples are further apart than 0.1 ms
    /// (`voltage-windows`).
    pub mask: [f64; 2],
    /// The model starts from this potential; null takes the median of the first 5 ms of each sweep.
    pub v_start: Option<Quantity>,
    /// The membrane has this area, um2: it turns pA into the current density of models that have one.
    pub area_um2: f64,
    /// The membrane has this capacitance, pF: it turns pA into mV/ms for models that have no capacitance of their own.
    pub capacitance_pf: f64,
}

impl Default for VoltageConfig {
    fn default() -> Self {
        let Voltage { starts, dt, windows, iterations, mask } = Voltage::default();
        Self {
            fit: Vec::new(),
            fixed: BTreeMap::new(),
            starts,
            dt,
            windows,
            iterations,
            mask,
            v_start: None,
            area_um2: 20_000.0,
            capacitance_pf: 100.0,
        }
    }
}

/// Sweep names, which may be written as numbers.
fn names<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Name {
        Number(i64),
        Text(String),
    }
    let names = Vec::<Name>::deserialize(d)?;
    let text = |n| match n {
        Name::Number(n) => n.to_string(),
        Name::Text(t) => t,
    };
    Ok(names.into_iter().map(text).collect())
}
