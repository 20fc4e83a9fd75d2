use super::*;
use crate::schema::Type;
use crate::value::{Dynamic, Number, Unknown, Value};

fn number(text: &str) -> Value {
    Value::Number(text.parse().unwrap())
}

fn object_type() -> Type {
    Type::object([("name", Type::String), ("parts", Type::list(Type::object([("size", Type::Number)])))])
}

fn problem(bytes: &[u8], of_type: &Type) -> String {
    decode(bytes, of_type).unwrap_err().to_string()
}

fn text(text: &str) -> Vec<u8> {
    let mut bytes = vec![0xa0 | text.len() as u8];
    bytes.extend(text.as_bytes());
    bytes
}

#[test]
fn numbers_are_written_as_terraform_writes_them() {
    let long = |digits: &str| [&[0xd9, digits.len() as u8], digits.as_bytes()].concat();
    for (number, bytes) in [
        ("5", vec![0x05]),
        ("128", vec![0xcc, 0x80]),
        ("-5", vec![0xfb]),
        ("9223372036854775807", vec![0xcf, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ("-9223372036854775808", vec![0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0]),
        ("9223372036854775808", text("9223372036854775808")),
        ("1e30", text("1000000000000000000000000000000")),
        ("1e31", long("10000000000000000000000000000000")),
        ("0.5", vec![0xcb, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0]),
        ("0.1", text("0.1")),
        ("-3.14", text("-3.14")),
    ] {
        let number: Number = number.parse().unwrap();
        assert_eq!(encode(&Value::Number(number.clone()), &Type::Number).unwrap(), bytes, "{number}");
        assert_eq!(decode(&bytes, &Type::Number).unwrap(), Value::Number(number));
    }
}

#[test]
fn every_encoding_of_a_number_is_read() {
    for bytes in [
        vec![0x01],
        vec![0xcc, 0x01],
        vec![0xcf, 0, 0, 0, 0, 0, 0, 0, 1],
        vec![0xd3, 0, 0, 0, 0, 0, 0, 0, 1],
        vec![0xca, 0x3f, 0x80, 0, 0],
        vec![0xcb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0],
        text("1"),
        text("1.0"),
        text("10e-1"),
    ] {
        assert_eq!(decode(&bytes, &Type::Number).unwrap(), number("1"), "{bytes:x?}");
    }
    assert_eq!(decode(&[0xcf, 255, 255, 255, 255, 255, 255, 255, 255], &Type::Number).unwrap(), u64::MAX.into());
}

#[test]
fn what_is_no_number_is_refused() {
    let nan = [0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0];
    assert_eq!(problem(&nan, &Type::Number), "(root): not a decimal number");
    assert_eq!(problem(&[0xca, 0x7f, 0xc0, 0, 0], &Type::Number), "(root): not a decimal number");
    assert_eq!(problem(&[0xcb, 0xff, 0xf0, 0, 0, 0, 0, 0, 0], &Type::Number), "(root): not a decimal number");
    assert_eq!(problem(&text("12 apples"), &Type::Number), "(root): not a decimal number");
    assert_eq!(problem(&text("1e999999"), &Type::Number), "(root): the number has too many digits");
    assert_eq!(problem(&[0xc3], &Type::Number), "(root): expected a number, found a bool");
}

#[test]
fn an_unknown_value_is_three_bytes() {
    let plain = [0xd4, 0x00, 0x00];
    assert_eq!(encode(&Value::unknown(), &Type::String).unwrap(), plain);
    assert_eq!(decode(&plain, &Type::Bool).unwrap(), Value::unknown());
    // Any other extension but 12 is a plain unknown, too.
    assert_eq!(decode(&[0xd5, 0x07, 1, 2], &Type::Bool).unwrap(), Value::unknown());
}

#[test]
fn a_refinement_goes_back_byte_for_byte() {
    // Not null, and begins with "ab".
    let refined = [0xc7, 0x07, 0x0c, 0x82, 0x01, 0xc2, 0x02, 0xa2, b'a', b'b'];
    let value = decode(&refined, &Type::String).unwrap();
    assert_eq!(value, Value::Unknown(Unknown::refined([0x82, 0x01, 0xc2, 0x02, 0xa2, b'a', b'b'])));
    assert_eq!(encode(&value, &Type::String).unwrap(), refined);
}

#[test]
fn no_bytes_are_null_and_so_is_nil() {
    assert_eq!(decode(&[], &object_type()).unwrap(), Value::Null);
    assert_eq!(decode(&[0xc0], &object_type()).unwrap(), Value::Null);
    assert_eq!(encode(&Value::Null, &object_type()).unwrap(), [0xc0]);
}

#[test]
fn text_is_read_from_strings_and_bytes_if_it_is_utf8() {
    assert_eq!(decode(&[0xc4, 0x02, b'a', b'b'], &Type::String).unwrap(), "ab".into());
    assert_eq!(problem(&[0xa1, 0xff], &Type::String), "(root): the text is not UTF-8");
    assert_eq!(problem(&[0xc4, 0x01, 0xff], &Type::String), "(root): the text is not UTF-8");
}

#[test]
fn an_object_is_written_with_exactly_its_names_in_order() {
    let value = Value::object([("parts", Value::Null)]);
    let bytes = [&[0x82], text("name").as_slice(), &[0xc0], text("parts").as_slice(), &[0xc0]].concat();
    assert_eq!(encode(&value, &object_type()).unwrap(), bytes);
    let extra = Value::object([("size", 1)]);
    assert_eq!(encode(&extra, &object_type()).unwrap_err().to_string(), "(root): there is no attribute \"size\"");
}

#[test]
fn an_object_with_other_names_is_refused_and_the_place_is_told() {
    let missing = [&[0x81], text("name").as_slice(), &[0xc0]].concat();
    assert_eq!(problem(&missing, &object_type()), "(root): the attribute \"parts\" is missing");
    let twice = [&[0x82], text("name").as_slice(), &[0xc0], text("name").as_slice(), &[0xc0]].concat();
    assert_eq!(problem(&twice, &object_type()), "(root): the key \"name\" is there twice");
    let inner = [
        &[0x82],
        text("name").as_slice(),
        &[0xc0],
        text("parts").as_slice(),
        &[0x92, 0xc0, 0x81],
        text("weight").as_slice(),
        &[0x01],
    ]
    .concat();
    assert_eq!(problem(&inner, &object_type()), "parts[1]: there is no attribute \"weight\"");
}

#[test]
fn a_map_with_a_key_twice_is_refused() {
    let twice = [&[0x82], text("k").as_slice(), &[0x01], text("k").as_slice(), &[0x02]].concat();
    assert_eq!(problem(&twice, &Type::map(Type::Number)), "(root): the key \"k\" is there twice");
    let number_key = [0x81, 0x01, 0x02];
    assert_eq!(problem(&number_key, &Type::map(Type::Number)), "(root): expected a string, found a number");
    let wrong = [&[0x81], text("k").as_slice(), &[0xc3]].concat();
    assert_eq!(problem(&wrong, &Type::map(Type::Number)), "[\"k\"]: expected a number, found a bool");
}

#[test]
fn a_tuple_has_its_length() {
    let pair = Type::Tuple(vec![Type::Bool, Type::Number]);
    assert_eq!(decode(&[0x92, 0xc3, 0x01], &pair).unwrap(), Value::List(vec![true.into(), 1.into()]));
    assert_eq!(problem(&[0x91, 0xc3], &pair), "(root): expected 2 elements, found 1");
    assert!(encode(&Value::list([true]), &pair).is_err());
}

#[test]
fn a_dynamic_value_carries_its_type() {
    let bytes = [&[0x92, 0xc4, 0x08], br#""string""#.as_slice(), &text("x")].concat();
    let value = Value::Dynamic(Box::new(Dynamic { of_type: Type::String, value: "x".into() }));
    assert_eq!(decode(&bytes, &Type::Dynamic).unwrap(), value);
    assert_eq!(encode(&value, &Type::Dynamic).unwrap(), bytes);
    assert_eq!(encode(&"x".into(), &Type::Dynamic).unwrap(), bytes);
    let typed_null = [&[0x92, 0xc4, 0x08], br#""string""#.as_slice(), &[0xc0]].concat();
    assert_eq!(encode(&decode(&typed_null, &Type::Dynamic).unwrap(), &Type::Dynamic).unwrap(), typed_null);
    assert_eq!(decode(&[0xc0], &Type::Dynamic).unwrap(), Value::Null);
    assert_eq!(problem(&[0x91, 0xc0], &Type::Dynamic), "(root): expected a pair of type and value, found a list");
    let no_type = [&[0x92, 0xc4, 0x03], b"\"x\"".as_slice(), &[0xc0]].concat();
    assert_eq!(problem(&no_type, &Type::Dynamic), "(root): the type is malformed: unknown type name");
}

#[test]
fn a_value_of_another_type_is_not_written() {
    let wrong = Value::object([("name", Value::from(5)), ("parts", Value::Null)]);
    let error = encode(&wrong, &object_type()).unwrap_err();
    assert_eq!(error.to_string(), "name: expected a string, found a number");
}

#[test]
fn cut_long_and_deep_input_is_refused() {
    assert!(matches!(decode(&[0xa5, b'a'], &Type::String).unwrap_err().problem, Problem::Malformed(_)));
    assert!(matches!(
        decode(&[0xdd, 0xff, 0xff, 0xff, 0xff], &Type::list(Type::Bool)).unwrap_err().problem,
        Problem::Malformed(_)
    ));
    assert_eq!(decode(&[0xc3, 0xc3], &Type::Bool).unwrap_err().problem, Problem::TrailingBytes(1));
    let deep = vec![0x91; 100_000];
    assert_eq!(decode(&deep, &Type::Dynamic).unwrap_err().problem, Problem::TooDeep);
    let large = vec![0xc0; MAX_BYTES + 1];
    assert_eq!(decode(&large, &Type::Bool).unwrap_err().problem, Problem::TooLarge(MAX_BYTES + 1));
}

#[test]
fn errors_do_not_repeat_values() {
    let error = decode(&text("hunter2"), &Type::Bool).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"));
    let error = decode_json(br#"{"name": hunter2}"#, &object_type()).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
}

#[test]
fn types_have_the_json_of_the_protocol() {
    for (of_type, json) in [
        (Type::String, r#""string""#),
        (Type::Dynamic, r#""dynamic""#),
        (Type::list(Type::Bool), r#"["list","bool"]"#),
        (Type::set(Type::Number), r#"["set","number"]"#),
        (Type::map(Type::list(Type::String)), r#"["map",["list","string"]]"#),
        (Type::Tuple(vec![Type::Bool, Type::String]), r#"["tuple",["bool","string"]]"#),
        (Type::object([("b", Type::Bool), ("a", Type::String)]), r#"["object",{"a":"string","b":"bool"}]"#),
    ] {
        assert_eq!(String::from_utf8(encode_type(&of_type)).unwrap(), json);
        assert_eq!(decode_type(json.as_bytes()).unwrap(), of_type);
    }
    let optional = br#" ["object", {"a": "string"}, ["a"]] "#;
    assert_eq!(decode_type(optional).unwrap(), Type::object([("a", Type::String)]));
}

#[test]
fn what_is_no_type_is_refused() {
    for json in ["", "5", "\"strin\"", "[]", r#"["list"]"#, r#"["list","string","string"]"#, r#"["object",["a"]]"#] {
        assert!(decode_type(json.as_bytes()).is_err(), "{json}");
    }
    let deep = format!("{}\"string\"{}", "[\"list\",".repeat(110), "]".repeat(110));
    assert!(decode_type(deep.as_bytes()).unwrap_err().to_string().contains("nested too deeply"));
}

#[test]
fn state_lacks_newer_attributes_and_has_no_foreign_ones() {
    let state = br#"{ "name": "n" }"#;
    let expected = Value::object([("name", Value::from("n")), ("parts", Value::Null)]);
    assert_eq!(decode_json(state, &object_type()).unwrap(), expected);
    let inner = br#"{"name": null, "parts": [{"size": 1.50, "old": 1}]}"#;
    assert_eq!(decode_json(inner, &object_type()).unwrap_err().to_string(), "parts[0]: there is no attribute \"old\"");
    let json: serde_json::Value = serde_json::from_slice(inner).unwrap();
    let read = from_json(&json, &object_type(), UnknownAttributes::PassOver).unwrap();
    assert_eq!(read.get("parts"), &Value::list([Value::object([("size", number("1.5"))])]));
}

#[test]
fn json_numbers_are_exact() {
    let long = "123456789012345678901234567890.000000000000000000001";
    let value = decode_json(long.as_bytes(), &Type::Number).unwrap();
    assert_eq!(value, number(long));
    assert_eq!(encode_json(&value, &Type::Number).unwrap().to_string(), long);
    assert_eq!(decode_json(b"1E+2", &Type::Number).unwrap(), 100.into());
}

#[test]
fn json_has_no_unknown_values() {
    let value = Value::object([("name", Value::unknown())]);
    assert_eq!(encode_json(&value, &object_type()).unwrap_err().to_string(), "name: an unknown value has no JSON form");
}

#[test]
fn json_of_another_type_is_refused() {
    for (json, of_type) in [
        ("5", Type::String),
        ("\"5\"", Type::Number),
        ("{}", Type::list(Type::Bool)),
        ("[]", object_type()),
        ("[true]", Type::Tuple(vec![])),
        (r#"{"value": 1}"#, Type::Dynamic),
        ("{", Type::Bool),
        ("true false", Type::Bool),
    ] {
        assert!(decode_json(json.as_bytes(), &of_type).is_err(), "{json}");
    }
}
