//! A further aggregate is its own folder and one row of the list: this file is such a folder, and its last lines are such
//! a list.

use grace_domain::aggregate::{Aggregate, Prefix, replay};
use grace_domain::core::ids::{ComponentId, GroupId, Nonce};
use grace_domain::core::sealed_text::SealedText;
use grace_domain::core::states::State;
use grace_domain::core::time::Timestamp;
use grace_domain::judge::window::Window;
use grace_domain::log::world::WorldEntryType;
use grace_domain::log::{Call, EntryTypes, EventInfo, Evidence, KnownEvent, StoredEvent, WorldEvent};
use grace_domain::row::Row;
use grace_domain::{make_entry_types, make_events, make_subjects, make_world};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What can happen to a note.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
enum NoteEvent {
    #[serde(rename = "note.written")]
    Written { text: SealedText },
    #[serde(rename = "note.dropped")]
    Dropped {},
}

/// Their entry types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum NoteEntryType {
    Written,
    Dropped,
}

impl EntryTypes for NoteEntryType {
    const ALL: &'static [Self] = &[Self::Written, Self::Dropped];

    fn as_str(self) -> &'static str {
        match self {
            Self::Written => "note.written",
            Self::Dropped => "note.dropped",
        }
    }

    fn begun_by_statement(self) -> bool {
        false
    }

    fn ends(self) -> bool {
        self == Self::Dropped
    }

    fn calls(self) -> Option<Call> {
        None
    }
}

impl KnownEvent for NoteEvent {
    type Type = NoteEntryType;

    fn entry_type(&self) -> NoteEntryType {
        match self {
            Self::Written { .. } => NoteEntryType::Written,
            Self::Dropped {} => NoteEntryType::Dropped,
        }
    }

    fn info(&self) -> EventInfo {
        let outcome = match self {
            Self::Written { .. } => State::Proposed,
            Self::Dropped {} => State::Withdrawn,
        };
        EventInfo {
            mesh: None,
            ends: self.entry_type().ends(),
            calls: None,
            outcome: Some(outcome),
            verdict: None,
            evidence: Evidence::default(),
        }
    }
}

impl StoredEvent for NoteEvent {
    fn each_sealed_text(&mut self, see: &mut dyn FnMut(&mut SealedText)) {
        match self {
            Self::Written { text } => see(text),
            Self::Dropped {} => {}
        }
    }
}

/// A note: open until it is dropped.
#[derive(Debug, Clone)]
struct Note {
    id: GroupId,
    written: Timestamp,
    open: bool,
    last_seq: u64,
}

impl Aggregate for Note {
    type Id = GroupId;
    type Event = NoteEvent;
    type Effect = GroupId;
    type World = Board;
    type AnyEvent = BoardEvent;
    const PREFIX: Prefix = Prefix::Before("note:");
    const NOUN: &str = "note";

    fn begin(id: &GroupId, event: &NoteEvent, at: Timestamp, seq: u64) -> Option<Self> {
        match event {
            NoteEvent::Written { .. } => {
                Some(Self { id: id.clone(), written: at, open: true, last_seq: seq })
            }
            NoteEvent::Dropped {} => None,
        }
    }

    fn evolve(&mut self, event: &NoteEvent, _at: Timestamp, seq: u64) {
        self.last_seq = seq;
        match event {
            NoteEvent::Written { .. } => {}
            NoteEvent::Dropped {} => self.open = false,
        }
    }

    fn todo(&self) -> Vec<GroupId> {
        self.open.then(|| self.id.clone()).into_iter().collect()
    }

    fn tick(&self, _world: &Board, now: Timestamp) -> Vec<BoardEvent> {
        if self.open && now > self.written {
            vec![BoardEvent::Note(self.id.clone(), NoteEvent::Dropped {})]
        } else {
            Vec::new()
        }
    }

    fn due(&self) -> Option<Timestamp> {
        self.open.then(|| self.written.plus_ms(1))
    }

    fn components(&self) -> &[ComponentId] {
        &[]
    }

    fn last_seq(&self) -> u64 {
        self.last_seq
    }

    fn state(&self) -> State {
        if self.open { State::Proposed } else { State::Withdrawn }
    }

    fn ended(&self) -> bool {
        !self.open
    }

    fn may_go_on(&self) -> bool {
        false
    }

    fn remembered(&self, _world: &Board) -> bool {
        false
    }

    fn rows(&self, _world: &Board) -> Vec<Row> {
        Vec::new()
    }

    fn window(&self) -> Option<&Window> {
        None
    }

    fn nonce(&self, _nonce: &Nonce) -> bool {
        false
    }
}

make_subjects! { Topic, TopicKind; /** A note. */ Note: Note => notes, }
make_entry_types! { BoardEntryType, WorldEntryType; /** A note. */ Note: Note => notes, }
make_events! { BoardEvent, Topic, BoardEntryType, WorldEvent; /** A note. */ Note: Note => notes, }
make_world! { Board {}, Topic, TopicKind, BoardEvent, Work, AnyOfBoard; /** Notes. */ Note: Note => notes, }

#[test]
fn one_row_gives_an_aggregate_subject_event_working_set_effects_and_time() {
    let id: GroupId = "shopping".parse().unwrap();
    let topic: Topic = "note:shopping".parse().unwrap();
    assert_eq!(topic, Topic::Note(id.clone()));
    assert_eq!(topic.to_string(), "note:shopping");
    assert!("shopping".parse::<Topic>().is_err());
    assert_eq!(Topic::World.to_string().parse(), Ok(Topic::World));

    let mut written = BoardEvent::Note(id.clone(), NoteEvent::Written { text: "milk".into() });
    let mut texts = 0;
    written.each_sealed_text(&mut |text| {
        text.seal([7; 32]);
        texts += 1;
    });
    assert_eq!(texts, 1);
    let stored = BoardEvent::from_value(written.subject(), written.to_value().unwrap()).unwrap();
    assert_eq!(stored.entry_type().as_str(), "note.written");
    assert!(BoardEvent::from_value(Topic::World, written.to_value().unwrap()).is_err());
    let dropped = BoardEntryType::known().last().expect("the last of the last row");
    assert_eq!((dropped.as_str(), dropped.ends(), dropped.calls()), ("note.dropped", true, None));

    let mut board = Board::empty();
    board.take(&stored, Timestamp::EPOCH, 1);
    assert_eq!(board.subjects().collect::<Vec<_>>(), vec![topic.clone()]);
    assert_eq!(
        (board.state(&topic), board.todo(&topic)),
        (Some(State::Proposed), vec![Work::Note(id.clone())])
    );
    assert_eq!(board.go_on(Timestamp::EPOCH), None);
    let later = Timestamp::EPOCH.plus_s(1);
    let (moved, events) = board.go_on(later).expect("its time is over");
    assert_eq!(moved, topic);
    for event in &events {
        board.take(event, later, 2);
    }
    assert_eq!((board.newest_of(&topic), board.newest_of(&Topic::World)), (Some(2), None));
    assert!(board.holds(&topic) && board.todo(&topic).is_empty() && board.rows(&topic).is_empty());
    let gone = AnyOfBoard::Note(id.clone(), Arc::clone(&board.notes()[&id]));
    board.prune();
    assert!(!board.holds(&topic));
    board.put_back(&gone);
    assert!(board.holds(&topic));

    let own = [NoteEvent::Written { text: "milk".into() }, NoteEvent::Dropped {}];
    let again: Note = replay(&id, own.iter().map(|event| (event, later, 1))).expect("begun");
    assert!(again.ended());
    assert!(replay::<Note>(&id, own[1..].iter().map(|event| (event, later, 1))).is_none());
}
