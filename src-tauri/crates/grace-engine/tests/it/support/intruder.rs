//! Another program that writes to the database of a world: with python's sqlite3, and without any key.

use super::Bench;

/// What every edit begins with. `on_index` runs SQL on one index alone, as the table `pages` (the columns of the index, then
/// `row`): table, tree, head and the text of the schema stay as they are.
const PRELUDE: &str = r#"
import sqlite3, sys
path, argument = sys.argv[1], sys.argv[2]
db = sqlite3.connect(path)

def on_index(index, sql, *values):
    global db
    root, = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (index,)).fetchone()
    columns = ", ".join([row[2] for row in db.execute(f"PRAGMA index_info({index})")] + ["row"])
    db.execute("PRAGMA writable_schema = ON")
    db.execute("INSERT INTO sqlite_schema VALUES ('table', 'pages', 'pages', ?, ?)",
               (root, f"CREATE TABLE pages ({columns}, PRIMARY KEY ({columns})) WITHOUT ROWID"))
    db.commit()
    db.close()
    db = sqlite3.connect(path)
    assert db.execute(sql, values).rowcount > 0, sql
    db.execute("PRAGMA writable_schema = ON")
    db.execute("DELETE FROM sqlite_schema WHERE name = 'pages'")
    db.commit()

def without_triggers(table, sql, *values):
    triggers = db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?", (table,)).fetchall()
    for name, _ in triggers:
        db.execute(f"DROP TRIGGER {name}")
    assert db.execute(sql, values).rowcount > 0, sql
    for _, text in triggers:
        db.execute(text)
    db.commit()

"#;

/// Runs an edit with one argument.
pub fn edit(bench: &Bench, python: &str, argument: &str) {
    let done = std::process::Command::new("python3")
        .args(["-c", &format!("{PRELUDE}{python}\ndb.commit()\ndb.close()\n")])
        .arg(bench.dir.join("grace.db"))
        .arg(argument)
        .status()
        .expect("runs");
    assert!(done.success());
}
