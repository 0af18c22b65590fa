//! This module is the command `brain-task list`.

use crate::Registry;
use crate::task::{self, TaskTable};
use anyhow::Result;
use brain_core::cli::Usage;
use serde_json::json;

/// `brain-task list` takes these options.
#[derive(clap::Args)]
pub struct ListArgs {
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Length of a step, ms.
    #[arg(long, default_value_t = 1.0)]
    dt: f64,
}

/// Prints the tasks with their shapes.
pub fn list(options: &ListArgs, registry: &Registry) -> Result<()> {
    let all = task::list(&registry.tasks, options.dt).map_err(|e| Usage(format!("--dt {}: {e}", options.dt)))?;
    if !options.json {
        print!("{}", TaskTable(&all));
        return Ok(());
    }
    let range = |r: &std::ops::Range<usize>| json!([r.start, r.end]);
    let one = |e: &task::TaskEntry| {
        let s = &e.shape;
        json!({
            "task": e.name, "steps": s.steps, "dt_ms": s.dt_ms, "channels": s.channels(), "outputs": s.goal.outputs(),
            "window": range(&s.window), "chance": s.chance, "psychometric": s.psychometric.0,
            "phases": s.phases.iter().map(|p| (p.name.to_owned(), range(&p.steps))).collect::<serde_json::Map<_, _>>(),
            "groups": s.groups.iter().map(|g| (g.name.to_owned(), range(&g.range))).collect::<serde_json::Map<_, _>>(),
        })
    };
    println!("{}", serde_json::to_string_pretty(&all.iter().map(one).collect::<Vec<_>>())?);
    Ok(())
}
