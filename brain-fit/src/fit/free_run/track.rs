//! A track is what is kept of the free run of one parameter set: its spikes with their derivatives, and its potential on
//! a grid.

/// A spike, with derivatives w.r.t. the parameters.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spike {
    /// It rises through the level at this time, ms.
    pub up: f64,
    /// Derivative of that time.
    pub by_up: Vec<f64>,
    /// Its highest potential, mV.
    pub peak: f64,
    /// Derivative of that potential.
    pub by_peak: Vec<f64>,
    /// It falls through the level at this time, ms; later than any time while it has not.
    pub down: f64,
    /// Derivative of that time.
    pub by_down: Vec<f64>,
}

/// Where the potential is in a spike.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    Below,
    Rising,
    Falling,
}

/// Steps of a run with the sensitivities of one of its columns.
#[derive(Clone, Copy)]
pub struct Steps<'a, F> {
    /// The potential after each step, then its derivatives, `[step, 1 + parameter, column]`.
    pub rows: &'a [F],
    /// Number of columns.
    pub columns: usize,
    /// The column.
    pub column: usize,
    /// Number of parameters.
    pub parameters: usize,
}

impl<F: kernels::Precision> Steps<'_, F> {
    fn at(&self, step: usize, row: usize) -> f64 {
        self.rows[(step * (1 + self.parameters) + row) * self.columns + self.column].to()
    }

    /// Gives the potential after a step.
    pub fn v(&self, step: usize) -> f64 {
        self.at(step, 0)
    }

    /// Gives the sensitivities after a step.
    pub fn slopes(&self, step: usize) -> impl Iterator<Item = f64> + '_ {
        (1..=self.parameters).map(move |row| self.at(step, row))
    }
}

/// Gives the turning point of the parabola through three equally spaced values, and its derivatives w.r.t. them.
fn turning_point([before, at, after]: [f64; 3]) -> (f64, [f64; 3]) {
    let (difference, bend) = (before - after, before + after - 2.0 * at);
    let shift = if bend == 0.0 { 0.0 } else { 0.5 * difference / bend };
    let (odd, even) = (0.5 * shift, 0.5 * shift * shift);
    (at - 0.25 * difference * shift, [even - odd, 1.0 - 2.0 * even, even + odd])
}

/// What is kept of a free run.
#[derive(Clone, Debug)]
pub struct Track {
    parameters: usize,
    /// Step of the run, ms.
    dt: f64,
    /// Potential whose upward crossing is a spike, mV.
    level: f64,
    /// Number of steps between two points of the grid.
    every: usize,
    /// Number of steps seen.
    steps: usize,
    phase: Phase,
    /// Potentials after the last two steps, the last first.
    last: [f64; 2],
    by_last: [Vec<f64>; 2],
    /// The spikes.
    pub spikes: Vec<Spike>,
    v: Vec<f64>,
    /// Sensitivities on the grid, `[point, parameter]`.
    by_v: Vec<f32>,
}

impl Track {
    /// Starts the track of a run that begins at `v0`, mV, and has a step of `dt`, ms, of which every `every`-th is kept.
    /// A spike rises through `level`, mV.
    pub fn new(parameters: usize, dt: f64, every: usize, v0: f64, level: f64) -> Self {
        Self {
            parameters,
            dt,
            level,
            every,
            steps: 0,
            phase: Phase::Below,
            last: [v0; 2],
            by_last: [vec![0.0; parameters], vec![0.0; parameters]],
            spikes: Vec::new(),
            v: vec![v0],
            by_v: vec![0.0; parameters],
        }
    }

    /// Takes the next steps of the run.
    pub fn extend<F: kernels::Precision>(&mut self, steps: Steps<F>, count: usize) {
        for t in 0..count {
            let v = steps.v(t);
            self.detect(v, t, &steps);
            self.last = [v, self.last[0]];
            self.steps += 1;
            if self.steps.is_multiple_of(self.every) {
                self.v.push(v);
                self.by_v.extend(steps.slopes(t).map(|s| s as f32));
            }
        }
        if count > 0 {
            self.by_last = [self.before(&steps, count, 1), self.before(&steps, count, 2)];
        }
    }

    /// Sensitivities `back` steps before the end of step `t`, one or two.
    fn before<F: kernels::Precision>(&self, steps: &Steps<F>, t: usize, back: usize) -> Vec<f64> {
        match t.checked_sub(back) {
            Some(t) => steps.slopes(t).collect(),
            None => self.by_last[back - t - 1].clone(),
        }
    }

    /// The time at which the potential crosses the level in step `t`, and its derivative.
    fn crossing<F: kernels::Precision>(&self, v: f64, t: usize, steps: &Steps<F>) -> (f64, Vec<f64>) {
        let from = self.last[0];
        let part = (self.level - from) / (v - from);
        let per_mv = self.dt / (v - from);
        let by = self.before(steps, t, 1).into_iter().zip(steps.slopes(t));
        let by = by.map(|(a, b)| -(a * (1.0 - part) + b * part) * per_mv).collect();
        ((self.steps as f64 + part) * self.dt, by)
    }

    /// Looks for the events of a spike in step `t`, which ends at `v`.
    fn detect<F: kernels::Precision>(&mut self, v: f64, t: usize, steps: &Steps<F>) {
        let [last, before_last] = self.last;
        if self.phase == Phase::Below {
            if last < self.level && v >= self.level {
                let (up, by_up) = self.crossing(v, t, steps);
                let spike = Spike { up, by_up, peak: v, by_peak: steps.slopes(t).collect(), ..Spike::default() };
                self.spikes.push(Spike { down: f64::INFINITY, by_down: vec![0.0; self.parameters], ..spike });
                self.phase = Phase::Rising;
            }
            return;
        }
        if self.phase == Phase::Rising && v <= last {
            let (peak, [b, l, s]) = turning_point([before_last, last, v]);
            let (by_before, by_last) = (self.before(steps, t, 2), self.before(steps, t, 1));
            let by = by_before.iter().zip(&by_last).zip(steps.slopes(t));
            let by = by.map(|((before, last), now)| b * before + l * last + s * now).collect();
            let spike = self.spikes.last_mut().expect("a rising spike");
            (spike.peak, spike.by_peak) = (peak, by);
            self.phase = Phase::Falling;
        } else if self.phase == Phase::Falling && v > self.spikes.last().map_or(v, |s| s.peak) {
            self.phase = Phase::Rising;
        }
        if last >= self.level && v < self.level {
            let (down, by_down) = self.crossing(v, t, steps);
            let spike = self.spikes.last_mut().expect("a falling spike");
            (spike.down, spike.by_down) = (down, by_down);
            self.phase = Phase::Below;
        }
    }

    /// Gives the time that has passed, ms.
    pub fn time(&self) -> f64 {
        self.steps as f64 * self.dt
    }

    /// Gives the number of spikes that are over.
    pub fn whole_spikes(&self) -> usize {
        self.spikes.len() - usize::from(self.phase != Phase::Below)
    }

    /// Gives the number of parameters.
    pub fn parameters(&self) -> usize {
        self.parameters
    }

    /// Tells whether all numbers so far are finite.
    pub fn is_finite(&self) -> bool {
        self.last[0].is_finite() && self.by_last[0].iter().all(|s| s.is_finite())
    }

    /// Gives the points of the grid from one time to another, ms.
    pub fn points(&self, from: f64, to: f64) -> std::ops::Range<usize> {
        let grid = self.dt * self.every as f64;
        let at = |time: f64| ((time / grid).ceil().max(0.0) as usize).min(self.v.len());
        at(from)..at(to).max(at(from))
    }

    /// Gives the potential at a point of the grid, mV.
    pub fn v(&self, point: usize) -> f64 {
        self.v[point]
    }

    /// Gives the sensitivities of the potential at a point of the grid.
    pub fn by_v(&self, point: usize) -> &[f32] {
        &self.by_v[point * self.parameters..][..self.parameters]
    }

    /// Gives the lowest potential from one time to another, ms, with its derivatives; the points of the grid are joined by
    /// parabolas. It is none where there is no such point.
    pub fn lowest(&self, from: f64, to: f64) -> Option<(f64, Vec<f64>)> {
        let points = self.points(from, to);
        let lowest = points.clone().min_by(|&a, &b| self.v[a].total_cmp(&self.v[b]))?;
        let around = [lowest.max(1) - 1, lowest, (lowest + 1).min(self.v.len() - 1)];
        let inside = lowest > points.start && lowest + 1 < points.end;
        let (v, weights) = match inside {
            true => turning_point(around.map(|p| self.v[p])),
            false => (self.v[lowest], [0.0, 1.0, 0.0]),
        };
        let mut by = vec![0.0; self.parameters];
        for (p, weight) in around.into_iter().zip(weights) {
            by.iter_mut().zip(self.by_v(p)).for_each(|(by, &s)| *by += weight * f64::from(s));
        }
        Some((v, by))
    }

    /// Gives the potential at a time, its slope there, mV/ms, and its sensitivities, by straight lines between the points
    /// of the grid.
    pub fn at(&self, time: f64) -> (f64, f64, Vec<f64>) {
        let grid = self.dt * self.every as f64;
        let x = (time / grid).max(0.0);
        let i = (x as usize).min(self.v.len().saturating_sub(2));
        let next = (i + 1).min(self.v.len() - 1);
        let part = (x - i as f64).min(1.0);
        let by = self.by_v(i).iter().zip(self.by_v(next));
        let by = by.map(|(&a, &b)| f64::from(a) * (1.0 - part) + f64::from(b) * part).collect();
        (self.v[i] * (1.0 - part) + self.v[next] * part, (self.v[next] - self.v[i]) / grid, by)
    }
}
