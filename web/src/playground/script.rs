//! [`commands`]: the command lines in a pasted text.

/// One command line, and what it reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// The command line.
    pub text: String,
    /// The document that follows it (`<<EOF`), if any.
    pub stdin: Option<String>,
}

/// Cuts a text into command lines as a shell would: a line that ends in a backslash goes on, comments and prompts are
/// dropped, and a here-document belongs to its command.
pub fn commands(text: &str) -> Vec<Line> {
    let mut found: Vec<Line> = Vec::new();
    let mut lines = text.lines();
    while let Some(first) = lines.next() {
        let mut line = first.trim().trim_start_matches("$ ").to_owned();
        while let Some(head) = line.strip_suffix('\\') {
            line = format!("{} {}", head.trim_end(), lines.next().unwrap_or_default().trim());
        }
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((head, tail)) = line.split_once("<<") else {
            found.push(Line { text: line, stdin: None });
            continue;
        };
        let end_of_word = tail.find(|c: char| c.is_whitespace() || c == '|').unwrap_or(tail.len());
        let word = tail[..end_of_word].trim_matches(['-', '\'', '"']);
        let document: Vec<&str> = lines.by_ref().take_while(|l| l.trim() != word).collect();
        // `cat <<EOF | kubectl apply -f -`
        let text = tail.split_once('|').map_or(head, |(_, command)| command).trim();
        found.push(Line { text: text.to_owned(), stdin: Some(document.join("\n") + "\n") });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::commands;

    fn cut(text: &str) -> Vec<(String, Option<String>)> {
        commands(text).into_iter().map(|line| (line.text, line.stdin)).collect()
    }

    #[test]
    fn a_paste_is_cut_as_a_shell_would() {
        let one = |text: &str| (text.to_owned(), None);
        let table = [
            ("get pods", vec![one("get pods")]),
            ("$ kubectl get pods\n\n# then\nkubectl get sts", vec![one("kubectl get pods"), one("kubectl get sts")]),
            ("kubectl scale sts db \\\n  --replicas=5", vec![one("kubectl scale sts db --replicas=5")]),
            (
                "kubectl apply -f - <<'EOF'\nkind: A\nEOF\nget a",
                vec![("kubectl apply -f -".to_owned(), Some("kind: A\n".to_owned())), one("get a")],
            ),
            (
                "cat <<EOF | kubectl apply -f -\nkind: A\nEOF",
                vec![("kubectl apply -f -".into(), Some("kind: A\n".into()))],
            ),
            ("apply -f - <<EOF\nno end", vec![("apply -f -".into(), Some("no end\n".into()))]),
            ("", vec![]),
        ];
        for (text, expected) in table {
            assert_eq!(cut(text), expected, "{text}");
        }
    }
}
