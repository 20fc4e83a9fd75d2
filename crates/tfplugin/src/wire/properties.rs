use proptest::prelude::*;

use super::*;
use crate::generators::{Parts, any_number, any_type, value_of};
use crate::schema::Type;
use crate::value::{Number, Value};

fn typed_value(parts: Parts) -> impl Strategy<Value = (Type, Value)> {
    any_type().prop_flat_map(move |of_type| (Just(of_type.clone()), value_of(&of_type, parts)))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_value_comes_back_from_messagepack_as_it_went((of_type, value) in typed_value(Parts::Unknown)) {
        let bytes = encode(&value, &of_type).unwrap();
        prop_assert_eq!(decode(&bytes, &of_type).unwrap(), value);
    }

    #[test]
    fn a_known_value_comes_back_from_json_as_it_went((of_type, value) in typed_value(Parts::Known)) {
        let json = encode_json(&value, &of_type).unwrap();
        prop_assert_eq!(decode_json(json.to_string().as_bytes(), &of_type).unwrap(), value);
    }

    #[test]
    fn a_type_comes_back_as_it_went(of_type in any_type()) {
        prop_assert_eq!(decode_type(&encode_type(&of_type)).unwrap(), of_type);
    }

    #[test]
    fn any_bytes_are_a_value_or_an_error(of_type in any_type(), bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let _ = decode(&bytes, &of_type);
        let _ = decode_json(&bytes, &of_type);
        let _ = decode_type(&bytes);
    }

    #[test]
    fn damaged_bytes_are_a_value_or_an_error(
        (of_type, value) in typed_value(Parts::Unknown),
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = encode(&value, &of_type).unwrap();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        if let Ok(read) = decode(&bytes, &of_type) {
            prop_assert!(encode(&read, &of_type).is_ok());
        }
    }

    #[test]
    fn a_number_keeps_its_value_in_every_notation(number in any_number()) {
        let again: Number = format!("{number}e0").parse().unwrap();
        prop_assert_eq!(&again, &number);
        let shifted: Number = format!("{number}e5").parse().unwrap();
        let back: Number = format!("{shifted}e-5").parse().unwrap();
        prop_assert_eq!(back, number);
    }

    #[test]
    fn numbers_compare_as_floats_do(left in any::<i32>(), right in any::<i32>(), scale in 0..4_i32) {
        let (left, right) = (f64::from(left) / 10_f64.powi(scale), f64::from(right) / 10_f64.powi(scale));
        let (left_number, right_number) = (Number::from_f64(left).unwrap(), Number::from_f64(right).unwrap());
        prop_assert_eq!(left_number.cmp(&right_number), left.partial_cmp(&right).unwrap());
        prop_assert_eq!(left_number.as_f64(), Some(left));
    }
}

/// Little that claims to be much: declared lengths, nesting, types, numbers.
#[test]
fn a_few_bytes_cost_little_whatever_they_claim() {
    let list = Type::list(Type::Dynamic);
    let claims: Vec<Vec<u8>> = vec![
        [0xdd, 0xff, 0xff, 0xff, 0xff].repeat(200),
        [0xdf, 0xff, 0xff, 0xff, 0xff].repeat(200),
        vec![0xdb, 0xff, 0xff, 0xff, 0xff, b'x'],
        vec![0xc6, 0xff, 0xff, 0xff, 0xff, b'x'],
        vec![0xc9, 0xff, 0xff, 0xff, 0xff, 12],
        [0x91].repeat(1_000_000),
        [0x81].repeat(1_000_000),
    ];
    for bytes in claims {
        assert!(decode(&bytes, &list).is_err());
    }
    let deep = format!("{}\"string\"{}", "[\"list\",".repeat(100_000), "]".repeat(100_000));
    assert!(decode_type(deep.as_bytes()).is_err());
    assert!(decode_json("[".repeat(1_000_000).as_bytes(), &list).is_err());
    for number in ["1e999999999", "1e-999999999", &"9".repeat(100_000), &format!("0.{}1", "0".repeat(100_000))] {
        assert!(decode_json(number.as_bytes(), &Type::Number).is_err(), "{:.20}", number);
    }
    assert!(decode_json(br#""\ud800""#, &Type::String).is_err(), "half a surrogate pair is no text");
    assert_eq!(decode_json(br#""a\u0000b""#, &Type::String), Ok(Value::from("a\0b")));
    assert_eq!(decode(&encode(&Value::from("a\0b"), &Type::String).unwrap(), &Type::String), Ok(Value::from("a\0b")));
    assert!(decode(&[0xa1, 0xff], &Type::String).is_err(), "no UTF-8");
}
