//! This module checks the invariants of networks that come from outside.

use super::error::DaleViolation;
use super::{AnatomicalNetwork, Delays, Edges, NetworkError, Projection};
use kernels::network::{PerNeuron, PopulationKind, Weights};
use std::collections::HashSet;

impl AnatomicalNetwork {
    /// Fails unless names are unique, arrays fit each other, targets ascend and exist, magnitudes are finite and not
    /// negative, signs are those of the presynaptic populations, and delays are at least one step.
    pub fn check(&self) -> Result<(), NetworkError> {
        let wrong = |what: &str, problem: String| Err(NetworkError::Inconsistent { what: what.into(), problem });
        let dt = self.graph.dt;
        if !(dt.is_finite() && dt > 0.0) {
            return wrong("network", format!("the step of {dt} ms is not positive"));
        }
        let mut names = HashSet::new();
        for p in self.populations() {
            let (name, n, anatomy) = (p.name(), p.size() as usize, p.anatomy);
            if name.is_empty() || !names.insert(name) {
                return wrong("network", format!("population `{name}` needs a name of its own"));
            }
            for (array, len) in [("positions", anatomy.positions.len()), ("labels", anatomy.labels.len())] {
                if len != 0 && len != n {
                    return wrong(name, format!("{len} {array} for {n} neurons"));
                }
            }
            if let PopulationKind::Named { params, .. } = &p.neurons.kind {
                for (field, values) in params {
                    if let PerNeuron::Each(values) = values
                        && values.len() != n
                    {
                        let problem =
                            format!("{} values of {field} for {n} neurons; give one or one each", values.len());
                        return wrong(name, problem);
                    }
                }
            }
            let mut end = 0;
            for s in &anatomy.segments {
                if s.start < end || s.end < s.start || s.end > p.size() {
                    return wrong(name, format!("area {} is neurons {}..{} of {n}", s.name, s.start, s.end));
                }
                end = s.end;
            }
        }
        names.clear();
        for p in &self.graph.projections {
            if p.name.is_empty() || !names.insert(p.name.as_str()) {
                return wrong("network", format!("projection `{}` needs a name of its own", p.name));
            }
            self.check_projection(p)?;
        }
        Ok(())
    }

    fn check_projection(&self, p: &Projection) -> Result<(), NetworkError> {
        let wrong = |problem: String| Err(NetworkError::Inconsistent { what: p.name.clone(), problem });
        if p.pre.max(p.post) >= self.anatomy.len() {
            return wrong(format!("there is no population {} or {}", p.pre, p.post));
        }
        let (pre, post) = (self.at(p.pre), self.at(p.post));
        let (rows, n) = (pre.size() as usize, p.synapses());
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
                source_neuron: pre.anatomy.label(pre_neuron as u32),
                target_neuron: post.anatomy.label(targets[k]),
                problem,
                population: pre.name().into(),
                sign: pre.sign().name(),
            }))
        };
        if p.sign != pre.sign() && n > 0 {
            let first = starts.iter().skip(1).position(|&o| o > 0).unwrap_or(0);
            return Err(dale(first, 0, format!("sign of a projection that is {}", p.sign.name())));
        }
        for i in 0..rows {
            let row = p.row(i);
            let own = &targets[row.clone()];
            if !own.is_sorted() {
                return wrong(format!("the targets of neuron {} do not ascend", pre.anatomy.label(i as u32)));
            }
            if let Some(t) = own.last().filter(|t| **t >= post.size()) {
                let problem = format!("neuron {i} projects to neuron {t} of the {} of `{}`", post.size(), post.name());
                return wrong(problem);
            }
            if let Some(k) = row.into_iter().find(|&k| !(weights.of(k).is_finite() && weights.of(k) >= 0.0)) {
                return Err(dale(i, k, format!("magnitude {}", weights.of(k))));
            }
        }
        Ok(())
    }
}
