//! These tests check that the results of a neuron do not depend on its neighbours or on threads, bit for bit.

use crate::reference::levels;
use kernels::{AdjointSeed, Cell, Level, Precision, Spread, Use, cells};
use kernels_testing::{Buffers, DrawnPopulation};

/// Returns all results of the three scans as rows of `neurons`, and those that are not per neuron.
fn everything<F: Precision>(kernel: &'static Cell, p: &DrawnPopulation, level: Level) -> (Vec<F>, Vec<F>) {
    let b = Buffers::<F>::new(p);
    let (rows, end) = b.forward(kernel, level).unwrap();
    let g = b.adjoint(kernel, level, AdjointSeed::Distance(b.objective()), &[]).unwrap();
    let t = b.tangent(kernel, level, &[0, 2, 1]).unwrap();
    let shared = p.spread != Spread::Neuron;
    let (own, drive) = if shared { (vec![], g.drive) } else { (g.drive, vec![]) };
    ([rows, end, g.start, g.params, g.loss, t.loss, t.gradient, t.curvature, own].concat(), drive)
}

fn bits<F: Precision>(x: &[F]) -> Vec<u64> {
    x.iter().map(|x| if x.to().is_nan() { u64::MAX } else { x.to().to_bits() }).collect()
}

/// Returns the bits of neurons `0..few` of every row of `many` neurons.
fn first<F: Precision>(x: &[F], many: usize, few: usize) -> Vec<u64> {
    x.chunks(many).flat_map(|row| bits(&row[..few])).collect()
}

fn a_population_is_part_of_a_larger_one<F: Precision>(kernel: &'static Cell, level: Level) {
    for (k, steps) in [1, 2, 15, 16, 17, 63, 64, 65, 257].into_iter().enumerate() {
        let batch = [1, 3][k % 2];
        let all = DrawnPopulation::new(kernel, [100, steps, batch], Spread::Neuron);
        let (all, _) = everything::<F>(kernel, &all, level);
        for n in [1, 2, 3, 7, 8, 15, 16, 17, 33] {
            let few = DrawnPopulation::new(kernel, [n, steps, batch], Spread::Neuron);
            let (few, _) = everything::<F>(kernel, &few, level);
            assert!(bits(&few) == first(&all, 100, n), "{} {level:?}: {n} neurons, {steps} steps", kernel.name);
        }
    }
}

#[test]
fn results_do_not_depend_on_the_number_of_neurons() {
    for kernel in cells(Use::Scan).filter(|k| ["lif", "gif-paper", "hh-pospischil"].contains(&k.name)) {
        for level in levels() {
            a_population_is_part_of_a_larger_one::<f32>(kernel, level);
            a_population_is_part_of_a_larger_one::<f64>(kernel, level);
        }
    }
}

#[test]
fn results_do_not_depend_on_threads() {
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    for kernel in cells(Use::Scan) {
        let p = DrawnPopulation::new(kernel, [333, 70, 2], Spread::Shared);
        let [one, two, four] = [1, 2, 4].map(|n| pool(n).install(|| everything::<f32>(kernel, &p, Level::best())));
        for other in [two, four] {
            assert!(bits(&one.0) == bits(&other.0), "{}", kernel.name);
            assert!(bits(&one.1) == bits(&other.1), "{}: gradient of the drive", kernel.name);
        }
        assert!(one.1.iter().any(|g| *g != 0.0));
    }
}

#[test]
fn avx2_and_avx512_agree_to_the_bit() {
    if Level::best() < Level::Avx512 {
        return;
    }
    for kernel in cells(Use::Scan) {
        let p = DrawnPopulation::new(kernel, [40, 300, 2], Spread::Neuron);
        let [narrow, wide] = [Level::Avx2, Level::Avx512].map(|l| everything::<f32>(kernel, &p, l).0);
        assert!(bits(&narrow) == bits(&wide), "{}", kernel.name);
    }
}

#[test]
fn a_parameter_that_is_not_a_number_stays_in_its_column() {
    const BAD: usize = 5;
    for kernel in cells(Use::Scan) {
        for dt in [0.025, 0.5] {
            let good = DrawnPopulation { dt, ..DrawnPopulation::new(kernel, [33, 70, 1], Spread::Neuron) };
            let mut bad = good.clone();
            for row in 0..kernel.param.len() {
                bad.params[row * 33 + BAD] = f64::NAN;
            }
            for level in levels() {
                let (good, _) = everything::<f32>(kernel, &good, level);
                let (mut bad, _) = everything::<f32>(kernel, &bad, level);
                assert!(bad.iter().skip(BAD).step_by(33).any(|x| x.is_nan()), "{} {level:?}", kernel.name);
                bad.iter_mut().zip(&good).skip(BAD).step_by(33).for_each(|(b, g)| *b = *g);
                assert!(bits(&bad) == bits(&good), "{} {level:?} at {dt} ms", kernel.name);
            }
        }
    }
}
