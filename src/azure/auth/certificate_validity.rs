//! From when until when a certificate counts: the one thing that is read out of its DER structure (RFC 5280, section 4.1).

use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

/// Both ends belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Validity {
    pub(super) not_before: OffsetDateTime,
    pub(super) not_after: OffsetDateTime,
}

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

impl Validity {
    /// That of a certificate in DER; none if it cannot be read, which is left to the authority to judge.
    pub(super) fn of(certificate: &[u8]) -> Option<Self> {
        let (signed, _) = contents(certificate, SEQUENCE)?;
        let (mut fields, _) = contents(signed, SEQUENCE)?;
        if fields.first() == Some(&VERSION) {
            fields = element(fields)?.2;
        }
        // Serial number, algorithm of the signature, issuer.
        for _ in 0..3 {
            fields = element(fields)?.2;
        }
        let (validity, _) = contents(fields, SEQUENCE)?;
        let (tag, begin, rest) = element(validity)?;
        let (end_tag, end, _) = element(rest)?;
        Some(Self { not_before: instant(tag, begin)?, not_after: instant(end_tag, end)? })
    }
}

/// Tag, content and what comes after the first element.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (bytes.iter().fold(0_usize, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

fn contents(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    element(der).filter(|(found, ..)| *found == tag).map(|(_, content, rest)| (content, rest))
}

fn instant(tag: u8, text: &[u8]) -> Option<OffsetDateTime> {
    let text = std::str::from_utf8(text).ok()?;
    // Two figures of a year are of 1950 to 2049.
    let text = match tag {
        UTC_TIME if text.get(..2)? < "50" => format!("20{text}"),
        UTC_TIME => format!("19{text}"),
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    let form = format_description!("[year][month][day][hour][minute][second]Z");
    PrimitiveDateTime::parse(&text, form).ok().map(PrimitiveDateTime::assume_utc)
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};
    use time::macros::datetime;

    use super::*;

    fn certificate(not_before: OffsetDateTime, not_after: OffsetDateTime) -> Vec<u8> {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        (params.not_before, params.not_after) = (not_before, not_after);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn the_validity_of_a_certificate_is_read_in_either_form_of_time() {
        for (not_before, not_after) in [
            (datetime!(2025-01-02 03:04:05 UTC), datetime!(2026-11-19 08:00 UTC)),
            (datetime!(1999-12-31 23:59:59 UTC), datetime!(2075-01-01 0:00 UTC)),
        ] {
            assert_eq!(Validity::of(&certificate(not_before, not_after)), Some(Validity { not_before, not_after }));
        }
    }

    #[test]
    fn what_is_cut_off_or_no_certificate_has_none() {
        let whole = certificate(datetime!(2025-01-01 0:00 UTC), datetime!(2026-01-01 0:00 UTC));
        for length in 0..whole.len() {
            assert_eq!(Validity::of(&whole[..length]), None, "{length}");
        }
        for bytes in
            [&b"text"[..], &[0x30, 0x80], &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x30], &[0x30, 0x02, 0x30, 0x00]]
        {
            assert_eq!(Validity::of(bytes), None);
        }
    }
}
