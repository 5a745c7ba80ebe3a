// SPDX-License-Identifier: GPL-2.0-or-later
//! The calls of the host.

use std::ffi::CString;
use std::ptr;

use crate::abi::{self, Datagram, Event, Path};
use crate::connection::Connection;

#[derive(Clone, Copy)]
pub struct Host {
    calls: *const abi::Calls,
    handle: *mut abi::HostHandle,
}

// rustls and quinn-proto want their callbacks to be Send and Sync. All calls come from one thread: the ABI says so.
unsafe impl Send for Host {}
unsafe impl Sync for Host {}

impl Host {
    /// # Safety
    /// Both outlive the endpoint.
    pub unsafe fn new(calls: *const abi::Calls, handle: *mut abi::HostHandle) -> Self {
        Host { calls, handle }
    }

    fn calls(&self) -> &abi::Calls {
        unsafe { &*self.calls }
    }

    pub fn now(&self) -> u64 {
        unsafe { (self.calls().now)(self.handle) }
    }

    pub fn random(&self, bytes: &mut [u8]) {
        unsafe { (self.calls().random)(self.handle, bytes.as_mut_ptr(), bytes.len()) }
    }

    /// A datagram that does not leave is lost as any may be: quinn-proto does not learn of it.
    pub fn send(&self, connection: Option<&Connection>, path: Path, ecn: u8, data: &[u8]) {
        let datagram = Datagram { path, ecn, data: data.as_ptr(), len: data.len() };
        unsafe { (self.calls().send)(self.handle, pointer(connection), &datagram) };
    }

    pub fn accepted(&self, connection: &Connection, path: &Path) {
        unsafe { (self.calls().accepted)(self.handle, connection, path) }
    }

    pub fn event(&self, connection: &Connection, event: &Event) {
        unsafe { (self.calls().event)(self.handle, connection, event) }
    }

    pub fn keylog(&self, line: &str) {
        if let Ok(line) = CString::new(line) {
            unsafe { (self.calls().keylog)(self.handle, line.as_ptr()) }
        }
    }

    pub fn log(&self, connection: Option<&Connection>, text: &str) {
        if let Ok(text) = CString::new(text) {
            unsafe { (self.calls().log)(self.handle, pointer(connection), text.as_ptr()) }
        }
    }
}

fn pointer(connection: Option<&Connection>) -> *const Connection {
    connection.map_or(ptr::null(), |connection| connection)
}
