//! Which projection rows are wanted. Reads and writes none; what a row is, the domain says.

/// Which rows; an empty filter matches all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowFilter {
    /// Any of these states; empty: all.
    pub states: Vec<String>,
    /// Of this component.
    pub component: Option<String>,
    /// Any of these ids; empty: all.
    pub ids: Vec<String>,
}
