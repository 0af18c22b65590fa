//! Prints the steps of every cell of the registry, and their derivatives as its uses need them, to `OUT_DIR`.

use codegen::Cells;
use equations::{Forced, models::*, receptors::*};

macro_rules! cells {
    ($($name:literal $marker:ident: $neuron:ty => $($by:ident)|+;)*) => {
        fn cells() -> Cells {
            Cells::new()$(.add::<$neuron>($name, concat!("crate::registry::", stringify!($marker)))$(.$by())+)*
        }
    };
}
include!("registry.rs");

fn main() {
    println!("cargo::rerun-if-changed=registry.rs");
    let cells = cells();
    cells.write();
    cells.write_network();
}
