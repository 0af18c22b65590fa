//! Prints every model's step and its derivatives to `OUT_DIR`.

use equations::{Forced, Integrator, emit::rust_module, models::*, receptors::*, trace};
use std::{env, fs, path::Path};

macro_rules! models {
    ($($name:literal $marker:ident: $neuron:ty,)*) => {
        fn generated() -> String {
            let mut text = String::new();
            $(
                let mut step = trace::<$neuron>(Integrator::ExpEuler);
                step.name = $name;
                text += &rust_module(&step, concat!("crate::", stringify!($marker)));
            )*
            text
        }
    };
}
include!("models.rs");

macro_rules! cells {
    ($($name:literal $marker:ident: $neuron:ty,)*) => {
        fn generated_cells() -> String {
            let mut text = String::new();
            $(
                let mut step = trace::<$neuron>(Integrator::ExpEuler);
                step.name = $name;
                text += &rust_module(&step, concat!("crate::network::", stringify!($marker)));
            )*
            text
        }
    };
}
include!("cells.rs");

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=cells.rs");
    println!("cargo::rerun-if-changed=models.rs");
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&out).join("models.rs"), generated()).expect("OUT_DIR is writable");
    fs::write(Path::new(&out).join("cells.rs"), generated_cells()).expect("OUT_DIR is writable");
}
