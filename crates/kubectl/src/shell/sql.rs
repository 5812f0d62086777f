//! The clients `mysql` and `psql`: statements go to a simulated database, answers are printed as these print them.

use super::Shell;
use podscope_engine::app::sql::{Refusal, Reply};

/// One of the two.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Client {
    /// `mysql` and `mariadb`.
    Mysql,
    /// `psql`.
    Psql,
}

/// Flags of the two that take a value; all others do not, or have it attached.
const WITH_VALUE: &[&str] =
    &["-u", "--user", "-P", "--port", "-p", "-D", "--database", "-U", "--username", "-d", "--dbname"];

impl Shell<'_, '_> {
    /// Runs the statements of `-e` or `-c`, or those that are piped in; gives the exit code.
    pub(super) fn sql(&mut self, client: Client, args: &[&str], input: &str) -> i32 {
        let Some(pod) = self.pod.key else { return 1 };
        let (mut host, mut text, mut bare) = ("", None, false);
        let mut rest = args.iter();
        while let Some(arg) = rest.next() {
            let (flag, value) = arg.split_once('=').map_or((*arg, None), |(f, v)| (f, Some(v)));
            match flag {
                "-h" | "--host" => host = value.or_else(|| rest.next().copied()).unwrap_or_default(),
                "-e" | "--execute" | "-c" | "--command" => text = value.or_else(|| rest.next().copied()),
                "-N" | "-sN" | "-Ns" | "-t" | "-tA" | "-At" | "-Atc" | "-tAc" | "-tc" => {
                    bare = true;
                    if flag.ends_with('c') {
                        text = rest.next().copied();
                    }
                }
                // mysql's password comes with its flag, as do most.
                "-p" if client == Client::Mysql => {}
                _ if WITH_VALUE.contains(&flag) && value.is_none() => _ = rest.next(),
                _ if flag.starts_with("-h") && flag.len() > 2 && !flag.starts_with("--") => host = &flag[2..],
                _ => {}
            }
        }
        let piped = if input.is_empty() { self.s.stdin.to_string() } else { input.to_owned() };
        let text = text.unwrap_or(&piped);
        if text.trim().is_empty() {
            return self.unknown("an interactive client: use -e 'STATEMENT' (mysql) or -c 'STATEMENT' (psql), which");
        }
        let statements: Vec<String> = super::unquoted(text, &[";"]).into_iter().map(|(_, s)| s).collect();
        for (line, statement) in (1..).zip(statements.iter().filter(|s| !s.trim().is_empty())) {
            let upright = statement.trim_end().ends_with("\\G");
            let statement = statement.trim().trim_end_matches("\\G");
            match self.s.cluster.cx.query(pod, host, statement) {
                Ok(reply) => self.reply(client, &reply, bare, upright),
                Err(why) => {
                    let text = refusal(client, why, host, line, statement);
                    self.complain(&text);
                    return if client == Client::Psql && matches!(why, Refusal::Unknown | Refusal::Refused) {
                        2
                    } else {
                        1
                    };
                }
            }
        }
        0
    }

    fn reply(&mut self, client: Client, reply: &Reply, bare: bool, upright: bool) {
        match (client, reply) {
            (Client::Mysql, Reply::Done(..)) => {}
            (Client::Psql, Reply::Done(word, count)) => {
                let count = if word == "INSERT" { format!(" 0 {count}") } else { String::new() };
                self.print(&format!("{word}{count}"));
            }
            (Client::Mysql, Reply::Rows(columns, rows)) if upright => {
                let width = columns.iter().map(String::len).max().unwrap_or(0);
                for (n, row) in (1..).zip(rows) {
                    let stars = "*".repeat(27);
                    self.print(&format!("{stars} {n}. row {stars}"));
                    for (column, value) in columns.iter().zip(row) {
                        self.print(&format!("{column:>width$}: {value}"));
                    }
                }
            }
            (Client::Mysql, Reply::Rows(columns, rows)) => {
                // What is no terminal gets tabs, and nothing when there is no row.
                if !bare && !rows.is_empty() {
                    self.print(&columns.join("\t"));
                }
                for row in rows {
                    self.print(&row.join("\t"));
                }
            }
            (Client::Psql, Reply::Rows(_, rows)) if bare => {
                for row in rows {
                    self.print(&row.join("|"));
                }
            }
            (Client::Psql, Reply::Rows(columns, rows)) => self.aligned(columns, rows),
        }
    }

    /// As psql aligns: headings in the middle, numbers to the right.
    fn aligned(&mut self, columns: &[String], rows: &[Vec<String>]) {
        // What has no name of its own is told so.
        let plain = |c: &String| c.bytes().all(|b| b.is_ascii_digit());
        let name = |c: &String| {
            if plain(c) {
                "?column?".to_owned()
            } else {
                c.trim_end_matches("(*)").trim_end_matches("()").to_ascii_lowercase()
            }
        };
        let columns: Vec<String> = columns.iter().map(name).collect();
        let width = |i: usize| rows.iter().map(|r| r[i].len()).max().unwrap_or(0).max(columns[i].len());
        let numbers = |i: usize| rows.iter().all(|r| r[i].bytes().all(|b| b.is_ascii_digit()));
        let heads = columns.iter().enumerate().map(|(i, c)| format!(" {c:^0$} ", width(i)));
        let line: Vec<String> = (0..columns.len()).map(|i| "-".repeat(width(i) + 2)).collect();
        let head = heads.collect::<Vec<_>>().join("|");
        self.print(&head);
        self.print(&line.join("+"));
        for row in rows {
            let last = row.len() - 1;
            let cell = |(i, v): (usize, &String)| match numbers(i) {
                true => format!(" {v:>0$}{1}", width(i), if i == last { "" } else { " " }),
                false if i == last => format!(" {v}"),
                false => format!(" {v:<0$} ", width(i)),
            };
            let text = row.iter().enumerate().map(cell).collect::<Vec<_>>().join("|");
            self.print(&text);
        }
        let many = if rows.len() == 1 { "" } else { "s" };
        self.print(&format!("({} row{many})\n", rows.len()));
    }
}

/// The clients' own words for why there is no answer.
fn refusal(client: Client, why: Refusal, host: &str, line: usize, statement: &str) -> String {
    let first = statement.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
    let words: Vec<&str> = statement.split_whitespace().collect();
    let after = |word: &str| words.iter().position(|w| w.eq_ignore_ascii_case(word)).and_then(|at| words.get(at + 1));
    let table = after("from").or_else(|| after("into")).map_or("", |w| w.split('(').next().unwrap_or(w));
    if client == Client::Mysql {
        let at = format!("at line {line}: ");
        return match why {
            Refusal::Unknown => format!("ERROR 2005 (HY000): Unknown MySQL server host '{host}' (-2)"),
            Refusal::Refused if host.is_empty() => {
                "ERROR 2002 (HY000): Can't connect to local MySQL server through socket \
                                                    '/var/run/mysqld/mysqld.sock' (2)"
                    .to_owned()
            }
            Refusal::Refused => format!("ERROR 2003 (HY000): Can't connect to MySQL server on '{host}:3306' (111)"),
            Refusal::Silence => format!("ERROR 2003 (HY000): Can't connect to MySQL server on '{host}:3306' (110)"),
            Refusal::ReadOnly => format!(
                "ERROR 1290 (HY000) {at}The MySQL server is running with the --super-read-only option so it cannot execute this statement"
            ),
            Refusal::Full => format!("ERROR 1114 (HY000) {at}The table '{table}' is full (No space left on device)"),
            Refusal::Unconfirmed => format!("ERROR 2013 (HY000) {at}Lost connection to MySQL server during query"),
            Refusal::NoTable => format!("ERROR 1146 (42S02) {at}Table '{table}' doesn't exist"),
            Refusal::NotSimulated => {
                format!("ERROR 1064 (42000) {at}podscope does not simulate this statement: {statement}")
            }
        };
    }
    let server = if host.is_empty() {
        "on socket \"/var/run/postgresql/.s.PGSQL.5432\"".to_owned()
    } else {
        format!("at \"{host}\", port 5432")
    };
    match why {
        Refusal::Unknown => {
            format!("psql: error: could not translate host name \"{host}\" to address: Name or service not known")
        }
        Refusal::Refused => format!("psql: error: connection to server {server} failed: Connection refused"),
        Refusal::Silence => format!("psql: error: connection to server {server} failed: Connection timed out"),
        Refusal::ReadOnly => format!("ERROR:  cannot execute {first} in a read-only transaction"),
        Refusal::Full => {
            "ERROR:  could not extend file: No space left on device\nHINT:  Check free disk space.".to_owned()
        }
        Refusal::Unconfirmed => "server closed the connection unexpectedly".to_owned(),
        Refusal::NoTable => format!("ERROR:  relation \"{table}\" does not exist"),
        Refusal::NotSimulated => format!("ERROR:  podscope does not simulate this statement: {statement}"),
    }
}
