//! Draws a trial of every task into a folder: `cargo run --release -p brain-task --example draw_tasks -- out/tasks`.

use brain_core::{Output, Seed};
use brain_task::task::{Encoding, NAMES, Table, TaskConfig, batch, draw, list};
use std::{env, error::Error};

fn main() -> Result<(), Box<dyn Error>> {
    let output = Output::create(env::args().nth(1).unwrap_or("out/tasks".into()))?;
    print!("{}", Table(&list(1.0)?));
    for task in NAMES.iter().filter_map(|name| TaskConfig::named(name)) {
        let task = task.build(1.0)?;
        for (encoding, end) in [(Encoding::Spikes, "spikes"), (Encoding::Rates, "rates")] {
            let batch = batch(&*task, encoding, Seed::new(1).child("task/draw"), 0, 4);
            output.figure(&format!("{}-{end}", task.name()), &draw(&*task, &batch, 1))?;
        }
    }
    Ok(())
}
