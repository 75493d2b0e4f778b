//! What runs by itself now.
//!
//! Owns the items of "running". Never waits for one.

use grace_domain::core::time::Timestamp;
use grace_domain::handshake;
use grace_domain::handshake::Handshake;
use grace_domain::update::{Update, UpdatePhase};
use grace_domain::world::World;

use crate::diff::visible;
use crate::handlers::context::Context;
use crate::handlers::load;
use crate::handlers::overview::needs::names;
use crate::handlers::updates::standing::{Times, cells, running_sentence};
use crate::types::*;

pub(crate) async fn running(ctx: &Context, world: &World) -> Vec<RunningItem> {
    let now = ctx.now();
    let updates = world.updates().values().filter(|u| {
        matches!(
            u.phase(),
            UpdatePhase::Preparing
                | UpdatePhase::Approved { .. }
                | UpdatePhase::Distributing { .. }
                | UpdatePhase::Observing { .. }
                | UpdatePhase::RollingBack
        )
    });
    let handshakes = world
        .handshakes()
        .values()
        .filter(|h| !h.ended() && *h.phase() != handshake::HandshakePhase::AwaitingApproval);
    let mut items = Vec::new();
    for u in updates {
        let mut u = Update::clone(u);
        load::watched_update(ctx, &mut u).await;
        items.push(running_update(world, &u, now));
    }
    for h in handshakes {
        let mut h = Handshake::clone(h);
        load::watched_handshake(ctx, &mut h).await;
        items.push(running_handshake(world, &h, now));
    }
    items
}

fn running_update(world: &World, u: &Update, now: Timestamp) -> RunningItem {
    let times = Times::of(u, now);
    RunningItem {
        kind: SubjectKind::Update,
        id: u.id().to_string(),
        title: visible(u.title()),
        components: names(u),
        sentence: running_sentence(u, world, now),
        state: u.state(),
        stages: cells(u),
        acks: None,
        quorum: None,
        next_at: times.next.as_ref().map(|(at, _)| at.to_string()),
        next_due: times.next.map(|(_, due)| due),
        end_at: times.end.as_ref().map(|(at, _)| at.to_string()),
        end_due: times.end.map(|(_, due)| due),
    }
}

fn running_handshake(world: &World, h: &Handshake, now: Timestamp) -> RunningItem {
    let have = h.acknowledged().len();
    let quorum = world.policy().handshake.quorum;
    let (sentence, next) = match h.phase() {
        handshake::HandshakePhase::Announced { deadline } => {
            (format!("{have} of {quorum} acknowledged."), Some((*deadline, Due::Deadline)))
        }
        handshake::HandshakePhase::Integrated => ("The first content is being recorded.".into(), None),
        _ => ("The validation window is open.".into(), None),
    };
    let end = h.window().map(|w| {
        let left = w.length_ms.saturating_sub(w.observed_ms);
        now.plus_ms(i64::try_from(left).unwrap_or(i64::MAX))
    });
    RunningItem {
        kind: SubjectKind::Handshake,
        id: h.id().to_string(),
        title: visible(&h.facts().title),
        components: Vec::new(),
        sentence,
        state: h.state(),
        stages: Vec::new(),
        acks: Some(u32::try_from(have).unwrap_or(u32::MAX)),
        quorum: Some(quorum),
        next_at: next.map(|(at, _)| at.to_string()),
        next_due: next.map(|(_, due)| due),
        end_at: end.map(|at| at.to_string()),
        end_due: end.map(|_| Due::EarliestEnd),
    }
}
