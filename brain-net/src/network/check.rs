//! This module checks the invariants of networks that come from outside.

use super::error::DaleViolation;
use super::{AnatomicalNetwork, Delays, Edges, NetworkError, Projection};
use kernels::network::Weights;
use std::collections::HashSet;

impl AnatomicalNetwork {
    /// Fails unless names are unique, arrays fit each other, targets ascend and exist, magnitudes are finite and not
    /// negative, signs are those of the presynaptic populations, and delays are at least one step.
    pub fn check(&self) -> Result<(), NetworkError> {
        let wrong = |what: &str, problem: String| Err(NetworkError::Inconsistent { what: what.into(), problem });
        if !(self.dt_ms.is_finite() && self.dt_ms > 0.0) {
            return wrong("network", format!("the step of {} ms is not positive", self.dt_ms));
        }
        let mut names = HashSet::new();
        for p in &self.populations {
            if p.name.is_empty() || !names.insert(&p.name) {
                return wrong("network", format!("population `{}` needs a name of its own", p.name));
            }
            let n = p.size as usize;
            for (array, len) in [("positions", p.positions.len()), ("labels", p.labels.len())] {
                if len != 0 && len != n {
                    return wrong(&p.name, format!("{len} {array} for {n} neurons"));
                }
            }
            if let Some((field, values)) = p.params.iter().find(|(_, v)| v.len() != 1 && v.len() != n) {
                return wrong(
                    &p.name,
                    format!("{} values of {field} for {n} neurons; give one or one each", values.len()),
                );
            }
            let mut end = 0;
            for s in &p.segments {
                if s.start < end || s.end < s.start || s.end > p.size {
                    return wrong(&p.name, format!("area {} is neurons {}..{} of {n}", s.name, s.start, s.end));
                }
                end = s.end;
            }
        }
        names.clear();
        for p in &self.projections {
            if p.name.is_empty() || !names.insert(&p.name) {
                return wrong("network", format!("projection `{}` needs a name of its own", p.name));
            }
            self.check_projection(p)?;
        }
        Ok(())
    }

    fn check_projection(&self, p: &Projection) -> Result<(), NetworkError> {
        let wrong = |problem: String| Err(NetworkError::Inconsistent { what: p.name.clone(), problem });
        let (Some(pre), Some(post)) = (self.populations.get(p.pre), self.populations.get(p.post)) else {
            return wrong(format!("there is no population {} or {}", p.pre, p.post));
        };
        let (rows, n) = (pre.size as usize, p.synapses());
        let Edges { starts, targets, weights, delays } = &p.edges;
        if p.first != 0 || starts.len() != rows + 1 || starts[0] != 0 || starts[rows] != n as u64 {
            return wrong(format!("{} starts of rows for {rows} neurons and {n} synapses", starts.len()));
        }
        if let Weights::Each(w) = weights
            && w.len() != n
        {
            return wrong(format!("{} weights for {n} synapses", w.len()));
        }
        match delays {
            Delays::Each(d) if d.len() != n => return wrong(format!("{} delays for {n} synapses", d.len())),
            delays if n > 0 && delays.range().0 == 0 => return wrong("a delay of no step; the shortest is 1".into()),
            _ => {}
        }
        if let Some(plastic) = p.plastic.as_ref().filter(|m| m.len() != n) {
            return wrong(format!("a mask of {} for {n} synapses", plastic.len()));
        }
        if !starts.is_sorted() {
            return wrong("the starts of rows do not ascend".into());
        }
        let dale = |pre_neuron: usize, k: usize, problem: String| {
            NetworkError::Dale(Box::new(DaleViolation {
                projection: p.name.clone(),
                synapse: k,
                source_neuron: pre.label(pre_neuron as u32),
                target_neuron: post.label(targets[k]),
                problem,
                population: pre.name.clone(),
                sign: pre.sign.name(),
            }))
        };
        if p.sign != pre.sign && n > 0 {
            let first = starts.iter().skip(1).position(|&o| o > 0).unwrap_or(0);
            return Err(dale(first, 0, format!("sign of a projection that is {}", p.sign.name())));
        }
        for i in 0..rows {
            let row = p.row(i);
            let own = &targets[row.clone()];
            if !own.is_sorted() {
                return wrong(format!("the targets of neuron {} do not ascend", pre.label(i as u32)));
            }
            if let Some(t) = own.last().filter(|t| **t >= post.size) {
                let problem = format!("neuron {} projects to neuron {t} of the {} of `{}`", i, post.size, post.name);
                return wrong(problem);
            }
            if let Some(k) = row.into_iter().find(|&k| !(weights.of(k).is_finite() && weights.of(k) >= 0.0)) {
                return Err(dale(i, k, format!("magnitude {}", weights.of(k))));
            }
        }
        Ok(())
    }
}
