//! `brain-net run`.

use super::build::EXTERNAL;
use super::place;
use crate::Network;
use crate::checkpoint::{LoadError, READOUT};
use crate::config::{Assembled, External, NetConfig, assemble, externals};
use crate::simulate::{Observer, Potentials, SpikeLog, Times, load_state, prepare, recorded, save_state};
use crate::summary::weight_stats;
use anyhow::{Result, bail};
use brain_core::checkpoint::{Checkpoint, Data, Element, Meta};
use brain_core::cli::{Common, Machine, Usage, Where};
use brain_core::config::{self, Config};
use brain_core::interrupt::{self, Interrupted};
use brain_core::{Dtype, Output, Progress};
use kernels::network::Simulation;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The state of the simulation in the output folder.
const STATE: &str = "state.safetensors";
/// The spikes in the output folder.
const SPIKES: &str = "spikes.csv";
/// The potentials in the output folder.
const TRACES: &str = "traces.csv";
/// Simulated time between two looks at the progress, ms.
const CHUNK_MS: f64 = 20.0;
/// Note of the state: spikes of each population so far.
const COUNTS: &str = "spike_counts";
/// Note of the state: time that earlier calls took.
const SECONDS: &str = "seconds_run";

/// Options of `run`.
#[derive(clap::Args)]
pub struct Run {
    /// Config (every key has a default), or a network of `brain-net build`.
    config: PathBuf,
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    place: Where,
    /// Go on from the state in the output folder; `simulation.duration` may be longer than it was.
    #[arg(long)]
    resume: bool,
}

/// A built network, and what its populations receive from outside.
type Given = (Network, Vec<External>);

/// Reads the config, and the network where it is given, with the options applied.
fn resolve(run: &Run) -> Result<(Config<NetConfig>, Option<Given>)> {
    let (file, sets) = (&run.config, &run.common.shared.sets);
    let (mut config, given) = match file.extension().is_some_and(|e| e.eq_ignore_ascii_case("safetensors")) {
        true => stored(file, sets).map(|(config, given)| (config, Some(given)))?,
        false => (config::load::<NetConfig>(file, sets)?, None),
    };
    place(&run.common, &mut config, file)?;
    let s = &mut config.value.simulation;
    s.dtype = run.place.dtype(s.dtype);
    s.threads = run.common.shared.machine.threads.or(s.threads);
    Ok((config, given))
}

/// Reads a network of `build`.
fn stored(file: &Path, sets: &[String]) -> Result<(Config<NetConfig>, Given)> {
    let key = |set: &String| set.split('=').next().unwrap_or_default().trim().to_owned();
    let built = |k: &String| k != "out" && k != "name" && k.split('.').next() != Some("simulation");
    if let Some(key) = sets.iter().map(key).find(built) {
        bail!(Usage(format!("--set {key}: the network is built already; only `simulation`, `name` and `out` change")));
    }
    let mut checkpoint = Checkpoint::load(file)?;
    let config = config::parse::<NetConfig>(file, &checkpoint.meta.config, sets)?;
    let network = Network::from_checkpoint(&mut checkpoint)?;
    // The table need not be there any more.
    let external = checkpoint.meta.notes.get(EXTERNAL).cloned();
    let external = external.map(serde_json::from_value).transpose().map_err(|e| LoadError::Content {
        file: file.display().to_string(),
        problem: format!("the note `{EXTERNAL}`: {e}"),
    })?;
    checkpoint.ignore(READOUT);
    checkpoint.finish().map_err(LoadError::from)?;
    let external = external.map_or_else(|| externals(&config), Ok)?;
    Ok((config, (network, external)))
}

/// Builds, simulates, writes.
pub fn run(options: &Run) -> Result<()> {
    options.place.processor_only("the simulation of networks")?;
    let (config, given) = resolve(options)?;
    if options.common.print_config {
        print!("{}", config::to_yaml(&config.value)?);
        return Ok(());
    }
    Machine { threads: config.value.simulation.threads, ..options.common.shared.machine }.start()?;
    match config.value.simulation.dtype {
        Dtype::F32 => simulate::<f32>(options, &config, given),
        Dtype::F64 => simulate::<f64>(options, &config, given),
    }
}

/// The config without what a resumed run may change.
fn fixed(c: &NetConfig) -> Result<String> {
    let mut c = c.clone();
    let default = NetConfig::default();
    (c.name, c.out) = (default.name, default.out);
    let s = &mut c.simulation;
    s.threads = None;
    (s.duration, s.save_every, s.raster) =
        (default.simulation.duration, default.simulation.save_every, default.simulation.raster);
    Ok(config::to_yaml(&c)?)
}

fn simulate<F: kernels::Precision + Element + Into<f64>>(
    options: &Run,
    config: &Config<NetConfig>,
    given: Option<Given>,
) -> Result<()>
where
    Data: From<Vec<F>>,
{
    let c = &config.value;
    let (quiet, json) = (options.common.quiet || options.common.shared.json, options.common.shared.json);
    let started = Instant::now();
    let (built, external) = match given {
        Some((network, external)) => {
            let files = vec![("parent", options.config.clone())];
            (Assembled { network, files, ..Assembled::default() }, external)
        }
        None => (assemble(config)?, externals(config)?),
    };
    let network = built.network;
    let times = Times::new(config, network.dt_ms)?;
    let recorded = recorded(config, &network)?;
    let populations = network.populations.clone();
    let names: Vec<String> = populations.iter().map(|p| p.name.clone()).collect();
    let mut metrics = Map::new();
    metrics.insert("neurons".into(), json!(network.neurons()));
    metrics.insert("synapses".into(), json!(network.synapses()));
    let weights: Map<_, _> =
        network.projections.iter().map(|p| (p.name.clone(), json!(weight_stats(&p.magnitudes())))).collect();

    let engine = prepare(config, network, &external, &times)?;
    let threads = rayon::current_num_threads();
    let mut simulation = Simulation::new(engine, threads).map_err(crate::config::BuildError::from)?;
    for (k, r) in recorded.iter().enumerate() {
        simulation.record_spikes(k, *r)?;
    }
    let mut potentials = Potentials::new(config, &populations, &times)?;
    simulation.record_traces(potentials.traces())?;
    let output = Output::create(&c.out)?;
    let mut meta = Meta { config: fixed(c)?, seed: c.seed, ..Meta::default() };
    for (role, file) in &built.files {
        meta.add_input(role, file)?;
    }
    // After the transient, of all populations, written down or not.
    let mut counts = vec![0u64; populations.len()];
    let mut seconds_before = 0.0;
    if options.resume {
        let state = Checkpoint::load(&output.path(STATE))?;
        if state.meta.config != meta.config || state.meta.lineage != meta.lineage {
            let file = output.path(STATE);
            bail!(Usage(format!(
                "{}: saved by a run of another config or other files; only `simulation.duration`, `save_every`, `raster` and `threads` may change",
                file.display()
            )));
        }
        let log = output.path(SPIKES);
        if state.meta.step > 0 && !log.is_file() {
            let problem =
                format!("{}: not there; the spikes so far are needed to go on, or run without --resume", log.display());
            bail!(Usage(problem));
        }
        seconds_before = state.meta.notes.get(SECONDS).and_then(Value::as_f64).unwrap_or(0.0);
        let earlier = state.meta.notes.get(COUNTS).and_then(|n| serde_json::from_value(n.clone()).ok());
        counts = earlier.filter(|c: &Vec<u64>| c.len() == counts.len()).unwrap_or(counts);
        load_state(&mut simulation, state)?;
    }
    let seconds_build = started.elapsed().as_secs_f64();

    output.write("config.yaml", config::to_yaml(c)?)?;
    let mut observer = Observer::new(&populations, &recorded, &times);
    let file = output.path(SPIKES);
    let mut log = SpikeLog::open(file, names.clone(), times.dt_ms, simulation.step(), |s| observer.spike(s))?;
    potentials.open(output.path(TRACES), simulation.step())?;
    interrupt::listen()?;
    let begin = Instant::now();
    let seconds = || seconds_before + begin.elapsed().as_secs_f64();
    let save = |simulation: &Simulation<F>, seconds: f64, counts: &[u64]| {
        let mut meta = meta.clone();
        meta.notes.insert(COUNTS.into(), json!(counts));
        meta.notes.insert(SECONDS.into(), json!(seconds));
        save_state(simulation, meta, &output.path(STATE))
    };
    let mut progress = Progress::new("simulating", times.steps, quiet);
    let chunk = ((CHUNK_MS / times.dt_ms).round() as u64).max(1);
    let neurons: u64 = populations.iter().map(|p| u64::from(p.size)).sum();
    while simulation.step() < times.steps {
        let mut steps = chunk.min(times.steps - simulation.step());
        if times.save_every > 0 {
            steps = steps.min(times.save_every - simulation.step() % times.save_every);
        }
        let transient = (times.transient_ms / times.dt_ms).round() as u64;
        if simulation.step() < transient {
            steps = steps.min(transient - simulation.step());
        }
        let record = simulation.run(steps as usize);
        if simulation.step() > transient {
            counts.iter_mut().zip(&record.counts).for_each(|(sum, n)| *sum += n);
        }
        potentials.append(simulation.step() - steps, &record.traces)?;
        log.append(&record.spikes)?;
        record.spikes.iter().for_each(|s| observer.spike(*s));
        observer.advance(simulation.step());
        let (step, spikes) = (simulation.step(), record.counts.iter().sum::<u64>());
        progress.at(step, || {
            let hz = spikes as f64 / neurons.max(1) as f64 / (steps as f64 * times.dt_ms * 1e-3);
            format!("{:.0} ms, {hz:.1} Hz", step as f64 * times.dt_ms)
        });
        if interrupt::requested() && step < times.steps {
            save(&simulation, seconds(), &counts)?;
            let after = format!("{} ms", step as f64 * times.dt_ms);
            return Err(Interrupted { after, dir: output.dir().into() }.into());
        }
        if times.save_every > 0 && step.is_multiple_of(times.save_every) {
            save(&simulation, seconds(), &counts)?;
        }
    }
    let seconds_run = seconds();
    observer.advance(simulation.step());
    save(&simulation, seconds_run, &counts)?;
    progress.finish(&format!("{} ms in {seconds_run:.2} s", times.duration_ms()));
    let drawn = times.raster_ms > 0.0;
    if drawn {
        output.figure("raster", &observer.raster().figure(&c.name))?;
        if let Some(figure) = potentials.figure(&c.name) {
            output.figure("potentials", &figure)?;
        }
    }

    let biological = simulation.step() as f64 * times.dt_ms * 1e-3;
    let (each, all) = observer.reports();
    let of = |k: usize| each[k].map(|r| (names[k].clone(), r));
    let each: Vec<_> = (0..names.len()).filter_map(of).collect();
    let measured = biological - times.transient_ms * 1e-3;
    let hz = |k: usize| counts[k] as f64 / (f64::from(populations[k].size.max(1)) * measured);
    let rates: Map<_, _> = (0..names.len()).map(|k| (names[k].clone(), json!(hz(k)))).collect();
    let (synapse_bytes, other_bytes) = simulation.bytes();
    for (key, value) in [
        ("seed", json!(c.seed)),
        ("dtype", json!(F::KIND.to_lowercase())),
        ("threads", json!(threads)),
        ("seconds_build", json!(seconds_build)),
        ("seconds_run", json!(seconds_run)),
        ("biological_seconds", json!(biological)),
        ("realtime_factor", json!(seconds_run / biological)),
        ("rate_hz", rates.into()),
        ("isi_cv", json!(all.isi_cv)),
        ("synchrony", json!(all.synchrony)),
        ("activity", each.iter().map(|(n, r)| (n.clone(), json!(r))).collect::<Map<_, _>>().into()),
        ("activity_all", json!(all)),
        ("weight_stats", weights.into()),
        ("bytes_synapses", json!(synapse_bytes)),
        ("bytes_other", json!(other_bytes)),
        ("notes", json!(built.notes)),
    ] {
        metrics.insert(key.into(), value);
    }
    let text = serde_json::to_string_pretty(&metrics)?;
    output.write("metrics.json", &text)?;
    if json {
        println!("{text}");
    } else if !quiet {
        println!(
            "{:<12} {:>9} {:>7} {:>7} {:>11} {:>9}",
            "population", "rate (Hz)", "CV", "Fano", "correlation", "synchrony"
        );
        let number = |x: Option<f64>, digits: usize| x.map_or("-".to_owned(), |x| format!("{x:.digits$}"));
        for (name, r) in each.iter().chain([&("all".to_owned(), all)]) {
            println!(
                "{name:<12} {:>9} {:>7} {:>7} {:>11} {:>9}",
                number(r.rate_hz, 2),
                number(r.isi_cv, 2),
                number(r.fano, 2),
                number(r.correlation, 4),
                number(r.synchrony, 3)
            );
        }
        println!("built in {seconds_build:.2} s, {biological} s simulated in {seconds_run:.2} s");
        let look =
            if drawn { format!("Look at {}; spikes", output.path("raster.png").display()) } else { "Spikes".into() };
        println!("{look} are in {}.", output.path(SPIKES).display());
    }
    Ok(())
}
