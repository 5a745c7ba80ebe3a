// SPDX-License-Identifier: GPL-2.0-or-later
//! What quinn-proto says of path validation. Version 0.9.2 reports it to its trace log alone, so this is a
//! subscriber of it (crate tracing) that looks for two messages of quinn_proto::connection.

use std::cell::Cell;
use std::fmt::{self, Debug, Write};
use std::sync::Once;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{set_global_default, Interest};
use tracing::{Event, Metadata, Subscriber};

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Validation {
    Succeeded,
    Failed,
}

const MESSAGES: [(&str, Validation); 2] =
    [("new path validated", Validation::Succeeded), ("path validation failed", Validation::Failed)];

thread_local! {
    static LAST: Cell<Option<Validation>> = Cell::new(None);
}

/// Listens from now on.
pub fn start() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| set_global_default(Listener).expect("nothing else in this object listens"));
}

/// The result of `call`, and how a validation ended during it.
pub fn during<T>(call: impl FnOnce() -> T) -> (T, Option<Validation>) {
    LAST.with(|last| last.set(None));
    let result = call();
    (result, LAST.with(|last| last.take()))
}

struct Listener;

impl Subscriber for Listener {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.enabled(metadata) {
            Interest::always()
        } else {
            Interest::never()
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && metadata.target() == "quinn_proto::connection"
    }

    fn event(&self, event: &Event<'_>) {
        event.record(&mut MessageVisitor);
    }

    fn new_span(&self, _span: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _span: &Id, _values: &Record<'_>) {}
    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}
    fn enter(&self, _span: &Id) {}
    fn exit(&self, _span: &Id) {}
}

struct MessageVisitor;

impl Visit for MessageVisitor {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() != "message" {
            return;
        }
        for (text, validation) in MESSAGES {
            let mut rest = Rest(text);
            if write!(rest, "{:?}", value).is_ok() && rest.0.is_empty() {
                LAST.with(|last| last.set(Some(validation)));
            }
        }
    }
}

/// What is left to be read of a text; what differs from it is an error, which ends the formatting.
struct Rest(&'static str);

impl Write for Rest {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = self.0.strip_prefix(text).ok_or(fmt::Error)?;
        Ok(())
    }
}
