//! This module provides a barrier for threads that meet every few microseconds.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// A barrier that no thread passes before all have reached it. Waiting threads spin, and yield where that takes long.
///
/// A thread that panics never arrives; it poisons the barrier ([`Barrier::guard`]), which releases the others.
pub(super) struct Barrier {
    threads: usize,
    arrived: AtomicUsize,
    round: AtomicUsize,
    poisoned: AtomicBool,
}

/// The error of a barrier that another thread will not reach because it panicked.
#[derive(Debug, PartialEq)]
pub(super) struct Poisoned;

/// A guard that poisons its barrier when a panic drops it.
pub(super) struct Guard<'a>(&'a Barrier);

/// Number of spins before a thread yields; they take some microseconds.
const SPINS: u32 = 4000;

impl Barrier {
    pub(super) fn new(threads: usize) -> Self {
        Barrier { threads, arrived: AtomicUsize::new(0), round: AtomicUsize::new(0), poisoned: AtomicBool::new(false) }
    }

    /// Returns the guard that each thread must hold while others may wait for it.
    pub(super) fn guard(&self) -> Guard<'_> {
        Guard(self)
    }

    /// Waits until every thread has called this function; their earlier writes are then visible to all. Fails where a
    /// thread has panicked.
    pub(super) fn wait(&self) -> Result<(), Poisoned> {
        if self.threads == 1 {
            return Ok(());
        }
        // Those that left a poisoned barrier had arrived: with them it may look full to who comes later.
        if self.poisoned.load(Ordering::Relaxed) {
            return Err(Poisoned);
        }
        let round = self.round.load(Ordering::Acquire);
        if self.arrived.fetch_add(1, Ordering::AcqRel) + 1 == self.threads {
            self.arrived.store(0, Ordering::Relaxed);
            self.round.store(round.wrapping_add(1), Ordering::Release);
            return Ok(());
        }
        let mut spins = 0;
        while self.round.load(Ordering::Acquire) == round {
            if self.poisoned.load(Ordering::Relaxed) {
                return Err(Poisoned);
            }
            spins += 1;
            if spins < SPINS { std::hint::spin_loop() } else { std::thread::yield_now() }
        }
        Ok(())
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.poisoned.store(true, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;

    #[test]
    fn no_thread_passes_before_all_have_arrived() {
        let (barrier, arrived) = (Barrier::new(3), AtomicU32::new(0));
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for round in 1..=100 {
                        arrived.fetch_add(1, Ordering::Relaxed);
                        barrier.wait().unwrap();
                        assert!(arrived.load(Ordering::Relaxed) >= 3 * round);
                        barrier.wait().unwrap();
                    }
                });
            }
        });
    }

    #[test]
    fn a_panic_releases_waiting_threads() {
        let barrier = Barrier::new(3);
        std::thread::scope(|scope| {
            let waiting = [(); 2].map(|_| scope.spawn(|| barrier.wait()));
            let panicking = scope.spawn(|| {
                let _guard = barrier.guard();
                panic!("planted");
            });
            assert!(panicking.join().is_err());
            for w in waiting {
                assert_eq!(w.join().unwrap(), Err(Poisoned));
            }
        });
        assert_eq!(barrier.wait(), Err(Poisoned), "who comes later does not wait either");
    }
}
