//! Cells that are others with other defaults, as the cells of a paper are that share their equations. They share the
//! compiled functions too, and cost no time of a build.
//!
//! A line of the list adds one, and every [`Registry`](crate::Registry) has it.

use crate::{
    Cell,
    equations::{
        Field,
        models::{hh_pospischil, hh_pospischil_ca},
    },
    find,
};
use std::sync::LazyLock;

/// A cell with other defaults.
struct Variant {
    /// Its name in configs and checkpoints.
    name: &'static str,
    /// The cell whose equations it has.
    of: &'static str,
    /// What it is, in a few words.
    summary: &'static str,
    /// Defaults of parameters and states that are not those of the other cell.
    defaults: &'static [(&'static str, f64)],
}

const VARIANTS: &[Variant] = &[
    Variant {
        name: "hh-pospischil-fs",
        of: "hh-pospischil",
        summary: "fast-spiking Hodgkin-Huxley neuron with leak, Na, K and M currents",
        defaults: hh_pospischil::FS,
    },
    Variant {
        name: "hh-pospischil-lts",
        of: "hh-pospischil-ca",
        summary: "low-threshold spiking Hodgkin-Huxley neuron with leak, Na, K, M and T currents",
        defaults: hh_pospischil_ca::LTS,
    },
    Variant {
        name: "hh-pospischil-ib",
        of: "hh-pospischil-ca",
        summary: "intrinsically bursting Hodgkin-Huxley neuron with leak, Na, K, M and L currents",
        defaults: hh_pospischil_ca::IB,
    },
];

/// The cells of the list.
pub(crate) static CELLS: LazyLock<Vec<Cell>> = LazyLock::new(|| VARIANTS.iter().map(Variant::cell).collect());

impl Variant {
    fn cell(&self) -> Cell {
        let cell = find(self.of).expect("a variant names a cell of the registry");
        for (name, _) in self.defaults {
            assert!(cell.state.iter().chain(cell.param).any(|f| f.name == *name), "{} has no {name}", self.of);
        }
        Cell {
            name: self.name,
            summary: self.summary,
            state: self.fields(cell.state),
            param: self.fields(cell.param),
            ..*cell
        }
    }

    /// Returns the fields with the defaults of this variant; they live as long as the list does.
    fn fields(&self, fields: &[Field]) -> &'static [Field] {
        let default = |f: &Field| self.defaults.iter().find(|(name, _)| f.name == *name).map_or(f.default, |d| d.1);
        fields.iter().map(|f| Field { default: default(f), ..f.clone() }).collect::<Vec<_>>().leak()
    }
}
