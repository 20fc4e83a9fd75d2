//! Mutual TLS with throw-away certificates: the client's comes through the environment, ours goes back in the handshake
//! line, and each side trusts that one certificate.

use std::sync::Arc;

use rcgen::{CertificateParams, DnType, KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, UnixTime};
use rustls::server::NoServerSessionStorage;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::version::TLS13;
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, ServerConfig, SignatureScheme};

/// The name clients expect in our certificate; any other is refused without a word about TLS.
const SERVER_NAME: &str = "localhost";

/// Making a certificate or a TLS configuration failed. Nothing a user could do would help.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificate could not be made.
    #[error("making the server's certificate failed")]
    Certificate(#[from] rcgen::Error),
    /// rustls refuses the parts.
    #[error("setting TLS up failed")]
    Configuration(#[from] Error),
}

/// The server's side of TLS, made anew for each process.
#[derive(Clone, Debug)]
pub struct ServerTls {
    /// Accepts the pinned client and nobody else.
    pub configuration: Arc<ServerConfig>,
    /// What the client must trust.
    pub certificate: CertificateDer<'static>,
}

impl ServerTls {
    /// Makes a certificate and a configuration that lets in the holder of `client` alone.
    ///
    /// # Errors
    /// [`TlsError`] if the cryptographic library fails.
    pub fn new(client: CertificateDer<'static>) -> Result<Self, TlsError> {
        // P-256 is what makes a start quick; clients take any curve. rcgen's validity, 1975 to 4096, needs no clock.
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut parameters = CertificateParams::new([SERVER_NAME.to_owned()])?;
        parameters.distinguished_name.push(DnType::CommonName, SERVER_NAME);
        let certificate = CertificateDer::from(parameters.self_signed(&key)?);

        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = PinnedClient { certificate: client, provider: provider.clone() };
        let mut configuration = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13])?
            .with_client_cert_verifier(Arc::new(verifier))
            .with_single_cert(vec![certificate.clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())?;
        // grpc-go refuses a connection without it since 1.67.
        configuration.alpn_protocols = vec![b"h2".to_vec()];
        // A resumed session would not show its certificate again.
        configuration.session_storage = Arc::new(NoServerSessionStorage {});
        configuration.send_tls13_tickets = 0;
        Ok(Self { configuration: Arc::new(configuration), certificate })
    }
}

/// Accepts one certificate, byte for byte.
///
/// Chain building would refuse it: Go's throw-away certificate is its own authority, and webpki takes no authority for an
/// end entity. That the client holds the key is still proved by the signature of the TLS handshake, ECDSA over P-521,
/// which is why the crypto provider is aws-lc-rs: ring does not know that curve.
#[derive(Debug)]
struct PinnedClient {
    certificate: CertificateDer<'static>,
    provider: Arc<CryptoProvider>,
}

impl ClientCertVerifier for PinnedClient {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if *end_entity == self.certificate {
            Ok(ClientCertVerified::assertion())
        } else {
            Err(CertificateError::UnknownIssuer.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }

    fn client_auth_mandatory(&self) -> bool {
        true
    }
}
