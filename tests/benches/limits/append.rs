//! `append`: durable appends of 1, 64 and 256 callers through a committer that groups as the engine's owner does,
//! against a bare sqlx loop of equal durability.
//!
//! Callers, committer and bare loop are all tasks of the same runtime. A loop on the thread that blocks on the runtime is
//! woken more cheaply than any task; the ratio against that is told beside.

use crate::bare::BareTable;
use crate::logs;
use crate::report::{Done, Figure, Goal, PAIRS, Report, Watch, median};
use grace_domain::core::limits;
use grace_store::{Group, Journal, NewEntry};
use std::sync::Arc;
use tokio::sync::{Mutex, mpsc, oneshot};

/// Callers, appends of each in one pair, and the goal.
const WORKLOADS: [(usize, usize, Goal); 3] =
    [(1, 500, Goal::AtLeast(0.4)), (64, 100, Goal::None), (256, 100, Goal::AtLeast(15.0))];
/// Rows of the bare loop in one pair: as many as make SQLite move its WAL once.
const BARE_ROWS: usize = 1000;

type Message = (NewEntry, oneshot::Sender<u64>);

pub async fn run(report: &mut Report) -> Done<()> {
    let place = logs::place()?;
    let journal = Arc::new(logs::create(&place.path().join("world")).await?);
    let bare = Arc::new(Mutex::new(BareTable::create(&place.path().join("bare.db")).await?));
    let rows: Vec<Vec<u8>> = (0..BARE_ROWS as u64).map(|n| Ok(logs::entry(n)?.bytes)).collect::<Done<_>>()?;
    let rows = Arc::new(rows);
    let rate = |seconds: f64| BARE_ROWS as f64 / seconds;
    let mut next = 0;
    for (callers, appends, goal) in WORKLOADS {
        let (mut pairs, mut blocked) = (Vec::new(), Vec::new());
        let mut groups = 0.0;
        for pair in 0..2 * PAIRS + 1 {
            let entries: Vec<NewEntry> =
                (next..next + (callers * appends) as u64).map(logs::entry).collect::<Done<_>>()?;
            next += entries.len() as u64;
            let total = entries.len() as f64;
            // Each goes first in turn.
            let mut limit = 0.0;
            if pair % 2 == 0 {
                limit = in_a_task(&bare, &rows).await?;
            }
            let (seconds, commits) = ours(&journal, callers, entries).await?;
            if pair % 2 == 1 {
                limit = in_a_task(&bare, &rows).await?;
            }
            groups += total / commits as f64;
            pairs.push((total / seconds, rate(limit)));
            blocked.push(total / seconds / rate(bare.lock().await.insert(&rows).await?));
        }
        let mean = groups / pairs.len() as f64;
        let blocked = median(blocked);
        report.add(Figure {
            workload: format!(
                "durable appends of ~1 KB entries, {callers} callers, each waiting for its own"
            ),
            ours: "journal: tree, index, read-back, signed checkpoint; one committer, groups of up to 1,024"
                .into(),
            limit: "bare sqlx loop: one INSERT per commit, WAL, synchronous EXTRA, 16 KiB pages".into(),
            unit: "rows/s",
            goal,
            pairs,
            notes: vec![
                format!("{mean:.1} entries per commit"),
                format!("{blocked:.2}x of that loop on the thread that blocks on the runtime"),
            ],
        });
    }
    let Some(bare) = Arc::into_inner(bare) else { return Err("the bare table is still in use".into()) };
    bare.into_inner().close().await?;
    journal.stop().await?;
    Ok(())
}

/// Runs the bare loop as a task. Returns seconds.
async fn in_a_task(bare: &Arc<Mutex<BareTable>>, rows: &Arc<Vec<Vec<u8>>>) -> Done<f64> {
    let (bare, rows) = (Arc::clone(bare), Arc::clone(rows));
    tokio::spawn(async move { bare.lock().await.insert(&rows).await }).await?
}

/// Appends all, split among the callers. Returns seconds and commits.
async fn ours(journal: &Arc<Journal>, callers: usize, entries: Vec<NewEntry>) -> Done<(f64, usize)> {
    let (inbox, messages) = mpsc::channel::<Message>(limits::INBOX_WAITING);
    let mut shares: Vec<Vec<NewEntry>> = (0..callers).map(|_| Vec::new()).collect();
    for (n, entry) in entries.into_iter().enumerate() {
        shares[n % callers].push(entry);
    }
    let watch = Watch::start();
    let committer = tokio::spawn(commit(Arc::clone(journal), messages));
    let callers: Vec<_> = shares.into_iter().map(|share| tokio::spawn(call(inbox.clone(), share))).collect();
    drop(inbox);
    for caller in callers {
        caller.await??;
    }
    let seconds = watch.seconds();
    Ok((seconds, committer.await??))
}

async fn call(inbox: mpsc::Sender<Message>, share: Vec<NewEntry>) -> Done<()> {
    for entry in share {
        let (reply, answer) = oneshot::channel();
        inbox.send((entry, reply)).await.map_err(|_| "the committer ended early")?;
        answer.await?;
    }
    Ok(())
}

/// Groups as the engine's owner does: the first that comes, and what waits behind it.
async fn commit(journal: Arc<Journal>, mut messages: mpsc::Receiver<Message>) -> Done<usize> {
    let mut commits = 0;
    let mut before_that = 0;
    while let Some(first) = messages.recv().await {
        let (mut entries, mut replies) = (vec![first.0], vec![first.1]);
        // As the engine's owner does: whoever is just about to speak is let speak, so that a group is whole.
        let mut quiet = 0;
        while quiet < limits::inbox_quiet_turns(before_that) && entries.len() < limits::INBOX_GROUP {
            let before = entries.len();
            while entries.len() < limits::INBOX_GROUP
                && let Ok((entry, reply)) = messages.try_recv()
            {
                entries.push(entry);
                replies.push(reply);
            }
            quiet = if entries.len() == before { quiet + 1 } else { 0 };
            tokio::task::yield_now().await;
        }
        before_that = entries.len();
        let committed = journal.append(Group { entries, ..Group::default() }).await?;
        commits += 1;
        for (seq, reply) in (committed.first_seq..).zip(replies) {
            // A caller that went away has its answer in the error of its own task.
            let _ = reply.send(seq);
        }
    }
    Ok(commits)
}
