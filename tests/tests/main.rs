//! One binary of black-box tests. Every file beside this one is a module named here; `tidy` sees to that.
#![allow(clippy::pedantic, reason = "tests favour plain words over the last allocation")]

mod acceptance;
mod contract;
mod crash;
mod harness;
mod supply;
mod tamper;
mod tidy;
mod window;
