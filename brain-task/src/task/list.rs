//! This module shows the tasks as a table.

use super::{Goal, Task, TaskShape};
use brain_core::family::{Choice, Family, SettingError, SettingsReader};
use std::fmt;

/// A row of the table is a task with its default settings.
#[derive(Clone, Debug)]
pub struct TaskEntry {
    /// The task has this name.
    pub name: &'static str,
    /// Its trials have this shape.
    pub shape: TaskShape,
}

/// Returns the tasks of a list with their default settings, in steps of `dt_ms`.
pub fn list(tasks: &Family<dyn Task>, dt_ms: f64) -> Result<Vec<TaskEntry>, SettingError> {
    let reader = SettingsReader::new(dt_ms)?;
    let one =
        |name: &'static str| Ok(TaskEntry { name, shape: tasks.build(&Choice::named(name), &reader)?.shape().clone() });
    tasks.names().map(one).collect()
}

/// The table prints the rows as text, under a line of headings.
pub struct TaskTable<'a>(pub &'a [TaskEntry]);

impl fmt::Display for TaskTable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        writeln!(
            f,
            "{:<27} {:>5} {:>8} {:>7}  {:<27} {:>6}  psychometric variable",
            "task", "steps", "channels", "outputs", "goal", "chance"
        )?;
        for TaskEntry { name, shape } in self.0 {
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
