//! Tables, as kubectl lays them out.

/// Lays out lines of cells in columns, as Go's text/tabwriter does with padding 3 and minimal width 6: the last cell of
/// a line stands in no column.
// upstream: cli-runtime/pkg/printers GetNewTabWriter
pub fn lay_out(lines: &[Vec<String>]) -> String {
    align(lines, 6, 3)
}

/// Lays out lines of cells in columns of at least `min` characters, `padding` of them blank.
///
/// A column ends where a line has no cell in it (counting the last cell of a line as none), as in text/tabwriter.
// upstream: Go's text/tabwriter
pub fn align(lines: &[Vec<String>], min: usize, padding: usize) -> String {
    let mut widths: Vec<Vec<usize>> = lines.iter().map(|l| vec![0; l.len().saturating_sub(1)]).collect();
    let most = widths.iter().map(Vec::len).max().unwrap_or_default();
    for column in 0..most {
        let mut from = 0;
        while from < lines.len() {
            let inside = |line: usize| widths[line].len() > column;
            if !inside(from) {
                from += 1;
                continue;
            }
            let to = (from..lines.len()).find(|l| !inside(*l)).unwrap_or(lines.len());
            let cell = |line: usize| lines[line][column].chars().count();
            let widest = (from..to).map(cell).max().unwrap_or_default();
            let width = (widest + padding).max(min);
            for line in &mut widths[from..to] {
                line[column] = width;
            }
            from = to;
        }
    }
    let mut out = String::new();
    for (line, widths) in lines.iter().zip(&widths) {
        for (i, cell) in line.iter().enumerate() {
            out.push_str(cell);
            if let Some(width) = widths.get(i) {
                out.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.chars().count())));
            }
        }
        out.push('\n');
    }
    out
}

/// One cell: text that runs over lines is cut at the first.
// upstream: cli-runtime/pkg/printers printRows
pub fn cell(text: &str) -> String {
    match text.find(['\n', '\r', '\u{c}']) {
        Some(end) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let lines = [vec!["NAME", "R", "AGE"], vec!["db-0-long", "1", "9s"]];
        let lines = lines.map(|l| l.into_iter().map(str::to_owned).collect());
        assert_eq!(lay_out(&lines), "NAME        R     AGE\ndb-0-long   1     9s\n");
    }

    #[test]
    fn a_line_without_the_column_ends_it() {
        let lines = [vec!["a", "b"], vec!["no column"], vec!["much longer", "c"]];
        let lines = lines.map(|l| l.into_iter().map(str::to_owned).collect());
        assert_eq!(align(&lines, 0, 2), "a  b\nno column\nmuch longer  c\n");
    }
}
