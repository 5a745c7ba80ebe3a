// SPDX-License-Identifier: GPL-2.0-or-later
//! rustls: mutual TLS 1.3 with certificates that the host judges, and the key log.

use std::sync::Arc;
use std::time::SystemTime;

use rustls::client::{NoClientSessionStorage, ServerCertVerified, ServerCertVerifier};
use rustls::server::{ClientCertVerified, ClientCertVerifier, NoServerSessionStorage};
use rustls::{
    cipher_suite, Certificate, ClientConfig, DistinguishedNames, Error, KeyLog, PrivateKey, ServerConfig,
    ServerName, SupportedCipherSuite,
};

use crate::host::Host;

/// In order of preference.
fn suites() -> [SupportedCipherSuite; 3] {
    [
        cipher_suite::TLS13_AES_128_GCM_SHA256,
        cipher_suite::TLS13_AES_256_GCM_SHA384,
        cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
    ]
}

/// Who this end is, and what it speaks.
pub struct Identity {
    pub certificate: Vec<u8>,
    pub key: Vec<u8>,
    pub alpn: Vec<u8>,
}

impl Identity {
    /// rustls takes any bytes.
    fn chain(&self) -> Result<Vec<Certificate>, Error> {
        match webpki::EndEntityCert::try_from(self.certificate.as_slice()) {
            Ok(_) => Ok(vec![Certificate(self.certificate.clone())]),
            Err(error) => Err(Error::General(format!("the certificate: {}", error))),
        }
    }

    fn private_key(&self) -> PrivateKey {
        PrivateKey(self.key.clone())
    }
}

pub fn client(identity: &Identity, host: Host) -> Result<ClientConfig, Error> {
    let mut config = ClientConfig::builder()
        .with_cipher_suites(&suites())
        .with_safe_default_kx_groups()
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_custom_certificate_verifier(Arc::new(AnyCertificate))
        .with_single_cert(identity.chain()?, identity.private_key())?;
    config.alpn_protocols = vec![identity.alpn.clone()];
    config.key_log = Arc::new(HostKeyLog(host));
    // Session tickets hold wall-clock time.
    config.session_storage = Arc::new(NoClientSessionStorage {});
    Ok(config)
}

pub fn server(identity: &Identity, host: Host) -> Result<ServerConfig, Error> {
    let mut config = ServerConfig::builder()
        .with_cipher_suites(&suites())
        .with_safe_default_kx_groups()
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(Arc::new(AnyCertificate))
        .with_single_cert(identity.chain()?, identity.private_key())?;
    config.alpn_protocols = vec![identity.alpn.clone()];
    config.key_log = Arc::new(HostKeyLog(host));
    config.session_storage = Arc::new(NoServerSessionStorage {});
    Ok(config)
}

/// Accepts whatever certificate the peer has. The default methods check that the peer holds its private key.
struct AnyCertificate;

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &Certificate,
        _intermediates: &[Certificate],
        _server_name: &ServerName,
        _scts: &mut dyn Iterator<Item = &[u8]>,
        _ocsp_response: &[u8],
        _now: SystemTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }
}

impl ClientCertVerifier for AnyCertificate {
    fn client_auth_mandatory(&self) -> Option<bool> {
        Some(false)
    }

    fn client_auth_root_subjects(&self) -> Option<DistinguishedNames> {
        Some(DistinguishedNames::new())
    }

    fn verify_client_cert(
        &self,
        _end_entity: &Certificate,
        _intermediates: &[Certificate],
        _now: SystemTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }
}

struct HostKeyLog(Host);

impl KeyLog for HostKeyLog {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        self.0.keylog(&format!("{} {} {}", label, hex(client_random), hex(secret)));
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{:02x}", byte)).collect()
}
