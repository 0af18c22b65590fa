//! These tests check that wrong sizes are errors that name both sizes, and that empty runs are no errors.

use kernels::{Adjoint, AdjointSeed, Forward, Level, MOST_TANGENTS, Run, Series, Spread, Tangent, Use, cells, find};
use kernels_testing::{Buffers, DrawnPopulation};

#[test]
fn each_wrong_size_is_named_with_both() {
    let lif = find("lif").unwrap();
    let p = DrawnPopulation::new(lif, [3, 10, 2], Spread::Batch);
    let b = Buffers::<f64>::new(&p);
    let run = b.run();
    let forward = |run: &Run<f64>, record: &[usize], rows: usize, end: usize| {
        let (mut rows, mut end) = (vec![0.0; rows], vec![0.0; end]);
        let out = lif.forward(run, Forward { record, rows: &mut rows, end: &mut end });
        out.map_err(|e| e.what).err()
    };
    assert_eq!(forward(&run, &[0], 60, 12), None);
    let expect = |got: Option<String>, words: &[&str]| {
        let got = got.expect("an error");
        assert!(words.iter().all(|w| got.contains(w)), "{got}");
    };
    expect(forward(&run, &[0], 59, 0), &["recorded rows", "59", "60"]);
    expect(forward(&run, &[0], 60, 11), &["final state", "11", "12"]);
    expect(forward(&run, &[0, 0], 120, 0), &["output 0", "twice"]);
    expect(forward(&run, &[3], 60, 0), &["output 3 of 3"]);
    expect(forward(&Run { start: &run.start[1..], ..run }, &[0], 60, 0), &["initial state", "11", "12"]);
    expect(forward(&Run { params: &run.params[1..], ..run }, &[0], 60, 0), &["parameters", "17", "18"]);
    let drive = Series { data: &run.drive.data[1..], ..run.drive };
    expect(forward(&Run { drive, ..run }, &[0], 60, 0), &["drive", "19", "20"]);
    for dt in [0.0, -0.1, f64::NAN, f64::INFINITY] {
        expect(forward(&Run { dt, ..run }, &[0], 60, 0), &["step of"]);
    }

    let adjoint = |seed: AdjointSeed<f64>, sizes: [usize; 5]| {
        let [end, mut start, mut drive, mut params, mut loss] = sizes.map(|n| vec![0.0; n]);
        let (start, drive, params, loss) = (&mut start, &mut drive, &mut params, &mut loss);
        lif.adjoint(&run, Adjoint { seed, end: &end, start, drive, params, loss }).map_err(|e| e.what).err()
    };
    let objective = AdjointSeed::Distance(b.objective());
    assert_eq!(adjoint(objective, [12, 12, 20, 18, 3]), None);
    for (k, name) in ["final state", "initial state", "drive", "parameters", "loss"].iter().enumerate() {
        let mut sizes = [12, 12, 20, 18, 3];
        sizes[k] += 1;
        expect(adjoint(objective, sizes), &[name, &sizes[k].to_string(), &(sizes[k] - 1).to_string()]);
    }
    expect(adjoint(AdjointSeed::Rows(&[0], &[0.0; 61]), [0; 5]), &["recorded rows", "61", "60"]);
    expect(adjoint(AdjointSeed::Rows(&[2, 2], &[0.0; 120]), [0; 5]), &["twice"]);

    let tangent = |row: usize, which: &[usize], sizes: [usize; 4]| {
        let [start, mut loss, mut gradient, mut curvature] = sizes.map(|n| vec![0.0; n]);
        let mut objective = b.objective();
        objective.row = row;
        let (loss, gradient, curvature) = (&mut loss, &mut gradient, &mut curvature);
        lif.tangent(&run, Tangent { objective, which, start: &start, loss, gradient, curvature })
            .map_err(|e| e.what)
            .err()
    };
    assert_eq!(tangent(0, &[0, 1], [24, 3, 6, 9]), None);
    expect(tangent(0, &[0, 1], [23, 3, 6, 9]), &["initial state", "23", "24"]);
    expect(tangent(0, &[0, 1], [0, 2, 6, 9]), &["loss", "2", "3"]);
    expect(tangent(0, &[0, 1], [0, 3, 5, 9]), &["gradient", "5", "6"]);
    expect(tangent(0, &[0, 1], [0, 3, 6, 8]), &["curvature", "8", "9"]);
    expect(tangent(2, &[0], [0, 3, 3, 3]), &["output 2", "2 states"]);
    expect(tangent(0, &[6], [0, 3, 3, 3]), &["parameter 6 of 6"]);
    let [most, more] = [MOST_TANGENTS, MOST_TANGENTS + 1];
    expect(tangent(0, &vec![0; more], [0, 3, 3 * more, 0]), &[&more.to_string(), &most.to_string()]);
}

#[test]
fn empty_runs_are_no_errors() {
    for kernel in cells(Use::Scan) {
        for size in [[0, 5, 2], [4, 0, 2], [4, 5, 0], [0, 0, 0]] {
            for spread in [Spread::Neuron, Spread::Batch, Spread::Shared] {
                let p = DrawnPopulation::new(kernel, size, spread);
                let b = Buffers::<f32>::new(&p);
                let (rows, end) = b.forward(kernel, Level::best()).unwrap();
                assert!(rows.is_empty());
                if p.steps == 0 {
                    let start: Vec<f32> = p.start.iter().map(|&x| x as f32).collect();
                    assert_eq!(end, start, "{}", kernel.name);
                }
                let g = b.adjoint(kernel, Level::best(), AdjointSeed::Distance(b.objective()), &[]).unwrap();
                let t = b.tangent(kernel, Level::best(), &[0]).unwrap();
                let all = [g.start, g.drive, g.params, g.loss, t.loss, t.gradient].concat();
                assert!(all.iter().all(|x| *x == 0.0), "{} {size:?}", kernel.name);
            }
        }
    }
}
