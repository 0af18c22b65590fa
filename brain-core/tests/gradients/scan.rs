use super::check::{TOLERANCE, error, error_of, flat, noise};
use brain_core::{
    CellPopulation, Model, Scan, Transform,
    optim::{Adam, AdamConfig},
    scan,
};
use candle_core::{DType, Device, Result, Tensor, Var};
use candle_nn::Optimizer;
use kernels::Spread;

const CPU: Device = Device::Cpu;
const SPREADS: [Spread; 3] = [Spread::Shared, Spread::Batch, Spread::Neuron];

/// A population of three different neurons under two drives.
struct Setup {
    model: Model,
    dt: f64,
    start: Tensor,
    drive: Tensor,
    params: Tensor,
    outputs: &'static [&'static str],
}

impl Setup {
    /// Makes a setup in which `level` and `swing` are those of the first input, with a forced spike now and then.
    fn new(
        name: &str,
        dt: f64,
        steps: usize,
        (level, swing): (f64, f64),
        spread: Spread,
        outputs: &'static [&'static str],
    ) -> Self {
        let model = Model::find(name).unwrap();
        let mut cells = CellPopulation::new(model, 3).unwrap();
        if ["lif", "glif3"].contains(&name) {
            // The surrogate derivative of a spike reaches 20 mV below threshold, where no difference sees a spike.
            cells.set("V_th", -15.0).unwrap();
        }
        let vary = |x: Tensor| {
            let noise = noise(x.dims());
            (x.abs().unwrap() * 0.03 * noise).unwrap().add(&x).unwrap()
        };
        let inputs = kernels::find(name).unwrap().input.len();
        let shape = [steps, 1, 2, 3];
        let shape = &shape[..2 + SPREADS.iter().position(|&s| s == spread).unwrap()];
        let mut rows = vec![noise(shape).affine(swing, level).unwrap()];
        if inputs == 2 {
            let spikes = (0..steps).flat_map(|t| vec![f64::from(t % 50 == 20); shape[2..].iter().product()]);
            rows.push(Tensor::from_vec(spikes.collect(), shape, &CPU).unwrap());
        }
        Setup {
            model,
            dt,
            start: vary(cells.batched(2).unwrap().state().clone()),
            drive: Tensor::cat(&rows, 1).unwrap(),
            params: vary(cells.params().clone()),
            outputs,
        }
    }

    fn run(&self, start: &Tensor, drive: &Tensor, params: &Tensor) -> Result<Tensor> {
        scan(self.model.cell(), self.dt, start, drive, params, self.outputs)
    }

    /// Returns a number that depends on all rows, not linearly.
    fn loss(&self, start: &Tensor, drive: &Tensor, params: &Tensor) -> Result<Tensor> {
        let rows = self.run(start, drive, params)?;
        let weights = noise(rows.dims());
        let square = rows.sqr()?.mul(&weights)?.affine(0.01, 0.0)?;
        rows.mul(&weights.flatten_all()?.reshape(rows.dims())?)?.add(&square)?.mean_all()
    }

    /// Returns the errors of the gradients w.r.t. start, drive and parameters.
    fn errors(&self) -> [f64; 3] {
        [
            error(|x| self.loss(x, &self.drive, &self.params), &self.start),
            error(|x| self.loss(&self.start, x, &self.params), &self.drive),
            error(|x| self.loss(&self.start, &self.drive, x), &self.params),
        ]
    }
}

fn hh(spread: Spread) -> Setup {
    Setup::new("hh-traub", 0.025, 160, (0.6, 0.3), spread, &["v", "m", "n"])
}

#[test]
fn gradients_of_hodgkin_huxley() {
    for spread in SPREADS {
        let errors = hh(spread).errors();
        assert!(errors.iter().all(|&e| e < TOLERANCE), "{spread:?}: {errors:?}");
    }
}

#[test]
fn gradients_below_threshold() {
    for spread in SPREADS {
        for (name, outputs) in [("lif", &["v"][..]), ("glif3", &["i_1", "v", "i_2"])] {
            let errors = Setup::new(name, 0.1, 100, (20.0, 15.0), spread, outputs).errors();
            assert!(errors.iter().all(|&e| e < TOLERANCE), "{name} {spread:?}: {errors:?}");
        }
    }
}

#[test]
fn gradients_through_recorded_spikes() {
    for spread in SPREADS {
        let outputs = &["v", "w_2", "h_1", "u"];
        let errors = Setup::new("gif-forced", 0.1, 120, (100.0, 50.0), spread, outputs).errors();
        assert!(errors.iter().all(|&e| e < TOLERANCE), "{spread:?}: {errors:?}");
    }
}

#[test]
fn a_wrong_gradient_is_caught() {
    let setup = hh(Spread::Batch);
    let var = Var::from_tensor(&setup.params).unwrap();
    let grads = setup.loss(&setup.start, &setup.drive, &var).unwrap().backward().unwrap();
    let right = grads.get(&var).unwrap();
    let error = |g: &Tensor| error_of(g, |x| setup.loss(&setup.start, &setup.drive, x), &setup.params);
    assert!(error(right) < TOLERANCE);
    assert!(error(&right.affine(1.001, 0.0).unwrap()) > 5.0 * TOLERANCE);
    // The rows of two conductances are swapped.
    let order = Tensor::from_slice(&[0u32, 1, 3, 2, 4, 5, 6, 7], 8, &CPU).unwrap();
    assert!(error(&right.index_select(&order, 0).unwrap()) > 0.1);
}

#[test]
fn chain_rule_before_and_after() {
    let setup = hh(Spread::Shared);
    let fixed = setup.params.narrow(0, 3, 5).unwrap();
    let loss = |u: &Tensor| {
        let rows = setup.run(&setup.start, &setup.drive, &Tensor::cat(&[u.exp()?, fixed.clone()], 0)?)?;
        let (late, v) = (rows.narrow(0, 60, 40)?, rows.narrow(1, 0, 1)?);
        late.narrow(1, 1, 2)?.tanh()?.sum_all()?.add(&v.narrow(2, 1, 1)?.affine(0.1, 0.0)?.sin()?.mean_all()?)
    };
    let u = setup.params.narrow(0, 0, 3).unwrap().log().unwrap();
    let error = error(loss, &u);
    assert!(error < TOLERANCE, "{error}");
}

#[test]
fn a_long_run_is_one_node() {
    // Test threads have 2 MiB of stack, which a graph of 20,000 steps would overflow.
    let setup = Setup::new("lif", 0.1, 20_000, (20.0, 15.0), Spread::Shared, &["v", "spike"]);
    let params = Var::from_tensor(&setup.params).unwrap();
    let rows = setup.run(&setup.start, &setup.drive, &params).unwrap();
    assert_eq!(rows.dims(), [20_000, 2, 2, 3]);
    assert!(rows.sorted_nodes().len() <= 2);
    let grads = rows.mean_all().unwrap().backward().unwrap();
    assert!(flat(grads.get(&params).unwrap()).iter().all(|g| g.is_finite()));
}

#[test]
fn inputs_that_need_no_gradient_get_none() {
    let setup = hh(Spread::Shared);
    let inputs = [&setup.start, &setup.drive, &setup.params];
    for wanted in 0..3 {
        let var = Var::from_tensor(inputs[wanted]).unwrap();
        let mut now = inputs;
        now[wanted] = &var;
        let grads = setup.loss(now[0], now[1], now[2]).unwrap().backward().unwrap();
        let found = now.map(|t| grads.get(t).is_some());
        assert_eq!(found, [0, 1, 2].map(|k| k == wanted));
    }
    let rows = setup.run(inputs[0], inputs[1], inputs[2]).unwrap();
    assert!(!rows.track_op());
    let params = Var::from_tensor(inputs[2]).unwrap();
    assert!(!setup.run(inputs[0], inputs[1], &params.detach()).unwrap().track_op());
}

#[test]
fn layouts_of_any_kind() {
    let setup = hh(Spread::Batch);
    let rows = flat(&setup.run(&setup.start, &setup.drive, &setup.params).unwrap());
    let turned = Var::from_tensor(&setup.params.t().unwrap().contiguous().unwrap()).unwrap();
    let params = turned.t().unwrap();
    assert!(!params.is_contiguous());
    let again = setup.run(&setup.start, &setup.drive, &params).unwrap();
    assert_eq!(flat(&again), rows);
    let loss = |x: &Tensor| setup.loss(&setup.start, &setup.drive, &x.t()?);
    assert!(error(loss, &setup.params.t().unwrap().contiguous().unwrap()) < TOLERANCE);

    // The tensors are parts of larger ones, and the batch shares a start.
    let padded = Tensor::cat(&[&setup.drive, &setup.drive], 0).unwrap();
    let part = padded.narrow(0, 160, 160).unwrap();
    assert_eq!(flat(&setup.run(&setup.start, &part, &setup.params).unwrap()), rows);
    let first = setup.start.narrow(1, 0, 1).unwrap().contiguous().unwrap();
    let loss = |x: &Tensor| setup.loss(&x.broadcast_as((4, 2, 3))?, &setup.drive, &setup.params);
    assert!(error(loss, &first) < TOLERANCE);

    // The error of the bare operation says what to do.
    let op = Scan { cell: setup.model.cell(), dt: 0.1, record: vec![0] };
    let message = setup.start.apply_op3(&setup.drive, &params, op).unwrap_err().to_string();
    assert!(message.contains("strides [1, 8]") && message.contains("`contiguous`"), "{message}");
}

#[test]
fn drives_of_every_spread_agree() {
    let shared = hh(Spread::Shared);
    let drive = |shape: &[usize]| {
        let rank = shape.len();
        let dims: Vec<usize> = [160, 1].into_iter().chain(std::iter::repeat_n(1, rank - 2)).collect();
        shared.drive.reshape(dims).unwrap().broadcast_as(shape).unwrap()
    };
    let rows = |d: &Tensor| flat(&shared.run(&shared.start, d, &shared.params).unwrap());
    let first = rows(&shared.drive);
    assert_eq!(rows(&drive(&[160, 1, 2])), first);
    assert_eq!(rows(&drive(&[160, 1, 2, 3])), first);
}

#[test]
fn single_precision_follows_double() {
    let setup = hh(Spread::Shared);
    let gradient = |dtype: DType| {
        let to = |t: &Tensor| t.to_dtype(dtype).unwrap();
        let vars = [&setup.start, &setup.drive, &setup.params].map(|t| Var::from_tensor(&to(t)).unwrap());
        let rows = setup.run(&vars[0], &vars[1], &vars[2]).unwrap();
        let grads = rows.narrow(1, 0, 1).unwrap().sqr().unwrap().mean_all().unwrap().backward().unwrap();
        vars.map(|v| {
            let g = grads.get(&v).unwrap();
            assert_eq!(g.dtype(), dtype);
            flat(&g.to_dtype(DType::F64).unwrap())
        })
    };
    for (single, double) in gradient(DType::F32).iter().zip(&gradient(DType::F64)) {
        let size = |x: &mut dyn Iterator<Item = f64>| x.map(|x| x * x).sum::<f64>().sqrt();
        let away = size(&mut single.iter().zip(double).map(|(a, b)| a - b));
        assert!(away < 1e-3 * size(&mut double.iter().copied()), "{away}");
    }
}

#[test]
fn errors_say_what_does_not_fit() {
    let s = hh(Spread::Batch);
    let fails = |start: &Tensor, drive: &Tensor, params: &Tensor, outputs: &[&str], parts: &[&str]| {
        let message = scan(s.model.cell(), 0.1, start, drive, params, outputs).unwrap_err().to_string();
        assert!(parts.iter().all(|p| message.contains(p)), "{message}");
    };
    let (start, drive, params) = (&s.start, &s.drive, &s.params);
    let single = params.to_dtype(DType::F32).unwrap();
    fails(start, drive, &single, &["v"], &["params is of type F32 and start of F64", "to_dtype"]);
    let whole = start.to_dtype(DType::U32).unwrap();
    fails(&whole, drive, params, &["v"], &["start is of type U32"]);
    fails(&start.narrow(0, 0, 3).unwrap(), drive, params, &["v"], &["[3, 2, 3]", "4 states, batch, neurons"]);
    fails(
        start,
        drive,
        &params.narrow(1, 0, 2).unwrap(),
        &["v"],
        &["[8, 2]", "[8 parameters, 3 neurons]", "[4, 2, 3]"],
    );
    fails(start, &drive.narrow(2, 0, 1).unwrap(), params, &["v"], &["drive", "[160, 1, 1]", "[time, 1, 2, 3]"]);
    fails(start, &drive.flatten_all().unwrap(), params, &["v"], &["[320]"]);
    fails(start, drive, params, &["v", "spikes"], &["no output `spikes`; did you mean `spike`?"]);
    fails(start, drive, params, &["v", "v"], &["output 0 is recorded twice"]);
    fails(start, drive, params, &[], &["no output is asked for"]);
    let message = scan(s.model.cell(), -1.0, start, drive, params, &["v"]).unwrap_err().to_string();
    assert!(message.contains("a step of -1 ms"), "{message}");
}

#[test]
fn nothing_to_run() {
    let model = Model::find("lif").unwrap();
    for (steps, batch, neurons) in [(0, 1, 2), (5, 0, 2), (5, 1, 0)] {
        let cells = CellPopulation::new(model, neurons).unwrap();
        let params = Var::from_tensor(cells.params()).unwrap();
        let drive = Tensor::zeros((steps, 1), DType::F64, &CPU).unwrap();
        let start = cells.batched(batch).unwrap().state().clone();
        let rows = scan(model.cell(), 0.1, &start, &drive, &params, &["v"]).unwrap();
        assert_eq!(rows.dims(), [steps, 1, batch, neurons]);
        rows.sum_all().unwrap().backward().unwrap();
    }
}

#[test]
fn adam_recovers_two_parameters() {
    let model = Model::find("hh-traub").unwrap();
    let rows = [model.parameter("g_L").unwrap(), model.parameter("E_L").unwrap()];
    let mut cell = CellPopulation::new(model, 1).unwrap();
    let start = cell.state().clone();
    let drive = (0..800).map(|t| if t % 400 < 200 { -0.1 } else { 0.02 }).collect::<Vec<f64>>();
    let drive = Tensor::from_vec(drive, (800, 1), &CPU).unwrap();
    cell.set("g_L", 0.015).unwrap();
    cell.set("E_L", -68.0).unwrap();
    let truth = cell.params().clone();
    let target = scan(model.cell(), 0.05, &start, &drive, &truth, &["v"]).unwrap();

    let transforms = rows.map(|r| Transform::of(model.param[r].bounds.0, model.param[r].bounds.1));
    let free = [0.03, -60.0].iter().zip(&transforms).map(|(&x, t)| t.to_free(x)).collect::<Vec<_>>();
    let free = Var::from_vec(free, (2, 1), &CPU).unwrap();
    let candidate = || {
        let values = brain_core::param::rows_to_values(&transforms, &free)?;
        let pick = |k: usize| match rows.iter().position(|&r| r == k) {
            Some(at) => values.narrow(0, at, 1),
            None => truth.narrow(0, k, 1),
        };
        Tensor::cat(&(0..8).map(pick).collect::<Result<Vec<_>>>()?, 0)
    };
    let config = AdamConfig { learning_rate: 0.05, ..Default::default() };
    let mut adam = Adam::named([("free".to_string(), free.clone())], config).unwrap();
    for _ in 0..1000 {
        let v = scan(model.cell(), 0.05, &start, &drive, &candidate().unwrap(), &["v"]).unwrap();
        adam.backward_step(&v.sub(&target).unwrap().sqr().unwrap().mean_all().unwrap()).unwrap();
    }
    let found = flat(&candidate().unwrap());
    assert!((found[rows[0]] - 0.015).abs() < 1e-4, "{found:?}");
    assert!((found[rows[1]] + 68.0).abs() < 0.1, "{found:?}");
}
