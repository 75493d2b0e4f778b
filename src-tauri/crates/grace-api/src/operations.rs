//! The list of operations, once: `name: METHOD "path" Request -> View`. The shell, the HTTP routes and the client are
//! made from this list, so an operation without a handler does not compile. A row of the group `signed` names its act
//! instead; the acts of the domain's table need no row here. Holds no logic.

use std::sync::LazyLock;

use crate::types::ActName;

/// Calls `$callback!` with the whole list.
#[macro_export]
macro_rules! operations {
    ($callback:ident) => {
        $callback! {
            read {
                status: GET "/api/status" Nothing -> StatusView;
                doctor: GET "/api/doctor" Nothing -> StatusView;
                overview: GET "/api/overview" OverviewRequest -> OverviewView;
                activity: GET "/api/activity" ActivityRequest -> ActivityView;
                update_list: GET "/api/unified-logic/updates" UpdateListRequest -> UpdateListView;
                update_show: GET "/api/unified-logic/updates/{id}/status" ById -> UpdateView;
                update_diff: GET "/api/unified-logic/updates/{id}/diff" ById -> DiffView;
                window_series: GET "/api/unified-logic/updates/{id}/window" ById -> WindowSeriesView;
                component_list: GET "/api/components" PageRequest -> ComponentListView;
                component_show: GET "/api/components/{id}" ById -> ComponentView;
                component_item: GET "/api/components/{id}/item" ItemRequest -> ItemContentView;
                handshake_list: GET "/api/handshakes" PageRequest -> HandshakeListView;
                handshake_show: GET "/api/handshakes/{id}" ById -> HandshakeView;
                log_list: GET "/api/log" LogListRequest -> LogListView;
                log_show: GET "/api/log/entries/{seq}" SeqRequest -> LogEntryView;
                log_prove: GET "/api/log/entries/{seq}/proof" ProveRequest -> ProofView;
                log_checkpoint: GET "/api/log/checkpoint" Nothing -> CheckpointView;
                log_consistency: GET "/api/log/consistency" ConsistencyRequest -> ConsistencyView;
                metric_definitions: GET "/api/metrics/definitions" Nothing -> MetricDefinitionsView;
                policy_show: GET "/api/policy" Nothing -> PolicyView;
                stats: GET "/api/stats" Nothing -> StatsView;
                sim_show: GET "/api/sim" Nothing -> SimView;
                job_show: GET "/api/jobs/{id}" ById -> JobView;
            }
            prepare {
                update_plan: POST "/api/unified-logic/plan" UpdateDraft -> PlanView;
                signing_show: POST "/api/signing" SigningRequest -> SigningView;
                statement: POST "/api/statements" StatementRequest -> StatementView;
            }
            operate {
                log_verify: POST "/api/log/verify" Nothing -> JobView;
                audit_export: POST "/api/audit/export" ExportRequest -> JobView;
                job_cancel: POST "/api/jobs/{id}/cancel" ById -> JobView;
                metrics_push: POST "/api/components/{id}/metrics" MetricsPushRequest -> SamplesView;
                sim_subsystem: POST "/api/sim/subsystems/{id}" SimSubsystemRequest -> SimView;
                sim_metrics: POST "/api/sim/components/{id}" SimMetricsRequest -> SimView;
            }
            signed {
                update_submit: POST "/api/unified-logic/{id}" Submit;
                update_approve: POST "/api/unified-logic/updates/{id}/approvals" Approve;
                handshake_request: POST "/api/handshakes" HandshakeRequest;
                handshake_approve: POST "/api/handshakes/{id}/approvals" HandshakeApprove;
                handshake_ack: POST "/api/handshakes/{id}/acks" Ack;
            }
        }
    };
}

/// Which rules an operation falls under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Reads.
    Read,
    /// Computes something for a person; changes nothing.
    Prepare,
    /// Changes what no person answers for: jobs, samples, the simulation.
    Operate,
    /// A person's (or component's) signed act; the body is a DSSE envelope.
    Signed,
}

impl Group {
    /// The name used in this list.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Prepare => "prepare",
            Self::Operate => "operate",
            Self::Signed => "signed",
        }
    }
}

/// One row of the list, as data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// Name, also of the shell's command.
    pub name: &'static str,
    /// Group.
    pub group: Group,
    /// HTTP method.
    pub method: &'static str,
    /// HTTP path; `{id}` and `{seq}` are members of the request.
    pub path: &'static str,
    /// What goes in.
    pub input: Input,
    /// View type.
    pub view: &'static str,
}

/// What an operation takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// A request of this type.
    Request(&'static str),
    /// The envelope of this signed act.
    Act(ActName),
}

impl Operation {
    /// The row of a signed act.
    const fn signed(name: &'static str, path: &'static str, act: ActName) -> Self {
        Self { name, group: Group::Signed, method: "POST", path, input: Input::Act(act), view: "ActView" }
    }

    /// The request type; `None` where the body is an envelope.
    pub fn request(&self) -> Option<&'static str> {
        match self.input {
            Input::Request(name) => Some(name),
            Input::Act(_) => None,
        }
    }

    /// The act, where the body is its envelope.
    pub fn act(&self) -> Option<ActName> {
        match self.input {
            Input::Request(_) => None,
            Input::Act(act) => Some(act),
        }
    }
}

/// The operation of an act in the domain's table: `{noun}_{word}` beneath the noun's path.
macro_rules! of_act {
    (Update $word:ident $name:ident) => {
        Operation::signed(
            concat!("update_", stringify!($word)),
            concat!("/api/unified-logic/updates/{id}/", stringify!($word)),
            ActName::$name,
        )
    };
    (Component $word:ident $name:ident) => {
        Operation::signed(
            concat!("component_", stringify!($word)),
            concat!("/api/components/{id}/", stringify!($word)),
            ActName::$name,
        )
    };
}

macro_rules! of_acts {
    ($($word:ident $name:ident { subject: $subject:ident, $($info:tt)* })*) => {
        const OF_ACTS: &[Operation] = &[$(of_act!($subject $word $name)),*];
    };
}
grace_domain::acts!(of_acts);

macro_rules! as_data {
    (
        read { $($rn:ident: $rm:ident $rp:literal $rq:ident -> $rv:ident;)* }
        prepare { $($pn:ident: $pm:ident $pp:literal $pq:ident -> $pv:ident;)* }
        operate { $($on:ident: $om:ident $op:literal $oq:ident -> $ov:ident;)* }
        signed { $($sn:ident: POST $sp:literal $act:ident;)* }
    ) => {
        const ROWS: &[Operation] = &[
            $(Operation { name: stringify!($rn), group: Group::Read, method: stringify!($rm), path: $rp, input: Input::Request(stringify!($rq)), view: stringify!($rv) },)*
            $(Operation { name: stringify!($pn), group: Group::Prepare, method: stringify!($pm), path: $pp, input: Input::Request(stringify!($pq)), view: stringify!($pv) },)*
            $(Operation { name: stringify!($on), group: Group::Operate, method: stringify!($om), path: $op, input: Input::Request(stringify!($oq)), view: stringify!($ov) },)*
            $(Operation::signed(stringify!($sn), $sp, ActName::$act),)*
        ];
    };
}
operations!(as_data);

/// The whole list as data, in its order.
pub fn list() -> &'static [Operation] {
    static LIST: LazyLock<Vec<Operation>> = LazyLock::new(|| [ROWS, OF_ACTS].concat());
    &LIST
}

/// The row of an act.
pub fn of_act(act: ActName) -> &'static Operation {
    list().iter().find(|o| o.act() == Some(act)).expect("invariant: each act stands in one of the two lists")
}
