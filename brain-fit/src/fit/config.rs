//! The YAML config of a fit. Every key has a default; unknown keys are errors.
//!
//! [`FitConfig::resolve`] checks it once and gives [`FitSettings`] in the units of the model.

use super::FitError;
use super::coordinates::Scale;
use super::registry::Registry;
use super::settings::{FitLoss, FitSettings, Membrane, SpikeStage, Voltage};
use super::strategies::USUAL;
use super::strategy::{Strategy, Subject};
use crate::recording::Declaration;
use brain_core::Backend;
use brain_core::config::{self, Config, ConfigError, Quantity};
use brain_core::family::{Choice, SettingsReader};
use kernels::equations::Field;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The config of a whole fit.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FitConfig {
    /// The run has this name, and writes to the folder `out/<name>` where `out` is empty.
    pub name: String,
    /// This model is fitted, such as `gif`, `lif`, `glif3`, `gif-paper` or `hh-traub`.
    pub model: String,
    /// The model is fitted by this strategy: `moving-threshold`, `spike-forced`, `voltage-windows` or `spike-timing`. Null
    /// chooses the first of them that is made for models of this kind.
    pub strategy: Option<String>,
    /// The potential is fitted by this loss of each sample: `squared-error`, or another loss of single samples (strategies that
    /// need least squares take no other).
    pub loss: Choice,
    /// Random starts are drawn with this seed; the same seed gives the same fit.
    pub seed: u64,
    /// Everything is written to this folder.
    pub out: PathBuf,
    /// The recordings are named here, and which of their sweeps are fitted.
    pub data: DataConfig,
    /// A recorded spike is an upward crossing of this potential.
    pub spike_level: Quantity,
    /// The model is refractory for this long after a spike; null takes it from the shape of the recorded spikes.
    pub t_ref: Option<Quantity>,
    /// These settings are for the membrane between recorded spikes (`moving-threshold`, `spike-forced`).
    pub membrane: Membrane,
    /// These settings are for the threshold and the spike times (all strategies but `voltage-windows`).
    pub threshold: SpikeStage,
    /// These settings say what is fitted from random starts, and how (all strategies but `moving-threshold`).
    pub voltage: VoltageConfig,
    /// What earlier versions called `voltage`; it is never written.
    #[serde(skip_serializing)]
    pub hh: Option<VoltageConfig>,
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
            seed: 1,
            out: PathBuf::new(),
            data: DataConfig::default(),
            spike_level: "-10 mV".into(),
            t_ref: None,
            membrane: Membrane::default(),
            threshold: SpikeStage::default(),
            voltage: VoltageConfig::default(),
            hh: None,
            bounds: BTreeMap::new(),
            zoom: "200 ms".into(),
        }
    }
}

/// Which recordings are fitted and predicted.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataConfig {
    /// The recordings are in these files; relative paths start at the config's folder.
    pub files: Vec<PathBuf>,
    /// This says what the files do not say of themselves, such as units.
    pub declared: Declaration,
    /// These sweeps shape the parameters.
    #[serde(deserialize_with = "names")]
    pub fit_sweeps: Vec<String>,
    /// These sweeps are only predicted: the scores on them tell how good the fit is.
    #[serde(deserialize_with = "names")]
    pub test_sweeps: Vec<String>,
}

/// What is fitted from random starts, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// These parts of the sweep are fitted one after another; 1 is the whole sweep (`voltage-windows`).
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

/// A fit that can begin: what is fitted, how, and with which settings.
pub struct Resolved {
    /// The model.
    pub subject: Subject,
    /// How it is fitted.
    pub strategy: &'static dyn Strategy,
    /// The settings in the model's units.
    pub settings: FitSettings,
    /// Width of the enlargement in the figure, ms.
    pub zoom: f64,
}

impl FitConfig {
    /// Checks a config, and gives what it says in the units of the model.
    ///
    /// # Errors
    /// It fails at the first key that no fit can be made of, and names its place in the file or on the command line.
    pub fn resolve(config: &mut Config<Self>, registry: &Registry, backend: &Backend) -> Result<Resolved, FitError> {
        if config.value.hh.is_some() && config.value.voltage != VoltageConfig::default() {
            return Err(config.error("hh", "this is the old name of `voltage`, which is given too; give one").into());
        }
        config.value.upgrade();
        config.value.loss = registry.losses.resolve_at(config, "loss", &config.value.loss)?;
        let (config, c) = (&*config, &config.value);
        let spike_level = config.quantity("spike_level", &c.spike_level, "mV")?;
        let zoom = config.quantity("zoom", &c.zoom, "ms")?;
        let names = registry.models.iter().filter(|m| !m.is_spike_forced()).map(|m| m.cell().name);
        let names: Vec<&str> = names.collect();
        if !names.contains(&c.model.as_str()) {
            return Err(config.unknown("model", &c.model, names).into());
        }
        c.check_numbers(config)?;
        let subject = Subject::new(&registry.models, &c.model, spike_level, backend)?;
        let strategy = c.strategy(config, registry, &subject)?;
        c.check_loss(config, registry, strategy)?;
        let param = subject.model().cell().param;

        let mut settings = FitSettings::of_model(param);
        settings.seed = c.seed;
        settings.spike_level = spike_level;
        settings.t_ref = c.t_ref.as_ref().map(|t| config.quantity("t_ref", t, "ms")).transpose()?;
        if let Some(t) = settings.t_ref.filter(|t| !(0.0..=20.0).contains(t)) {
            return Err(config.error("t_ref", format!("{t} ms is not within 0 to 20 ms")).into());
        }
        settings.per_pa = c.voltage.per_pa(subject.model().input.first());
        settings.v_start =
            c.voltage.v_start.as_ref().map(|v| config.quantity("voltage.v_start", v, "mV")).transpose()?;
        settings.loss = FitLoss { losses: registry.losses.clone(), choice: c.loss.clone() };
        settings.membrane = c.membrane.clone();
        settings.spikes = c.threshold.clone();
        let VoltageConfig { starts, dt, ref windows, iterations, mask, .. } = c.voltage;
        settings.voltage = Voltage { starts, dt, windows: windows.clone(), iterations, mask };
        for (name, bounds) in strategy.bounds() {
            if let Some(row) = param.iter().position(|f| f.name == name) {
                settings.bounds[row] = bounds;
            }
        }
        for (name, pair) in &c.bounds {
            let key = format!("bounds.{name}");
            let row = row(config, &key, param, name)?;
            settings.bounds[row] = bounds(config, &key, &param[row], pair, strategy)?;
        }
        for (name, quantity) in &c.voltage.fixed {
            let key = format!("voltage.fixed.{name}");
            let row = row(config, &key, param, name)?;
            settings.values[row] = config.quantity(&key, quantity, param[row].unit)?;
            settings.held[row] = true;
        }
        let fitted = c.voltage.fit.iter().map(|name| row(config, "voltage.fit", param, name));
        settings.fitted = fitted.collect::<Result<_, _>>()?;
        Ok(Resolved { subject, strategy, settings, zoom })
    }

    /// The text of a config of an earlier version as this version writes it; none where it cannot be read.
    pub fn rewritten(text: &str) -> Option<String> {
        let mut config = config::parse::<Self>(super::state::FILE, text, &[""; 0]).ok()?;
        config.value.upgrade();
        config::to_yaml(&config.value).ok()
    }

    /// Moves what an earlier version wrote under an old name to where it is today.
    fn upgrade(&mut self) {
        if let Some(mut old) = self.hh.take() {
            // The list was written into every config, and fitted only where a model had all of it, as it is today
            // where no list is given.
            if old.fit == USUAL {
                old.fit.clear();
            }
            self.voltage = old;
        }
    }

    fn strategy(
        &self,
        config: &Config<Self>,
        registry: &Registry,
        subject: &Subject,
    ) -> Result<&'static dyn Strategy, FitError> {
        let Some(name) = &self.strategy else {
            let suiting = registry.strategy_for(subject);
            return suiting.ok_or_else(|| FitError::NoStrategy { model: subject.model().name.into() });
        };
        let strategies = registry.strategies.iter().copied();
        let found = strategies.clone().find(|s| s.name() == name);
        Ok(found.ok_or_else(|| config.unknown("strategy", name, strategies.map(|s| s.name())))?)
    }

    /// Fails if there is no such loss, or the strategy does not fit by it.
    fn check_loss(&self, config: &Config<Self>, registry: &Registry, strategy: &dyn Strategy) -> Result<(), FitError> {
        let reader = SettingsReader::new(self.voltage.dt)?;
        let loss = registry.losses.build_at(config, "loss", &self.loss, &reader)?;
        if strategy.takes(&*loss) {
            return Ok(());
        }
        let able: Vec<&str> = registry.strategies.iter().filter(|s| s.takes(&*loss)).map(|s| s.name()).collect();
        let remedy = match able.is_empty() {
            true => "no strategy does, for it is no loss of single samples".to_owned(),
            false => format!("`strategy: {}` does", able.join("` or `strategy: ")),
        };
        let (name, loss) = (strategy.name(), loss.name());
        let message = format!(
            "the strategy `{name}` needs least squares and does not fit by `{loss}`; {remedy}, or leave `loss` out"
        );
        Err(config.error("loss", message).into())
    }

    /// Fails at the first number that is outside of its range.
    fn check_numbers(&self, config: &Config<Self>) -> Result<(), ConfigError> {
        let positive = [
            ("membrane.tau_m_value", self.membrane.tau_m_value),
            ("membrane.edge_weight", self.membrane.edge_weight),
            ("threshold.dt", self.threshold.dt),
            ("threshold.timing_error", self.threshold.timing_error),
            ("voltage.dt", self.voltage.dt),
            ("voltage.area_um2", self.voltage.area_um2),
            ("voltage.capacitance_pf", self.voltage.capacitance_pf),
        ];
        for (key, x) in positive {
            if !(x.is_finite() && x > 0.0) {
                return Err(config.error(key, format!("{x} must be a number above 0")));
            }
        }
        let lists = [
            ("membrane.tau_m_starts", self.membrane.tau_m_starts.clone()),
            ("membrane.tau_starts", self.membrane.tau_starts.concat()),
            ("threshold.time_constants", self.threshold.time_constants.concat()),
            ("threshold.tau_u", self.threshold.tau_u.clone()),
            ("voltage.windows", self.voltage.windows.clone()),
        ];
        for (key, list) in lists {
            if list.is_empty() || list.iter().any(|x| !(x.is_finite() && *x > 0.0)) {
                return Err(config.error(key, "needs at least one number, all above 0"));
            }
        }
        for (key, none) in
            [("threshold.c_u", self.threshold.c_u.is_empty()), ("voltage.starts", self.voltage.starts == 0)]
        {
            if none {
                return Err(config.error(key, "needs at least one start"));
            }
        }
        Ok(())
    }
}

impl VoltageConfig {
    /// What a pA is in the unit of a model's input.
    fn per_pa(&self, input: Option<&Field>) -> f64 {
        match input.map_or("pA", |f| f.unit) {
            "nA" => 1e-3,
            // 1 pA on 1 um2 is 1e-6 uA on 1e-8 cm2.
            "uA/cm2" => 100.0 / self.area_um2,
            // 1 pA into 1 pF is 1 mV/ms.
            "mV/ms" => 1.0 / self.capacitance_pf,
            _ => 1.0,
        }
    }
}

/// Position of a parameter that the config names at `key`.
fn row(config: &Config<FitConfig>, key: &str, param: &[Field], name: &str) -> Result<usize, ConfigError> {
    let known = || param.iter().map(|f| f.name.to_string());
    param.iter().position(|f| f.name == name).ok_or_else(|| config.unknown(key, name, known()))
}

/// The bounds of a parameter that the config gives at `key`, in the parameter's unit.
fn bounds(
    config: &Config<FitConfig>,
    key: &str,
    field: &Field,
    pair: &[Quantity; 2],
    strategy: &dyn Strategy,
) -> Result<(f64, f64), ConfigError> {
    let [low, high] = [config.quantity(key, &pair[0], field.unit)?, config.quantity(key, &pair[1], field.unit)?];
    if !(low.is_finite() && high.is_finite() && low < high) {
        let message = format!("the bounds {low} to {high} {} leave no value; give the lower one first", field.unit);
        return Err(config.error(key, message));
    }
    if strategy.scale(&field.name, (low, high)) == Scale::Logarithmic && low <= 0.0 {
        let message = format!("{} is fitted as a logarithm; its lower bound must be above 0", field.name);
        return Err(config.error(key, message));
    }
    Ok((low, high))
}
