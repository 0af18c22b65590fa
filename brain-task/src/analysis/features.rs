//! [`WindowFeatures`] is activity in windows of time.

/// Each neuron has a number in each window, `[window, trial, neuron]`, such as its count of spikes.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowFeatures {
    /// There are this many windows.
    pub windows: usize,
    /// There are this many trials.
    pub trials: usize,
    /// There are this many neurons.
    pub neurons: usize,
    /// A window has this many steps.
    pub width: usize,
    /// The numbers are stored as `[window, trial, neuron]`.
    pub values: Vec<f64>,
}

impl WindowFeatures {
    /// Makes zeros for so many steps in windows of `width` (at least 1); steps beyond the last whole window are left out.
    pub fn new(steps: usize, width: usize, trials: usize, neurons: usize) -> Self {
        let width = width.max(1);
        let windows = steps / width;
        Self { windows, trials, neurons, width, values: vec![0.0; windows * trials * neurons] }
    }

    /// Adds `amount` to the window of a step: 1 counts a spike, and a state divided by `width` makes its mean in the
    /// window. Steps outside of all windows are left out.
    pub fn add(&mut self, step: usize, trial: usize, neuron: usize, amount: f64) {
        let window = step / self.width;
        if window < self.windows && trial < self.trials && neuron < self.neurons {
            self.values[(window * self.trials + trial) * self.neurons + neuron] += amount;
        }
    }

    /// Returns the trials of a window, `[trial, neuron]`.
    pub fn window(&self, window: usize) -> &[f64] {
        let each = self.trials * self.neurons;
        &self.values[window * each..(window + 1) * each]
    }
}
