//! The cells whose data are simulated and fitted.

/// A model with known parameters, and the currents under which it is recorded.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// The model.
    pub model: &'static str,
    /// Parameters that differ from the model's defaults.
    pub truth: &'static [(&'static str, f64)],
    /// Steps of current, in the unit of the model's input, that last from 100 ms to 80 ms before the end.
    pub steps: &'static [f64],
    /// Length of a sweep, ms.
    pub duration: f64,
    /// Step of the simulation and of the fit, ms; each is a sample.
    pub dt: f64,
    /// What is fitted; empty where the strategy chooses.
    pub fitted: &'static [&'static str],
    /// Bounds that differ from the model's, so that two currents keep their order, or so that random starts are not far from
    /// the truth.
    pub bounds: &'static [(&'static str, (f64, f64))],
    /// Random starts, or those of the strategy where it has its own.
    pub starts: usize,
}

/// The cases.
pub const CASES: [Case; 4] = [
    Case {
        model: "lif",
        truth: &[("C", 150.0), ("E_L", -68.0), ("tau_m", 15.0), ("V_th", -50.0), ("V_reset", -62.0), ("t_ref", 3.0)],
        steps: &[150.0, 215.0, 260.0, 320.0],
        duration: 500.0,
        dt: 0.1,
        fitted: &[],
        bounds: &[],
        starts: 4,
    },
    Case {
        model: "glif3",
        truth: &[
            ("c", 80.0),
            ("g", 4.0),
            ("E_L", -72.0),
            ("V_th", -48.0),
            ("V_reset", -60.0),
            ("t_ref", 4.0),
            ("k_1", 0.01),
            ("k_2", 0.1),
            ("a_1", -6.0),
            ("a_2", -30.0),
        ],
        steps: &[80.0, 140.0, 180.0, 220.0],
        duration: 500.0,
        dt: 0.2,
        fitted: &[],
        bounds: &[("k_1", (0.001, 0.03)), ("k_2", (0.03, 1.0)), ("t_ref", (2.0, 7.0))],
        starts: 4,
    },
    Case {
        model: "gif",
        truth: &[("E_L", -68.0), ("c_m", 150.0), ("V_th", -46.0)],
        steps: &[150.0, 320.0, 380.0, 450.0],
        duration: 600.0,
        dt: 0.2,
        fitted: &[],
        bounds: &[("t_ref", (2.0, 7.0))],
        starts: 1,
    },
    Case {
        model: "hh-traub",
        truth: &[],
        steps: &[0.1, 0.3, 0.5],
        duration: 250.0,
        dt: 0.025,
        fitted: &["g_L", "g_Na", "g_K", "V_T"],
        bounds: &[("g_L", (0.005, 0.02)), ("g_Na", (10.0, 40.0)), ("g_K", (3.0, 12.0)), ("V_T", (-67.0, -59.0))],
        starts: 6,
    },
];

/// The noise of a recording.
#[derive(Clone, Copy, Debug)]
pub struct Noise {
    /// Name.
    pub name: &'static str,
    /// Standard deviation, mV.
    pub sd: f64,
    /// Correlation time, ms; 0 for white noise.
    pub memory: f64,
}

/// The kinds of noise.
pub const NOISES: [Noise; 2] =
    [Noise { name: "white", sd: 0.5, memory: 0.0 }, Noise { name: "coloured", sd: 0.5, memory: 3.0 }];
