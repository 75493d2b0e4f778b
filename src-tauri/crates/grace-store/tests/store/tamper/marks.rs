//! Marks that are missing: they only tell where a rewritten log was rewritten, so without them that place is wider.

use super::intruder::{put_entry, recompute_hashes, run};
use super::{GROUPS, verify};
use crate::support::{TestWorld, group};

#[tokio::test]
async fn a_log_without_marks_is_whole_and_what_is_rewritten_in_it_is_still_found() {
    for missing in ["UPDATE leaves SET mark = NULL", "UPDATE leaves SET mark = zeroblob(64)"] {
        let world = TestWorld::with_groups(&GROUPS).await;
        run(&world, &[missing.to_owned()]).await;
        assert!(verify(&world).await.ok, "{missing}");
        let journal = world.open().await;
        assert_eq!(journal.append(group(678..680)).await.unwrap().first_seq, 678);
        journal.close().await.unwrap();
        assert!(verify(&world).await.ok, "{missing}");
        run(&world, &put_entry(300, 5000)).await;
        recompute_hashes(&world, true).await;
        let report = verify(&world).await;
        assert!(!report.ok && report.broken.iter().any(|b| b.seq == Some(0)), "{missing}: {report:?}");
    }
}
