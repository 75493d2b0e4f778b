//! What the first screen tells of, as callers read it.

use grace_domain::core::states::State;
pub use grace_domain::log::SubjectKind;

use super::due::Due;
use super::update::StageCell;
use super::view::view;

view! {
    /// The first screen: what needs me, what runs, what changed, and activity over time.
    OverviewView {
        /// One plain sentence, e.g. "Two things need you. Three are running. One failed in the last day."
        sentence: String,
        detail: String,
        needs_you: Vec<NeedItem>,
        running: Vec<RunningItem>,
        recent: Vec<RecentItem>,
        /// Highest seq considered in `recent`; pass back as "seen".
        head_seq: u64,
    }
    NeedItem {
        kind: NeedKind,
        /// Subject id (`upd_…`, `hs_…`) or component id.
        id: String,
        title: String,
        /// What it is about, by id; empty where the title names it.
        components: Vec<String>,
        sentence: String,
        state: State,
        deadline: Option<String>,
        /// What comes at the deadline.
        deadline_due: Option<Due>,
        /// What a person does about it.
        verb: NeedVerb,
    }
    RunningItem {
        kind: SubjectKind,
        id: String,
        title: String,
        /// What it is about, by id; empty where the title names it.
        components: Vec<String>,
        sentence: String,
        state: State,
        stages: Vec<StageCell>,
        /// Acks counted and how many it takes, for handshakes.
        acks: Option<u32>,
        quorum: Option<u32>,
        next_at: Option<String>,
        next_due: Option<Due>,
        end_at: Option<String>,
        end_due: Option<Due>,
    }
    RecentItem { seq: u64, id: String, kind: SubjectKind, state: State, title: String, /** What it is about, by id; empty where the title names it. */ components: Vec<String>, sentence: String, at: String }
    /// Counts per time bin for the activity chart.
    ActivityView { from_at: String, to_at: String, bin_s: u64, bins: Vec<ActivityBin>, totals: ActivityTotals }
    ActivityBin { at: String, updates: u32, updates_failed: u32, handshakes: u32, handshakes_failed: u32, rollbacks: u32, rollbacks_failed: u32 }
    ActivityTotals { updates: u32, updates_failed: u32, handshakes: u32, handshakes_failed: u32, rollbacks: u32, rollbacks_failed: u32 }
}

grace_domain::closed! {
    /// Why something needs a person.
    pub enum NeedKind {
        Approval = "approval",
        Held = "held",
        RollbackFailed = "rollback_failed",
        Blocked = "blocked",
        HandshakeApproval = "handshake_approval",
        DriftDetected = "drift_detected",
        /// A rollback that one person alone has signed.
        Review = "review",
        Alarm = "alarm",
    }

    /// What a person does about something that needs one.
    pub enum NeedVerb { Decide = "decide", Open = "open", Resolve = "resolve", Review = "review", Verify = "verify" }
}
