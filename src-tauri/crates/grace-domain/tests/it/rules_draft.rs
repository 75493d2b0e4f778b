//! One list of rules for a draft: what is planned without a finding is taken when it is submitted, and what is refused
//! was a finding, whatever member stands at its bound or beyond it.

use crate::rules::sim::{Sim, submission};
use crate::rules::{by_person, key, key_of, people, person, policy, upd};
use crate::soak;
use grace_domain::core::limits;
use grace_domain::core::refusal::Refusal;
use grace_domain::governance::policy::{RequiredField, Risk};
use grace_domain::kinds::UpdateType;
use grace_domain::kinds::content::DocumentEdit;
use grace_domain::statement::{Submission, set_digest};
use grace_domain::update::decide::{Draft, check_draft, submit};
use grace_domain::world::AnyAggregate;
use proptest::prelude::*;

/// A bytes count at its bound, one beyond it, or somewhere below.
fn around(max: usize) -> impl Strategy<Value = usize> {
    prop_oneof![Just(0), Just(1), Just(max), Just(max + 1), 0..max]
}

/// A text of so many bytes; one of none is blank.
fn x(n: usize) -> String {
    if n == 0 { " ".to_owned() } else { "x".repeat(n) }
}

/// The drafts of Ada: type, components, title, description, refs, impact.
type Members = (UpdateType, Vec<&'static str>, usize, usize, (usize, usize), usize);

fn members() -> impl Strategy<Value = Members> {
    let name = prop::sample::select(vec!["web", "api", "job", "bare", "nowhere", "metrics_collector"]);
    (
        prop::sample::select(UpdateType::ALL.to_vec()),
        prop_oneof![
            3 => prop::sample::subsequence(vec!["web", "api", "job"], 1..=3),
            1 => prop::collection::vec(name, 0..4),
            1 => Just(vec!["web"; limits::COMPONENTS_PER_UPDATE + 1]),
        ],
        around(limits::TITLE_BYTES),
        around(limits::REASON_BYTES),
        (around(limits::REFS_PER_UPDATE), around(limits::NAME_BYTES)),
        around(limits::REASON_BYTES),
    )
}

fn said(s: &Sim, members: &Members) -> Submission {
    let (update_type, components, title, description, (refs, each), impact) = members;
    let mut said = submission(upd(9), "ada", Risk::Low, components, s.now);
    said.parts[0].update_type = *update_type;
    said.set = set_digest(&said.parts);
    said.title = x(*title).into();
    said.description = if *description == 0 { "".into() } else { x(*description).into() };
    said.refs = vec![x(*each).into(); *refs];
    said.security_impact = if *impact == 0 { "".into() } else { x(*impact).into() };
    said
}

/// What a plan finds against it.
fn planned(s: &Sim, said: &Submission, edit: Option<&DocumentEdit>) -> Vec<Refusal> {
    let part = &said.parts[0];
    let draft = Draft {
        update_type: part.update_type,
        components: &part.component_targets,
        created_by: &said.created_by,
        title: &said.title,
        description: &said.description,
        refs: said.refs.iter().map(|r| &**r).collect(),
        security_impact: &said.security_impact,
        edit,
    };
    check_draft(&s.world, &draft)
}

/// What the submission comes to.
fn submitted(s: &Sim, said: &Submission, edit: Option<&DocumentEdit>) -> Result<(), Refusal> {
    let verified = by_person(said, &key(key_of("ada")), &people(), s.now).expect("signed");
    submit(&s.world, &verified, edit, s.now).map(drop)
}

fn agree(s: &Sim, said: &Submission, edit: Option<&DocumentEdit>) -> Option<String> {
    let found = planned(s, said, edit);
    match submitted(s, said, edit) {
        Ok(()) => assert_eq!(found, [], "planned with a finding and taken"),
        Err(refusal) => assert_eq!(found.first(), Some(&refusal), "refused and not found by the plan"),
    }
    found.first().map(|refusal| refusal.code.to_string())
}

proptest! {
    #![proptest_config(soak::cases(300))]
    #[test]
    fn what_is_planned_without_a_finding_is_taken(drafts in prop::collection::vec(members(), 1..6), required in 0u8..8) {
        let mut policy = policy();
        let fields = [RequiredField::Description, RequiredField::Refs, RequiredField::SecurityImpact];
        policy.required_fields =
            fields.into_iter().enumerate().filter(|(i, _)| required & (1 << i) != 0).map(|(_, f)| f).collect();
        let mut s = Sim::new(policy);
        s.register("bare", "");
        for members in &drafts {
            let _ = agree(&s, &said(&s, members), None);
        }
    }
}

type Change = fn(&mut Members);

#[test]
fn each_member_beyond_its_bound_is_found_by_the_plan() {
    let good: Members = (UpdateType::Config, vec!["web"], 1, 0, (0, 1), 0);
    let s = Sim::new(policy());
    assert_eq!(agree(&s, &said(&s, &good), None), None);
    let most: Members = (
        UpdateType::Config,
        vec!["web", "api", "job"],
        limits::TITLE_BYTES,
        limits::REASON_BYTES,
        (limits::REFS_PER_UPDATE, limits::NAME_BYTES),
        limits::REASON_BYTES,
    );
    assert_eq!(agree(&s, &said(&s, &most), None), None);
    let unsupported = UpdateType::ALL.iter().find(|kind| kind.targets().is_empty()).expect("one");
    let table: [(&str, Change); 10] = [
        ("component_count", |m| m.1.clear()),
        ("component_count", |m| m.1 = vec!["web"; limits::COMPONENTS_PER_UPDATE + 1]),
        ("component_twice", |m| m.1 = vec!["web", "web"]),
        ("not_found", |m| m.1 = vec!["nowhere"]),
        ("title_length", |m| m.2 = 0),
        ("title_length", |m| m.2 = limits::TITLE_BYTES + 1),
        ("description_length", |m| m.3 = limits::REASON_BYTES + 1),
        ("refs_length", |m| m.4 = (limits::REFS_PER_UPDATE + 1, 1)),
        ("refs_length", |m| m.4 = (1, limits::NAME_BYTES + 1)),
        ("security_impact_length", |m| m.5 = limits::REASON_BYTES + 1),
    ];
    for (code, change) in table {
        let mut members = good.clone();
        change(&mut members);
        assert_eq!(agree(&s, &said(&s, &members), None).as_deref(), Some(code));
    }
    let members: Members = (*unsupported, vec![], 0, limits::REASON_BYTES + 1, (1, 0), 0);
    let codes: Vec<_> =
        planned(&s, &said(&s, &members), None).iter().map(|refusal| refusal.code.as_str()).collect();
    assert_eq!(
        codes,
        ["update_type_unsupported", "title_length", "description_length", "refs_length", "component_count"],
        "all of it is said at once"
    );
}

#[test]
fn a_world_with_no_room_and_a_person_whom_nobody_knows_are_found_by_the_plan() {
    let mut s = Sim::new(policy());
    let good: Members = (UpdateType::Config, vec!["web"], 1, 0, (0, 1), 0);
    let mut unknown = said(&s, &good);
    unknown.created_by = person("eve");
    assert_eq!(planned(&s, &unknown, None)[0].code.as_str(), "unknown_person");
    let one = s.submit(Risk::Low, &["api"]);
    let one = s.update(&one);
    for n in 1..u32::try_from(limits::OPEN_UPDATES).expect("few") {
        assert_eq!(planned(&s, &said(&s, &good), None), []);
        s.world.put_back(&AnyAggregate::Update(upd(10_000 + n), one.clone()));
    }
    assert_eq!(agree(&s, &said(&s, &good), None).as_deref(), Some("too_many_open"));
}

#[test]
fn a_document_is_changed_where_it_is_held() {
    let s = Sim::new(policy());
    let edit = DocumentEdit { id: "error_rate".parse().expect("id"), new: None };
    let mut members: Members = (UpdateType::MetricDefinition, vec!["web"], 1, 0, (0, 1), 0);
    assert_eq!(agree(&s, &said(&s, &members), Some(&edit)).as_deref(), Some("target_kind"));
    members.1 = vec!["metrics_collector"];
    let found = agree(&s, &said(&s, &members), Some(&edit));
    assert_eq!(found.as_deref(), Some("no_target"), "here it is no registry");
}

#[test]
fn a_text_of_one_line_hides_nothing() {
    let s = Sim::new(policy());
    let good: Members = (UpdateType::Config, vec!["web"], 1, 0, (1, 1), 0);
    for unseen in ["a\nb", "a\u{202e}b", "\u{200b}", "a\0"] {
        let (mut title, mut reference) = (said(&s, &good), said(&s, &good));
        title.title = unseen.into();
        reference.refs = vec![unseen.into()];
        for said in [title, reference] {
            assert_eq!(agree(&s, &said, None).as_deref(), Some("invisible_character"), "{unseen:?}");
        }
    }
}

#[test]
fn what_nobody_sees_meets_no_required_field() {
    let good: Members = (UpdateType::Config, vec!["web"], 1, 1, (1, 1), 1);
    let unseen = [" ", "\n\t", "\u{200b}", "\u{3164} \u{2800}"];
    let missing = |field: RequiredField, change: &dyn Fn(&mut Submission)| {
        let mut policy = policy();
        policy.required_fields = [field].into();
        let s = Sim::new(policy);
        assert_eq!(agree(&s, &said(&s, &good), None), None, "{field:?} is said");
        let mut said = said(&s, &good);
        change(&mut said);
        assert_eq!(agree(&s, &said, None).as_deref(), Some("field_required"), "{field:?}");
    };
    for blank in unseen {
        missing(RequiredField::Description, &|said| said.description = blank.into());
        missing(RequiredField::SecurityImpact, &|said| said.security_impact = blank.into());
    }
    missing(RequiredField::Refs, &|said| said.refs.clear());
}
