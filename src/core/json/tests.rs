use proptest::prelude::*;

use super::*;

/// Whether a value is what serde_json reads; of an array only that it is one.
fn is_same(ours: Value<'_>, theirs: &serde_json::Value) -> bool {
    use serde_json::Value as Theirs;
    match theirs {
        Theirs::Null => ours.is_null(),
        Theirs::Bool(value) => ours == Value(if *value { "true" } else { "false" }),
        Theirs::Number(number) => ours.as_number() == number.as_f64(),
        Theirs::String(text) => ours.as_text().is_some_and(|ours| ours.expose() == text),
        Theirs::Array(_) => ours.0.starts_with('['),
        Theirs::Object(members) => {
            ours.is_object()
                && members.iter().all(|(name, theirs)| ours.get(name).is_some_and(|ours| is_same(ours, theirs)))
        }
    }
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        (-(1_i64 << 53)..(1 << 53)).prop_map(Into::into),
        ".*".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::btree_map(".*", inner, 0..6).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

/// What is read in the npm package as here; `tests/browser/readers.test.mjs` goes through the same.
pub(crate) fn cases(of: &str) -> Vec<serde_json::Value> {
    let cases: serde_json::Value = serde_json::from_str(include_str!("cases.json")).unwrap();
    cases[of].as_array().unwrap().clone()
}

#[test]
fn objects_are_read_as_in_the_npm_package() {
    for case in cases("objects") {
        let object = Object::parse(case["json"].as_str().unwrap());
        let Some(path) = case["path"].as_str() else {
            assert!(object.is_none(), "{case}");
            continue;
        };
        let object = object.unwrap();
        assert_eq!(object.text(path), case["text"].as_str().map(Into::into), "{case}");
        assert_eq!(object.plain(path), case["plain"].as_str().map(Into::into), "{case}");
        assert_eq!(object.number(path), case["number"].as_f64(), "{case}");
    }
}

proptest! {
    #[test]
    fn reads_what_serde_json_writes(value in any_json(), pretty: bool) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        prop_assert!(Value::parse(&text.unwrap()).is_some_and(|ours| is_same(ours, &value)));
    }

    #[test]
    fn refuses_what_serde_json_refuses(text in r#"[\{\}\[\],:"\\u0-9eE+\-. truefalsn]{0,24}"#) {
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        match Value::parse(&text) {
            // serde_json refuses numbers beyond a double; JavaScript and this reader call them infinite.
            Some(_) => prop_assert!(theirs.is_ok() || text.contains(['e', 'E'])),
            None => prop_assert!(theirs.is_err(), "{}", text),
        }
    }

    #[test]
    fn what_is_written_is_read_back(name in ".*", text in ".*", number in -(1_i64 << 53)..(1 << 53)) {
        let written = Writer::object().text("t", &text).integer("n", number).text(&name, "x").end();
        let value = Value::parse(&written).unwrap();
        prop_assert!(value.text(&name) == Some("x".into()));
        if name != "t" && name != "n" {
            prop_assert!(value.text("t") == Some(text.as_str().into()));
            prop_assert_eq!(Object::parse(&written).unwrap().integer("n"), Some(number));
        }
    }
}

#[test]
fn numbers_are_read_as_javascript_reads_them() {
    let cases = [
        ("0", 0.0),
        ("-0", 0.0),
        ("12.5", 12.5),
        ("1700000000.123", 1_700_000_000.123),
        ("1e3", 1000.0),
        ("2.5E-1", 0.25),
        ("1e300", 1e300),
        ("1e999", f64::INFINITY),
        ("1e-999", 0.0),
        ("0e99999999999", 0.0),
    ];
    for (text, number) in cases {
        let read = Value::parse(text).unwrap().as_number().unwrap();
        // Beyond 2^53 and 10^22 the last digits may differ; nothing here counts them.
        assert!(read == number || (read - number).abs() <= number.abs() * 1e-14, "{text}: {read}");
    }
    for text in ["", "-", "01", "1.", ".5", "1e", "+1", "0x10", "NaN", "Infinity", "1 2"] {
        assert_eq!(Value::parse(text), None, "{text}");
    }
}

#[test]
fn deep_nesting_is_refused_and_does_not_overflow_the_stack() {
    assert!(Value::parse(&"[".repeat(1_000_000)).is_none());
    assert!(Value::parse(&format!("{}1{}", "[".repeat(20), "]".repeat(20))).is_some());
}

#[test]
fn of_two_members_with_one_name_the_last_counts() {
    assert_eq!(Object::parse(r#"{"a":1,"a":2}"#).unwrap().integer("a"), Some(2));
}
