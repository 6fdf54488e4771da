"""The mutation gate's own tests: which mutants it makes, and when it complains."""

import unittest
from pathlib import Path
from tempfile import TemporaryDirectory

import sites
import survivors
import switches
from laboratory import Verdict

HEADER = """// order::acquire in a comment is no site
void push() {
  tail_.store(next, order::release);  // [publish]
  if (word_.compare_exchange_strong(a, b, order::seq_cst, order::relaxed)) return;
  if (attempt()) return true;
  Sync::light_fence();
  not_empty_.notify(everyone);
  if (count >= limit) grow(advanced(head, 1));
  tail_.store(next, order::release);
  abort_with("order::acquire");
}
"""


def made(kind):
    return [(mutant.before, mutant.after) for mutant in sites.mutants_of("ring/x.hpp", HEADER) if mutant.kind == kind]


class Sites(unittest.TestCase):
    def test_orders_become_weaker_and_stay_possible(self):
        self.assertEqual(made("order"), [
            ("tail_.store(next, order::release);", "tail_.store(next, order::relaxed);"),
            ("if (word_.compare_exchange_strong(a, b, order::seq_cst, order::relaxed)) return;",
             "if (word_.compare_exchange_strong(a, b, order::acq_rel, order::relaxed)) return;"),
            ("if (word_.compare_exchange_strong(a, b, order::seq_cst, order::relaxed)) return;",
             "if (word_.compare_exchange_strong(a, b, order::relaxed, order::relaxed)) return;"),
            ("tail_.store(next, order::release);", "tail_.store(next, order::relaxed);"),
        ])

    def test_a_seq_cst_load_becomes_acquire_first(self):
        mutants = [mutant.after for mutant in sites.mutants_of("x", "a = b.load(order::seq_cst);")]
        self.assertEqual(mutants, ["a = b.load(order::acquire);", "a = b.load(order::relaxed);"])

    def test_fences_wakes_and_second_looks_are_left_out(self):
        self.assertEqual(made("fence"), [("Sync::light_fence();", ";")])
        self.assertEqual(made("wake"), [("not_empty_.notify(everyone);", "static_cast<void>(0);")])
        self.assertEqual(made("recheck"), [("if (attempt()) return true;", ";")])

    def test_every_way_to_tell_is_left_out(self):
        for told in ("core.drained_.notify(everyone)", "not_empty_.notify(at_most(count))", "core.tell_of_others(port)",
                     "tell_of_room()"):
            wakes = [mutant.after for mutant in sites.mutants_of("x", f"  if (ok) {told};") if mutant.kind == "wake"]
            self.assertEqual(wakes, ["if (ok) static_cast<void>(0);"])
        self.assertEqual(list(sites.mutants_of("x", "  void tell_of_room(int count) noexcept {")), [])

    def test_bounds_are_off_by_one(self):
        before = "if (count >= limit) grow(advanced(head, 1));"
        self.assertEqual(made("bound"), [(before, before.replace(">=", ">")), (before, before.replace("1)", "0)"))])

    def test_equal_lines_have_names_of_their_own(self):
        names = [mutant.name for mutant in sites.mutants_of("ring/x.hpp", HEADER)]
        self.assertEqual(len(names), len(set(names)))
        second = "ring/x.hpp: tail_.store(next, order::release); #2  =>  tail_.store(next, order::relaxed);"
        self.assertIn(second, names)

    def test_a_mutant_changes_its_line_only(self):
        last = [mutant for mutant in sites.mutants_of("ring/x.hpp", HEADER) if mutant.occurrence == 2][0]
        changed = sites.apply(last, HEADER).split("\n")
        different = [i for i, line in enumerate(HEADER.split("\n")) if line != changed[i]]
        self.assertEqual(different, [8])


class Switches(unittest.TestCase):
    def switched(self, code):
        mutants = list(sites.mutants_of("ring/x.hpp", code))
        line, inside = switches.switched_line(code.strip(), {mutant: number for number, mutant in enumerate(mutants)})
        self.assertEqual(set(inside), set(mutants))
        return line.replace("::tidegate::mutation::", "")

    def test_orders_are_chosen(self):
        self.assertEqual(self.switched("a.store(b, order::release);"),
                         "a.store(b, chosen(order::release, 0, order::relaxed));")
        self.assertEqual(self.switched("x = a.fetch_or(b, order::acq_rel);"),
                         "x = a.fetch_or(b, chosen(order::acq_rel, 0, order::acquire, 1, order::release, "
                         "2, order::relaxed));")

    def test_comparisons_keep_their_precedence(self):
        self.assertEqual(self.switched("while (a + 1 >= b && c == d) {"),
                         "while (a + 1 < comparison<ge, gt, 0>{} < b && c == comparison<eq, ne, 1>{} == d) {")

    def test_statements_and_conditions_stand_behind_an_if(self):
        self.assertEqual(self.switched("Sync::light_fence();"), "if (is_on(0)) { ; } else { Sync::light_fence(); }")
        self.assertEqual(self.switched("if (word::closes(seen.entry)) return;"),
                         "if (is_on(0)) { ; } else { if (word::closes(seen.entry)) return; }")
        self.assertEqual(self.switched("if (Side == side::push && is_closing()) {"),
                         "if (is_on(0) ? (false) : (Side == comparison<eq, ne, 1>{} == side::push && is_closing())) {")

    def test_a_wake_and_a_bound_within_a_line(self):
        self.assertEqual(self.switched("~last() { whom.notify(everyone); }"),
                         "~last() { (is_on(0) ? static_cast<void>(0) : whom.notify(everyone)); }")
        self.assertEqual(self.switched("x = std::min(a, b(c));"),
                         "x = (is_on(0) ? a : is_on(1) ? b(c) : std::min(a, b(c)));")

    def test_what_cannot_be_switched_is_left_alone(self):
        code = "return word::state(seen) == a && word::row(seen) == row &&"
        mutants = [mutant for mutant in sites.mutants_of("ring/x.hpp", code) if mutant.kind == "guard"]
        self.assertEqual(switches.switched_line(code, {mutants[0]: 0}), (code, []))


class Survivors(unittest.TestCase):
    def setUp(self):
        self.mutants = list(sites.mutants_of("ring/x.hpp", HEADER))[:2]
        self.killed = {mutant: Verdict("killed", "a client: why") for mutant in self.mutants}
        self.survived = {**self.killed, self.mutants[0]: Verdict("survived")}
        self.name = self.mutants[0].name

    def compare(self, verdicts, reasons):
        return survivors.compare(verdicts, reasons, self.mutants)

    def test_all_killed_is_fine(self):
        self.assertEqual(self.compare(self.killed, {}), [])

    def test_a_survivor_needs_an_entry_with_a_reason(self):
        self.assertIn("nobody says why", self.compare(self.survived, {})[0])
        self.assertIn("no reason", self.compare(self.survived, {self.name: ""})[0])
        self.assertEqual(self.compare(self.survived, {self.name: "equivalent"}), [])

    def test_an_entry_that_is_killed_or_gone_is_stale(self):
        self.assertIn("it was killed", self.compare(self.killed, {self.name: "equivalent"})[0])
        self.assertIn("no such mutant", self.compare(self.killed, {"ring/gone.hpp: x  =>  y": "equivalent"})[0])

    def test_a_mutant_that_does_not_compile_shows_nothing(self):
        self.assertIn("does not compile", self.compare({self.mutants[0]: Verdict("stillborn")}, {})[0])

    def test_a_list_has_names_and_indented_reasons(self):
        with TemporaryDirectory() as folder:
            path = Path(folder) / "list.txt"
            path.write_text("# comment\n\na: b  =>  c\n    because\n    of this\nd: e  =>  f\n")
            self.assertEqual(survivors.listed_in(path), {"a: b  =>  c": "because of this", "d: e  =>  f": ""})


if __name__ == "__main__":
    unittest.main()
