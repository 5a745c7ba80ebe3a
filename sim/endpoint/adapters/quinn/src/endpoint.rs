// SPDX-License-Identifier: GPL-2.0-or-later
//! One endpoint of a node, client and server at once.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use proto::{ClientConfig, ConnectionEvent, ConnectionHandle, DatagramEvent, EcnCodepoint, EndpointEvent};
use quinn_proto as proto;

use crate::abi::{self, Options, Outcome, Path, Status};
use crate::config;
use crate::connection::Connection;
use crate::host::Host;
use crate::library_log;
use crate::tls::{self, Identity};

/// The library sets some first timestamps of a client from the system's clock. They are always as far before virtual
/// time, so that a run does not depend on it.
const AHEAD_OF_SYSTEM: Duration = Duration::from_secs(3600);

pub struct Endpoint {
    pub host: Host,
    /// Virtual time 0.
    base: Instant,
    handshake_timeout: u64,
    max_datagram: usize,
    client: ClientConfig,
    inner: RefCell<proto::Endpoint>,
    connections: RefCell<BTreeMap<usize, Rc<Connection>>>,
}

impl Endpoint {
    pub fn new(options: &Options, host: Host, identity: &Identity) -> Outcome<Rc<Self>> {
        library_log::start();
        let refused = |error: rustls::Error| {
            host.log(None, &format!("rustls: {}", error));
            Status::Tls
        };
        let transport = Arc::new(config::transport(options));
        let client =
            config::client(tls::client(identity, host).map_err(refused)?, transport.clone(), options);
        let server = if options.server {
            let tls = tls::server(identity, host).map_err(refused)?;
            Some(Arc::new(config::server(tls, transport, options, host)))
        } else {
            None
        };
        Ok(Rc::new(Endpoint {
            host,
            base: Instant::now() + AHEAD_OF_SYSTEM,
            handshake_timeout: options.handshake_timeout_ns,
            max_datagram: options.max_datagram as usize,
            client,
            inner: RefCell::new(proto::Endpoint::new(Arc::new(config::endpoint(host, &identity.key, options)), server)),
            connections: RefCell::default(),
        }))
    }

    /// Virtual time in the library's measure.
    pub fn instant(&self) -> Instant {
        self.base + Duration::from_nanos(self.host.now())
    }

    pub fn nanoseconds(&self, instant: Instant) -> u64 {
        instant.saturating_duration_since(self.base).as_nanos() as u64
    }

    pub fn handshake_deadline(&self) -> u64 {
        match self.handshake_timeout {
            0 => abi::NEVER,
            timeout => self.host.now().saturating_add(timeout),
        }
    }

    pub fn connect(self: &Rc<Self>, path: &Path, server_name: Option<&str>) -> Outcome<Rc<Connection>> {
        let remote = path.remote.socket().ok_or(Status::Invalid)?;
        // An address in place of a name: no SNI.
        let address = remote.ip().to_string();
        let valid = |name: &&str| rustls::ServerName::try_from(*name).is_ok();
        let name = server_name.filter(valid).unwrap_or(&address);
        let connected = self.inner.borrow_mut().connect(self.client.clone(), remote, name);
        let (handle, inner) = connected.map_err(|error| {
            self.host.log(None, &error.to_string());
            Status::Invalid
        })?;
        Ok(self.insert(handle, inner, path))
    }

    pub fn receive(self: &Rc<Self>, path: &Path, ecn: u8, data: &[u8]) -> Option<Rc<Connection>> {
        let (local, remote) = (path.local.socket()?, path.remote.socket()?);
        let answer = self.inner.borrow_mut().handle(
            self.instant(),
            remote,
            Some(local.ip()),
            EcnCodepoint::from_bits(ecn),
            data.into(),
        );
        let connection = answer.and_then(|(handle, event)| self.dispatch(handle, event, path, remote));
        self.answer_statelessly(path);
        connection
    }

    pub fn handle_event(&self, handle: ConnectionHandle, event: EndpointEvent) -> Option<ConnectionEvent> {
        if event.is_drained() {
            self.connections.borrow_mut().remove(&handle.0);
        }
        self.inner.borrow_mut().handle_event(handle, event)
    }

    fn dispatch(
        self: &Rc<Self>,
        handle: ConnectionHandle,
        event: DatagramEvent,
        path: &Path,
        remote: SocketAddr,
    ) -> Option<Rc<Connection>> {
        match event {
            DatagramEvent::ConnectionEvent(event) => {
                let connection = self.connections.borrow().get(&handle.0).cloned()?;
                connection.receive(event, path.local, remote);
                Some(connection)
            }
            DatagramEvent::NewConnection(inner) => {
                let connection = self.insert(handle, inner, path);
                // The host holds it from here on, as it holds one that connect made.
                self.host.accepted(unsafe { &*Rc::into_raw(connection.clone()) }, path);
                connection.accepted();
                Some(connection)
            }
        }
    }

    fn insert(
        self: &Rc<Self>,
        handle: ConnectionHandle,
        inner: proto::Connection,
        path: &Path,
    ) -> Rc<Connection> {
        let connection = Rc::new(Connection::new(self.clone(), handle, inner, path.local));
        self.connections.borrow_mut().insert(handle.0, connection.clone());
        connection
    }

    fn answer_statelessly(&self, path: &Path) {
        while let Some(transmit) = self.inner.borrow_mut().poll_transmit() {
            // A stateless reset is nearly as long as what it answers, and that may be longer.
            if transmit.contents.len() > self.max_datagram {
                continue;
            }
            let path = Path { local: path.local, remote: transmit.destination.into() };
            self.host.send(None, path, 0, &transmit.contents);
        }
    }
}
