//! The jobs of one engine: those that run, and the newest that have ended.
//!
//! Owns the table and a job's view. Never knows what a job does.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use grace_domain::core::time::Timestamp;

use crate::problem::Problem;
use crate::problems::{not_found, refused_busy};
use crate::types::{JobKind, JobState};
use crate::types::{JobUnit, JobView, LogVerifyView};

/// Jobs that run at once.
const RUNNING: usize = 4;

/// Ended jobs that can still be looked at.
const KEPT: usize = 64;

/// One job.
pub(crate) struct Job {
    id: String,
    kind: JobKind,
    started_at: String,
    done: AtomicU64,
    total: AtomicU64,
    cancelled: AtomicBool,
    ended: Mutex<Option<Ended>>,
}

/// How a job ended.
#[derive(Debug, Clone)]
pub(crate) enum Ended {
    Verified(LogVerifyView),
    Exported(PathBuf),
    Failed(String),
    Cancelled,
}

/// The table of jobs of one context.
#[derive(Default)]
pub(crate) struct Jobs {
    all: Mutex<VecDeque<Arc<Job>>>,
    verified: Mutex<Option<(u64, String)>>,
}

impl Jobs {
    /// Keeps what a verification found: the size, and when.
    pub(crate) fn keep_verified(&self, size: u64, at: Timestamp) {
        *lock(&self.verified) = Some((size, at.to_string()));
    }

    /// Size and time of the last verification that found nothing.
    pub(crate) fn verified(&self) -> Option<(u64, String)> {
        lock(&self.verified).clone()
    }

    pub(crate) fn start(&self, id: String, at: Timestamp, kind: JobKind) -> Result<Arc<Job>, Problem> {
        let mut all = lock(&self.all);
        if all.iter().filter(|j| lock(&j.ended).is_none()).count() >= RUNNING {
            return Err(refused_busy("Four jobs are running already.", "Wait for one to end, or cancel it."));
        }
        while all.len() >= KEPT {
            let Some(oldest) = all.iter().position(|j| lock(&j.ended).is_some()) else { break };
            all.remove(oldest);
        }
        let job = Arc::new(Job {
            id,
            kind,
            started_at: at.to_string(),
            done: AtomicU64::new(0),
            total: AtomicU64::new(0),
            cancelled: AtomicBool::new(false),
            ended: Mutex::new(None),
        });
        all.push_back(Arc::clone(&job));
        Ok(job)
    }

    pub(crate) fn find(&self, id: &str) -> Result<Arc<Job>, Problem> {
        lock(&self.all).iter().find(|j| j.id == id).cloned().ok_or_else(|| not_found("job", id))
    }
}

impl Job {
    pub(crate) fn progress(&self, done: u64, total: u64) {
        self.done.store(done, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }

    pub(crate) fn request_cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    pub(crate) fn cancel_requested(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    pub(crate) fn end(&self, how: Ended) {
        *lock(&self.ended) = Some(how);
    }

    pub(crate) fn view(&self) -> JobView {
        let ended = lock(&self.ended).clone();
        let (state, message, verify, path) = match ended {
            None => (JobState::Running, None, None, None),
            Some(Ended::Verified(v)) => {
                let message =
                    if v.ok { "The log is what was signed." } else { "The log is not what was signed." };
                (
                    if v.ok { JobState::Done } else { JobState::Failed },
                    Some(message.to_owned()),
                    Some(v),
                    None,
                )
            }
            Some(Ended::Exported(path)) => (
                JobState::Done,
                Some("The audit was exported.".to_owned()),
                None,
                Some(path.display().to_string()),
            ),
            Some(Ended::Failed(reason)) => (JobState::Failed, Some(reason), None, None),
            Some(Ended::Cancelled) => {
                (JobState::Cancelled, Some("Cancelled; nothing was kept.".to_owned()), None, None)
            }
        };
        JobView {
            id: self.id.clone(),
            kind: self.kind,
            state,
            done: self.done.load(Ordering::Relaxed),
            total: self.total.load(Ordering::Relaxed),
            unit: JobUnit::Entries,
            started_at: self.started_at.clone(),
            message,
            verify,
            path,
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
