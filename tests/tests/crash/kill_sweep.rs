//! Durable steps of applying and of rolling back, from the command to the end, a sample of them or all: killed before
//! each, recovered, and looked at. The steps of that recovery are a list of their own: killed before each of them, too,
//! recovered again, and looked at. A second kill is known by the steps that it prevents: two that prevent the same leave
//! the same to do, and are tried once. Each point is killed twice in any case.

use super::scene::{Scene, Way};
use super::tracer::{At, Tracer};
use crate::harness::wait::{timed, until};
use crate::harness::{Serve, soak};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Sweeps at the same time, each with a world of its own.
const WORKERS: usize = 3;
/// Points of the list that an ordinary run tries; a soak tries all of them.
const SAMPLE: u64 = 8;
/// Points of each recovery that an ordinary run tries.
const SAMPLE_AGAIN: u64 = 3;
/// How often a kill that came too late for its step is tried again.
const ATTEMPTS: usize = 5;
/// Polls, without a new step between them, after which nothing more is expected.
const POLLS_AT_REST: u32 = 50;

/// A step by its name, and the how-manieth of this name it is, from 1.
type Step = (String, usize);

/// How a kill at a step went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kill {
    /// Before the call began.
    Before,
    /// It came too late each time.
    Late,
    /// The run came to its end without the step.
    NoSuchStep,
}

impl Kill {
    fn of(exact: Option<bool>) -> Self {
        match exact {
            Some(true) => Self::Before,
            Some(false) => Self::Late,
            None => Self::NoSuchStep,
        }
    }
}

/// What one point of the list found.
#[derive(Debug)]
struct Point {
    n: usize,
    step: Step,
    kill: Kill,
    command_lost: bool,
    /// Number of steps of the recovery.
    recovery: usize,
    /// The second kills that were tried, by the step of the recovery.
    again: Vec<(Step, Kill)>,
}

/// What second kills have prevented so far.
type Prevented = Mutex<BTreeSet<Vec<String>>>;

/// What is shared between the sweeps of one way.
#[derive(Debug, Default)]
struct Shared {
    next: AtomicUsize,
    /// Second kills, by the steps that they prevent.
    prevented: Prevented,
    points: Mutex<Vec<Point>>,
}

#[test]
fn applying_survives_a_kill_at_every_durable_step() {
    sweep(Way::Apply);
}

#[test]
fn rolling_back_survives_a_kill_at_every_durable_step() {
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
        let tried = sample(&steps);
        let shared = Shared::default();
        std::thread::scope(|scope| {
            for scene in &scenes {
                let (shared, steps, tried) = (&shared, &steps, &tried);
                scope.spawn(move || {
                    while let Some(step) = tried.get(shared.next.fetch_add(1, Ordering::Relaxed)) {
                        let n = 1 + steps.iter().position(|s| s == step).expect("a step of the list");
                        let point = point(scene, way, n, step, &shared.prevented);
                        shared.points.lock().expect("no sweep panicked with the list").push(point);
                    }
                });
            }
        });
        let mut points = shared.points.into_inner().expect("no sweep panicked with the list");
        points.sort_by_key(|p| p.n);
        assert_eq!(points.len(), tried.len(), "every point of the list was tried");
        points
    });
    report(way, &points, took.as_secs());
}

/// The first step that always comes, which is before the command is durable, and others at even distances.
fn sample(steps: &[Step]) -> Vec<Step> {
    let mut at: BTreeSet<usize> = spread(steps.len(), SAMPLE).collect();
    at.insert(steps.iter().position(|(name, _)| !of_chance(name)).expect("a step that always comes"));
    at.into_iter().map(|n| steps[n].clone()).collect()
}

/// Places of a list of this length: as many as this run tries, at even distances, from a place that the seed moves.
fn spread(length: usize, sample: u64) -> impl Iterator<Item = usize> {
    let count = usize::try_from(soak::count(sample)).unwrap_or(usize::MAX).min(length);
    let moved = usize::try_from(soak::seed() % length.max(1) as u64).expect("smaller than a length");
    (0..count).map(move |n| (moved + n * length / count) % length)
}

/// Whether a blob's directory is new depends on the blob's digest, so its making and its sync may not come.
fn of_chance(name: &str) -> bool {
    name.starts_with("mkdir world/blobs") || name == "fsync world/blobs"
}

/// Every step with its count, from runs that nobody kills: each step as often as any of them has it, so that one that
/// only sometimes comes is not missed.
fn list(scenes: &[Scene]) -> Vec<Step> {
    let mut list: Vec<Step> = Vec::new();
    for scene in scenes {
        for step in numbered(dry_run(scene)) {
            if !list.contains(&step) {
                list.push(step);
            }
        }
    }
    list
}

/// Each step with its number among those of its name.
fn numbered(names: Vec<String>) -> Vec<Step> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let number = |name: String| {
        let count = seen.entry(name.clone()).or_default();
        *count += 1;
        (name, *count)
    };
    names.into_iter().map(number).collect()
}

fn report(way: Way, points: &[Point], seconds: u64) {
    for Point { n, step: (step, count), kill, command_lost, recovery, again } in points {
        println!(
            "{way:?} {n:>3} {kill:?}; command lost: {command_lost}; recovery of {recovery} steps, killed at {} of \
             them; {step} ({count})",
            again.len()
        );
    }
    let total = points.len();
    let lost = points.iter().filter(|p| p.command_lost).count();
    let never = points.iter().filter(|p| p.kill == Kill::NoSuchStep).count();
    let again: Vec<&(Step, Kill)> = points.iter().flat_map(|p| &p.again).collect();
    let never_again = again.iter().filter(|(_, kill)| *kill == Kill::NoSuchStep).count();
    println!(
        "{way:?}: {total} of {total} durable steps: killed before {} of them, {never} did not come; {lost} kills before \
         the command was durable; recoveries of {} steps together, {} of them different and killed at, of which \
         {never_again} did not come again; {seconds} s",
        total - never,
        points.iter().map(|p| p.recovery).sum::<usize>(),
        again.len(),
    );
    for point in points {
        assert_ne!(point.kill, Kill::Late, "a kill came too late for its step {ATTEMPTS} times: {point:?}");
        assert!(!point.again.is_empty(), "each point is killed again in its recovery: {point:?}");
    }
    for (step, kill) in &again {
        assert_ne!(*kill, Kill::Late, "a second kill came too late for its step {ATTEMPTS} times: {step:?}");
    }
    // Those of chance.
    assert!(never <= 4, "{never} steps of the list did not come");
    assert!(never_again * 10 <= again.len(), "{never_again} steps of recoveries did not come: {again:?}");
    assert!(lost >= 1 && lost < total, "some kills fall before the command is durable, most after");
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

fn point(scene: &Scene, way: Way, n: usize, step: &Step, prevented: &Prevented) -> Point {
    let when = format!("{way:?} killed at {}, number {}", step.0, step.1);
    let mut attempt = 1;
    let kill = loop {
        scene.put_back();
        let (tracer, serve) = Tracer::start(&scene.world(), &scene.path("strace"), At::Never);
        let mut serve = serve.unwrap_or_else(|said| panic!("{when}: {said}"));
        serve.settled_size();
        tracer.arm(At::Step(step.0.clone(), step.1));
        scene.command(&serve);
        wait_gone_or_at_rest(&when, &mut serve, &tracer, &step.0);
        drop(serve);
        let kill = Kill::of(tracer.finish().1);
        scene.check_mixture(&when);
        if kill != Kill::Late || attempt == ATTEMPTS {
            break kill;
        }
        scene.finish(&when);
        attempt += 1;
    };
    scene.keep_killed();
    let (recovery, command_lost) = recover(scene, &when);
    let again = second_kills(&recovery, n, prevented).into_iter();
    let again = again.map(|step| kill_again(scene, step, &when)).collect();
    Point { n, step: step.clone(), kill, command_lost, recovery: recovery.len(), again }
}

/// Where this recovery is killed: at steps of which no other kill has prevented the same, in an ordinary run a sample of
/// them; at one in any case.
fn second_kills(recovery: &[Step], n: usize, prevented: &Prevented) -> Vec<Step> {
    let mut prevented = prevented.lock().expect("no sweep panicked with the list");
    let new: Vec<(&Step, Vec<String>)> = recovery
        .iter()
        .enumerate()
        .map(|(at, step)| (step, rest(&recovery[at..])))
        .filter(|(_, rest)| !prevented.contains(rest))
        .collect();
    let mut second: Vec<Step> = Vec::new();
    for at in spread(new.len(), SAMPLE_AGAIN) {
        if prevented.insert(new[at].1.clone()) {
            second.push(new[at].0.clone());
        }
    }
    if second.is_empty() {
        second.extend(recovery.get(n % recovery.len().max(1)).cloned());
    }
    second
}

/// The recovery that nobody kills: its steps, and whether the command was lost.
fn recover(scene: &Scene, when: &str) -> (Vec<Step>, bool) {
    let (tracer, serve) = Tracer::start(&scene.world(), &scene.path("strace"), At::Count(usize::MAX));
    let serve = serve.unwrap_or_else(|said| panic!("{when}: {said}"));
    until(&format!("{when}: recovered"), 60, || scene.is_recovered(&serve).then_some(()));
    serve.settled_size();
    let steps = numbered(tracer.steps());
    (steps, scene.finish_on(serve, when))
}

/// What a kill at the first of these steps prevents, however threads take turns.
fn rest(steps: &[Step]) -> Vec<String> {
    let mut names: Vec<String> =
        steps.iter().map(|(name, _)| name.clone()).filter(|name| !of_chance(name)).collect();
    names.sort();
    names
}

/// Kills the recovery at one of its steps, and lets another recovery come to the end.
fn kill_again(scene: &Scene, step: Step, when: &str) -> (Step, Kill) {
    let when = format!("{when}, and again in recovery at {}, number {}", step.0, step.1);
    let mut attempt = 1;
    loop {
        scene.put_back_killed();
        let kill_at = At::Step(step.0.clone(), step.1);
        let (tracer, serve) = Tracer::start(&scene.world(), &scene.path("strace"), kill_at);
        let gone = serve.map_or(true, |mut serve| wait_gone_or_at_rest(&when, &mut serve, &tracer, &step.0));
        let kill = Kill::of(tracer.finish().1);
        assert_eq!(gone, kill != Kill::NoSuchStep, "{when}: the engine ended by itself");
        scene.check_mixture(&when);
        scene.finish(&when);
        if kill != Kill::Late || attempt == ATTEMPTS {
            return (step, kill);
        }
        attempt += 1;
    }
}

/// Whether it was killed; else it makes no step any more by which it would be. An open window never rests: the counters
/// of each of its evaluations are synced with the log, so those syncs count only while one of them is waited for.
fn wait_gone_or_at_rest(when: &str, serve: &mut Serve, tracer: &Tracer, awaited: &str) -> bool {
    let counts = |step: &String| step == awaited || !step.contains("grace.db");
    let mut rest = (0, 0);
    until(&format!("{when}: killed or at rest"), 60, || {
        if serve.is_gone() {
            return Some(true);
        }
        let count = tracer.steps().iter().filter(|step| counts(step)).count();
        rest = if count == rest.0 { (rest.0, rest.1 + 1) } else { (count, 0) };
        (rest.1 > POLLS_AT_REST).then_some(false)
    })
}
