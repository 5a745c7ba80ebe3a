# SPDX-License-Identifier: GPL-2.0-or-later
"""What was seen in a soak, and what it comes to: the table and the verdict. It asks neither the kernel nor the nodes.

Times are seconds of the monotonic clock, which the events of the nodes have too.
"""
import bisect
import dataclasses
import statistics

WORST_GAP = 1.0        # s without data while there is a path
GIVEN_UP = 60.0        # s without a path after which a connection may be lost: the net tick of roam.h
GROWTH_KIB = 512       # of a node, from the second quarter of the soak to the last
SETTLED = 0.5          # s after which the probe must be answered when there is a path
QUEUED = 0.15          # s that a datagram may wait in the kernel for a neighbour or a link
LINE_FLOWS = ("up", "down")
FILE_FLOWS = ("file up", "file down")


@dataclasses.dataclass
class Event:
    """Something that the soak did. Those that touch the path have `broke` and `back`: no path is promised between."""
    number: int
    kind: str
    text: str
    began: float
    broke: float = None
    broken: float = None  # from here to `mending` there is no path at all
    mending: float = None
    back: float = None
    gap: float = None


@dataclasses.dataclass
class Span:
    """When a flow had something to send."""
    flow: str
    begin: float
    end: float = None


@dataclasses.dataclass
class Loss:
    at: float
    node: str
    reason: str


class Numbers:
    """The numbers of lines of one direction, as they arrive."""

    def __init__(self, arrivals, losses):
        self.arrivals, self.losses, self.losses_seen = arrivals, losses, 0
        self.expected, self.missing = 0, set()
        self.doubled = self.disordered = self.lost_with_connection = 0
        self.faults = []

    def take(self, number, now):
        self.arrivals.append(now)
        if number < self.expected:
            late = number in self.missing
            self.missing.discard(number)
            self.disordered += late
            self.doubled += not late
            self.faults.append((now, f"line {number} {'out of order' if late else 'doubled'}"))
        elif number > self.expected:
            self.skip(number, now)
        self.expected = max(self.expected, number + 1)

    def skip(self, to, now, what="lost"):
        new = set(range(self.expected, to))
        with_connection, self.losses_seen = len(self.losses) > self.losses_seen, len(self.losses)
        self.lost_with_connection += len(new) if with_connection else 0
        self.missing |= new
        self.faults.append((now, f"lines {self.expected} to {to - 1} {what}"
                                 f"{' with the connection' if with_connection else ''}"))
        self.expected = to

    def end(self, sent, now):
        """Nothing comes any more of so many."""
        if self.expected < sent:
            self.skip(sent, now, "had not arrived ten seconds after the end")


class Record:
    def __init__(self):
        self.began = self.ended = None
        self.due = None  # when it must end, or later
        self.events = []
        self.arrivals = {flow: [] for flow in LINE_FLOWS + FILE_FLOWS}
        self.spans = []
        self.losses, self.deaths = [], []
        self.lines = {flow: Numbers(self.arrivals[flow], self.losses) for flow in LINE_FLOWS}
        self.files, self.files_whole = [], 0  # faults of files
        self.strange = []  # lines that nobody sent
        self.calls = []    # control calls that were answered wrong
        self.probes, self.lags = [], []
        self.memory = {}   # name: [(at, KiB)]

    def begin_span(self, flow, now):
        self.spans.append(Span(flow, now))
        return self.spans[-1]


# ---- Times without data ----

def stretches(record):
    """The times [begin, end) in which there was a path, and was left alone."""
    begin = record.began
    for event in record.events:
        if event.broke is not None:
            if event.broke > begin:
                yield begin, event.broke
            begin = event.back if event.back is not None else float("inf")
    if begin < record.ended:
        yield begin, record.ended


def longest_gaps(times, begin, end):
    """(begin, end) of each time without one of the sorted times."""
    inner = times[bisect.bisect_left(times, begin):bisect.bisect_right(times, end)]
    return zip([begin] + inner, inner + [end])


def gaps(record):
    """(begin, end, flow) of every time without data while there was a path and something to send."""
    for begin, end in stretches(record):
        for span in record.spans:
            first, last = max(begin, span.begin), min(end, span.end or record.ended)
            if first < last:
                for gap in longest_gaps(record.arrivals[span.flow], first, last):
                    yield *gap, span.flow


def flowing(record, at):
    """Lines came in both ways just before."""
    return all(0 <= at - times[i - 1] < 0.3 if (i := bisect.bisect_left(times, at)) else False
               for times in (record.arrivals[flow] for flow in LINE_FLOWS))


def owners(record):
    """For each event, the one that its times without data are the work of: itself, if data flowed when it began, or
    what was before still had time."""
    owner, found = None, []
    for event in record.events:
        if owner is None or flowing(record, event.began) or event.began < since(owner) + WORST_GAP:
            owner = event
        found.append(owner)
    return found


def since(event):
    return event.back if event.back is not None else event.began


def attribute(record):
    """Gives each event the longest time without data that is its work; [(begin, event, {flow: seconds})] of all that
    are too long."""
    begins = [since(event) for event in record.events]
    owner_of, too_long = owners(record), {}
    for begin, end, flow in gaps(record):
        i = bisect.bisect_right(begins, begin + 0.15) - 1
        event, seconds = owner_of[i] if i >= 0 else None, end - begin
        if event and (event.gap is None or seconds > event.gap):
            event.gap = seconds
        if seconds > WORST_GAP:
            at, _, flows = too_long.setdefault(id(event), (begin, event, {}))
            flows[flow] = max(seconds, flows.get(flow, 0))
    return list(too_long.values())


# ---- What is wrong ----

def growth(samples, began, ended):
    """(KiB, KiB at the end): medians of the second and the last quarter. In the first a node may grow: ngtcp2 keeps the
    blocks of as many packets as were ever unacknowledged at once. The length of the send queue bounds that, and
    core/tests/test_memory.c shows that nothing else grows; but the outages that need most of them are rare."""
    quarter = (ended - began) / 4
    second = [kib for at, kib in samples if began + quarter <= at < began + 2 * quarter]
    last = [kib for at, kib in samples if at >= ended - quarter]
    return (statistics.median(second), statistics.median(last)) if second and last else None


def excused(loss, record):
    """There had been no path for so long that anybody gives up."""
    return any(e.broken is not None and e.broken + GIVEN_UP <= loss.at <= (e.mending or record.ended)
               for e in record.events)


def faults(record):
    """(at, kind, text) of all that must not be."""
    found = []
    for begin, event, flows in attribute(record):
        texts = [f"{seconds:.2f} s {flow}" for flow, seconds in sorted(flows.items(), key=lambda x: -x[1])]
        lag = max((lag for at, lag in record.lags if begin < at <= begin + max(flows.values())), default=0)
        found.append((begin, "gap", f"no data though there is a path for {', '.join(texts)}, after {describe(event)}"
                                    f"{f'; the machine stood still for {lag:.2f} s' if lag > 0.1 else ''}"))
    for loss in record.losses:
        if not excused(loss, record):
            found.append((loss.at, "connection", f"{loss.node} lost its connection: {loss.reason}"))
    for flow in LINE_FLOWS:
        found += [(at, "lines", f"{flow}: {text}") for at, text in record.lines[flow].faults]
    found += [(at, "lines", f"{flow}: strange line '{text}'") for at, flow, text in record.strange]
    found += [(at, "file", f"{flow}: {text}") for at, flow, text in record.files]
    found += [(at, "node", f"{name}: {text}") for at, name, text in record.deaths]
    found += [(at, "call", text) for at, text in record.calls]
    for name, samples in record.memory.items():
        start, end = growth(samples, record.began, record.ended) or (0, 0)
        if end - start > GROWTH_KIB:
            found.append((record.ended, "memory", f"{name} grew by {end - start:.0f} KiB, from {start:.0f}"))
    return sorted(found)


def describe(event):
    if event is None:
        return "the start"
    text = event.text if len(event.text) <= 80 else f"{event.text[:76]} ..."
    return f"event {event.number}, {event.kind}{f' ({text})' if text else ''}"


def doubts(record):
    """Where the soak is not what it should be, above all where the probe contradicts what was done to the kernel: then
    nothing that it says is worth anything."""
    found = []
    if record.ended < record.due and not record.deaths:
        found.append((record.ended, f"it ended {record.due - record.ended:.2f} s before its time"))
    for flow in LINE_FLOWS:
        if not record.arrivals[flow]:
            found.append((record.ended, f"there were no lines {flow} at all"))
    probes = sorted(record.probes)
    for begin, end in stretches(record):
        lag = sum(lag for at, lag in record.lags if begin < at <= end + 1)
        for first, last in longest_gaps(probes, begin, end):
            if last - first > SETTLED + lag:
                found.append((first, f"no answer to the probe for {last - first:.2f} s though there should be a path"))
    for event in record.events:
        if event.broken is not None:
            first = bisect.bisect_left(probes, event.broken + QUEUED)
            for at in probes[first:first + 1]:
                if at < (event.mending or record.ended) - QUEUED:
                    found.append((at, f"an answer to the probe though there is no path: {describe(event)}"))
    return sorted(found)


# ---- The table ----

def kinds_table(record, order):
    rows = [("event", "count", "median", "worst")]
    for kind in order:
        events = [event for event in record.events if event.kind == kind]
        seen = [event.gap for event in events if event.gap is not None]
        if events:
            times = (f"{statistics.median(seen):.3f} s", f"{max(seen):.3f} s") if seen else ("-", "-")
            rows.append((kind, str(len(events)), *times))
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    title = "times without data after a path is back"
    yield f"  {'':{widths[0]}}  {'':>{widths[1]}}   {title}"
    for row in rows:
        yield f"  {row[0]:<{widths[0]}}  {row[1]:>{widths[1]}}   {row[2]:>{widths[2]}}   {row[3]:>{widths[3]}}"


def totals(record, found):
    lost = max((sum(loss.node == name for loss in record.losses if not excused(loss, record))
                for name in {loss.node for loss in record.losses}), default=0)
    lines = [record.lines[flow] for flow in LINE_FLOWS]
    worst = max((event.gap or 0 for event in record.events), default=0)
    yield "connections lost while a path existed", str(lost)
    yield "connections lost after 60 s without one", str(sum(excused(loss, record) for loss in record.losses))
    yield "files wrong", f"{len(record.files)} ({record.files_whole} whole)"
    yield "lines lost, doubled, out of order", (
        f"{sum(len(x.missing) for x in lines)}, {sum(x.doubled for x in lines)}, {sum(x.disordered for x in lines)}"
        f" (of {sum(x.expected for x in lines)}; {sum(x.lost_with_connection for x in lines)} with a connection)")
    yield "control calls answered wrong", str(len(record.calls))
    yield "worst time without data after a path is back", f"{worst:.3f} s"
    yield "worst lag of the soak itself", f"{max((lag for _, lag in record.lags), default=0):.3f} s"
    for name, samples in record.memory.items():
        both = growth(samples, record.began, record.ended)
        yield f"memory of {name}", (f"{both[0]:.0f} KiB, at the end {both[1]:.0f} KiB ({both[1] - both[0]:+.0f} KiB)"
                                    if both else "too short to tell")


def report(record, order):
    """(lines to print, exit status)."""
    found, doubtful = faults(record), doubts(record)
    text = list(kinds_table(record, order)) + [""]
    rows = list(totals(record, found))
    width = max(len(name) for name, _ in rows)
    text += [f"  {name:<{width}}  {value}" for name, value in rows]
    for title, entries in (("faults", [(at, f"{kind}: {what}") for at, kind, what in found]),
                           ("the soak itself is at fault", doubtful)):
        if entries:
            text += ["", f"{title}:"] + [f"  {at - record.began:8.2f} s  {what}" for at, what in entries[:40]]
            if len(entries) > 40:
                text.append(f"  ... and {len(entries) - 40} more")
    status = 3 if doubtful else 1 if found else 0
    text += ["", {0: "passed", 1: f"failed: {len(found)} fault{'s' * (len(found) != 1)}",
                  3: f"no verdict: the soak itself is at fault, {len(doubtful)} time{'s' * (len(doubtful) != 1)}"}[status]]
    return text, status
