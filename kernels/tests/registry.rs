//! This program checks the list of compiled cells, and that of cells with other defaults.

use kernels::{CELLS, Registry, Use, find, find_for};

#[test]
fn names_are_unique_and_every_cell_has_a_use() {
    for (k, cell) in CELLS.iter().enumerate() {
        assert!(CELLS[..k].iter().all(|c| c.name != cell.name), "{}", cell.name);
        assert!([Use::Scan, Use::Network, Use::Train].into_iter().any(|by| cell.serves(by)), "{}", cell.name);
        assert_eq!((cell.scan.is_some(), cell.train.is_some()), (cell.serves(Use::Scan), cell.serves(Use::Train)));
    }
}

#[test]
fn a_cell_is_found_only_for_what_it_is_compiled_for() {
    assert!(find_for("lif", Use::Scan).is_some() && find_for("lif", Use::Train).is_none());
    assert!(find_for("lif-cond-exp", Use::Train).is_some() && find_for("lif-cond-exp", Use::Scan).is_none());
    assert!(find("no such cell").is_none());
}

#[test]
fn a_cell_that_joins_takes_the_place_of_its_namesake() {
    let mut scanned = *find("glif3").unwrap();
    scanned.name = "lif-cond-exp";
    let all = Registry::default();
    let cells = all.clone().with(Box::leak(Box::new(scanned)));
    assert_eq!(cells.iter().count(), all.iter().count());
    assert!(all.find_for("lif-cond-exp", Use::Train).is_some() && cells.find_for("lif-cond-exp", Use::Train).is_none());
    assert_eq!(cells.cells(Use::Scan).last().map(|c| c.source), find("glif3").map(|c| c.source));
}

#[test]
fn every_variant_has_its_own_name_and_defaults_within_bounds() {
    let all = Registry::default();
    let variants = all.iter().skip(CELLS.len());
    assert!(variants.clone().count() > 0);
    for cell in variants {
        assert!(find(cell.name).is_none(), "{} is the name of a compiled cell", cell.name);
        for f in cell.state.iter().chain(cell.param) {
            assert!((f.bounds.0..=f.bounds.1).contains(&f.default), "{}: {}", cell.name, f.name);
        }
        assert!(CELLS.iter().all(|c| c.param != cell.param), "{} has the defaults of another cell", cell.name);
    }
}
