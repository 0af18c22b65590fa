//! The YAML config of a fit. Every key has a default; unknown keys are errors.

use crate::recording::Declaration;
use brain_core::config::{Config, ConfigError, Quantity};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Models that can be fitted.
pub const MODELS: [&str; 4] = ["gif", "hh-traub", "hh-paper", "hh-pospischil"];

/// A whole fit.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FitConfig {
    /// Name of the run, and of its output folder within `out`.
    pub name: String,
    /// Model, one of [`MODELS`].
    pub model: String,
    /// Seed of the random starts.
    pub seed: u64,
    /// Output folder; `out/<name>` where it is empty.
    pub out: PathBuf,
    /// What is fitted.
    pub data: Data,
    /// Potential whose upward crossing is a spike.
    pub spike_level: Quantity,
    /// Refractory period of `gif`; from the shape of the recorded spikes where it is null.
    pub t_ref: Option<Quantity>,
    /// Stage 1 of `gif`.
    pub membrane: Membrane,
    /// Stages 2 and 3 of `gif`.
    pub threshold: Threshold,
    /// Fits of Hodgkin-Huxley models.
    pub hh: Hh,
    /// Bounds of parameters, where they are not the usual ones.
    pub bounds: BTreeMap<String, [Quantity; 2]>,
    /// Width of the enlargement in the figure.
    pub zoom: Quantity,
}

impl Default for FitConfig {
    fn default() -> Self {
        Self {
            name: "fit".into(),
            model: "gif".into(),
            seed: 1,
            out: PathBuf::new(),
            data: Data::default(),
            spike_level: "-10 mV".into(),
            t_ref: None,
            membrane: Membrane::default(),
            threshold: Threshold::default(),
            hh: Hh::default(),
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

/// Stage 1: the membrane.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Membrane {
    /// Left out before every spike, ms; after it, the refractory period is.
    pub cut_before: f64,
    /// Weight of samples after the stimulus' edges.
    pub edge_weight: f64,
    /// How long after them, ms.
    pub edge_window: f64,
    /// Ridge on the after-spike currents, in mV2 for a current that moves the rest by 1 mV.
    pub ridge: f64,
    /// Weight of the prior on the logarithm of the membrane time constant, mV2; 0 for none.
    pub tau_m_weight: f64,
    /// Its centre, ms.
    pub tau_m_value: f64,
    /// Membrane time constants to start from, ms.
    pub tau_m_starts: Vec<f64>,
    /// After-spike time constants to start from, ms.
    pub tau_starts: Vec<[f64; 3]>,
    /// Most iterations.
    pub iterations: u32,
}

impl Default for Membrane {
    fn default() -> Self {
        Self {
            cut_before: 2.0,
            edge_weight: 5.0,
            edge_window: 50.0,
            ridge: 1e-2,
            tau_m_weight: 1.0,
            tau_m_value: 20.0,
            tau_m_starts: vec![8.0, 15.0, 30.0],
            tau_starts: vec![[4.0, 30.0, 200.0], [8.0, 50.0, 300.0]],
            iterations: 80,
        }
    }
}

/// Stages 2 and 3: the threshold.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Threshold {
    /// Longest step of the free run, ms.
    #[serde(rename = "dt")]
    pub dt_value: f64,
    /// Expected error of the model's spike times, as a fraction.
    pub timing_error: f64,
    /// Weight of the potential above threshold at recorded spikes, per mV2.
    pub margin_weight: f64,
    /// Pairs `T_1, T_2` to start from, ms.
    pub time_constants: Vec<[f64; 2]>,
    /// `tau_u` to start from, ms.
    pub tau_u: Vec<f64>,
    /// `c_u` to start from.
    pub c_u: Vec<f64>,
    /// Most iterations.
    pub iterations: u32,
}

impl Default for Threshold {
    fn default() -> Self {
        Self {
            dt_value: 0.05,
            timing_error: 0.05,
            margin_weight: 0.5,
            time_constants: vec![[10.0, 100.0], [20.0, 300.0]],
            tau_u: vec![10.0, 50.0],
            c_u: vec![0.0, 0.3, 0.6],
            iterations: 30,
        }
    }
}

/// Fits of Hodgkin-Huxley models.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Hh {
    /// Parameters to fit.
    pub fit: Vec<String>,
    /// Values of the others, where they are not the model's defaults.
    pub fixed: BTreeMap<String, Quantity>,
    /// Random starts within the bounds.
    pub starts: usize,
    /// Longest step, ms.
    pub dt: f64,
    /// Part of the sweep that is fitted first, grown in steps to the whole.
    pub windows: Vec<f64>,
    /// Most iterations in each window.
    pub iterations: u32,
    /// Left out around spikes where samples are further apart than 0.1 ms, ms before and after.
    pub mask: [f64; 2],
    /// Potential at the start; the median of the first 5 ms where it is null.
    pub v_start: Option<Quantity>,
    /// Membrane area, um2, for models of current densities.
    pub area_um2: f64,
}

impl Default for Hh {
    fn default() -> Self {
        Self {
            fit: ["g_L", "g_Na", "g_K", "V_T"].map(String::from).into(),
            fixed: BTreeMap::new(),
            starts: 64,
            dt: 0.025,
            windows: vec![0.25, 0.5, 1.0],
            iterations: 60,
            mask: [1.0, 2.0],
            v_start: None,
            area_um2: 20_000.0,
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

/// Refuses what no fit can be made of; gives the bounds of a model's parameters in their units.
pub fn check(config: &Config<FitConfig>) -> Result<BTreeMap<String, (f64, f64)>, ConfigError> {
    let c = &config.value;
    let model = kernels::find_for(&c.model, kernels::Use::Scan).filter(|_| MODELS.contains(&c.model.as_str()));
    let Some(model) = model else { return Err(config.unknown("model", &c.model, MODELS)) };
    config.quantity("spike_level", &c.spike_level, "mV")?;
    config.quantity("zoom", &c.zoom, "ms")?;
    if let Some(v) = &c.hh.v_start {
        config.quantity("hh.v_start", v, "mV")?;
    }
    if let Some(t) = &c.t_ref {
        let t = config.quantity("t_ref", t, "ms")?;
        if !(0.0..=20.0).contains(&t) {
            return Err(config.error("t_ref", format!("{t} ms is not within 0 to 20 ms")));
        }
    }
    let positive = [
        ("membrane.tau_m_value", c.membrane.tau_m_value),
        ("membrane.edge_weight", c.membrane.edge_weight),
        ("threshold.dt", c.threshold.dt_value),
        ("threshold.timing_error", c.threshold.timing_error),
        ("hh.dt", c.hh.dt),
        ("hh.area_um2", c.hh.area_um2),
    ];
    for (key, x) in positive {
        if !(x.is_finite() && x > 0.0) {
            return Err(config.error(key, format!("{x} must be a number above 0")));
        }
    }
    let lists = [
        ("membrane.tau_m_starts", c.membrane.tau_m_starts.clone()),
        ("membrane.tau_starts", c.membrane.tau_starts.concat()),
        ("threshold.time_constants", c.threshold.time_constants.concat()),
        ("threshold.tau_u", c.threshold.tau_u.clone()),
        ("hh.windows", c.hh.windows.clone()),
    ];
    for (key, list) in lists {
        if list.is_empty() || list.iter().any(|x| !(x.is_finite() && *x > 0.0)) {
            return Err(config.error(key, "needs at least one number, all above 0"));
        }
    }
    if c.threshold.c_u.is_empty() || c.hh.starts == 0 {
        let key = if c.hh.starts == 0 { "hh.starts" } else { "threshold.c_u" };
        return Err(config.error(key, "needs at least one start"));
    }
    let mut bounds: BTreeMap<_, _> = model.param.iter().map(|f| (f.name.to_string(), f.bounds)).collect();
    if model.name == "gif" {
        bounds.extend(GIF_BOUNDS.map(|(name, low, high)| (name.to_string(), (low, high))));
    }
    let known = || model.param.iter().map(|f| f.name.to_string());
    for (name, pair) in &c.bounds {
        let key = format!("bounds.{name}");
        let Some(field) = model.param.iter().find(|f| f.name == name.as_str()) else {
            return Err(config.unknown(&key, name, known()));
        };
        let [low, high] = [config.quantity(&key, &pair[0], field.unit)?, config.quantity(&key, &pair[1], field.unit)?];
        if !(low.is_finite() && high.is_finite() && low < high) {
            let message = format!("the bounds {low} to {high} {} leave no value; give the lower one first", field.unit);
            return Err(config.error(&key, message));
        }
        let log = super::membrane::FIELDS.iter().chain(&super::threshold::FIELDS).any(|(n, log)| n == name && *log);
        if log && low <= 0.0 {
            return Err(config.error(&key, format!("{name} is fitted as a logarithm; its lower bound must be above 0")));
        }
        bounds.insert(name.clone(), (low, high));
    }
    for name in c.hh.fit.iter().chain(c.hh.fixed.keys()).filter(|_| model.name != "gif") {
        if !known().any(|k| k == *name) {
            return Err(config.unknown("hh", name, known()));
        }
    }
    Ok(bounds)
}

/// Bounds of `gif` on real cells: the three after-spike time constants do not overlap.
const GIF_BOUNDS: [(&str, f64, f64); 17] = [
    ("c_m", 10.0, 2000.0),
    ("g_L", 0.5, 100.0),
    ("E_L", -100.0, -40.0),
    ("V_reset", -95.0, -20.0),
    ("a_1", -3000.0, 3000.0),
    ("a_2", -3000.0, 3000.0),
    ("a_3", -3000.0, 3000.0),
    ("tau_1", 2.0, 15.0),
    ("tau_2", 15.0, 100.0),
    ("tau_3", 100.0, 600.0),
    ("V_th", -90.0, 0.0),
    ("b_1", 0.0, 60.0),
    ("b_2", 0.0, 20.0),
    ("T_1", 5.0, 50.0),
    ("T_2", 60.0, 500.0),
    ("c_u", 0.0, 0.95),
    ("tau_u", 5.0, 200.0),
];
