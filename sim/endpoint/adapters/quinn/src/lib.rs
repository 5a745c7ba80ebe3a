// SPDX-License-Identifier: GPL-2.0-or-later
//! quinn-proto behind roam_endpoint.h: the functions of the ABI.
//!
//! Endpoint and connection are counted references; the host owns one of each, as a raw pointer. Arguments are
//! pointers of the host, valid as the header says.

mod abi;
mod config;
mod connection;
mod endpoint;
mod host;
mod library_log;
mod peer;
mod streams;
mod tls;

use std::ffi::CStr;
use std::mem::size_of;
use std::os::raw::{c_char, c_int};
use std::ptr;
use std::rc::Rc;
use std::slice;

use quinn_proto::{Dir, StreamId};

use abi::{Datagram, Library, Options, Outcome, Path, Status};
use connection::Connection;
use endpoint::Endpoint;
use host::Host;
use tls::Identity;

static LIBRARY: Library = Library {
    abi: abi::VERSION,
    reserved: 0,
    size: size_of::<Library>(),
    name: text(b"quinn\0"),
    version: text(b"quinn-proto 0.9.2, rustls 0.20\0"),
    capabilities: abi::CLIENT
        | abi::SERVER
        | abi::CAN_REBIND
        | abi::REPORTS_CHALLENGES
        | abi::REPORTS_STATISTICS
        | abi::HONOURS_DISABLE
        | abi::SETS_CONGESTION
        | abi::SETS_INITIAL_WINDOW
        | abi::SETS_RETIRE_CONNECTION_IDS,
    connection_id_len: config::CONNECTION_ID_LEN as u8,
    endpoint_new,
    endpoint_free,
    connect,
    receive,
    route: None,
    flush,
    deadline,
    expire,
    close,
    connection_free,
    peer,
    path,
    statistics: Some(statistics),
    stream_open,
    stream_write,
    stream_read,
    stream_reset,
    stream_priority: Some(stream_priority),
    migrate: Some(migrate),
    migrate_abandon: None,
    ping: Some(ping),
};

const fn text(bytes: &'static [u8]) -> *const c_char {
    bytes.as_ptr() as *const c_char
}

#[no_mangle]
pub extern "C" fn roam_endpoint_library_get(abi: u32) -> *const Library {
    if abi == abi::VERSION {
        &LIBRARY
    } else {
        ptr::null()
    }
}

fn status<T>(outcome: Outcome<T>) -> c_int {
    match outcome {
        Ok(_) => 0,
        Err(status) => status as c_int,
    }
}

/// The bytes at `data`, which may be NULL where there are none.
unsafe fn bytes<'a>(data: *const u8, len: usize) -> &'a [u8] {
    if len == 0 {
        &[]
    } else {
        slice::from_raw_parts(data, len)
    }
}

unsafe extern "C" fn endpoint_new(options: *const Options, out: *mut *const Endpoint) -> c_int {
    let options = &*options;
    if options.size < size_of::<Options>() {
        return Status::Invalid as c_int;
    }
    let host = Host::new(options.calls, options.host);
    if options.option_count > 0 {
        let name = CStr::from_ptr((*options.options).name);
        host.log(None, &format!("there is no option '{}': there are none", name.to_string_lossy()));
        return Status::Invalid as c_int;
    }
    if !config::can_set(options) {
        host.log(None, "the initial window of BBR cannot be set");
        return Status::Invalid as c_int;
    }
    let identity = Identity {
        certificate: bytes(options.certificate, options.certificate_len).to_vec(),
        key: bytes(options.key, options.key_len).to_vec(),
        alpn: CStr::from_ptr(options.alpn).to_bytes().to_vec(),
    };
    status(Endpoint::new(options, host, &identity).map(|endpoint| *out = Rc::into_raw(endpoint)))
}

unsafe extern "C" fn endpoint_free(endpoint: *const Endpoint) {
    drop(Rc::from_raw(endpoint));
}

/// Another reference to what the host holds.
unsafe fn shared<T>(pointer: *const T) -> Rc<T> {
    Rc::increment_strong_count(pointer);
    Rc::from_raw(pointer)
}

unsafe extern "C" fn connect(
    endpoint: *const Endpoint,
    path: *const Path,
    server_name: *const c_char,
    out: *mut *const Connection,
) -> c_int {
    let name = if server_name.is_null() { None } else { CStr::from_ptr(server_name).to_str().ok() };
    status(shared(endpoint).connect(&*path, name).map(|connection| *out = Rc::into_raw(connection)))
}

unsafe extern "C" fn receive(endpoint: *const Endpoint, datagram: *const Datagram) -> *const Connection {
    let datagram = &*datagram;
    let data = bytes(datagram.data, datagram.len);
    match shared(endpoint).receive(&datagram.path, datagram.ecn, data) {
        Some(connection) => Rc::as_ptr(&connection),
        None => ptr::null(),
    }
}

unsafe extern "C" fn flush(connection: *const Connection) {
    (*connection).flush()
}

unsafe extern "C" fn deadline(connection: *const Connection) -> u64 {
    (*connection).deadline()
}

unsafe extern "C" fn expire(connection: *const Connection) {
    shared(connection).expire()
}

unsafe extern "C" fn close(connection: *const Connection, _application: bool, code: u64) {
    shared(connection).close(code)
}

unsafe extern "C" fn connection_free(connection: *const Connection) {
    Rc::from_raw(connection).forget()
}

unsafe extern "C" fn peer(connection: *const Connection, out: *mut abi::Peer) -> c_int {
    status((*connection).peer(&mut *out))
}

unsafe extern "C" fn path(connection: *const Connection, out: *mut Path) {
    *out = (*connection).path()
}

unsafe extern "C" fn statistics(connection: *const Connection, out: *mut abi::Statistics) {
    let size = (*out).size;
    let statistics = abi::Statistics { size, ..(*connection).statistics() };
    let known = size.min(size_of::<abi::Statistics>());
    ptr::copy_nonoverlapping(&statistics as *const _ as *const u8, out as *mut u8, known);
}

unsafe extern "C" fn stream_open(
    connection: *const Connection,
    bidirectional: bool,
    stream: *mut i64,
) -> c_int {
    let dir = if bidirectional { Dir::Bi } else { Dir::Uni };
    status((*connection).stream_open(dir).map(|id| *stream = id.0 as i64))
}

unsafe extern "C" fn stream_write(
    connection: *const Connection,
    stream: i64,
    data: *const u8,
    len: usize,
    finish: bool,
    taken: *mut usize,
) -> c_int {
    let outcome = (*connection).stream_write(StreamId(stream as u64), bytes(data, len), finish);
    *taken = *outcome.as_ref().unwrap_or(&0);
    status(outcome)
}

unsafe extern "C" fn stream_read(
    connection: *const Connection,
    stream: i64,
    data: *mut u8,
    capacity: usize,
    len: *mut usize,
    finished: *mut bool,
) -> c_int {
    let room = if capacity == 0 { &mut [] } else { slice::from_raw_parts_mut(data, capacity) };
    let outcome = (*connection).stream_read(StreamId(stream as u64), room);
    let (read, end) = *outcome.as_ref().unwrap_or(&(0, false));
    *len = read;
    *finished = end;
    status(outcome)
}

unsafe extern "C" fn stream_reset(connection: *const Connection, stream: i64, code: u64) -> c_int {
    status((*connection).stream_reset(StreamId(stream as u64), code))
}

/// RFC 9218: 3 is the default, and less is first; in the library 0 is, and more is first.
unsafe extern "C" fn stream_priority(connection: *const Connection, stream: i64, urgency: u8) {
    (*connection).stream_prioritise(StreamId(stream as u64), 3 - i32::from(urgency))
}

unsafe extern "C" fn migrate(connection: *const Connection, path: *const Path, mode: u32) -> c_int {
    status(match mode {
        abi::MIGRATE_REBIND => (*connection).rebind(&*path),
        _ => Err(Status::Unsupported),
    })
}

unsafe extern "C" fn ping(connection: *const Connection, _resume: bool) {
    (*connection).ping()
}
