//! A stage of a fit that is minimised by an optimiser of the config's choice, in place of the strategy's own.
//!
//! The stage's bounds are the optimiser's unit box, and its starts are the optimiser's. What the search holds in the end,
//! the best first, becomes the columns of the stage, with the derivatives there, so that all that follows, such as
//! standard errors, is as after Levenberg and Marquardt's method.

use super::{FitSession, LOSS_ALONE};
use crate::fit::FitError;
use crate::fit::columns::from_columns;
use brain_core::Progress;
use brain_core::Seed;
use brain_core::optim::search::{Archive, Needs, Optimiser, Search, least};
use brain_core::optim::{Evaluation, LevenbergMarquardt, packed};
use std::sync::Arc;

/// An optimiser, and the seed of what it draws.
pub(super) struct Chosen {
    pub optimiser: Arc<dyn Optimiser>,
    pub seed: Seed,
}

/// The bounds of a stage as a unit box.
struct Box01<'a>(&'a [(f64, f64)]);

impl Box01<'_> {
    fn width(&self, a: usize) -> f64 {
        self.0[a].1 - self.0[a].0
    }

    fn place(&self, z: &[f64]) -> Vec<f64> {
        let one = |(a, z): (usize, &f64)| match self.width(a) {
            width if width > 0.0 => ((z - self.0[a].0) / width).clamp(0.0, 1.0),
            _ => 0.0,
        };
        z.iter().enumerate().map(one).collect()
    }

    /// Gives coordinates `[coordinate, column]` at places of the box.
    fn coordinates(&self, places: &[Vec<f64>]) -> Vec<f64> {
        let one = |(a, z): (usize, &f64)| (self.0[a].0 + z * self.width(a)).min(self.0[a].1);
        from_columns(&places.iter().map(|place| place.iter().enumerate().map(one).collect()).collect::<Vec<_>>())
    }

    /// Turns derivatives w.r.t. the coordinates into those w.r.t. the place.
    fn chain_rule(&self, found: &mut Evaluation) {
        let (k, n) = (self.0.len(), found.loss.len());
        if found.gradient.is_empty() {
            return;
        }
        for a in 0..k {
            found.gradient[a * n..(a + 1) * n].iter_mut().for_each(|g| *g *= self.width(a));
            for b in a..k {
                let pair = packed(k, a, b) * n;
                let both = self.width(a) * self.width(b);
                found.jtj[pair..pair + n].iter_mut().for_each(|h| *h *= both);
            }
        }
    }
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
        let unit = Box01(&bounds);
        let starts: Vec<Vec<f64>> = (0..lm.columns()).map(|i| unit.place(&lm.column(i))).collect();
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
            let z = unit.coordinates(&places);
            let above = vec![if derivatives { f64::INFINITY } else { LOSS_ALONE }; n];
            let mut found = evaluate(&z, &z, &above)?;
            unit.chain_rule(&mut found);
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
        let z = unit.coordinates(&columns);
        let n = columns.len();
        let found = evaluate(&z, &z, &vec![f64::INFINITY; n])?;
        self.evaluations += n as u64;
        self.gradient_evaluations += n as u64;
        lm.settle(z, found)?;
        let best = lm.evaluation().loss.iter().copied().fold(f64::INFINITY, f64::min);
        progress.finish(&format!("{iteration} iterations of {}, loss {best:.5}", chosen.optimiser.name()));
        self.keep(&stage, lm)
    }

    fn save_search(&self, stage: &str, iteration: u64, search: &mut dyn Search) -> Result<(), FitError> {
        let Some((output, _)) = &self.place else { return Ok(()) };
        let mut state = self.state(stage, iteration);
        search.archive(&mut Archive::saving(&mut state))?;
        Ok(state.save(&output.path(super::FILE))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::columns::column;

    #[test]
    fn a_box_there_and_back() {
        let bounds = [(-80.0, -40.0), (2.0, 2.0), (1.0, 3.0)];
        let unit = Box01(&bounds);
        assert_eq!(unit.place(&[-70.0, 2.0, 5.0]), [0.25, 0.0, 1.0]);
        let z = unit.coordinates(&[vec![0.25, 0.5, 1.0], vec![1.0, 0.0, 0.0]]);
        assert_eq!((column(&z, 2, 0), column(&z, 2, 1)), (vec![-70.0, 2.0, 3.0], vec![-40.0, 2.0, 1.0]));
        let mut found = Evaluation { loss: vec![0.0], gradient: vec![1.0; 3], jtj: vec![1.0; 6] };
        unit.chain_rule(&mut found);
        assert_eq!(found.gradient, [40.0, 0.0, 2.0]);
        assert_eq!(found.jtj, [1600.0, 0.0, 80.0, 0.0, 0.0, 4.0]);
    }
}
