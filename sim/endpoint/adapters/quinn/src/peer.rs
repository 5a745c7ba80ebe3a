// SPDX-License-Identifier: GPL-2.0-or-later
//! What is known of the peer once the handshake is complete.

use proto::crypto::Session;
use proto::{coding::Codec, VarInt};
use quinn_proto as proto;

pub const DISABLE_ACTIVE_MIGRATION: u64 = 0x0c; // RFC 9000 section 18.2

#[derive(Default)]
pub struct Peer {
    /// DER of the leaf; empty: none.
    pub certificate: Vec<u8>,
    pub disables_migration: bool,
}

impl Peer {
    pub fn of(session: &dyn Session) -> Self {
        Peer {
            certificate: leaf(session).unwrap_or_default(),
            disables_migration: disables_migration(session),
        }
    }
}

fn leaf(session: &dyn Session) -> Option<Vec<u8>> {
    let chain = session.peer_identity()?.downcast::<Vec<rustls::Certificate>>().ok()?;
    chain.first().map(|certificate| certificate.0.clone())
}

/// The members of TransportParameters are private, its encoding is not.
fn disables_migration(session: &dyn Session) -> bool {
    let mut encoded = Vec::new();
    if let Ok(Some(parameters)) = session.transport_parameters() {
        parameters.write(&mut encoded);
    }
    let mut rest = encoded.as_slice();
    while let (Ok(id), Ok(len)) = (VarInt::decode(&mut rest), VarInt::decode(&mut rest)) {
        if id.into_inner() == DISABLE_ACTIVE_MIGRATION {
            return true;
        }
        rest = rest.get(len.into_inner() as usize..).unwrap_or_default();
    }
    false
}

/// The peer's connection ID in use, as last sent. The library does not tell it. A short header holds no length: the
/// peer's connection IDs are taken to be as long as the one of its handshake.
#[derive(Default)]
pub struct RemoteId {
    pub len: u8,
    pub bytes: [u8; 20],
}

impl RemoteId {
    /// `datagram` begins with a packet of ours.
    pub fn read_from(&mut self, datagram: &[u8]) {
        let id = match datagram {
            [first, _, _, _, _, len, rest @ ..] if first & 0x80 != 0 => rest.get(..usize::from(*len)),
            [_, rest @ ..] => rest.get(..usize::from(self.len)),
            [] => None,
        };
        if let Some(id) = id.filter(|id| id.len() <= self.bytes.len()) {
            self.len = id.len() as u8;
            self.bytes[..id.len()].copy_from_slice(id);
        }
    }
}
