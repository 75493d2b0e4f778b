//! A stand-in for a component's monitoring: measures, and pushes what it measured until it is dropped.

use super::binary;
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

/// Between two measurements.
const EVERY: Duration = Duration::from_millis(200);

/// Pushes a metric of a component with `grace metrics push`.
#[derive(Debug)]
pub struct Feed {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Feed {
    /// Pushes what `measure` says as `metric` of `component`; nothing when it says nothing.
    pub fn start(
        world: &Path,
        component: &str,
        metric: &str,
        mut measure: impl FnMut() -> Option<f64> + Send + 'static,
    ) -> Self {
        let (world, component, metric) = (world.to_owned(), component.to_owned(), metric.to_owned());
        let (stop, stopped) = mpsc::channel::<()>();
        let thread = std::thread::spawn(move || {
            while stopped.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                if let Some(value) = measure() {
                    let sample = format!("{metric}={value}");
                    // The engine may be stopping: then the sample is lost, as in life.
                    let _ = binary::run(&world, &["metrics", "push", &component, "--sample", &sample]);
                }
            }
        });
        Self { stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
