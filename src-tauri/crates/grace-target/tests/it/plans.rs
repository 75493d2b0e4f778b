//! Making and checking plans.

use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::limits;
use grace_domain::files::state::{Attributes, FileState, Xattrs};
use grace_domain::kinds::content::FileEdit;
use grace_target::{Plan, drifted_paths};

use crate::support::{Bench, link, managed_path};

#[tokio::test]
async fn a_plan_says_what_changes_and_its_inverse_reverts_it() {
    let bench = Bench::new();
    let plan = bench.plan().await;
    let changed: Vec<_> = plan
        .changes
        .iter()
        .map(|change| {
            (
                change.path.as_str(),
                change.base.as_ref().map(|base| base.attributes.mode),
                change.new.as_ref().map(|new| new.attributes.mode),
            )
        })
        .collect();
    let expected = [
        ("conf.d/a.conf", Some(0o600), Some(0o640)),
        ("conf.d/b.conf", Some(0o644), None),
        ("conf.d/c.conf", None, Some(0o644)),
        ("conf.d/new/deep/d.conf", None, Some(0o600)),
        ("main.conf", Some(0o644), Some(0o644)),
    ];
    assert_eq!(changed, expected);
    assert_eq!(plan.make_dirs, ["conf.d/new", "conf.d/new/deep"].map(managed_path));
    assert_eq!(plan.before, bench.scan().await.digest());
    assert_eq!(plan.inverse().inverse(), plan);
    assert_eq!((plan.inverse().before, plan.inverse().after), (plan.after, plan.before));
    let read: Plan = serde_json::from_slice(&serde_json::to_vec(&plan).unwrap()).unwrap();
    assert_eq!(read, plan);
    read.check(&bench.managed).unwrap();
}

#[tokio::test]
async fn edits_that_make_no_plan_are_refused_with_their_code() {
    let bench = Bench::new();
    std::fs::create_dir(bench.at("conf.d/directory")).unwrap();
    let now = bench.scan().await;
    let too_large = FileEdit::Write {
        path: managed_path("main.conf"),
        sha256: Digest::of(b""),
        size: 1 << 40,
        mode: None,
    };
    let many: Vec<_> =
        (0..=limits::FILES_PER_UPDATE).map(|n| bench.write_edit(&format!("conf.d/{n}"), "x", None)).collect();
    for (edits, code) in [
        (vec![], "plan_empty"),
        (vec![bench.write_edit("main.conf", "main old\n", None)], "plan_empty"),
        (vec![bench.write_edit("mime.types", "x", None)], "path_not_managed"),
        (vec![bench.write_edit("conf.d/.grace-x.tmp", "x", None)], "path_reserved_name"),
        (vec![bench.write_edit("conf.d/s", "x", Some(0o4755))], "mode_not_allowed"),
        (vec![FileEdit::Remove { path: managed_path("conf.d/none") }], "path_not_there"),
        (vec![bench.write_edit("conf.d/A.conf", "x", None)], "path_refused"),
        (
            vec![bench.write_edit("conf.d/n", "x", None), bench.write_edit("conf.d/n", "y", None)],
            "path_refused",
        ),
        (vec![bench.write_edit("conf.d/a.conf/x", "x", None)], "path_refused"),
        (
            vec![
                FileEdit::Remove { path: managed_path("conf.d/a.conf") },
                bench.write_edit("conf.d/a.conf/x", "x", None),
            ],
            "target_in_the_way",
        ),
        (vec![bench.write_edit("conf.d/directory", "x", None)], "target_in_the_way"),
        (vec![too_large], "plan_too_many_bytes"),
        (many, "plan_too_many_files"),
    ] {
        let refused = Plan::of_edits(&bench.root, &bench.managed, &now, &edits).unwrap_err();
        assert_eq!(refused.code().as_str(), code, "{refused}");
    }
    link("/etc", &bench.at("empty"));
    let through_link = [bench.write_edit("empty/x.conf", "x", None)];
    let refused = Plan::of_edits(&bench.root, &bench.managed, &now, &through_link).unwrap_err();
    assert_eq!(refused.code(), Code::TargetLink);
}

#[tokio::test]
async fn a_plan_that_contradicts_itself_is_refused_wherever_it_comes_from() {
    let bench = Bench::new();
    let good = bench.plan().await;
    let strange = Attributes { mode: 0o10_0644, owner: 0, group: 0, xattrs: Xattrs::default() };
    let strange = FileState { sha256: Digest::of(b"x"), size: 1, attributes: strange };
    let mut broken: Vec<(&str, Plan)> = Vec::new();
    let mut with = |code, change: &dyn Fn(&mut Plan)| {
        let mut plan = good.clone();
        change(&mut plan);
        broken.push((code, plan));
    };
    with("plan_contradiction", &|plan| plan.changes.swap(0, 1));
    with("plan_contradiction", &|plan| plan.changes[1] = plan.changes[0].clone());
    with("plan_contradiction", &|plan| plan.changes[0].new = plan.changes[0].base.clone());
    with("plan_contradiction", &|plan| plan.make_dirs.push(managed_path("elsewhere")));
    with("plan_contradiction", &|plan| plan.drop_dirs.push(managed_path("logs")));
    with("plan_empty", &|plan| plan.changes.clear());
    with("path_not_managed", &|plan| plan.changes[4].path = managed_path("mime.types"));
    with("mode_not_allowed", &|plan| plan.changes[0].new = Some(strange.clone()));
    with("path_file_and_directory", &|plan| plan.changes[0].path = managed_path("conf.d/new").clone());
    for (code, mut plan) in broken {
        if code == "path_file_and_directory" {
            plan.changes.sort_by(|a, b| a.path.cmp(&b.path));
        }
        assert_eq!(plan.check(&bench.managed).unwrap_err().code().as_str(), code);
        let before = bench.everything();
        assert_eq!(bench.apply(&plan).await.unwrap_err().code().as_str(), code);
        assert_eq!(bench.everything(), before);
    }
    let unknown = serde_json::to_string(&good).unwrap().replacen('{', "{\"extra\":1,", 1);
    assert!(serde_json::from_str::<Plan>(&unknown).is_err());
    let hostile = serde_json::to_string(&good).unwrap().replace("main.conf", "../main.conf");
    assert!(serde_json::from_str::<Plan>(&hostile).is_err());
}

#[tokio::test]
async fn what_was_changed_outside_grace_is_named_and_what_we_changed_is_not() {
    let bench = Bench::new();
    let before = bench.scan().await;
    let plan = bench.plan_of(&[bench.write_edit("main.conf", "main new\n", None)]).await;
    bench.apply(&plan).await.unwrap();
    assert_eq!(drifted_paths(&before, &plan, &bench.scan().await), []);
    std::fs::write(bench.at("conf.d/b.conf"), "outside").unwrap();
    std::fs::write(bench.at("conf.d/z.conf"), "outside").unwrap();
    let drifted = drifted_paths(&before, &plan, &bench.scan().await);
    assert_eq!(drifted, ["conf.d/b.conf", "conf.d/z.conf"].map(managed_path));
}
