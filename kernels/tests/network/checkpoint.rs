//! These tests restore a simulation, which continues bit for bit.

use crate::build::zoo;
use kernels::network::*;

#[test]
fn a_restored_simulation_continues_bit_for_bit() {
    let record = |s: &mut Simulation<f32>| (0..5).for_each(|p| s.record_spikes(p, true).unwrap());
    let mut s = Simulation::<f32>::new(zoo(), 1).unwrap();
    record(&mut s);
    s.run(701);
    let saved = s.state();
    let rest = s.run(500);
    for threads in [1, 3] {
        let mut other = Simulation::<f32>::new(zoo(), threads).unwrap();
        record(&mut other);
        other.run(13);
        other.restore(&saved).unwrap();
        assert_eq!((other.step(), &other.state()), (701, &saved));
        assert!(other.run(500) == rest && other.state() == s.state());
    }
    // Restoring fails without any one of the parts.
    for k in 0..saved.len() {
        let mut other = Simulation::<f32>::new(zoo(), 1).unwrap();
        let mut less = saved.clone();
        let gone = less.remove(k);
        assert_eq!(other.restore(&less).unwrap_err().part, gone.name);
        let mut short = saved.clone();
        match &mut short[k].data {
            SavedData::Number(x) => x.truncate(1),
            SavedData::Double(x) => x.truncate(1),
            SavedData::Step(x) => x.push(1),
        }
        assert_eq!(other.restore(&short).unwrap_err().part, gone.name);
        assert_eq!(other.step(), 0);
    }
    let mut more = saved.clone();
    more.push(Saved { name: "state/d/v".into(), ..saved[1].clone() });
    assert_eq!(s.restore(&more).unwrap_err().part, "state/d/v");
}
