"""What students and textbooks call the arguments of an optimizer: one table, for functions, classes and loops.

Earlier names win where an argument could be two things. Capital letters and underscores make no difference, except where a name in the
table has a capital letter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Arguments that are no hyperparameters and no slots.
PARAMS, GRADIENT, COUNTER, STEPS = "params", "gradient", "t", "steps"
BETAS, SIZE, PAIRS, LAYER = "betas", "size", "pairs", "layer"
OBJECTIVE, DERIVATIVE, TOLERANCE = "objective", "derivative", "tolerance"
WEIGHT, BIAS, WEIGHT_GRADIENT, BIAS_GRADIENT = "weight", "bias", "weight_gradient", "bias_gradient"

ALIASES: Mapping[str, tuple[str, ...]] = {
    PARAMS: (
        *("params", "parameters", "param", "parameter", "weights", "weight", "w", "theta", "thetas", "variables", "variable"),
        *("vars", "var", "x", "p", "param_list", "values", "coefficients", "coef", "network_params", "model_params", "par"),
        *("current", "point"),
    ),
    GRADIENT: (
        *("gradient", "gradients", "grad", "grads", "g", "dw", "dx", "dtheta", "d", "derivative", "derivatives", "gradient_w", "grad_w"),
        *("w_grad", "grad_wrt_w", "grads_wrt_w", "dparams", "grad_params", "d_weights", "dweights", "delta_w", "dp", "gw", "nabla", "gt"),
        *("slope", "slopes", "gradients_list", "dvar", "dl_dw", "grad_t", "g_t"),
    ),
    # the slots of a state
    "m": ("m", "first_moment", "moment1", "m1", "mean", "mt", "m_t", "mom1", "exp_avg", "momentum", "v", "velocity", "vdw", "v_dw", "ms"),
    "v": (
        *("v", "second_moment", "moment2", "m2", "vt", "v_t", "mom2", "exp_avg_sq", "square", "variance", "s", "sdw", "s_dw", "r", "cache"),
        *("sq", "vs", "grad_sq", "grad_squared", "square_avg", "mean_square", "sq_grad", "avg_sq", "eg2", "e_g2", "accumulator", "u", "h"),
        *("rms", "squared", "n", "eg", "avg_sq_grad", "ema_sq", "acc_grad", "m"),
    ),
    "velocity": (
        "velocity",
        "v",
        "velocities",
        "vel",
        "vdw",
        "v_dw",
        "m",
        "mom",
        "buf",
        "buffer",
        "momentum_buffer",
        "u",
        "speed",
        "vt",
        "s",
    ),
    "accumulator": (
        *(
            "accumulator",
            "cache",
            "G",
            "acc",
            "h",
            "s",
            "r",
            "sum_sq",
            "grad_sq",
            "sum_of_squares",
            "squared_gradients",
            "state",
            "sum_squares",
        ),
        *("grad_squared", "history", "gti", "v", "sq_sum", "sum_squared_grads", "state_sum", "hist", "g2", "n", "cached", "accumulated"),
    ),
    "u": (
        *(
            "u",
            "u_t",
            "ut",
            "inf_norm",
            "infinity_norm",
            "exp_inf",
            "norm",
            "delta",
            "delta_acc",
            "acc_delta",
            "deltas",
            "edx2",
            "e_dx2",
            "ex2",
        ),
        *("accumulated_updates", "delta_sq", "avg_sq_dx", "dx_sq", "acc_update", "v", "d"),
    ),
    "v_max": ("v_max", "vmax", "v_hat", "vhat", "max_v", "v_hat_max", "max_exp_avg_sq", "largest", "v_largest"),
    "g_mean": ("g_mean", "grad_avg", "mean_grad", "g_avg", "mg", "gm", "g_bar", "avg_grad", "m"),
    "mu_product": ("mu_product", "m_schedule", "momentum_product"),
    # hyperparameters
    "lr": ("lr", "learning_rate", "learningrate", "alpha", "eta", "step_size", "stepsize", "rate", "l_rate", "learn_rate", "a", "gamma"),
    "beta1": ("beta1", "beta_1", "b1", "beta_one", "betaone", "decay1", "rho1", "mu", "beta_m", "momentum"),
    "beta2": ("beta2", "beta_2", "b2", "beta_two", "betatwo", "decay2", "rho2", "nu", "beta_v"),
    "eps": ("eps", "epsilon", "e", "small", "tiny", "delta", "eps0", "fudge", "fudge_factor", "stability", "smoothing"),
    "rho": (
        "rho",
        "decay_rate",
        "decay",
        "beta",
        "gamma",
        "alpha",
        "beta2",
        "rho2",
        "forget",
        "forgetting_factor",
        "discount",
        "b",
        "beta_2",
    ),
    "momentum": ("momentum", "mu", "beta", "gamma", "rho", "beta1", "mom", "moment", "momentum_rate", "alpha", "friction", "b", "beta_1"),
    "weight_decay": ("weight_decay", "wd", "lambd", "lam", "l2", "lambda_", "lmbda", "reg", "decay", "weightdecay"),
    "dampening": ("dampening", "damping"),
    "initial_accumulator": ("initial_accumulator", "initial_accumulator_value"),
    "eps_root": ("eps_root",),
    BETAS: ("betas",),
    # the rest
    COUNTER: (
        *(
            "t",
            "step",
            "iteration",
            "timestep",
            "time_step",
            "iter",
            "k",
            "it",
            "i",
            "n",
            "epoch",
            "time",
            "counter",
            "count",
            "step_count",
        ),
        *("global_step", "num_step", "n_iter", "step_number", "iteration_number", "T"),
    ),
    SIZE: ("size", "gradient_size", "shape", "dim", "dims", "n_params", "num_params", "n_features", "n", "param_shape", "grad_shape"),
    PAIRS: ("grads_and_vars", "pairs", "grads_and_params", "gradients_and_variables", "grad_and_vars", "params_and_grads", "grads_vars"),
    LAYER: ("layer",),
    WEIGHT: ("w", "weights", "weight", "W"),
    BIAS: ("b", "bias", "biases", "B"),
    WEIGHT_GRADIENT: (
        *(
            "dw",
            "dweights",
            "grad_w",
            "w_grad",
            "gw",
            "d_w",
            "grads_w",
            "weights_gradient",
            "w_gradient",
            "dW",
            "gradient_w",
            "gradients_w",
        ),
        *("dj_dw", "dl_dw", "dc_dw", "djdw", "dldw", "grad_weights", "grad_weight", "weight_grad", "weights_grad", "dweight", "gr_w"),
    ),
    BIAS_GRADIENT: (
        *("db", "dbiases", "grad_b", "b_grad", "gb", "d_b", "grads_b", "bias_gradient", "b_gradient", "dbias", "dB", "gradient_b"),
        *("gradients_b", "dj_db", "dl_db", "dc_db", "djdb", "dldb", "grad_biases", "grad_bias", "bias_grad", "biases_grad", "gr_b"),
    ),
    # of a whole loop
    OBJECTIVE: (
        "f",
        "func",
        "function",
        "fun",
        "objective",
        "objective_function",
        "loss",
        "cost",
        "loss_fn",
        "cost_function",
        "fn",
        "loss_function",
    ),
    DERIVATIVE: (
        *("grad", "gradient", "df", "grad_f", "gradf", "grad_fn", "gradient_function", "grad_func", "gradient_fn", "gradient_func"),
        *("derivative", "fprime", "f_prime", "dfunc", "df_dx", "dfdx", "slope_at", "slopes_at", "jac", "nabla_f", "nabla", "g", "f_grad"),
        *(
            "grads",
            "gradients",
            "compute_gradient",
            "get_gradient",
            "gradient_of",
            "fgrad",
            "derivatives",
            "dx",
            "slope",
            "der",
            "grad_function",
        ),
        *(
            "dj",
            "dc",
            "dl",
            "dcost",
            "dloss",
            "dg",
            "dy",
            "grad_j",
            "loss_grad",
            "cost_grad",
            "grad_loss",
            "grad_cost",
            "df_dtheta",
            "df_dw",
        ),
    ),
    STEPS: (
        *(
            "num_iterations",
            "n_iterations",
            "num_iters",
            "n_iters",
            "num_iter",
            "n_iter",
            "max_iter",
            "max_iters",
            "max_iterations",
            "niter",
        ),
        *("iterations", "iters", "steps", "n_steps", "num_steps", "max_steps", "epochs", "n_epochs", "num_epochs", "max_epochs", "nepochs"),
        *(
            "count",
            "rounds",
            "n",
            "N",
            "T",
            "iter",
            "maxiter",
            "itermax",
            "nb_iter",
            "nb_iterations",
            "nsteps",
            "max_it",
            "repeats",
            "k",
            "times",
        ),
    ),
    TOLERANCE: ("tol", "tolerance", "precision", "threshold", "stop", "grad_tol", "gtol", "epsilon_stop"),
}

#: What the start of a loop may be called besides the params.
STARTS = (
    *("x0", "start", "x_0", "x_init", "init", "initial", "x_start", "start_point", "starting_point", "initial_point", "theta0", "theta_0"),
    *("theta_init", "w0", "w_init", "w_0", "init_params", "initial_params", "params0", "p0", "guess", "initial_guess", "init_x", "point"),
    *("initial_theta", "initial_w", "initial_position", "position", "start_x", "params_init", "initial_x", "x_initial", "starting"),
)


def folded(name: str) -> str:
    """A name without capital letters and underscores."""
    return name.replace("_", "").lower()


def ranked(role: str, own: tuple[str, ...] = ()) -> dict[str, int]:
    """The names of a role, the likeliest first, each with its rank; `own` come before those of the table."""
    ranks: dict[str, int] = {}
    for rank, name in enumerate((*own, role, *ALIASES.get(role, ()))):
        ranks.setdefault(name, rank)
    return ranks


def under_every_name(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by role, under every name that they may have; what may be two has the one for which it is likelier."""
    found = dict[str, tuple[int, Any]]()
    for role, value in values.items():
        for name, rank in ranked(role).items():
            if name not in found or rank < found[name][0]:
                found[name] = rank, value
    return {name: value for name, (_, value) in found.items()}
