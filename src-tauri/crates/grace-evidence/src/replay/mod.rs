//! The log as a state machine: an entry counts only where the rules come to it, in the state that the entries before it
//! have left, from statements that verify.
//!
//! Owns that replay. Decides nothing by itself: it finds out what was handed in to the engine ([`Cause`]), hands the same
//! to [`Input::decide`], and holds what comes of it against the log, entry by entry. What an entry says of the world
//! outside is held against what the log knows of it in [`claims`]. One file per aggregate says what is behind each of its
//! events, exhaustively. Holds what is open, and of what has ended what may still go on; of the rest 24 bytes each.

mod cause;
mod claims;
mod component;
mod due;
mod handshake;
mod update;

use std::collections::{BTreeMap, HashMap, VecDeque};

use grace_domain::component::event::ComponentEvent;
use grace_domain::core::digest::Digest;
use grace_domain::core::limits;
use grace_domain::log::{Actor, Event, Subject, WorldEvent};
use grace_domain::world::{AnyAggregate, Genesis, World};

use crate::evidence::Checks;
use crate::proved::Proved;
use crate::read::ReadEntry;
use due::{Due, Refused, must};

/// How many entries, the one that is judged among them, a replay must be shown: what was handed in at once may stand in
/// several.
pub(crate) const AHEAD: usize = 8;

/// The world as far as it was read.
#[derive(Debug)]
pub(crate) struct Replay {
    world: World,
    /// Openings of the world by an engine; none while it is being founded.
    starts: u64,
    /// What has been decided and must come next.
    due: VecDeque<Due>,
    /// Sequence of the newest entry of each that has ended, by the beginning of its subject's digest.
    ended: HashMap<[u8; 16], u64>,
    /// How far the clock was set back, in ms, while each of these was open.
    set_back: BTreeMap<Subject, u64>,
    /// Of those that have ended, those to which an entry may still be added.
    resting: BTreeMap<Subject, AnyAggregate>,
}

impl Replay {
    /// Begins with the genesis.
    pub(crate) fn begin(first: &ReadEntry) -> Result<Self, Refused> {
        let genesis = Genesis::read(&first.recorded).map_err(|e| e.to_string())?;
        must(first.entry().prev.is_none(), "it goes on from an entry before the first")?;
        by_engine(first)?;
        let mut world = World::new(genesis);
        world.set_newest_at(first.entry().at);
        Ok(Self {
            world,
            starts: 0,
            due: VecDeque::new(),
            ended: HashMap::new(),
            set_back: BTreeMap::new(),
            resting: BTreeMap::new(),
        })
    }

    /// What the entries so far say.
    pub(crate) fn world(&self) -> &World {
        &self.world
    }

    /// Whether what was decided together stands there as a whole.
    pub(crate) fn finish(&self) -> Result<(), Refused> {
        let open = self.due.front().map(Due::name);
        open.map_or(Ok(()), |what| Err(format!("the log ends where {what} must follow")))
    }

    /// Judges the first of these entries by what came before it, then takes it in. The others are what comes next.
    pub(crate) fn take(&mut self, entries: &[ReadEntry], checks: Checks<'_>) -> Result<(), Refused> {
        let this = &entries[0];
        let subject = this.entry().event.subject();
        let put_back = self.resting.remove(&subject);
        if let Some(aggregate) = &put_back {
            self.world.put_back(aggregate);
        }
        self.check_frame(this, &subject)?;
        let proved = checks.proved(&self.world, this)?;
        self.check_unused(&proved, &subject)?;
        claims::check(&self.world, this, self.set_back.get(&subject).copied().unwrap_or(0))?;
        match self.due.pop_front() {
            Some(due) => due.is(this).map_err(|why| format!("{} must come here: {why}", due.name()))?,
            None => self.judge(entries, proved, checks)?,
        }
        self.world.evolve(&this.recorded);
        // Its own end, or that a component remembers another update now.
        let ends = this.entry().event.info().ends
            || self.starts > 0 && matches!(this.entry().event, Event::Component(..));
        if ends || put_back.is_some() {
            self.rest();
        }
        Ok(())
    }

    /// What has ended and is remembered by nothing leaves the working set.
    fn rest(&mut self) {
        for gone in self.world.prune() {
            let subject = gone.subject();
            self.ended.insert(short(&subject), gone.last_seq());
            self.set_back.remove(&subject);
            if gone.may_go_on() {
                self.resting.insert(subject, gone);
            }
        }
    }

    /// Where it goes on from, and whose clock it bears.
    fn check_frame(&self, this: &ReadEntry, subject: &Subject) -> Result<(), Refused> {
        let entry = this.entry();
        let newest = self.world.last_seq(subject).or_else(|| self.ended.get(&short(subject)).copied());
        must(entry.prev == newest, &format!("it does not go on from the entry of {subject} before it"))?;
        let begun = newest.is_some() && entry.event.entry_type().begun_by_statement();
        must(!begun, &format!("{subject} was begun before"))?;
        must(!entry.simulated_time || self.world.simulation(), "its time is simulated, its world is not")?;
        // Where time runs backwards, the step is named before anything else.
        if let Event::World(WorldEvent::ClockSetBack { before }) = entry.event {
            must(before >= self.world.newest_at(), "it names a time before the entry before it")?;
            return must(before > entry.at, "the clock was not set back");
        }
        must(entry.at >= self.world.newest_at(), "its time is before the entry before it")
    }

    /// A signature counts once.
    fn check_unused(&self, proved: &Proved, subject: &Subject) -> Result<(), Refused> {
        let used = proved.nonce().is_some_and(|nonce| self.world.nonce_used(subject, nonce));
        must(!used, "its signature was used before")
    }

    /// Nothing is due: somebody has handed something in, or time went by.
    fn judge(&mut self, entries: &[ReadEntry], proved: Proved, checks: Checks<'_>) -> Result<(), Refused> {
        let this = &entries[0];
        let prove = |entry: &ReadEntry| checks.proved(&self.world, entry);
        let cause = match &this.entry().event {
            Event::World(event) => return self.judge_world(this, event),
            Event::Component(_, event) if self.starts == 0 => {
                must(
                    self.world.components().len() < limits::COMPONENTS,
                    "the world has too many components",
                )?;
                return founding(this, event);
            }
            _ if self.starts == 0 => return Err("no engine has opened the world yet".to_owned()),
            Event::Update(id, event) => update::cause(&self.world, (id, event), proved, entries, &prove)?,
            Event::Handshake(id, event) => handshake::cause(id, event, proved, &entries[1..])?,
            Event::Component(id, event) => component::cause(id, event, proved)?,
        };
        self.due = cause.decide(&self.world, entries)?;
        Ok(())
    }

    fn judge_world(&mut self, this: &ReadEntry, event: &WorldEvent) -> Result<(), Refused> {
        match event {
            WorldEvent::Created { .. } => Err("the world was made before".to_owned()),
            WorldEvent::EngineStarted { epoch, .. } => {
                by_engine(this)?;
                must(*epoch > self.starts, "an engine has opened the world as often before")?;
                self.starts = *epoch;
                Ok(())
            }
            // The frame says that it was.
            WorldEvent::ClockSetBack { before } => {
                by_engine(this)?;
                let step = u64::try_from(before.since_ms(this.entry().at)).unwrap_or(0);
                for subject in self.world.subjects() {
                    let so_far = self.set_back.entry(subject).or_default();
                    *so_far = so_far.saturating_add(step);
                }
                Ok(())
            }
        }
    }
}

/// What a world begins with, before an engine opens it: components and their first content.
fn founding(this: &ReadEntry, event: &ComponentEvent) -> Result<(), Refused> {
    by_engine(this)?;
    match event {
        ComponentEvent::Registered { handshake: None, .. }
        | ComponentEvent::Baseline { .. }
        | ComponentEvent::Documents { .. } => Ok(()),
        ComponentEvent::Registered { handshake: Some(_), .. }
        | ComponentEvent::Activated {}
        | ComponentEvent::Installed { .. }
        | ComponentEvent::Reverted { .. }
        | ComponentEvent::DriftDetected { .. }
        | ComponentEvent::RollbackFailed { .. }
        | ComponentEvent::Adopted { .. }
        | ComponentEvent::RestoreStarted { .. }
        | ComponentEvent::Restored { .. }
        | ComponentEvent::RestoreFailed { .. }
        | ComponentEvent::Suspended { .. }
        | ComponentEvent::Snapshot(_) => Err("no engine has opened the world yet".to_owned()),
    }
}

fn by_engine(this: &ReadEntry) -> Result<(), Refused> {
    must(this.entry().actor == Actor::Engine.to_string(), "its actor is not the engine")
}

fn short(subject: &Subject) -> [u8; 16] {
    let digest = Digest::of(subject.to_string().as_bytes());
    *digest.as_bytes().first_chunk().expect("invariant: a digest has 32 bytes")
}
