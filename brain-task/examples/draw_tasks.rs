//! Draws a trial of every task into a folder: `cargo run --release -p brain-task --example draw_tasks -- out/tasks`.

use brain_core::Seed;
use brain_task::task::{Encoding, NAMES, Table, TaskConfig, batch, draw, list};
use std::{env, error::Error, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::args().nth(1).unwrap_or("out/tasks".into()));
    print!("{}", Table(&list(1.0)?));
    for task in NAMES.iter().filter_map(|name| TaskConfig::named(name)) {
        let task = task.build(1.0)?;
        for (encoding, end) in [(Encoding::Spikes, "spikes"), (Encoding::Rates, "rates")] {
            let batch = batch(&*task, encoding, Seed::new(1).child("task/draw"), 0, 4);
            draw(&*task, &batch, 1).save(&folder, &format!("{}-{end}", task.name()))?;
        }
    }
    Ok(())
}
