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

    # What follows.
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
