//! `brain-fit models`, and that every model it lists can be fitted.

use brain_core::Backend;
use brain_fit::commands::models::Description;
use brain_fit::fit::{FitSettings, Registry, Subject};

fn described() -> Vec<Description> {
    let registry = Registry::default();
    registry.models.iter().map(|m| Description::new(m, &registry).unwrap()).collect()
}

#[test]
fn every_model_says_what_it_is_and_where_it_is_from() {
    let models = described();
    for name in ["glif1", "glif2", "glif3", "glif4", "glif5", "hh-cortical", "hh-1952", "hh-pospischil-lts", "adex"] {
        assert!(models.iter().any(|m| m.name == name), "{name}");
    }
    for model in &models {
        assert!(!model.summary.is_empty() && model.citation.contains('('), "{}", model.name);
        assert!(model.doi.starts_with("10."), "{}: {}", model.name, model.doi);
        let text = model.text(true);
        for field in model.parameters.iter().chain(&model.states).chain(&model.inputs) {
            assert!(text.contains(field.unit) && text.contains(&*field.name) && text.contains(field.meaning));
            assert!(field.bounds.0 < field.bounds.1, "{} {}", model.name, field.name);
        }
    }
    assert_eq!(models.iter().find(|m| m.name == "hh-cortical").unwrap().parameters.len(), 32);
}

#[test]
fn a_model_that_is_chosen_by_name_has_a_strategy() {
    let registry = Registry::default();
    for model in registry.models.iter().filter(|m| !m.follows_recording()) {
        let level = FitSettings::of_model(model.param).spike_level;
        let subject = Subject::new(&registry.models, model.name, level, &Backend::default()).unwrap();
        assert!(registry.strategy_for(&subject).is_some(), "{}", model.name);
    }
    let strategy = |name: &str| described().into_iter().find(|m| m.name == name).and_then(|m| m.strategy);
    assert_eq!(strategy("glif4"), Some("spike-forced"));
    assert_eq!(strategy("hh-1952"), Some("voltage-windows"));
}
