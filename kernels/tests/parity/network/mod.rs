//! These tests run the device module of networks on the host: the text for CUDA in both precisions and the text for
//! Metal, against the processor's runs, whose gradients `tests/training` compares with plain networks.

mod large;
#[allow(dead_code)]
#[path = "../../training/reference.rs"]
mod reference;
#[allow(dead_code)]
#[path = "../../training/setup.rs"]
mod setup;

use crate::host::{Host, compiler};
use codegen::{Language, network_module};
use kernels::{
    Level, Precision, Use, cells,
    device::{Entry, network::host},
    network::bptt::*,
};
use kernels_testing::{compare, to};
use setup::Setup;
use std::path::Path;

/// Returns the text of the module.
pub fn text(language: Language, single: bool) -> String {
    network_module(&cells(Use::Train).map(|c| reference::step(c.name)).collect::<Vec<_>>(), language, single)
}

fn module<F: Precision>(compiler: &Path, language: Language) -> Host {
    Host::networks::<F>(compiler, language, text(language, F::SINGLE))
}

/// The recorded rows, and the gradients w.r.t. start, parameters, weights and drive.
type Results<F> = [Vec<F>; 5];

trait Run<F> {
    fn run(&self, circuit: &Circuit, run: &RunInputs<F>, rows: &mut [F], bars: &[F], out: Gradients<F>);
}

struct Processor;

impl<F: Precision> Run<F> for Processor {
    fn run(&self, circuit: &Circuit, run: &RunInputs<F>, rows: &mut [F], bars: &[F], out: Gradients<F>) {
        let history = forward(circuit, run, rows).unwrap();
        backward(circuit, run, &history, bars, out).unwrap();
    }
}

impl<F: Precision> Run<F> for Host {
    fn run(&self, circuit: &Circuit, run: &RunInputs<F>, rows: &mut [F], bars: &[F], out: Gradients<F>) {
        host::run(self, circuit, run, rows, bars, out).unwrap();
    }
}

fn results<F: Precision>(s: &Setup, on: &impl Run<F>) -> Results<F> {
    let [start, params, weights, drive, bars] =
        [&s.start, &s.params, &s.weights, &s.drive, &s.seeds()].map(|x| to::<F>(x));
    let run = RunInputs {
        steps: s.steps,
        batch: s.batch,
        start: &start,
        params: &params,
        weights: &weights,
        drive: &drive,
        drives: &s.drives,
        spikes: &s.spikes,
        record: &s.record,
        feedback: &s.feedback(&weights),
        level: Level::best(),
    };
    // The gradient w.r.t. a drive that the batch shares has a value for each batch element.
    let shared = |d: &Drive| if d.spread == Some(kernels::Spread::Shared) { d.inputs.len() } else { 0 };
    let more: usize = s.drives.iter().map(shared).sum();
    let by_drive = drive.len() + s.steps * more * (s.batch - 1);
    let lengths = [run.rows(&s.circuit), start.len(), params.len(), weights.len(), by_drive];
    let mut all = lengths.map(|n| vec![F::default(); n]);
    let [rows, start, params, weights, drive] = &mut all;
    on.run(&s.circuit, &run, rows, &bars, Gradients { start, params, weights, drive });
    all
}

/// Number of values of a tensor that are compared relative to the largest of them; it is small, since rows have
/// different units.
const WIDTH: usize = 16;

/// Compares a run with that of the processor. Returns the largest error.
fn differ<F: Precision>(s: &Setup, host: &Host, tolerance: f64) -> Result<f64, String> {
    let (got, want) = (results::<F>(s, host), results::<F>(s, &Processor));
    let mut worst = 0.0f64;
    for (k, name) in ["rows", "start", "params", "weights", "drive"].into_iter().enumerate() {
        let [got, want] = [&got[k], &want[k]].map(|x| x.iter().map(|x| x.to()).collect::<Vec<f64>>());
        assert!(want.iter().any(|x| *x != 0.0), "{name} is nothing");
        worst = worst.max(compare(name, &got, &want, WIDTH, tolerance)?);
    }
    Ok(worst)
}

/// Sizes of shared memory that hold states and inputs, states alone, and neither, bytes.
const CHIPS: [usize; 3] = [200 << 10, 18 << 10, 11 << 10];

/// Compares small networks of all cells and kinds of projections, the first with several sizes of shared memory, and a
/// large network.
fn all<F: Precision>(host: &Host, tolerance: f64, chips: &[usize]) -> Result<(), String> {
    let cut = Setup { cut: vec![1, 2, 4, 7], ..Setup::new(20, 1) };
    for (name, setup, chips) in [
        ("33 steps of 2", Setup::new(33, 2), chips),
        ("2 steps of 1", Setup::new(2, 1), &[32 << 10]),
        ("cut paths", cut, &[32 << 10]),
        ("large", large::setup(), &[32 << 10]),
    ] {
        for &shared in chips {
            host.shared.set(shared);
            let error = differ::<F>(&setup, host, tolerance).map_err(|e| format!("{name}: {e}"))?;
            println!("{name}, {shared} bytes: {error:.1e}");
        }
    }
    Ok(())
}

#[test]
#[cfg_attr(not(cxx), ignore = "needs a C++ compiler: c++, g++, clang++ or CXX")]
fn cuda_text_in_double_precision_is_right() {
    let compiler = compiler();
    let host = module::<f64>(&compiler, Language::Cuda);
    all::<f64>(&host, 1e-12, &CHIPS).unwrap();
    let launched = host.launched.borrow();
    for entry in [Entry::NetworkForward, Entry::NetworkBackward] {
        assert!(launched.iter().filter(|l| l.0 == entry).count() >= 3, "{launched:?}");
    }
}

#[test]
#[cfg_attr(not(cxx), ignore = "needs a C++ compiler: c++, g++, clang++ or CXX")]
fn cuda_text_in_single_precision_is_right() {
    let compiler = compiler();
    all::<f32>(&module::<f32>(&compiler, Language::Cuda), 2e-3, &CHIPS).unwrap();
}

#[test]
#[cfg_attr(not(cxx), ignore = "needs a C++ compiler: c++, g++, clang++ or CXX")]
fn metal_text_is_right() {
    let compiler = compiler();
    all::<f32>(&module::<f32>(&compiler, Language::Metal), 2e-3, &CHIPS).unwrap();
}

#[test]
#[cfg_attr(not(cxx), ignore = "needs a C++ compiler: c++, g++, clang++ or CXX")]
fn results_do_not_depend_on_the_order_of_threads() {
    let compiler = compiler();
    let host = module::<f64>(&compiler, Language::Cuda);
    for setup in [Setup::new(25, 2), large::setup()] {
        let [one, other] = [false, true].map(|reversed| {
            host.reversed.set(reversed);
            results::<f64>(&setup, &host)
        });
        assert!(one == other);
    }
}

/// Faults of the text: a unique place, the right expression in it, and a wrong one that the comparison must detect.
const FAULTS: [(&str, &str, &str); 18] = [
    ("sum += common.parts[k * PART + lane];", "common.parts[k * PART + lane]", "Number(0)"),
    ("set.any + word / WORD", "word / WORD", "0"),
    ("at.block = first / WORD", "first / WORD", "last"),
    ("if (window.ring && at >= int(window.rows))", "at >= int(window.rows)", "at > int(window.rows)"),
    ("if (e > from && targets[e - 1] == target)", "e > from && targets[e - 1] == target", "false"),
    ("reach(window, wiring.all[projection.delay + same], &row)", "projection.delay + same", "projection.delay + from"),
    ("path.fixed ? fixed", "path.fixed", "false"),
    ("if (path.cut ||", "path.cut", "false"),
    ("rows[at] = of.squares ?", "of.squares", "false"),
    (": of.sum ? rows[at] + value", "of.sum", "false"),
    ("value *= Number(2) * after", "Number(2)", "Number(1)"),
    ("if (t % run.segment == 0)", "t % run.segment == 0", "t == 0"),
    ("? from - (run.window - 1) : 0", "from - (run.window - 1)", "from"),
    ("stage(run, fired, cells, spikes", "cells", "run.words"),
    ("abs_of(y[Cell::OUTPUTS])", "y[Cell::OUTPUTS]", "y[Cell::STATES]"),
    ("sum += row[place + n];", "row[place + n]", "n < WORD ? row[place + n] : Number(0)"),
    ("if (run.flags & WEIGHTS)\n                    for (uint g", "run.flags & WEIGHTS", "p == 0"),
    ("part < run.parts", "run.parts", "1"),
];

/// Faults that make threads add to the same number between two barriers, which another order of threads reveals.
const RACES: [(&str, &str, &str); 3] = [
    ("k = (index + threads - first % threads) % threads", "first % threads", "0"),
    ("if (*adding != NOBODY) BARRIER;", "*adding != NOBODY", "false"),
    ("if (*adding == ANYBODY) BARRIER;", "*adding == ANYBODY", "false"),
];

/// Returns the text with all faults in it; each is switched on by its number, from one.
fn with_faults() -> String {
    let mut text = text(Language::Cuda, false);
    for (k, (place, right, wrong)) in FAULTS.iter().chain(&RACES).enumerate() {
        assert_eq!(text.matches(place).count(), 1, "`{place}`");
        let either = format!("(host::fault == {} ? ({wrong}) : ({right}))", k + 1);
        text = text.replace(place, &place.replacen(right, &either, 1));
    }
    text
}

#[test]
#[cfg_attr(not(cxx), ignore = "needs a C++ compiler: c++, g++, clang++ or CXX")]
fn a_fault_in_any_loop_is_found() {
    let compiler = compiler();
    let host = Host::networks::<f64>(&compiler, Language::Cuda, with_faults());
    for (k, (_, right, wrong)) in FAULTS.iter().enumerate() {
        host.fault.set(k as i32 + 1);
        let found = all::<f64>(&host, 1e-12, &CHIPS[..1]);
        println!("`{wrong}` for `{right}`: {found:?}");
        assert!(found.is_err(), "`{wrong}` for `{right}` is not found");
    }
}

#[test]
#[cfg_attr(not(cxx), ignore = "needs a C++ compiler: c++, g++, clang++ or CXX")]
fn a_race_is_found() {
    let compiler = compiler();
    let host = Host::networks::<f64>(&compiler, Language::Cuda, with_faults());
    let setup = large::setup();
    for (k, (place, ..)) in RACES.iter().enumerate() {
        host.fault.set((FAULTS.len() + k) as i32 + 1);
        let [one, other] = [false, true].map(|reversed| {
            host.reversed.set(reversed);
            results::<f64>(&setup, &host)
        });
        println!("`{place}`: {}", one != other);
        assert!(one != other, "`{place}` is not missed");
    }
}
