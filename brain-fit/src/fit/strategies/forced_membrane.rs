//! What two strategies share of the membrane with the recorded spikes given: the refractory period is found after the
//! smooth coordinates, and the residuals of the best place tell its errors.

use crate::fit::FitError;
use crate::fit::columns::from_columns;
use crate::fit::coordinates::Coordinates;
use crate::fit::errors::{self, Known, PotentialRows, Profile, SweepNoise, potential};
use crate::fit::outcome::{at_bound, best, bic, independent_samples, ranked};
use crate::fit::refractory::{self, RefractoryPeriod, T_REF};
use crate::fit::settings::FitSettings;
use crate::fit::simulate::Simulator;
use crate::fit::state::FitSession;
use crate::fit::sweep::{FitSweep, refractory_period};
use brain_core::optim::{Evaluation, LevenbergMarquardt, LmConfig};

/// Refractory period where no spike shows it, ms.
const USUAL_PERIOD: f64 = 4.0;
/// Other places of the smooth coordinates from which the best refractory period is looked for.
const OTHERS: usize = 6;
/// Places are one where no coordinate differs by more than this part of its bounds.
const SAME: f64 = 1e-4;

/// Gives the refractory period of the settings, else that of the recorded spikes, ms.
pub(super) fn period_to_start_from(settings: &FitSettings, sweeps: &[FitSweep]) -> f64 {
    settings.t_ref.or_else(|| refractory_period(sweeps)).unwrap_or(USUAL_PERIOD)
}

/// The place at which the potential fits best, with what is known of it.
pub(super) struct Found {
    /// The coordinates without the refractory period.
    pub coordinates: Coordinates,
    /// Their values.
    pub z: Vec<f64>,
    /// All parameters.
    pub params: Vec<f64>,
    /// The loss there.
    pub loss: f64,
    /// How well the coordinates are determined.
    pub known: Known,
    /// The noise of each sweep.
    pub noise: Vec<SweepNoise>,
    /// The refractory period, where the potential was asked for it.
    pub period: Option<RefractoryPeriod>,
    /// Profile likelihoods, where they were asked for.
    pub profiles: Vec<Profile>,
    /// Bayesian information criterion of the potential.
    pub bic: Option<f64>,
}

/// The membrane of a model whose spikes are given.
pub(super) struct ForcedMembrane<'a> {
    /// The model.
    pub forced: &'a Simulator,
    /// The recorded sweeps, and the weight of each of their samples.
    pub sweeps: &'a [FitSweep],
    pub weights: &'a [Vec<f64>],
    /// What is fitted, and whether the refractory period is the last of it.
    pub coordinates: Coordinates,
    pub ends_in_period: bool,
    /// All parameters, of which the fitted ones are replaced.
    pub fixed: Vec<f64>,
    /// Bounds of the refractory period, ms, where it is not given.
    pub period: Option<(f64, f64)>,
    /// Whether profile likelihoods are asked for.
    pub profile: bool,
}

impl ForcedMembrane<'_> {
    /// Finds the refractory period and the errors from the best column of an optimiser; the grids of the period are stages
    /// `number` and the next.
    pub fn settle(
        &self,
        number: usize,
        lm: &LevenbergMarquardt,
        config: LmConfig,
        session: &mut FitSession,
        evaluate: impl Fn(&[f64]) -> Result<Evaluation, FitError>,
    ) -> Result<Found, FitError> {
        let winner = best(lm, "membrane")?;
        let (mut z, mut loss) = (lm.column(winner), lm.evaluation().loss[winner]);
        let range =
            self.period.filter(|_| self.ends_in_period).and_then(|bounds| refractory::range(self.sweeps, bounds));
        let mut tried = None;
        if let Some(range) = range {
            let dt = self.sweeps.iter().map(|s| s.dt).fold(0.0, f64::max);
            let mut optimise = |number, starts: Vec<f64>| {
                let mut lm = LevenbergMarquardt::new(starts, &self.coordinates.limits(), config)?;
                session.refine(number, "refractory period", &mut lm, config.max_iterations, |z, _, _| evaluate(z))?;
                let winner = best(&lm, "refractory period")?;
                Ok::<_, FitError>((lm, winner))
            };
            let (coarse, winner) = optimise(number, refractory::starts(&[z], &refractory::coarse(range, dt)))?;
            let near = coarse.column(winner);
            let values = refractory::fine(near[near.len() - 1], range, dt);
            // The places that another period chose may not be those from which the best one is found.
            let mut places = vec![near];
            for place in ranked(lm).into_iter().take(OTHERS).map(|i| lm.column(i)) {
                if !places[1..].iter().any(|other| same(other, &place, &self.coordinates.limits())) {
                    places.push(place);
                }
            }
            let (fine, winner) = optimise(number + 1, refractory::starts(&places, &values))?;
            (z, loss) = (fine.column(winner), fine.evaluation().loss[winner]);
            tried = Some((joined(&coarse, &fine), range));
        }
        let params = self.coordinates.params(&self.fixed, &z);
        let k = self.coordinates.len();
        let smooth = self.coordinates.filtered(|a| a + 1 < k || !self.ends_in_period);
        let z_smooth = z[..smooth.len()].to_vec();
        let row = |(s, w): (&FitSweep, &Vec<f64>)| {
            PotentialRows::new(self.forced.model, &smooth, &params, &z_smooth, s, w, f64::INFINITY)
        };
        let rows: Vec<PotentialRows> = self.sweeps.iter().zip(self.weights).map(row).collect::<Result<_, _>>()?;
        let fixed = at_bound(&smooth, &z_smooth);
        let (shares, noise) = potential::shares(&rows, &fixed);
        let mut known = Known::new(&shares, &fixed, None);
        let mut period = None;
        if let Some((columns, range)) = tried {
            let all = self.coordinates.params(&self.fixed, &columns);
            let found = RefractoryPeriod::new(
                self.forced,
                (&columns, &all),
                self.sweeps,
                self.weights,
                &noise,
                range,
                z[z.len() - 1],
            )?;
            known.doubt(&found.spread);
            period = Some(found);
        }
        let mut profiles = Vec::new();
        if self.profile {
            let errors: Vec<Option<f64>> = (0..smooth.len()).map(|a| known.error_of_interval(a)).collect();
            profiles = errors::profiles(&self.coordinates, &z, &errors, config, evaluate)?;
            let of_period = period.iter().map(|period| Profile::new(T_REF, period.profile.clone()));
            profiles.extend(of_period);
        }
        let k = smooth.len() + usize::from(period.is_some());
        let bic = bic(&noise, independent_samples(self.sweeps, self.weights), k);
        Ok(Found { coordinates: smooth, z: z_smooth, params, loss, known, noise, period, profiles, bic })
    }
}

/// Tells whether two places are the same but for what an optimiser leaves.
fn same(a: &[f64], b: &[f64], limits: &[(f64, f64)]) -> bool {
    a.iter().zip(b).zip(limits).all(|((a, b), (low, high))| (a - b).abs() <= SAME * (high - low))
}

/// Gives the best column of two optimisers for each value of the last coordinate.
fn joined(a: &LevenbergMarquardt, b: &LevenbergMarquardt) -> Vec<f64> {
    let columns = |lm: &LevenbergMarquardt| -> Vec<(f64, Vec<f64>)> {
        ranked(lm).into_iter().map(|i| (lm.evaluation().loss[i], lm.column(i))).collect()
    };
    let mut all = [columns(a), columns(b)].concat();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut kept: Vec<Vec<f64>> = Vec::new();
    for (_, z) in all {
        if kept.iter().all(|k| k.last() != z.last()) {
            kept.push(z);
        }
    }
    from_columns(&kept)
}
