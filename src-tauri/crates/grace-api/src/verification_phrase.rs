//! Six words for a digest, to compare by voice what two people look at.
//!
//! Owns the list of 256 words: short, common and unlike each other. Never proves anything: 48 bits are for catching
//! a mix-up, the signature is bound to the whole digest.

use grace_domain::core::digest::Digest;

/// Words of one digest.
const COUNT: usize = 6;

const WORDS: &str = "\
acorn actor album alley amber anchor angle apple apron arrow atlas autumn bacon badge bagel bamboo banjo barrel \
basket beacon beaver berry bishop bison blanket blossom bonus border bottle branch bread breeze brick bridge \
bronze bucket butter cabin cactus camel candle canoe canvas canyon carpet castle cedar cement chalk cherry chess \
chimney cigar cinema circus clarinet clay clover cobalt coconut comet copper coral cotton cousin coyote cradle \
cricket crystal cuckoo curtain cymbal dagger daisy dancer decade denim desert diamond dinner dolphin donkey \
dragon drummer eagle easel echo eclipse elbow elder ember engine envoy estate fabric falcon feather fender ferry \
fiddle figure filter finger flamingo flannel flute forest fossil fountain fox frost galaxy garden garlic gazelle \
ginger giraffe glacier goblet gorilla granite gravel guitar hammer harbor harvest hazel helmet heron hickory hinge \
honey hornet hotel hunter icicle igloo indigo insect iron island ivory jacket jaguar jasmine jelly jigsaw jungle \
kayak kernel kettle kidney kitten ladder lagoon lantern laptop laurel lemon leopard lily lizard lobster locket \
lumber magnet maple marble meadow melon mirror monkey moose mosaic muffin mustard napkin nectar needle nickel \
noodle nutmeg oasis octopus olive onion orbit orchid otter oxygen oyster paddle palace panther paper parrot pebble \
pelican pencil pepper piano pigeon pillow planet plaza pocket poem polar pony poplar potato pretzel pulley pumpkin \
quarry quartz rabbit racket radar raven ribbon river rocket saddle saffron salmon sandal scarf shadow shovel \
silver spider squirrel stable sugar sunset tablet tango teapot temple thunder tiger timber tomato trumpet tulip \
tunnel turtle umbrella valley velvet violin walnut willow window zebra";

/// The six words of a digest.
pub fn of(digest: &Digest) -> Vec<String> {
    let words: Vec<&str> = WORDS.split(' ').collect();
    digest.as_bytes()[..COUNT].iter().map(|b| words[usize::from(*b)].to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_list_has_256_different_words_that_differ_early() {
        let words: Vec<&str> = WORDS.split(' ').collect();
        assert_eq!(words.len(), 256);
        assert_eq!(words.iter().collect::<BTreeSet<_>>().len(), 256);
        assert!(
            words.iter().all(|w| (3..=8).contains(&w.len()) && w.bytes().all(|b| b.is_ascii_lowercase()))
        );
        let starts: BTreeSet<&str> = words.iter().map(|w| &w[..w.len().min(4)]).collect();
        assert!(starts.len() >= 240, "too many words sound alike at first: {}", starts.len());
    }

    #[test]
    fn words_follow_the_digest() {
        assert_eq!(of(&Digest::of(b"a")).len(), 6);
        assert_ne!(of(&Digest::of(b"a")), of(&Digest::of(b"b")));
    }
}
