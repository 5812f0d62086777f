//! Amounts as the API server reads and prints them.

use podscope_schema::quantity::{Quantity, QuantityError};
use proptest::prelude::*;

#[test]
fn amounts_are_printed_in_canonical_form() {
    for (text, expected) in [
        ("0", "0"),
        ("0m", "0"),
        ("1", "1"),
        ("1000m", "1"),
        ("0.5", "500m"),
        ("1.5", "1500m"),
        ("100m", "100m"),
        ("2500m", "2500m"),
        ("0.1", "100m"),
        ("1000", "1k"),
        ("1500", "1500"),
        ("1k", "1k"),
        ("1Gi", "1Gi"),
        ("1024Mi", "1Gi"),
        ("1.5Gi", "1536Mi"),
        ("500Mi", "500Mi"),
        ("1Ki", "1Ki"),
        ("0.5Ki", "512"),
        ("1e3", "1e3"),
        ("1E3", "1e3"),
        ("12e6", "12e6"),
        ("1M", "1M"),
        ("1G", "1G"),
        ("+1", "1"),
        ("-1", "-1"),
        (".5", "500m"),
        ("5.", "5"),
        ("0.0000000001", "1n"),
        ("100u", "100u"),
        ("0.3Gi", "322122547200m"),
        ("123456789", "123456789"),
        ("1E", "1E"),
        ("10Ei", "9223372036854775807"),
        ("1e", "?"),
    ] {
        let got = Quantity::parse(text).map_or("?".into(), |q| q.to_string());
        assert_eq!(got, expected, "{text}");
    }
}

#[test]
fn what_is_no_amount_is_refused_in_the_api_servers_words() {
    for (text, error) in [
        ("", QuantityError::Format),
        ("lots", QuantityError::Format),
        ("1 GB", QuantityError::Format),
        ("true", QuantityError::Format),
        ("1GB", QuantityError::Format),
        ("1Gib", QuantityError::Format),
        ("1gi", QuantityError::Format),
        ("1K", QuantityError::Suffix),
        ("1mm", QuantityError::Suffix),
        ("1i", QuantityError::Suffix),
        ("1.5.5", QuantityError::Format),
    ] {
        assert_eq!(Quantity::parse(text), Err(error), "{text}");
    }
}

/// As `kubectl set resources --local` printed them.
#[test]
fn amounts_are_stored_as_the_api_stores_them() {
    for (text, expected) in [
        ("0", "0"),
        ("0m", "0"),
        ("1", "1"),
        ("1000m", "1"),
        ("0.5", "500m"),
        ("1.5", "1500m"),
        ("0.1", "100m"),
        ("1000", "1k"),
        ("1500", "1500"),
        ("1024Mi", "1Gi"),
        ("1.5Gi", "1536Mi"),
        ("0.5Ki", "512"),
        ("1e3", "1e3"),
        ("12e6", "12e6"),
        ("+1", "+1"),
        (".5", "500m"),
        ("5.", "5."),
        ("0.0000000001", "1n"),
        ("0.3Gi", "322122547200m"),
        ("10Ei", "9223372036854775807"),
        ("100u", "100u"),
        (".1Mi", "104857600m"),
        ("1e-3", "1e-3"),
        ("1E3", "1E3"),
        ("12E", "12E"),
        ("1Ki", "1Ki"),
        ("1023Ki", "1023Ki"),
        ("0.1Ki", "102400m"),
        ("1000k", "1M"),
        ("999999", "999999"),
        ("1000000000000000000000", "1"),
        ("0.1234567891", "123456790n"),
        ("1e20", "100e18"),
        ("2048", "2048"),
        ("1e+2", "100"),
        ("123e-1", "12300e-3"),
        ("-5Mi", "-5Mi"),
        ("m", "0"),
    ] {
        assert_eq!(Quantity::stored(text).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn values_are_rounded_away_from_zero() {
    let value = |t: &str| Quantity::parse(t).expect("amount");
    assert_eq!((value("1.1").value(), value("100m").milli_value(), value("1Gi").value()), (2, 100, 1 << 30));
    assert_eq!(value("250m").plus(value("1")).to_string(), "1250m");
    assert_eq!(value("2Gi").minus(value("1Gi")).to_string(), "1Gi");
    assert!(value("1Gi") > value("1G"));
    assert_eq!(
        (Quantity::from_milli(2000).to_string(), Quantity::from_bytes(1 << 20).to_string()),
        ("2".into(), "1Mi".into())
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_canonical_form_means_the_same(text in "[+-]?[0-9]{0,12}\\.?[0-9]{0,6}(n|u|m|k|M|G|T|Ki|Mi|Gi|e[0-9]|E-[0-9])?") {
        if let Ok(quantity) = Quantity::parse(&text) {
            prop_assert_eq!(Quantity::parse(&quantity.to_string()), Ok(quantity));
            prop_assert_eq!(Quantity::parse(&Quantity::stored(&text).expect("amount")), Ok(quantity));
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "[-+0-9.eEinumkKMGTP ]{0,60}") {
        let _ = Quantity::parse(&text).map(|q| (q.to_string(), q.value(), q.milli_value()));
    }
}
