//! Whole journeys on real targets: what a release manager does, and what the target answers before and after.

mod hostile_package;
mod journey;
mod real_nginx;
