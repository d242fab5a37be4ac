"""Where a model and its data stand in the parameters of its kernel: one vector, a head of numbers and then the arrays."""

from __future__ import annotations

#: Of which examples the gradient is asked: WHOLE of all, a number k from 0 on of mini-batch k, and `alone(i)` of example i only.
#: It is the only entry that the loop writes, before it evaluates.
CLOCK = 0

#: Whose order of the examples is written out behind the data: that of an epoch, or of a batch; NOT_YET at first.
WRITTEN = 1

#: How many examples, numbers in each of them, and outputs.
EXAMPLES, FEATURES, OUTPUTS = 2, 3, 4

#: The loss and its reduction, the factor of the sum of the squared weights, the activation, and how many layers of weights.
LOSS, IS_SUM, PENALTY, ACTIVATION, LAYERS = 5, 6, 7, 8, 9

#: Whether there are biases, and whether an example is a column: then W is (outputs, inputs), and (inputs, outputs) otherwise.
HAS_BIAS, IN_COLUMNS = 10, 11

#: Mini-batches: how many examples in one, how they are ordered, the seed, how many in an epoch, and whether the value is theirs.
BATCH_SIZE, ORDER, SEED, BATCHES, VALUE_OF_BATCH = 12, 13, 14, 15, 16

#: Where the inputs stand (features, examples), the targets, and the order; behind the head stand the sizes of the layers.
INPUTS, TARGETS, ORDERED, SIZES = 17, 18, 19, 20

WHOLE = NOT_YET = -1.0

#: Losses.
SQUARED, HALF_SQUARED, LOGISTIC, SOFTMAX, HINGE = range(5)

#: Activations.
IDENTITY, RELU, TANH, SIGMOID = range(4)

#: Orders: as given, a permutation per epoch, drawn with replacement, and the posted lists.
GIVEN, SHUFFLED, SAMPLED, LISTED = range(4)


def alone(example: int) -> float:
    """What CLOCK holds to ask for the value and the gradient of one example."""
    return -2.0 - example
