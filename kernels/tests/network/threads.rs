//! These tests check that results do not depend on threads, on how a run is split into calls, or on checkpoints.

use crate::build::{spikes, zoo};
use kernels::Precision;
use kernels::network::*;

fn nothing_changes<F: Precision>() {
    let (one, end) = spikes::<F>(zoo(), 1, &[1200]);
    assert!(one.len() > 1000);
    for threads in [2, 3, 4, 7] {
        let (many, other) = spikes::<F>(zoo(), threads, &[1200]);
        assert!(one == many, "{threads} threads");
        assert!(end == other, "{threads} threads: state at the end");
    }
    let (cut, other) = spikes::<F>(zoo(), 2, &[1, 2, 3, 0, 500, 94, 600]);
    assert!(one == cut && end == other);
}

#[test]
fn spikes_and_states_are_the_same_bits_for_any_number_of_threads_and_calls() {
    nothing_changes::<f32>();
    nothing_changes::<f64>();
}

/// With delays of five steps and more an epoch has five steps; that of `zoo` has one.
#[test]
fn networks_with_long_delays_do_not_depend_on_threads() {
    let slow = || {
        let mut network = zoo();
        for p in &mut network.projections {
            match &mut p.edges.delays {
                Delays::Uniform(d) => *d += 4,
                Delays::Each(d) => d.iter_mut().for_each(|d| *d += 4),
            }
        }
        network
    };
    let (one, end) = spikes::<f32>(slow(), 1, &[1000]);
    for (threads, calls) in [(1, &[333, 333, 334][..]), (2, &[1000]), (4, &[4, 1, 995])] {
        let (other, state) = spikes::<f32>(slow(), threads, calls);
        assert!(one == other && end == state, "{threads} threads, calls of {calls:?}");
    }
}

#[test]
fn edges_are_the_same_for_any_number_of_threads() {
    let draw = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| Edges::bernoulli(3000, 5000, 0.02, 7, Weights::Uniform(1.0), Delays::Uniform(1)).unwrap())
    };
    let one = draw(1);
    assert!(one == draw(2) && one == draw(4));
    let (count, mean) = (one.targets.len() as f64, 0.02 * 3000.0 * 5000.0);
    assert!((count - mean).abs() < 5.0 * mean.sqrt(), "{count} synapses");
    let mut degree = vec![0.0; 5000];
    one.targets.iter().for_each(|&t| degree[t as usize] += 1.0);
    let variance = degree.iter().map(|d: &f64| (d - 60.0).powi(2)).sum::<f64>() / 5000.0;
    assert!((variance / (60.0 * 0.98) - 1.0).abs() < 0.1, "variance of in-degrees {variance}");
    for row in one.starts.windows(2) {
        assert!(one.targets[row[0] as usize..row[1] as usize].windows(2).all(|t| t[0] < t[1]));
    }
}
