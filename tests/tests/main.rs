//! One binary of black-box tests.
