//! Every durable step of applying and of taking back, from the command to the end: killed before it, recovered, killed
//! again while recovering, recovered, and looked at.

use super::scene::{Scene, Way};
use super::tracer::{At, Tracer};
use crate::harness::Serve;
use crate::harness::wait::{timed, until};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// Sweeps at the same time, each with a world of its own.
const WORKERS: usize = 2;
/// How often a kill that came too late for its step is tried again.
const ATTEMPTS: usize = 5;
/// Steps of a recovery in which the second kill falls: the n-th point is killed at 1 + n modulo this.
const RECOVERY_STEPS: usize = 12;

/// Looks, without a new step between them, after which nothing more is expected.
const LOOKS_AT_REST: u32 = 50;

/// What one point of the list found.
#[derive(Debug)]
struct Point {
    n: usize,
    step: String,
    /// Killed before the call began; `None` when this run came to its end without the step.
    exact: Option<bool>,
    command_lost: bool,
    killed_again: bool,
}

#[test]
fn applying_survives_a_kill_at_every_durable_step() {
    sweep(Way::Apply);
}

#[test]
fn taking_back_survives_a_kill_at_every_durable_step() {
    sweep(Way::Rollback);
}

fn sweep(way: Way) {
    let (points, took) = timed(|| {
        let scenes: Vec<Scene> = std::thread::scope(|scope| {
            let setting: Vec<_> = (0..WORKERS).map(|_| scope.spawn(|| Scene::set(way))).collect();
            setting.into_iter().map(|s| s.join().expect("a scene")).collect()
        });
        let steps = list(&scenes);
        assert!(
            steps.len() >= 10,
            "{way:?}: only {} durable steps were seen; is the engine traced?",
            steps.len()
        );
        let found = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for (worker, scene) in scenes.iter().enumerate() {
                let (found, steps) = (&found, &steps);
                scope.spawn(move || {
                    for (n, (name, count)) in steps.iter().enumerate().filter(|(n, _)| n % WORKERS == worker)
                    {
                        let point = point(scene, way, n + 1, name, *count);
                        found.lock().expect("no sweep panicked with the list").push(point);
                    }
                });
            }
        });
        let mut points = found.into_inner().expect("no sweep panicked with the list");
        points.sort_by_key(|p| p.n);
        assert_eq!(points.len(), steps.len(), "every point of the list was tried");
        points
    });
    report(way, &points, took.as_secs());
}

/// Every step with its count, from runs that nobody kills: each step as often as any of them has it, so that one that
/// only sometimes comes is not missed.
fn list(scenes: &[Scene]) -> Vec<(String, usize)> {
    let mut list: Vec<(String, usize)> = Vec::new();
    for scene in scenes {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for name in dry_run(scene) {
            let count = seen.entry(name.clone()).or_default();
            *count += 1;
            if !list.contains(&(name.clone(), *count)) {
                list.push((name, *count));
            }
        }
    }
    list
}

fn report(way: Way, points: &[Point], seconds: u64) {
    let count = |f: &dyn Fn(&Point) -> bool| points.iter().filter(|p| f(p)).count();
    let lost = count(&|p| p.command_lost);
    let again = count(&|p| p.killed_again);
    let never = count(&|p| p.exact.is_none());
    for Point { n, step, exact, command_lost, killed_again } in points {
        let how = match exact {
            Some(true) => "killed before it",
            Some(false) => "KILLED TOO LATE",
            None => "did not come",
        };
        println!(
            "{way:?} {n:>3} {how}; command lost: {command_lost}; killed in recovery: {killed_again}; {step}"
        );
    }
    let total = points.len();
    println!(
        "{way:?}: {total} of {total} durable steps: killed before {} of them, {never} did not come; {lost} kills before \
         the command was durable; {again} killed a second time in recovery; {seconds} s",
        total - never,
    );
    assert_eq!(count(&|p| p.exact == Some(false)), 0, "a kill came too late for its step {ATTEMPTS} times");
    // Whether a blob's directory is new depends on the blob's digest, so its sync may not come.
    assert!(never <= 3, "{never} steps of the list did not come");
    assert!(lost >= 1 && lost < total, "some kills fall before the command is durable, most after");
    assert!(again * 2 >= total, "most recoveries were killed, too");
}

/// The steps from the command to the end.
fn dry_run(scene: &Scene) -> Vec<String> {
    scene.put_back();
    let (tracer, serve) = Tracer::start(&scene.world(), &scene.path("strace"), At::Never);
    let serve = serve.unwrap_or_else(|said| panic!("the engine does not start under strace: {said}"));
    serve.settled_size();
    tracer.arm(At::Never);
    assert!(scene.command(&serve), "the command is taken");
    until("the update is at its end", 60, || scene.at_end(&serve).then_some(()));
    serve.settled_size();
    serve.kill();
    tracer.finish().0
}

fn point(scene: &Scene, way: Way, n: usize, name: &str, count: usize) -> Point {
    let when = format!("{way:?} killed at {name}, number {count}");
    for attempt in 1..=ATTEMPTS {
        scene.put_back();
        let (tracer, serve) = Tracer::start(&scene.world(), &scene.path("strace"), At::Never);
        let mut serve = serve.unwrap_or_else(|said| panic!("{when}: {said}"));
        serve.settled_size();
        tracer.arm(At::Step(name.to_owned(), count));
        scene.command(&serve);
        wait_gone_or_at_rest(&when, &mut serve, &tracer);
        drop(serve);
        let (_, exact) = tracer.finish();
        scene.check_mixture(&when);
        let killed_again = kill_recovery(scene, n, &when);
        let command_lost = scene.finish(&when);
        if exact == Some(true) || attempt == ATTEMPTS {
            return Point { n, step: format!("{name} ({count})"), exact, command_lost, killed_again };
        }
    }
    unreachable!("the last attempt returns")
}

/// Whether it was killed; else it makes no step any more.
fn wait_gone_or_at_rest(when: &str, serve: &mut Serve, tracer: &Tracer) -> bool {
    let mut rest = (0, 0);
    until(&format!("{when}: killed or at rest"), 60, || {
        if serve.is_gone() {
            return Some(true);
        }
        rest = if tracer.count() == rest.0 { (rest.0, rest.1 + 1) } else { (tracer.count(), 0) };
        (rest.1 > LOOKS_AT_REST).then_some(false)
    })
}

/// Starts the engine and kills it at one of the steps of its recovery; whether it was killed.
fn kill_recovery(scene: &Scene, n: usize, when: &str) -> bool {
    let kill_at = 1 + n % RECOVERY_STEPS;
    let (tracer, serve) = Tracer::start(&scene.world(), &scene.path("strace"), At::Count(kill_at));
    let gone = serve.map_or(true, |mut serve| wait_gone_or_at_rest(when, &mut serve, &tracer));
    let killed = tracer.finish().1.is_some();
    assert_eq!(gone, killed, "{when}: the engine ended by itself in recovery");
    scene.check_mixture(&format!("{when} and again in recovery at {kill_at}"));
    killed
}
