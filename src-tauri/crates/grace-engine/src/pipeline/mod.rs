//! An update's way: stages 2 to 5 of its preparation, its distribution and its window.

mod distribution;
mod identity;
mod log_entry;
mod observation;
mod outcome;
mod packaging;
mod planned;
mod runner;
mod stage;
mod validation;
