//! From a config to the model, strategy and settings of a fit, or to the key that no fit can be made of.

use super::{ElectrodeConfig, ElectrodePart, FitConfig, VoltageConfig};
use crate::electrode::Electrode;
use crate::features::SpikeDetector;
use crate::fit::FitError;
use crate::fit::coordinates::Scale;
use crate::fit::electrode::FittedElectrode;
use crate::fit::registry::Registry;
use crate::fit::settings::{FitLoss, FitSettings, Voltage};
use crate::fit::state;
use crate::fit::strategies::USUAL;
use crate::fit::strategy::{Strategy, Subject};
use crate::objective::RunObjective;
use brain_core::Backend;
use brain_core::config::{self, Config, ConfigError, Quantity};
use brain_core::family::{Choice, SettingsReader};
use brain_core::optim::search::{Needs, Optimiser};
use kernels::equations::Field;
use std::path::PathBuf;
use std::sync::Arc;

/// A fit that can begin: what is fitted, how, and with which settings.
pub struct Resolved {
    /// The model.
    pub subject: Subject,
    /// How it is fitted.
    pub strategy: &'static dyn Strategy,
    /// The settings in the model's units.
    pub settings: FitSettings,
    /// What of the electrode is known.
    pub electrode: Electrode,
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
        let resolved = |choice: &Choice| registry.optimisers.resolve_at(config, "optimiser", choice);
        config.value.optimiser = config.value.optimiser.as_ref().map(resolved).transpose()?;
        let resolved = |choice: &Choice| registry.objectives.resolve_at(config, "objective", choice);
        config.value.objective = config.value.objective.as_ref().map(resolved).transpose()?;
        let (config, c) = (&*config, &config.value);
        let spike_level =
            c.spike_level.as_ref().map(|level| config.quantity("spike_level", level, "mV")).transpose()?;
        let zoom = config.quantity("zoom", &c.zoom, "ms")?;
        let names = registry.models.iter().filter(|m| !m.follows_recording()).map(|m| m.cell().name);
        let names: Vec<&str> = names.collect();
        if !names.contains(&c.model.as_str()) {
            return Err(config.unknown("model", &c.model, names).into());
        }
        c.check_numbers(config)?;
        c.check_ranges(config)?;
        let subject = Subject::new(&registry.models, &c.model, SpikeDetector::default().threshold_mv, backend)?;
        let strategy = c.strategy(config, registry, &subject)?;
        c.check_loss(config, registry, strategy)?;
        let param = subject.model().cell().param;

        let mut settings = FitSettings::of_model(param);
        settings.seed = c.seed;
        settings.profile = c.profile;
        settings.spike_level = spike_level.unwrap_or(settings.spike_level);
        settings.t_ref = c.t_ref.as_ref().map(|t| config.quantity("t_ref", t, "ms")).transpose()?;
        if let Some(t) = settings.t_ref.filter(|t| !(0.0..=20.0).contains(t)) {
            return Err(config.error("t_ref", format!("{t} ms is not within 0 to 20 ms")).into());
        }
        settings.per_pa = c.voltage.per_pa(subject.model().input.first());
        settings.v_start =
            c.voltage.v_start.as_ref().map(|v| config.quantity("voltage.v_start", v, "mV")).transpose()?;
        settings.loss = FitLoss { losses: registry.losses.clone(), choice: c.loss.clone() };
        let reader = SettingsReader::new(c.voltage.dt)?;
        let built = |choice: &Choice| registry.optimisers.build_at(config, "optimiser", choice, &reader);
        settings.optimiser = c.optimiser.as_ref().map(built).transpose()?.map(Arc::from);
        settings.objective = c.built_objective(config, registry, strategy, settings.optimiser.as_deref())?;
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
        settings.electrode = c.fitted_electrode(config, registry, strategy)?;
        let electrode = c.electrode.known(config)?;
        Ok(Resolved { subject, strategy, settings, electrode, zoom })
    }

    /// The text of a config of an earlier version as this version writes it; none where it cannot be read.
    pub fn rewritten(text: &str) -> Option<String> {
        let mut config = config::parse::<Self>(state::FILE, text, &[""; 0]).ok()?;
        config.value.upgrade();
        config.value.to_stored().ok()
    }

    /// The text of the config as checkpoints hold it: without the folder, so that equal fits leave equal files.
    pub fn to_stored(&self) -> Result<String, ConfigError> {
        config::to_yaml(&Self { out: PathBuf::new(), ..self.clone() })
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
            if let Some(found) =
                registry.strategies.iter().copied().find(|s| s.takes_objective()).filter(|_| self.objective.is_some())
            {
                return Ok(found);
            }
            let suiting = registry.strategy_for(subject);
            return suiting.ok_or_else(|| FitError::NoStrategy { model: subject.model().name.into() });
        };
        let strategies = registry.strategies.iter().copied();
        let found = strategies.clone().find(|s| s.name() == name);
        Ok(found.ok_or_else(|| config.unknown("strategy", name, strategies.map(|s| s.name())))?)
    }

    /// Builds the objective of the free run; it fails if the strategy takes none, or the optimiser finds no way with it.
    fn built_objective(
        &self,
        config: &Config<Self>,
        registry: &Registry,
        strategy: &dyn Strategy,
        optimiser: Option<&dyn Optimiser>,
    ) -> Result<Option<Arc<dyn RunObjective>>, FitError> {
        let refused = |message: String| Err(config.error("objective", message).into());
        let choice = match (&self.objective, strategy.takes_objective()) {
            (None, false) => return Ok(None),
            (None, true) => return Err(FitError::NoObjective),
            (Some(_), false) => {
                let name = strategy.name();
                return refused(format!(
                    "the strategy `{name}` has objectives of its own; leave `strategy` or `objective` out"
                ));
            }
            (Some(choice), true) => choice,
        };
        let reader = SettingsReader::new(self.voltage.dt)?;
        let objective = registry.objectives.build_at(config, "objective", choice, &reader)?;
        let (name, needs) = optimiser.map_or(("", Needs::Loss), |optimiser| (optimiser.name(), optimiser.needs()));
        let able = || -> String {
            let of_losses = |name: &&str| {
                let built = registry.optimisers.build(&Choice::named(*name), &reader);
                built.is_ok_and(|built| built.needs() == Needs::Loss)
            };
            let names: Vec<&str> = registry.optimisers.names().filter(of_losses).collect();
            format!("`{}`", names.join("`, `"))
        };
        match (needs, objective.no_gradient()) {
            (Needs::Normal, _) => refused(format!(
                "`{}` is no sum of squares, which the optimiser `{name}` needs; leave `optimiser` out, or take one of {}",
                objective.name(),
                able()
            )),
            (Needs::Gradient, Some(why)) => refused(format!(
                "`{}` has no gradient for the optimiser `{name}` to follow: {why}; leave `optimiser` out, or take one of {}",
                objective.name(),
                able()
            )),
            _ => Ok(Some(objective.into())),
        }
    }

    /// Fails if there is no such loss, or the strategy does not fit by it.
    fn check_loss(&self, config: &Config<Self>, registry: &Registry, strategy: &dyn Strategy) -> Result<(), FitError> {
        let reader = SettingsReader::new(self.voltage.dt)?;
        let loss = registry.losses.build_at(config, "loss", &self.loss, &reader)?;
        if strategy.takes(&*loss) {
            return Ok(());
        }
        let able: Vec<&str> = registry.strategies.iter().filter(|s| s.takes(&*loss)).map(|s| s.name()).collect();
        let (name, loss) = (strategy.name(), loss.name());
        let message = match able.is_empty() {
            true => format!(
                "the strategy `{name}` does not fit by `{loss}`, which is no loss of single samples; leave `loss` out"
            ),
            false => format!(
                "the strategy `{name}` needs least squares and does not fit by `{loss}`; `strategy: {}` does, or leave `loss` out",
                able.join("` or `strategy: ")
            ),
        };
        Err(config.error("loss", message).into())
    }

    /// Gives what of the electrode is fitted; it fails if the strategy cannot do it.
    fn fitted_electrode(
        &self,
        config: &Config<Self>,
        registry: &Registry,
        strategy: &dyn Strategy,
    ) -> Result<FittedElectrode, FitError> {
        let fitted =
            FittedElectrode { resistance: self.electrode.series_resistance.fit, offset: self.electrode.offset.fit };
        let reader = SettingsReader::new(self.voltage.dt)?;
        let squares = registry.losses.build_at(config, "loss", &self.loss, &reader)?.is_squared_error();
        if !fitted.any() || (strategy.fits_electrode() && squares) {
            return Ok(fitted);
        }
        let able: Vec<&str> = registry.strategies.iter().filter(|s| s.fits_electrode()).map(|s| s.name()).collect();
        let message = match squares {
            true => format!(
                "the strategy `{}` does not fit the electrode; give its `value`, or take one that does: `{}`",
                strategy.name(),
                able.join("`, `")
            ),
            false => {
                format!("the electrode is fitted by squared errors, not by `{}`; leave `loss` out", self.loss.name)
            }
        };
        Err(config.error("electrode", message).into())
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

impl ElectrodeConfig {
    /// Gives what is known of the electrode.
    fn known(&self, config: &Config<FitConfig>) -> Result<Electrode, ConfigError> {
        let value = |key: &str, part: &ElectrodePart, unit: &str, most: f64| {
            let key = format!("electrode.{key}.value");
            let value = config.quantity(&key, &part.value, unit)?;
            match value.abs() <= most {
                true => Ok(value),
                false => Err(config.error(&key, format!("{value} {unit} is not within -{most} to {most} {unit}"))),
            }
        };
        Ok(Electrode {
            series_resistance_mohm: value("series_resistance", &self.series_resistance, "MOhm", 1000.0)?,
            offset_mv: value("offset", &self.offset, "mV", 100.0)?,
        })
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
