//! `brain-fit run --model a,b,c`: several models are fitted to the same sweeps, each in a folder of its own, and the files of
//! the best become those of the run.

use super::fit::{Fitting, fit};
use crate::fit::state::Stop;
use crate::fit::{FitConfig, FitError};
use crate::report::comparison::{self, Candidate, FOLDER, TABLE};
use crate::report::{self, METRICS, Metrics};
use anyhow::{Context, Error, Result, anyhow};
use brain_core::Output;
use brain_core::config::Config;
use brain_core::interrupt::Interrupted;
use std::path::Path;
use std::rc::Rc;

/// Fits each of the models, and gives the metrics of the best, with all models ranked in them.
///
/// # Errors
/// It fails if no model can be fitted at all; one that fails beside others is listed with the reason.
pub(super) fn compare(fitting: &Fitting, config: &Config<FitConfig>, models: &[String], stop: Stop) -> Result<Metrics> {
    let (options, c) = (fitting.options, &config.value);
    let output = Output::create(&c.out)?;
    if !options.resume {
        let read = [&c.data.files[..], std::slice::from_ref(&options.config)].concat();
        report::remove_leftovers(&output, true, &read)?;
    }
    let stop: Rc<dyn Fn(u64) -> bool> = Rc::from(stop);
    let (mut fitted, mut refused) = (Vec::new(), Vec::new());
    for (k, model) in models.iter().enumerate() {
        if !options.common.quiet {
            eprintln!("model {} of {}: {model}", k + 1, models.len());
        }
        let mut config = config.clone();
        config.value.model.clone_from(model);
        let stop = Rc::clone(&stop);
        match fit(fitting, config, &output.path(FOLDER).join(model), Box::new(move |step| stop(step))) {
            Ok(metrics) => fitted.push((Candidate::new(model, Ok(&metrics)), metrics)),
            Err(error) => {
                let error = not_interrupted(error, model, &c.out)?;
                refused.push((Candidate::new(model, Err(format!("{error:#}"))), error));
            }
        }
    }
    fitted.sort_by(|(a, _), (b, _)| a.rank().0.cmp(&b.rank().0).then(a.rank().1.total_cmp(&b.rank().1)));
    let mut ranked: Vec<Candidate> = fitted.iter().map(|(candidate, _)| candidate.clone()).collect();
    ranked.extend(refused.iter().map(|(candidate, _)| candidate.clone()));
    let Some((best, mut metrics)) = fitted.into_iter().next() else {
        return Err(refused.into_iter().next().map_or_else(|| anyhow!("no model to fit"), |(_, error)| error));
    };
    let from = Output::create(output.path(FOLDER).join(&best.model))?;
    let files = metrics.files.clone();
    metrics.files.push(TABLE.to_owned());
    metrics.comparison = ranked;
    if let Some(failure) = metrics.failure() {
        metrics.reason = Some(format!("no model of {} can be used; {}: {}", models.len(), best.model, failure.reason));
    }
    output.write(METRICS, serde_json::to_string_pretty(&metrics)?)?;
    comparison::table(&output, &metrics.comparison)?;
    for file in files.iter().filter(|file| *file != METRICS) {
        let path = from.path(file);
        let bytes = std::fs::read(&path).with_context(|| format!("{}: cannot be read", path.display()))?;
        output.write(file, bytes)?;
    }
    Ok(metrics)
}

/// Gives an error back, unless Ctrl-C caused it: the whole run is to go on then, not that of the model alone.
fn not_interrupted(error: Error, model: &str, out: &Path) -> Result<Error> {
    match error.downcast::<FitError>() {
        Ok(FitError::Interrupted(at)) => {
            Err(FitError::Interrupted(Interrupted { after: format!("{} of {model}", at.after), dir: out.into() })
                .into())
        }
        Ok(error) => Ok(error.into()),
        Err(error) => Ok(error),
    }
}
