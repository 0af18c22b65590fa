//! Scans of rows in the host's memory, on any device and in either precision.

use super::{DeviceError, Number, on_device, open};
use candle_core::{DType, Device};
#[cfg(any(feature = "cuda", feature = "metal"))]
use kernels::device::host;
use kernels::{Adjoint, Cell, Forward, Objective, Run, Seed, Series, Tangent};

/// Where scans run and in which precision; the rows are in double precision throughout.
///
/// On a device other than the processor the rows are copied there and the results back: for fits, whose scans take far
/// longer than that. Tensors stay where they are, see [`scan`](crate::scan()).
#[derive(Clone, Debug)]
pub struct Engine {
    device: Device,
    single: bool,
}

impl Default for Engine {
    /// The processor, in double precision.
    fn default() -> Self {
        Engine { device: Device::Cpu, single: false }
    }
}

impl Engine {
    /// On the device of a name, see [`open`]; `dtype` is F32 or F64.
    pub fn open(device: &str, dtype: DType) -> Result<Self, DeviceError> {
        let engine = Engine { device: open(device)?, single: dtype == DType::F32 };
        match engine.device.is_metal() && !engine.single {
            true => Err(DeviceError::Precision),
            false => Ok(engine),
        }
    }

    /// `kernel` on this engine.
    pub fn simulator(&self, kernel: &'static Cell) -> Simulator {
        Simulator { engine: self.clone(), kernel }
    }

    /// F32 or F64.
    pub fn dtype(&self) -> DType {
        if self.single { DType::F32 } else { DType::F64 }
    }

    /// The device.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// As [`Cell::forward`].
    pub fn forward(&self, kernel: &'static Cell, run: &Run<f64>, out: Forward<f64>) -> Result<(), DeviceError> {
        if !self.single {
            return self.forward_in(kernel, run, out);
        }
        let narrow = Narrow::new(run);
        let (mut rows, mut end) = (zeros(out.rows), zeros(out.end));
        let narrow_out = Forward { record: out.record, rows: &mut rows, end: &mut end };
        self.forward_in(kernel, &narrow.run(run), narrow_out)?;
        widen(&[&rows[..], &end[..]], [out.rows, out.end]);
        Ok(())
    }

    /// As [`Cell::adjoint`].
    pub fn adjoint(&self, kernel: &'static Cell, run: &Run<f64>, out: Adjoint<f64>) -> Result<(), DeviceError> {
        if !self.single {
            return self.adjoint_in(kernel, run, out);
        }
        let narrow = Narrow::new(run);
        let given = match &out.seed {
            Seed::Rows(_, values) => [narrowed(values), vec![]],
            Seed::Objective(o) => [narrowed(o.target.data), narrowed(o.weight.data)],
        };
        let seed = match &out.seed {
            Seed::Rows(rows, _) => Seed::Rows(rows, &given[0]),
            Seed::Objective(o) => Seed::Objective(objective(o, &given)),
        };
        let end = narrowed(out.end);
        let wide = [out.start, out.drive, out.params, out.loss];
        let mut found = wide.each_ref().map(|x| zeros(x));
        let [start, drive, params, loss] = &mut found;
        self.adjoint_in(kernel, &narrow.run(run), Adjoint { seed, end: &end, start, drive, params, loss })?;
        widen(&found.each_ref().map(|x| x.as_slice()), wide);
        Ok(())
    }

    /// As [`Cell::tangent`].
    pub fn tangent(&self, kernel: &'static Cell, run: &Run<f64>, out: Tangent<f64>) -> Result<(), DeviceError> {
        if !self.single {
            return self.tangent_in(kernel, run, out);
        }
        let narrow = Narrow::new(run);
        let given = [narrowed(out.objective.target.data), narrowed(out.objective.weight.data)];
        let start = narrowed(out.start);
        let wide = [out.loss, out.gradient, out.curvature];
        let mut found = wide.each_ref().map(|x| zeros(x));
        let [loss, gradient, curvature] = &mut found;
        let objective = objective(&out.objective, &given);
        let scan = Tangent { objective, which: out.which, start: &start, loss, gradient, curvature };
        self.tangent_in(kernel, &narrow.run(run), scan)?;
        widen(&found.each_ref().map(|x| x.as_slice()), wide);
        Ok(())
    }

    fn forward_in<F: Number>(&self, k: &'static Cell, run: &Run<F>, out: Forward<F>) -> Result<(), DeviceError> {
        on_device!(&self.device, queue => host::forward(queue, k, run, out), cpu => Ok(k.forward(run, out)?))
    }

    fn adjoint_in<F: Number>(&self, k: &'static Cell, run: &Run<F>, out: Adjoint<F>) -> Result<(), DeviceError> {
        on_device!(&self.device, queue => host::adjoint(queue, k, run, out), cpu => Ok(k.adjoint(run, out)?))
    }

    fn tangent_in<F: Number>(&self, k: &'static Cell, run: &Run<F>, out: Tangent<F>) -> Result<(), DeviceError> {
        on_device!(&self.device, queue => host::tangent(queue, k, run, out), cpu => Ok(k.tangent(run, out)?))
    }
}

/// A model on an engine: dereferences to its [`Cell`], whose scans run where the engine says.
#[derive(Clone, Debug)]
pub struct Simulator {
    /// Where.
    pub engine: Engine,
    kernel: &'static Cell,
}

impl std::ops::Deref for Simulator {
    type Target = &'static Cell;

    fn deref(&self) -> &&'static Cell {
        &self.kernel
    }
}

impl Simulator {
    /// As [`Cell::forward`].
    pub fn forward(&self, run: &Run<f64>, out: Forward<f64>) -> Result<(), DeviceError> {
        self.engine.forward(self.kernel, run, out)
    }

    /// As [`Cell::adjoint`].
    pub fn adjoint(&self, run: &Run<f64>, out: Adjoint<f64>) -> Result<(), DeviceError> {
        self.engine.adjoint(self.kernel, run, out)
    }

    /// As [`Cell::tangent`].
    pub fn tangent(&self, run: &Run<f64>, out: Tangent<f64>) -> Result<(), DeviceError> {
        self.engine.tangent(self.kernel, run, out)
    }
}

/// A run's numbers in single precision.
struct Narrow {
    start: Vec<f32>,
    drive: Vec<f32>,
    params: Vec<f32>,
}

impl Narrow {
    fn new(run: &Run<f64>) -> Self {
        Narrow { start: narrowed(run.start), drive: narrowed(run.drive.data), params: narrowed(run.params) }
    }

    fn run(&self, run: &Run<f64>) -> Run<'_, f32> {
        Run {
            dt: run.dt,
            steps: run.steps,
            batch: run.batch,
            neurons: run.neurons,
            start: &self.start,
            drive: Series { data: &self.drive, spread: run.drive.spread },
            params: &self.params,
            level: run.level,
        }
    }
}

fn objective<'a>(wide: &Objective<f64>, [target, weight]: &'a [Vec<f32>; 2]) -> Objective<'a, f32> {
    Objective {
        row: wide.row,
        target: Series { data: target, spread: wide.target.spread },
        weight: Series { data: weight, spread: wide.weight.spread },
    }
}

fn narrowed(x: &[f64]) -> Vec<f32> {
    x.iter().map(|&x| x as f32).collect()
}

fn zeros(like: &[f64]) -> Vec<f32> {
    vec![0.0; like.len()]
}

fn widen<const N: usize>(from: &[&[f32]; N], to: [&mut [f64]; N]) {
    for (from, to) in from.iter().zip(to) {
        to.iter_mut().zip(*from).for_each(|(to, &x)| *to = f64::from(x));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernels_testing::{Buffers, Population};

    #[test]
    fn single_precision_gives_the_same_to_its_rounding() {
        let kernel = kernels::find("hh-pospischil").unwrap();
        let p = Population::new(kernel, [3, 100, 2], kernels::Spread::Batch);
        let buffers = Buffers::<f64>::new(&p);
        let run = buffers.run();
        let which = [1, 4];
        let [double, single] = [DType::F64, DType::F32].map(|dtype| {
            let engine = Engine::open("cpu", dtype).unwrap();
            let (mut rows, mut end) = (vec![0.0; 600], vec![0.0; 30]);
            engine.forward(kernel, &run, Forward { record: &[0], rows: &mut rows, end: &mut end }).unwrap();
            let (mut params, mut loss) = (vec![0.0; 30], vec![0.0; 3]);
            let seed = Seed::Objective(buffers.objective());
            let (start, drive) = (&mut [][..], &mut [][..]);
            let out = Adjoint { seed, end: &[], start, drive, params: &mut params, loss: &mut loss };
            engine.adjoint(kernel, &run, out).unwrap();
            let (mut gradient, mut again) = (vec![0.0; 6], vec![0.0; 3]);
            let (gradient_out, curvature) = (&mut gradient, &mut [][..]);
            let objective = buffers.objective();
            let out =
                Tangent { objective, which: &which, start: &[], loss: &mut again, gradient: gradient_out, curvature };
            engine.tangent(kernel, &run, out).unwrap();
            [rows, end, params, loss, gradient, again].concat()
        });
        assert!(double != single);
        for (k, (d, s)) in double.iter().zip(&single).enumerate() {
            assert!((d - s).abs() < 1e-3 * (1.0 + d.abs()), "{k}: {d} {s}");
        }
    }
}
