"""What an optimizer does, in a few words that are known: a mistake asks for these words, and not for optimizers by name."""

from __future__ import annotations

from enum import Enum


class Trait(Enum):
    """A thing that a formula does. The first ones a formula states; the others follow from its parts, slots and numbers."""

    # What a formula states.
    FOLLOWS_GRADIENT = "the step goes along the gradient itself, and is as long as it says"
    AVERAGES_GRADIENT = "`first` is m, the running average of the gradients, with beta1"
    AVERAGES_SQUARE = "`second` is v, the running average of the squared gradients, with beta2 or rho"
    SUMS_SQUARES = "`second` is the accumulator, the sum of all squared gradients"
    TAKES_LARGEST_GRADIENT = "`second` is u, the largest gradient so far, decayed: it is no square"
    SQUARE_AS_KEPT = "under the root stands `second`, at most corrected for its bias: not its maximum, nothing taken from it"
    CORRECTS_BIAS = "as published, it corrects its averages for their start at zero, with the step count t"
    ADDS_EPS = "eps is added to what it divides by, at least in some conventions; else eps stands under the root alone"
    VELOCITY_IS_STEP = "the velocity has the learning rate and the sign of the step, and x is moved by it as it is"
    FOLLOWS_MORE = "what the step follows is not m or the velocity alone: the gradient, or another average, is in it or in its place"
    TURNS_QUOTIENT = "the direction is more than the numerator over the denominator: a power of it, or a factor for it"
    CORRECTS_OUTSIDE = "the corrections are one factor of the step, sqrt(1 - beta2^t) / (1 - beta1^t): v itself is not corrected"
    DIVIDES_BY_OLD = "it divides by the root of v as it was before this step"
    CHANGES_BY_SIGN = "v becomes larger or smaller by the squared gradient, by the sign of their difference"
    TAKES_CUBE_ROOT = "it divides by a cube root"
    DIVIDES_BY_LARGER = "it divides by the root or by eps, whichever is larger: eps is not added"

    # What follows.
    SQUARES_EACH = "it averages or sums the square of each number of the gradient"
    REMEMBERS = "it keeps something from one step to the next"
    CORRECTS_M = "m is divided by 1 - beta1^t: there is a part `first_correction`"
    CORRECTS_V = "v is divided by 1 - beta2^t: there is a part `second_correction`"
    DIVIDES_BY_ROOT = "it divides by a root: there is a part `square`, which stands under it"
    TAKES_MAXIMUM = "it keeps the largest v so far: there is a part `largest`"
    AVERAGES_UPDATES = "it averages its squared updates too, for the next step: there is a part `update_average`"
    WARMS_MOMENTUM = "beta1 grows in the first steps: there is a part `product`, of the beta1 so far"
    HAS_VELOCITY = "it follows a velocity: there is a part `velocity`"
    GATHERS_GRADIENTS = "the velocity gathers the gradients as they are, not divided by a root"
    SCALES_DIRECTION = "the step is -lr (direction + decay x): the part `step` that most formulas share"
    HAS_TWO_BETAS = "it has a beta1 and a beta2"
    DECAYS_LR = "the formula itself decays the learning rate: it has an lr_decay"
    MAY_PUT_LR_IN_VELOCITY = "a switch says whether the learning rate is in the velocity: it has an lr_in_velocity"
    MIXES_OLD = "before m is averaged, it is mixed with the gradient: there is a number `mix`, in texts beta2"
    TAKES_SIGN = "it uses a sign: there is a part `signed`, of which it is"
    SCALES_BEFORE_AVERAGE = "the gradient is divided by the root before it is averaged: there is a part `scaled`"
    SQUARES_ANOTHER = "v averages the square of something else than the gradient: there is a part `squared`"
    HAS_TRUST_RATIO = "the step of each tensor is scaled by the norm of its params: there is a part `ratio`"
    USES_NORM = "it divides by the norm of the whole gradient: there is a part `length`"
    LOOKS_BACK = "it uses the gradient of the step before: there is a part `before`"
    BOUNDS_RATE = "the rate of each number has bounds: there is a part `bounded`, made of the part `free`"
    ADAPTS_SIZES = "each number has a step size that grows and shrinks: there is a part `factor`"
    SETS_POINT = "the params after the step are computed themselves: there is a part `point`"
