//! This program draws a trial of every task into a folder:
//! `cargo run --release -p brain-task --example draw_tasks -- out/tasks`.

use brain_core::family::SettingsReader;
use brain_core::{Choice, Output, Seed};
use brain_task::task::{Encoding, TaskTable, batch, draw, list, tasks};
use std::{env, error::Error};

fn main() -> Result<(), Box<dyn Error>> {
    let output = Output::create(env::args().nth(1).unwrap_or("out/tasks".into()))?;
    print!("{}", TaskTable(&list(&tasks(), 1.0)?));
    for name in tasks().names() {
        let task = tasks().build(&Choice::named(name), &SettingsReader::new(1.0)?)?;
        for (encoding, end) in [(Encoding::Spikes, "spikes"), (Encoding::Rates, "rates")] {
            let batch = batch(&*task, encoding, Seed::new(1).child("task/draw"), 0, 4);
            output.figure(&format!("{}-{end}", task.name()), &draw(&*task, &batch, 1))?;
        }
    }
    Ok(())
}
