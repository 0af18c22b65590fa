//! This module is the work of each thread in a run: it delivers spikes to its neurons, steps them, and exchanges their
//! spikes with the other threads.
//!
//! Threads meet at one barrier per epoch. Before the barrier a thread writes the spikes of its own neurons to its
//! mailbox; after it all threads read all mailboxes. Each thread has two mailboxes, for epochs of even and odd number.
//! These are enough, because a mailbox that is read in one epoch is not written before the next barrier.

use super::{
    RunRecord, Spike, Trace,
    barrier::{Barrier, Poisoned},
    population::Unit,
    prepared::Prepared,
    stimulus,
};
use crate::{
    Precision,
    memory::DisjointMut,
    network::delivery::events::{InputRing, ThreadTargets, deliver},
    step::simulated::{InputSource, Probe},
};
use std::{cell::UnsafeCell, ops::Range, panic::resume_unwind};

/// The spikes of one thread's neurons in one epoch.
struct Emitted<F> {
    /// Neurons that spike, `[population, step]`.
    spikes: Vec<Vec<u32>>,
    /// Share of its resources that each spike releases, `[projection, step]`; empty for a projection without short-term
    /// plasticity.
    released: Vec<Vec<F>>,
}

/// A value that one thread writes before a barrier and all threads read after it.
struct Mailbox<T>(UnsafeCell<T>);

// SAFETY: a barrier separates the write from the reads. Each epoch uses the mailbox of its parity, so that a thread
// writes the same mailbox again only after the next barrier, when all threads have read it.
unsafe impl<T: Send> Sync for Mailbox<T> {}

/// The data that the threads of a run share.
pub(super) struct Shared<'a, F: Precision> {
    plan: &'a Prepared<F>,
    /// First step of the run.
    start: u64,
    steps: usize,
    /// One mailbox for each thread and parity of the epoch.
    mail: Vec<[Mailbox<Emitted<F>>; 2]>,
    barrier: Barrier,
    /// Values of each trace, `[step, neuron]`; a thread writes those of its own neurons.
    traces: Vec<DisjointMut<'a, F>>,
}

/// The number of spikes of each population of a thread, and the recorded spikes.
type Counted = (Vec<u64>, Vec<Spike>);

/// The consecutive steps between two exchanges of spikes.
#[derive(Clone, Copy)]
struct Epoch {
    step: u64,
    length: usize,
    parity: usize,
}

/// Runs all threads and joins their counts and records. A panic of one of them is resumed in this thread.
pub(super) fn run<F: Precision>(plan: &Prepared<F>, start: u64, steps: usize) -> RunRecord<F> {
    let (threads, populations) = (plan.columns.len(), plan.populations.len());
    let trace = |t: &Trace| vec![F::default(); steps * t.neurons.len()];
    let mut traces: Vec<Vec<F>> = plan.traces.iter().map(trace).collect();
    let shared = Shared::new(plan, start, steps, &mut traces);
    let this = &shared;
    let records: Vec<Counted> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|k| scope.spawn(move || this.work(k))).collect();
        let first = this.work(0);
        let rest = others.into_iter().map(|t| t.join().unwrap_or_else(|panic| resume_unwind(panic)));
        // A thread that returns `Poisoned` did not panic itself; joining the thread that did resumes the panic.
        std::iter::once(first).chain(rest.collect::<Vec<_>>()).filter_map(Result::ok).collect()
    });
    drop(shared);
    let mut record = RunRecord { counts: vec![0; populations], spikes: vec![], traces };
    for (counts, spikes) in records {
        record.counts.iter_mut().zip(counts).for_each(|(to, n)| *to += n);
        match record.spikes.is_empty() {
            true => record.spikes = spikes,
            false => record.spikes.extend(spikes),
        }
    }
    record.spikes.sort();
    record
}

impl<'a, F: Precision> Shared<'a, F> {
    fn new(plan: &'a Prepared<F>, start: u64, steps: usize, traces: &'a mut [Vec<F>]) -> Self {
        let threads = plan.columns.len();
        let empty = || Emitted {
            spikes: vec![vec![]; plan.populations.len() * plan.epoch],
            released: vec![vec![]; plan.projections.len() * plan.epoch],
        };
        let mail = (0..threads).map(|_| [(); 2].map(|_| Mailbox(UnsafeCell::new(empty())))).collect();
        let traces = traces.iter_mut().map(|t| DisjointMut::new(t)).collect();
        Shared { plan, start, steps, mail, barrier: Barrier::new(threads), traces }
    }

    fn work(&self, thread: usize) -> Result<Counted, Poisoned> {
        let _guard = self.barrier.guard();
        let plan = self.plan;
        let sources: Vec<Vec<InputSource<F>>> =
            plan.populations.iter().map(|p| p.cells().map_or(vec![], |c| c.sources())).collect();
        let (mut counts, mut spikes) = (vec![0; plan.populations.len()], vec![]);
        let (mut done, mut parity) = (0, 0);
        let mut last = Epoch { step: self.start, length: 0, parity: 1 };
        while done < self.steps {
            let now = Epoch { step: self.start + done as u64, length: plan.epoch.min(self.steps - done), parity };
            self.deliver(thread, last);
            // SAFETY: this thread alone writes its mailbox, other threads read it only after the next barrier, and they
            // finished reading the contents of the last epoch of this parity before the previous barrier.
            let mine = unsafe { &mut *self.mail[thread][parity].0.get() };
            mine.spikes.iter_mut().for_each(|s| s.clear());
            mine.released.iter_mut().for_each(|r| r.clear());
            self.advance(thread, now, &sources, mine);
            self.release(now, mine);
            self.note(now, mine, &mut counts, &mut spikes);
            self.barrier.wait()?;
            done += now.length;
            (last, parity) = (now, 1 - parity);
        }
        // The last spikes are delivered, so that between runs spikes in transit are only in rings and states.
        self.deliver(thread, last);
        Ok((counts, spikes))
    }

    /// Adds the weights of the spikes of all threads to the inputs of this thread's neurons.
    fn deliver(&self, thread: usize, epoch: Epoch) {
        let plan = self.plan;
        for s in 0..epoch.length {
            for (k, p) in plan.projections.iter().enumerate() {
                let Some(cells) = plan.populations[p.post].cells() else { continue };
                let Some((at, stride)) = cells.arrivals(p.input) else { continue };
                if plan.columns[thread][p.post].is_empty() {
                    continue;
                }
                let ring = InputRing {
                    at,
                    stride,
                    slots: cells.slots,
                    now: ((epoch.step + s as u64) % cells.slots as u64) as usize,
                };
                let own = ThreadTargets { splits: &p.splits, thread, threads: self.mail.len() };
                for from in &self.mail {
                    // SAFETY: the mailbox was written before the last barrier and is not written again before the next.
                    let sent = unsafe { &*from[epoch.parity].0.get() };
                    let neurons = &sent.spikes[p.pre * plan.epoch + s];
                    if neurons.is_empty() {
                        continue;
                    }
                    let rows = p.first..p.first + p.edges.rows() as u32;
                    let from = neurons.partition_point(|&n| n < rows.start);
                    let to = from + neurons[from..].partition_point(|&n| n < rows.end);
                    let released = &sent.released[k * plan.epoch + s];
                    let released = if released.is_empty() { &[][..] } else { &released[from..to] };
                    // SAFETY: `Simulation::new` checked that targets and delays fit the ring, and `own` limits the
                    // targets to columns that this thread alone accesses.
                    unsafe { deliver(&p.edges, &own, &ring, p.first, &neurons[from..to], released) };
                }
            }
        }
    }

    /// Steps this thread's neurons through an epoch.
    fn advance(&self, thread: usize, epoch: Epoch, sources: &[Vec<InputSource<F>>], to: &mut Emitted<F>) {
        let plan = self.plan;
        for s in &plan.stimuli {
            let pop = &plan.populations[s.population];
            let Some(cells) = pop.cells() else { continue };
            let Some((at, stride)) = cells.arrivals(s.input) else { continue };
            let columns = clipped(&plan.columns[thread][s.population], pop.neurons);
            for step in epoch.step..epoch.step + epoch.length as u64 {
                let slot = (step % cells.slots as u64) as usize;
                // SAFETY: `slot` is a row of the ring or of the state with a place for each neuron, and this thread
                // alone accesses `columns`.
                unsafe {
                    s.add(step, plan.dt, pop.neurons, columns.clone(), at.add(slot * stride));
                }
            }
        }
        for (k, pop) in plan.populations.iter().enumerate() {
            let columns = plan.columns[thread][k].clone();
            if columns.is_empty() {
                continue;
            }
            let spikes = &mut to.spikes[k * plan.epoch..][..epoch.length];
            match &pop.unit {
                Unit::Cells(cells) => {
                    let probes = self.probes(k, &columns, epoch);
                    let mut segment = cells.segment(columns, pop.neurons, epoch.step, &sources[k], spikes, &probes);
                    // SAFETY: `Cells::segment` points to rows and rings of this population, which have a place for each
                    // neuron, and this thread alone accesses the columns.
                    unsafe { (F::compiled(cells.cell).steps().advance)(&mut segment, plan.level) };
                }
                Unit::Poisson { rate, key } => {
                    for (step, to) in (epoch.step..).zip(spikes) {
                        stimulus::poisson_spikes(rate, *key, step, plan.dt, clipped(&columns, pop.neurons), to);
                    }
                }
                Unit::Spikes { times } => {
                    for (step, to) in (epoch.step..).zip(spikes) {
                        let from = times.partition_point(|&t| t < (step, columns.start as u32));
                        let due = times[from..].iter().take_while(|&&(t, n)| t == step && (n as usize) < columns.end);
                        to.extend(due.map(|&(_, n)| n));
                    }
                }
            }
        }
    }

    /// Returns the recorders of the neurons of `columns`, with the addresses that they write to.
    fn probes(&self, population: usize, columns: &Range<usize>, epoch: Epoch) -> Vec<Probe<F>> {
        let mut probes = vec![];
        for (trace, to) in self.plan.traces.iter().zip(&self.traces).filter(|(t, _)| t.population == population) {
            let (stride, at) = (trace.neurons.len(), (epoch.step - self.start) as usize);
            for (k, &neuron) in trace.neurons.iter().enumerate().filter(|(_, n)| columns.contains(&(**n as usize))) {
                probes.push(Probe { neuron, row: trace.row, to: to.pointer(at * stride + k), stride });
            }
        }
        probes.sort_by_key(|p| p.neuron);
        probes
    }

    /// Computes the share of resources that this thread's spikes release in each projection with short-term plasticity.
    fn release(&self, epoch: Epoch, to: &mut Emitted<F>) {
        let plan = self.plan;
        for (k, p) in plan.projections.iter().enumerate() {
            let Some(resources) = &p.resources else { continue };
            for s in 0..epoch.length {
                let spikes = &to.spikes[p.pre * plan.epoch + s];
                // SAFETY: `n` is one of this thread's neurons, whose resources no other thread accesses.
                let one = |&n: &u32| F::of(unsafe { resources.spike(n as usize, epoch.step + s as u64, plan.dt) });
                to.released[k * plan.epoch + s].extend(spikes.iter().map(one));
            }
        }
    }

    /// Counts this thread's spikes, and records those of the populations that are recorded.
    fn note(&self, epoch: Epoch, from: &Emitted<F>, counts: &mut [u64], to: &mut Vec<Spike>) {
        for (k, list) in from.spikes.chunks(self.plan.epoch).enumerate() {
            counts[k] += list.iter().map(|s| s.len() as u64).sum::<u64>();
            if self.plan.recorded[k] {
                for (step, neurons) in (epoch.step..).zip(list) {
                    to.extend(neurons.iter().map(|&neuron| Spike { step, population: k as u32, neuron }));
                }
            }
        }
    }
}

/// Returns the columns that are neurons, without the padding of the last block.
fn clipped(columns: &Range<usize>, neurons: usize) -> Range<usize> {
    columns.start.min(neurons)..columns.end.min(neurons)
}

#[cfg(test)]
mod tests {
    use crate::network::{Network, PerNeuron, Population, PopulationKind, Simulation, simulate::population::Unit};
    use std::{any::Any, panic::catch_unwind, sync::mpsc::channel, time::Duration};

    /// Returns the panic of a run of 64 sources on two threads that has only `rates` rates. Fails if the run does not
    /// end.
    fn panic_of_a_run(rates: usize) -> Box<dyn Any + Send> {
        let kind = PopulationKind::Poisson { rate: PerNeuron::Each(vec![100.0; 64]), key: 1 };
        let populations = vec![Population { name: "sources".into(), neurons: 64, kind }];
        let network = Network::new(0.1, populations, vec![]);
        let mut simulation = Simulation::<f32>::new(network, 2).unwrap();
        simulation.prepared.populations[0].unit = Unit::Poisson { rate: PerNeuron::Each(vec![100.0; rates]), key: 1 };
        let (done, ended) = channel();
        std::thread::spawn(move || done.send(catch_unwind(move || simulation.run(1000).counts).unwrap_err()));
        ended.recv_timeout(Duration::from_secs(60)).expect("the run ends with the panic")
    }

    #[test]
    fn a_panic_of_any_thread_ends_the_run_with_its_message() {
        // The second thread has sources 32 to 63; with fewer than 32 rates the first thread panics too.
        for rates in [40, 10] {
            let panic = panic_of_a_run(rates);
            let message = panic.downcast_ref::<String>().expect("a message");
            assert!(message.contains("index out of bounds: the len is"), "{message}");
        }
    }
}
