//! The world of a sweep, kept in a state right before an update is applied or rolled back, and put back before each
//! kill.

use crate::harness::acts::{approvals, rollback};
use crate::harness::place::{component, plain_target};
use crate::harness::tree::{Inventory, inventory, restore};
use crate::harness::{Draft, Person, Place, Serve, Windows, binary};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// Which way the update goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Old to new.
    Apply,
    /// New to old.
    Rollback,
}

/// First content.
const OLD: [(&str, &str); 4] = [
    ("a.conf", "a = 1\n"),
    ("deep/b.conf", "b = 1\n"),
    ("gone.conf", "gone = 1\n"),
    ("kept.conf", "kept = 1\n"),
];
/// What the update makes of it.
const NEW: [(&str, &str); 4] = [
    ("a.conf", "a = 2\n"),
    ("deep/b.conf", "b = 2\n"),
    ("kept.conf", "kept = 1\n"),
    ("new/dir/c.conf", "c = 2\n"),
];

/// A world with one update, stopped right before [`Way`].
pub struct Scene {
    place: Place,
    way: Way,
    id: String,
    from: Inventory,
    to: Inventory,
}

impl Scene {
    /// Makes the world and brings it to its place.
    pub fn set(way: Way) -> Self {
        let place = Place::new();
        place.init(Windows::OPEN);
        let root = place.target("srv", &OLD);
        let old = inventory(&root, &[]);
        let serve = Serve::start(&place.world());
        serve.join(&component("files", &plain_target(&root)));
        let changed: Vec<_> = NEW.iter().copied().filter(|file| !OLD.contains(file)).collect();
        let id = serve.submit(&Draft::of("files", &changed).removing("gone.conf"));
        let update = serve.wait_state(&id, &["awaiting_approval"]);
        // All but the last approval: that one is the command of the sweep.
        let needed = update["needed"]["count"].as_u64().expect("a count");
        for person in ["cid", "dot"].into_iter().take(usize::try_from(needed - 1).expect("few")) {
            serve.approve(&id, person).done();
        }
        let mut scene = Self { place, way, id, from: old.clone(), to: old };
        // The other side, by the way that nobody interrupts.
        let snapshot = scene.place.path("before");
        if way == Way::Apply {
            serve.settled_size();
            serve.stop();
            scene.keep(&snapshot);
            let serve = scene.serve();
            scene.command(&serve);
            serve.wait_state(&scene.id, &["observing"]);
            scene.to = inventory(&scene.root(), &[]);
            serve.stop();
        } else {
            serve.approve(&scene.id, "bob").done();
            serve.wait_state(&scene.id, &["observing"]);
            scene.from = inventory(&scene.root(), &[]);
            serve.settled_size();
            serve.stop();
            scene.keep(&snapshot);
        }
        assert_ne!(scene.from, scene.to, "the update changes something");
        scene
    }

    /// Where the content is.
    pub fn root(&self) -> PathBuf {
        self.place.path("srv")
    }

    /// The world's directory.
    pub fn world(&self) -> PathBuf {
        self.place.world()
    }

    /// A name beside the world.
    pub fn path(&self, name: &str) -> PathBuf {
        self.place.path(name)
    }

    /// An engine without a tracer.
    pub fn serve(&self) -> Serve {
        Serve::start(&self.world())
    }

    fn keep(&self, to: &std::path::Path) {
        restore(&self.world(), &to.join("world"));
        restore(&self.root(), &to.join("srv"));
    }

    /// Puts world and content back.
    pub fn put_back(&self) {
        self.put_back_from("before");
    }

    /// Keeps world and content as a kill left them.
    pub fn keep_killed(&self) {
        self.keep(&self.path("killed"));
    }

    /// Puts world and content back as the kill left them.
    pub fn put_back_killed(&self) {
        self.put_back_from("killed");
    }

    fn put_back_from(&self, name: &str) {
        restore(&self.path(name).join("world"), &self.world());
        restore(&self.path(name).join("srv"), &self.root());
    }

    /// Whether the update waits for its command or has come to its end: a recovery has nothing more to do.
    pub fn is_recovered(&self, serve: &Serve) -> bool {
        serve.update(&self.id)["state"] == self.states().0 || self.at_end(serve)
    }

    /// Hands the command in; whether it was answered.
    pub fn command(&self, serve: &Serve) -> bool {
        let bob = Person::named("bob");
        let (act, more, path) = match self.way {
            Way::Apply => {
                ("approve", json!({ "subject": self.id, "decision": "approve" }), approvals(&self.id))
            }
            Way::Rollback => {
                ("rollback", json!({ "subject": self.id, "reason": "back" }), rollback(&self.id))
            }
        };
        let envelope = bob.statement(serve, act, &more);
        serve.try_post(&path, &envelope).is_ok_and(|reply| reply.status == 200)
    }

    /// State in which the command has not come, and the one to which it leads.
    fn states(&self) -> (&'static str, &'static str) {
        match self.way {
            Way::Apply => ("awaiting_approval", "observing"),
            Way::Rollback => ("observing", "rolled_back"),
        }
    }

    /// Whether the update has come to its end.
    pub fn at_end(&self, serve: &Serve) -> bool {
        let update = serve.update(&self.id);
        let window = self.way == Way::Rollback || update["window"]["opened_at"].is_string();
        update["state"] == self.states().1 && window
    }

    /// A kill leaves each file old or new and whole; beside them only the engine's own temporary files.
    pub fn check_mixture(&self, when: &str) {
        let files = |of: &Inventory| -> BTreeMap<PathBuf, String> {
            of.iter()
                .filter(|(_, what)| what.starts_with("file"))
                .map(|(p, w)| (p.clone(), w.clone()))
                .collect()
        };
        let (from, to, now) = (files(&self.from), files(&self.to), files(&inventory(&self.root(), &[])));
        for (path, what) in &now {
            let name = path.file_name().expect("a name").to_string_lossy();
            let known = from.get(path) == Some(what) || to.get(path) == Some(what);
            assert!(
                known || name.starts_with(".grace-"),
                "{when}: {} is neither old nor new: {what}",
                path.display()
            );
        }
        for (path, what) in &from {
            let gone = !now.contains_key(path);
            assert!(!gone || to.get(path) != Some(what), "{when}: {} is lost", path.display());
            assert!(!gone || !to.contains_key(path), "{when}: {} is lost while it changes", path.display());
        }
    }

    /// Brings it to its end with an engine that nobody kills, and checks everything that must hold then. Says whether
    /// the command had to be handed in again.
    pub fn finish(&self, when: &str) -> bool {
        self.finish_on(self.serve(), when)
    }

    /// The same with an engine that runs already.
    pub fn finish_on(&self, serve: Serve, when: &str) -> bool {
        let (waiting, end) = self.states();
        let found = serve.update(&self.id)["state"].clone();
        let lost = found == waiting;
        if lost {
            assert_eq!(
                inventory(&self.root(), &[]),
                self.from,
                "{when}: nothing happens before it is in the log"
            );
            assert!(self.command(&serve), "{when}: the command is taken again");
        }
        let update = serve.wait_state(&self.id, &[end]);
        assert_eq!(
            inventory(&self.root(), &[]),
            self.to,
            "{when}: the content is not exactly the one promised"
        );
        self.check_evidence(&serve, &update, when);
        serve.kill();
        let verified = binary::run(&self.world(), &["log", "verify"]);
        assert_eq!(verified.done()["ok"], true, "{when}");
        lost
    }

    fn check_evidence(&self, serve: &Serve, update: &Value, when: &str) {
        let result = |what: &str| {
            let receipts = update["receipts"].as_array().expect("receipts");
            receipts.iter().filter(|r| r["result"] == what).count()
        };
        let reverted = usize::from(self.way == Way::Rollback);
        assert_eq!((result("applied"), result("reverted")), (1, reverted), "{when}: {}", update["receipts"]);
        let receipts = serve.entries("update.receipt", &self.id);
        assert_eq!(receipts.len(), 1 + reverted, "{when}: {receipts:?}");
        assert_eq!(serve.entries("update.distributed", &self.id).len(), 1, "{when}");
        let ends = if self.way == Way::Rollback { "update.rolled_back" } else { "update.approved" };
        assert_eq!(serve.entries(ends, &self.id).len(), 1, "{when}");
        // The first engine that starts again removes what a copy's check or a killed apply left.
        let temporary = fs::read_dir(self.world().join("scratch")).map_or(0, Iterator::count);
        assert_eq!(temporary, 0, "{when}: copies are left in scratch");
    }
}
