//! The documented surface as others meet it: what the border refuses, which codes and shapes come back, and what the
//! command line does with and without an engine.

mod border;
mod command_line;
mod golden;
mod half_open;
mod hostile_content;
mod joining;
mod services;
mod stage;
mod statements;
mod verification_phrase;
