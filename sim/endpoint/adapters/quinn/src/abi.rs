// SPDX-License-Identifier: GPL-2.0-or-later
//! Mirror of roam_endpoint.h, ABI version 1. The header says what each member means.

use std::mem::size_of;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::raw::{c_char, c_int, c_void};

use crate::connection::Connection;
use crate::endpoint::Endpoint;

pub const VERSION: u32 = 1;
pub const NEVER: u64 = u64::MAX;

pub const CLIENT: u64 = 1 << 0;
pub const SERVER: u64 = 1 << 1;
pub const CAN_REBIND: u64 = 1 << 4;
pub const REPORTS_CHALLENGES: u64 = 1 << 7;
pub const REPORTS_STATISTICS: u64 = 1 << 8;
pub const HONOURS_DISABLE: u64 = 1 << 9;
pub const SETS_CONGESTION: u64 = 1 << 11;
pub const SETS_INITIAL_WINDOW: u64 = 1 << 12;
pub const SETS_RETIRE_CONNECTION_IDS: u64 = 1 << 19;

pub const CONGESTION_RENO: u32 = 2;
pub const CONGESTION_BBR: u32 = 3;

pub const MIGRATE_REBIND: u32 = 3;

/// A negative roam_endpoint_status; `Ok` is 0.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Blocked = -1,
    Unsupported = -3,
    Invalid = -4,
    Tls = -6,
    Closed = -7,
    Failed = -8,
}

pub type Outcome<T> = Result<T, Status>;

#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    Established = 1,
    Confirmed = 2,
    StreamOpened = 3,
    StreamReadable = 4,
    StreamWritable = 5,
    StreamClosed = 7,
    StreamsAvailable = 8,
    ChallengeSent = 9,
    PathValidated = 10,
    PathFailed = 11,
    Moved = 12,
    Closed = 13,
}

#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseKind {
    Here = 1,
    There = 2,
    Reset = 3,
    Idle = 4,
    Handshake = 5,
    Dropped = 6,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Address {
    pub family: u8,
    pub reserved: u8,
    pub port: u16,
    pub bytes: [u8; 16],
}

impl Address {
    /// `None`: there is no address in it.
    pub fn socket(&self) -> Option<SocketAddr> {
        let b = self.bytes;
        let ip = match self.family {
            4 => IpAddr::V4(Ipv4Addr::new(b[0], b[1], b[2], b[3])),
            6 => IpAddr::V6(Ipv6Addr::from(b)),
            _ => return None,
        };
        Some(SocketAddr::new(ip, self.port))
    }
}

impl From<SocketAddr> for Address {
    fn from(socket: SocketAddr) -> Self {
        let mut address = Address { port: socket.port(), ..Address::default() };
        match socket.ip() {
            IpAddr::V4(ip) => {
                address.family = 4;
                address.bytes[..4].copy_from_slice(&ip.octets());
            }
            IpAddr::V6(ip) => {
                address.family = 6;
                address.bytes = ip.octets();
            }
        }
        address
    }
}

#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Path {
    pub local: Address,
    pub remote: Address,
}

#[repr(C)]
pub struct Datagram {
    pub path: Path,
    pub ecn: u8,
    pub data: *const u8,
    pub len: usize,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct Closed {
    pub kind: u32,
    pub application: bool,
    pub code: u64,
}

#[repr(C)]
pub struct Event {
    pub kind: u32,
    pub stream: i64,
    pub bytes: u64,
    pub path: Path,
    pub reset: bool,
    pub closed: Closed,
}

impl Event {
    pub fn new(kind: EventKind) -> Self {
        Event {
            kind: kind as u32,
            stream: -1,
            bytes: 0,
            path: Path::default(),
            reset: false,
            closed: Closed::default(),
        }
    }
}

/// roam_endpoint_host: the host's own type.
#[repr(C)]
pub struct HostHandle {
    _private: [u8; 0],
}

#[repr(C)]
pub struct Calls {
    pub size: usize,
    pub now: unsafe extern "C" fn(*mut HostHandle) -> u64,
    pub random: unsafe extern "C" fn(*mut HostHandle, *mut u8, usize),
    pub send: unsafe extern "C" fn(*mut HostHandle, *const Connection, *const Datagram) -> c_int,
    pub accepted: unsafe extern "C" fn(*mut HostHandle, *const Connection, *const Path),
    pub event: unsafe extern "C" fn(*mut HostHandle, *const Connection, *const Event),
    pub keylog: unsafe extern "C" fn(*mut HostHandle, *const c_char),
    pub qlog: unsafe extern "C" fn(*mut HostHandle, *const Connection, *const c_void, usize, bool),
    pub log: unsafe extern "C" fn(*mut HostHandle, *const Connection, *const c_char),
}

#[repr(C)]
pub struct NamedOption {
    pub name: *const c_char,
    pub value: *const c_char,
}

#[repr(C)]
pub struct Options {
    pub size: usize,
    pub calls: *const Calls,
    pub host: *mut HostHandle,
    pub node: *const c_char,
    pub server: bool,
    pub alpn: *const c_char,
    pub certificate: *const u8,
    pub key: *const u8,
    pub certificate_len: usize,
    pub key_len: usize,
    pub options: *const NamedOption,
    pub option_count: usize,
    pub idle_timeout_ns: u64,
    pub handshake_timeout_ns: u64,
    pub initial_rtt_ns: u64,
    pub stream_window: u64,
    pub connection_window: u64,
    pub max_window: u64,
    pub max_streams_bidirectional: u32,
    pub max_streams_unidirectional: u32,
    pub active_connection_id_limit: u32,
    pub max_datagram: u32,
    pub disable_active_migration: bool,
    pub settings: u64,
    pub congestion: u32,
    pub initial_window: u32,
    pub ack_every: u32,
    pub ack_delay_exponent: u32,
    pub max_ack_delay_ns: u64,
    pub rotate_connection_ids_ns: u64,
    pub retire_connection_ids_ns: u64,
    pub pmtud: bool,
    pub ecn: bool,
}

impl Options {
    /// The scenario asks for what that bit stands for.
    pub fn sets(&self, setting: u64) -> bool {
        self.settings & setting != 0
    }
}

#[repr(C)]
pub struct Peer {
    pub size: usize,
    pub certificate: *const u8,
    pub certificate_len: usize,
    pub disables_migration: bool,
}

#[repr(C)]
#[derive(Default)]
pub struct Statistics {
    pub size: usize,
    pub srtt_ns: u64,
    pub rttvar_ns: u64,
    pub latest_rtt_ns: u64,
    pub min_rtt_ns: u64,
    pub pto_ns: u64,
    pub cwnd: u64,
    pub bytes_in_flight: u64,
    pub packets_received: u64,
    pub unacknowledged: u64,
    pub connection_id_len: u8,
    pub connection_id: [u8; 20],
}

type Conn = *const Connection;

#[repr(C)]
pub struct Library {
    pub abi: u32,
    pub reserved: u32,
    pub size: usize,
    pub name: *const c_char,
    pub version: *const c_char,
    pub capabilities: u64,
    pub connection_id_len: u8,
    pub endpoint_new: unsafe extern "C" fn(*const Options, *mut *const Endpoint) -> c_int,
    pub endpoint_free: unsafe extern "C" fn(*const Endpoint),
    pub connect: unsafe extern "C" fn(*const Endpoint, *const Path, *const c_char, *mut Conn) -> c_int,
    pub receive: unsafe extern "C" fn(*const Endpoint, *const Datagram) -> Conn,
    pub route: Option<unsafe extern "C" fn(*const Endpoint, *const Datagram) -> Conn>,
    pub flush: unsafe extern "C" fn(Conn),
    pub deadline: unsafe extern "C" fn(Conn) -> u64,
    pub expire: unsafe extern "C" fn(Conn),
    pub close: unsafe extern "C" fn(Conn, bool, u64),
    pub connection_free: unsafe extern "C" fn(Conn),
    pub peer: unsafe extern "C" fn(Conn, *mut Peer) -> c_int,
    pub path: unsafe extern "C" fn(Conn, *mut Path),
    pub statistics: Option<unsafe extern "C" fn(Conn, *mut Statistics)>,
    pub stream_open: unsafe extern "C" fn(Conn, bool, *mut i64) -> c_int,
    pub stream_write: unsafe extern "C" fn(Conn, i64, *const u8, usize, bool, *mut usize) -> c_int,
    pub stream_read: unsafe extern "C" fn(Conn, i64, *mut u8, usize, *mut usize, *mut bool) -> c_int,
    pub stream_reset: unsafe extern "C" fn(Conn, i64, u64) -> c_int,
    pub stream_priority: Option<unsafe extern "C" fn(Conn, i64, u8)>,
    pub migrate: Option<unsafe extern "C" fn(Conn, *const Path, u32) -> c_int>,
    pub migrate_abandon: Option<unsafe extern "C" fn(Conn)>,
    pub ping: Option<unsafe extern "C" fn(Conn, bool)>,
}

// Its pointers are to constants.
unsafe impl Sync for Library {}

const _: () = assert!(size_of::<Address>() == 20);
const _: () = assert!(size_of::<Datagram>() == 64);
const _: () = assert!(size_of::<Event>() == 88);
const _: () = assert!(size_of::<Calls>() == 72);
const _: () = assert!(size_of::<Options>() == 224);
const _: () = assert!(size_of::<Peer>() == 32);
const _: () = assert!(size_of::<Statistics>() == 104);
const _: () = assert!(size_of::<Library>() == 216);
