"""Every edit of every column, row and index of a database, read from its schema.

`sweep.py DATABASE` lists them as JSON: [table, column or index or null, how]. `sweep.py DATABASE EDIT N` does one at the N-th
row of the table and says `done`, `refused` (SQLite itself takes no such row) or `nothing` (there is nothing to edit).
"""
import json, sqlite3, sys

path = sys.argv[1]
db = sqlite3.connect(path, isolation_level=None)


def tables():
    named = "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    return db.execute(named).fetchall()


def columns(table):
    return [row[1] for row in db.execute(f"PRAGMA table_info({table})")]


def indexes(table):
    named = "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? ORDER BY name"
    return [row[0] for row in db.execute(named, (table,))]


def edits():
    for table, _ in tables():
        for column in columns(table):
            for how in ("set", "emptied", "swapped"):
                yield [table, column, how]
        for how in ("deleted", "duplicated"):
            yield [table, None, how]
        for index in indexes(table):
            yield [table, index, "hidden"]


def key_of(table):
    sql, = db.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
    if "WITHOUT ROWID" not in sql:
        return ["rowid"]
    keys = [(row[5], row[1]) for row in db.execute(f"PRAGMA table_info({table})") if row[5]]
    return [name for _, name in sorted(keys)]


def other(value):
    if value is None:
        return bytes(64)
    if isinstance(value, int):
        return value + 1
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:] if value else b"\1"
    return value + "x"


def without_triggers(work):
    triggers = db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    db.execute("BEGIN")
    try:
        for name, _ in triggers:
            db.execute(f"DROP TRIGGER {name}")
        done = work()
        for _, text in triggers:
            db.execute(text)
        db.execute("COMMIT")
        return done
    except sqlite3.IntegrityError:
        db.execute("ROLLBACK")
        return "refused"


def hide(index, n):
    global db
    root, = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (index,)).fetchone()
    # Behind its columns an index has the key of its table.
    table, = db.execute("SELECT tbl_name FROM sqlite_schema WHERE name = ?", (index,)).fetchone()
    key = [f"key_{n}" for n in range(1, len(key_of(table)))] + ["row"]
    names = ", ".join([row[2] for row in db.execute(f"PRAGMA index_info({index})")] + key)
    db.execute("PRAGMA writable_schema = ON")
    text = f"CREATE TABLE pages ({names}, PRIMARY KEY ({names})) WITHOUT ROWID"
    db.execute("INSERT INTO sqlite_schema VALUES ('table', 'pages', 'pages', ?, ?)", (root, text))
    db.close()
    db = sqlite3.connect(path, isolation_level=None)
    rows = db.execute("SELECT row FROM pages ORDER BY row").fetchall()
    done = db.execute("DELETE FROM pages WHERE row = ?", rows[n % len(rows)]).rowcount if rows else 0
    db.execute("PRAGMA writable_schema = ON")
    db.execute("DELETE FROM sqlite_schema WHERE name = 'pages'")
    return "done" if done else "nothing"


def edit(table, what, how, n):
    if how == "hidden":
        return hide(what, n)
    # An intruder is held by no constraint that a pragma takes away.
    db.execute("PRAGMA ignore_check_constraints = ON")
    key = key_of(table)
    where = " AND ".join(f"{name} = ?" for name in key)
    keys = db.execute(f"SELECT {', '.join(key)} FROM {table} NOT INDEXED ORDER BY {', '.join(key)}").fetchall()
    if not keys:
        return "nothing"
    row = keys[n % len(keys)]
    if how == "deleted":
        return without_triggers(lambda: db.execute(f"DELETE FROM {table} WHERE {where}", row) and "done")
    names = columns(table)
    values = dict(zip(names, db.execute(f"SELECT {', '.join(names)} FROM {table} WHERE {where}", row).fetchone()))
    if how == "duplicated":
        return without_triggers(lambda: duplicate(table, names, values))

    def put(value, at):
        db.execute(f"UPDATE {table} SET {what} = ? WHERE {where}", (value, *at))

    value = values[what]
    if how == "swapped":
        pick = f"SELECT {', '.join(key)}, {what} FROM {table} WHERE {what} IS NOT ? ORDER BY {', '.join(key)}"
        others = db.execute(pick, (value,)).fetchall()
        if not others:
            return "nothing"
        *second, second_value = others[n % len(others)]
        if what in key or what == "seq" or what == "block":
            # By way of a key that nobody has: an update of a key must not meet a neighbour.
            far = value + 10**9 if isinstance(value, int) else value + "~"

            def swap():
                at = lambda v, old: [v if name in (what, "rowid") else k for name, k in zip(key, old)]
                put(far, row)
                put(value, second)
                put(second_value, at(far, row))
                return "done"
        else:

            def swap():
                put(second_value, row)
                put(value, second)
                return "done"
        return without_triggers(swap)
    if how == "set":
        new = other(value)
    else:
        new = {int: 0, str: "", bytes: b""}.get(type(value))
        nullable = not next(c[3] for c in db.execute(f"PRAGMA table_info({table})") if c[1] == what)
        new = None if nullable else new
    if new == value:
        return "nothing"

    def change():
        put(new, row)
        return "done"

    return without_triggers(change)


def duplicate(table, names, values):
    """The same row under a key that no row has."""
    keys = [row[1] for row in db.execute(f"PRAGMA table_info({table})") if row[5]]
    last = keys[-1]
    top, = db.execute(f"SELECT max({last}) FROM {table}").fetchone()
    values = {**values, last: top + 1 if isinstance(top, int) else top + "x"}
    for _, index, _, origin, _ in db.execute(f"PRAGMA index_list({table})").fetchall():
        if origin == "u":
            column = [row[2] for row in db.execute(f"PRAGMA index_info({index})")][-1]
            values[column] = other(values[column])
    marks = ", ".join("?" for _ in names)
    db.execute(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", [values[name] for name in names])
    return "done"


if len(sys.argv) == 2:
    print(json.dumps(list(edits())))
else:
    table, what, how = json.loads(sys.argv[2])
    print(edit(table, what, how, int(sys.argv[3])))
    db.close()
