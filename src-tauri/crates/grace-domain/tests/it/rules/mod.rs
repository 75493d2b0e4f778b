//! What the tests of the rules share: a few persons with keys, a world with components, and a driver that decides,
//! writes every event through its stored bytes and evolves the working set. Never tests anything by itself.

mod component_samples;
pub mod samples;
pub mod sim;

use grace_domain::core::canon::to_canonical;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::{HandshakeId, Nonce, PersonId, UpdateId};
use grace_domain::core::sealed_text::texts;
use grace_domain::core::time::Timestamp;
use grace_domain::crypto::dsse::Envelope;
use grace_domain::crypto::keys::{PublicKey, SignerKey};
use grace_domain::governance::policy::{People, Person, Policy};
use grace_domain::statement::{PersonStatement, Statement, StatementError, Verified, verify, verify_person};

/// Origin of the log of every test world.
pub const ORIGIN: &str = "grace.example/rules";
/// Persons of the test world: submitter, two of the group `sre`, one of the group `dba`.
pub const PERSONS: [&str; 4] = ["ada", "ben", "cleo", "dan"];
/// 2026-11-19T09:25:10.000Z
pub const START_MS: i64 = 1_795_080_310_000;

/// The start moved by `ms`.
pub fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(START_MS).plus_ms(ms)
}

/// A key that is always the same for the same number.
pub fn key(n: u8) -> SignerKey {
    SignerKey::from_seed([n; 32])
}

/// Its public half.
pub fn public(n: u8) -> PublicKey {
    key(n).public()
}

/// Digest of a word.
pub fn digest(word: impl AsRef<str>) -> Digest {
    Digest::of(word.as_ref().as_bytes())
}

/// The n-th update id.
pub fn upd(n: u32) -> UpdateId {
    format!("upd_00000000-0000-7000-8000-{n:012x}").parse().unwrap()
}

/// The n-th handshake id.
pub fn hs(n: u32) -> HandshakeId {
    format!("hs_00000000-0000-7000-8000-{n:012x}").parse().unwrap()
}

/// The n-th nonce.
pub fn nonce(n: u32) -> Nonce {
    format!("nonce-{n:016}").parse().unwrap()
}

/// A person's id.
pub fn person(name: &str) -> PersonId {
    name.parse().unwrap()
}

/// The number of a person's first key.
pub fn key_of(name: &str) -> u8 {
    10 + u8::try_from(PERSONS.iter().position(|p| *p == name).unwrap()).unwrap()
}

/// Everybody: one key each, and a second one (number 20) for Ada, who submits.
pub fn people() -> People {
    let groups: [&[&str]; 4] = [&["dev"], &["sre"], &["sre", "sec"], &["dba"]];
    PERSONS
        .iter()
        .zip(groups)
        .map(|(name, groups)| {
            let mut keys = vec![public(key_of(name))];
            if *name == "ada" {
                keys.push(public(20));
            }
            let groups = groups.iter().map(|g| g.parse().unwrap()).collect();
            (person(name), Person::new(*name, groups, keys))
        })
        .collect()
}

/// The default policy with short windows: low 10 s, medium 20 s, high 40 s, critical 80 s.
pub fn policy() -> Policy {
    let mut policy = Policy::default();
    policy.windows_s.low = 10;
    policy.windows_s.medium = 20;
    policy.windows_s.high = 40;
    policy.windows_s.critical = 80;
    policy.handshake.window_s = 10;
    policy
}

/// Signs a statement as its payload type.
pub fn envelope<T: Statement>(statement: &T, signer: &SignerKey) -> Envelope {
    sealed(statement, signer).0
}

/// The same with the blobs of its texts.
pub fn sealed<T: Statement>(statement: &T, signer: &SignerKey) -> (Envelope, Vec<Vec<u8>>) {
    let mut statement = statement.clone();
    let mut n = 0;
    let blobs = statement.seal(|| {
        n += 1;
        [n; 32]
    });
    (Envelope::sign(T::PAYLOAD_TYPE, to_canonical(&statement).unwrap(), &[signer]), blobs)
}

/// A verified statement with its texts, as they come to be decided on.
fn opened<T: Statement>(mut verified: Verified<T>, blobs: &[Vec<u8>]) -> Verified<T> {
    verified.statement.resolve(&texts(&blobs.join(&b'\n')));
    verified
}

/// Signs and verifies a person's statement.
pub fn by_person<T: PersonStatement>(
    statement: &T,
    signer: &SignerKey,
    people: &People,
    now: Timestamp,
) -> Result<Verified<T>, StatementError> {
    let (envelope, blobs) = sealed(statement, signer);
    verify_person(&envelope, ORIGIN, people, now).map(|verified| opened(verified, &blobs))
}

/// Signs and verifies a statement of somebody who is no person.
pub fn by_key<T: Statement>(statement: &T, signer: &SignerKey) -> Verified<T> {
    let (envelope, blobs) = sealed(statement, signer);
    opened(verify(&envelope, ORIGIN, &[signer.public()]).unwrap(), &blobs)
}
