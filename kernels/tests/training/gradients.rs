use crate::{
    reference::{Bars, Course},
    setup::{Setup, noise},
};
use kernels::network::bptt::Reduce;

/// Returns all gradients of the plain network in the order of those under test; the gradient w.r.t. a shared drive has
/// a value for each batch element.
fn plain(setup: &Setup) -> ([Vec<f64>; 4], Vec<Course>) {
    let seeds = setup.seeds();
    let shared = setup.drive.len() - setup.steps;
    let drive = vec![0.0; shared + setup.steps * setup.batch];
    let mut by = [vec![0.0; setup.start.len()], vec![0.0; setup.params.len()], vec![0.0; setup.weights.len()], drive];
    let mut courses = vec![];
    for b in 0..setup.batch {
        let plain = setup.plain(b);
        let course = plain.run(None);
        let bars = plain.back(&course, false, &|t, g, r, n| setup.seed(&seeds, b, [t, g, r, n], &course));
        let mut at = 0;
        let mut params: Vec<f64> = vec![];
        for (g, rows) in bars.start.iter().enumerate() {
            for (s, row) in rows.iter().enumerate() {
                by[0][at + (s * setup.batch + b) * setup.neurons[g]..][..row.len()].copy_from_slice(row);
            }
            at += rows.len() * setup.batch * setup.neurons[g];
            params.extend(bars.params[g].iter().flatten());
        }
        by[1].iter_mut().zip(params).for_each(|(to, x)| *to += x);
        by[2].iter_mut().zip(&bars.weights).for_each(|(to, x)| *to += x);
        setup.driven(b, |k, t, g, i, n| {
            let k = if k < shared { k } else { shared + (k - shared) * setup.batch + b };
            by[3][k] += bars.drive[t][g][i][n];
        });
        courses.push(course);
    }
    (by, courses)
}

/// Returns the largest difference of each tensor relative to its largest number.
fn apart(a: &[Vec<f64>; 4], b: &[Vec<f64>; 4]) -> [f64; 4] {
    std::array::from_fn(|k| {
        let size = b[k].iter().fold(0.0, |m: f64, x| m.max(x.abs()));
        assert!(a[k].len() == b[k].len() && size > 0.0 && size.is_finite(), "{k}: {size}");
        a[k].iter().zip(&b[k]).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max) / size
    })
}

#[test]
fn gradients_match_the_plain_network() {
    // The cases have whole and partial segments, fewer steps than the longest delay, and full and partial batch tiles.
    for (steps, batch) in [(100, 3), (87, 2), (30, 26), (7, 1), (1, 2)] {
        let setup = Setup::new(steps, batch);
        let (mut found, _, history) = setup.gradients::<f64>(2);
        let (want, _) = plain(&setup);
        if steps < 10 {
            // After few steps some tensors have no gradient yet.
            for (found, want) in found.iter().zip(&want) {
                let scale = want.iter().fold(1e-9, |m: f64, x| m.max(x.abs()));
                assert!(found.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-9 * scale));
            }
            continue;
        }
        let spikes = [1, 2, 3, 4, 5].map(|g| history.spikes(g));
        assert!(spikes[..4].iter().all(|&n| n > 15) && spikes[4] == 0, "{spikes:?}");
        let errors = apart(&found, &want);
        assert!(errors.iter().all(|&e| e < 1e-9), "{steps} {batch}: {errors:?}");
        // The comparison detects one wrong synapse and one wrong sign.
        let largest = (0..want[2].len()).max_by(|&a, &b| want[2][a].abs().total_cmp(&want[2][b].abs())).unwrap();
        found[2][largest] *= 1.001;
        found[1].iter_mut().for_each(|x| *x = -*x);
        let errors = apart(&found, &want);
        assert!(errors[2] > 5e-4 && errors[1] > 1.0 && errors[0] < 1e-9, "{errors:?}");
    }
}

/// Without gradients w.r.t. parameters and records of squares, backward steps are computed from saved residuals.
#[test]
fn saved_residuals_give_the_same_gradients() {
    for (steps, batch) in [(100, 3), (30, 26), (7, 1)] {
        let mut setup = Setup::new(steps, batch);
        setup.record.iter_mut().for_each(|r| r.retain(|r| r.reduce != Reduce::Squares));
        let want = setup.gradients::<f64>(1).0;
        let found = Setup { by_params: false, ..setup }.gradients::<f64>(2).0;
        assert!(found[1].is_empty());
        for k in [0, 2, 3] {
            let size = want[k].iter().fold(0.0, |m: f64, x| m.max(x.abs()));
            let away = want[k].iter().zip(&found[k]).fold(0.0, |m: f64, (a, b)| m.max((a - b).abs()));
            assert!(size > 0.0 && away < 1e-11 * size, "{steps} {batch}, {k}: {away} of {size}");
        }
        // Differing bits show that the sums were computed in another order.
        assert!(steps < 10 || found[2] != want[2]);
    }
}

#[test]
fn recorded_rows_match_the_plain_network() {
    let setup = Setup::new(90, 2);
    let (_, rows, _) = setup.gradients::<f64>(1);
    let mut want = vec![0.0; rows.len()];
    for b in 0..2 {
        let course = setup.plain(b).run(None);
        for (t, groups) in course.iter().enumerate() {
            for (g, cells) in groups.iter().enumerate() {
                for (n, [_, _, y]) in cells.iter().enumerate() {
                    for (r, at) in setup.places(b, [t, g, n]) {
                        let y = y[r.output];
                        want[at] += if r.reduce == Reduce::Squares { y * y } else { y };
                    }
                }
            }
        }
    }
    for (k, (found, want)) in rows.iter().zip(&want).enumerate() {
        assert!((found - want).abs() < 1e-8 * (1.0 + want.abs()), "{k}: {found} {want}");
    }
}

/// The paths of all or of some projections between cells are cut, and others have fixed feedback weights.
#[test]
fn cut_paths_and_fixed_feedback() {
    let size = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>().sqrt();
    let exact = Setup::new(60, 2).gradients::<f64>(1).0;
    for cut in [vec![1, 2, 4, 7], vec![1, 2, 3, 4, 5, 6, 7, 9, 10]] {
        let setup = Setup { cut, ..Setup::new(60, 2) };
        let found = setup.gradients::<f64>(1).0;
        let errors = apart(&found, &plain(&setup).0);
        assert!(errors.iter().all(|&e| e < 1e-9), "{errors:?}");
        let away: Vec<f64> = found[2].iter().zip(&exact[2]).map(|(a, b)| a - b).collect();
        assert!(size(&away) > 0.1 * size(&exact[2]));
    }
}

#[test]
fn gradients_of_the_plain_network_match_differences_with_soft_spikes() {
    let setup = Setup::new(30, 1);
    let seeds = setup.seeds();
    let plain = setup.plain(0);
    // Soft spikes are run along their own trajectory, at which detached values are held constant.
    let held = plain.run(None);
    let mut held = plain.run(Some(&held));
    for _ in 0..30 {
        held = plain.run(Some(&held));
    }
    let soft = plain.run(Some(&held));
    let bars: Bars = plain.back(&soft, true, &|t, g, r, n| setup.seed(&seeds, 0, [t, g, r, n], &soft));
    let loss = |p: &crate::reference::Plain| -> f64 {
        let course = p.run(Some(&held));
        let outputs = |t: usize, g: usize| {
            course[t][g]
                .iter()
                .enumerate()
                .flat_map(move |(n, [_, _, y])| y.iter().enumerate().map(move |(r, y)| (r, n, *y)).collect::<Vec<_>>())
        };
        let term = |t, g, r, n, y: f64| {
            let [one, two] = setup.factors(&seeds, 0, [t, g, r, n]);
            one * y + two * y * y
        };
        let term = &term;
        (0..30).flat_map(|t| (1..6).flat_map(move |g| outputs(t, g).map(move |(r, n, y)| term(t, g, r, n, y)))).sum()
    };
    // Differences are taken along random directions of each tensor, scaled by its numbers.
    for which in 0..4 {
        let mut slope = 0.0;
        let mut moved = [plain.clone(), plain.clone()];
        let h = 1e-6;
        let mut go = |k: usize, value: f64, bar: f64, to: [&mut f64; 2]| {
            let by = noise(500 + which, k + 1)[k] * value.abs().max(0.1);
            slope += bar * by;
            let [up, down] = to;
            (*up, *down) = (value + h * by, value - h * by);
        };
        let [up, down] = &mut moved;
        match which {
            0 => (0..plain.weights.len())
                .for_each(|k| go(k, plain.weights[k], bars.weights[k], [&mut up.weights[k], &mut down.weights[k]])),
            1 | 2 => {
                let (values, by) = if which == 1 { (&plain.start, &bars.start) } else { (&plain.params, &bars.params) };
                for (g, rows) in values.iter().enumerate() {
                    for (s, row) in rows.iter().enumerate() {
                        for (n, &x) in row.iter().enumerate() {
                            let pick = |p: &mut crate::reference::Plain| -> *mut f64 {
                                if which == 1 { &mut p.start[g][s][n] } else { &mut p.params[g][s][n] }
                            };
                            // SAFETY: `up` and `down` are two networks, so that the references do not alias.
                            let to = unsafe { [&mut *pick(up), &mut *pick(down)] };
                            go(n + 31 * s, x, by[g][s][n], to);
                        }
                    }
                }
            }
            _ => setup.driven(0, |k, t, g, i, n| {
                let to = [&mut up.drive[t][g][i][n], &mut down.drive[t][g][i][n]];
                go(k, plain.drive[t][g][i][n], bars.drive[t][g][i][n], to)
            }),
        }
        let difference = (loss(&moved[0]) - loss(&moved[1])) / (2.0 * h);
        assert!((slope - difference).abs() < 1e-4 * slope.abs().max(1e-3), "{which}: {slope} {difference}");
    }
    // Single weights are checked too: the two of the largest gradients of each projection, and one in the middle.
    let mut at = 0;
    for count in setup.circuit.projections() {
        let mut order: Vec<usize> = (at..at + count).collect();
        order.sort_by(|&a, &b| bars.weights[b].abs().total_cmp(&bars.weights[a].abs()));
        at += count;
        let Some(&largest) = order.first() else { continue };
        let size = bars.weights[largest].abs();
        for k in [largest, order[1], order[count / 2]] {
            let h = 1e-5 * plain.weights[k].abs();
            let at = |by: f64| {
                let mut moved = plain.clone();
                moved.weights[k] += by;
                loss(&moved)
            };
            let difference = (at(h) - at(-h)) / (2.0 * h);
            let error = |bar: f64| (bar - difference).abs() / size;
            assert!(size > 0.0 && error(bars.weights[k]) < 1e-4, "{k}: {} {difference}", bars.weights[k]);
            // The comparison detects an error of one per cent.
            assert!(k != largest || error(1.01 * bars.weights[k]) > 5e-3);
        }
    }
}
