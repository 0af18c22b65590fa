//! This module finds compiled cells by name; `kernels/registry.rs` lists them. A [`Registry`] is that list with the cells
//! of other crates.

use crate::{Cell, Use, variants};

macro_rules! cells {
    ($($name:literal $marker:ident: $neuron:ty => $($by:ident)|+;)*) => {
        $(
            #[doc = concat!("`", $name, "`: the equations of `", stringify!($neuron), "`.")]
            pub struct $marker;
        )*

        /// All compiled cells, in the order of the registry.
        pub static CELLS: &[Cell] = &[$(Cell::of::<$marker>()$(.$by())+.build()),*];
    };
}
include!("../registry.rs");
include!(concat!(env!("OUT_DIR"), "/cells.rs"));

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_every_cell_has_a_use() {
        for (k, cell) in CELLS.iter().enumerate() {
            assert!(CELLS[..k].iter().all(|c| c.name != cell.name), "{}", cell.name);
            assert!([Use::Scan, Use::Network, Use::Train].into_iter().any(|by| cell.serves(by)), "{}", cell.name);
            assert_eq!((cell.scan.is_some(), cell.train.is_some()), (cell.serves(Use::Scan), cell.serves(Use::Train)));
        }
    }

    #[test]
    fn a_cell_is_found_only_for_what_it_is_compiled_for() {
        assert!(find_for("lif", Use::Scan).is_some() && find_for("lif", Use::Train).is_none());
        assert!(find_for("lif-cond-exp", Use::Train).is_some() && find_for("lif-cond-exp", Use::Scan).is_none());
        assert!(find("no such cell").is_none());
    }

    #[test]
    fn a_cell_that_joins_takes_the_place_of_its_namesake() {
        let mut scanned = *find("glif3").unwrap();
        scanned.name = "lif-cond-exp";
        let all = Registry::default();
        let cells = all.clone().with(Box::leak(Box::new(scanned)));
        assert_eq!(cells.iter().count(), all.iter().count());
        assert!(
            all.find_for("lif-cond-exp", Use::Train).is_some() && cells.find_for("lif-cond-exp", Use::Train).is_none()
        );
        assert_eq!(cells.cells(Use::Scan).last().map(|c| c.source), find("glif3").map(|c| c.source));
    }
}
