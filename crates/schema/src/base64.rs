//! Standard base64, with Go's idea of where it goes wrong.

/// Decodes, ignoring line ends.
///
/// # Errors
/// The byte at which Go reports illegal data.
pub fn decode(text: &str) -> Result<Vec<u8>, usize> {
    let bytes = text.as_bytes();
    let skip = |at: usize| at + bytes[at..].iter().take_while(|b| matches!(b, b'\n' | b'\r')).count();
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3);
    let mut at = 0;
    loop {
        let (mut word, mut have) = (0_u32, 0);
        while have < 4 {
            at = skip(at);
            let Some(&byte) = bytes.get(at) else {
                return if have == 0 { Ok(out) } else { Err(at - have) };
            };
            at += 1;
            let bits = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                b'=' if have >= 2 => {
                    if have == 2 {
                        at = skip(at);
                        match bytes.get(at) {
                            None => return Err(bytes.len()),
                            Some(b'=') => at += 1,
                            Some(_) => return Err(at - 1),
                        }
                    }
                    at = skip(at);
                    let whole = (word << (6 * (4 - have))).to_be_bytes();
                    out.extend_from_slice(&whole[1..have]);
                    return if at < bytes.len() { Err(at) } else { Ok(out) };
                }
                _ => return Err(at - 1),
            };
            word = word << 6 | u32::from(bits);
            have += 1;
        }
        out.extend_from_slice(&word.to_be_bytes()[1..]);
    }
}

/// Encodes, with padding.
pub fn encode(data: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(data.len().div_ceil(3) * 4);
    for chunk in data.chunks(3) {
        let mut word = [0; 4];
        word[1..=chunk.len()].copy_from_slice(chunk);
        let word = u32::from_be_bytes(word);
        for i in 0..4 {
            let digit = DIGITS[(word >> (18 - 6 * i) & 63) as usize] as char;
            out.push(if i <= chunk.len() { digit } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding_undoes_encoding_and_says_where_it_fails() {
        for data in ["", "f", "fo", "foo", "foob", "fooba", "foobar"] {
            assert_eq!(decode(&encode(data.as_bytes())).as_deref(), Ok(data.as_bytes()));
        }
        // As Go's encoding/base64 reports them.
        for (text, at) in [
            ("!!!!", 0),
            ("AAA", 0),
            ("AAAAA", 4),
            ("AAAA====", 4),
            ("AA=A", 2),
            ("AA=", 3),
            ("AAA=x", 4),
            ("secret!", 6),
        ] {
            assert_eq!(decode(text), Err(at), "{text}");
        }
    }
}
