//! The list of operations, once: `name: METHOD "path" Request -> View`. The shell, the HTTP routes and the client are
//! made from this list, so an operation without a handler does not compile. Holds no logic.

/// Calls `$callback!` with the whole list.
#[macro_export]
macro_rules! operations {
    ($callback:ident) => {
        $callback! {
            read {
                status: GET "/api/status" Nothing -> StatusView;
                overview: GET "/api/overview" OverviewRequest -> OverviewView;
                activity: GET "/api/activity" ActivityRequest -> ActivityView;
                update_list: GET "/api/unified-logic/updates" UpdateListRequest -> UpdateListView;
                update_show: GET "/api/unified-logic/updates/{id}/status" ById -> UpdateView;
                update_diff: GET "/api/unified-logic/updates/{id}/diff" ById -> DiffView;
                window_series: GET "/api/unified-logic/updates/{id}/window" ById -> WindowSeriesView;
                component_list: GET "/api/components" PageRequest -> ComponentListView;
                component_show: GET "/api/components/{id}" ById -> ComponentView;
                component_file: GET "/api/components/{id}/file" FileRequest -> FileContentView;
                handshake_list: GET "/api/handshakes" PageRequest -> HandshakeListView;
                handshake_show: GET "/api/handshakes/{id}" ById -> HandshakeView;
                log_list: GET "/api/log" LogListRequest -> LogListView;
                log_show: GET "/api/log/entries/{seq}" SeqRequest -> LogEntryView;
                log_prove: GET "/api/log/entries/{seq}/proof" ProveRequest -> ProofView;
                log_checkpoint: GET "/api/log/checkpoint" Nothing -> CheckpointView;
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
                update_submit: POST "/api/unified-logic/config-update" -> ActView;
                update_decide: POST "/api/unified-logic/updates/{id}/approvals" -> ActView;
                update_withdraw: POST "/api/unified-logic/updates/{id}/withdraw" -> ActView;
                update_retry: POST "/api/unified-logic/updates/{id}/retry" -> ActView;
                update_keep: POST "/api/unified-logic/updates/{id}/keep" -> ActView;
                update_rollback: POST "/api/unified-logic/updates/{id}/rollback" -> ActView;
                update_review: POST "/api/unified-logic/updates/{id}/review" -> ActView;
                component_adopt: POST "/api/components/{id}/adopt" -> ActView;
                component_restore: POST "/api/components/{id}/restore" -> ActView;
                handshake_request: POST "/api/handshakes" -> ActView;
                handshake_decide: POST "/api/handshakes/{id}/approvals" -> ActView;
                handshake_ack: POST "/api/handshakes/{id}/acks" -> ActView;
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
    /// Request type; `None` where the body is an envelope.
    pub request: Option<&'static str>,
    /// View type.
    pub view: &'static str,
}

macro_rules! as_data {
    (
        read { $($rn:ident: $rm:ident $rp:literal $rq:ident -> $rv:ident;)* }
        prepare { $($pn:ident: $pm:ident $pp:literal $pq:ident -> $pv:ident;)* }
        operate { $($on:ident: $om:ident $op:literal $oq:ident -> $ov:ident;)* }
        signed { $($sn:ident: $sm:ident $sp:literal -> $sv:ident;)* }
    ) => {
        /// The whole list as data, in its order.
        pub const fn list() -> &'static [Operation] {
            &[
                $(Operation { name: stringify!($rn), group: Group::Read, method: stringify!($rm), path: $rp, request: Some(stringify!($rq)), view: stringify!($rv) },)*
                $(Operation { name: stringify!($pn), group: Group::Prepare, method: stringify!($pm), path: $pp, request: Some(stringify!($pq)), view: stringify!($pv) },)*
                $(Operation { name: stringify!($on), group: Group::Operate, method: stringify!($om), path: $op, request: Some(stringify!($oq)), view: stringify!($ov) },)*
                $(Operation { name: stringify!($sn), group: Group::Signed, method: stringify!($sm), path: $sp, request: None, view: stringify!($sv) },)*
            ]
        }
    };
}
operations!(as_data);
