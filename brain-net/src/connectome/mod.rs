//! This module reads connectomes from files.
//!
//! | reader | files |
//! |---|---|
//! | [`EdgeList`] | CSV or TSV, one connection a row: C. elegans |
//! | [`MatrixFile`] | area-to-area matrices, with distances or coordinates: marmoset, macaque |
//! | [`ProbabilityTable`] | JSON, probabilities between populations: Potjans and Diesmann |
//! | [`sonata`] | HDF5 nodes and edges with CSV types: SONATA |
//!
//! Every reader checks what it reads and names the file and the row of what is wrong.

mod csr;
mod edges;
mod error;
mod mask;
mod matrix;
mod neurons;
mod probability;
mod sizes;
pub mod sonata;
mod table;

pub(crate) use csr::{Synapse, projection};
pub use edges::{Edge, EdgeColumns, EdgeList, EdgeOptions};
pub use error::{ConnectomeError, RowProblem};
pub use mask::Mask;
pub use matrix::{MatrixFile, Orientation};
pub use neurons::{NeuronEntry, NeuronTable};
pub use probability::{ModelScale, ProbabilityTable, SynapseParameters, WeightFactor};
pub use sizes::area_sizes;
