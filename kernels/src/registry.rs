//! This module finds compiled cells by name; `kernels/registry.rs` lists them.

use crate::{Cell, Use};

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
}
