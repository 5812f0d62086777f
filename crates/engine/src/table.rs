//! Upstream's own test tables, as data under `tests/tables/`: how they are read, and how their rows are counted.
//!
//! A file begins with `# name:`, `# upstream:` (the file and the test that the numbers are of) and `# rows:`; then comes a line
//! of column names, then the rows. `->` parts what is given from what is expected and means nothing. A row that begins with
//! `!` is one that Podscope does not meet: it has to fail, and the comment above it says why.

/// One row, with the names of its columns.
pub struct Row<'a> {
    names: &'a [&'a str],
    cells: Vec<&'a str>,
}

impl<'a> Row<'a> {
    /// A cell as it is written.
    pub fn text(&self, name: &str) -> &'a str {
        let at = self.names.iter().position(|n| *n == name);
        at.and_then(|at| self.cells.get(at)).unwrap_or_else(|| panic!("no cell {name} in {:?}", self.cells))
    }

    /// A number.
    pub fn int(&self, name: &str) -> i64 {
        self.maybe(name).unwrap_or_else(|| panic!("{name} is no number: {:?}", self.cells))
    }

    /// A number, or none where `-` stands.
    pub fn maybe(&self, name: &str) -> Option<i64> {
        match self.text(name) {
            "-" => None,
            text => Some(text.parse().unwrap_or_else(|_| panic!("{name} is no number: {:?}", self.cells))),
        }
    }

    /// `yes` or `no`.
    pub fn yes(&self, name: &str) -> bool {
        match self.text(name) {
            "yes" => true,
            "no" => false,
            other => panic!("{name} is neither yes nor no: {other}"),
        }
    }

    /// Words with commas between; none where `-` stands.
    pub fn list(&self, name: &str) -> Vec<&'a str> {
        self.text(name).split(',').filter(|w| *w != "-").collect()
    }

    /// Numbers with commas between.
    pub fn ints(&self, name: &str) -> Vec<i64> {
        let number = |w: &str| w.parse().unwrap_or_else(|_| panic!("{name}: {w} is no number"));
        self.list(name).into_iter().map(number).collect()
    }
}

/// Checks each row of a table by what `check` finds wrong with it.
pub fn run(text: &str, mut check: impl FnMut(&Row) -> Result<(), String>) {
    let header = |key: &str| {
        let line = text.lines().find_map(|l| l.strip_prefix(&format!("# {key}: ")));
        line.unwrap_or_else(|| panic!("the table has no line `# {key}:`")).trim()
    };
    let name = header("name");
    assert!(header("upstream").contains("Test"), "{name}: which test upstream?");
    let mut lines = text.lines().filter(|l| !l.trim().is_empty() && !l.starts_with('#'));
    let cells =
        |line: &'_ str| -> Vec<String> { line.split_whitespace().filter(|w| *w != "->").map(str::to_owned).collect() };
    let names = cells(lines.next().unwrap_or_default());
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (mut rows, mut passing, mut wrong) = (0, 0, Vec::new());
    for line in lines {
        let known = line.strip_prefix('!');
        let words = cells(known.unwrap_or(line));
        let row = Row { names: &names, cells: words.iter().map(String::as_str).collect() };
        assert_eq!(row.cells.len(), names.len(), "{name}: {line}");
        rows += 1;
        match (check(&row), known) {
            (Ok(()), None) => passing += 1,
            (Ok(()), Some(_)) => wrong.push(format!("{line}: marked as not met, but it is")),
            (Err(message), None) => wrong.push(format!("{line}: {message}")),
            (Err(_), Some(_)) => {}
        }
    }
    println!("table {name}: {passing} of {rows} rows");
    assert_eq!(header("rows").parse(), Ok(rows), "{name}: the header says another number of rows");
    assert!(wrong.is_empty(), "{name}\n{}", wrong.join("\n"));
}

/// Says what differs.
pub fn same<T: PartialEq + std::fmt::Debug>(have: T, want: T) -> Result<(), String> {
    if have == want { Ok(()) } else { Err(format!("have {have:?}, want {want:?}")) }
}
