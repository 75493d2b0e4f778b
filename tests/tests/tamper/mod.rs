//! What somebody with the disk in hand could change, and that it is found: in the database of a stopped world, in an
//! export, and by tools that are not ours.

mod evidence;
mod export;
mod history;
mod independent;
mod journal;
mod rejoin;
