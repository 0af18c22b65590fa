//! A checkpoint holds the state of all columns as arrays.

use super::LevenbergMarquardt;
use super::termination::STOPS;
use crate::checkpoint::{Array, Checkpoint, CheckpointError};

impl LevenbergMarquardt {
    /// Adds the whole state to a checkpoint, under `lm/`, without the bounds and settings, which come from the config.
    pub fn save(&self, checkpoint: &mut Checkpoint) -> Result<(), CheckpointError> {
        let (k, n) = (self.bounds.len(), self.columns);
        let rows = [
            ("lm/params", k, &self.params),
            ("lm/loss", 1, &self.at.loss),
            ("lm/gradient", k, &self.at.gradient),
            ("lm/jtj", k * (k + 1) / 2, &self.at.jtj),
            ("lm/damping", 1, &self.damping),
            ("lm/growth", 1, &self.growth),
        ];
        for (name, rows, values) in rows {
            checkpoint.insert(name, Array::new(vec![rows, n], values.clone())?);
        }
        checkpoint.insert("lm/evaluations", Array::new(vec![n], self.evaluations.clone())?);
        // 0 stands for a column that runs, then come the reasons in the order of `STOPS`.
        let code = |stop| STOPS.iter().position(|&s| Some(s) == stop).map_or(0, |i| i as u32 + 1);
        let codes: Vec<u32> = self.stop.iter().map(|&stop| code(stop)).collect();
        checkpoint.insert("lm/stop", Array::new(vec![n], codes)?);
        Ok(())
    }

    /// Takes the state out of a checkpoint; the number of parameters and columns must be the same.
    pub fn restore(&mut self, checkpoint: &mut Checkpoint) -> Result<(), CheckpointError> {
        let (k, n) = (self.bounds.len(), self.columns);
        let mut next = self.clone();
        let rows = [
            ("lm/params", k, &mut next.params),
            ("lm/loss", 1, &mut next.at.loss),
            ("lm/gradient", k, &mut next.at.gradient),
            ("lm/jtj", k * (k + 1) / 2, &mut next.at.jtj),
            ("lm/damping", 1, &mut next.damping),
            ("lm/growth", 1, &mut next.growth),
        ];
        for (name, rows, values) in rows {
            *values = checkpoint.take(name, &[rows, n])?;
        }
        next.evaluations = checkpoint.take("lm/evaluations", &[n])?;
        let codes: Vec<u32> = checkpoint.take("lm/stop", &[n])?;
        next.stop = codes.into_iter().map(|code| STOPS.get((code as usize).wrapping_sub(1)).copied()).collect();
        *self = next;
        Ok(())
    }
}
