//! The YAML config of a fit. Every key has a default; unknown keys are errors.
//!
//! [`FitConfig::resolve`] checks it once and gives [`Settings`] in the units of the model.

use super::FitError;
use super::coordinates::Scale;
use super::settings::{Membrane, Settings, SpikeStage, Voltage};
use super::strategy::{Registry, Strategy, Subject};
use crate::recording::Declaration;
use brain_core::Backend;
use brain_core::config::{Config, ConfigError, Quantity};
use kernels::equations::Field;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A whole fit.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FitConfig {
    /// Name of the run, and of its output folder within `out`.
    pub name: String,
    /// Model to fit, such as `gif`, `lif`, `glif3`, `gif-paper` or `hh-traub`.
    pub model: String,
    /// Fit strategy (`moving-threshold`, `spike-forced`, `voltage-windows` or `spike-timing`); null chooses the one that
    /// is made for models of this kind.
    pub strategy: Option<String>,
    /// Seed of the random starts.
    pub seed: u64,
    /// Output folder; it is `out/<name>` where this is empty.
    pub out: PathBuf,
    /// Recordings, and which of their sweeps are fitted.
    pub data: Data,
    /// Potential whose upward crossing is a spike.
    pub spike_level: Quantity,
    /// Refractory period; null takes it from the shape of the recorded spikes.
    pub t_ref: Option<Quantity>,
    /// How the membrane between recorded spikes is fitted (`moving-threshold`, `spike-forced`).
    pub membrane: Membrane,
    /// How threshold and spike times are fitted (all but `voltage-windows`).
    pub threshold: SpikeStage,
    /// What is fitted from random starts, and how (all but `moving-threshold`).
    #[serde(alias = "hh")]
    pub voltage: VoltageConfig,
    /// Lower and upper bound of parameters, by name, where they are not the usual ones.
    pub bounds: BTreeMap<String, [Quantity; 2]>,
    /// Width of the enlargement in the figure.
    pub zoom: Quantity,
}

impl Default for FitConfig {
    fn default() -> Self {
        Self {
            name: "fit".into(),
            model: "gif".into(),
            strategy: None,
            seed: 1,
            out: PathBuf::new(),
            data: Data::default(),
            spike_level: "-10 mV".into(),
            t_ref: None,
            membrane: Membrane::default(),
            threshold: SpikeStage::default(),
            voltage: VoltageConfig::default(),
            bounds: BTreeMap::new(),
            zoom: "200 ms".into(),
        }
    }
}

/// Recordings.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Data {
    /// Files; relative paths start at the config's folder.
    pub files: Vec<PathBuf>,
    /// What the files do not say of themselves.
    pub declared: Declaration,
    /// Sweeps that shape the parameters.
    #[serde(deserialize_with = "names")]
    pub fit_sweeps: Vec<String>,
    /// Sweeps that are only predicted.
    #[serde(deserialize_with = "names")]
    pub test_sweeps: Vec<String>,
}

/// Fits from random starts.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VoltageConfig {
    /// Names of the parameters to fit. Where the list is empty, conductances and the shift of the activation curves of a
    /// conductance-based model are fitted, and all parameters of another model.
    pub fit: Vec<String>,
    /// Values of parameters that are not fitted, by name, where they are not the model's defaults.
    pub fixed: BTreeMap<String, Quantity>,
    /// Number of random starts within the bounds.
    pub starts: usize,
    /// Longest step, ms.
    pub dt: f64,
    /// Parts of the sweep that are fitted one after another (`voltage-windows`).
    pub windows: Vec<f64>,
    /// Most iterations in each window.
    pub iterations: u32,
    /// Time left out around spikes where samples are further apart than 0.1 ms, ms before and after (`voltage-windows`).
    pub mask: [f64; 2],
    /// Potential at the start; null takes the median of the first 5 ms.
    pub v_start: Option<Quantity>,
    /// Membrane area, um2: it turns pA into the current density of models that have one.
    pub area_um2: f64,
    /// Membrane capacitance, pF: it turns pA into mV/ms for models that have no capacitance of their own.
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
    pub settings: Settings,
    /// Width of the enlargement in the figure, ms.
    pub zoom: f64,
}

impl FitConfig {
    /// Checks a config, and gives what it says in the units of the model.
    ///
    /// # Errors
    /// It fails at the first key that no fit can be made of, and names its place in the file or on the command line.
    pub fn resolve(config: &Config<Self>, registry: &Registry, backend: &Backend) -> Result<Resolved, FitError> {
        let c = &config.value;
        let spike_level = config.quantity("spike_level", &c.spike_level, "mV")?;
        let zoom = config.quantity("zoom", &c.zoom, "ms")?;
        let names = registry.models.iter().filter(|m| !m.is_spike_forced()).map(|m| m.kernel().name);
        let names: Vec<&str> = names.collect();
        if !names.contains(&c.model.as_str()) {
            return Err(config.unknown("model", &c.model, names).into());
        }
        c.check_numbers(config)?;
        let subject = Subject::new(&registry.models, &c.model, spike_level, backend)?;
        let strategy = c.strategy(config, registry, &subject)?;
        let param = subject.model().kernel().param;

        let mut settings = Settings::of_model(param);
        settings.seed = c.seed;
        settings.spike_level = spike_level;
        settings.t_ref = c.t_ref.as_ref().map(|t| config.quantity("t_ref", t, "ms")).transpose()?;
        if let Some(t) = settings.t_ref.filter(|t| !(0.0..=20.0).contains(t)) {
            return Err(config.error("t_ref", format!("{t} ms is not within 0 to 20 ms")).into());
        }
        settings.per_pa = c.voltage.per_pa(subject.model().input.first());
        settings.v_start =
            c.voltage.v_start.as_ref().map(|v| config.quantity("voltage.v_start", v, "mV")).transpose()?;
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

    /// Refuses numbers outside of their range.
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
