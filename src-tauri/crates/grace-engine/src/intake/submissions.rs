//! Submissions: the content is read and kept with the envelope.

use super::named_blobs::NamedBlobs;
use crate::content;
use crate::engine::handle::Engine;
use crate::input::{Once, Outcome};
use crate::windows;
use grace_domain::core::refusal::Refusal;
use grace_domain::input::Input;
use grace_domain::statement::{HandIn, Submission, Verified};
use grace_domain::update::input::UpdateInput;

impl Engine {
    /// Takes a signed submission in. Durable when answered.
    pub async fn submit_update(&self, handed: &HandIn, once: Option<Once>) -> Result<Outcome, Refusal> {
        let mut verified: Verified<Submission> = self.verify(&handed.envelope)?;
        self.unused(verified.statement.id.as_str()).await?;
        self.unheard_of(verified.statement.id.as_str()).await?;
        let part = verified.statement.part()?.clone();
        let mut blobs = NamedBlobs::of(handed);
        blobs.texts(&self.context, &mut verified.statement).await?;
        let content = blobs.content(&self.context, part.update_type, &part.content).await?;
        blobs.nothing_beside()?;
        let world = self.world();
        content::refuse_unreachable(&world, &part, &content).await?;
        let metrics = windows::watched_metrics(&world, part.update_type, &part.component_targets);
        self.context.definitions.readable(&world, &self.context.blobs).await.judging(&metrics)?;
        blobs.keep(&self.context).await?;
        self.keep_envelope(&handed.envelope).await?;
        let edit = content.edit().cloned();
        let id = verified.statement.id.clone();
        self.send(Input::Update(id, UpdateInput::Submit(Box::new(verified), edit)), once, None).await
    }
}
