//! `brain-fit run`.

use super::arguments::{RunArgs, merged};
use super::compare::compare;
use super::fit::{Fitting, fit};
use crate::fit::state::Stop;
use crate::fit::{FitConfig, Registry};
use crate::report;
use anyhow::Result;
use brain_core::Dtype;

/// Fits a model, or several to compare them, to sweeps, predicts others, and writes parameters, scores, traces and a
/// figure. A fit ends early, and can be resumed, after the step for which `stop` holds.
///
/// # Errors
/// It fails with [`Failure`](report::Failure) where the fit gave no model that can be used; everything is written all the same.
pub fn run(options: &RunArgs, registry: &Registry, stop: Stop) -> Result<()> {
    let backend = options.place.backend(Dtype::F64)?;
    options.common.shared.machine.start()?;
    let mut config = merged(options)?;
    let (models, out) = (registry.asked_for(&config)?, config.value.out.clone());
    let fitting = Fitting { options, registry, backend: &backend };
    if options.common.print_config {
        let asked = config.value.model.clone();
        for model in models {
            config.value.model = model;
            FitConfig::resolve(&mut config, registry, &backend)?;
        }
        config.value.model = asked;
        print!("{}", config.value.docs(registry).commented(&config.value)?);
        return Ok(());
    }
    let metrics = match &models[..] {
        [model] => {
            config.value.model.clone_from(model);
            fit(&fitting, config, &out, stop)?
        }
        several => compare(&fitting, &config, several, stop)?,
    };
    if options.common.shared.json {
        println!("{}", serde_json::to_string_pretty(&metrics)?);
    } else if !options.common.quiet {
        print!("{}", report::comparison::text(&metrics.comparison));
        print!("{}", report::summary(&metrics.sweeps, &metrics.notes));
        let (figure, numbers) = (out.join("fit.png"), out.join(report::METRICS));
        println!("Look at {}; all numbers are in {}.", figure.display(), numbers.display());
    }
    metrics.failure().map_or(Ok(()), |failure| Err(failure.into()))
}
