//! Names that the API server takes, and its words for those it does not.

use podscope_schema::names::*;

type Check = fn(&str) -> Vec<String>;

#[test]
fn good_names_pass_and_bad_ones_do_not() {
    let cases: [(Check, &[&str], &[&str]); 8] = [
        (dns1123_label, &["a", "1", "a-b", "0a"], &["", "A", "-a", "a-", "a.b", "a_b", "é"]),
        (dns1123_subdomain, &["a", "a.b", "1.2"], &["", "a..b", ".a", "a.", "my_web", "a.-b"]),
        (dns1035_label, &["a", "a1"], &["1a", "", "a.b"]),
        (label_value, &["", "a", "A_b.c", "1"], &["a b", "-a", "a-", "_"]),
        (qualified_name, &["a", "a.b/c", "A_b"], &["", "-app", "/a", "a/", "a/b/c", "A/b", "a b"]),
        (port_name, &["http", "a-1"], &["", "1", "-a", "a--b", "Http", "abcdefghijklmnop"]),
        (env_var_name, &["A", "a b", "1-x"], &["", "a=b", "é"]),
        (config_map_key, &["a.b", "A_b"], &["", ".", "..", "..a", "a/b"]),
    ];
    for (check, good, bad) in cases {
        for text in good {
            assert_eq!(check(text), Vec::<String>::new(), "{text:?}");
        }
        for text in bad {
            assert!(!check(text).is_empty(), "{text:?}");
        }
    }
    assert!(percent("25%").is_empty() && !percent("abc").is_empty() && !percent("%").is_empty());
    assert!(object_name("web-", true).is_empty() && !object_name("web-", false).is_empty());
    assert_eq!(dns1123_label(&"a".repeat(64)), ["must be no more than 63 characters"]);
}

/// The messages as the API server of 1.36 gave them (`errors.json`).
#[test]
fn the_words_are_the_api_servers() {
    let recorded = include_str!("data/name-messages.txt");
    for message in [
        &dns1123_subdomain("my_web")[0],
        &dns1123_label("DB_svc")[0],
        &label_value("a b")[0],
        &qualified_name("-app")[0],
        &percent("abc")[0],
    ] {
        assert!(recorded.lines().any(|line| line == message), "{message}");
    }
}
