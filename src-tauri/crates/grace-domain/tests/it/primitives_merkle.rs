//! The Merkle tree against the recursive definition of RFC 6962, published roots, and bent proofs.

use std::collections::{BTreeMap, BTreeSet};

use grace_domain::core::digest::Digest;
use grace_domain::crypto::merkle::{
    Frontier, NodeId, NodeSource, consistency_nodes_needed, consistency_proof, empty_root, frontier_nodes,
    inclusion_nodes_needed, inclusion_proof, leaf_hash, node_hash, root_of, verify_consistency,
    verify_inclusion,
};

const MAX: usize = 64;

/// MTH of RFC 6962, section 2.1, word for word.
fn naive_root(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => Digest::of(b""),
        [leaf] => *leaf,
        _ => {
            let k = leaves.len().next_power_of_two() / 2;
            node_hash(&naive_root(&leaves[..k]), &naive_root(&leaves[k..]))
        }
    }
}

/// PATH of RFC 6962, section 2.1.1.
fn naive_path(m: usize, leaves: &[Digest]) -> Vec<Digest> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let k = leaves.len().next_power_of_two() / 2;
    let (mut path, sibling) = if m < k {
        (naive_path(m, &leaves[..k]), naive_root(&leaves[k..]))
    } else {
        (naive_path(m - k, &leaves[k..]), naive_root(&leaves[..k]))
    };
    path.push(sibling);
    path
}

/// SUBPROOF of RFC 6962, section 2.1.2.
fn naive_subproof(m: usize, leaves: &[Digest], known: bool) -> Vec<Digest> {
    if m == leaves.len() {
        return if known { Vec::new() } else { vec![naive_root(leaves)] };
    }
    let k = leaves.len().next_power_of_two() / 2;
    let (mut proof, sibling) = if m <= k {
        (naive_subproof(m, &leaves[..k], known), naive_root(&leaves[k..]))
    } else {
        (naive_subproof(m - k, &leaves[k..], false), naive_root(&leaves[..k]))
    };
    proof.push(sibling);
    proof
}

struct Tree {
    leaves: Vec<Digest>,
    nodes: BTreeMap<NodeId, Digest>,
    /// Root by size.
    roots: Vec<Digest>,
}

fn tree() -> Tree {
    let mut tree = Tree { leaves: Vec::new(), nodes: BTreeMap::new(), roots: Vec::new() };
    let mut frontier = Frontier::new();
    tree.roots.push(frontier.root());
    for index in 0..MAX {
        let leaf = leaf_hash(format!("entry {index}").as_bytes());
        tree.leaves.push(leaf);
        frontier.push_with(leaf, |id, hash| {
            assert_eq!(tree.nodes.insert(id, hash), None, "each node is completed once");
        });
        tree.roots.push(frontier.root());
    }
    tree
}

fn wide(n: usize) -> u64 {
    u64::try_from(n).expect("small")
}

#[test]
fn roots_are_those_of_certificate_transparency() {
    // Reference inputs and roots of the certificate-transparency test suite.
    let inputs =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let mut frontier = Frontier::new();
    assert_eq!(frontier.root().to_hex(), roots[0]);
    for (input, root) in inputs.into_iter().zip(&roots[1..]) {
        frontier.push(leaf_hash(&hex::decode(input).expect("hex")));
        assert_eq!(frontier.root().to_hex(), *root);
    }
}

#[test]
fn roots_and_frontiers_are_those_of_the_definition() {
    let tree = tree();
    let mut frontier = Frontier::new();
    for n in 0..=MAX {
        assert_eq!(frontier.root(), naive_root(&tree.leaves[..n]), "{n}");
        assert_eq!(root_of(&tree.nodes, wide(n)), Some(frontier.root()));
        let stored = frontier_nodes(wide(n)).iter().map(|id| tree.nodes[id]).collect::<Vec<_>>();
        assert_eq!(Frontier::from_parts(wide(n), stored), Ok(frontier.clone()));
        if let Some(leaf) = tree.leaves.get(n) {
            frontier.push(*leaf);
        }
    }
    assert!(Frontier::from_parts(3, vec![empty_root()]).is_err());
    assert!(Frontier::from_parts(0, vec![empty_root()]).is_err());
    // Complete subtrees only: 64 + 32 + ... + 1.
    assert_eq!(tree.nodes.len(), 127);
}

/// Every way to bend one node, drop one or add one.
fn bent(proof: &[Digest], byte: usize) -> Vec<Vec<Digest>> {
    let mut all = Vec::new();
    for at in 0..proof.len() {
        let mut changed = proof.to_vec();
        let mut bytes = *changed[at].as_bytes();
        bytes[byte % 32] ^= 0x10;
        changed[at] = Digest::from_bytes(bytes);
        all.push(changed);
        let mut dropped = proof.to_vec();
        dropped.remove(at);
        all.push(dropped);
    }
    for at in 0..=proof.len() {
        let mut added = proof.to_vec();
        added.insert(at, Digest::of(b"stray"));
        all.push(added);
    }
    if proof.len() > 1 && proof[0] != proof[1] {
        let mut swapped = proof.to_vec();
        swapped.swap(0, 1);
        all.push(swapped);
    }
    all
}

#[test]
fn inclusion_proofs_are_those_of_the_definition_and_bent_ones_are_refused() {
    let tree = tree();
    for n in 1..=MAX {
        let (size, root) = (wide(n), &tree.roots[n]);
        for m in 0..n {
            let (index, leaf) = (wide(m), tree.leaves[m]);
            let proof = inclusion_proof(&tree.nodes, index, size).expect("a proof");
            assert_eq!(proof, naive_path(m, &tree.leaves[..n]), "{m} in {n}");
            assert!(verify_inclusion(leaf, index, size, &proof, root));
            for other in bent(&proof, m + n) {
                assert!(!verify_inclusion(leaf, index, size, &other, root), "{m} in {n}");
            }
            assert!(!verify_inclusion(Digest::of(b"x"), index, size, &proof, root));
            assert!(!verify_inclusion(leaf, index, size, &proof, &Digest::of(b"x")));
            for k in (0..n).filter(|k| *k != m) {
                assert!(!verify_inclusion(leaf, wide(k), size, &proof, root), "{m} as {k} in {n}");
            }
        }
        assert_eq!(inclusion_proof(&tree.nodes, size, size), None);
        assert!(!verify_inclusion(tree.leaves[0], size, size, &[], root));
    }
    assert!(!verify_inclusion(tree.leaves[0], 0, 0, &[], &tree.roots[0]));
}

#[test]
fn consistency_proofs_are_those_of_the_definition_and_bent_ones_are_refused() {
    let tree = tree();
    let stray = Digest::of(b"x");
    for n in 0..=MAX {
        let root_n = &tree.roots[n];
        for m in 0..=n {
            let root_m = &tree.roots[m];
            let proof = consistency_proof(&tree.nodes, wide(m), wide(n)).expect("a proof");
            let expected = if m == 0 { Vec::new() } else { naive_subproof(m, &tree.leaves[..n], true) };
            assert_eq!(proof, expected, "{m} to {n}");
            let check = |root_m, root_n, proof: &[Digest]| {
                verify_consistency(wide(m), root_m, wide(n), root_n, proof)
            };
            assert!(check(root_m, root_n, &proof), "{m} to {n}");
            for other in bent(&proof, m + n) {
                assert!(!check(root_m, root_n, &other), "{m} to {n}");
            }
            assert!(!check(&stray, root_n, &proof), "{m} to {n}, other old root");
            if m > 0 {
                assert!(!check(root_m, &stray, &proof), "{m} to {n}, other new root");
            }
        }
        assert_eq!(consistency_proof(&tree.nodes, wide(n) + 1, wide(n)), None);
        assert!(!verify_consistency(wide(n) + 1, root_n, wide(n), root_n, &[]));
    }
}

#[test]
fn every_single_byte_of_a_proof_counts() {
    let tree = tree();
    let inclusion = inclusion_proof(&tree.nodes, 37, 61).expect("a proof");
    let consistency = consistency_proof(&tree.nodes, 37, 61).expect("a proof");
    for byte in 0..32 {
        for other in bent(&inclusion, byte) {
            assert!(!verify_inclusion(tree.leaves[37], 37, 61, &other, &tree.roots[61]));
        }
        for other in bent(&consistency, byte) {
            assert!(!verify_consistency(37, &tree.roots[37], 61, &tree.roots[61], &other));
        }
    }
}

#[test]
fn a_history_that_was_rewritten_has_no_consistency_proof() {
    let tree = tree();
    for n in 2..=MAX {
        for changed in 0..n - 1 {
            let mut forked = Frontier::new();
            let mut nodes = BTreeMap::new();
            for (at, leaf) in tree.leaves[..n].iter().enumerate() {
                let leaf = if at == changed { leaf_hash(b"other") } else { *leaf };
                forked.push_with(leaf, |id, hash| {
                    nodes.insert(id, hash);
                });
            }
            let (m, n) = (wide(changed) + 1, wide(n));
            let proof = consistency_proof(&nodes, m, n).expect("a proof");
            assert!(!verify_consistency(m, &tree.roots[changed + 1], n, &forked.root(), &proof));
        }
    }
}

#[test]
fn the_nodes_that_a_proof_needs_are_named_before_and_are_few() {
    let tree = tree();
    for n in 1..=MAX {
        for m in 0..n {
            let needed = inclusion_nodes_needed(wide(m), wide(n)).expect("in the tree");
            assert_needed(&tree, &needed, |source| inclusion_proof(source, wide(m), wide(n)));
            let needed = consistency_nodes_needed(wide(m), wide(n)).expect("in order");
            assert_needed(&tree, &needed, |source| consistency_proof(source, wide(m), wide(n)));
        }
    }
    // Sizes far beyond what can be built: no overflow, and still logarithmic.
    for size in [u64::MAX, u64::MAX - 1, 1 << 63, (1 << 63) + 1, 1_000_003] {
        for index in [0, 1, size / 3, size / 2, size - 2, size - 1] {
            assert!(inclusion_nodes_needed(index, size).expect("in the tree").len() <= 2 * 64);
            assert!(consistency_nodes_needed(index, size).expect("in order").len() <= 2 * 64);
        }
    }
    assert_eq!(inclusion_nodes_needed(5, 5), None);
    assert_eq!(consistency_nodes_needed(6, 5), None);
}

fn assert_needed(
    tree: &Tree,
    needed: &[NodeId],
    make: impl Fn(&BTreeMap<NodeId, Digest>) -> Option<Vec<Digest>>,
) {
    let distinct: BTreeSet<_> = needed.iter().collect();
    assert_eq!(distinct.len(), needed.len());
    let only: BTreeMap<_, _> = needed.iter().map(|id| (*id, tree.nodes[id])).collect();
    assert_eq!(make(&only), make(&tree.nodes));
    assert!(make(&only).is_some());
    for id in needed {
        let mut less = only.clone();
        less.remove(id);
        assert_eq!(make(&less), None, "no proof without {id:?}");
    }
    assert_eq!(tree.nodes.node(63, 0), None);
}
