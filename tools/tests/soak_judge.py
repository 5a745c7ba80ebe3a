# SPDX-License-Identifier: GPL-2.0-or-later
"""The judge of tools/soak, with records made here: one in which all is well, and the same with one thing wrong."""
import os
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools", "soaking"))
sys.dont_write_bytecode = True
import judge  # noqa: E402

BEGAN, ENDED = 1000.0, 1100.0


def every(interval, *gaps):
    """Times from BEGAN to ENDED, but in none of the gaps."""
    times = [BEGAN + i * interval for i in range(int((ENDED - BEGAN) / interval))]
    return [at for at in times if not any(begin < at < end for begin, end in gaps)]


def outage(number, broke, back):
    return judge.Event(number, "link-outage", f"for {back - broke:.2f} s", broke, broke, broke, back, back)


def record(events=(), data=(), probe=(), grow=0.0):
    """data and probe: (begin, end) of times without any."""
    made = judge.Record()
    made.began, made.ended, made.due, made.events = BEGAN, ENDED, ENDED, list(events)
    for flow in judge.LINE_FLOWS:
        for number, at in enumerate(every(0.05, *data)):
            made.lines[flow].take(number, at)
        made.begin_span(flow, BEGAN).end = ENDED
    made.probes = every(0.02, *probe)
    made.memory["client"] = [(at, 2000 + grow * (at - BEGAN)) for at in every(0.5)]
    return made


def kinds(made):
    return [kind for _, kind, _ in judge.faults(made)]


class Judge(unittest.TestCase):
    def verdict(self, made, faults, status):
        self.assertEqual(kinds(made), faults)
        self.assertEqual(judge.report(made, ["link-outage", "unrelated"])[1], status)

    def test_all_is_well(self):
        self.verdict(record(), [], 0)

    def test_an_outage_is_no_fault(self):
        made = record([outage(1, 1020, 1030)], [(1020, 1030.5)], [(1020, 1030)])
        self.verdict(made, [], 0)
        self.assertAlmostEqual(made.events[0].gap, 0.5, delta=0.06)

    def test_data_late_after_an_outage(self):
        made = record([outage(1, 1020, 1030)], [(1020, 1031.5)], [(1020, 1030)])
        self.verdict(made, ["gap"], 1)
        self.assertAlmostEqual(made.events[0].gap, 1.5, delta=0.06)

    def test_data_stops_without_any_event(self):
        self.verdict(record(data=[(1020, 1021.2)]), ["gap"], 1)

    def test_data_stops_to_the_end(self):
        self.verdict(record(data=[(1098, 1101)]), ["gap"], 1)

    def test_one_direction_is_enough(self):
        made = record([outage(1, 1020, 1030)], [(1020, 1030.1)], [(1020, 1030)])
        made.arrivals["down"][:] = every(0.05, (1020, 1033))
        self.verdict(made, ["gap"], 1)

    def test_a_long_gap_counts_for_the_event_that_began_it(self):
        events = [outage(1, 1020, 1021), judge.Event(2, "unrelated", "", 1025.0), outage(3, 1030, 1031)]
        made = record(events, [(1020, 1040)], [(1020, 1021), (1030, 1031)])
        self.verdict(made, ["gap"], 1)
        self.assertEqual([event.gap is not None for event in events], [True, False, False])
        self.assertAlmostEqual(events[0].gap, 9, delta=0.06)

    def test_an_event_soon_after_another(self):
        events = [judge.Event(1, "route-flip", "", 1020, 1020, None, None, 1020), outage(2, 1020.6, 1030)]
        made = record(events, [(1020, 1034)], [(1020.6, 1030)])
        self.verdict(made, ["gap"], 1)
        self.assertAlmostEqual(events[1].gap, 4, delta=0.06)

    def test_data_flows_again_and_stops_again(self):
        events = [outage(1, 1020, 1021), outage(2, 1030, 1031)]
        made = record(events, [(1020, 1021.1), (1030, 1034)], [(1020, 1021), (1030, 1031)])
        self.verdict(made, ["gap"], 1)
        self.assertAlmostEqual(events[1].gap, 3, delta=0.06)

    def test_a_file_that_does_not_go_on(self):
        made = record()
        made.begin_span("file up", 1010).end = 1020
        made.arrivals["file up"] = [1010 + i * 0.05 for i in range(100)] + [1019.99]
        self.verdict(made, ["gap"], 1)

    def test_connections(self):
        made = record()
        made.losses.append(judge.Loss(1050, "client", "dead"))
        self.verdict(made, ["connection"], 1)

    def test_a_connection_lost_in_a_short_outage(self):
        made = record([outage(1, 1020, 1060)], [(1020, 1060)], [(1020, 1060)])
        made.losses.append(judge.Loss(1059, "client", "dead"))
        self.verdict(made, ["connection"], 1)

    def test_a_connection_lost_when_anybody_gives_up(self):
        made = record([outage(1, 1010, 1080)], [(1010, 1080)], [(1010, 1080)])
        made.losses.append(judge.Loss(1070.5, "client", "dead"))
        self.verdict(made, [], 0)

    def test_lines(self):
        for numbers, missing, doubled, disordered in (((0, 1, 3), 1, 0, 0), ((0, 1, 1), 0, 1, 0), ((0, 2, 1, 3), 0, 0, 1),
                                                      ((2,), 2, 0, 0)):
            lines = judge.Numbers([], [])
            for number in numbers:
                lines.take(number, BEGAN)
            self.assertEqual((len(lines.missing), lines.doubled, lines.disordered), (missing, doubled, disordered))
            made = record()
            made.lines["up"].faults = lines.faults
            self.assertEqual(judge.report(made, [])[1], 1)

    def test_lines_that_do_not_arrive_at_the_end(self):
        made = record()
        made.lines["up"].end(made.lines["up"].expected, ENDED)
        self.verdict(made, [], 0)
        made.lines["up"].end(made.lines["up"].expected + 3, ENDED)
        self.verdict(made, ["lines"], 1)
        self.assertEqual(len(made.lines["up"].missing), 3)

    def test_each_other_fault(self):
        for name, entry, kind in (("files", (1050, "file up", "is not as it was sent"), "file"),
                                  ("deaths", (1050, "client", "ended with -9"), "node"),
                                  ("strange", (1050, "up", "?"), "lines"), ("calls", (1050, "no answer"), "call")):
            made = record()
            getattr(made, name).append(entry)
            self.verdict(made, [kind], 1)

    def test_memory(self):
        self.verdict(record(grow=10), [], 0)          # 500 KiB between the quarters
        self.verdict(record(grow=11), ["memory"], 1)  # 550 KiB
        made = record()
        made.memory["client"] = [(at, 2000 if at > BEGAN + 25 else 1000) for at in every(0.5)]
        self.verdict(made, [], 0)

    def test_the_probe_sees_no_path_where_there_is_one(self):
        made = record(probe=[(1050, 1050.8)])
        self.verdict(made, [], 3)
        made.lags.append((1050.9, 0.4))  # the soak itself did not run
        self.verdict(made, [], 0)

    def test_it_ends_too_early(self):
        made = record()
        made.due = ENDED + 5
        self.verdict(made, [], 3)
        made.deaths.append((ENDED, "client", "ended with -9"))  # which is why
        self.verdict(made, ["node"], 1)

    def test_there_is_nothing_to_judge(self):
        self.verdict(record(data=[(BEGAN - 1, ENDED + 1)]), ["gap"], 3)

    def test_the_probe_sees_a_path_where_there_is_none(self):
        self.verdict(record([outage(1, 1020, 1030)], [(1020, 1030)], [(1020, 1025), (1025.1, 1030)]), [], 3)


unittest.main(verbosity=0)
