//! `brain-fit models`.

use crate::fit::{Registry, Subject};
use anyhow::Result;
use brain_core::cli::Usage;
use brain_core::{Backend, Model};
use kernels::equations::Field;
use serde::Serialize;
use std::fmt::Write as _;

/// Options of `models`.
#[derive(clap::Args)]
pub struct ModelsArgs {
    /// Model; all by default.
    name: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// A model as `models` shows it.
#[derive(Debug, Serialize)]
pub struct Description {
    /// Its name in configs.
    pub name: &'static str,
    /// What it is, in a few words.
    pub summary: &'static str,
    /// The paper or book of its equations.
    pub citation: &'static str,
    /// The DOI of that paper or book.
    pub doi: &'static str,
    /// The strategy that fits it, where one does.
    pub strategy: Option<&'static str>,
    /// Its parameters.
    pub parameters: Vec<FieldDescription>,
    /// Its state variables; the first is the membrane potential.
    pub states: Vec<FieldDescription>,
    /// Its inputs; the first is the current.
    pub inputs: Vec<FieldDescription>,
}

/// A parameter, state variable or input.
#[derive(Debug, Serialize)]
pub struct FieldDescription {
    /// Name in configs.
    pub name: String,
    /// Unit.
    pub unit: &'static str,
    /// Value where a config says nothing else.
    pub default: f64,
    /// Smallest and largest value; in a fit those of its strategy.
    pub bounds: (f64, f64),
    /// What it is.
    pub meaning: &'static str,
}

impl FieldDescription {
    fn new(field: &Field, own: &[(&'static str, (f64, f64))]) -> Self {
        let bounds = own.iter().find(|(name, _)| field.name == *name).map_or(field.bounds, |(_, bounds)| *bounds);
        Self { name: field.name.to_string(), unit: field.unit, default: field.default, bounds, meaning: field.doc }
    }
}

impl Description {
    /// Describes a model.
    ///
    /// # Errors
    /// It fails where the model cannot be run.
    pub fn new(model: Model, registry: &Registry) -> Result<Self> {
        let cell = model.cell();
        let strategy = match model.follows_recording() {
            true => None,
            false => {
                let spike_level = crate::fit::FitSettings::of_model(cell.param).spike_level;
                registry.strategy_for(&Subject::new(&registry.models, cell.name, spike_level, &Backend::default())?)
            }
        };
        let own = strategy.map_or(Vec::new(), |s| s.bounds());
        let fields = |fields: &[Field], own: &[_]| fields.iter().map(|f| FieldDescription::new(f, own)).collect();
        Ok(Self {
            name: cell.name,
            summary: cell.summary,
            citation: cell.citation,
            doi: cell.source,
            strategy: strategy.map(|s| s.name()),
            parameters: fields(cell.param, &own),
            states: fields(cell.state, &[]),
            inputs: fields(cell.input, &[]),
        })
    }

    /// Writes the model in words; `whole` adds states and inputs to the parameters.
    pub fn text(&self, whole: bool) -> String {
        let mut text = format!("{}: {}\n", self.name, self.summary);
        let _ = writeln!(text, "  {}", self.citation);
        let _ = writeln!(text, "  https://doi.org/{}", self.doi);
        if let Some(strategy) = self.strategy {
            let _ = writeln!(text, "  fitted by the strategy `{strategy}`");
        }
        table(&mut text, "parameter", &self.parameters);
        if whole {
            table(&mut text, "state", &self.states);
            table(&mut text, "input", &self.inputs);
        }
        text
    }
}

/// Writes fields as a table with aligned columns.
fn table(text: &mut String, kind: &str, fields: &[FieldDescription]) {
    if fields.is_empty() {
        return;
    }
    let row = |f: &FieldDescription| {
        let (low, high) = f.bounds;
        [f.name.clone(), f.unit.to_owned(), f.default.to_string(), format!("{low} .. {high}"), f.meaning.to_owned()]
    };
    let head = [kind, "unit", "default", "bounds", "meaning"].map(String::from);
    let rows: Vec<[String; 5]> = [head].into_iter().chain(fields.iter().map(row)).collect();
    let width = |column: usize| rows.iter().map(|r| r[column].chars().count()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2), width(3)];
    for [name, unit, default, bounds, meaning] in &rows {
        let [a, b, c, d] = widths;
        let _ = writeln!(text, "  {name:a$}  {unit:b$}  {default:>c$}  {bounds:d$}  {meaning}");
    }
}

/// Tells whether a model is chosen by its name in a config: one that a recording has to be given to is not.
fn is_chosen(model: &Model) -> bool {
    model.input.len() <= 1
}

/// Lists the models of a registry, or shows one.
pub fn models(options: &ModelsArgs, registry: &Registry) -> Result<()> {
    let chosen: Vec<Model> = match &options.name {
        Some(name) => vec![registry.models.find(name).map_err(|error| Usage(error.to_string()))?],
        None => registry.models.iter().filter(is_chosen).collect(),
    };
    let described = chosen.into_iter().map(|m| Description::new(m, registry)).collect::<Result<Vec<_>>>()?;
    let one = options.name.is_some();
    match (options.json, &described[..]) {
        (true, [model]) if one => println!("{}", serde_json::to_string_pretty(model)?),
        (true, models) => println!("{}", serde_json::to_string_pretty(models)?),
        (false, models) => {
            let texts: Vec<String> = models.iter().map(|m| m.text(one)).collect();
            print!("{}", texts.join("\n"));
        }
    }
    Ok(())
}
