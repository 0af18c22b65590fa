//! These tests check the network scan as an operation of candle. `spiking.rs` checks its gradients through spikes, and
//! `kernels/tests/training` compares them with plain networks.

use super::check::{TOLERANCE, error, flat, noise};
use brain_core::{PopulationInput, Recorder, network_scan};
use candle_core::{DType, Device, Result, Tensor, Var};
use kernels::network::{Delays, Edges, Network, Population, Projection, bptt::*};
use std::sync::Arc;

const STEPS: usize = 40;

struct Setup {
    circuit: Arc<Circuit>,
    starts: Vec<Tensor>,
    params: Vec<Tensor>,
    drive: Tensor,
    magnitudes: Tensor,
    raster: Raster,
}

/// Joins sources with Dale's law (two excite, two inhibit) to two populations far below threshold.
fn setup() -> Setup {
    let cells = [kernels::find("lif-cond-exp").unwrap(), kernels::find("lif-psc-exp").unwrap()];
    let neurons = [3, 2];
    let populations =
        vec![Population::sources("in", 4), Population::cells("a", 3, cells[0]), Population::cells("b", 2, cells[1])];
    let projection = |first, post: usize, input: &str, rows, d| {
        let (input, edges) = (cells[post - 1].input(input).unwrap(), Edges::dense(rows, neurons[post - 1], d));
        Projection { first, ..Projection::new(format!("{first}-{post}"), 0, post, input, edges) }
    };
    let projections = vec![
        projection(0, 1, "exc_w", 2, Delays::Uniform(3)),
        projection(2, 1, "inh_w", 2, Delays::Each(vec![1, 2, 3, 4, 5, 6])),
        projection(0, 2, "exc_w", 4, Delays::Uniform(1)),
    ];
    let circuit = Arc::new(Circuit::new(Network::new(0.5, populations, projections)).unwrap());
    let (mut starts, mut params) = (vec![], vec![]);
    for (c, n) in cells.iter().zip(neurons) {
        let row = |f: &kernels::equations::Field, shape: &[usize]| {
            let default = if f.name == "V_th" { -15.0 } else { f.default };
            noise(shape).affine(0.03 * default, default).unwrap()
        };
        let rows: Vec<_> = c.state.iter().map(|f| row(f, &[2, n])).collect();
        starts.push(Tensor::stack(&rows, 0).unwrap());
        let rows: Vec<_> = c.param.iter().map(|f| row(f, &[n])).collect();
        params.push(Tensor::stack(&rows, 0).unwrap());
    }
    let mut raster = Raster { starts: vec![0], neurons: vec![] };
    for k in 0..STEPS * 2 {
        raster.neurons.extend((0..4u32).filter(|n| (k * 4 + *n as usize) * 7919 % 11 < 2));
        raster.starts.push(raster.neurons.len());
    }
    let magnitudes = noise(&[circuit.synapses()]).affine(2.0, 0.3).unwrap();
    let drive = noise(&[STEPS, 1]).affine(15.0, 20.0).unwrap();
    Setup { circuit, starts, params, drive, magnitudes, raster }
}

impl Setup {
    fn run(&self, which: usize, x: &Tensor) -> Result<Vec<Vec<Tensor>>> {
        let pick = |k: usize, own: &Tensor| if k == which { x.clone() } else { own.clone() };
        let (start, params) = (pick(0, &self.starts[0]), pick(1, &self.params[0]));
        let (drive, magnitudes) = (pick(2, &self.drive), pick(3, &self.magnitudes));
        // By Dale's law conductances are positive, and the currents of the last two sources are negative.
        let sign: Vec<f64> = (0..self.circuit.synapses()).map(|k| if k < 16 { 1.0 } else { -1.0 }).collect();
        let sign = Tensor::from_vec(sign, self.circuit.synapses(), &Device::Cpu)?.to_dtype(magnitudes.dtype())?;
        let both = [Recorder::each("v", 0..STEPS), Recorder::each("exc_g", 0..STEPS)];
        let members = [
            PopulationInput::Sources(self.raster.clone()),
            PopulationInput::Cells { start: &start, params: &params, drive: Some((&["i"], &drive)), record: &both },
            PopulationInput::Cells { start: &self.starts[1], params: &self.params[1], drive: None, record: &both[..1] },
        ];
        network_scan(&self.circuit, STEPS, 2, &members, &(magnitudes.abs()? * sign)?, &[])
    }

    fn loss(&self, which: usize, x: &Tensor) -> Result<Tensor> {
        let rows = self.run(which, x)?;
        let (a, b) = (Tensor::cat(&rows[1], 0)?, &rows[2][0]);
        a.mul(&noise(a.dims()))?.sum_all()? + b.sqr()?.mul(&noise(b.dims()))?.affine(0.01, 0.0)?.sum_all()?
    }
}

#[test]
fn gradients_below_threshold() {
    let s = setup();
    for (which, x) in [&s.starts[0], &s.params[0], &s.drive, &s.magnitudes].into_iter().enumerate() {
        let error = error(|x| s.loss(which, x), x);
        assert!(error < TOLERANCE, "{which}: {error}");
    }
}

#[test]
fn it_is_one_node_and_its_gradient_can_be_asked_for_twice() {
    let s = setup();
    let x = Var::from_tensor(&s.magnitudes).unwrap();
    let loss = s.loss(3, &x).unwrap();
    let gradient = || flat(loss.backward().unwrap().get(&x).unwrap());
    assert_eq!(gradient(), gradient());
    let rows = s.run(3, &x).unwrap();
    assert!(rows[0].is_empty() && rows[1].len() == 2);
    assert_eq!([rows[1][0].dims(), rows[2][0].dims()], [[STEPS, 2, 3], [STEPS, 2, 2]]);
    assert!(!s.run(3, &s.magnitudes).unwrap()[1][0].track_op());
}

#[test]
fn errors_say_what_does_not_fit() {
    let s = setup();
    let fails = |which, x: Tensor, part: &str| {
        let message = s.run(which, &x).unwrap_err().to_string();
        assert!(message.contains(part), "{message}");
    };
    fails(0, noise(&[4, 2, 2]), "start of `a` has shape [4, 2, 2]; it must be [4, 2, 3]");
    fails(2, noise(&[STEPS, 2]), "drive of `a` has shape [40, 2]; it must be [40, 1]");
    fails(1, s.params[0].to_dtype(DType::F32).unwrap(), "F32");
    let members = [PopulationInput::Sources(Raster::default())];
    let message = network_scan(&s.circuit, 3, 1, &members, &s.magnitudes, &[]).unwrap_err().to_string();
    assert!(message.contains("1 inputs for 3 populations"), "{message}");
}
