//! What was read back wrong is not only refused: nobody has signed it. A signature of the log key that was made and
//! thrown away would still be a signed tree head over entries that are not there, for whoever reads the memory of the
//! process or its dump. So that is where this test looks for it.

use crate::support::{ORIGIN, TestWorld, entry, group, log_key};
use grace_domain::core::digest::Digest;
use grace_domain::crypto::checkpoint::{self, Checkpoint};
use grace_domain::crypto::merkle::{self, Frontier};
use grace_store::{AppendError, Group, Refusal};
use std::fs::File;
use std::os::unix::fs::FileExt as _;

/// Entries that no other test writes, so that nobody else signs over them.
const OURS: std::ops::Range<u64> = 7_000_000..7_000_040;
/// Bytes of a signature's line that are looked for. Its end: what frees memory writes over its beginning.
const MARK: usize = 60;

/// Everything that this process could have written to, as it is now.
fn memory() -> Vec<u8> {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let memory = File::open("/proc/self/mem").unwrap();
    let mut all = Vec::new();
    for line in maps.lines().filter(|l| l.contains(" rw-p ") && !l.contains("[v")) {
        let (from, to) = line.split_once(' ').unwrap().0.split_once('-').unwrap();
        let (from, to) = (u64::from_str_radix(from, 16).unwrap(), u64::from_str_radix(to, 16).unwrap());
        let mut bytes = vec![0; usize::try_from(to - from).unwrap()];
        // What has gone meanwhile, or was never touched, holds nothing.
        if memory.read_exact_at(&mut bytes, from).is_ok() {
            all.append(&mut bytes);
        }
    }
    all
}

/// The checkpoint over the first `before` usual entries and ours.
fn head(before: u64) -> Checkpoint {
    let mut tree = Frontier::default();
    for n in (0..before).chain(OURS) {
        tree.push(merkle::leaf_hash(&entry(n).bytes));
    }
    Checkpoint { origin: ORIGIN.to_owned(), size: tree.size(), root: tree.root() }
}

/// Whether a signature over this checkpoint lies in what was memory. Only signed now: before, it would find itself.
fn was_signed(memory: &[u8], checkpoint: &Checkpoint) -> bool {
    let text = checkpoint::sign(checkpoint, &log_key()).text;
    let line = text.trim_end().as_bytes();
    let mark = &line[line.len() - MARK..];
    memory.windows(MARK).any(|window| window == mark)
}

#[tokio::test]
async fn what_is_read_back_wrong_was_never_signed_not_even_in_memory() {
    // That it would be found: a signature that was made a moment ago and dropped.
    let control = Checkpoint { origin: ORIGIN.to_owned(), size: 9, root: Digest::of(b"control") };
    drop(checkpoint::sign(&control, &log_key()));
    assert!(was_signed(&memory(), &control), "a signature that was made is not found: this test is blind");

    let world = TestWorld::with_groups(&[5]).await;
    let journal = world.open().await;
    let mut conn = world.raw().await;
    for drop in ["DROP TRIGGER entries_are_never_updated", "DROP TRIGGER entries_are_never_deleted"] {
        sqlx::query(drop).execute(&mut conn).await.unwrap();
    }
    let flip = "CREATE TRIGGER flip AFTER INSERT ON entries BEGIN
        UPDATE entries SET bytes = CAST(replace(bytes, 'ann', 'eve') AS BLOB) WHERE seq = new.seq; END";
    sqlx::query(flip).execute(&mut conn).await.unwrap();
    let ours = || Group { entries: OURS.map(entry).collect(), ..group(0..0) };
    let error = journal.append(ours()).await.unwrap_err();
    let after = memory();
    assert!(matches!(error, AppendError::Refused { reason: Refusal::ReadBack { .. } }), "{error}");
    assert!(!was_signed(&after, &head(5)), "it was signed before it was read back");

    sqlx::query("DROP TRIGGER flip").execute(&mut conn).await.unwrap();
    let committed = journal.append(ours()).await.unwrap();
    assert_eq!(committed.checkpoint.checkpoint, head(5), "what is looked for is what would have been signed");
}
