//! `soak`: a random test with a large count and a seed that is told, so that what it finds can be had again.

use crate::step::{Steps, command, has, top};
use crate::test::with_product;

/// A test of which `test` runs a sample.
struct Soak {
    name: &'static str,
    what: &'static str,
    /// Names of its tests, as nextest filters them.
    filter: &'static str,
    /// How often, where nobody says it.
    count: u32,
    /// Whether it drives the product's programs.
    product: bool,
}

const SOAKS: [Soak; 8] = [
    Soak {
        name: "rules",
        what: "stored events in any order, and random commands against what the product promises",
        filter: "package(grace-domain) & test(/^rules_random::.*(never|replay)/)",
        count: 5_000,
        product: false,
    },
    Soak {
        name: "tally",
        what: "random lists of signatures against a small oracle",
        filter: "package(grace-domain) & test(/^rules_tally::/)",
        count: 500_000,
        product: false,
    },
    Soak {
        name: "values",
        what: "every other property of the rules: values, statements, versions, windows, snapshots",
        filter: "package(grace-domain) & test(/^(primitives|rules_(snapshots|statement|version|window))/)",
        count: 20_000,
        product: false,
    },
    Soak {
        name: "forged",
        what: "random histories: each is believed as it is, and refused with one entry changed, missing, twice or put in",
        filter: "package(grace-evidence) & test(/^(forged|good)::/)",
        count: 10_000,
        product: false,
    },
    Soak {
        name: "export",
        what: "changed bytes of an export, each refused by the program",
        filter: "package(grace-tests) & test(/changed_bytes_are_refused/)",
        count: 10_000,
        product: true,
    },
    Soak {
        name: "wide",
        what: "updates of as many components (at most 1,024) and files (at most 100,000) at once",
        filter: "package(grace-engine) & test(/^breadth::/)",
        count: 100_000,
        product: false,
    },
    Soak {
        name: "tables",
        what: "every edit of every column, row and index of the database, at so many rows",
        filter: "package(grace-engine) & test(/^sweep::/)",
        count: 3,
        product: false,
    },
    Soak {
        name: "kill",
        what: "the engine's process killed before each durable step, and again in its recovery",
        filter: "package(grace-tests) & test(/survives_a_kill_at_every_durable_step/)",
        count: 1_000,
        product: true,
    },
];

/// Runs one, or lists them.
pub fn soak(rest: &[&str]) -> Result<(), String> {
    let Some((name, options)) = rest.split_first() else {
        for soak in &SOAKS {
            println!("{:<8} {:>7}  {}", soak.name, soak.count, soak.what);
        }
        return Ok(());
    };
    let soak = SOAKS.iter().find(|s| s.name == *name).ok_or_else(|| {
        let names: Vec<&str> = SOAKS.iter().map(|s| s.name).collect();
        format!("there is no `{name}`; there are {}", names.join(", "))
    })?;
    let (seed, count) = read(options, fresh_seed(), soak.count)?;
    if !has("cargo-nextest") {
        return Err("soak needs cargo-nextest: cargo install cargo-nextest --locked".into());
    }
    let top = top();
    let mut steps = Steps::new(1 + usize::from(soak.product));
    if soak.product {
        steps.run("cargo build", command(&top, "cargo", &["build", "--workspace", "--quiet"]))?;
    }
    let args = ["nextest", "run", "--workspace", "--profile", "soak", "--filterset", soak.filter];
    let mut tests = with_product(command(&top, "cargo", &args))?;
    tests.env("GRACE_SOAK_SEED", seed.to_string()).env("GRACE_SOAK_COUNT", count.to_string());
    steps
        .run(&format!("soak {name} --seed {seed} --count {count}"), tests)
        .map_err(|why| format!("{why}\nagain: cargo xtask soak {name} --seed {seed} --count {count}"))
}

fn read(options: &[&str], mut seed: u64, mut count: u32) -> Result<(u64, u32), String> {
    for option in options.chunks(2) {
        match option {
            ["--seed", n] => seed = n.parse().map_err(|_| format!("--seed {n}: not a number"))?,
            ["--count", n] => count = n.parse().map_err(|_| format!("--count {n}: not a number"))?,
            _ => return Err(format!("soak takes no `{}`", option.join(" "))),
        }
    }
    Ok((seed, count))
}

/// Another one each time: the process's number and where the system put this program are random enough.
fn fresh_seed() -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    RandomState::new().hash_one(std::process::id()) >> 32
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn seed_and_count_are_read_in_any_order() {
        assert_eq!(read(&[], 7, 9), Ok((7, 9)));
        assert_eq!(read(&["--count", "3"], 7, 9), Ok((7, 3)));
        assert_eq!(read(&["--count", "3", "--seed", "0"], 7, 9), Ok((0, 3)));
        for wrong in [&["--seed"][..], &["--seed", "x"], &["--loud", "1"], &["3"]] {
            assert!(read(wrong, 7, 9).is_err(), "{wrong:?}");
        }
    }
}
