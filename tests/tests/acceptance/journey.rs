//! The stage of a journey: a world whose people hold key files and act through the CLI, and an nginx that joined by
//! handshake.

use crate::harness::feed::Feed;
use crate::harness::http::{free_port, get_plain};
use crate::harness::nginx::{Nginx, answers, configuration};
use crate::harness::place::component;
use crate::harness::{CliPerson, Person, Place, Serve, Windows, until};
use serde_json::Value;
use std::fs;

/// The path that the probe asks.
pub const HEALTH: &str = "/health";
/// What it must find.
pub const WELL: &str = "the spine stands";

/// Everything that runs. Fields are dropped in this order.
pub struct Journey {
    pub nginx: Nginx,
    pub serve: Serve,
    pub ann: CliPerson,
    pub bob: CliPerson,
    pub cid: CliPerson,
    /// The port of the first configuration.
    pub port: u16,
    pub place: Place,
}

/// What the first configuration answers at `/`, and its probe.
pub fn locations(status: u16, body: &str) -> String {
    format!("{}\n    {}", answers("= /health", 200, WELL), answers("/", status, body))
}

impl Journey {
    /// Starts nginx with `/` answering `old`, and lets it join. The probe asks `probe_port`, or the server's own.
    pub fn begin(windows: Windows, managed: &[&str], probe_port: Option<u16>) -> Self {
        let place = Place::new();
        let port = free_port();
        let first = configuration(&[port], &locations(200, "old"));
        let nginx = Nginx::start(&place.path("srv"), &first, port);
        let person = |id| CliPerson::create(place.top(), id);
        let (ann, bob, cid) = (person("ann"), person("bob"), person("cid"));
        let mut people: Vec<(&str, String)> = [&ann, &bob, &cid].map(|p| (p.id, p.public.clone())).to_vec();
        // Signs nothing here; what is critical needs three besides whoever submits.
        people.push(("dot", Person::named("dot").public()));
        place.init_of(&people, windows);
        let target = nginx.target(managed, probe_port.unwrap_or(port), HEALTH, WELL);
        let document = component("web", &target).to_string();
        fs::write(place.path("web.json"), document).expect("the component's document");
        let serve = Serve::start(&place.world());
        let journey = Self { nginx, serve, ann, bob, cid, port, place };
        journey.join();
        journey
    }

    fn join(&self) {
        let world = self.place.world();
        let requested =
            self.ann.run(&world, &["component", "add", "--target", &self.place.text("web.json")]).done();
        let id = requested["id"].as_str().expect("a handshake id");
        self.ann.run(&world, &["handshake", "approve", id]).refused("self_approval");
        self.bob.run(&world, &["handshake", "approve", id]).done();
        let feed = self.feed(|| Some(0.01));
        until("nginx has joined", 30, || {
            let shown = crate::harness::binary::run(&world, &["handshake", "show", id]).done();
            assert_ne!(shown["state"], "suspended", "{shown}");
            (shown["state"] == "active").then_some(())
        });
        drop(feed);
    }

    /// Pushes what `measure` says as the error rate.
    pub fn feed(&self, measure: impl FnMut() -> Option<f64> + Send + 'static) -> Feed {
        Feed::start(&self.place.world(), "web", "error_rate", measure)
    }

    /// What nginx answers at `path` of its first port.
    pub fn answer(&self, path: &str) -> (u16, String) {
        get_plain(self.port, path).expect("nginx answers")
    }

    /// `ann` submits files (path, content) with a declared risk and follows the stages; the update as it rests.
    pub fn submit(&self, risk: &str, files: &[(&str, &[u8])]) -> Value {
        let mut args = vec![
            "update",
            "submit",
            "--component",
            "web",
            "--risk",
            risk,
            "--title",
            "A new answer",
            "--wait",
        ];
        let pairs: Vec<String> = files
            .iter()
            .enumerate()
            .map(|(n, (path, bytes))| {
                fs::write(self.place.path(&format!("new-{n}")), bytes).expect("new content");
                format!("{path}={}", self.place.text(&format!("new-{n}")))
            })
            .collect();
        for pair in &pairs {
            args.extend(["--file", pair]);
        }
        self.ann.run(&self.place.world(), &args).json()
    }

    /// `bob` and `cid` approve.
    pub fn approve_twice(&self, id: &str) {
        for (person, state) in [(&self.bob, "awaiting_approval"), (&self.cid, "approved")] {
            let done = person.run(&self.place.world(), &["update", "approve", id]).done();
            assert_eq!(done["state"], state, "{done}");
        }
    }

    /// The log verifies and an export of it, too.
    pub fn prove(&self) {
        let world = self.place.world();
        let verified = crate::harness::binary::run(&world, &["log", "verify"]).done();
        assert_eq!(verified["ok"], true, "{verified}");
        let job = crate::harness::binary::run(&world, &["audit", "export", "--name", "journey.audit"]).done();
        let path = job["path"].as_str().expect("the export's path");
        let vkey = self.place.text("world/log.vkey");
        let audit = crate::harness::binary::run(&world, &["audit", "verify", path, "--trust", &vkey]).done();
        assert_eq!(
            (audit["ok"].as_bool(), audit["simulation"].as_bool()),
            (Some(true), Some(false)),
            "{audit}"
        );
    }
}

/// The card of stage `n`.
pub fn stage(update: &Value, n: usize) -> &Value {
    let card = &update["stages"][n - 1];
    assert_eq!(card["n"], n, "{update}");
    card
}
