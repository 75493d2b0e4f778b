//! Verifying a pack, line by line, offline.
//!
//! Owns the order of the checks: the checkpoint's signature by the trusted key first, because everything else hangs
//! on it. Memory stays flat: a few entries, the
//! tree's frontier, and what the replay holds. Never trusts the file's own key.

use std::collections::VecDeque;
use std::io::{self, BufRead};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use grace_domain::core::canon;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::ComponentId;
use grace_domain::core::limits;
use grace_domain::core::sealed_text;
use grace_domain::crypto::checkpoint::{self, Checkpoint, Vkey};
use grace_domain::crypto::dsse::Envelope;
use grace_domain::crypto::merkle::{Frontier, leaf_hash};
use grace_domain::handshake::HandshakePhase;
use grace_domain::log::{Entry, Event, Recorded, WorldEvent};
use grace_domain::world::World;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::evidence::{self, Checks};
use crate::heads::{Heads, announces};
use crate::pack::{FORMAT, REDACTED, TRAILER, header};
use crate::read::ReadEntry;
use crate::replay::{AHEAD, Replay};
use crate::verification::{Broken, Verification};

/// A header: a checkpoint with its signatures, and names.
const HEADER_BYTES: usize = 64 * 1024;
/// An envelope as base64 after its digest.
const EVIDENCE_BYTES: usize = limits::ENVELOPE_BYTES.div_ceil(3) * 4 + 65;
/// The last line.
const TRAILER_BYTES: usize = 71;

/// Verifies a pack against the log's public key. Never fails: what is wrong stands in the answer.
/// `progress` is given the number of entries seen and their whole number.
pub fn verify(file: impl BufRead, trust: &Vkey, mut progress: impl FnMut(u64, u64)) -> Verification {
    let mut lines = Lines { file, hash: Sha256::new() };
    let mut found = Verification::begin(trust.name());
    found.broken = walk(&mut lines, trust, &mut found, &mut progress).err();
    found
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    checkpoint: String,
    format: String,
    #[allow(dead_code, reason = "compared as bytes with the header that must be there")]
    origin: String,
    simulation: bool,
    #[allow(dead_code, reason = "compared as bytes with the header that must be there")]
    size: u64,
    #[allow(dead_code, reason = "compared as bytes with the header that must be there")]
    vkey: String,
    world: String,
}

fn walk(
    lines: &mut Lines<impl BufRead>,
    trust: &Vkey,
    found: &mut Verification,
    progress: &mut impl FnMut(u64, u64),
) -> Result<(), Broken> {
    let (first, claimed) = read_header(lines)?;
    let head = checkpoint::verify(&claimed.checkpoint, trust)
        .map_err(|e| Broken::at(None, format!("the checkpoint is not signed by the trusted key: {e}")))?;
    found.size = head.size;
    found.root = Some(head.root);
    found.unknown_signers = checkpoint::others(&claimed.checkpoint, trust);
    found.world.clone_from(&claimed.world);
    found.simulation = claimed.simulation;
    if first != header(&claimed.checkpoint, &head, trust, &claimed.world, claimed.simulation) {
        return Err(Broken::at(None, "the header does not say what checkpoint and trusted key say"));
    }
    let mut entries = Entries::of(lines, head.size);
    entries.look_ahead(&claimed, found)?;
    let mut replay: Option<Replay> = None;
    while let Some(first) = entries.ahead.front() {
        let (seq, signatures) = (first.recorded.seq, first.envelopes.len() as u64);
        let set_back = matches!(first.entry().event, Event::World(WorldEvent::ClockSetBack { .. }));
        let of_handshake = matches!(first.entry().event, Event::Handshake(..));
        let checks = Checks { log: trust, heads: &entries.heads };
        let judged = match &mut replay {
            None => Replay::begin(first).map(|begun| replay = Some(begun)),
            Some(replay) => replay.take(entries.ahead.make_contiguous(), checks),
        };
        judged.map_err(|why| Broken::at(Some(seq), why))?;
        found.signatures += signatures;
        found.clock_set_back += u64::from(set_back);
        if seq % 256 == 0 {
            progress(seq, head.size);
        }
        entries.ahead.pop_front();
        if of_handshake && replay.as_ref().is_some_and(|replay| !announced(replay.world())) {
            entries.forget_heads();
        }
        entries.look_ahead(&claimed, found)?;
    }
    let Entries { lines, tree, .. } = entries;
    finish(lines, &tree, &head)?;
    if let Some(replay) = replay {
        replay.finish().map_err(|why| Broken::at(None, why))?;
        found.simulated = simulated(replay.world());
    }
    progress(head.size, head.size);
    Ok(())
}

/// The entries of the file, some of them ahead of the one that is judged.
struct Entries<'l, R> {
    lines: &'l mut Lines<R>,
    tree: Frontier,
    heads: Heads,
    ahead: VecDeque<ReadEntry>,
    size: u64,
    next: u64,
}

impl<'l, R: BufRead> Entries<'l, R> {
    /// None of them read yet; there are `size`.
    fn of(lines: &'l mut Lines<R>, size: u64) -> Self {
        Self { lines, tree: Frontier::new(), heads: Heads::default(), ahead: VecDeque::new(), size, next: 0 }
    }

    /// No handshake is announced by the entries that were judged.
    fn forget_heads(&mut self) {
        if !self.ahead.iter().any(|read| announces(read.entry())) {
            self.heads.forget();
        }
    }

    /// Reads on until as many are there as a replay must be shown, or the last one is.
    fn look_ahead(&mut self, claimed: &Header, found: &mut Verification) -> Result<(), Broken> {
        while self.ahead.len() < AHEAD && self.next < self.size {
            let seq = self.next;
            let bytes = self.lines.next(limits::ENTRY_BYTES, Some(seq))?;
            self.tree.push(leaf_hash(&bytes));
            let mut entry = Entry::decode(&bytes).map_err(|e| Broken::at(Some(seq), e.to_string()))?;
            self.heads.grow(&self.tree, &entry);
            check_genesis(seq, &entry, claimed)?;
            let mut envelopes = Vec::new();
            for digest in evidence::of(&entry) {
                envelopes.push(read_evidence(self.lines, seq, &digest)?);
            }
            let texts = read_salted(self.lines, seq, &entry.sealed_texts(), found)?;
            let texts: Vec<Vec<u8>> = texts.into_iter().map(|(_, bytes, _)| bytes).collect();
            entry.resolve(&texts.join(&b'\n'));
            let documents = read_salted(self.lines, seq, &entry.documents(), found)?;
            let documents = documents.into_iter().map(|(digest, _, value)| (digest, value)).collect();
            self.ahead.push_back(ReadEntry { recorded: Recorded { seq, entry }, envelopes, documents });
            self.next += 1;
        }
        Ok(())
    }
}

/// Whether somebody may still acknowledge.
fn announced(world: &World) -> bool {
    world.handshakes().values().any(|h| matches!(h.phase(), HandshakePhase::Announced { .. }))
}

/// The required acknowledgers that are played in the world itself.
fn simulated(world: &World) -> Vec<ComponentId> {
    let required = world.policy().handshake.required.iter();
    required.filter(|id| world.components().get(*id).is_some_and(|c| c.facts().simulated)).cloned().collect()
}

fn read_header(lines: &mut Lines<impl BufRead>) -> Result<(Vec<u8>, Header), Broken> {
    let bytes = lines.next(HEADER_BYTES, None)?;
    let no_export = |_| Broken::at(None, "this is no audit export");
    let value = canon::parse_strict(&bytes, 2)
        .map_err(|e| Broken::at(None, format!("this is no audit export: {e}")))?;
    let header: Header = serde_json::from_value(value).map_err(no_export)?;
    if header.format != FORMAT {
        return Err(Broken::at(None, format!("the format is not {FORMAT}")));
    }
    Ok((bytes, header))
}

fn check_genesis(seq: u64, entry: &Entry, claimed: &Header) -> Result<(), Broken> {
    let Event::World(WorldEvent::Created { name, origin, simulation, .. }) = &entry.event else {
        return if seq == 0 { Err(Broken::at(Some(0), "the first entry creates no world")) } else { Ok(()) };
    };
    let fits =
        seq == 0 && *name == claimed.world && *origin == claimed.origin && *simulation == claimed.simulation;
    if fits { Ok(()) } else { Err(Broken::at(Some(seq), "the genesis entry and the header differ")) }
}

fn read_evidence(lines: &mut Lines<impl BufRead>, seq: u64, digest: &Digest) -> Result<Envelope, Broken> {
    let at = Some(seq);
    let line = lines.next(EVIDENCE_BYTES, at)?;
    let text = std::str::from_utf8(&line).map_err(|_| Broken::at(at, "an envelope line is no text"))?;
    let (name, body) =
        text.split_once(' ').ok_or_else(|| Broken::at(at, "an envelope line has no digest"))?;
    let bytes = STANDARD.decode(body).map_err(|_| Broken::at(at, "an envelope line is no strict base64"))?;
    if name != digest.to_hex() || Digest::of(&bytes) != *digest {
        return Err(Broken::at(at, "an envelope is not the one that the entry names"));
    }
    Envelope::from_json(&bytes).map_err(|e| Broken::at(at, format!("an envelope does not read: {e}")))
}

/// The salted blobs of these digests that are there, with what they hold; the others are counted.
fn read_salted(
    lines: &mut Lines<impl BufRead>,
    seq: u64,
    digests: &[Digest],
    found: &mut Verification,
) -> Result<Vec<(Digest, Vec<u8>, Value)>, Broken> {
    let at = Some(seq);
    let mut there = Vec::new();
    for digest in digests {
        let line = lines.next(EVIDENCE_BYTES, at)?;
        let text = std::str::from_utf8(&line).map_err(|_| Broken::at(at, "a blob line is no text"))?;
        let (name, body) = text.split_once(' ').ok_or_else(|| Broken::at(at, "a blob line has no digest"))?;
        if name != digest.to_hex() {
            return Err(Broken::at(at, "a blob is not the one that the entry names"));
        }
        if body == REDACTED {
            found.redacted += 1;
            continue;
        }
        let bytes = STANDARD.decode(body).map_err(|_| Broken::at(at, "a blob line is no strict base64"))?;
        if Digest::of(&bytes) != *digest {
            return Err(Broken::at(at, "a blob is not the one that the entry names"));
        }
        let value = sealed_text::unsalted(&bytes).ok_or_else(|| Broken::at(at, "a blob is not salted"))?;
        found.blobs += 1;
        there.push((*digest, bytes, value));
    }
    Ok(there)
}

fn finish(lines: &mut Lines<impl BufRead>, tree: &Frontier, head: &Checkpoint) -> Result<(), Broken> {
    if tree.root() != head.root {
        return Err(Broken::at(None, "the entries do not make the signed root"));
    }
    let expected = format!("{TRAILER}{}", hex::encode(lines.hash.clone().finalize()));
    let last = lines.next(TRAILER_BYTES, None)?;
    if last != expected.as_bytes() {
        return Err(Broken::at(None, "the last line is not the digest of the file"));
    }
    match lines.file.fill_buf() {
        Ok([]) => Ok(()),
        Ok(_) => Err(Broken::at(None, "something follows the last line")),
        Err(e) => Err(unreadable(None, &e)),
    }
}

struct Lines<R> {
    file: R,
    hash: Sha256,
}

impl<R: BufRead> Lines<R> {
    /// The next line without its LF, at most `max` bytes.
    fn next(&mut self, max: usize, seq: Option<u64>) -> Result<Vec<u8>, Broken> {
        let mut line = Vec::new();
        let limit = max as u64 + 1;
        io::Read::take(&mut self.file, limit)
            .read_until(b'\n', &mut line)
            .map_err(|e| unreadable(seq, &e))?;
        self.hash.update(&line);
        match line.pop() {
            Some(b'\n') => Ok(line),
            Some(_) if line.len() >= max => Err(Broken::at(seq, "a line is too long")),
            _ => Err(Broken::at(seq, "the file ends early")),
        }
    }
}

fn unreadable(seq: Option<u64>, error: &io::Error) -> Broken {
    Broken::at(seq, format!("the file cannot be read: {}", error.kind()))
}
