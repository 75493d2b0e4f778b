//! One computation for all who ask for it at the same time.
//!
//! Owns which computation runs and what the last one found. Never says how old that may be: who asks does.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// Somebody's share of a running computation.
type Flight<T> = watch::Receiver<Option<Arc<T>>>;

/// At most one computation at a time, and what the last one found.
pub(crate) struct SingleFlight<T>(Arc<Mutex<State<T>>>);

struct State<T> {
    last: Option<Arc<T>>,
    /// Runs for as long as its sender lives.
    flight: Option<Flight<T>>,
}

impl<T> Default for SingleFlight<T> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(State { last: None, flight: None })))
    }
}

impl<T> SingleFlight<T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was found last.
    pub(crate) fn last(&self) -> Option<Arc<T>> {
        self.state().last.clone()
    }

    /// Waits until what runs now has ended, found or not: what is joined after that began after this was called.
    pub(crate) async fn ended(&self) {
        let running = self.state().flight.clone();
        if let Some(mut running) = running {
            while running.changed().await.is_ok() {}
        }
    }

    /// Takes what somebody else found for the last.
    pub(crate) fn keep(&self, found: Arc<T>) {
        self.state().last = Some(found);
    }
}

impl<T: Send + Sync + 'static> SingleFlight<T> {
    /// A share of what runs now; where nothing does, of `work`, which begins and goes on whether anybody waits or not.
    pub(crate) fn join<F: Future<Output = T> + Send + 'static>(&self, work: impl FnOnce() -> F) -> Share<T> {
        let mut state = self.state();
        if let Some(flight) = state.flight.as_ref().filter(|f| f.has_changed().is_ok()) {
            return Share(flight.clone());
        }
        let (done, flight) = watch::channel(None);
        state.flight = Some(flight.clone());
        drop(state);
        let (work, flights) = (work(), Self(Arc::clone(&self.0)));
        tokio::spawn(async move {
            let found = Arc::new(work.await);
            flights.keep(Arc::clone(&found));
            done.send_replace(Some(found));
        });
        Share(flight)
    }
}

/// A share of a computation.
pub(crate) struct Share<T>(Flight<T>);

impl<T> Share<T> {
    /// What it found; `None` where it panicked.
    pub(crate) async fn found(mut self) -> Option<Arc<T>> {
        self.0.wait_for(Option::is_some).await.ok().and_then(|found| found.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};
    use tokio::sync::Semaphore;

    /// Numbered runs, each of which waits for a permit.
    #[derive(Clone)]
    struct Gated {
        begun: Arc<AtomicU32>,
        gate: Arc<Semaphore>,
    }

    impl Gated {
        fn new() -> Self {
            Self { begun: Arc::default(), gate: Arc::new(Semaphore::new(0)) }
        }

        fn run(&self) -> impl Future<Output = u32> + Send + 'static {
            let number = self.begun.fetch_add(1, Ordering::SeqCst);
            let gate = Arc::clone(&self.gate);
            async move {
                gate.acquire().await.expect("open").forget();
                number
            }
        }
    }

    #[tokio::test]
    async fn who_comes_while_it_runs_gets_the_same_and_who_wants_it_anew_gets_the_next() {
        let (flights, gated) = (SingleFlight::default(), Gated::new());
        let shares: Vec<_> = (0..8).map(|_| flights.join(|| gated.run())).collect();
        assert_eq!(flights.last(), None);
        let anew = futures_util::future::join_all((0..8).map(|_| async {
            flights.ended().await;
            flights.join(|| gated.run()).found().await
        }));
        gated.gate.add_permits(2);
        assert_eq!(anew.await, vec![Some(Arc::new(1)); 8]);
        for share in shares {
            assert_eq!(share.found().await.as_deref(), Some(&0));
        }
        assert_eq!(gated.begun.load(Ordering::SeqCst), 2);
        assert_eq!(flights.last().as_deref(), Some(&1));
    }

    #[tokio::test]
    async fn one_that_panics_leaves_the_place_to_the_next_and_the_last_as_it_was() {
        let flights = SingleFlight::default();
        assert_eq!(flights.join(|| async { 1 }).found().await.as_deref(), Some(&1));
        flights.ended().await;
        assert_eq!(flights.join(|| async { panic!("its work") }).found().await, None);
        assert_eq!(flights.last().as_deref(), Some(&1));
        flights.ended().await;
        assert_eq!(flights.join(|| async { 2 }).found().await.as_deref(), Some(&2));
    }
}
