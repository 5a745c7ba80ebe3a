// SPDX-License-Identifier: GPL-2.0-or-later
//! What quinn-proto is configured with.

use std::sync::Arc;
use std::time::Duration;

use proto::congestion::{BbrConfig, CubicConfig, NewRenoConfig};
use proto::crypto;
use proto::transport_parameters::TransportParameters;
use proto::{ClientConfig, ConnectError, ConnectionId, ConnectionIdGenerator, EndpointConfig, IdleTimeout};
use proto::{ServerConfig, Side, TransportConfig, VarInt};
use quinn_proto as proto;

use crate::abi::{self, Options};
use crate::host::Host;
use crate::peer::DISABLE_ACTIVE_MIGRATION;

pub const CONNECTION_ID_LEN: usize = 8;
const DATAGRAM_BYTES: u64 = 1200;

/// Stateless reset tokens depend on the private key: a node that restarts resets the connections of the endpoint before it
/// (RFC 9000 section 10.3.2).
pub fn endpoint(host: Host, private_key: &[u8], options: &Options) -> EndpointConfig {
    let mut tokens = ring::hmac::Context::with_key(&ring::hmac::Key::new(ring::hmac::HMAC_SHA256, private_key));
    tokens.update(b"stateless reset");
    let reset_key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, tokens.sign().as_ref());
    let mut config = EndpointConfig::new(Arc::new(reset_key));
    let lifetime = options
        .sets(abi::SETS_RETIRE_CONNECTION_IDS)
        .then(|| Duration::from_nanos(options.retire_connection_ids_ns));
    config.cid_generator(move || Box::new(HostConnectionIds { host, lifetime }));
    config
}

pub fn client(tls: rustls::ClientConfig, transport: Arc<TransportConfig>, options: &Options) -> ClientConfig {
    let tls = Arc::new(tls);
    let mut config = ClientConfig::new(match options.disable_active_migration {
        true => Arc::new(DisablesMigration(tls)),
        false => tls,
    });
    config.transport_config(transport);
    config
}

pub fn server(
    tls: rustls::ServerConfig,
    transport: Arc<TransportConfig>,
    options: &Options,
    host: Host,
) -> ServerConfig {
    let mut token_key = [0; 64];
    host.random(&mut token_key);
    let token_key = ring::hkdf::Salt::new(ring::hkdf::HKDF_SHA256, &[]).extract(&token_key);
    let mut config = ServerConfig::new(Arc::new(tls), Arc::new(token_key));
    config.transport_config(transport);
    config.migration(!options.disable_active_migration);
    config
}

/// Not set: windows do not grow in quinn-proto (max_window), its active_connection_id_limit is 5, and its datagrams
/// have at most 1200 bytes, which any link takes (max_datagram).
pub fn transport(options: &Options) -> TransportConfig {
    let mut config = TransportConfig::default();
    let idle = Duration::from_nanos(options.idle_timeout_ns);
    config.max_idle_timeout(match options.idle_timeout_ns {
        0 => None,
        _ => IdleTimeout::try_from(idle).ok(),
    });
    if options.initial_rtt_ns != 0 {
        config.initial_rtt(Duration::from_nanos(options.initial_rtt_ns));
    }
    config.stream_receive_window(varint(options.stream_window));
    config.receive_window(varint(options.connection_window));
    config.max_concurrent_bidi_streams(options.max_streams_bidirectional.into());
    config.max_concurrent_uni_streams(options.max_streams_unidirectional.into());
    config.datagram_receive_buffer_size(None);
    set_congestion(&mut config, options);
    config
}

/// An initial window is counted in datagrams of the only size that there is. That of BBR cannot be set.
pub fn can_set(options: &Options) -> bool {
    !(options.sets(abi::SETS_INITIAL_WINDOW)
        && options.sets(abi::SETS_CONGESTION)
        && options.congestion == abi::CONGESTION_BBR)
}

fn set_congestion(config: &mut TransportConfig, options: &Options) {
    let algorithm = if options.sets(abi::SETS_CONGESTION) { options.congestion } else { 0 };
    let window =
        options.sets(abi::SETS_INITIAL_WINDOW).then(|| u64::from(options.initial_window) * DATAGRAM_BYTES);
    match algorithm {
        abi::CONGESTION_RENO => {
            let mut reno = NewRenoConfig::default();
            if let Some(bytes) = window {
                reno.initial_window(bytes);
            }
            config.congestion_controller_factory(Arc::new(reno));
        }
        abi::CONGESTION_BBR => {
            config.congestion_controller_factory(Arc::new(BbrConfig::default()));
        }
        _ => {
            let mut cubic = CubicConfig::default();
            if let Some(bytes) = window {
                cubic.initial_window(bytes);
            }
            config.congestion_controller_factory(Arc::new(cubic));
        }
    }
}

/// A client that sends disable_active_migration: the library has a setting for a server alone.
struct DisablesMigration(Arc<rustls::ClientConfig>);

impl crypto::ClientConfig for DisablesMigration {
    fn start_session(
        self: Arc<Self>,
        version: u32,
        server_name: &str,
        parameters: &TransportParameters,
    ) -> Result<Box<dyn crypto::Session>, ConnectError> {
        let mut encoded = Vec::new();
        parameters.write(&mut encoded);
        encoded.extend([DISABLE_ACTIVE_MIGRATION as u8, 0]);
        let changed = TransportParameters::read(Side::Server, &mut encoded.as_slice());
        self.0.clone().start_session(version, server_name, changed.as_ref().unwrap_or(parameters))
    }
}

/// The largest there is where `value` is too large for one.
pub fn varint(value: u64) -> VarInt {
    VarInt::from_u64(value).unwrap_or(VarInt::MAX)
}

struct HostConnectionIds {
    host: Host,
    lifetime: Option<Duration>,
}

impl ConnectionIdGenerator for HostConnectionIds {
    fn generate_cid(&mut self) -> ConnectionId {
        let mut bytes = [0; CONNECTION_ID_LEN];
        self.host.random(&mut bytes);
        ConnectionId::new(&bytes)
    }

    fn cid_len(&self) -> usize {
        CONNECTION_ID_LEN
    }

    fn cid_lifetime(&self) -> Option<Duration> {
        self.lifetime
    }
}
