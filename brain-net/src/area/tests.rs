use super::*;
use crate::network::AnatomicalNetwork;
use crate::weight::WeightDistribution;
use brain_core::Seed;

fn plan() -> AreaNetwork {
    AreaNetwork {
        neurons: vec![100; 20],
        excitatory: 0.8,
        dt_ms: 0.1,
        local: Local {
            excitatory: 20,
            inhibitory: 10,
            excitatory_weights: WeightDistribution::LogNormal { mean: 0.1, cv: 1.0 },
            inhibitory_weights: WeightDistribution::Constant(0.8),
            delay_ms: 1.0,
        },
        long_range: LongRange {
            to_excitatory: 60,
            to_inhibitory: 40,
            weights: WeightDistribution::LogNormal { mean: 0.1, cv: 1.0 },
            delay_ms: 1.0,
            velocity: 3.5,
        },
    }
}

fn built() -> (AreaMatrix, AnatomicalNetwork) {
    let areas = Generator { areas: 20, ..Generator::default() }.generate(Seed::new(1));
    let network = plan().build(&areas, Seed::new(2)).unwrap();
    network.check().unwrap();
    (areas, network)
}

#[test]
fn in_degrees_are_exact_and_local_synapses_stay_in_their_area() {
    let (_, network) = built();
    for (name, k) in [("E-E-local", 20), ("I-E-local", 10), ("E-E-long", 60), ("E-I-long", 40)] {
        let p = network.projection(name).unwrap();
        let (pre, post) = (network.at(p.pre), network.at(p.post));
        assert!(p.in_degrees(post.size()).iter().all(|&d| d == k), "{name}");
        for i in 0..p.rows() {
            for &t in &p.edges.targets[p.row(i)] {
                let local = pre.anatomy.area(i as u32) == post.anatomy.area(t);
                assert_eq!(local, name.ends_with("local"), "{name}: {i} to {t}");
                assert!(p.pre != p.post || i as u32 != t, "no self-connection");
            }
        }
    }
}

/// The network of neurons has the fractions, the density, the reciprocity and the delays of the areas.
#[test]
fn neurons_inherit_the_statistics_of_areas() {
    let (areas, network) = built();
    let n = areas.areas();
    let p = network.projection("E-E-long").unwrap();
    let mut counts = vec![0.0; n * n];
    for i in 0..p.rows() {
        for k in p.row(i) {
            let (s, t) = (i / 80, p.edges.targets[k] as usize / 80);
            counts[t * n + s] += 1.0;
            let ms = 1.0 + areas.distance(t, s).unwrap() / 3.5;
            assert_eq!(p.edges.delays.of(k), (ms / 0.1).round() as u16);
        }
    }
    for t in 0..n {
        let total: f64 = (0..n).map(|s| areas.fraction(t, s)).sum();
        for s in 0..n {
            let mean = 60.0 * 80.0 * areas.fraction(t, s) / total;
            // In a systematic sample each neuron rounds up or down.
            let part = (mean / 80.0).fract();
            let sd = (80.0 * part * (1.0 - part)).sqrt();
            assert!((counts[t * n + s] - mean).abs() < 5.0 * sd + 1.0, "{t} {s}: {} for {mean}", counts[t * n + s]);
        }
    }
    let found = AreaMatrix { fln: counts.iter().map(|c| c / 4800.0).collect(), ..areas.clone() }.statistics();
    let drawn = areas.statistics();
    assert!((found.log10_mean - drawn.log10_mean - 0.125).abs() < 0.25, "{found:?} {drawn:?}");
    assert!((found.reciprocal - drawn.reciprocal).abs() < 0.12, "weak links may find no neuron");
}

#[test]
fn areas_of_unequal_size() {
    let areas = Generator { areas: 20, ..Generator::default() }.generate(Seed::new(1));
    let neurons: Vec<u32> = (0..20).map(|k| 100 + 37 * (k * 7 % 20)).collect();
    let network = AreaNetwork { neurons: neurons.clone(), ..plan() }.build(&areas, Seed::new(2)).unwrap();
    network.check().unwrap();
    let [e, i] = [0, 1].map(|k| network.at(k));
    for (k, n) in neurons.iter().enumerate() {
        assert_eq!(
            (&e.anatomy.segments[k].name, e.anatomy.segments[k].size() + i.anatomy.segments[k].size()),
            (&areas.names[k], *n)
        );
        assert_eq!(e.anatomy.segments[k].size(), (f64::from(*n) * 0.8).round() as u32);
    }
    assert_eq!((e.anatomy.segments[19].end, i.anatomy.segments[19].end), (e.size(), i.size()));
    for (name, k) in [("E-E-local", 20), ("I-I-local", 10), ("E-E-long", 60), ("E-I-long", 40)] {
        let p = network.projection(name).unwrap();
        let (pre, post) = (network.at(p.pre), network.at(p.post));
        assert!(p.in_degrees(post.size()).iter().all(|&d| d == k), "{name}");
        // Every neuron of every area can be drawn; areas project by their fractions, not by their sizes.
        assert!(name.ends_with("long") || p.out_degrees().iter().all(|&d| d > 0), "{name}");
        for row in 0..p.rows() {
            for &t in &p.edges.targets[p.row(row)] {
                let (from, to) = (pre.anatomy.segment_of(row as u32).unwrap(), post.anatomy.segment_of(t).unwrap());
                let fits = if name.ends_with("local") { from == to } else { areas.fraction(to, from) > 0.0 };
                assert!(fits && (p.pre != p.post || row as u32 != t), "{name}: {row} to {t}");
            }
        }
    }
}

#[test]
fn too_few_neurons_are_named() {
    let areas = Generator { areas: 20, ..Generator::default() }.generate(Seed::new(1));
    let message = |plan: AreaNetwork| plan.build(&areas, Seed::new(2)).unwrap_err().to_string();
    let text = message(AreaNetwork { neurons: vec![20; 20], ..plan() });
    assert!(
        text.starts_with("E-E-local: in-degree = 20 inputs of one neuron") && text.contains("15 neurons"),
        "{text}"
    );
    let mut many = plan();
    many.long_range.to_excitatory = 2000;
    assert!(message(many).starts_with("E-E-long: in-degree = "));
    let mut slow = plan();
    slow.long_range.velocity = 1e-6;
    assert!(message(slow).contains("cannot be counted in steps of 0.1 ms"));
    assert!(message(AreaNetwork { neurons: vec![u32::MAX; 20], ..plan() }).contains("at most 4294967295"));
    let text = message(AreaNetwork { neurons: vec![100; 19], ..plan() });
    assert!(text.contains("sizes of 19 areas, and the matrix has 20"), "{text}");
    // One area alone is too small.
    let mut neurons = vec![100; 20];
    neurons[7] = 24;
    let text = message(AreaNetwork { neurons, ..plan() });
    assert!(text.contains(&format!("area `{}` are more than the 18 neurons", areas.names[7])), "{text}");
}
