//! `brain-net run` simulates a network and writes its spikes, statistics and figures.

use super::apply;
use super::build::EXTERNAL;
use crate::AnatomicalNetwork;
use crate::analysis;
use crate::checkpoint::{LoadError, READOUT};
use crate::config::{General, NetConfig, SimulationSettings};
use crate::error::BuildError;
use crate::registry::Registry;
use crate::simulate::{Observer, Potentials, Simulated, SpikeLog, check_memory, prepare, recorded};
use crate::source::{BuiltNetwork, ExternalInput};
use crate::summary::weight_stats;
use anyhow::{Result, bail};
use brain_core::checkpoint::{ArrayData, Checkpoint, CheckpointError, CheckpointKind, Element, Meta};
use brain_core::cli::{Common, Machine, Usage, Where};
use brain_core::config::KeyPlace;
use brain_core::interrupt::{self, Interrupted};
use brain_core::{Backend, Dtype, Output, Progress};
use candle_core::WithDType;
use kernels::network::{InvalidNetwork, Simulation};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The output folder holds the state of the simulation in this file.
const STATE: &str = "state.safetensors";
/// The output folder holds the spikes in this file.
const SPIKES: &str = "spikes.csv";
/// The output folder holds the potentials in this file.
const TRACES: &str = "traces.csv";
/// Progress is reported each time that this much is simulated, ms.
const CHUNK_MS: f64 = 20.0;
/// This note of the state counts the spikes of each population so far.
const COUNTS: &str = "spike_counts";
/// The output folder holds the numbers of the run in this file.
const METRICS: &str = "metrics.json";

/// `brain-net run` takes these options.
#[derive(clap::Args)]
pub struct RunArgs {
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

/// A run simulates a built network with the external inputs of its populations.
struct Built {
    network: BuiltNetwork,
    external: Vec<ExternalInput>,
}

/// Reads the config, with the checkpoint that holds it where the network is built already, and applies the options of the
/// command line.
fn read(run: &RunArgs, registry: &Registry) -> Result<(NetConfig, Option<Checkpoint>)> {
    let (file, sets) = (&run.config, &run.common.shared.sets);
    let (mut config, checkpoint) = match file.extension().is_some_and(|e| e.eq_ignore_ascii_case("safetensors")) {
        true => stored_config(file, sets, registry).map(|(config, checkpoint)| (config, Some(checkpoint)))?,
        false => (NetConfig::load(file, sets, registry)?, None),
    };
    apply(&run.common, &mut config)?;
    let s = &mut config.general.simulation;
    s.dtype = run.place.dtype(s.dtype);
    s.threads = run.common.shared.machine.threads.or(s.threads);
    Ok((config, checkpoint))
}

/// Reads the config of a network that `brain-net build` wrote.
fn stored_config(file: &Path, sets: &[String], registry: &Registry) -> Result<(NetConfig, Checkpoint)> {
    let key = |set: &String| set.split('=').next().unwrap_or_default().trim().to_owned();
    let built = |k: &String| k != "out" && k != "name" && k.split('.').next() != Some("simulation");
    if let Some(key) = sets.iter().map(key).find(built) {
        bail!(Usage(format!("--set {key}: the network is built already; only `simulation`, `name` and `out` change")));
    }
    let checkpoint = Checkpoint::load(file)?;
    // A trained network holds the config of its training, which does not say how it is simulated.
    checkpoint.expect(&[CheckpointKind::Network])?;
    let config = NetConfig::parse_stored(file, &checkpoint.meta.config, sets, registry)?;
    Ok((config, checkpoint))
}

/// Reads a network that `brain-net build` wrote. Large networks are checked by all threads.
fn stored_network(file: &Path, config: &NetConfig, mut checkpoint: Checkpoint) -> Result<Built> {
    let network = AnatomicalNetwork::from_checkpoint(&mut checkpoint)?;
    // The external inputs are stored because the files of the source need not exist any more.
    let external = checkpoint.meta.notes.get(EXTERNAL).cloned();
    let external = external.map(serde_json::from_value).transpose().map_err(|e| LoadError::Content {
        file: file.display().to_string(),
        problem: format!("the note `{EXTERNAL}`: {e}"),
    })?;
    checkpoint.ignore(READOUT);
    checkpoint.finish().map_err(LoadError::from)?;
    let external = match external {
        Some(external) => external,
        None => config.resolve()?.external_inputs()?,
    };
    let network = BuiltNetwork { network, files: vec![("parent", file.into())], ..BuiltNetwork::default() };
    Ok(Built { network, external })
}

/// Builds or reads the network, simulates it, and writes spikes, statistics and figures.
pub fn run(options: &RunArgs, registry: &Registry) -> Result<()> {
    options.place.processor_only("the simulation of networks")?;
    let (mut config, checkpoint) = read(options, registry)?;
    if options.common.print_config {
        print!("{}", config.explained()?);
        return Ok(());
    }
    let settings = config.simulation()?;
    Machine { threads: settings.threads, ..options.common.shared.machine }.start()?;
    if options.resume {
        config.general.simulation.dtype = dtype_of_state(options, &config, checkpoint.is_some())?;
    }
    let built = checkpoint.map(|c| stored_network(&options.config, &config, c)).transpose()?;
    match config.general.simulation.dtype {
        Dtype::F32 => simulate::<f32>(options, &config, settings, built),
        Dtype::F64 => simulate::<f64>(options, &config, settings, built),
    }
}

/// Returns the precision of the state that a run goes on from; that of the config where there is none. Fails where another
/// one is asked for. A config that came with a built network says nothing of the precision.
fn dtype_of_state(options: &RunArgs, config: &NetConfig, built: bool) -> Result<Dtype> {
    let (file, asked) = (config.general.out.join(STATE), config.general.simulation.dtype);
    if !file.exists() {
        return Ok(asked);
    }
    let state = Checkpoint::load(&file)?;
    state.expect(&[CheckpointKind::SimulationState])?;
    let Ok(of_state) = NetConfig::parse_stored(&file, &state.meta.config, &[""; 0], config.registry()) else {
        return Ok(asked);
    };
    let saved = options.place.dtype_of_state(of_state.general.simulation.dtype, &file)?;
    let (key, origin) = ("simulation.dtype", config.origin());
    let given = matches!(origin.place(key), KeyPlace::Set(_)) || !built && origin.is_given(key);
    if given && options.place.dtype.is_none() && asked != saved {
        let file = file.display();
        let problem =
            format!("{asked}: the state in {file} is of a run in {saved}; give that, or run without --resume");
        return Err(origin.error(key, problem).into());
    }
    Ok(saved)
}

/// Returns the seconds that a run took until it had simulated `biological` seconds, as it wrote them beside its state; 0
/// where it did not.
fn seconds_until(output: &Output, biological: f64) -> f64 {
    let text = std::fs::read_to_string(output.path(METRICS)).unwrap_or_default();
    let metrics: Value = serde_json::from_str(&text).unwrap_or_default();
    let number = |key: &str| metrics[key].as_f64();
    let same = number("biological_seconds").is_some_and(|found| (found - biological).abs() < 1e-6 * biological);
    number("seconds_run").filter(|_| same).unwrap_or(0.0)
}

/// Returns the config with every key that a resumed run may change at its default.
fn fixed(config: &NetConfig) -> NetConfig {
    let (mut fixed, default) = (config.clone(), General::default());
    let g = &mut fixed.general;
    (g.name, g.out) = (default.name, default.out);
    let (s, default) = (&mut g.simulation, default.simulation);
    s.threads = None;
    (s.duration, s.save_every, s.raster) = (default.duration, default.save_every, default.raster);
    fixed
}

/// Says which input the simulator refuses, where it is one.
fn refused(settings: &SimulationSettings, error: InvalidNetwork) -> BuildError {
    match settings.inputs.iter().find(|input| input.at == error.part) {
        Some(input) => {
            let problem = format!("{} cannot be simulated; lower the numbers of this input, or shorten dt", error.what);
            settings.origin.error(&input.at, problem).into()
        }
        None => error.into(),
    }
}

fn simulate<F: kernels::Precision + WithDType + Element + Into<f64>>(
    options: &RunArgs,
    config: &NetConfig,
    settings: SimulationSettings,
    given: Option<Built>,
) -> Result<()>
where
    ArrayData: From<Vec<F>>,
{
    let c = &config.general;
    let (quiet, json) = (options.common.quiet || options.common.shared.json, options.common.shared.json);
    let started = Instant::now();
    let Built { network: built, external } = match given {
        Some(built) => built,
        None => {
            let settings = config.resolve()?;
            Built { network: settings.build()?, external: settings.external_inputs()? }
        }
    };
    let (network, times) = (built.network, settings.times);
    let recorded = recorded(&settings, &network)?;
    let mut potentials = Potentials::new(&settings, &network)?;
    check_memory(&settings, &network, &recorded, size_of::<F>())?;
    let (names, sizes): (Vec<String>, Vec<u32>) = network.populations().map(|p| (p.name().into(), p.size())).unzip();
    let mut metrics = Map::new();
    metrics.insert("neurons".into(), json!(network.neurons()));
    metrics.insert("synapses".into(), json!(network.synapses()));
    let weights: Map<_, _> =
        network.graph.projections.iter().map(|p| (p.name.clone(), json!(weight_stats(&p.magnitudes())))).collect();

    let mut observer = Observer::new(&network, &recorded, &times);
    let backend = Backend::open("cpu", F::DTYPE)?;
    let Simulated { mut cells, network } = prepare(&settings, network, &external, &backend)?;
    let threads = rayon::current_num_threads();
    let mut simulation = Simulation::new(network, threads).map_err(|e| refused(&settings, e))?;
    for (k, r) in recorded.iter().enumerate() {
        simulation.record_spikes(k, *r)?;
    }
    simulation.record_traces(potentials.traces())?;
    let output = Output::create(&c.out)?;
    let fixed = fixed(config);
    let mut meta = Meta { config: fixed.to_yaml()?, seed: c.seed, ..Meta::default() };
    for (role, file) in &built.files {
        meta.add_input(role, file)?;
    }
    // Spikes after the transient are counted for all populations, whether they are recorded or not.
    let mut counts = vec![0u64; names.len()];
    let mut seconds_before = 0.0;
    let today = |saved: &str| fixed.says_the_same(saved).unwrap_or(false).then(|| meta.config.clone());
    let state = Checkpoint::of_interrupted(&output.path(STATE), &meta, options.resume, today).map_err(|e| match e {
        CheckpointError::OtherConfig { file } => anyhow::Error::from(Usage(format!(
            "{}: saved by a run of another config; only `simulation.duration`, `save_every`, `raster` and `threads` may change",
            file.display()
        ))),
        other => other.into(),
    })?;
    if let Some(state) = state {
        let log = output.path(SPIKES);
        if state.meta.step > 0 && !log.is_file() {
            let problem =
                format!("{}: not there; the spikes so far are needed to go on, or run without --resume", log.display());
            bail!(Usage(problem));
        }
        let earlier = state.meta.notes.get(COUNTS).and_then(|n| serde_json::from_value(n.clone()).ok());
        counts = earlier.filter(|c: &Vec<u64>| c.len() == counts.len()).unwrap_or(counts);
        cells.load(&mut simulation, state)?;
        seconds_before = seconds_until(&output, simulation.step() as f64 * times.dt_ms * 1e-3);
        if simulation.step() > times.steps {
            let (done, asked) = (simulation.step() as f64 * times.dt_ms, times.duration_ms());
            bail!(Usage(format!(
                "{}: {done} ms are simulated, more than simulation.duration, {asked} ms; give {done} ms or more, or run without --resume",
                output.path(STATE).display()
            )));
        }
    }
    let seconds_build = started.elapsed().as_secs_f64();

    output.write("config.yaml", config.to_yaml()?)?;
    let file = output.path(SPIKES);
    let logged: Vec<_> = names.iter().cloned().zip(sizes.iter().copied()).collect();
    let mut log = SpikeLog::open(file, &logged, times.dt_ms, simulation.step(), |s| observer.spike(s))?;
    potentials.open(output.path(TRACES), simulation.step())?;
    interrupt::listen()?;
    let begin = Instant::now();
    let seconds = || seconds_before + begin.elapsed().as_secs_f64();
    let mut save = |simulation: &Simulation<F>, seconds: f64, counts: &[u64]| -> Result<()> {
        let mut meta = meta.clone();
        meta.notes.insert(COUNTS.into(), json!(counts));
        cells.save(simulation, meta, &output.path(STATE))?;
        // The state does not hold the time that it took, for equal runs leave equal states.
        let biological = simulation.step() as f64 * times.dt_ms * 1e-3;
        let so_far = json!({ "biological_seconds": biological, "seconds_run": seconds });
        Ok(output.write(METRICS, serde_json::to_string_pretty(&so_far)?)?)
    };
    let mut progress = Progress::new("simulating", times.steps, quiet);
    let chunk = ((CHUNK_MS / times.dt_ms).round() as u64).max(1);
    let neurons: u64 = sizes.iter().map(|n| u64::from(*n)).sum();
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
    let statistics = &config.registry().statistics;
    let (each, all) = observer.reports(statistics);
    let each: Vec<_> = names.iter().cloned().zip(each).filter_map(|(name, r)| Some((name, r?))).collect();
    let measured = biological - times.transient_ms * 1e-3;
    let hz = |k: usize| counts[k] as f64 / (f64::from(sizes[k].max(1)) * measured);
    let rates: Map<_, _> = (0..names.len()).map(|k| (names[k].clone(), json!(hz(k)))).collect();
    let (synapse_bytes, other_bytes) = simulation.bytes();
    for (key, value) in [
        ("seed", json!(c.seed)),
        ("device", json!(options.place.device)),
        ("dtype", json!(F::KIND.to_lowercase())),
        ("threads", json!(threads)),
        ("seconds_build", json!(seconds_build)),
        ("seconds_run", json!(seconds_run)),
        ("biological_seconds", json!(biological)),
        ("realtime_factor", json!(seconds_run / biological)),
        ("rate_hz", rates.into()),
        ("isi_cv", json!(all.get("isi_cv"))),
        ("synchrony", json!(all.get("synchrony"))),
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
    output.write(METRICS, &text)?;
    if json {
        println!("{text}");
    } else if !quiet {
        print!("{}", analysis::table(statistics, each.iter().chain([&("all".to_owned(), all)])));
        println!("built in {seconds_build:.2} s, {biological} s simulated in {seconds_run:.2} s");
        let look =
            if drawn { format!("Look at {}; spikes", output.path("raster.png").display()) } else { "Spikes".into() };
        println!("{look} are in {}.", output.path(SPIKES).display());
    }
    Ok(())
}
