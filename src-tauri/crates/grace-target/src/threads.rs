//! File work on threads, and waiting for its end. A task that is aborted leaves what it has on a thread running: a file
//! is still written or renamed. Whoever aborts such tasks waits here, so that nobody touches the same target meanwhile.
//!
//! Owns that count. Never breaks work off.

use std::convert::Infallible;
use tokio::sync::mpsc;
use tokio::task::futures::TaskLocalFuture;

tokio::task_local! {
    static HELD: mpsc::Sender<Infallible>;
}

/// The work that some tasks have on threads.
#[derive(Debug)]
pub struct Threads {
    held: mpsc::Sender<Infallible>,
    ended: mpsc::Receiver<Infallible>,
}

impl Default for Threads {
    fn default() -> Self {
        let (held, ended) = mpsc::channel(1);
        Self { held, ended }
    }
}

impl Threads {
    /// A task of which all work on threads counts.
    pub fn of<F: Future>(&self, task: F) -> TaskLocalFuture<mpsc::Sender<Infallible>, F> {
        HELD.scope(self.held.clone(), task)
    }

    /// Waits until the tasks are gone and all their work has ended.
    pub async fn ended(self) {
        let Self { held, mut ended } = self;
        drop(held);
        // Nothing is ever sent: this is the end of all who could.
        let _ = ended.recv().await;
    }
}

/// Runs file work off the async threads. A panic inside is ours and goes on here.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let held = HELD.try_with(Clone::clone).ok();
    // In this order: what nobody takes any more is gone, a copy of a target too, before the work has ended.
    match tokio::task::spawn_blocking(move || (work(), held)).await {
        Ok((done, _)) => done,
        Err(failed) => match failed.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // A blocking task is only ever cancelled by a runtime that shuts down, which drops this future too.
            Err(_) => std::future::pending().await,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{Threads, blocking};

    #[tokio::test]
    async fn who_aborts_a_task_waits_for_the_work_that_it_leaves_on_a_thread() {
        let threads = Threads::default();
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let (go_on, gate) = std::sync::mpsc::channel::<()>();
        let task = tokio::spawn(threads.of(blocking(move || {
            begun.send(()).expect("waited for");
            gate.recv()
        })));
        has_begun.await.expect("it begins");
        task.abort();
        assert!(task.await.expect_err("aborted").is_cancelled());
        let ended = threads.ended();
        tokio::pin!(ended);
        tokio::select! {
            biased;
            () = &mut ended => panic!("it still runs"),
            () = std::future::ready(()) => {}
        }
        go_on.send(()).expect("it waits");
        ended.await;
    }
}
