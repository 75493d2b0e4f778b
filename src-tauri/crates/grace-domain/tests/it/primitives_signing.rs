//! Keys, DSSE envelopes and signed checkpoints against external vectors and against what an attacker would try.

use curve25519_dalek::scalar::Scalar;
use ed25519_dalek::{Signature as RawSignature, VerifyingKey};
use grace_domain::core::digest::Digest;
use grace_domain::crypto::checkpoint::{self, Checkpoint, CheckpointError, Vkey};
use grace_domain::crypto::dsse::{DsseError, Envelope, Signature, pae};
use grace_domain::crypto::keys::{CryptoId, KeyError, PublicKey, SignatureError, SignerKey};
use sha2::{Digest as _, Sha512};

fn array<const N: usize>(text: &str) -> [u8; N] {
    hex::decode(text).expect("hex").try_into().expect("length")
}

fn signer(seed: u8) -> SignerKey {
    SignerKey::from_seed([seed; 32])
}

/// RFC 8032, section 7.1, tests 1 to 3: seed, public key, message, signature.
const RFC_8032: [(&str, &str, &str, &str); 3] = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
];

#[test]
fn rfc_8032_vectors_sign_and_verify() {
    for (seed, public, message, signature) in RFC_8032 {
        let key = SignerKey::from_seed(array(seed));
        let message = hex::decode(message).expect("hex");
        assert_eq!(hex::encode(key.public().as_bytes()), public);
        assert_eq!(hex::encode(key.sign(&message)), signature);
        let public = PublicKey::from_bytes(&array(public)).expect("a good key");
        let signature: [u8; 64] = array(signature);
        assert_eq!(public.verify(&message, &signature), Ok(()));
        for bit in 0..512 {
            let mut bent = signature;
            bent[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(public.verify(&message, &bent), Err(SignatureError), "bit {bit}");
        }
        let mut longer = message.clone();
        longer.push(0);
        assert_eq!(public.verify(&longer, &signature), Err(SignatureError));
    }
}

#[test]
fn keys_of_small_order_are_refused() {
    // The eight points of the small subgroup, in canonical encoding.
    let small = [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    ];
    let good = VerifyingKey::from_bytes(signer(1).public().as_bytes()).expect("a point").to_edwards();
    for text in small {
        let bytes: [u8; 32] = array(text);
        assert_eq!(PublicKey::from_bytes(&bytes), Err(KeyError::SmallOrder), "{text}");
        // A good key with a small-order part: other bytes, signatures of the same secret.
        let torsion = VerifyingKey::from_bytes(&bytes).expect("a point").to_edwards();
        let mixed = (good + torsion).compress().to_bytes();
        if mixed != *signer(1).public().as_bytes() {
            assert_eq!(PublicKey::from_bytes(&mixed), Err(KeyError::SmallOrder), "good + {text}");
        }
    }
}

#[test]
fn second_spellings_of_a_key_are_refused() {
    // y = p, y = p + 1, y = p + 3 (a point of large order or none), and x = 0 with the sign bit set.
    let loose = [
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0100000000000000000000000000000000000000000000000000000000000080",
    ];
    for text in loose {
        let refused = PublicKey::from_bytes(&array(text)).expect_err(text);
        assert!(matches!(refused, KeyError::NotCanonical | KeyError::NotAPoint), "{text}: {refused:?}");
    }
    let two = "0200000000000000000000000000000000000000000000000000000000000000";
    assert_eq!(PublicKey::from_bytes(&array(two)), Err(KeyError::NotAPoint));
}

#[test]
fn a_signature_with_s_beyond_the_group_order_is_refused() {
    let key = signer(3);
    let mut signature = key.sign(b"message");
    let order: [u8; 32] = array("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    let mut carry = 0u16;
    for (byte, add) in signature[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = u8::try_from(sum & 0xff).expect("a byte");
        carry = sum >> 8;
    }
    assert_eq!(carry, 0);
    assert_eq!(key.public().verify(b"message", &signature), Err(SignatureError));
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "shows that loose verification takes what the strict one refuses"
)]
fn a_signature_with_r_of_small_order_is_refused_though_loose_verification_takes_it() {
    let seed = [9u8; 32];
    let public = SignerKey::from_seed(seed).public();
    // The secret scalar of RFC 8032, section 5.1.5.
    let mut secret: [u8; 32] = Sha512::digest(seed)[..32].try_into().expect("32 bytes");
    secret[0] &= 0xf8;
    secret[31] = (secret[31] & 0x7f) | 0x40;
    let secret = Scalar::from_bytes_mod_order(secret);
    // R = identity: S = k * secret.
    let mut identity = [0u8; 32];
    identity[0] = 1;
    let challenge = Sha512::new().chain_update(identity).chain_update(public.as_bytes()).chain_update(b"m");
    let s = Scalar::from_bytes_mod_order_wide(&challenge.finalize().into()) * secret;
    let mut signature = [0u8; 64];
    signature[..32].copy_from_slice(&identity);
    signature[32..].copy_from_slice(s.as_bytes());
    let loose = VerifyingKey::from_bytes(public.as_bytes()).expect("a point");
    let raw = RawSignature::from_bytes(&signature);
    assert!(ed25519_dalek::Verifier::verify(&loose, b"m", &raw).is_ok());
    assert_eq!(public.verify(b"m", &signature), Err(SignatureError));
}

#[test]
fn keys_have_one_spelling() {
    let key = signer(7).public();
    // From an independent implementation of RFC 8032.
    let text = "ed25519:ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c";
    assert_eq!(key.to_string(), text);
    assert_eq!(key.crypto_id().as_str(), "ed25519:fe812c12f3ab4ce6");
    assert_eq!(text.parse(), Ok(key));
    assert_eq!(serde_json::to_string(&key).expect("json"), format!("\"{text}\""));
    assert_eq!(serde_json::from_str::<PublicKey>(&format!("\"{text}\"")).expect("json"), key);
    for bad in
        ["", "ed25519:", &text[8..], &text.to_uppercase(), &format!("{text}0"), &text.replace("ea", "EA")]
    {
        assert!(bad.parse::<PublicKey>().is_err(), "{bad}");
    }
    assert!("ed25519:fe812c12f3ab4ce6".parse::<CryptoId>().is_ok());
    for bad in [
        "ed25519:fe812c12f3ab4ce",
        "ed25519:FE812c12f3ab4ce6",
        "fe812c12f3ab4ce6",
        "ed25519:fe812c12f3ab4ceg",
    ] {
        assert!(bad.parse::<CryptoId>().is_err(), "{bad}");
    }
    assert_eq!(format!("{:?}", signer(7)), "SignerKey(ed25519:fe812c12f3ab4ce6)");
}

const HELLO: &str = "http://example.com/HelloWorld";

#[test]
fn dsse_pre_authentication_encoding_is_that_of_the_specification() {
    assert_eq!(pae(HELLO, b"hello world"), b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    assert_eq!(pae("", b""), b"DSSEv1 0  0 ");
    // Lengths count bytes, and no two pairs share an encoding.
    assert_eq!(pae("t", "é".as_bytes()), b"DSSEv1 1 t 2 \xc3\xa9");
    assert_ne!(pae("a b", b"c"), pae("a", b"b c"));
}

#[test]
fn an_envelope_is_the_one_that_an_independent_implementation_writes() {
    let envelope = Envelope::sign(HELLO, b"hello world".to_vec(), &[&signer(7)]);
    let golden = concat!(
        r#"{"payload":"aGVsbG8gd29ybGQ=","payloadType":"http://example.com/HelloWorld","signatures":[{"keyid":"#,
        r#""ed25519:fe812c12f3ab4ce6","sig":"x8C42/OkU4z37LDC5pamTcQZTQfPyTXZ3TA7/ZdCmyoiJJmF0LSYTZNSyG/"#,
        r#"fVxKWqjpw4Jevlqk8rCoETixLDA=="}]}"#
    );
    assert_eq!(String::from_utf8(envelope.to_json()).expect("text"), golden);
    assert_eq!(Envelope::from_json(golden.as_bytes()), Ok(envelope.clone()));
    let digest = "217751fac2c4f14edb2c9297fbc34abcb016ba88e74757e875ec4ac16fb6b6a1";
    assert_eq!(envelope.digest().to_hex(), digest);
    assert_eq!(envelope.verify_with(HELLO, &[signer(7).public()]), Ok(vec![signer(7).public()]));
}

#[test]
fn one_key_counts_once_however_often_it_signs_or_is_offered() {
    let (a, b, c) = (signer(1), signer(2), signer(3));
    let mut envelope = Envelope::sign("t", b"p".to_vec(), &[&a, &a, &b]);
    envelope.signatures.push(Signature { keyid: String::new(), sig: a.sign(&pae("t", b"p")) });
    let offered = [a.public(), b.public(), a.public(), c.public()];
    let mut expected = vec![a.public(), b.public()];
    expected.sort();
    assert_eq!(envelope.verify_with("t", &offered), Ok(expected));
    assert_eq!(envelope.verify_with("t", &[c.public()]), Err(DsseError::NoValidSignature));
    assert_eq!(envelope.verify_with("t", &[]), Err(DsseError::NoValidSignature));
}

#[test]
fn a_claimed_key_id_proves_nothing() {
    let (a, b) = (signer(1), signer(2));
    let mut envelope = Envelope::sign("t", b"p".to_vec(), &[&a]);
    envelope.signatures[0].keyid = b.public().crypto_id().to_string();
    assert_eq!(envelope.verify_with("t", &[a.public(), b.public()]), Err(DsseError::NoValidSignature));
    envelope.signatures[0].keyid = String::new();
    assert_eq!(envelope.verify_with("t", &[b.public(), a.public()]), Ok(vec![a.public()]));
}

#[test]
fn an_envelope_with_anything_changed_is_refused() {
    let a = signer(1);
    let keys = [a.public()];
    let good = Envelope::sign("t/1", b"payload".to_vec(), &[&a]);
    let wrong = DsseError::WrongType { expected: "t/2".into(), found: "t/1".into() };
    assert_eq!(good.verify_with("t/2", &keys), Err(wrong));
    let retyped = Envelope { payload_type: "t/2".into(), ..good.clone() };
    assert_eq!(retyped.verify_with("t/2", &keys), Err(DsseError::NoValidSignature));
    for at in 0..good.payload.len() {
        let mut bent = good.clone();
        bent.payload[at] ^= 1;
        assert_eq!(bent.verify_with("t/1", &keys), Err(DsseError::NoValidSignature));
    }
    let unsigned = Envelope { signatures: Vec::new(), ..good.clone() };
    assert_eq!(unsigned.verify_with("t/1", &keys), Err(DsseError::SignatureCount { found: 0, max: 16 }));
    let flooded = Envelope { signatures: vec![good.signatures[0].clone(); 17], ..good };
    assert_eq!(flooded.verify_with("t/1", &keys), Err(DsseError::SignatureCount { found: 17, max: 16 }));
}

#[test]
fn loose_envelopes_are_refused() {
    let good = String::from_utf8(Envelope::sign("t", b"pp".to_vec(), &[&signer(1)]).to_json()).expect("text");
    assert!(Envelope::from_json(good.as_bytes()).is_ok());
    let changed = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        good.replacen(from, to, 1)
    };
    let cases = [
        ("unknown member", changed(r#"{"payload""#, r#"{"extra":1,"payload""#)),
        ("unknown member of a signature", changed(r#"{"keyid""#, r#"{"extra":1,"keyid""#)),
        ("payload twice", changed(r#"{"payload""#, r#"{"payload":"","payload""#)),
        ("sig twice", changed(r#""sig":"#, r#""sig":"","sig":"#)),
        ("key id twice", changed(r#""keyid":"#, r#""keyid":"","keyid":"#)),
        ("no type", changed(r#""payloadType":"t","#, "")),
        ("empty type", changed(r#""payloadType":"t""#, r#""payloadType":"""#)),
        ("type with a line end", changed(r#""payloadType":"t""#, r#""payloadType":"t\n""#)),
        ("type not ASCII", changed(r#""payloadType":"t""#, r#""payloadType":"té""#)),
        ("payload without padding", changed("cHA=", "cHA")),
        ("payload with stray bits", changed("cHA=", "cHB=")),
        ("payload in the URL alphabet", changed("cHA=", "_-8=")),
        ("payload with a line end", changed("cHA=", "cHA=\\n")),
        ("payload no text", changed(r#""cHA=""#, "1")),
        ("data after the end", format!("{good}{{}}")),
        ("no signatures", format!("{}[]}}", &good[..good.find('[').expect("array")])),
        ("deeper than an envelope", changed(r#""keyid":"#, r#""keyid":[[["x"]]],"k":"#)),
        ("nothing", String::new()),
        ("an array", "[]".into()),
    ];
    for (name, text) in cases {
        assert!(Envelope::from_json(text.as_bytes()).is_err(), "{name}: {text}");
    }
    let short = r#"{"payload":"","payloadType":"t","signatures":[{"sig":"AAAA"}]}"#;
    assert_eq!(Envelope::from_json(short.as_bytes()), Err(DsseError::SignatureLength { found: 3 }));
    let huge = vec![b' '; grace_domain::core::limits::ENVELOPE_BYTES + 1];
    assert!(matches!(Envelope::from_json(&huge), Err(DsseError::TooLarge { .. })));
}

const ORIGIN: &str = "grace.example/log/1";
/// Note and key written by an independent implementation (RFC 8032 and the C2SP texts, in Python integers).
const NOTE: &str = "grace.example/log/1\n42\n3VbeQTeVHZySaBsDQW7BX4hrRIKifjpRfTLwhSRMvl0=\n\n\u{2014} grace.example/log/1 K9FC3pNsqml8/NaOmMbAGgWtyTMP5d3ur7KPL91J131Af4oKzuicxpch4WbXgFrGnbNBKbAZM5AD34tRWkiZQ2NbNgs=\n";
const VKEY: &str = "grace.example/log/1+2bd142de+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";

fn head(size: u64) -> Checkpoint {
    Checkpoint { origin: ORIGIN.into(), size, root: Digest::of(b"golden") }
}

#[test]
fn a_checkpoint_is_the_one_that_an_independent_implementation_writes() {
    let signed = checkpoint::sign(&head(42), &signer(7));
    assert_eq!(signed.text, NOTE);
    let vkey = Vkey::new(ORIGIN, signer(7).public()).expect("a name");
    assert_eq!(vkey.to_string(), VKEY);
    assert_eq!(VKEY.parse(), Ok(vkey.clone()));
    assert_eq!(checkpoint::verify(NOTE, &vkey), Ok(head(42)));
}

#[test]
fn published_verifier_keys_and_their_note_are_understood() {
    // golang.org/x/mod/sumdb/note, package example; and the key of sum.golang.org.
    let text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    let vkey: Vkey = text.parse().expect("a published key");
    assert_eq!((vkey.name(), vkey.to_string().as_str()), ("PeterNeumann", text));
    let body = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    let line = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";
    let bytes = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, line).expect("base64");
    let signature = bytes[4..].try_into().expect("64 bytes");
    assert_eq!(vkey.public().verify(body.as_bytes(), signature), Ok(()));
    let sumdb = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
    assert_eq!(sumdb.parse::<Vkey>().expect("a published key").to_string(), sumdb);
}

#[test]
fn a_note_with_one_character_changed_is_refused() {
    let vkey: Vkey = VKEY.parse().expect("a key");
    for (at, c) in NOTE.char_indices() {
        for other in ['A', '9', '\n', ' ', '\0'] {
            if c != other {
                let bent: String =
                    NOTE.char_indices().map(|(i, c)| if i == at { other } else { c }).collect();
                assert!(checkpoint::verify(&bent, &vkey).is_err(), "{at} {other:?}");
            }
        }
        let dropped: String = NOTE.char_indices().filter(|(i, _)| *i != at).map(|(_, c)| c).collect();
        assert!(checkpoint::verify(&dropped, &vkey).is_err(), "{at} dropped");
    }
}

#[test]
fn witnesses_are_passed_over_but_a_false_line_of_the_log_is_not() {
    let vkey: Vkey = VKEY.parse().expect("a key");
    let witness = checkpoint::sign(&Checkpoint { origin: "witness".into(), ..head(42) }, &signer(8)).text;
    let witness_line = witness.lines().last().expect("a line");
    assert_eq!(checkpoint::verify(&format!("{NOTE}{witness_line}\n"), &vkey), Ok(head(42)));
    // The line of another tree of the same log.
    let other = checkpoint::sign(&head(43), &signer(7)).text;
    let other_line = other.lines().last().expect("a line");
    let refused = CheckpointError::BadSignature { name: ORIGIN.into() };
    assert_eq!(checkpoint::verify(&format!("{NOTE}{other_line}\n"), &vkey), Err(refused));
    let other = Vkey::new(ORIGIN, signer(8).public()).expect("a name");
    assert_eq!(checkpoint::verify(NOTE, &other), Err(CheckpointError::NotSigned { name: ORIGIN.into() }));
    let crowd = format!("{NOTE}{}", format!("{witness_line}\n").repeat(16));
    assert!(matches!(checkpoint::verify(&crowd, &vkey), Err(CheckpointError::Note { .. })));
}

/// Signs any body with the log's key, as a careless or bent signer would.
fn note_over(body: &str) -> String {
    let line = checkpoint::sign(&head(1), &signer(7)).text;
    let encoded = line.rsplit(' ').next().expect("a signature").trim_end().to_owned();
    let engine = &base64::engine::general_purpose::STANDARD;
    let mut bytes = base64::Engine::decode(engine, encoded).expect("base64");
    bytes[4..].copy_from_slice(&signer(7).sign(body.as_bytes()));
    format!("{body}\n\u{2014} {ORIGIN} {}\n", base64::Engine::encode(engine, bytes))
}

#[test]
fn well_signed_bodies_that_are_not_exactly_a_checkpoint_are_refused() {
    let vkey: Vkey = VKEY.parse().expect("a key");
    let root = "3VbeQTeVHZySaBsDQW7BX4hrRIKifjpRfTLwhSRMvl0=";
    assert_eq!(checkpoint::verify(&note_over(&format!("{ORIGIN}\n42\n{root}\n")), &vkey), Ok(head(42)));
    let bodies = [
        format!("{ORIGIN}\n042\n{root}\n"),
        format!("{ORIGIN}\n+42\n{root}\n"),
        format!("{ORIGIN}\n-1\n{root}\n"),
        format!("{ORIGIN}\n18446744073709551616\n{root}\n"),
        format!("{ORIGIN}\n\n{root}\n"),
        format!("{ORIGIN}\n42\n{root}\nextension\n"),
        format!("{ORIGIN}\n42\n{root}\n\nmore\n"),
        format!("{ORIGIN}\n42\n"),
        format!("{ORIGIN}\n42\nAAAA\n"),
        format!("{ORIGIN}\n42\n{}\n", root.trim_end_matches('=')),
        format!("another/log\n42\n{root}\n"),
        format!("\n42\n{root}\n"),
    ];
    for body in bodies {
        assert!(checkpoint::verify(&note_over(&body), &vkey).is_err(), "{body:?}");
    }
}

#[test]
fn origins_that_would_bend_a_note_are_refused() {
    let long = "x".repeat(256);
    for bad in ["", "a b", "a+b", "a\nb", "a\u{a0}b", "a\u{2028}b", "a\0b", long.as_str()] {
        assert!(checkpoint::check_origin(bad).is_err(), "{bad:?}");
        assert!(Vkey::new(bad, signer(1).public()).is_err(), "{bad:?}");
    }
    for bad in [
        "",
        "name",
        "name+00000000+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs",
        "grace.example/log/1+2BD142DE+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs",
        "grace.example/log/2+2bd142de+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs",
        "grace.example/log/1+2bd142de+AupKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs",
        "grace.example/log/1+2bd142de+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs+",
    ] {
        assert!(bad.parse::<Vkey>().is_err(), "{bad:?}");
    }
}
