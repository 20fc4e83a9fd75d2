//! Taking JSON text apart without making values of it: for long lists, of which little is kept.
//!
//! What is passed over is only measured: brackets and strings end where they end, whatever stands inside. Whoever keeps
//! something reads it as JSON, which finds what is wrong with it. Ten times as fast as `serde_json::Value`.

use std::borrow::Cow;

/// A place in JSON text.
struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    fn of(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The next sign that is no blank; it is not passed.
    fn next(&mut self) -> Option<u8> {
        let rest = self.text.as_bytes().get(self.at..)?;
        let blanks = rest.iter().position(|sign| !matches!(sign, b' ' | b'\n' | b'\r' | b'\t'))?;
        self.at += blanks;
        rest.get(blanks).copied()
    }

    fn pass(&mut self, sign: u8) -> Option<()> {
        (self.next()? == sign).then(|| self.at += 1)
    }

    fn since(&self, start: usize) -> Option<&'a str> {
        self.text.get(start..self.at)
    }

    /// The string here, with its quotation marks.
    fn string(&mut self) -> Option<&'a str> {
        self.pass(b'"')?;
        let start = self.at - 1;
        loop {
            let rest = self.text.as_bytes().get(self.at..)?;
            let found = rest.iter().position(|sign| matches!(sign, b'"' | b'\\'))?;
            let is_end = rest.get(found) == Some(&b'"');
            self.at += found + if is_end { 1 } else { 2 };
            if is_end {
                return self.since(start);
            }
        }
    }

    /// The value here, whatever it is.
    fn value(&mut self) -> Option<&'a str> {
        match self.next()? {
            b'"' => self.string(),
            b'{' | b'[' => self.container(),
            _ => {
                let rest = self.text.as_bytes().get(self.at..)?;
                let is_part = |sign: &u8| sign.is_ascii_alphanumeric() || matches!(sign, b'-' | b'+' | b'.');
                let length = rest.iter().position(|sign| !is_part(sign)).unwrap_or(rest.len());
                let start = self.at;
                self.at += length;
                self.since(start).filter(|literal| !literal.is_empty())
            }
        }
    }

    fn container(&mut self) -> Option<&'a str> {
        let (start, mut depth) = (self.at, 0_usize);
        loop {
            let rest = self.text.as_bytes().get(self.at..)?;
            let found = rest.iter().position(|sign| matches!(sign, b'"' | b'{' | b'}' | b'[' | b']'))?;
            self.at += found;
            match rest.get(found)? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                _ => depth = depth.checked_sub(1)?,
            }
            self.at += 1;
            if depth == 0 {
                return self.since(start);
            }
        }
    }

    /// Calls `each` at every item between `open` and `close`, which must pass it.
    fn items(&mut self, open: u8, close: u8, mut each: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.pass(open)?;
        if self.next()? == close {
            return self.pass(close);
        }
        loop {
            each(self)?;
            if self.next()? == close {
                return self.pass(close);
            }
            self.pass(b',')?;
        }
    }

    /// The name of the member here, whose value follows.
    fn key(&mut self) -> Option<Cow<'a, str>> {
        let key = self.string()?;
        self.pass(b':')?;
        string(key)
    }

    fn members<const N: usize>(&mut self, names: [&str; N]) -> Option<[Option<&'a str>; N]> {
        let (mut exact, mut similar) = ([None; N], [None; N]);
        self.items(b'{', b'}', |scanner| {
            let key = scanner.key()?;
            let value = Some(scanner.value()?).filter(|value| *value != "null");
            for (index, name) in names.iter().enumerate() {
                let is_exact = *name == key;
                let places = if is_exact { &mut exact } else { &mut similar };
                if is_exact || (name.eq_ignore_ascii_case(&key) && places.get(index) == Some(&None)) {
                    *places.get_mut(index)? = value;
                }
            }
            Some(())
        })?;
        let of = |places: &[Option<&'a str>; N], index| places.get(index).copied().flatten();
        Some(std::array::from_fn(|index| of(&exact, index).or_else(|| of(&similar, index))))
    }

    fn ends_here(&mut self) -> Option<()> {
        self.next().is_none().then_some(())
    }
}

/// The texts of the members `names` of an object, found as [`JsonFields::get`](super::json_fields::JsonFields::get) finds
/// them: exactly or else without case, and null counts as absent. `None` if the text is no object.
pub fn members<'a, const N: usize>(text: &'a str, names: [&str; N]) -> Option<[Option<&'a str>; N]> {
    let mut scanner = Scanner::of(text);
    let found = scanner.members(names)?;
    scanner.ends_here()?;
    Some(found)
}

/// As [`members`], of the object that is the member `inside` of the object `text`, named without case. `None` also if
/// there is no such object.
pub fn members_inside<'a, const N: usize>(
    text: &'a str,
    inside: &str,
    names: [&str; N],
) -> Option<[Option<&'a str>; N]> {
    let (mut found, mut scanner) = (None, Scanner::of(text));
    scanner.items(b'{', b'}', |scanner| {
        if scanner.key()?.eq_ignore_ascii_case(inside) {
            found = Some(scanner.members(names)?);
        } else {
            scanner.value()?;
        }
        Some(())
    })?;
    scanner.ends_here()?;
    found
}

/// The texts of the elements of a list. `None` if the text is no list.
pub fn elements(text: &str) -> Option<Vec<&str>> {
    let (mut elements, mut scanner) = (Vec::new(), Scanner::of(text));
    scanner.items(b'[', b']', |scanner| {
        elements.push(scanner.value()?);
        Some(())
    })?;
    scanner.ends_here()?;
    Some(elements)
}

/// A string, or a number or boolean as text, as [`JsonFields::text`](super::json_fields::JsonFields::text) gives it. An
/// empty string counts as absent.
pub fn text(value: &str) -> Option<Cow<'_, str>> {
    let text = match value.as_bytes().first()? {
        b'"' => string(value)?,
        b'{' | b'[' | b'n' => return None,
        _ => Cow::Borrowed(value),
    };
    (!text.is_empty()).then_some(text)
}

fn string(quoted: &str) -> Option<Cow<'_, str>> {
    let inside = quoted.strip_prefix('"')?.strip_suffix('"')?;
    Some(if inside.contains('\\') { Cow::Owned(serde_json::from_str(quoted).ok()?) } else { Cow::Borrowed(inside) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::super::json_fields::JsonFields;
    use super::*;

    fn found<'a, const N: usize>(json: &'a str, names: [&str; N]) -> [Option<Cow<'a, str>>; N] {
        members(json, names).unwrap().map(|value| value.and_then(text))
    }

    #[test]
    fn a_member_is_found_in_other_casing_and_null_does_not_hide_it() {
        assert_eq!(found(r#"{"activityId": "b", "activityID": "a"}"#, ["activityID"]), [Some("a".into())]);
        assert_eq!(found(r#"{"activityID": null, "ACTIVITYid": "b"}"#, ["activityID"]), [Some("b".into())]);
        assert_eq!(found(r#"{"activity": "a", "b": {"activityID": "c"}}"#, ["activityID"]), [None]);
        assert_eq!(found(r#"{"activity\u0049D" :"a"}"#, ["activityID"]), [Some("a".into())]);
    }

    #[test]
    fn text_is_what_is_meant_and_not_how_it_is_written() {
        let json = r#" { "a" : "x\u0041\"" , "b":"ü}", "c": 14.0, "d": true, "e": "", "f": [1], "g": {} } "#;
        let found = found(json, ["a", "b", "c", "d", "e", "f", "g"]).map(Option::unwrap_or_default);
        assert_eq!(found.map(Cow::into_owned), ["xA\"", "ü}", "14.0", "true", "", "", ""]);
    }

    #[test]
    fn elements_are_cut_where_they_end() {
        let json = "[1, \"a,]\\\"\" ,{\"b\":[2,{}]},\nnull,[]]";
        assert_eq!(elements(json).unwrap(), ["1", "\"a,]\\\"\"", "{\"b\":[2,{}]}", "null", "[]"]);
        assert_eq!(elements(" [ ] ").unwrap(), Vec::<&str>::new());
    }

    #[test]
    fn what_is_cut_short_or_something_else_is_neither_an_object_nor_a_list() {
        for text in
            ["", " ", "7", "null", "\"x\"", "{", "[", "[1", "[1,", "[1 2]", "[\"a]", "[\"a\\", "[[1]", "[1]]", "[]x"]
        {
            assert_eq!(elements(text), None, "{text}");
            assert_eq!(members(text, ["a"]), None, "{text}");
        }
        for text in
            ["{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\" 1}", "{a:1}", "{\"a\":1}}", "{\"a\":{}", "{\"a\":}"]
        {
            assert_eq!(members(text, ["a"]), None, "{text}");
        }
    }

    fn json() -> impl Strategy<Value = Value> {
        let name = || "[aAbB\"\\\\ü{}, :]{0,3}";
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            name().prop_map(Value::from)
        ];
        leaf.prop_recursive(3, 20, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(name(), inner, 0..4).prop_map(|map| map.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn text_that_is_taken_apart_says_what_its_values_say(value in json(), pretty in any::<bool>()) {
            let written = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            let written = written.unwrap();
            let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
            let cut = elements(&written).map(|elements| elements.into_iter().map(read).collect::<Vec<_>>());
            prop_assert_eq!(cut.as_ref(), value.as_array());
            let found = members(&written, ["a", "b"]);
            prop_assert_eq!(found.is_some(), value.is_object());
            let inside = members_inside(&written, "a", ["b"]).map(|[b]| b.map(read));
            let fields = JsonFields::of(&value);
            if let Some(Value::Object(_)) = value.get("a").filter(|_| value.get("A").is_none()) {
                prop_assert_eq!(inside, Some(fields.object("a").get("b").cloned()));
            }
            for (name, text) in ["a", "b"].into_iter().zip(found.unwrap_or_default()) {
                prop_assert_eq!(text.map(read), fields.get(name).cloned());
            }
        }
    }
}
