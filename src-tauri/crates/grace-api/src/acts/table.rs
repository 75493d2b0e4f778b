//! From the word of an act to the act: the one place that knows them all.
//!
//! Owns the dispatch, made from `grace_domain::acts!`. Holds no rule and no sentence.

use grace_domain::world::World;

use super::hand_in::HandedIn;
use super::on_component::Component;
use super::on_update::Update;
use super::signed_act::{Matches, Shown, SignedAct};
use super::statement::StatementBuilder;
use super::{
    ack, adopt, approve, handshake_approve, handshake_request, keep, restore, retry, review, rollback,
    submit, withdraw,
};
use crate::handlers::context::Context;
use crate::problem::Problem;
use crate::requests::{SigningRequest, StatementRequest};
use crate::types::ActName;
use crate::types::{ActView, SigningView, StatementView};

macro_rules! table {
    ($($word:ident $name:ident { subject: $subject:ident, $($info:tt)* })*) => {
        /// See [`SignedAct::show`].
        pub(crate) async fn show(
            act: ActName,
            ctx: &Context,
            world: &World,
            request: &SigningRequest,
            view: &mut SigningView,
        ) -> Result<Shown, Problem> {
            match act {
                ActName::Submit => submit::Submit::show(ctx, world, request, view).await,
                ActName::Approve => approve::Approve::show(ctx, world, request, view).await,
                ActName::HandshakeApprove => handshake_approve::HandshakeApprove::show(ctx, world, request, view).await,
                ActName::HandshakeRequest => {
                    handshake_request::Request::show(ctx, world, request, view).await
                }
                ActName::Ack => ack::Acknowledge::show(ctx, world, request, view).await,
                $(ActName::$name => <$subject<$word::$name>>::show(ctx, world, request, view).await,)*
            }
        }

        /// See [`SignedAct::draft`].
        pub(crate) async fn draft(
            act: ActName,
            builder: &StatementBuilder<'_>,
        ) -> Result<StatementView, Problem> {
            match act {
                ActName::Submit => submit::Submit::draft(builder).await,
                ActName::Approve => approve::Approve::draft(builder).await,
                ActName::HandshakeApprove => handshake_approve::HandshakeApprove::draft(builder).await,
                ActName::HandshakeRequest => handshake_request::Request::draft(builder).await,
                ActName::Ack => ack::Acknowledge::draft(builder).await,
                $(ActName::$name => <$subject<$word::$name>>::draft(builder).await,)*
            }
        }

        /// See [`SignedAct::matches`].
        pub(crate) fn matches(request: &StatementRequest) -> Matches {
            match request.act {
                ActName::Submit => submit::Submit::matches(request),
                ActName::Approve => approve::Approve::matches(request),
                ActName::HandshakeApprove => handshake_approve::HandshakeApprove::matches(request),
                ActName::HandshakeRequest => handshake_request::Request::matches(request),
                ActName::Ack => ack::Acknowledge::matches(request),
                $(ActName::$name => <$subject<$word::$name>>::matches(request),)*
            }
        }

        /// See [`SignedAct::hand_in`].
        pub(crate) async fn hand_in(act: ActName, ctx: &Context, signed: HandedIn) -> Result<ActView, Problem> {
            match act {
                ActName::Submit => submit::Submit::hand_in(ctx, signed).await,
                ActName::Approve => approve::Approve::hand_in(ctx, signed).await,
                ActName::HandshakeApprove => handshake_approve::HandshakeApprove::hand_in(ctx, signed).await,
                ActName::HandshakeRequest => handshake_request::Request::hand_in(ctx, signed).await,
                ActName::Ack => ack::Acknowledge::hand_in(ctx, signed).await,
                $(ActName::$name => <$subject<$word::$name>>::hand_in(ctx, signed).await,)*
            }
        }
    };
}
grace_domain::acts!(table);
