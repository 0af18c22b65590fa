//! Activity in windows of time.

/// Numbers of neurons in windows: `[window, trial, neuron]`.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowFeatures {
    /// How many windows there are.
    pub windows: usize,
    /// How many trials there are.
    pub trials: usize,
    /// How many neurons there are.
    pub neurons: usize,
    /// How many steps a window has.
    pub width: usize,
    /// The numbers, `[window, trial, neuron]`.
    pub values: Vec<f64>,
}

impl WindowFeatures {
    /// Makes zeros for so many steps in windows of `width` (at least 1); steps beyond the last whole window are left out.
    pub fn new(steps: usize, width: usize, trials: usize, neurons: usize) -> Self {
        let width = width.max(1);
        let windows = steps / width;
        Self { windows, trials, neurons, width, values: vec![0.0; windows * trials * neurons] }
    }

    /// Adds to the window of a step: 1 for a spike, a state over `width` for its mean in the window. What lies outside
    /// is left out.
    pub fn add(&mut self, step: usize, trial: usize, neuron: usize, amount: f64) {
        let window = step / self.width;
        if window < self.windows && trial < self.trials && neuron < self.neurons {
            self.values[(window * self.trials + trial) * self.neurons + neuron] += amount;
        }
    }

    /// The trials of a window, `[trial, neuron]`.
    pub fn window(&self, window: usize) -> &[f64] {
        let each = self.trials * self.neurons;
        &self.values[window * each..(window + 1) * each]
    }
}
