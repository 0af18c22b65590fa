//! This module finds compiled cells by name; `kernels/registry.rs` lists them. A [`Registry`] is that list with the cells
//! of other crates.

use crate::{Cell, Use, variants};

macro_rules! cells {
    ($($name:literal $marker:ident: $neuron:ty => $($by:ident)|+;)*) => {
        /// Modules are compiled in parallel, and the code of a cell is compiled with the module of its type.
        #[allow(non_snake_case, reason = "a macro cannot make names")]
        mod modules {
            $(
                pub mod $marker {
                    #[doc = concat!("`", $name, "`: the equations of `", stringify!($neuron), "`.")]
                    pub struct $marker;
                }
            )*
        }
        $(pub use modules::$marker::$marker;)*

        /// All compiled cells, in the order of the registry.
        #[cfg(not(test))]
        pub static CELLS: &[Cell] = &[$(Cell::of::<$marker>()$(.$by())+.build()),*];
    };
}
include!("../registry.rs");
include!(concat!(env!("OUT_DIR"), "/cells.rs"));

/// The cells of unit tests. All the others are compiled once, for the library.
#[cfg(test)]
pub static CELLS: &[Cell] = &[Cell::of::<GifNetworkCond>().train().build(), Cell::of::<Readout>().train().build()];

/// Returns the cell of a name.
pub fn find(name: &str) -> Option<&'static Cell> {
    CELLS.iter().find(|c| c.name == name)
}

/// Returns the cell of a name if it is compiled for a use.
pub fn find_for(name: &str, by: Use) -> Option<&'static Cell> {
    find(name).filter(|c| c.serves(by))
}

/// Returns the cells that are compiled for a use, in the order of the registry.
pub fn cells(by: Use) -> impl Iterator<Item = &'static Cell> + Clone {
    CELLS.iter().filter(move |c| c.serves(by))
}

/// The cells that a program knows by name.
///
/// [`Registry::default`] has those of this crate, compiled ones and their variants with other defaults; a crate outside
/// adds its own and hands the registry to the entry points of the programs, which look names up in it alone.
///
/// ```
/// let mut other = *kernels::find("lif").unwrap();
/// other.name = "other";
/// let cells = kernels::Registry::default().with(Box::leak(Box::new(other)));
/// assert!(cells.find_for("other", kernels::Use::Network).is_some() && kernels::find("other").is_none());
/// ```
#[derive(Clone, Debug)]
pub struct Registry(Vec<&'static Cell>);

impl Default for Registry {
    fn default() -> Self {
        Registry(CELLS.iter().chain(variants::CELLS.iter()).collect())
    }
}

impl Registry {
    /// The same list with one more cell at its end; one of the same name gives way to it.
    pub fn with(mut self, cell: &'static Cell) -> Self {
        self.0.retain(|c| c.name != cell.name);
        self.0.push(cell);
        self
    }

    /// The cell of a name.
    pub fn find(&self, name: &str) -> Option<&'static Cell> {
        self.iter().find(|c| c.name == name)
    }

    /// The cell of a name, if it is compiled for a use.
    pub fn find_for(&self, name: &str, by: Use) -> Option<&'static Cell> {
        self.find(name).filter(|c| c.serves(by))
    }

    /// Every cell, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = &'static Cell> + Clone {
        self.0.iter().copied()
    }

    /// The cells that are compiled for a use.
    pub fn cells(&self, by: Use) -> impl Iterator<Item = &'static Cell> + Clone {
        self.iter().filter(move |c| c.serves(by))
    }
}
