//! One binary of black-box tests. Every file beside this one is a module named here; `tidy` sees to that.

mod acceptance;
mod crash;
mod harness;
mod tidy;
mod window;
