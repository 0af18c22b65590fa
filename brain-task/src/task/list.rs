//! The tasks in a table.

use super::{Goal, NAMES, Shape, TaskConfig, TaskError};
use std::fmt;

/// A row: a task with the settings it has unless others are given.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Name of the task.
    pub name: &'static str,
    /// Its shape.
    pub shape: Shape,
}

/// All tasks, in steps of `dt_ms`.
pub fn list(dt_ms: f64) -> Result<Vec<Entry>, TaskError> {
    let tasks = NAMES.iter().filter_map(|name| TaskConfig::named(name));
    tasks.map(|t| Ok(Entry { name: t.name(), shape: t.build(dt_ms)?.shape().clone() })).collect()
}

/// The rows as text, under a line of headings.
pub struct Table<'a>(pub &'a [Entry]);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        writeln!(
            f,
            "{:<27} {:>5} {:>8} {:>7}  {:<27} {:>6}  psychometric variable",
            "task", "steps", "channels", "outputs", "goal", "chance"
        )?;
        for Entry { name, shape } in self.0 {
            let goal = match &shape.goal {
                Goal::Classes(names) => names.join(" / "),
                Goal::Values(names) => format!("values: {}", names.join(", ")),
            };
            let unit = match shape.psychometric {
                (what, "") => what.to_owned(),
                (what, unit) => format!("{what}, {unit}"),
            };
            let (steps, channels, outputs) = (shape.steps, shape.channels(), shape.outputs());
            writeln!(f, "{name:<27} {steps:>5} {channels:>8} {outputs:>7}  {goal:<27} {:>6.2}  {unit}", shape.chance)?;
        }
        Ok(())
    }
}
