//! `brain-task list`.

use anyhow::Result;
use brain_task::task;

/// Options of `list`.
#[derive(clap::Args)]
pub struct List {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Prints the tasks with their shapes.
pub fn list(options: &List) -> Result<()> {
    let all = task::list();
    match options.json {
        true => println!("{}", serde_json::to_string_pretty(&all)?),
        false => print!("{}", task::table(&all)),
    }
    Ok(())
}
