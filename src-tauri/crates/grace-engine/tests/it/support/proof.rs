//! Whether somebody outside believes what an engine has written: each world of these tests is exported when its test ends
//! and replayed rule by rule.

use grace_domain::core::digest::Digest;
use grace_domain::core::limits;
use grace_evidence::{PackWriter, header, verify};
use grace_store::{Blobs, Entry, Reader, World};
use std::collections::BTreeMap;
use std::path::Path;

/// Panics where the log of the world in `dir` is not one that the rules come to.
pub fn believed(dir: &Path) {
    let exported = std::thread::scope(|scope| {
        let work = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(exported(dir))
        });
        work.join().expect("the export")
    });
    let (pack, trust) = exported;
    let view = verify(pack.as_slice(), &trust, |_, _| {});
    assert!(view.ok(), "the verifier does not believe this log: {:?}", view.broken);
}

async fn exported(dir: &Path) -> (Vec<u8>, grace_domain::crypto::checkpoint::Vkey) {
    let reader = Reader::open(dir).expect("a world");
    let blobs = Blobs::at(&World::at(dir));
    let info = World::at(dir).info().expect("readable").expect("a world");
    let signed = reader.checkpoint().await.expect("a checkpoint");
    let size = signed.checkpoint.size;
    let head = header(&signed.text, &signed.checkpoint, reader.vkey(), &info.name, true);
    let mut writer = PackWriter::start(Vec::new(), &head).expect("a header");
    let mut next = 0;
    while next < size {
        let few = usize::try_from(size - next).expect("few");
        let page = reader.entries(next, few.min(limits::PAGE_ROWS)).await.expect("entries");
        let end = page.last().expect("entries up to the size that was signed").seq + 1;
        let texts = reader.sealed_texts_between(next, end).await.expect("texts");
        for entry in page {
            write(&mut writer, &entry, texts.get(&entry.seq).map_or(&[], Vec::as_slice), &blobs);
        }
        next = end;
    }
    let trust = reader.vkey().clone();
    reader.close().await;
    (writer.finish().expect("written"), trust)
}

/// One entry with what it needs beside it.
fn write(writer: &mut PackWriter<Vec<u8>>, entry: &Entry, texts: &[u8], blobs: &Blobs) {
    let needed = writer.needed(&entry.bytes).expect("an entry");
    let blob = |digest: &Digest| blobs.get(digest).expect("readable");
    let envelopes: Vec<Vec<u8>> =
        needed.envelopes.iter().map(|digest| blob(digest).expect("an envelope")).collect();
    let lines: BTreeMap<Digest, &[u8]> =
        texts.split(|b| *b == b'\n').map(|line| (Digest::of(line), line)).collect();
    let mut salted: Vec<_> =
        needed.texts.iter().map(|digest| (*digest, lines.get(digest).map(|l| l.to_vec()))).collect();
    salted.extend(needed.documents.iter().map(|digest| (*digest, blob(digest))));
    writer.entry(&entry.bytes, &envelopes, &salted).expect("written");
}
