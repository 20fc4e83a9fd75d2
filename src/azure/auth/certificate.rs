//! A client certificate and the assertion signed with its key
//! (docs/reference/azure-resource-manager.md#client-certificate). azure_identity has such a credential, but on OpenSSL;
//! this one hands it a finished assertion instead.

use std::fmt;

use aws_lc_rs::digest;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{KeyPair, RSA_PSS_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use p12_keystore::Pkcs12Archive;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::certificate_validity::Validity;
use crate::azure::random::Random;
use crate::azure::secret::Secret;

/// How long an assertion can be exchanged. The documentation says five to ten minutes.
const ASSERTION_LIFETIME: time::Duration = time::Duration::minutes(10);

/// A private RSA key and the certificates that go with it.
pub(crate) struct ClientCertificate {
    key: RsaKeyPair,
    /// The assertion's first segment; the same for every assertion.
    header: String,
    /// Of the certificate that belongs to the key.
    validity: Option<Validity>,
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ClientCertificate").finish_non_exhaustive()
    }
}

impl ClientCertificate {
    /// Reads what `client_certificate` may hold: PKCS#12 or PEM in base64, or plain PEM.
    ///
    /// # Errors
    /// What is wrong with it, without any of it.
    pub(crate) fn from_text(text: &Secret, password: Option<&Secret>) -> Result<Self, String> {
        let text = text.expose();
        if text.contains("-----BEGIN") {
            return Self::from_bytes(text.as_bytes(), password);
        }
        let packed: Zeroizing<String> = Zeroizing::new(text.split_whitespace().collect());
        let bytes = STANDARD.decode(packed.as_bytes()).map_err(|error| format!("it is not base64 ({error})"))?;
        Self::from_bytes(&Zeroizing::new(bytes), password)
    }

    /// Reads a file's content: PKCS#12, or PEM with an unencrypted key.
    ///
    /// # Errors
    /// What is wrong with it, without any of it.
    pub(crate) fn from_bytes(bytes: &[u8], password: Option<&Secret>) -> Result<Self, String> {
        let is_pem = bytes.windows(10).any(|window| window == b"-----BEGIN");
        if is_pem { Self::from_pem(bytes) } else { Self::from_pkcs12(bytes, password.map_or("", Secret::expose)) }
    }

    fn from_pkcs12(bytes: &[u8], password: &str) -> Result<Self, String> {
        let archive = Pkcs12Archive::from_pkcs12(bytes, password).map_err(|error| match error {
            p12_keystore::error::Error::MacError(_) => "client_certificate_password does not open it".to_owned(),
            error => format!("it is no PKCS#12 archive that can be read with client_certificate_password ({error})"),
        })?;
        let certificates: Vec<&[u8]> = archive.certs.iter().map(|bag| bag.cert.as_der()).collect();
        let mut problem = "it holds no private key".to_owned();
        for bag in &archive.keys {
            let key = RsaKeyPair::from_pkcs8(bag.key.as_der());
            match key.map_err(|_| NOT_RSA.to_owned()).and_then(|key| Self::new(key, &certificates)) {
                Ok(this) => return Ok(this),
                Err(reason) => problem = reason,
            }
        }
        Err(problem)
    }

    fn from_pem(bytes: &[u8]) -> Result<Self, String> {
        let certificates = CertificateDer::pem_slice_iter(bytes)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| "a certificate in it is damaged".to_owned())?;
        let certificates: Vec<&[u8]> = certificates.iter().map(|certificate| certificate.as_ref()).collect();
        let key = match PrivateKeyDer::from_pem_slice(bytes) {
            Ok(PrivateKeyDer::Pkcs1(key)) => RsaKeyPair::from_der(key.secret_pkcs1_der()),
            Ok(PrivateKeyDer::Pkcs8(key)) => RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()),
            Ok(_) => return Err(NOT_RSA.to_owned()),
            Err(_) => {
                let encrypted = bytes.windows(21).any(|window| window == b"ENCRYPTED PRIVATE KEY");
                let problem = if encrypted {
                    "the private key in PEM is encrypted; give it as PKCS#12, or unencrypted"
                } else {
                    "it holds no private key"
                };
                return Err(problem.to_owned());
            }
        };
        Self::new(key.map_err(|_| NOT_RSA.to_owned())?, &certificates)
    }

    /// The leaf is the certificate that holds the key's public half; the others follow in the order given.
    fn new(key: RsaKeyPair, certificates: &[&[u8]]) -> Result<Self, String> {
        // The certificate stores the public key as the very bytes of this DER structure, so that no parser is needed.
        let public_key = key.public_key().as_ref();
        let leaf = certificates
            .iter()
            .position(|certificate| certificate.windows(public_key.len()).any(|window| window == public_key))
            .ok_or("none of its certificates belongs to its private key")?;
        let mut chain: Vec<&[u8]> = certificates.to_vec();
        if let Some(chain) = chain.get_mut(..=leaf) {
            chain.rotate_right(1);
        }
        let thumbprint =
            chain.first().map(|leaf| URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, leaf))).unwrap_or_default();
        // The chain lets Entra trust by subject and issuer, too, where the application asks for that.
        let chain: Vec<String> = chain.iter().map(|certificate| STANDARD.encode(certificate)).collect();
        let header = json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint, "x5c": chain });
        let validity = certificates.get(leaf).and_then(|leaf| Validity::of(leaf));
        Ok(Self { key, header: URL_SAFE_NO_PAD.encode(header.to_string()), validity })
    }

    /// Whether it counts at this instant, as far as can be read.
    ///
    /// # Errors
    /// Why Entra ID will refuse it, and what to do.
    pub(crate) fn check_validity(&self, now: OffsetDateTime) -> Result<(), String> {
        let date = |at: OffsetDateTime| at.date();
        match self.validity {
            Some(Validity { not_after, .. }) if now > not_after => Err(format!(
                "the client certificate expired on {}: create a new one, add it to the app registration in Entra \
                 ID, and use it here",
                date(not_after)
            )),
            Some(Validity { not_before, .. }) if now < not_before => Err(format!(
                "the client certificate is not valid before {}, and the clock of this machine says {}",
                date(not_before),
                date(now)
            )),
            _ => Ok(()),
        }
    }

    /// A fresh assertion of `client_id` for the authority's `token_url`.
    ///
    /// # Errors
    /// If the key cannot sign.
    pub(crate) fn assertion(
        &self,
        client_id: &str,
        token_url: &str,
        now: OffsetDateTime,
        random: &dyn Random,
    ) -> Result<Secret, String> {
        let mut unique = [0_u8; 16];
        random.fill(&mut unique);
        let claims = json!({
            "aud": token_url,
            "iss": client_id,
            "sub": client_id,
            "jti": uuid::Builder::from_random_bytes(unique).into_uuid().to_string(),
            "iat": now.unix_timestamp(),
            "nbf": now.unix_timestamp(),
            "exp": (now + ASSERTION_LIFETIME).unix_timestamp(),
        });
        let signed = format!("{}.{}", self.header, URL_SAFE_NO_PAD.encode(claims.to_string()));
        let mut signature = vec![0_u8; self.key.public_modulus_len()];
        self.key
            .sign(&RSA_PSS_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .map_err(|_| "the private key cannot sign".to_owned())?;
        Ok(Secret::new(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))))
    }
}

const NOT_RSA: &str = "its private key is not an RSA key of at least 2048 bits, and Entra ID takes no other";

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::LazyLock;

    use aws_lc_rs::signature::{RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
    use p12_keystore::{
        Certificate, EncryptionAlgorithm, KeyStore, KeyStoreEntry, MacAlgorithm, PrivateKey, PrivateKeyChain,
    };
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair as Pair, RsaKeySize};
    use serde_json::Value;
    use time::macros::datetime;

    use super::*;
    use crate::azure::auth::scripted::Sevens;

    /// A certificate authority and a leaf, made once: RSA keys take a while.
    struct Made {
        key: Pair,
        leaf: Vec<u8>,
        leaf_pem: String,
        authority: Vec<u8>,
        authority_pem: String,
    }

    static MADE: LazyLock<Made> = LazyLock::new(|| {
        let rsa = || Pair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, "authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, rsa()).unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, "leaf");
        let key = rsa();
        let leaf = params.signed_by(&key, &authority).unwrap();
        Made {
            leaf: leaf.der().to_vec(),
            leaf_pem: as_pem("CERTIFICATE", leaf.der()),
            authority: authority.der().to_vec(),
            authority_pem: as_pem("CERTIFICATE", authority.der()),
            key,
        }
    });

    #[test]
    fn a_certificate_counts_between_its_two_dates() {
        let check = |now: OffsetDateTime| {
            let validity = Some(Validity {
                not_before: datetime!(2025-01-02 03:04:05 UTC),
                not_after: datetime!(2026-11-19 08:00 UTC),
            });
            ClientCertificate { validity, ..readable() }.check_validity(now)
        };
        assert_eq!(check(datetime!(2025-01-02 03:04:05 UTC)), Ok(()));
        assert_eq!(check(datetime!(2026-11-19 08:00 UTC)), Ok(()));
        assert_eq!(
            check(datetime!(2026-11-19 08:00:01 UTC)).unwrap_err(),
            "the client certificate expired on 2026-11-19: create a new one, add it to the app registration in \
             Entra ID, and use it here"
        );
        assert_eq!(
            check(datetime!(2025-01-02 03:04:04 UTC)).unwrap_err(),
            "the client certificate is not valid before 2025-01-02, and the clock of this machine says 2025-01-02"
        );
        assert!(readable().validity.is_some(), "it is read");
    }

    fn readable() -> ClientCertificate {
        let pem = format!("{}{}", MADE.leaf_pem, as_pem("PRIVATE KEY", &MADE.key.serialize_der()));
        ClientCertificate::from_bytes(pem.as_bytes(), None).unwrap()
    }

    fn as_pem(label: &str, der: &[u8]) -> String {
        let text = STANDARD.encode(der);
        let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
    }

    fn pkcs12(password: &str, algorithm: EncryptionAlgorithm, mac: MacAlgorithm) -> Vec<u8> {
        let certificates = [&MADE.leaf, &MADE.authority].map(|der| Certificate::from_der(der).unwrap());
        let key = PrivateKey::from_der(&MADE.key.serialize_der()).unwrap();
        let mut store = KeyStore::new();
        store.add_entry("entry", KeyStoreEntry::PrivateKeyChain(PrivateKeyChain::new(vec![1], key, certificates)));
        store
            .writer(password)
            .encryption_algorithm(algorithm)
            .encryption_iterations(10)
            .mac_algorithm(mac)
            .mac_iterations(10)
            .write()
            .unwrap()
    }

    /// PKCS#12 in base64, as `client_certificate` takes it.
    pub(crate) fn base64_pkcs12(password: &str) -> String {
        STANDARD.encode(pkcs12(password, EncryptionAlgorithm::PbeWithHmacSha256AndAes256, MacAlgorithm::HmacSha256))
    }

    pub(crate) fn pem() -> String {
        // The authority first: order in the file must not matter.
        format!("{}{}{}", MADE.authority_pem, as_pem("PRIVATE KEY", &MADE.key.serialize_der()), MADE.leaf_pem)
    }

    /// Splits an assertion, checks its signature against the leaf's key, and reads header and claims.
    pub(crate) fn verified(assertion: &str) -> (Value, Value) {
        let (signed, signature) = assertion.rsplit_once('.').unwrap();
        let (header, claims) = signed.split_once('.').unwrap();
        let public_key = RsaKeyPair::from_pkcs8(&MADE.key.serialize_der()).unwrap().public_key().as_ref().to_vec();
        UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, public_key)
            .verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap())
            .unwrap();
        let json = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
        (json(header), json(claims))
    }

    fn assertion(certificate: &ClientCertificate) -> (Value, Value) {
        let now = datetime!(2026-11-19 08:00 UTC);
        verified(
            certificate.assertion("app-1", "https://login.example/t/oauth2/v2.0/token", now, &Sevens).unwrap().expose(),
        )
    }

    fn check(certificate: &ClientCertificate) {
        let (header, _) = assertion(certificate);
        assert_eq!(
            header,
            json!({
                "alg": "PS256",
                "typ": "JWT",
                "x5t#S256": URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, &MADE.leaf)),
                "x5c": [STANDARD.encode(&MADE.leaf), STANDARD.encode(&MADE.authority)],
            })
        );
    }

    #[test]
    fn the_claims_are_those_of_the_documentation() {
        let certificate = ClientCertificate::from_bytes(pem().as_bytes(), None).unwrap();
        let (_, claims) = assertion(&certificate);
        assert_eq!(
            claims,
            json!({
                "aud": "https://login.example/t/oauth2/v2.0/token",
                "iss": "app-1",
                "sub": "app-1",
                "jti": "07070707-0707-4707-8707-070707070707",
                "iat": 1_795_075_200,
                "nbf": 1_795_075_200,
                "exp": 1_795_075_800,
            })
        );
    }

    #[test]
    fn modern_and_legacy_pkcs12_open_and_lead_with_the_leaf() {
        for (algorithm, mac) in [
            (EncryptionAlgorithm::PbeWithHmacSha256AndAes256, MacAlgorithm::HmacSha256),
            (EncryptionAlgorithm::PbeWithShaAnd3KeyTripleDesCbc, MacAlgorithm::HmacSha1),
        ] {
            let password = Secret::new("pass word");
            check(&ClientCertificate::from_bytes(&pkcs12("pass word", algorithm, mac), Some(&password)).unwrap());
        }
    }

    #[test]
    fn text_may_be_pkcs12_in_base64_with_line_breaks_pem_or_pem_in_base64() {
        let mut folded = base64_pkcs12("");
        folded.insert(64, '\n');
        check(&ClientCertificate::from_text(&Secret::new(folded), None).unwrap());
        check(&ClientCertificate::from_text(&Secret::new(pem()), None).unwrap());
        check(&ClientCertificate::from_text(&Secret::new(STANDARD.encode(pem())), None).unwrap());
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_the_reason() {
        let refused = |text: &str| ClientCertificate::from_text(&Secret::new(text), None).unwrap_err();
        assert!(refused("%%%").starts_with("it is not base64"), "{}", refused("%%%"));
        assert_eq!(refused(&base64_pkcs12("right")), "client_certificate_password does not open it");
        assert!(refused("AAAA").starts_with("it is no PKCS#12 archive"), "{}", refused("AAAA"));
        assert_eq!(refused(&MADE.leaf_pem), "it holds no private key");
        assert_eq!(
            refused(&format!("{}{}", as_pem("PRIVATE KEY", &MADE.key.serialize_der()), MADE.authority_pem)),
            "none of its certificates belongs to its private key"
        );
        let elliptic = as_pem("PRIVATE KEY", &Pair::generate().unwrap().serialize_der());
        assert_eq!(refused(&format!("{elliptic}{}", MADE.leaf_pem)), NOT_RSA);
        let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
        assert!(refused(encrypted).contains("encrypted"), "{}", refused(encrypted));
    }

    #[test]
    fn a_damaged_archive_is_refused_and_never_a_panic() {
        let whole = pkcs12("", EncryptionAlgorithm::PbeWithHmacSha256AndAes256, MacAlgorithm::HmacSha256);
        for place in (0..whole.len()).step_by(37) {
            let mut damaged = whole.clone();
            damaged[place] ^= 0x55;
            let _ = ClientCertificate::from_bytes(&damaged, None);
            let _ = ClientCertificate::from_bytes(&whole[..place], None).unwrap_err();
        }
    }
}
