//! `brain-net run`.

use super::{Usage, build::place};
use anyhow::{Context, Result, bail};
use brain_core::checkpoint::{Checkpoint, Data, Element, Meta};
use brain_core::config::{self, Config};
use brain_core::{Output, Progress, interrupt};
use brain_net::Network;
use brain_net::checkpoint::LoadError;
use brain_net::config::{Assembled, NetConfig, Precision, assemble, externals};
use brain_net::simulate::{Observer, SpikeLog, Times, load_state, prepare, recorded, save_state};
use brain_net::summary::weight_stats;
use kernels::network::{Number, Simulation};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The state of the simulation in the output folder.
const STATE: &str = "state.safetensors";
/// The spikes in the output folder.
const SPIKES: &str = "spikes.csv";
/// Simulated time between two looks at the progress, ms.
const CHUNK_MS: f64 = 20.0;
/// Note of the state: time that earlier calls took.
const SECONDS: &str = "seconds_run";

/// Options of `run`.
#[derive(clap::Args)]
pub struct Run {
    /// Config (every key has a default), or a network of `brain-net build`.
    config: PathBuf,
    /// Output folder.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Seed of everything random.
    #[arg(long)]
    seed: Option<u64>,
    /// Threads; all processors by default. The result does not depend on it.
    #[arg(long)]
    threads: Option<usize>,
    /// Precision.
    #[arg(long, value_parser = ["f32", "f64"])]
    dtype: Option<String>,
    /// Go on from the state in the output folder; `simulation.duration` may be longer than it was.
    #[arg(long)]
    resume: bool,
    /// No progress and no summary.
    #[arg(long)]
    quiet: bool,
    /// Print the metrics as JSON.
    #[arg(long)]
    json: bool,
    /// Override a key: `--set simulation.duration=5s`.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
    /// Print the whole resolved config and stop.
    #[arg(long)]
    print_config: bool,
}

/// Reads the config, and the network where it is given, with the options applied.
fn resolve(run: &Run) -> Result<(Config<NetConfig>, Option<Network>)> {
    let base = run.config.parent().unwrap_or(Path::new("")).to_owned();
    let given = run.config.extension().is_some_and(|e| e.eq_ignore_ascii_case("safetensors"));
    let (mut config, network) = if given {
        let key = |set: &String| set.split('=').next().unwrap_or_default().trim().to_owned();
        let built = |k: &String| k != "out" && k != "name" && k.split('.').next() != Some("simulation");
        if let Some(key) = run.sets.iter().map(key).find(built) {
            bail!(Usage(format!(
                "--set {key}: the network is built already; only `simulation`, `name` and `out` change"
            )));
        }
        let mut checkpoint = Checkpoint::load(&run.config)?;
        let config = config::parse::<NetConfig>(&run.config, &checkpoint.meta.config, &run.sets)?;
        let network = Network::from_checkpoint(&mut checkpoint)?;
        checkpoint.finish().map_err(LoadError::from)?;
        (config, Some(network))
    } else {
        (config::load::<NetConfig>(&run.config, &run.sets)?, None)
    };
    place(&mut config, &base, run.seed, run.out.as_deref())?;
    let s = &mut config.value.simulation;
    match run.dtype.as_deref() {
        Some("f64") => s.dtype = Precision::F64,
        Some(_) => s.dtype = Precision::F32,
        None => {}
    }
    s.threads = run.threads.or(s.threads);
    if s.threads == Some(0) {
        bail!(Usage("0 threads: give at least 1".into()));
    }
    Ok((config, network))
}

/// Builds, simulates, writes.
pub fn run(options: &Run) -> Result<()> {
    let (config, network) = resolve(options)?;
    if options.print_config {
        print!("{}", config::to_yaml(&config.value)?);
        return Ok(());
    }
    if let Some(threads) = config.value.simulation.threads {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().context("cannot start the threads")?;
    }
    match config.value.simulation.dtype {
        Precision::F32 => simulate::<f32>(options, &config, network),
        Precision::F64 => simulate::<f64>(options, &config, network),
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

fn simulate<F: Number + Element>(options: &Run, config: &Config<NetConfig>, network: Option<Network>) -> Result<()>
where
    Data: From<Vec<F>>,
{
    let c = &config.value;
    let quiet = options.quiet || options.json;
    let started = Instant::now();
    let built = match network {
        Some(network) => Assembled { network, files: vec![("parent", options.config.clone())], ..Assembled::default() },
        None => assemble(config)?,
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
        network.projections.iter().map(|p| (p.name.clone(), json!(weight_stats(&p.weights)))).collect();

    let engine = prepare::<F>(config, network, &externals(config)?, &times)?;
    let threads = rayon::current_num_threads();
    let mut simulation = Simulation::new(engine, threads).map_err(brain_net::config::BuildError::from)?;
    for (k, r) in recorded.iter().enumerate() {
        simulation.record_spikes(k, *r)?;
    }
    let output = Output::create(&c.out)?;
    let mut meta = Meta { config: fixed(c)?, seed: c.seed, ..Meta::default() };
    for (role, file) in &built.files {
        meta.add_input(role, file)?;
    }
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
            let problem = format!("{}: not there; the spikes so far are needed to go on, or run without --resume", log.display());
            bail!(Usage(problem));
        }
        seconds_before = state.meta.notes.get(SECONDS).and_then(Value::as_f64).unwrap_or(0.0);
        load_state(&mut simulation, state)?;
    }
    let seconds_build = started.elapsed().as_secs_f64();

    output.write("config.yaml", config::to_yaml(c)?)?;
    let mut observer = Observer::new(&populations, &recorded, &times);
    let file = output.path(SPIKES);
    let mut log = SpikeLog::open(file, names.clone(), times.dt_ms, simulation.step(), |s| observer.spike(s))?;
    interrupt::listen()?;
    let begin = Instant::now();
    let seconds = || seconds_before + begin.elapsed().as_secs_f64();
    let save = |simulation: &Simulation<F>, seconds: f64| {
        let mut meta = meta.clone();
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
        let record = simulation.run(steps as usize);
        log.append(&record.spikes)?;
        record.spikes.iter().for_each(|s| observer.spike(*s));
        observer.advance(simulation.step());
        let (step, spikes) = (simulation.step(), record.counts.iter().sum::<u64>());
        progress.at(step, || {
            let hz = spikes as f64 / neurons.max(1) as f64 / (steps as f64 * times.dt_ms * 1e-3);
            format!("{:.0} ms, {hz:.1} Hz", step as f64 * times.dt_ms)
        });
        if interrupt::requested() && step < times.steps {
            save(&simulation, seconds())?;
            bail!("interrupted at {} ms; go on with --resume", step as f64 * times.dt_ms);
        }
        if times.save_every > 0 && step.is_multiple_of(times.save_every) {
            save(&simulation, seconds())?;
        }
    }
    let seconds_run = seconds();
    observer.advance(simulation.step());
    save(&simulation, seconds_run)?;
    progress.finish(&format!("{} ms in {seconds_run:.2} s", times.duration_ms()));
    observer.raster().figure(&c.name).save(output.dir(), "raster")?;

    let biological = simulation.step() as f64 * times.dt_ms * 1e-3;
    let (each, all) = observer.reports();
    let of = |k: usize| each[k].map(|r| (names[k].clone(), r));
    let each: Vec<_> = (0..names.len()).filter_map(of).collect();
    let (synapse_bytes, other_bytes) = simulation.bytes();
    for (key, value) in [
        ("seed", json!(c.seed)),
        ("dtype", json!(F::KIND.to_lowercase())),
        ("threads", json!(threads)),
        ("seconds_build", json!(seconds_build)),
        ("seconds_run", json!(seconds_run)),
        ("biological_seconds", json!(biological)),
        ("realtime_factor", json!(seconds_run / biological)),
        ("rate_hz", each.iter().map(|(n, r)| (n.clone(), json!(r.rate_hz))).collect::<Map<_, _>>().into()),
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
    if options.json {
        println!("{text}");
    } else if !options.quiet {
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
        println!(
            "Look at {}; spikes are in {}.",
            output.path("raster.png").display(),
            output.path(SPIKES).display()
        );
    }
    Ok(())
}
