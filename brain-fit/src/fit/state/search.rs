//! A stage of a fit that is minimised by an optimiser of the config's choice, in place of the strategy's own.
//!
//! The stage's bounds are the optimiser's unit box, and its starts are the optimiser's. What the search holds in the end,
//! the best first, becomes the columns of the stage, with the derivatives there, so that all that follows, such as
//! standard errors, is as after Levenberg and Marquardt's method.

use super::{FitSession, LOSS_ALONE};
use crate::fit::FitError;
use crate::fit::columns::from_columns;
use crate::fit::unit_box;
use brain_core::Progress;
use brain_core::Seed;
use brain_core::optim::search::{Archive, Needs, Optimiser, Search, least};
use brain_core::optim::{Evaluation, LevenbergMarquardt};
use std::sync::Arc;

/// An optimiser, and the seed of what it draws.
pub(super) struct Chosen {
    pub optimiser: Arc<dyn Optimiser>,
    pub seed: Seed,
}

impl FitSession {
    /// Runs stage `number` by an optimiser, and puts what it holds in the end into the columns of `lm`.
    pub(super) fn search(
        &mut self,
        number: usize,
        name: &str,
        lm: &mut LevenbergMarquardt,
        chosen: &Chosen,
        mut evaluate: impl FnMut(&[f64], &[f64], &[f64]) -> Result<Evaluation, FitError>,
    ) -> Result<(), FitError> {
        let stage = format!("stage-{number}");
        let bounds = lm.bounds().to_vec();
        if let Some(index) = bounds.iter().position(|(low, high)| !(low.is_finite() && high.is_finite())) {
            return Err(FitError::NoBox { optimiser: chosen.optimiser.name(), index });
        }
        let place = |z: Vec<f64>| bounds.iter().zip(z).map(|(&bounds, z)| unit_box::place(bounds, z)).collect();
        let coordinates = |places: &[Vec<f64>]| {
            let one =
                |z: &Vec<f64>| bounds.iter().zip(z).map(|(&bounds, &z)| unit_box::coordinate(bounds, z)).collect();
            from_columns(&places.iter().map(one).collect::<Vec<_>>())
        };
        let starts: Vec<Vec<f64>> = (0..lm.columns()).map(|i| place(lm.column(i))).collect();
        let derivatives = chosen.optimiser.needs() != Needs::Loss;
        let mut search = chosen.optimiser.begin(&starts, chosen.seed.nth(number as u64));
        let mut iteration = 0;
        if self.is_at(&stage) {
            if let Some(mut saved) = self.saved.take() {
                iteration = saved.meta.notes.get("iteration").and_then(|v| v.as_u64()).unwrap_or(0);
                search.archive(&mut Archive::restoring(&mut saved)).map_err(FitError::OtherStages)?;
            }
        } else if self.take_finished(&stage, lm)? {
            return Ok(());
        }
        let mut progress = Progress::new(name, chosen.optimiser.rounds(), self.quiet);
        loop {
            let places = search.ask();
            if places.is_empty() {
                break;
            }
            let n = places.len();
            let z = coordinates(&places);
            let above = vec![if derivatives { f64::INFINITY } else { LOSS_ALONE }; n];
            let mut found = evaluate(&z, &z, &above)?;
            unit_box::chain_rule(bounds.len(), &mut found, |a, _| unit_box::width(bounds[a]));
            search.tell(&found);
            self.evaluations += n as u64;
            self.gradient_evaluations += if derivatives { n as u64 } else { 0 };
            iteration += 1;
            self.step += 1;
            let best = least(&*search).map_or(f64::INFINITY, |(loss, _)| loss);
            self.log_row(number, iteration, best, n)?;
            progress.at(iteration, || format!("loss {best:.4} after {} evaluations", self.evaluations));
            self.save_search(&stage, iteration, &mut *search)?;
            self.stop_here()?;
        }
        let mut held = search.held();
        held.sort_by(|a, b| a.0.total_cmp(&b.0));
        // A search that holds fewer places than the stage has columns repeats them.
        let columns: Vec<Vec<f64>> = (0..lm.columns()).map(|i| held[i % held.len()].1.clone()).collect();
        let z = coordinates(&columns);
        let n = columns.len();
        let found = evaluate(&z, &z, &vec![f64::INFINITY; n])?;
        self.evaluations += n as u64;
        let slope = |i: &usize| found.gradient.iter().skip(*i).step_by(n).any(|g| *g != 0.0);
        self.gradient_evaluations += (0..n).filter(slope).count() as u64;
        lm.settle(z, found)?;
        let best = lm.evaluation().loss.iter().copied().fold(f64::INFINITY, f64::min);
        progress.finish(&format!("{iteration} iterations of {}, loss {best:.5}", chosen.optimiser.name()));
        self.keep(&stage, lm)
    }

    /// Minimises stage `number`, whose loss has no derivatives: by the optimiser of the config's choice where that needs
    /// none, else by `usual`, whose draws have this seed.
    pub fn minimise(
        &mut self,
        number: usize,
        name: &str,
        lm: &mut LevenbergMarquardt,
        usual: impl Optimiser + 'static,
        seed: u64,
        mut losses: impl FnMut(&[f64]) -> Result<Vec<f64>, FitError>,
    ) -> Result<(), FitError> {
        let k = lm.bounds().len();
        let flat = |loss: Vec<f64>| {
            let n = loss.len();
            Evaluation { loss, gradient: vec![0.0; k * n], jtj: vec![0.0; k * (k + 1) / 2 * n] }
        };
        let usual = Chosen { optimiser: Arc::new(usual), seed: Seed::new(seed).child("fit/search") };
        let chosen = self.chosen.take();
        let by = chosen.as_ref().filter(|chosen| chosen.optimiser.needs() == Needs::Loss).unwrap_or(&usual);
        let found = self.search(number, name, lm, by, |z, _, _| losses(z).map(flat));
        self.chosen = chosen;
        found
    }

    fn save_search(&self, stage: &str, iteration: u64, search: &mut dyn Search) -> Result<(), FitError> {
        let Some((output, _)) = &self.place else { return Ok(()) };
        let mut state = self.state(stage, iteration);
        search.archive(&mut Archive::saving(&mut state))?;
        Ok(state.save(&output.path(super::FILE))?)
    }
}
