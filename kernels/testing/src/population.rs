//! This module draws a population of any cell that spikes.

use kernels::{Cell, Spread};

/// A population and the target of a quadratic distance.
#[derive(Clone, Debug)]
pub struct DrawnPopulation {
    /// Time step, ms.
    pub dt: f64,
    /// Number of steps.
    pub steps: usize,
    /// Number of batch elements.
    pub batch: usize,
    /// Number of neurons.
    pub neurons: usize,
    /// Initial states, `[state, batch, neuron]`.
    pub start: Vec<f64>,
    /// Inputs in the order of `spread`.
    pub drive: Vec<f64>,
    /// Sharing of the inputs.
    pub spread: Spread,
    /// Parameters, `[parameter, neuron]`.
    pub params: Vec<f64>,
    /// Target of the first state variable, `[time, batch, neuron]`.
    pub target: Vec<f64>,
    /// Weights of the distance, `[time]`.
    pub weight: Vec<f64>,
}

/// Returns a number between -1 and 1 that depends on its position.
fn noise(key: [usize; 4]) -> f64 {
    let mix = |h: u64, k: usize| (h ^ k as u64).wrapping_mul(0x9E3779B97F4A7C15).rotate_left(29);
    let h = key.into_iter().fold(0x2545F4914F6CDD1D, mix).wrapping_mul(0xBF58476D1CE4E5B9);
    f64::from(((h >> 40) as f32 / (1u64 << 23) as f32) - 1.0)
}

impl DrawnPopulation {
    /// Makes a population of neurons that spike, each with its own parameters, drive and target. `size` is the number
    /// of neurons, steps and batch elements.
    pub fn new(kernel: &Cell, size: [usize; 3], spread: Spread) -> DrawnPopulation {
        DrawnPopulation::seeded(kernel, size, spread, 0)
    }

    /// Does the same as [`DrawnPopulation::new`] with different numbers for every seed.
    pub fn seeded(kernel: &Cell, [neurons, steps, batch]: [usize; 3], spread: Spread, seed: usize) -> DrawnPopulation {
        let noise = |[a, b, c, what]: [usize; 4]| noise([a, b, c, what + 16 * seed]);
        let single = |x: f64| f64::from(x as f32);
        let drive = kernel.reference_drive;
        let current = drive.current.unwrap_or(0.1 * kernel.input[0].bounds.1);
        let mut p = DrawnPopulation {
            dt: drive.dt,
            steps,
            batch,
            neurons,
            start: vec![],
            drive: vec![],
            spread,
            params: vec![],
            target: vec![],
            weight: (0..steps).map(|t| single(0.01 + 0.005 * noise([t, 0, 0, 5]))).collect(),
        };
        for (r, f) in kernel.param.iter().enumerate() {
            let size = if f.name == "t_ref" { 0.0 } else { 0.05 };
            p.params.extend((0..neurons).map(|n| single(f.default * (1.0 + size * noise([r, n, 0, 1])))));
        }
        for (s, f) in kernel.state.iter().enumerate() {
            let size = if f.unit == "mV" { 0.02 } else { 0.0 };
            for b in 0..batch {
                p.start.extend((0..neurons).map(|n| single(f.default * (1.0 + size * noise([s, n, b, 2])))));
            }
        }
        let (batches, columns) = match spread {
            Spread::Shared => (1, 1),
            Spread::Batch => (batch, 1),
            Spread::Neuron => (batch, neurons),
        };
        for t in 0..steps {
            for f in kernel.input {
                for b in 0..batches {
                    p.drive.extend((0..columns).map(|n| match &*f.name {
                        "z" => f64::from(noise([t, n, b, 3]) > 0.96),
                        // A recording that the neuron is coupled to: pulses that make it spike.
                        _ if f.unit == "1/ms" => single(1.0 + 0.3 * noise([t / 8, n, b, 4])),
                        _ if f.unit == "mV" => {
                            let pulse = if (t / 40) % 3 == 1 { 20.0 } else { -70.0 };
                            single(pulse + 5.0 * noise([t / 8, n, b, 7]))
                        }
                        _ => single(current * (1.0 + 0.3 * noise([t / 8, n, b, 4]))),
                    }));
                }
            }
        }
        for t in 0..steps {
            for b in 0..batch {
                p.target.extend((0..neurons).map(|n| single(kernel.state[0].default + 5.0 * noise([t / 4, n, b, 6]))));
            }
        }
        p
    }

    /// Returns the number of columns of a row.
    pub fn width(&self) -> usize {
        self.batch * self.neurons
    }
}
