use crate::setup::Setup;
use kernels::{
    Level,
    network::{Edges, Network, Population, Projection, ShortTerm, bptt::*},
};

#[test]
fn results_do_not_depend_on_threads() {
    let setup = Setup::new(60, 11);
    let one = setup.gradients::<f32>(1);
    for threads in [2, 4] {
        let more = setup.gradients::<f32>(threads);
        assert!(one.0 == more.0 && one.1 == more.1);
    }
}

#[test]
fn single_precision_follows_double() {
    let setup = Setup::new(25, 2);
    let ((single, ..), (double, ..)) = (setup.gradients::<f32>(1), setup.gradients::<f64>(1));
    for (single, double) in single.iter().zip(&double) {
        let size = |x: &mut dyn Iterator<Item = f64>| x.map(|x| x * x).sum::<f64>().sqrt();
        let away = size(&mut single.iter().zip(double).map(|(a, b)| f64::from(*a) - b));
        assert!(away < 1e-3 * size(&mut double.iter().copied()), "{away}");
    }
}

#[test]
fn saved_states_grow_with_the_square_root_of_the_steps() {
    let bytes = |steps| Setup::new(steps, 1).gradients::<f32>(1).2.state_bytes();
    let (short, long) = (bytes(100), bytes(1600));
    assert_eq!(long, 4 * short);
}

#[test]
fn errors_name_both_sizes() {
    let make = |dt, projection| {
        let population = Population::new("a", 3, kernels::find("lif-cond-exp"));
        Circuit::new(Network::new(dt, vec![population], vec![projection])).unwrap_err().to_string()
    };
    let projection = |edges| Projection::new("a-a", 0, 0, 1, edges);
    let delay = kernels::network::Delays::Uniform;
    let fails = |dt, edges, part: &str| {
        let error = make(dt, projection(edges));
        assert!(error.contains(part), "{error}");
    };
    fails(0.0, Edges::dense(3, 3, delay(1)), "a step of 0 ms");
    fails(0.1, Edges::dense(3, 4, delay(1)), "target 3 of 3 neurons");
    fails(0.1, Edges::dense(4, 3, delay(1)), "rows of neurons 0..4 of 3");
    fails(0.1, Edges::dense(3, 3, delay(0)), "a delay of 0 steps");
    let plastic = ShortTerm { U: 0.5, tau_rec: 80.0, tau_facil: 0.0 };
    let error = make(0.1, Projection { short_term: Some(plastic), ..projection(Edges::dense(3, 3, delay(1))) });
    assert!(error.contains("a-a: short-term plasticity has no gradient"), "{error}");
    let untrained = Network::new(0.1, vec![Population::new("a", 3, kernels::find("lif-transmitters"))], vec![]);
    let error = Circuit::new(untrained).unwrap_err().to_string();
    assert!(error.contains("a: `lif-transmitters` is not compiled for training; lif-cond-exp"), "{error}");
    let error = make(0.1, Projection::new("a-a", 0, 0, 9, Edges::dense(3, 3, delay(1))));
    assert!(error.contains("input 9 of 3"), "{error}");

    let setup = Setup::new(5, 2);
    let run = RunInputs::<f64> {
        steps: 5,
        batch: 2,
        start: &setup.start,
        params: &setup.params,
        weights: &setup.weights[1..],
        drive: &setup.drive,
        drives: &setup.drives,
        spikes: &setup.spikes,
        record: &setup.record,
        feedback: &[],
        level: Level::best(),
    };
    let fails = |run: &RunInputs<f64>, part: &str| {
        let error = forward(&setup.circuit, run, &mut []).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    };
    let count = setup.weights.len();
    fails(&run, &format!("weights: {} where {count} are needed", count - 1));
    fails(&RunInputs { weights: &setup.weights, ..run }, "recorded numbers: 0 where");
    fails(&RunInputs { steps: 6, ..run }, "starts of lists of spikes: 11 where 13");
    let record = |r: Record| [vec![], vec![r], vec![], vec![], vec![], vec![]];
    let first = [vec![Record::each(0, 0..5)], vec![], vec![], vec![], vec![], vec![]];
    fails(&RunInputs { record: &first, ..run }, "output 0 of 0");
    fails(&RunInputs { record: &record(Record::sum(0, 2..6)), ..run }, "a: a record of steps 2..6 of 5");
    fails(&RunInputs { record: &record(Record::squares(4, 0..5)), ..run }, "squares of spikes");
    fails(&RunInputs { feedback: &[Feedback::Cut], ..run }, "feedback of projections: 1 where 13");
    let numbers = [0.0; 3];
    let fixed = [Feedback::Fixed(&numbers[..]); 13];
    fails(&RunInputs { feedback: &fixed, ..run }, "0: numbers of feedback: 3 where 95");
    fails(&RunInputs { record: &[], ..run }, "recorded outputs: 0 where 6");
}

#[test]
fn failures_name_what_is_not_finite() {
    let (steps, batch) = (90, 2);
    let mut setup = Setup::new(steps, batch);
    // A segment has ten steps; these are the places of the drive of `a` in steps 37 and 38.
    let mut at = vec![];
    setup.driven(1, |k, t, g, _, n| at.extend((g == 1 && n == 0 && (37..39).contains(&t)).then_some(k)));
    let fine = at.iter().map(|&k| std::mem::replace(&mut setup.drive[k], f64::NAN)).collect::<Vec<_>>();
    let message = setup.try_gradients::<f32>(1, &setup.seeds()).unwrap_err().to_string();
    assert_eq!(message, "a: state v of 0 is not finite after 38 steps, batch element 1");
    at.iter().zip(fine).for_each(|(&k, x)| setup.drive[k] = x);

    // The gradients w.r.t. a state and w.r.t. a spike fail, in steps that are not the last of their segments.
    let (place, mut seeds) = (setup.places(0, [33, 3, 2])[1].1, setup.seeds());
    seeds[place] = f64::NAN;
    let message = setup.try_gradients::<f32>(1, &seeds).unwrap_err().to_string();
    assert_eq!(message, "c: gradient by state v of 2 is not finite back to 33 steps, batch element 0");

    setup.weights[3] = f64::NAN;
    let message = setup.try_gradients::<f64>(1, &setup.seeds()).unwrap_err().to_string();
    assert!(message.starts_with("a: state v of 3 is not finite after"), "{message}");
}

#[test]
fn empty_runs_are_no_errors() {
    for (steps, batch) in [(0, 1), (5, 0)] {
        let populations = vec![Population::new("a", 0, kernels::find("lif-cond-exp")), Population::sources("b", 0)];
        let circuit = Circuit::new(Network::new(0.1, populations, vec![])).unwrap();
        let run = RunInputs::<f32> {
            steps,
            batch,
            start: &[],
            params: &[],
            weights: &[],
            drive: &[],
            drives: &[Drive::default(), Drive::default()],
            spikes: &[Raster::default(), Raster::default()],
            record: &[vec![Record::each(0, 0..steps)], vec![]],
            feedback: &[],
            level: Level::best(),
        };
        let history = forward(&circuit, &run, &mut []).unwrap();
        let none = Gradients { start: &mut [], params: &mut [], weights: &mut [], drive: &mut [] };
        backward(&circuit, &run, &history, &[], none).unwrap();
    }
}
