"""Every sentence that a comparison may say, as templates: the words stand here, and `telling` chooses among them.

A headline has at most 15 words, a note at most 25; a label counts as one word. `place` is "From A, " or nothing.
"""

from __future__ import annotations

#: A headline, by the result and by how the two ended.
HEADLINES = {
    "helped, both": "{place}{other} helped: it {arrived} {steps}, but {plain} needed {plain_steps}.",
    "hurt, both": "{place}{other} hurt: it {arrived} {steps}, but {plain} needed {plain_steps}.",
    "tie, both": "{place}{other} made little difference: both {arrived} {both_steps}.",
    "same, both": "{place}{other} made no difference: both {arrived} {steps}.",
    "helped, other": "{place}{other} helped: it {arrived} {steps}, but {plain} did not.",
    "hurt, plain": "{place}{other} hurt: {plain} {arrived} {plain_steps}, but {other} did not.",
    "helped, neither": "{place}{other} helped: neither {arrived}; {plain} has {factor} times {other}'s end gap.",
    "hurt, neither": "{place}{other} hurt: neither {arrived}; it has {factor} times {plain}'s end gap.",
    "tie, neither": "{place}{other} made little difference: neither {arrived}, and their end gaps are similar.",
    "helped, noise": "{place}{other} helped: {plain} has {factor} times {other}'s end gap.",
    "hurt, noise": "{place}{other} hurt: it has {factor} times {plain}'s end gap.",
    "tie, noise": "{place}{other} made little difference: the end gaps are similar.",
    "higher, both": "{place}{other} {sooner} than {plain}, but with {factor} times the end gap.",
    "lower, both": "{place}{plain} {sooner} than {other}, but with {factor} times the end gap.",
    "higher, other": "{place}only {other} {arrived_alone}, but with {factor} times {plain}'s end gap.",
    "lower, plain": "{place}only {plain} {arrived_alone}, but with {factor} times {other}'s end gap.",
    "tie, higher": "{place}both arrived together, but {other} has {factor} times {plain}'s end gap.",
    "tie, lower": "{place}both arrived together, but {plain} has {factor} times {other}'s end gap.",
    "helped, lost": "{place}{other} helped: {plain} {lost}.",
    "hurt, lost": "{place}{other} hurt: it {lost}.",
    "both lost": "{place}there is no winner: both runs diverged or moved away.",
    "lower minimum": "{place}{other} ended at a lower minimum: its value is {value}, and {plain}'s is {plain_value}.",
    "higher minimum": "{place}{other} ended at a higher minimum: its value is {value}, and {plain}'s is {plain_value}.",
    "lower minimum, away": "{place}{other}'s nearest minimum is lower: its value is {value}, and {plain}'s is {plain_value}.",
    "higher minimum, away": "{place}{other}'s nearest minimum is higher: its value is {value}, and {plain}'s is {plain_value}.",
    "undecided": "{place}it is undecided whether {other} helped or hurt: chance may explain the difference.",
    "unknown": "{place}it is undecided whether {other} helped or hurt: there is nothing to compare.",
}

#: The same where every step of the other has the length that the plain one gives it; what is not here is said as above.
GRAFTED_HEADLINES = {
    "helped, both": "{place}{other}'s direction helped: {other} {arrived} {steps}; {plain} needed {plain_steps}.",
    "hurt, both": "{place}{other}'s direction hurt: {other} {arrived} {steps}; {plain} needed {plain_steps}.",
    "tie, both": "{place}{other}'s direction changed little: both {arrived} {both_steps}.",
    "same, both": "{place}{other}'s direction changed nothing: both {arrived} {steps}.",
    "helped, other": "{place}{other}'s direction helped: {other} {arrived} {steps}, but {plain} did not.",
    "hurt, plain": "{place}{other}'s direction hurt: {plain} {arrived} {plain_steps}, but {other} did not.",
    "helped, neither": "{place}{other}'s direction helped: {plain} has {factor} times {other}'s end gap.",
    "hurt, neither": "{place}{other}'s direction hurt: {other} has {factor} times {plain}'s end gap.",
    "tie, neither": "{place}{other}'s direction changed little: neither {arrived}, and their end gaps are similar.",
    "helped, noise": "{place}{other}'s direction helped: {plain} has {factor} times {other}'s end gap.",
    "hurt, noise": "{place}{other}'s direction hurt: {other} has {factor} times {plain}'s end gap.",
    "tie, noise": "{place}{other}'s direction changed little: the end gaps are similar.",
    "helped, lost": "{place}{other}'s direction helped: {plain} {lost}.",
    "hurt, lost": "{place}{other}'s direction hurt: {other} {lost}.",
    "undecided": "{place}it is not clear if {other}'s direction helped: chance may explain the difference.",
}

#: What a graft leaves the same.
SAME_LENGTHS = "{other}'s steps have the length that {plain} gives them, so only the direction differs."

#: The arrival that counts: what a run did, what it did not do, and what the other did.
ARRIVED = {"settle": "settled in", "touch": "reached the target in"}
ARRIVED_ALONE = {"settle": "settled", "touch": "reached the target"}
SOONER = {"settle": "settled sooner", "touch": "arrived sooner"}

#: How a run left the race.
LOST = {"diverged": "diverged at step {step}", "growing": "moved away from the minimum"}

WAS_LOST = "{label} {lost}."

#: Who settled: said where the headline does not say it, or where there is more to say.
BOTH = "It {arrived} {steps}, but {plain} needed {plain_steps}."
BOTH_ALIKE = "Both {arrived} {steps}."
ONLY_OTHER = "It {arrived} {steps}, but {plain} did not."
ONLY_PLAIN = "{plain} {arrived} {plain_steps}, but {other} did not."
PLAIN_ARRIVED = "{plain} {arrived} {plain_steps}."
OTHER_ARRIVED = "{other} {arrived} {steps}."
NOBODY = "Neither {arrived}."
LEFT_AND_SETTLED = "{label} left the target {times} before it settled, and was outside for {outside} in all."
LEFT_AND_STAYED_OUT = "{label} touched the target at step {step} but did not stay."
TOO_SHORT = "{label} never touched the target: its steps are too short for {steps}."
LIMIT_CYCLE = "{label} is in a limit cycle: it keeps moving, up to {radius} away from the minimum."

WITH_NOISE = "With noise, the end gaps are compared."

#: How they ended.
ENDS = "End gap: {gap} for {other}, {plain_gap} for {plain}."
ENDS_ALIKE = "End gap: {gap} for both."
ALMOST_NOTHING = "almost 0"

#: Why: the outcomes of the four runs, then what they show.
FOUR = (
    "{outcomes}: {of_plain} for {plain}, {of_length} with {other}'s step length, {of_direction} with {other}'s direction, "
    "{of_other} for {other}."
)
OUTCOMES = {"settle": "Steps to settle", "touch": "Steps to the target", "gap": "End gaps"}
BECAUSE = {
    "step length": "The step length made most of the difference.",
    "direction": "The direction made most of the difference.",
}

#: The same where neither is the reason by itself; `part` is the one that makes a difference alone, `verb` what it does.
ONLY_TOGETHER = "Each part alone makes almost no difference."
NOTHING_TOGETHER = "Each part alone makes a difference, but both together make almost none."
ONE_PART = "With only {other}'s {part}, {plain} {how} ({alone}) than {other} itself ({together})."
HOW = {"steps, less": "is faster", "steps, more": "is slower", "gap, less": "ends lower", "gap, more": "ends higher"}
ONE_PART_OPPOSITE = "The {part} alone {verb}, but both together {opposite}."
BOTH_PARTS = "The step length and the direction both {verb}."
ALMOST_NO_CHANGE = "The {part} alone changes almost nothing."
OPPOSITE_PARTS = "Alone, the {helping} helps and the {hurting} hurts."
OPPOSITE_TOGETHER = "Each part alone {verb}, but both together {opposite}."
MORE_ALONE = "Each part alone {verb} more than both together."
MORE_TOGETHER = "Both together {together} more than the sum of the parts."
EITHER_PART = "Either part alone makes most of the difference."
PARTS = {"length": "step length", "direction": "direction"}
HELPS, HURTS, HELP, HURT = "helps", "hurts", "help", "hurt"
NO_SPLIT_LOST = "The result cannot be split into step length and direction: {names} {lost}."
LOST_WITHOUT_STEP = {"diverged": "diverged", "growing": "moved away from the minimum"}
LOST_EITHER_WAY = "diverged or moved away"
NO_SPLIT_PAIR = "Because {label} {lost}, the result cannot be split into step length and direction."
GRAFT = "{label} with {length}'s step length"
NO_SPLIT_MINIMA = "There is no winner, because the runs ended at different minima."
NO_SPLIT_MINIMA_AWAY = "There is no winner, because the runs are nearest to different minima."
NO_SPLIT_GRAFT = "The result cannot be split: {names} ended at another minimum."
NO_SPLIT_GRAFT_AWAY = "The result cannot be split: another minimum is the nearest to {names}."
NO_SPLIT_BELOW = "The result cannot be split: a run ended lower than the nearest known minimum."
NO_STEP = "No step was made."
NO_SPLIT_START = "The start is at the target already, so there is nothing to split."
NO_SPLIT_LEVEL = "The result cannot be split: the start is not higher than the minimum."

#: Notes.
NOTE_END_GAP = "The end gap is how far the value is above the minimum, as a mean over the last tenth of the points."
NOTE_MEAN = "The numbers are means over {seeds} seeds."
NOTE_ONE_SEED = "This is one seed, so chance may explain the difference."
NOTE_RANGE = "Over {seeds} seeds, {part} changes {what} by a factor of {low} to {high} (95 % confidence)."
NOTE_PARTS = {"lead": "the optimizer", "magnitude": "the step length", "direction": "the direction", "interaction": "their interaction"}
NOTE_BY_GAP = "Not all four runs {arrived}, so the step length and the direction are compared by the end gap."
NOTE_FIRST_TOUCH = "By the first touch of the target, {first} would be ahead: step {step} against {second_step}."
NOTE_TENTH = "With a tenth of its learning rate, {label} settles in {steps}."
NOTE_COSINE = "With a cosine schedule, {label} settles in {steps}."
NOTE_MINIMUM = "{label} ended at the minimum at {minimum}."
NOTE_NEAREST = "{label} did not end at a minimum. The nearest is at {minimum}."
NOTE_NOT_LOWEST = "Both ended at the minimum at {minimum}, which is not the lowest."
NOTE_STOPPED = "{label} stopped at {what}."

#: What a run has stopped at.
SADDLE, PLATEAU, MINIMUM = "a saddle", "a plateau", "a minimum that is not listed"
UNKNOWN = "a saddle, a plateau or a minimum that is not listed"

OFTEN = {1: "once", 2: "twice"}
TIMES = "{count} times"
STEPS = "{count} steps"
ONE_STEP = "1 step"
FROM_TO = "{low} to {high} steps"
ABOVE_A_MILLION = "over 1,000,000"
