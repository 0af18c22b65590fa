//! Measured speed of every kind of scan beside what the machine could reach: `cargo bench -p kernels -- [MODEL..]`.
//!
//! The floor is computed from the operation counts of the generated steps ([`Cell::cost`]) and a model of one core
//! with two resources that work side by side: arithmetic pipes, which every operation but a quotient keeps busy for one
//! slot, and a divider. Rates of both (pipes times lanes times frequency) are measured by loops of independent
//! operations; of three slots one is an addition, about as in the generated steps, for some machines have pipes of
//! their own for it. Loads, stores, latencies and the lack of registers cost nothing in this model.

use kernels::{
    Adjoint, AdjointSeed, Cell, Forward, Level, MOST_TANGENTS, Run, Series, Simd, Spread, SquaredDistance, Tangent,
    Use, cells,
    equations::Cost,
    simd::{Work, run},
};
use std::{hint::black_box, time::Instant};

/// Pipe slots of an exponential: argument, rounding, two-part reduction, polynomial of degree six, scaling.
const EXPONENTIAL: usize = 12;
/// Pipe slots of a series of degree seven with its test of range.
const SERIES: usize = 10;
/// Pipe slots of a logarithm or cosine, which are done lane by lane.
const OTHER: usize = 300;

const NEURONS: usize = 1024;
const STEPS: usize = 4000;
const REPEATS: usize = 5;
const USUAL: [&str; 5] = ["hh-pospischil", "hh-traub", "lif", "glif3", "gif"];

/// Vector operations per second of one core.
struct Machine {
    lanes: usize,
    pipes: f64,
    divider: f64,
}

fn main() {
    let named: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let chosen = |k: &&Cell| match named.is_empty() {
        true => USUAL.contains(&k.name),
        false => named.iter().any(|n| n == k.name),
    };
    let machine = calibrate();
    println!(
        "one thread, {:?}, {} lanes of f32: {:.2} G vector operations/s, {:.2} G vector divisions/s",
        Level::best(),
        machine.lanes,
        machine.pipes / 1e9,
        machine.divider / 1e9
    );
    println!("model            scan               slots  div   measured      floor  share   (million neuron-steps/s)");
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("one thread");
    pool.install(|| cells(Use::Scan).filter(chosen).for_each(|k| model(k, &machine)));
}

fn model(kernel: &Cell, machine: &Machine) {
    let params: Vec<f32> = kernel.param.iter().flat_map(|f| [f.default as f32; NEURONS]).collect();
    let start: Vec<f32> = kernel.state.iter().flat_map(|f| [f.default as f32; NEURONS]).collect();
    let (inputs, states) = (kernel.input.len(), kernel.state.len());
    let mut drive = vec![0.0; STEPS * inputs];
    let current = kernel.input("i").expect("every model has a current");
    let strength = if kernel.input[current].unit == "uA/cm2" { 3.0 } else { 400.0 };
    drive.iter_mut().skip(current).step_by(inputs).skip(STEPS / 10).for_each(|i| *i = strength);
    let run = Run {
        dt: 0.025,
        steps: STEPS,
        batch: 1,
        neurons: NEURONS,
        start: &start,
        drive: Series { data: &drive, spread: Spread::Shared },
        params: &params,
        level: Level::best(),
    };
    let (target, weight) = (vec![-65.0; STEPS], vec![1.0; STEPS]);
    let shared = |data| Series { data, spread: Spread::Shared };
    let objective = SquaredDistance { row: 0, target: shared(&target), weight: shared(&weight) };
    let scan = kernel.scan.expect("scanned");
    let [forward, adjoint, step] = [scan.cost.forward, scan.cost.adjoint, scan.cost.tangent].map(slots);

    let mut rows = vec![0.0; STEPS * NEURONS];
    let time = best(|| kernel.forward(&run, Forward { record: &[0], rows: &mut rows, end: &mut [] }).unwrap());
    line(kernel, "forward", forward, time, machine);

    let mut loss = vec![0.0; NEURONS];
    let all = kernel.param.len().min(MOST_TANGENTS);
    let few = all.min(8);
    let passes = [(few, false), (few, true), (all, false)];
    for (count, curvature) in passes.into_iter().take(if all > few { 3 } else { 2 }) {
        let which: Vec<usize> = (0..count).collect();
        let pairs = if curvature { count * (count + 1) / 2 } else { 0 };
        let (mut gradient, mut matrix) = (vec![0.0; count * NEURONS], vec![0.0; pairs * NEURONS]);
        let time = best(|| {
            let (loss, gradient, curvature) = (&mut loss[..], &mut gradient[..], &mut matrix[..]);
            kernel.tangent(&run, Tangent { objective, which: &which, start: &[], loss, gradient, curvature }).unwrap()
        });
        // Each parameter: the Jacobian's entries, and the sum of its gradient.
        let slots = (step.0 + count * (scan.state_jacobian.len() + 1) + pairs + 3, step.1);
        line(kernel, &format!("tangent {count}{}", if curvature { ", JtJ" } else { "" }), slots, time, machine);
    }

    let mut by_param = vec![0.0; kernel.param.len() * NEURONS];
    let time = best(|| {
        let (params, loss) = (&mut by_param[..], &mut loss[..]);
        let seed = AdjointSeed::Distance(objective);
        kernel.adjoint(&run, Adjoint { seed, end: &[], start: &mut [], drive: &mut [], params, loss }).unwrap()
    });
    // States are computed twice; the gradients of states and parameters are summed.
    let slots = (2 * forward.0 + adjoint.0 + states + kernel.param.len(), 2 * forward.1 + adjoint.1);
    line(kernel, &format!("adjoint {}", kernel.param.len()), slots, time, machine);
}

/// Pipe slots and divisions of a step.
fn slots(c: Cost) -> (usize, usize) {
    (c.arithmetic + EXPONENTIAL * c.exponentials + SERIES * c.series + OTHER * c.other, c.divisions)
}

fn line(kernel: &Cell, scan: &str, (slots, divisions): (usize, usize), seconds: f64, machine: &Machine) {
    let measured = (NEURONS * STEPS) as f64 / seconds / 1e6;
    let vector = (slots as f64 / machine.pipes).max(divisions as f64 / machine.divider);
    let floor = machine.lanes as f64 / vector / 1e6;
    println!(
        "{:16} {scan:17} {slots:6} {divisions:4} {measured:10.1} {floor:10.1} {:5.0}%",
        kernel.name,
        100.0 * measured / floor
    );
}

fn best(mut work: impl FnMut()) -> f64 {
    let times = (0..=REPEATS).map(|_| {
        let begin = Instant::now();
        work();
        begin.elapsed().as_secs_f64()
    });
    times.fold(f64::INFINITY, f64::min)
}

/// What the machine's arithmetic reaches with its best vectors.
fn calibrate() -> Machine {
    struct Rates(Option<Machine>);
    impl Work<f32> for Rates {
        type Cell = ();

        #[inline(always)]
        fn run<V: Simd<Elem = f32>>(&mut self) {
            self.0 = Some(rates::<V>());
        }
    }
    let mut rates = Rates(None);
    run(&mut rates, Level::best());
    rates.0.expect("the work is run")
}

#[inline(always)]
fn rates<V: Simd<Elem = f32>>() -> Machine {
    const ROUNDS: usize = 2_000_000;
    let (scale, shift) = (V::splat(0.999), V::splat(0.001));
    let (mut pipes, mut divider) = (0.0_f64, 0.0_f64);
    for _ in 0..REPEATS {
        let begin = Instant::now();
        let mut a = chains::<V, 12>();
        for _ in 0..ROUNDS {
            for (k, x) in a.iter_mut().enumerate() {
                *x = if k % 3 == 0 { *x + shift } else { V::fma(*x, scale, shift) };
            }
        }
        finish(a);
        pipes = pipes.max((12 * ROUNDS) as f64 / begin.elapsed().as_secs_f64());
        let begin = Instant::now();
        let mut a = chains::<V, 8>();
        for _ in 0..ROUNDS / 8 {
            for x in &mut a {
                *x = scale / *x;
            }
        }
        finish(a);
        divider = divider.max(ROUNDS as f64 / begin.elapsed().as_secs_f64());
    }
    Machine { lanes: V::LANES, pipes, divider }
}

#[inline(always)]
fn chains<V: Simd<Elem = f32>, const N: usize>() -> [V; N] {
    std::array::from_fn(|k| V::splat(black_box(1.0 + 0.1 * k as f64)))
}

#[inline(always)]
fn finish<V: Simd<Elem = f32>, const N: usize>(a: [V; N]) {
    let mut sink = [0.0; 32];
    for x in a {
        x.store(&mut sink);
        black_box(&sink);
    }
}
