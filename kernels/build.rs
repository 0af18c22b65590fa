//! Prints every model's step and its derivatives to `OUT_DIR`, and the steps of the networks' cells.

use codegen::Models;
use equations::{Forced, models::*, receptors::*};

macro_rules! models {
    ($($name:literal $marker:ident: $neuron:ty,)*) => {
        fn models() -> Models {
            Models::new()$(.add::<$neuron>($name, concat!("crate::", stringify!($marker))))*
        }
    };
}
include!("models.rs");

macro_rules! cells {
    ($($name:literal $marker:ident: $neuron:ty,)*) => {
        fn cells() -> Models {
            Models::new()$(.add::<$neuron>($name, concat!("crate::network::", stringify!($marker))))*
        }
    };
}
include!("cells.rs");

macro_rules! trained {
    ($($marker:ident,)*) => {
        const TRAINED: &[&str] = &[$(concat!("crate::network::", stringify!($marker))),*];
    };
}
include!("trained.rs");

fn main() {
    println!("cargo::rerun-if-changed=cells.rs");
    println!("cargo::rerun-if-changed=models.rs");
    println!("cargo::rerun-if-changed=trained.rs");
    models().write();
    cells().write_network(TRAINED);
    cells().write_host("cells.rs");
}
