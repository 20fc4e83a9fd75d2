use proptest::prelude::*;

use super::*;
use crate::tfplugin::generators::{Parts, any_number, any_type, value_of};
use crate::tfplugin::schema::Type;
use crate::tfplugin::value::{Number, Value};

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
