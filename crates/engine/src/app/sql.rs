//! The few statements that a simulated database understands.
//!
//! A row is a write of the log. Those that clients with a rate write are rows of the table `t`, whose one column is their number.

use super::history::{Op, Outcome};
use super::member::Member;
use super::{client, connected, replicate};
use crate::api::{Context, input::asked};
use crate::network::dns::{Answer, Data, resolve, slices};
use crate::object::{Key, Kind, Pod, Str, Uid};
use crate::view::{Mode, Role};

/// What clients with a rate write to.
const TABLE: &str = "t";

/// The answer to a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Columns, and rows of as many values.
    Rows(Vec<String>, Vec<Vec<String>>),
    /// Done: the words of the statement, such as `INSERT` or `CREATE TABLE`, and how many rows.
    Done(String, usize),
}

/// Why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No such name.
    Unknown,
    /// Nobody listens there.
    Refused,
    /// Nothing comes back.
    Silence,
    /// A replica takes no writes.
    ReadOnly,
    /// The volume is full.
    Full,
    /// It was written, and no replica confirmed it.
    Unconfirmed,
    /// There is no such table.
    NoTable,
    /// It is not simulated.
    NotSimulated,
}

impl Context {
    /// Has the pod at `from` send a statement to the database at `host`; its own when that is empty.
    ///
    /// # Errors
    /// Why there is no answer.
    pub fn query(&mut self, from: Key, host: &str, statement: &str) -> Result<Reply, Refusal> {
        let what = |cx: &Self| {
            asked("query", [("of", cx.target(from)), ("host", host.into()), ("statement", statement.into())])
        };
        self.ask(what, |cx| {
            cx.memory.app.version += 1;
            let (uid, member) = find(cx, from, host)?;
            answer(cx, uid, &member, statement)
        })
    }
}

/// The member that a pod reaches under a name.
fn find(cx: &mut Context, from: Key, host: &str) -> Result<(Uid, Member), Refusal> {
    let pod = cx.get::<Pod>(from).ok_or(Refusal::Refused)?;
    let target = if matches!(host, "" | "localhost" | "127.0.0.1") {
        from
    } else {
        let namespace = &pod.meta.namespace;
        let found = resolve(cx, namespace, host);
        let mut pods: Vec<Str> = match &found {
            Some(Answer { data: Data::Pods(list), .. }) => list.iter().map(|e| e.pod.clone()).collect(),
            Some(Answer { data: Data::Service(key, _), .. }) => {
                let home = cx.store.name(*key).namespace.clone();
                slices(cx, *key, &home).flat_map(|s| &s.endpoints).filter(|e| e.ready).map(|e| e.pod.clone()).collect()
            }
            _ => return Err(Refusal::Unknown),
        };
        if pods.is_empty() {
            return Err(Refusal::Refused);
        }
        let at = cx.memory.app.rng.below(pods.len() as u64) as usize;
        // The whole name says in which namespace they are.
        let whole = found.map(|a| a.name).unwrap_or_default();
        let place = whole.strip_suffix(".svc.cluster.local").and_then(|n| n.rsplit('.').next()).unwrap_or(namespace);
        cx.store.find(Kind::Pod, place, &pods.swap_remove(at)).ok_or(Refusal::Refused)?
    };
    let uid = cx.store.get::<Pod>(target).map(|p| p.meta.uid).ok_or(Refusal::Refused)?;
    let member = cx.memory.app.members.get(&uid).cloned().ok_or(Refusal::Refused)?;
    if !pod.node.as_ref().is_some_and(|node| connected(cx, node, &member.node)) {
        return Err(Refusal::Silence);
    }
    if member.up() { Ok((uid, member)) } else { Err(Refusal::Refused) }
}

fn answer(cx: &mut Context, uid: Uid, member: &Member, statement: &str) -> Result<Reply, Refusal> {
    let upper = statement.to_ascii_uppercase();
    let words: Vec<&str> = upper.split_whitespace().collect();
    match words[..] {
        ["INSERT", "INTO", ..] => insert(cx, uid, member, statement),
        ["SHOW", "REPLICA" | "SLAVE", ..] => Ok(status(cx, member)),
        ["CREATE" | "DROP", what, ..] => {
            if member.role != Role::Primary {
                return Err(Refusal::ReadOnly);
            }
            if words[0] == "CREATE" && what == "TABLE" {
                table(cx, member, statement);
            }
            Ok(Reply::Done([words[0], " ", what].concat(), 0))
        }
        ["USE" | "SET" | "BEGIN" | "COMMIT", ..] => Ok(Reply::Done(words[0].to_owned(), 0)),
        ["SELECT", ..] => select(cx, member, statement, &words),
        _ => Err(Refusal::NotSimulated),
    }
}

/// The last part of a table's name, without quotes.
fn bare(name: &str) -> &str {
    let name = name.split('(').next().unwrap_or(name);
    name.rsplit('.').next().unwrap_or(name).trim_matches(['`', '"', ';', ' '])
}

/// What stands between the first brackets, split at commas outside of quotes and brackets; and what is after them.
fn list(text: &str) -> Option<(Vec<&str>, &str)> {
    let open = text.find('(')?;
    let (mut parts, mut start, mut depth, mut quote) = (Vec::new(), open + 1, 0, None);
    for (at, c) in text.char_indices().skip_while(|(at, _)| *at < open) {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ',') if depth == 1 => {
                parts.push(text[start..at].trim());
                start = at + 1;
            }
            (None, ')') => {
                depth -= 1;
                if depth == 0 {
                    parts.push(text[start..at].trim());
                    return Some((parts, &text[at + 1..]));
                }
            }
            _ => {}
        }
    }
    None
}

/// Notes a table's columns.
fn table(cx: &mut Context, member: &Member, statement: &str) {
    let head = statement.split('(').next().unwrap_or_default();
    let name: Str = bare(head.split_whitespace().next_back().unwrap_or_default()).into();
    let columns = list(statement).map(|(parts, _)| parts).unwrap_or_default();
    let first = |part: &&str| part.split_whitespace().next().map(|w| w.trim_matches(['`', '"']).into());
    let columns: Vec<Str> = columns.iter().filter_map(first).collect();
    if let Some(database) = cx.memory.app.databases.get_mut(&member.database) {
        database.history.columns.insert(name, columns);
    }
}

fn insert(cx: &mut Context, uid: Uid, member: &Member, statement: &str) -> Result<Reply, Refusal> {
    let rest = statement.trim_start().get("INSERT INTO".len()..).unwrap_or_default().trim_start();
    let end = rest.find(|c: char| c == '(' || c.is_whitespace()).unwrap_or(rest.len());
    let name: Str = bare(&rest[..end]).into();
    let values = rest.to_ascii_uppercase().find("VALUES").ok_or(Refusal::NotSimulated)?;
    let (head, mut tail) = rest.split_at(values);
    let columns = list(head).map(|(parts, _)| parts.iter().map(|p| Str::from(bare(p))).collect::<Vec<_>>());
    let mut rows = Vec::new();
    while let Some((parts, after)) = list(tail) {
        rows.push(parts.iter().map(|p| Str::from(p.trim_matches(['\'', '"']))).collect::<Vec<Str>>());
        tail = after;
    }
    if rows.is_empty() {
        return Err(Refusal::NotSimulated);
    }
    let count = rows.len();
    for row in rows {
        let now = cx.now();
        let database = cx.memory.app.databases.get_mut(&member.database).ok_or(Refusal::Refused)?;
        if let Some(columns) = columns.clone() {
            database.history.columns.insert(name.clone(), columns);
        }
        let op = database.history.begin(Op::new(now, (0, 0), true, member.pod));
        let mode = database.mode;
        let done = client::write_at(cx, uid, op);
        let (outcome, result) = match done {
            Ok(at) => {
                replicate::spread(cx, member.database);
                if mode == Mode::Async || client::confirmed(cx, member.database, at) {
                    (Outcome::Done, Ok(()))
                } else {
                    (Outcome::TimedOut, Err(Refusal::Unconfirmed))
                }
            }
            Err(Outcome::ReadOnly) => (Outcome::ReadOnly, Err(Refusal::ReadOnly)),
            Err(Outcome::NoSpace) => (Outcome::NoSpace, Err(Refusal::Full)),
            Err(other) => (other, Err(Refusal::Refused)),
        };
        if let Some(database) = cx.memory.app.databases.get_mut(&member.database) {
            if done.is_ok()
                && let Some(value) = database.history.get(op).map(|op| op.value)
            {
                database.history.rows.insert(value, (name.clone(), row.into()));
            }
            database.history.finish(op, now, outcome, None);
        }
        result?;
    }
    Ok(Reply::Done("INSERT".to_owned(), count))
}

fn select(cx: &mut Context, member: &Member, statement: &str, words: &[&str]) -> Result<Reply, Refusal> {
    let Some(from) = words.iter().position(|w| *w == "FROM") else {
        let list = statement.trim().get("SELECT".len()..).unwrap_or_default().trim().trim_end_matches(';');
        let columns: Vec<String> = list.split(',').map(|c| c.trim().to_owned()).collect();
        let row =
            columns.iter().map(|c| variable(cx, member, c).ok_or(Refusal::NotSimulated)).collect::<Result<_, _>>()?;
        return Ok(Reply::Rows(columns, vec![row]));
    };
    let name = bare(statement.split_whitespace().nth(from + 1).unwrap_or_default());
    let now = cx.now();
    let value = client::read_at(cx, member);
    let log = cx.disks.store(&member.disk).map(|s| s.log.clone()).unwrap_or_default();
    let history = &mut cx.memory.app.databases.get_mut(&member.database).ok_or(Refusal::Refused)?.history;
    let op = history.begin(Op::new(now, (0, 0), false, member.pod));
    history.finish(op, now, Outcome::Done, Some(value));
    let columns = history.columns.get(name).cloned();
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (_, number) in log.iter_from(0).filter(|(at, _)| *at < member.applied) {
        match history.rows.get(number) {
            Some((table, row)) if **table == *name => rows.push(row.iter().map(ToString::to_string).collect()),
            None if name == TABLE => rows.push(vec![number.to_string()]),
            _ => {}
        }
    }
    if rows.is_empty() && columns.is_none() && name != TABLE {
        return Err(Refusal::NoTable);
    }
    if words[1].starts_with("COUNT(") {
        return Ok(Reply::Rows(vec!["COUNT(*)".to_owned()], vec![vec![rows.len().to_string()]]));
    }
    if words[1].starts_with("MAX(") {
        let last = rows.last().and_then(|r| r.first().cloned()).unwrap_or_else(|| "NULL".to_owned());
        return Ok(Reply::Rows(
            vec![statement.split_whitespace().nth(1).unwrap_or_default().to_owned()],
            vec![vec![last]],
        ));
    }
    if words.contains(&"DESC") {
        rows.reverse();
    }
    if let Some(limit) =
        words.iter().position(|w| *w == "LIMIT").and_then(|at| words.get(at + 1)?.trim_end_matches(';').parse().ok())
    {
        rows.truncate(limit);
    }
    let width = rows.iter().map(Vec::len).max().unwrap_or(1).max(columns.as_ref().map_or(0, Vec::len));
    let named = |i: usize| columns.as_ref().and_then(|c| c.get(i)).map(ToString::to_string);
    let columns =
        (0..width).map(|i| named(i).unwrap_or_else(|| if i == 0 { "id".into() } else { format!("c{}", i + 1) }));
    for row in &mut rows {
        row.resize(width, "NULL".to_owned());
    }
    Ok(Reply::Rows(columns.collect(), rows))
}

/// What a server says of itself.
fn variable(cx: &Context, member: &Member, name: &str) -> Option<String> {
    let follows = member.role == Role::Replica;
    Some(match &*name.to_ascii_lowercase() {
        "@@hostname" => member.name.to_string(),
        // As the example's init container numbers them.
        "@@server_id" => (100 + member.ordinal.unwrap_or(0)).to_string(),
        "@@read_only" | "@@super_read_only" => u8::from(follows).to_string(),
        "pg_is_in_recovery()" => (if follows { "t" } else { "f" }).to_owned(),
        "now()" => crate::convert::timestamp(cx, cx.now()),
        number if number.bytes().all(|b| b.is_ascii_digit()) && !number.is_empty() => number.to_owned(),
        _ => return None,
    })
}

/// What a replica says of what it follows; nothing of a primary.
fn status(cx: &Context, member: &Member) -> Reply {
    let columns =
        ["Source_Host", "Replica_IO_Running", "Replica_SQL_Running", "Seconds_Behind_Source", "Last_SQL_Error"];
    let columns = columns.map(str::to_owned).to_vec();
    let source = replicate::primary(cx, member.database).filter(|_| member.role == Role::Replica);
    let Some((_, source)) = source else { return Reply::Rows(columns, Vec::new()) };
    let streams = source.up() && replicate::linked(cx, source, member);
    let error = member.diverged.map(|at| format!("the log contradicts the source's from position {at}"));
    let seconds = member.behind.map_or(0, |since| cx.now().since(since).as_secs());
    let row = vec![
        source.name.to_string(),
        (if streams { "Yes" } else { "Connecting" }).to_owned(),
        (if error.is_none() { "Yes" } else { "No" }).to_owned(),
        if streams { seconds.to_string() } else { "NULL".to_owned() },
        error.unwrap_or_default(),
    ];
    Reply::Rows(columns, vec![row])
}
