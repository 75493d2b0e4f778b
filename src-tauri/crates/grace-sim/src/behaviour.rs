//! What a behaviour makes of an answer. Pure: signs nothing, sends nothing, waits for nothing.

use grace_api::simulation::subsystems::Behaviour;
use grace_domain::statement::Vote;

/// How an answer is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) vote: Vote,
    /// Why not; empty for a yes.
    pub(crate) reason: String,
    pub(crate) signed_with: SignedWith,
    /// How often it is handed in.
    pub(crate) times: u8,
}

/// Whose key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignedWith {
    OwnKey,
    /// A key that nobody registered.
    AnotherKey,
}

/// What a subsystem of this behaviour answers. `doubt` is why it does not believe the log: then it refuses, however it
/// behaves otherwise. `None` when it says nothing.
pub(crate) fn answer(behaviour: Behaviour, nack_reason: &str, doubt: Option<&str>) -> Option<Answer> {
    let (refuses, signed_with, times) = match behaviour {
        Behaviour::Ack => (None, SignedWith::OwnKey, 1),
        Behaviour::Nack => (Some(nack_reason), SignedWith::OwnKey, 1),
        Behaviour::Silent => return None,
        Behaviour::Duplicate => (None, SignedWith::OwnKey, 2),
        Behaviour::WrongKey => (None, SignedWith::AnotherKey, 1),
    };
    Some(match doubt.or(refuses) {
        Some(reason) => Answer { vote: Vote::Nack, reason: reason.to_owned(), signed_with, times },
        None => Answer { vote: Vote::Ack, reason: String::new(), signed_with, times },
    })
}

#[cfg(test)]
mod tests {
    use super::{Answer, SignedWith, answer};
    use grace_api::simulation::subsystems::Behaviour;
    use grace_domain::statement::Vote;

    #[test]
    fn each_behaviour_makes_its_own_answer() {
        let given = |vote, reason: &str, signed_with, times| {
            Some(Answer { vote, reason: reason.to_owned(), signed_with, times })
        };
        for (behaviour, expected) in [
            (Behaviour::Ack, given(Vote::Ack, "", SignedWith::OwnKey, 1)),
            (Behaviour::Nack, given(Vote::Nack, "not today", SignedWith::OwnKey, 1)),
            (Behaviour::Silent, None),
            (Behaviour::Duplicate, given(Vote::Ack, "", SignedWith::OwnKey, 2)),
            (Behaviour::WrongKey, given(Vote::Ack, "", SignedWith::AnotherKey, 1)),
        ] {
            assert_eq!(answer(behaviour, "not today", None), expected, "{behaviour:?}");
        }
    }

    #[test]
    fn nobody_who_doubts_the_log_acknowledges() {
        for behaviour in Behaviour::ALL.iter().copied() {
            let answer = answer(behaviour, "not today", Some("another log"));
            assert!(
                answer.is_none_or(|a| a.vote == Vote::Nack && a.reason == "another log"),
                "{behaviour:?}"
            );
        }
    }
}
