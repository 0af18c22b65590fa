//! These tests run device modules, loops included, on the host: the text for CUDA in both precisions and the text for
//! Metal, for every model, against the graph of its equations.

use crate::{
    derivatives::{reverse, tangent},
    host::{Host, compiler},
    states::disagreement,
};
use codegen::Language;
use kernels::{Cell, Level, Precision, Spread, Use, cells};
use kernels_testing::{DrawnPopulation, Engine, On};
use rayon::prelude::*;

/// Numbers of neurons, steps and batch elements: they are no multiples of a block or a segment, and are above and below
/// one of each.
const SIZES: [[usize; 3]; 3] = [[3, 150, 2], [33, 37, 2], [70, 5, 1]];

/// Compares all scans of a model with its equations. Returns the largest error.
fn scans<F: Precision>(kernel: &'static Cell, engine: impl Engine<F> + Copy, tolerance: f64) -> Result<f64, String> {
    let (mut worst, count) = (0.0f64, kernel.param.len());
    for (k, size) in SIZES.into_iter().enumerate() {
        let spread = [Spread::Neuron, Spread::Batch, Spread::Shared][k];
        let p = DrawnPopulation::new(kernel, size, spread);
        let (states, compared, _) = disagreement::<F>(kernel, &p, engine, tolerance)?;
        if compared < p.steps * p.width() {
            return Err(format!("a spike differs: {compared} steps of {}", p.steps * p.width()));
        }
        let gradients = reverse::<F>(kernel, &p, engine, tolerance)?;
        // With few parameters each thread carries one derivative, with all parameters several.
        let few: Vec<usize> = (0..count).rev().take(3).collect();
        let all: Vec<usize> = (0..count).collect();
        let sums =
            tangent::<F>(kernel, &p, &few, engine, tolerance)?.max(tangent::<F>(kernel, &p, &all, engine, tolerance)?);
        println!("{} {size:?} {spread:?}: {states:.1e} {gradients:.1e} {sums:.1e}", kernel.name);
        worst = worst.max(states).max(gradients).max(sums);
    }
    Ok(worst)
}

/// Returns how far the scans of a model may be from its equations: a tolerance, or in single precision four times the
/// error of the processor where that is more, as in models whose spikes rise exponentially.
fn allowed<F: Precision>(kernel: &'static Cell, tolerance: f64) -> f64 {
    if !F::SINGLE {
        return tolerance;
    }
    let error =
        scans::<F>(kernel, Level::best(), 1.0).unwrap_or_else(|e| panic!("{} on the processor: {e}", kernel.name));
    assert!(error < 0.02, "{} on the processor: {error}", kernel.name);
    tolerance.max(4.0 * error)
}

fn every_model<F: Precision>(language: Language, tolerance: f64) {
    let compiler = compiler();
    let failed: Vec<String> = cells(Use::Scan)
        .collect::<Vec<_>>()
        .par_iter()
        .filter_map(|kernel| {
            let host = Host::new::<F>(&compiler, kernel, language);
            scans::<F>(kernel, On(&host), allowed::<F>(kernel, tolerance))
                .err()
                .map(|e| format!("{}: {e}", kernel.name))
        })
        .collect();
    assert!(failed.is_empty(), "{language:?}:\n{}", failed.join("\n"));
}

#[test]
#[cfg_attr(not(cxx), ignore = "needs a C++ compiler: c++, g++, clang++ or CXX")]
fn cuda_text_in_double_precision_is_right() {
    every_model::<f64>(Language::Cuda, 1e-9);
}

#[test]
#[cfg_attr(not(cxx), ignore = "needs a C++ compiler: c++, g++, clang++ or CXX")]
fn cuda_text_in_single_precision_is_right() {
    every_model::<f32>(Language::Cuda, 2e-3);
}

#[test]
#[cfg_attr(not(cxx), ignore = "needs a C++ compiler: c++, g++, clang++ or CXX")]
fn metal_text_is_right() {
    every_model::<f32>(Language::Metal, 2e-3);
}

/// Faults of the text that the comparison must detect, each in another scan.
const FAULTS: [(&str, &str); 5] = [
    ("for (uint n = first; n < last; ++n)", "for (uint n = first; n + 1 < last; ++n)"),
    ("for (uint t = to; t-- > from;)", "for (uint t = to - 1; t-- > from;)"),
    ("if (group == 0) weights[kept * LANES + lane] = weight;", "if (group == 0) weights[lane] = weight;"),
    ("to[uint(run.slot[s]) * column.width] = y[s];", "to[uint(run.slot[s])] = y[s];"),
    ("sum += from[(size_t(outer) * run.parts + part) * run.inner + inner];", "sum += from[part * run.inner + inner];"),
];

#[test]
#[cfg_attr(not(cxx), ignore = "needs a C++ compiler: c++, g++, clang++ or CXX")]
fn a_fault_in_any_loop_is_found() {
    let compiler = compiler();
    let kernel = kernels::find("hh-pospischil").unwrap();
    FAULTS.par_iter().for_each(|(right, wrong)| {
        let host = Host::edited::<f64>(&compiler, kernel, Language::Cuda, |text| {
            assert!(text.contains(right), "no `{right}` to break");
            text.replace(right, wrong)
        });
        let found = scans::<f64>(kernel, On(&host), 1e-9);
        println!("`{wrong}`: {found:?}");
        assert!(found.is_err(), "`{wrong}` is not found");
    });
}
