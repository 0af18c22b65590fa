//! The printed texts of one small model, word for word.
//!
//! `UPDATE=1 cargo test -p equations --test printer` rewrites the files; read what changed before committing it.

use equations::{
    Integrator, Step, Use, models,
    print::{cpp_model, rust_module},
    trace,
};
use std::{fs, path::Path};

#[test]
fn rust_text_is_that_of_the_golden_file() {
    golden("lif.rs", |step| rust_module(step, "crate::Lif", &[Use::Scan, Use::Train], "PROGRAM"));
}

#[test]
fn cpp_text_is_that_of_the_golden_file() {
    golden("lif.h", cpp_model);
}

#[test]
fn the_text_depends_neither_on_the_thread_nor_on_what_was_printed_before() {
    fn texts(backwards: bool) -> Vec<String> {
        let mut steps = models::all(Integrator::ExpEuler);
        if backwards {
            steps.reverse();
        }
        let mut texts: Vec<String> =
            steps.iter().map(|s| rust_module(s, "crate::Model", &[Use::Scan, Use::Train], "PROGRAM")).collect();
        texts.sort();
        texts
    }
    let here = texts(false);
    assert_eq!(here, texts(true));
    let threads: Vec<_> = (0..3).map(|k| std::thread::spawn(move || texts(k == 1))).collect();
    for thread in threads {
        assert!(thread.join().unwrap() == here);
    }
}

/// Compares the text of the leaky integrator with a file.
fn golden(file: &str, print: impl Fn(&Step) -> String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(file);
    let text = print(&trace::<models::Lif>(Integrator::ExpEuler));
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
