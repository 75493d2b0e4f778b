//! A type whose risk only a rehearsal can tell: what is said before it is a lower bound.

use crate::rules::sim::id;
use grace_domain::core::refusal::Refusal;
use grace_domain::kinds::content::{Content, Sizes};
use grace_domain::kinds::measured::Measured;
use grace_domain::kinds::risk::Risk;
use grace_domain::kinds::section::Section;
use grace_domain::kinds::summary::{Assessment, Extent};
use grace_domain::kinds::target_kind::TargetKind;
use grace_domain::kinds::touched::Touched;
use grace_domain::kinds::update_kind::{Signed, UpdateKind, compare};
use grace_domain::metrics::limit::Demands;
use serde_json::{Value, json};

/// Deletes rows: how many, its target measures.
struct Rows;

impl UpdateKind for Rows {
    type Difference = Option<u64>;
    const TARGETS: &'static [TargetKind] = TargetKind::ALL;
    const CONTENT: &'static str = "{rows}";
    const MEASURED: bool = true;

    fn document(draft: &Value) -> Result<Signed, Refusal> {
        Ok((draft.clone(), Vec::new()))
    }

    fn parse(_document: &Value, _sizes: &Sizes) -> Result<Content, Refusal> {
        unreachable!("nothing is read")
    }

    fn difference(_touched: &[Touched<'_>], measured: Option<&[Measured]>) -> Result<Option<u64>, Refusal> {
        Ok(measured.map(|all| all.iter().filter_map(|m| m.document["rows"].as_u64()).sum()))
    }

    fn assess(rows: &Option<u64>) -> Assessment {
        let mut assessment = Assessment::low();
        assessment.raise(Risk::Medium, "it deletes rows".into());
        if let Some(rows @ 1_000..) = rows {
            assessment.raise(Risk::High, format!("it deletes {rows} rows"));
        }
        assessment
    }

    fn extent(_rows: &Option<u64>) -> Extent {
        Extent::default()
    }

    fn sections(_rows: &Option<u64>) -> Vec<Section> {
        Vec::new()
    }
}

#[test]
fn what_a_rehearsal_has_not_measured_is_a_lower_bound() {
    let before = compare::<Rows>(&[], None, &Demands::default()).unwrap().assessment;
    assert!(before.lower_bound && before.risk == Risk::Medium);
    for (rows, risk) in [(999, Risk::Medium), (1_000, Risk::High)] {
        let measured = [Measured { component: id("db"), document: json!({ "rows": rows }) }];
        let after = compare::<Rows>(&[], Some(&measured), &Demands::default()).unwrap().assessment;
        assert!(!after.lower_bound && after.risk == risk && after.risk >= before.risk, "{rows}");
    }
}
