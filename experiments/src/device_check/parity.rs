//! This module compares every scan of every model on a device with the processor in double precision.

use brain_core::{
    Model, Objective,
    device::{Number, on_device, to_host},
    loss::SquaredError,
    objective::Method,
    scan,
};
use candle_core::{Device, Tensor, Var};
use kernels::{AdjointSeed, Cell, Level, Precision, Spread, Use, cells};
use kernels_testing::{Buffers, DrawnPopulation, Engine, compare, to};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Largest error of each tensor, as a part of the largest entry of its row.
pub type TensorErrors = BTreeMap<&'static str, f64>;

/// A check of one population in one precision.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// Name of the model.
    pub model: &'static str,
    /// Precision on the device.
    pub dtype: &'static str,
    /// Numbers of neurons, steps and batch elements.
    pub size: [usize; 3],
    /// How far the drive is shared.
    pub drive: String,
    /// Seed of its numbers.
    pub seed: usize,
    /// Number of neurons that are not compared because their spikes fall in other steps than in double precision.
    pub left_out: usize,
    /// Errors of the tensors that agree.
    pub tensors: TensorErrors,
    /// What does not agree, if anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Numbers of neurons, steps and batch elements: less than a warp, a block and a segment, and more than each, and no
/// multiple.
const SIZES: [[usize; 3]; 4] = [[1, 1, 1], [3, 150, 2], [33, 37, 3], [300, 65, 2]];
/// Largest errors relative to a row's largest entry. Single precision loses this much in gradients.
const TOLERANCE: [(bool, f64); 2] = [(true, 5e-3), (false, 1e-8)];

/// Runs all checks of models whose name contains `model`.
pub(super) fn checks(device: &Device, model: &str) -> Vec<Check> {
    let mut checks = vec![];
    for cell in cells(Use::Scan).filter(|k| k.name.contains(model)) {
        for seed in 0..2 {
            for (k, size) in SIZES.into_iter().enumerate() {
                let spread = [Spread::Shared, Spread::Neuron, Spread::Batch, Spread::Shared][k];
                let p = DrawnPopulation::seeded(cell, size, spread, seed);
                let mut add = |dtype, found: Result<(TensorErrors, usize), String>| {
                    let (tensors, left_out, error) = match found {
                        Ok((tensors, left_out)) => (tensors, left_out, None),
                        Err(error) => (TensorErrors::new(), 0, Some(error)),
                    };
                    let (model, drive) = (cell.name, format!("{spread:?}").to_lowercase());
                    checks.push(Check { model, dtype, size, drive, seed, left_out, tensors, error });
                };
                add("f32", check::<f32>(cell, &p, device));
                if !device.is_metal() {
                    add("f64", check::<f64>(cell, &p, device));
                }
            }
        }
    }
    checks
}

fn check<F: Number>(
    cell: &'static Cell,
    p: &DrawnPopulation,
    device: &Device,
) -> Result<(TensorErrors, usize), String> {
    scans_on::<F>(cell, p, device).map_err(|e| e.to_string())?.and_then(|mut found| {
        tensors::<F>(cell, p, device, &mut found.0).map_err(|e| e.to_string())??;
        Ok(found)
    })
}

type Found = Result<(TensorErrors, usize), String>;

fn scans_on<F: Number>(cell: &'static Cell, p: &DrawnPopulation, device: &Device) -> candle_core::Result<Found> {
    on_device!(
        device,
        queue => Ok(scans::<F, _>(cell, p, kernels_testing::On(queue))),
        cpu => Ok(scans::<F, _>(cell, p, Level::best()))
    )
}

fn doubles<F: Precision>(x: &[F]) -> Vec<f64> {
    x.iter().map(|x| x.to()).collect()
}

fn tolerance<F: Precision>() -> f64 {
    TOLERANCE.iter().find(|t| t.0 == F::SINGLE).map_or(0.0, |t| t.1)
}

/// The neurons that are kept, of which columns `[row][width]` are compared.
struct Kept {
    neurons: Vec<bool>,
    tolerance: f64,
}

impl Kept {
    fn compare<F: Precision>(&self, name: &str, got: &[F], want: &[f64]) -> Result<f64, String> {
        let n = self.neurons.len();
        let kept = |x: Vec<f64>| -> Vec<f64> {
            x.chunks(n).flat_map(|row| row.iter().zip(&self.neurons).filter(|k| *k.1).map(|k| *k.0)).collect()
        };
        let width = self.neurons.iter().filter(|k| **k).count();
        compare(name, &kept(doubles(got)), &kept(want.to_vec()), width.max(1), self.tolerance)
    }
}

fn scans<F: Precision, E: Engine<F> + Copy>(cell: &'static Cell, p: &DrawnPopulation, engine: E) -> Found {
    let (single, double, cpu) = (Buffers::<F>::new(p), Buffers::<f64>::new(p), Level::best());
    let (s, n, width) = (cell.state.len(), p.neurons, p.width());
    let mut found = TensorErrors::new();

    let ((got, end), (want, want_end)) = (single.forward(cell, engine)?, double.forward(cell, cpu)?);
    let spike = |rows: &[f64], t: usize, c: usize| rows[(t * (s + 1) + s) * width + c];
    let got_rows = doubles(&got);
    let same = |k: usize| {
        (0..p.steps).all(|t| (0..p.batch).all(|b| spike(&got_rows, t, b * n + k) == spike(&want, t, b * n + k)))
    };
    let kept = Kept { neurons: (0..n).map(same).collect(), tolerance: tolerance::<F>() };
    let left_out = kept.neurons.iter().filter(|k| !**k).count();
    if left_out > n / 10 {
        return Err(format!("spikes of {left_out} of {n} neurons are in other steps than in double precision"));
    }
    found.insert("rows", kept.compare("rows", &got, &want)?);
    found.insert("end", kept.compare("end", &end, &want_end)?);

    let rows = [s, 0, s - 1];
    let wave = |k: usize| f64::from((0.7 * k as f32).sin());
    let values: Vec<f64> = (0..p.steps * rows.len() * width).map(wave).collect();
    let end: Vec<f64> = (0..s * width).map(|k| 0.125 * wave(k + 1)).collect();
    let (given, given_end) = (to::<F>(&values), to::<F>(&end));
    let seeds = [
        (
            ["rows/start", "rows/drive", "rows/params"],
            AdjointSeed::Rows(&rows, &given),
            AdjointSeed::Rows(&rows, &values),
        ),
        (
            ["objective/start", "objective/drive", "objective/params"],
            AdjointSeed::Distance(single.objective()),
            AdjointSeed::Distance(double.objective()),
        ),
    ];
    for ([start, drive, params], seed, seed_want) in seeds {
        let got = single.adjoint(cell, engine, seed, &given_end)?;
        let want = double.adjoint(cell, cpu, seed_want, &end)?;
        let again = single.adjoint(cell, engine, seed, &given_end)?;
        if doubles(&got.params) != doubles(&again.params) || doubles(&got.drive) != doubles(&again.drive) {
            return Err(format!("{params}: two runs differ"));
        }
        found.insert(start, kept.compare(start, &got.start, &want.start)?);
        found.insert(params, kept.compare(params, &got.params, &want.params)?);
        found.insert("loss", kept.compare("loss", &got.loss, &want.loss)?);
        if p.spread == Spread::Neuron {
            found.insert(drive, kept.compare(drive, &got.drive, &want.drive)?);
        } else if left_out == 0 {
            let error = compare(drive, &doubles(&got.drive), &want.drive, want.drive.len(), kept.tolerance)?;
            found.insert(drive, error);
        }
    }
    let all: Vec<usize> = (0..cell.param.len()).collect();
    for (which, [gradient, curvature]) in
        [(&all[..2], ["tangent 2", "curvature 2"]), (&all[..], ["tangent", "curvature"])]
    {
        let got = single.tangent(cell, engine, which)?;
        let want = double.tangent(cell, cpu, which)?;
        found.insert(gradient, kept.compare(gradient, &got.gradient, &want.gradient)?);
        found.insert(curvature, kept.compare(curvature, &got.curvature, &want.curvature)?);
    }
    Ok((found, left_out))
}

/// Compares candle's operations on the device with those on the processor, in the same precision.
fn tensors<F: Number>(
    cell: &'static Cell,
    p: &DrawnPopulation,
    device: &Device,
    found: &mut TensorErrors,
) -> candle_core::Result<Result<(), String>> {
    let (s, b, n) = (cell.state.len(), p.batch, p.neurons);
    let drive: &[usize] = match p.spread {
        Spread::Shared => &[p.steps, cell.input.len()],
        Spread::Batch => &[p.steps, cell.input.len(), b],
        Spread::Neuron => &[p.steps, cell.input.len(), b, n],
    };
    let run = |device: &Device| -> candle_core::Result<[Vec<f64>; 4]> {
        let var = |x: &[f64], shape: &[usize]| Var::from_tensor(&Tensor::from_slice(&to::<F>(x), shape, device)?);
        let (start, drive, params) =
            (var(&p.start, &[s, b, n])?, var(&p.drive, drive)?, var(&p.params, &[cell.param.len(), n])?);
        let v = scan(cell, p.dt, &start, &drive, &params, &["v"])?;
        let grads = v.sqr()?.mean_all()?.backward()?;
        let of = |var: &Var| grads.get(var).map_or_else(|| Ok(vec![]), to_host);
        Ok([to_host(&v)?, of(&start)?, of(&drive)?, of(&params)?])
    };
    let (got, want) = (run(device)?, run(&Device::Cpu)?);
    let names = ["candle/v", "candle/start", "candle/drive", "candle/params"];
    for (name, (got, want)) in names.into_iter().zip(got.iter().zip(&want)) {
        match compare(name, got, want, want.len(), tolerance::<F>()) {
            Ok(error) => found.insert(name, error),
            Err(error) => return Ok(Err(error)),
        };
    }
    objective::<F>(cell, p, device, found)
}

/// Compares losses of candidates and their gradient, by both methods that a model can take.
fn objective<F: Number>(
    cell: &'static Cell,
    p: &DrawnPopulation,
    device: &Device,
    found: &mut TensorErrors,
) -> candle_core::Result<Result<(), String>> {
    let n = p.neurons;
    let column = |x: &[f64]| -> Vec<F> { x.chunks(n).map(|row| F::of(row[0])).collect() };
    let inputs = cell.input.len();
    let free: Vec<usize> = (0..2).collect();
    let drive = p.drive.chunks(p.drive.len() / p.steps).flat_map(|t| t.chunks(t.len() / inputs).map(|row| row[0]));
    let drive: Vec<F> = to(&drive.collect::<Vec<f64>>());
    let target: Vec<F> = p.target.iter().step_by(p.width()).map(|&x| F::of(x)).collect();
    let candidates: Vec<F> = to(&p.params[..free.len() * n]);
    let run = |device: &Device| -> candle_core::Result<[Vec<f64>; 2]> {
        let objective = Objective {
            model: Model::from(cell),
            dt: p.dt,
            start: Tensor::from_slice(&column(&p.start), (cell.state.len(), p.batch), device)?,
            drive: Tensor::from_slice(&drive, (p.steps, inputs), device)?,
            output: 0,
            target: Tensor::from_slice(&target, p.steps, device)?,
            weight: Tensor::from_slice(&to::<F>(&p.weight), p.steps, device)?,
            params: Tensor::from_slice(&column(&p.params), cell.param.len(), device)?,
            free: free.clone(),
            loss: Arc::new(SquaredError {}),
        };
        let var = Var::from_tensor(&Tensor::from_slice(&candidates, (free.len(), n), device)?)?;
        let losses = objective.losses(&var)?;
        let grads = losses.sum_all()?.backward()?;
        Ok([to_host(&losses)?, grads.get(&var).map_or_else(|| Ok(vec![]), to_host)?])
    };
    let (got, want) = (run(device)?, run(&Device::Cpu)?);
    let name = match Method::cheaper(cell, free.len()) {
        Method::Tangent => ["candle/losses", "candle/losses by tangents"],
        Method::Adjoint => ["candle/losses", "candle/losses by adjoint"],
    };
    for (name, (got, want)) in name.into_iter().zip(got.iter().zip(&want)) {
        match compare(name, got, want, want.len(), tolerance::<F>()) {
            Ok(error) => found.insert(name, error),
            Err(error) => return Ok(Err(error)),
        };
    }
    Ok(Ok(()))
}
