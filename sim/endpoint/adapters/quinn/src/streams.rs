// SPDX-License-Identifier: GPL-2.0-or-later
//! The streams of one connection: quinn-proto's two halves, and the host's one stream of them.

use std::collections::BTreeMap;

use proto::{Connection, Dir, ReadError, StreamEvent, StreamId, VarInt, WriteError};
use quinn_proto as proto;

use crate::abi::{Event, EventKind, Outcome, Status};

/// What comes from the peer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Receiving {
    Open,
    /// The library has given the end away, and the host has not read it yet.
    Ended,
    Reset,
    /// Over, or never there.
    Over,
}

struct Stream {
    receiving: Receiving,
    sending: bool,
    /// A write was not taken whole: the host waits for STREAM_WRITABLE.
    blocked: bool,
    reset: bool,
}

#[derive(Default)]
pub struct Streams {
    open: BTreeMap<StreamId, Stream>,
    /// An open was refused, by direction: the host waits for STREAMS_AVAILABLE.
    refused: [bool; 2],
    /// For the host, in order.
    pub events: Vec<Event>,
}

impl Streams {
    pub fn on_event(&mut self, inner: &mut Connection, event: StreamEvent) {
        match event {
            StreamEvent::Opened { dir } => self.accept(inner, dir),
            StreamEvent::Readable { id } => self.readable(inner, id),
            StreamEvent::Writable { id } => self.writable(id),
            StreamEvent::Finished { id } => self.sent(id, false),
            StreamEvent::Stopped { id, error_code } => {
                // RFC 9000 section 3.5 asks for RESET_STREAM; the library leaves it to the application.
                let _ = inner.send_stream(id).reset(error_code);
                self.sent(id, true);
            }
            StreamEvent::Available { dir } => {
                if std::mem::take(&mut self.refused[dir as usize]) {
                    self.events.push(Event::new(EventKind::StreamsAvailable));
                }
            }
        }
    }

    pub fn open(&mut self, inner: &mut Connection, dir: Dir) -> Outcome<StreamId> {
        match inner.streams().open(dir) {
            Some(id) => {
                self.insert(id, dir == Dir::Bi, true);
                Ok(id)
            }
            None => {
                self.refused[dir as usize] = true;
                Err(Status::Blocked)
            }
        }
    }

    /// The bytes taken.
    pub fn write(
        &mut self,
        inner: &mut Connection,
        id: StreamId,
        data: &[u8],
        finish: bool,
    ) -> Outcome<usize> {
        let stream = self.open.get_mut(&id).filter(|stream| stream.sending).ok_or(Status::Closed)?;
        let mut taken = 0;
        // Again after less than all: the library announces room to a write alone that it blocked.
        while taken < data.len() {
            match inner.send_stream(id).write(&data[taken..]) {
                Ok(bytes) => taken += bytes,
                Err(WriteError::Blocked) => {
                    stream.blocked = true;
                    return if taken > 0 { Ok(taken) } else { Err(Status::Blocked) };
                }
                Err(WriteError::Stopped(_)) | Err(WriteError::UnknownStream) => return Err(Status::Closed),
            }
        }
        if finish {
            inner.send_stream(id).finish().map_err(|_| Status::Closed)?;
        }
        Ok(taken)
    }

    /// The bytes read, and whether they are the last.
    pub fn read(&mut self, inner: &mut Connection, id: StreamId, data: &mut [u8]) -> Outcome<(usize, bool)> {
        let stream = self.open.get_mut(&id).ok_or(Status::Closed)?;
        let mut filled = 0;
        if stream.receiving == Receiving::Open {
            filled = copy(inner, id, stream, data);
        }
        match stream.receiving {
            Receiving::Open => Ok((filled, false)),
            Receiving::Reset => Err(Status::Closed),
            Receiving::Ended | Receiving::Over => {
                stream.receiving = Receiving::Over;
                self.close_if_over(id);
                Ok((filled, true))
            }
        }
    }

    pub fn reset(&mut self, inner: &mut Connection, id: StreamId, code: VarInt) -> Outcome<()> {
        let stream = self.open.get_mut(&id).ok_or(Status::Closed)?;
        if stream.sending {
            let _ = inner.send_stream(id).reset(code);
        }
        if stream.receiving == Receiving::Open {
            let _ = inner.recv_stream(id).stop(code);
        }
        stream.sending = false;
        stream.receiving = Receiving::Over;
        stream.reset = true;
        self.close_if_over(id);
        Ok(())
    }

    pub fn prioritise(&mut self, inner: &mut Connection, id: StreamId, priority: i32) {
        if self.open.get(&id).map_or(false, |stream| stream.sending) {
            let _ = inner.send_stream(id).set_priority(priority);
        }
    }

    fn accept(&mut self, inner: &mut Connection, dir: Dir) {
        while let Some(id) = inner.streams().accept(dir) {
            self.insert(id, true, dir == Dir::Bi);
            self.tell(id, EventKind::StreamOpened);
            // The library does not announce separately what came with the first frame.
            self.readable(inner, id);
        }
    }

    fn insert(&mut self, id: StreamId, receives: bool, sending: bool) {
        let receiving = if receives { Receiving::Open } else { Receiving::Over };
        self.open.insert(id, Stream { receiving, sending, blocked: false, reset: false });
    }

    /// Frames came; what they hold may still be after a gap.
    fn readable(&mut self, inner: &mut Connection, id: StreamId) {
        let stream = match self.open.get_mut(&id) {
            Some(stream) if stream.receiving == Receiving::Open => stream,
            _ => return,
        };
        let bytes = peek(inner, id, stream);
        match stream.receiving {
            Receiving::Open if !bytes => {}
            Receiving::Open | Receiving::Ended => self.tell(id, EventKind::StreamReadable),
            Receiving::Reset | Receiving::Over => {
                stream.reset = true;
                if stream.sending {
                    self.tell(id, EventKind::StreamReadable);
                } else {
                    self.close_if_over(id);
                }
            }
        }
    }

    fn writable(&mut self, id: StreamId) {
        let waited = self.open.get_mut(&id).map_or(false, |stream| std::mem::take(&mut stream.blocked));
        if waited {
            self.tell(id, EventKind::StreamWritable);
        }
    }

    fn sent(&mut self, id: StreamId, reset: bool) {
        if let Some(stream) = self.open.get_mut(&id) {
            stream.sending = false;
            stream.reset |= reset;
            self.close_if_over(id);
        }
    }

    fn close_if_over(&mut self, id: StreamId) {
        let reset = match self.open.get(&id) {
            Some(stream) => {
                let receives = matches!(stream.receiving, Receiving::Open | Receiving::Ended);
                if stream.sending || receives {
                    return;
                }
                stream.reset
            }
            None => return,
        };
        self.open.remove(&id);
        self.events.push(Event { stream: id.0 as i64, reset, ..Event::new(EventKind::StreamClosed) });
    }

    fn tell(&mut self, id: StreamId, kind: EventKind) {
        self.events.push(Event { stream: id.0 as i64, ..Event::new(kind) });
    }
}

/// Whether there are bytes to be read; sets `receiving` where the stream is over instead.
fn peek(inner: &mut Connection, id: StreamId, stream: &mut Stream) -> bool {
    let mut half = inner.recv_stream(id);
    let mut chunks = match half.read(true) {
        Ok(chunks) => chunks,
        Err(_) => return false,
    };
    let next = chunks.next(0);
    let _ = chunks.finalize();
    stream.receiving = after(&next.as_ref().map(Option::is_some));
    matches!(next, Ok(Some(_)))
}

/// Fills `data` as far as bytes are there; says how far.
fn copy(inner: &mut Connection, id: StreamId, stream: &mut Stream, data: &mut [u8]) -> usize {
    let mut half = inner.recv_stream(id);
    let mut chunks = match half.read(true) {
        Ok(chunks) => chunks,
        Err(_) => return 0,
    };
    let mut filled = 0;
    loop {
        // With no room left, only to see whether the end is there.
        let next = chunks.next(data.len() - filled);
        stream.receiving = after(&next.as_ref().map(Option::is_some));
        match next {
            Ok(Some(chunk)) if !chunk.bytes.is_empty() => {
                data[filled..filled + chunk.bytes.len()].copy_from_slice(&chunk.bytes);
                filled += chunk.bytes.len();
            }
            _ => break,
        }
    }
    let _ = chunks.finalize();
    filled
}

fn after(next: &Result<bool, &ReadError>) -> Receiving {
    match next {
        Ok(true) | Err(ReadError::Blocked) => Receiving::Open,
        Ok(false) => Receiving::Ended,
        Err(ReadError::Reset(_)) => Receiving::Reset,
    }
}
