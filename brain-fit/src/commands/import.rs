//! `brain-fit import`.

use crate::fit::Registry;
use crate::{import, report};
use anyhow::Result;
use brain_core::Output;
use std::path::PathBuf;

/// Options of `import`.
#[derive(clap::Args)]
pub struct ImportArgs {
    /// File of another project: the `neuron_config.json` of an Allen GLIF model.
    file: PathBuf,
    /// Output folder; `out/<name of the file>` by default.
    #[arg(long)]
    out: Option<PathBuf>,
}

/// Makes a checkpoint of the neuron in a file of another project, and prints its parameters.
pub fn import(options: &ImportArgs, registry: &Registry) -> Result<()> {
    let name = options.file.file_stem().map_or("imported".into(), |stem| stem.to_string_lossy().into_owned());
    let (checkpoint, imported) = import::checkpoint(&options.file, &name, &registry.models)?;
    let output = Output::create(options.out.clone().unwrap_or_else(|| PathBuf::from("out").join(&name)))?;
    let path = output.path(report::CHECKPOINT);
    checkpoint.save(&path)?;
    let fields = registry.models.find(imported.model)?.cell().param;
    println!("{name} is a {} neuron, simulated in steps of {} ms:", imported.model, imported.dt);
    for (name, value) in &imported.params {
        let unit = fields.iter().find(|f| f.name == *name).map_or("", |f| f.unit);
        println!("  {name:8} {value:12.6} {unit}");
    }
    imported.notes.iter().for_each(|note| println!("{note}"));
    println!("Its checkpoint is {}; `brain-fit predict` runs it.", path.display());
    Ok(())
}
