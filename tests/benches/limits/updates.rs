//! `updates`: whole updates per second through all eight stages, of 1 and of 16 components at once, against the bare
//! commits that they needed.

use crate::bare::BareTable;
use crate::logs;
use crate::people::{SPEED, Scene};
use crate::report::{Done, Figure, Goal, PAIRS, Report, Watch};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use std::sync::Arc;

/// Components at once, and updates of each in one pair.
const WORKLOADS: [(usize, usize); 2] = [(1, 20), (16, 10)];

pub async fn run(report: &mut Report) -> Done<()> {
    for (components, updates) in WORKLOADS {
        let place = logs::place()?;
        let scene = Arc::new(Scene::open(place.path(), components).await?);
        let mut bare = BareTable::create(&place.path().join("bare.db")).await?;
        // Unmeasured: statements are prepared, files made.
        batch(&scene, components, 1, 0).await?;
        let (mut pairs, mut commits_each, mut entries_each) = (Vec::new(), Vec::new(), Vec::new());
        for pair in 0..PAIRS {
            let total = (components * updates) as f64;
            let (commits, size) = (commits(&scene).await?, size(&scene).await?);
            let seconds = batch(&scene, components, updates, pair + 1).await?;
            let needed = self::commits(&scene).await? - commits;
            commits_each.push(needed as f64 / total);
            entries_each.push((self::size(&scene).await? - size) as f64 / total);
            let rows: Vec<Vec<u8>> = (0..needed).map(|n| Ok(logs::entry(n)?.bytes)).collect::<Done<_>>()?;
            pairs.push((total / seconds, total / bare.insert(&rows).await?));
        }
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        report.add(Figure {
            workload: format!(
                "updates through all eight stages to stable, {components} component(s) at once, keys in memory"
            ),
            ours: format!(
                "engine in this process; clock {SPEED} times as fast, window of 1 s = {} ms; check /bin/true, sandboxed",
                1000 / SPEED
            ),
            limit: "bare sqlx loop of as many commits as these updates needed, nothing else".into(),
            unit: "updates/s",
            goal: Goal::None,
            pairs,
            notes: vec![format!(
                "an update makes {:.1} entries in {:.1} commits of the log, besides blobs and files; its window alone is {} ms",
                mean(&entries_each),
                mean(&commits_each),
                1000 / SPEED
            )],
        });
        bare.close().await?;
        scene.engine.shutdown().await;
    }
    Ok(())
}

/// Every component takes its updates one after the other, all components at once. Returns seconds.
async fn batch(scene: &Arc<Scene>, components: usize, updates: usize, batch: usize) -> Done<f64> {
    let watch = Watch::start();
    let lanes: Vec<_> = (0..components)
        .map(|component| {
            let scene = Arc::clone(scene);
            tokio::spawn(async move {
                for n in 0..updates {
                    scene.update(component, &format!("workers = {component}.{batch}.{n}\n")).await?;
                }
                Done::Ok(())
            })
        })
        .collect();
    for lane in lanes {
        lane.await??;
    }
    Ok(watch.seconds())
}

async fn size(scene: &Scene) -> Done<u64> {
    Ok(scene.engine.reader().head().await?.size)
}

/// Commits of the log so far: each begins with an entry that carries the mark of the one before.
async fn commits(scene: &Scene) -> Done<u64> {
    let database = grace_store::World::at(&scene.dir).database();
    let mut conn = SqliteConnectOptions::new()
        .filename(database)
        .read_only(true)
        .disable_statement_logging()
        .connect()
        .await?;
    let marks: i64 =
        sqlx::query_scalar("SELECT count(*) FROM leaves WHERE mark IS NOT NULL").fetch_one(&mut conn).await?;
    conn.close().await?;
    Ok(u64::try_from(marks)?)
}
