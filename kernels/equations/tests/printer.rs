//! The printed text of one small model, word for word.

use equations::{Integrator, emit::rust_module, models, trace};
use std::{fs, path::Path};

/// `UPDATE=1 cargo test -p equations --test printer` rewrites the file; read what changed before committing it.
#[test]
fn the_text_of_the_leaky_integrator_is_that_of_the_golden_file() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/lif.rs");
    let text = rust_module(&trace::<models::Lif>(Integrator::ExpEuler), "crate::Lif");
    // A line of the equations may move; which file it is in may not.
    let text: String = text.lines().map(|line| without_number(line) + "\n").collect();
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    for (k, (got, want)) in text.lines().zip(golden.lines()).enumerate() {
        assert_eq!(got, want, "line {} of {}", k + 1, path.display());
    }
    assert_eq!(text.lines().count(), golden.lines().count(), "lines of {}", path.display());
}

fn without_number(line: &str) -> String {
    let number = |c: char| c.is_ascii_digit();
    match line.rsplit_once(':') {
        Some((text, n)) if text.contains(" // ") && n.chars().all(number) => text.to_string(),
        _ => line.to_string(),
    }
}
