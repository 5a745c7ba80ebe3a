// SPDX-License-Identifier: GPL-2.0-or-later
//! One connection: quinn-proto's state machine between the calls of the host.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;

use bytes::Bytes;
use proto::{
    ConnectionError, ConnectionEvent, ConnectionHandle, ConnectionStats, Dir, EndpointEvent, StreamId,
};
use quinn_proto as proto;

use crate::abi::{self, Address, CloseKind, Closed, Event, EventKind, Outcome, Path, Status};
use crate::config::varint;
use crate::endpoint::Endpoint;
use crate::library_log::{self, Validation};
use crate::peer::{Peer, RemoteId};
use crate::streams::Streams;

/// A timer that is set while it is served waits that long, as in an event loop.
const GRANULARITY_NS: u64 = 1_000;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Handshake,
    Established,
    Confirmed,
    /// The host was told CLOSED_EVENT.
    Over,
}

pub struct Connection {
    endpoint: Rc<Endpoint>,
    handle: ConnectionHandle,
    state: RefCell<State>,
}

struct State {
    inner: proto::Connection,
    streams: Streams,
    phase: Phase,
    peer: Peer,
    /// As the library has it: a server sends from the address at which the connection began, wherever later datagrams
    /// came.
    local: Address,
    /// Of the other family, once a datagram has come there.
    other_local: Address,
    remote: SocketAddr,
    remote_id: RemoteId,
    closed_here: bool,
    /// The datagram with CONNECTION_CLOSE, once it has left.
    closing: Option<(Path, Vec<u8>)>,
    handshake_deadline: u64,
    /// Not before this time is the next deadline.
    not_before: u64,
    /// The library's endpoint does not know the connection any more.
    drained: bool,
    challenges_sent: u64,
    packets_received: u64,
}

impl Connection {
    pub fn new(
        endpoint: Rc<Endpoint>,
        handle: ConnectionHandle,
        inner: proto::Connection,
        local: Address,
    ) -> Self {
        let handshake_deadline = endpoint.handshake_deadline();
        let state = State {
            streams: Streams::default(),
            phase: Phase::Handshake,
            peer: Peer::default(),
            local,
            other_local: Address::default(),
            remote: inner.remote_address(),
            remote_id: RemoteId::default(),
            closed_here: false,
            closing: None,
            handshake_deadline,
            not_before: 0,
            drained: false,
            challenges_sent: 0,
            packets_received: 0,
            inner,
        };
        Connection { endpoint, handle, state: RefCell::new(state) }
    }

    /// Input: a datagram that the library's endpoint gave to this connection. A client has no socket any more where it
    /// was before it was rebound.
    pub fn receive(&self, event: ConnectionEvent, local: Address, remote: SocketAddr) {
        self.with(|state| {
            if state.inner.side().is_client() && local != state.local {
                return;
            }
            if local.family != state.local.family {
                state.other_local = local;
            }
            let frames = frames_received(&state.inner.stats());
            let (_, validation) = library_log::during(|| state.inner.handle_event(event));
            if frames_received(&state.inner.stats()) != frames {
                state.packets_received += 1;
            }
            if validation == Some(Validation::Succeeded) {
                state.tell_path(EventKind::PathValidated, remote);
            }
        })
    }

    /// What came with the datagram that made the connection.
    pub fn accepted(&self) {
        self.with(|state| state.packets_received = 1)
    }

    pub fn flush(&self) {
        self.with(|state| {
            self.transmit(state);
        })
    }

    pub fn deadline(&self) -> u64 {
        let mut state = self.state.borrow_mut();
        if state.drained {
            return abi::NEVER;
        }
        let library =
            state.inner.poll_timeout().map_or(abi::NEVER, |timeout| self.endpoint.nanoseconds(timeout));
        let library = library.max(state.not_before);
        match state.phase {
            Phase::Handshake => library.min(state.handshake_deadline),
            _ => library,
        }
    }

    pub fn expire(&self) {
        self.with(|state| {
            let now = self.endpoint.host.now();
            if state.phase == Phase::Handshake && now >= state.handshake_deadline {
                state.close(CloseKind::Handshake, false, 0);
                return self.drop_state(state);
            }
            let remote = state.inner.remote_address();
            let now_instant = self.endpoint.instant();
            let (_, validation) = library_log::during(|| state.inner.handle_timeout(now_instant));
            if validation == Some(Validation::Failed) {
                state.tell_path(EventKind::PathFailed, remote);
            }
            state.not_before = now + GRANULARITY_NS;
        })
    }

    /// The library sends no CONNECTION_CLOSE of the transport: `code` goes out as one of the application. It sends it
    /// once: the datagram is kept for a second call (RFC 9000 section 10.2.1).
    pub fn close(&self, code: u64) {
        self.with(|state| {
            if let Some((path, datagram)) = &state.closing {
                return self.endpoint.host.send(Some(self), *path, 0, datagram);
            }
            if state.phase == Phase::Over {
                return;
            }
            state.inner.close(self.endpoint.instant(), varint(code), Bytes::new());
            state.close(CloseKind::Here, true, code);
        })
    }

    /// The host forgets the connection.
    pub fn forget(&self) {
        let mut state = self.state.borrow_mut();
        state.phase = Phase::Over;
        self.drop_state(&mut state);
    }

    pub fn peer(&self, out: &mut abi::Peer) -> Outcome<()> {
        let state = self.state.borrow();
        if state.phase == Phase::Handshake {
            return Err(Status::Invalid);
        }
        let certificate = &state.peer.certificate;
        out.certificate = if certificate.is_empty() { std::ptr::null() } else { certificate.as_ptr() };
        out.certificate_len = certificate.len();
        out.disables_migration = state.peer.disables_migration;
        Ok(())
    }

    pub fn path(&self) -> Path {
        self.state.borrow().path(None)
    }

    pub fn statistics(&self) -> abi::Statistics {
        let state = self.state.borrow();
        abi::Statistics {
            srtt_ns: state.inner.rtt().as_nanos() as u64,
            cwnd: state.inner.stats().path.cwnd,
            packets_received: state.packets_received,
            connection_id_len: state.remote_id.len,
            connection_id: state.remote_id.bytes,
            ..abi::Statistics::default()
        }
    }

    /// The socket was replaced: the library learns of it only that it should send something.
    pub fn rebind(&self, path: &Path) -> Outcome<()> {
        self.with(|state| {
            if state.phase == Phase::Over {
                return Err(Status::Closed);
            }
            if state.inner.side().is_server() || path.remote.socket() != Some(state.remote) {
                return Err(Status::Unsupported);
            }
            state.local = path.local;
            state.inner.ping();
            state.tell_path(EventKind::Moved, state.remote);
            Ok(())
        })
    }

    pub fn ping(&self) {
        self.with(|state| state.inner.ping())
    }

    pub fn stream_open(&self, dir: Dir) -> Outcome<StreamId> {
        self.with_streams(|inner, streams| streams.open(inner, dir))
    }

    pub fn stream_write(&self, id: StreamId, data: &[u8], finish: bool) -> Outcome<usize> {
        self.with_streams(|inner, streams| streams.write(inner, id, data, finish))
    }

    pub fn stream_read(&self, id: StreamId, data: &mut [u8]) -> Outcome<(usize, bool)> {
        self.with_streams(|inner, streams| streams.read(inner, id, data))
    }

    pub fn stream_reset(&self, id: StreamId, code: u64) -> Outcome<()> {
        self.with_streams(|inner, streams| streams.reset(inner, id, varint(code)))
    }

    pub fn stream_prioritise(&self, id: StreamId, priority: i32) {
        let _ = self.with_streams(|inner, streams| {
            streams.prioritise(inner, id, priority);
            Ok(())
        });
    }

    fn with_streams<T>(
        &self,
        call: impl FnOnce(&mut proto::Connection, &mut Streams) -> Outcome<T>,
    ) -> Outcome<T> {
        self.with(|state| match state.phase {
            Phase::Over => Err(Status::Closed),
            _ => call(&mut state.inner, &mut state.streams),
        })
    }

    /// Every call: what to do, then what comes of it in the library, then the events. Of a connection that is over the
    /// host asks nothing more: its last packet leaves before.
    fn with<T>(&self, call: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state.borrow_mut();
        let open = state.phase != Phase::Over;
        let result = call(&mut state);
        self.exchange(&mut state);
        state.poll();
        if open && state.phase == Phase::Over {
            let last = self.transmit(&mut state);
            state.closing = last.filter(|_| state.closed_here);
        }
        for event in state.streams.events.drain(..) {
            self.endpoint.host.event(self, &event);
        }
        result
    }

    /// Between the library's connection and its endpoint.
    fn exchange(&self, state: &mut State) {
        while let Some(event) = state.inner.poll_endpoint_events() {
            state.drained |= event.is_drained();
            if let Some(answer) = self.endpoint.handle_event(self.handle, event) {
                state.inner.handle_event(answer);
            }
        }
    }

    /// The datagram that left last.
    fn transmit(&self, state: &mut State) -> Option<(Path, Vec<u8>)> {
        let mut last = None;
        if state.drained {
            return last;
        }
        let now = self.endpoint.instant();
        while let Some(transmit) = state.inner.poll_transmit(now, 1) {
            let path = state.path(Some(transmit.destination));
            let challenges = state.inner.stats().frame_tx.path_challenge;
            if challenges != state.challenges_sent {
                state.challenges_sent = challenges;
                state.tell_path(EventKind::ChallengeSent, transmit.destination);
            }
            state.remote_id.read_from(&transmit.contents);
            let ecn = transmit.ecn.map_or(0, |codepoint| codepoint as u8);
            self.endpoint.host.send(Some(self), path, ecn, &transmit.contents);
            last = Some((path, transmit.contents));
        }
        last
    }

    fn drop_state(&self, state: &mut State) {
        if !state.drained {
            state.drained = true;
            self.endpoint.handle_event(self.handle, EndpointEvent::drained());
        }
    }
}

impl State {
    fn path(&self, remote: Option<SocketAddr>) -> Path {
        let remote = Address::from(remote.unwrap_or(self.remote));
        let same_family = remote.family == self.local.family;
        Path { local: if same_family { self.local } else { self.other_local }, remote }
    }

    fn tell(&mut self, event: Event) {
        if self.phase != Phase::Over {
            self.streams.events.push(event);
        }
    }

    fn tell_path(&mut self, kind: EventKind, remote: SocketAddr) {
        let path = self.path(Some(remote));
        self.tell(Event { path, ..Event::new(kind) });
    }

    fn close(&mut self, kind: CloseKind, application: bool, code: u64) {
        let closed = Closed { kind: kind as u32, application, code };
        self.tell(Event { closed, ..Event::new(EventKind::Closed) });
        self.phase = Phase::Over;
        self.closed_here = kind == CloseKind::Here;
    }

    fn poll(&mut self) {
        let remote = self.inner.remote_address();
        if remote != self.remote {
            self.remote = remote;
            self.tell_path(EventKind::Moved, remote);
        }
        while let Some(event) = self.inner.poll() {
            if self.phase != Phase::Over {
                self.on_event(event);
            }
        }
        let confirmed = self.inner.side().is_server() || self.inner.stats().frame_rx.handshake_done > 0;
        if self.phase == Phase::Established && confirmed {
            self.phase = Phase::Confirmed;
            self.tell(Event::new(EventKind::Confirmed));
        }
    }

    fn on_event(&mut self, event: proto::Event) {
        match event {
            proto::Event::Connected => {
                self.peer = Peer::of(self.inner.crypto_session());
                self.phase = Phase::Established;
                self.tell(Event::new(EventKind::Established));
            }
            proto::Event::ConnectionLost { reason } => self.lost(reason),
            proto::Event::Stream(event) => self.streams.on_event(&mut self.inner, event),
            proto::Event::HandshakeDataReady | proto::Event::DatagramReceived => {}
        }
    }

    fn lost(&mut self, reason: ConnectionError) {
        match reason {
            ConnectionError::TransportError(error) => self.close(CloseKind::Here, false, error.code.into()),
            ConnectionError::ConnectionClosed(close) => {
                self.close(CloseKind::There, false, close.error_code.into())
            }
            ConnectionError::ApplicationClosed(close) => {
                self.close(CloseKind::There, true, close.error_code.into_inner())
            }
            ConnectionError::Reset => self.close(CloseKind::Reset, false, 0),
            ConnectionError::TimedOut => self.close(CloseKind::Idle, false, 0),
            ConnectionError::LocallyClosed => self.close(CloseKind::Here, true, 0),
            ConnectionError::VersionMismatch => self.close(CloseKind::Dropped, false, 0),
        }
    }
}

/// Grows with every packet that was authenticated: frames are counted after that, and each packet has one at least.
fn frames_received(stats: &ConnectionStats) -> u64 {
    let f = &stats.frame_rx;
    let streams = f.stream + f.max_data + f.max_stream_data + f.max_streams_bidi + f.max_streams_uni;
    let blocked = f.data_blocked + f.stream_data_blocked + f.streams_blocked_bidi + f.streams_blocked_uni;
    let cut = f.reset_stream + f.stop_sending + f.connection_close;
    let ids = f.new_connection_id + f.retire_connection_id + f.path_challenge + f.path_response;
    let others = f.acks + f.crypto + f.ping + f.datagram + f.new_token + u64::from(f.handshake_done);
    streams + blocked + cut + ids + others
}
