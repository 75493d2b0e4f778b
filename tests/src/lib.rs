//! Black-box tests of the whole product; the tests are in `tests/`.
