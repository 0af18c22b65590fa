//! Ranges of a config's numbers beyond those that must be positive: weights, windows, lists without repeats.

use super::FitConfig;
use brain_core::config::{Config, ConfigError};

/// No model needs a shorter step, ms, and a sweep of seconds has millions of those that are shorter.
const SHORTEST: f64 = 1e-4;

impl FitConfig {
    /// Fails at the first weight, window or list that no fit can be made with.
    pub(super) fn check_ranges(&self, config: &Config<Self>) -> Result<(), ConfigError> {
        let (membrane, threshold, voltage) = (&self.membrane, &self.threshold, &self.voltage);
        let not_negative = [
            ("membrane.cut_before", membrane.cut_before),
            ("membrane.edge_window", membrane.edge_window),
            ("membrane.ridge", membrane.ridge),
            ("membrane.tau_m_weight", membrane.tau_m_weight),
            ("threshold.margin_weight", threshold.margin_weight),
            ("voltage.mask", voltage.mask[0]),
            ("voltage.mask", voltage.mask[1]),
        ];
        for (key, x) in not_negative {
            if !(x.is_finite() && x >= 0.0) {
                return Err(config.error(key, format!("{x} must be a number of at least 0")));
            }
        }
        for (key, dt) in [("threshold.dt", threshold.dt), ("voltage.dt", voltage.dt)] {
            if dt < SHORTEST {
                let message = format!("a step of {dt} ms is one that no run ends with; give at least {SHORTEST}");
                return Err(config.error(key, message));
            }
        }
        if let Some(c) = threshold.c_u.iter().find(|c| !(0.0..1.0).contains(*c)) {
            return Err(config.error("threshold.c_u", format!("{c} must be at least 0 and below 1")));
        }
        for (key, iterations) in [
            ("membrane.iterations", membrane.iterations),
            ("threshold.iterations", threshold.iterations),
            ("voltage.iterations", voltage.iterations),
        ] {
            if iterations == 0 {
                return Err(config.error(key, "0 iterations fit nothing; give at least 1"));
            }
        }
        let growing = voltage.windows.windows(2).all(|pair| pair[0] < pair[1]);
        if !growing || voltage.windows.iter().any(|part| *part > 1.0) {
            let message = "must grow, each a part of the sweep and none above 1, as in [0.25, 0.5, 1]";
            return Err(config.error("voltage.windows", message));
        }
        for (key, names) in [
            ("data.fit_sweeps", &self.data.fit_sweeps),
            ("data.test_sweeps", &self.data.test_sweeps),
            ("voltage.fit", &voltage.fit),
        ] {
            if let Some(name) = repeated(names) {
                return Err(config.error(key, format!("`{name}` is named twice; name it once")));
            }
        }
        if let Some(name) = voltage.fit.iter().find(|name| voltage.fixed.contains_key(*name)) {
            let message = format!("`{name}` is to be fitted (voltage.fit) and to keep its value; choose one");
            return Err(config.error(&format!("voltage.fixed.{name}"), message));
        }
        self.check_quantities(config)
    }

    fn check_quantities(&self, config: &Config<Self>) -> Result<(), ConfigError> {
        let zoom = config.quantity("zoom", &self.zoom, "ms")?;
        if !(zoom.is_finite() && zoom > 0.0) {
            return Err(config.error("zoom", format!("{zoom} ms must be above 0")));
        }
        let potentials = [("spike_level", &self.spike_level), ("voltage.v_start", &self.voltage.v_start)];
        for (key, quantity) in potentials {
            let Some(quantity) = quantity else { continue };
            let potential = config.quantity(key, quantity, "mV")?;
            if !(-150.0..=100.0).contains(&potential) {
                return Err(config.error(key, format!("{potential} mV is no membrane potential (-150 to 100 mV)")));
            }
        }
        Ok(())
    }
}

/// The first name that was named before.
pub(crate) fn repeated(names: &[String]) -> Option<&String> {
    names.iter().enumerate().find(|(k, name)| names[..*k].contains(name)).map(|(_, name)| name)
}
