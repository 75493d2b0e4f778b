//! Whole journeys on real targets: what a release manager does, and what the target answers before and after.

mod definition;
mod first_world;
mod hostile_package;
mod journey;
mod queue;
mod readme;
mod real_nginx;
mod review;
mod ring;
mod silence;
