//! `brain-net build` builds a network and writes it with its figures and numbers.

use super::apply;
use crate::area::{AreaMatrix, Statistics};
use crate::config::NetConfig;
use crate::registry::Registry;
use anyhow::Result;
use brain_core::checkpoint::Meta;
use brain_core::cli::Common;
use brain_core::memory::MemoryNeed;
use brain_core::output::OutputError;
use brain_core::{Output, Progress};
use serde_json::json;
use std::path::PathBuf;
use std::time::Instant;

/// The output folder holds the network in this file.
pub const CHECKPOINT: &str = "network.safetensors";

/// The checkpoint lists the external inputs of the source in this note.
pub const EXTERNAL: &str = "external";

/// `brain-net build` takes these options.
#[derive(clap::Args)]
pub struct BuildArgs {
    /// Config; every key has a default.
    config: PathBuf,
    #[command(flatten)]
    common: Common,
}

/// Builds the network, writes it with its figures, and prints its numbers.
pub fn build(options: &BuildArgs, registry: &Registry) -> Result<()> {
    let (file, options) = (&options.config, &options.common);
    let mut config = NetConfig::load(file, &options.shared.sets, registry)?;
    apply(options, &mut config)?;
    options.shared.machine.start()?;
    let yaml = config.to_yaml()?;
    if options.print_config {
        print!("{}", config.explained()?);
        return Ok(());
    }
    let (c, settings) = (&config.general, config.resolve()?);
    let mut progress = Progress::new("building", 4, options.quiet || options.shared.json);
    let started = Instant::now();
    progress.at(1, || "connectivity".into());
    let built = settings.build()?;
    let seconds_build = started.elapsed().as_secs_f64();
    progress.at(2, || "statistics".into());
    let summary = built.network.summary();

    let output = Output::create(&c.out)?;
    output.write("config.yaml", &yaml)?;
    let mut meta = Meta { config: config.to_stored()?, seed: c.seed, ..Meta::default() };
    meta.notes.insert(EXTERNAL.into(), json!(settings.external_inputs()?));
    for (role, file) in &built.files {
        meta.add_input(role, file)?;
    }
    progress.at(3, || "figures".into());
    output.figure("connectivity", &built.network.connectivity_figure(&c.name))?;
    output.figure("distributions", &built.network.distribution_figure(&c.name))?;
    let statistics = built.areas.as_ref().map(|areas| -> Result<Statistics> {
        output.figure("areas", &areas.figure(&c.name))?;
        matrix(&output, "fln.csv", areas, &areas.fln)?;
        if !areas.distance_mm.is_empty() {
            matrix(&output, "distances.csv", areas, &areas.distance_mm)?;
        }
        Ok(areas.statistics())
    });
    let statistics = statistics.transpose()?;
    progress.at(4, || "checkpoint".into());
    // The presynaptic neuron of every synapse is written, and one array at a time is copied.
    let synapses = summary.synapses as f64;
    let largest = built.network.graph.projections.iter().map(|p| p.synapses()).max().unwrap_or(0) as f64;
    let need = MemoryNeed::default().with("the checkpoint", 16.0 * synapses + 4.0 * largest);
    need.check().map_err(|e| settings.too_large(&e))?;
    meta.models = built.network.models(&registry.cells);
    built.network.into_checkpoint(meta)?.save(&output.path(CHECKPOINT))?;
    progress.finish("done");

    let weight_stats: serde_json::Map<_, _> =
        summary.projections.iter().map(|p| (p.name.clone(), json!(p.weight))).collect();
    let metrics = json!({
        "neurons": summary.neurons,
        "synapses": summary.synapses,
        "seed": c.seed,
        "seconds_build": seconds_build,
        "weight_stats": weight_stats,
        "summary": summary,
        "areas": statistics,
        "notes": built.notes,
    });
    let metrics = serde_json::to_string_pretty(&metrics)?;
    output.write("metrics.json", &metrics)?;
    if options.shared.json {
        println!("{metrics}");
    } else if !options.quiet {
        print!("{summary}");
        if let Some(s) = &statistics {
            print!("{}", describe(s));
        }
        built.notes.iter().for_each(|note| println!("note: {note}"));
        println!("built in {seconds_build:.2} s");
        println!(
            "Look at {}; the network is {}.",
            output.path("connectivity.png").display(),
            output.path(CHECKPOINT).display()
        );
    }
    Ok(())
}

/// Writes a matrix, `[target, source]`, with the names of the areas.
fn matrix(output: &Output, name: &str, areas: &AreaMatrix, values: &[f64]) -> Result<(), OutputError> {
    output.csv(name, |table| {
        table.write_record(std::iter::once("target").chain(areas.names.iter().map(String::as_str)))?;
        for (target, row) in areas.names.iter().zip(values.chunks(areas.areas().max(1))) {
            table.write_record(std::iter::once(target.clone()).chain(row.iter().map(f64::to_string)))?;
        }
        Ok(())
    })
}

fn describe(s: &Statistics) -> String {
    let slope = s.distance_slope.map_or(String::new(), |x| format!(", ln FLN falls by {x:.3} /mm"));
    format!(
        "{} areas, {} projections ({:.1} %), log10 FLN {:.2} +- {:.2}, pairs reciprocal/one-way/none {:.1}/{:.1}/{:.1} %{slope}\n",
        s.areas,
        s.links,
        100.0 * s.density,
        s.log10_mean,
        s.log10_sd,
        100.0 * s.reciprocal,
        100.0 * s.one_way,
        100.0 * s.unconnected
    )
}
