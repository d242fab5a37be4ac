"""Every sentence that a comparison may say, as templates: the words stand here, and `telling` chooses among them.

A headline has at most 15 words, a note at most 25; a label counts as one word. `place` is "From A, " or nothing.
"""

from __future__ import annotations

#: A headline, by the result and by how the two ended.
HEADLINES = {
    "helped, both": "{place}{other} helped: it {arrived} {steps}, {plain} in {plain_steps}.",
    "hurt, both": "{place}{other} hurt: it {arrived} {steps}, {plain} in {plain_steps}.",
    "tie, both": "{place}{other} made little difference: it {arrived} {steps}, {plain} in {plain_steps}.",
    "helped, other": "{place}{other} helped: it {arrived} {steps}, {plain} did not.",
    "hurt, plain": "{place}{other} hurt: it did not {arrive}, {plain} did in {plain_steps}.",
    "helped, neither": "{place}{other} helped: neither {arrived}, and {plain}'s end gap is {factor} times larger.",
    "hurt, neither": "{place}{other} hurt: neither {arrived}, and its end gap is {factor} times {plain}'s.",
    "tie, neither": "{place}{other} made little difference: neither {arrived}, and their end gaps are similar.",
    "helped, noise": "{place}{other} helped: {plain}'s end gap is {factor} times larger.",
    "hurt, noise": "{place}{other} hurt: its end gap is {factor} times {plain}'s.",
    "tie, noise": "{place}{other} made little difference: the end gaps are similar.",
    "higher": "{place}{other} {result} but ended higher: its end gap is {factor} times {plain}'s.",
    "lower": "{place}{other} {result} but ended lower: {plain}'s end gap is {factor} times larger.",
    "tie, higher": "{place}{other} tied but ended higher: its end gap is {factor} times {plain}'s.",
    "tie, lower": "{place}{other} tied but ended lower: {plain}'s end gap is {factor} times larger.",
    "helped, lost": "{place}{other} helped: {plain} {lost}.",
    "hurt, lost": "{place}{other} hurt: it {lost}.",
    "both lost": "{place}there is no winner: both runs diverged or moved away.",
    "lower minimum": "{place}{other} ended at a lower minimum: value {value} against {plain_value}.",
    "higher minimum": "{place}{other} ended at a higher minimum: value {value} against {plain_value}.",
    "undecided": "{place}it is undecided whether {other} helped or hurt: chance may explain the difference.",
    "unknown": "{place}it is undecided whether {other} helped or hurt: there is nothing to compare.",
}

#: The arrival that counts: what a run did, what it did not do, and what the other did.
ARRIVED = {"settle": "settled in", "touch": "reached the target in"}
ARRIVED_ALONE = {"settle": "settled", "touch": "reached the target"}
ARRIVE = {"settle": "settle", "touch": "reach the target"}

#: How a run left the race.
LOST = {"diverged": "diverged at step {step}", "growing": "moved away from the minimum"}

WAS_LOST = "{label} {lost}."

#: Who settled: said where the headline does not say it, or where there is more to say.
BOTH = "It {arrived} {steps}, {plain} in {plain_steps}."
ONLY_OTHER = "It {arrived} {steps}, {plain} did not."
ONLY_PLAIN = "It did not {arrive}, {plain} {arrived} {plain_steps}."
PLAIN_ARRIVED = "{plain} {arrived} {plain_steps}."
OTHER_ARRIVED = "{other} {arrived} {steps}."
NOBODY = "Neither {arrived}."
LEFT_AND_SETTLED = "{label} left the target {times} before it settled, for {outside} in all."
LEFT_AND_STAYED_OUT = "{label} touched the target at step {step} but did not stay."
LIMIT_CYCLE = "{label} is in a limit cycle: it keeps moving, up to {radius} away from the minimum."

#: How they ended.
ENDS = "Mean value gap at the end: {gap} for {other}, {plain_gap} for {plain}."
ALMOST_NOTHING = "almost 0"

#: Why: the two grafts, then what they show.
LENGTH_IN_STEPS = "Its step length alone {changes} {plain}'s steps from {plain_count} to {by_length}."
LENGTH_KEEPS_STEPS = "Its step length alone barely changes {plain}'s steps: {by_length}."
DIRECTION_IN_STEPS = "Its direction alone {changes} them to {by_direction}."
DIRECTION_KEEPS_STEPS = "Its direction alone barely changes them: {by_direction}."
LENGTH_IN_GAPS = "Its step length alone {changes} {plain}'s end gap from {plain_gap} to {by_length}."
LENGTH_KEEPS_GAP = "Its step length alone barely changes {plain}'s end gap: {by_length}."
DIRECTION_IN_GAPS = "Its direction alone {changes} it to {by_direction}."
DIRECTION_KEEPS_GAP = "Its direction alone barely changes it: {by_direction}."
CUTS, RAISES = "cuts", "raises"
BECAUSE = {
    "step length": "So the step length made most of the difference.",
    "direction": "So the direction made most of the difference.",
    "both": "So both made a difference.",
    "interaction": "So neither alone explains the result.",
}
NO_SPLIT_LOST = "The result cannot be split into step length and direction: {names} {lost}."
LOST_WITHOUT_STEP = {"diverged": "diverged", "growing": "moved away from the minimum"}
LOST_EITHER_WAY = "diverged or moved away"
NO_SPLIT_MINIMA = "The result cannot be split into step length and direction, because the runs end at different minima."
NO_SPLIT_START = "The start is at the target already, so there is nothing to split."
NO_SPLIT_LEVEL = "The result cannot be split: the start is not higher than the minimum."

#: Notes.
NOTE_MEAN = "The numbers are means over {seeds} seeds."
NOTE_ONE_SEED = "This is one seed, so chance may explain the difference."
NOTE_RANGE = "Over {seeds} seeds, {part} changes {what} by a factor of {low} to {high} (95 % confidence)."
NOTE_PARTS = {"lead": "the optimizer", "magnitude": "the step length", "direction": "the direction", "interaction": "their interaction"}
NOTE_BY_GAP = "Not all four runs {arrived}, so the step length and the direction are compared by the end gap."
NOTE_FIRST_TOUCH = "By the first touch of the target, {first} would be ahead: step {step} against {second_step}."
NOTE_TENTH = "With a tenth of its learning rate, {label} settles in {steps}."
NOTE_COSINE = "With a cosine schedule, {label} settles in {steps}."
NOTE_MINIMUM = "{label} ended at the minimum at {minimum}."
NOTE_STOPPED = "{label} stopped at {what}."

#: What a run has stopped at.
SADDLE, PLATEAU, MINIMUM = "a saddle", "a plateau", "a minimum that is not listed"
UNKNOWN = "a saddle, a plateau or a minimum that is not listed"

OFTEN = {1: "once", 2: "twice"}
TIMES = "{count} times"
STEPS = "{count} steps"
ONE_STEP = "1 step"
ABOVE_A_MILLION = "over 1,000,000"
