//! A command line, split into words as a shell splits it.

/// Splits a line into words, honouring quotes and backslashes.
pub fn split(line: &str) -> Result<Vec<String>, &'static str> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (Some('\''), c) => word.get_or_insert_default().push(c),
            (_, '\\') => word.get_or_insert_default().extend(chars.next()),
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    if quote.is_some() { Err("unterminated quote") } else { Ok(words) }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn quotes_and_backslashes_hold_words_together() {
        for (line, words) in [
            ("get pods", vec!["get", "pods"]),
            ("set image d/web '*=app:v2'", vec!["set", "image", "d/web", "*=app:v2"]),
            ("patch x -p '{\"a\": 1}'", vec!["patch", "x", "-p", "{\"a\": 1}"]),
            ("a \"b \\\" c\" ''", vec!["a", "b \" c", ""]),
        ] {
            assert_eq!(split(line).unwrap(), words, "{line}");
        }
        assert!(split("get 'pods").is_err());
    }
}
