//! Prints every model's step and its derivatives to `OUT_DIR`.

use codegen::Models;
use equations::{Forced, models::*};

macro_rules! models {
    ($($name:literal $marker:ident: $neuron:ty,)*) => {
        fn models() -> Models {
            Models::new()$(.add::<$neuron>($name, concat!("crate::", stringify!($marker))))*
        }
    };
}
include!("models.rs");

fn main() {
    println!("cargo::rerun-if-changed=models.rs");
    models().write();
}
