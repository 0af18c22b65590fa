//! This module computes the rate of a leaky integrate-and-fire neuron with noisy input.

/// Simpson's rule divides the range into this many intervals.
const INTERVALS: usize = 1 << 14;
/// Above this `y` `exp(y^2)` overflows, and the rate is below 1e-280 Hz.
const HIGHEST: f64 = 26.0;
/// Coloured noise shifts threshold and reset by this factor times `sqrt(tau_syn / tau_m)`, in units of `sigma`; it is
/// `sqrt(2) |zeta(1/2)| / 2`.
const COLOUR: f64 = 1.032_626_6;

/// A leaky integrate-and-fire neuron obeys `tau_m dV/dt = -(V - E_L) + mu + sigma sqrt(tau_m) xi(t)`, where `xi` is
/// white noise of unit intensity. Without a threshold its potential has the mean `E_L + mu` and the variance `sigma^2 /
/// 2`.
///
/// ```
/// let neuron = brain_net::analysis::Siegert {
///     tau_m_ms: 10.0, tau_syn_ms: 0.0, t_ref_ms: 2.0, threshold_mv: 15.0, reset_mv: 0.0, mu_mv: 15.0, sigma_mv: 1.5f64.sqrt(),
/// };
/// assert!((neuron.rate_hz() - 27.1095934379).abs() < 1e-8);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Siegert {
    /// The membrane relaxes with this time constant, ms.
    pub tau_m_ms: f64,
    /// Synaptic currents decay exponentially with this time constant, ms; it is 0 for white noise.
    pub tau_syn_ms: f64,
    /// The neuron is refractory for this time after a spike, ms.
    pub t_ref_ms: f64,
    /// The neuron spikes at this potential relative to rest, mV.
    pub threshold_mv: f64,
    /// The potential is this far from rest after a spike, mV.
    pub reset_mv: f64,
    /// The input has this mean `mu`, mV.
    pub mu_mv: f64,
    /// The noise has this amplitude `sigma`, mV.
    pub sigma_mv: f64,
}

impl Siegert {
    /// Adds Poisson events of rate `rate_hz` that each raise the potential by `jump_mv`. They contribute `J r tau_m` to
    /// `mu` and `J^2 r tau_m` to `sigma^2` (Campbell's theorem).
    pub fn with_events(self, rate_hz: f64, jump_mv: f64) -> Self {
        let count = rate_hz * self.tau_m_ms * 1e-3;
        let sigma_mv = self.sigma_mv.hypot(jump_mv * count.sqrt());
        Self { mu_mv: self.mu_mv + jump_mv * count, sigma_mv, ..self }
    }

    /// Computes the rate, Hz, by the formula of Siegert 1951 (<https://doi.org/10.1103/PhysRev.81.617>; Amit and Brunel
    /// 1997, <https://doi.org/10.1093/cercor/7.3.237>):
    ///
    /// ```text
    /// 1 / r = t_ref + tau_m sqrt(pi) integral from y_r to y_th of exp(u^2) (1 + erf u) du,   y = (V - mu) / sigma
    /// ```
    ///
    /// It is evaluated as `tau_m` times the integral from 0 of `exp(-z^2) (exp(2 y_th z) - exp(2 y_r z)) / z` (Brunel
    /// and Hakim 1999, <https://doi.org/10.1162/089976699300016179>) by Simpson's rule. With synaptic currents of time
    /// constant `tau_syn` both ends move up by `sqrt(2) |zeta(1/2)| / 2 sqrt(tau_syn / tau_m)`, right for small
    /// `tau_syn / tau_m` (Fourcaud and Brunel 2002, <https://doi.org/10.1162/089976602320264015>). Without noise it is
    /// the rate of a constant input.
    pub fn rate_hz(&self) -> f64 {
        if self.sigma_mv <= 0.0 {
            let steady = ((self.mu_mv - self.reset_mv) / (self.mu_mv - self.threshold_mv)).ln();
            return if self.mu_mv > self.threshold_mv { 1e3 / (self.t_ref_ms + self.tau_m_ms * steady) } else { 0.0 };
        }
        let shift = COLOUR * (self.tau_syn_ms / self.tau_m_ms).sqrt();
        let end = |v: f64| (v - self.mu_mv) / self.sigma_mv + shift;
        let (y_r, y_th) = (end(self.reset_mv), end(self.threshold_mv));
        if y_th > HIGHEST {
            return 0.0;
        }
        let h = (y_th.max(0.0) + 7.0) / INTERVALS as f64;
        let f = |k: usize| {
            let z = k as f64 * h;
            // The exponents are summed first, since each exponential alone could overflow.
            let part = |y: f64| (z * (2.0 * y - z)).exp();
            if k == 0 { 2.0 * (y_th - y_r) } else { (part(y_th) - part(y_r)) / z }
        };
        let weight = |k: usize| if k == 0 || k == INTERVALS { 1.0 } else { [2.0, 4.0][k % 2] };
        let integral: f64 = (0..=INTERVALS).map(|k| weight(k) * f(k)).sum::<f64>() * h / 3.0;
        1e3 / (self.t_ref_ms + self.tau_m_ms * integral)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEURON: Siegert = Siegert {
        tau_m_ms: 10.0,
        tau_syn_ms: 0.0,
        t_ref_ms: 2.0,
        threshold_mv: 15.0,
        reset_mv: 0.0,
        mu_mv: 15.0,
        sigma_mv: 1.224_744_871_391_589,
    };

    #[test]
    fn rates_match_nest_and_the_limits_of_the_formula() {
        // This is the value of NEST's test of its siegert_neuron.
        assert!((NEURON.rate_hz() - 27.1095934379).abs() < 1e-8, "{}", NEURON.rate_hz());
        // With little noise the rate is that of a constant input, whose interval is t_ref + tau_m ln(20 / 5).
        let regular = 1e3 / (2.0 + 10.0 * 4f64.ln());
        for sigma_mv in [0.0, 0.02, 0.2] {
            let rate = Siegert { mu_mv: 20.0, sigma_mv, ..NEURON }.rate_hz();
            assert!((rate / regular - 1.0).abs() < 1e-3, "{sigma_mv}: {rate}, {regular}");
        }
        assert_eq!(Siegert { mu_mv: 10.0, sigma_mv: 0.0, ..NEURON }.rate_hz(), 0.0);
        assert!(Siegert { mu_mv: -50.0, sigma_mv: 0.5, ..NEURON }.rate_hz() == 0.0);
        assert!(Siegert { tau_syn_ms: 0.5, ..NEURON }.rate_hz() < NEURON.rate_hz());
    }

    #[test]
    fn events_add_up() {
        let quiet = Siegert { mu_mv: 0.0, sigma_mv: 0.0, ..NEURON };
        let driven = quiet.with_events(15_000.0, 0.1);
        assert!((driven.mu_mv - 15.0).abs() < 1e-12 && (driven.sigma_mv.powi(2) - 1.5).abs() < 1e-12, "{driven:?}");
        let both = driven.with_events(2_000.0, -0.5);
        assert!((both.mu_mv - 5.0).abs() < 1e-12 && (both.sigma_mv.powi(2) - 6.5).abs() < 1e-12, "{both:?}");
    }
}
