"""What this library's errors and warnings say: by their code, in English, marked for translation.

{count:n} is a number as the reader's language writes it. Where a number asks for a plural, both
forms stand, and the value n tells which. What begins without a subject is a part of others.
"""

from lstm_viz.i18n import N_, NN_

MESSAGES: dict[str, str | tuple[str, str]] = {
    # values
    "one-of": N_("{name} must be one of {known}; got {got}"),
    "one-of-or-none": N_("{name} must be one of {known}, or None; got {got}"),
    "one-of-for": N_("{name} must be one of {known} for {cell}; got {got}"),
    "of-record": N_("{field} of {name} must be one of {known}; got {got}"),
    "of-type": N_("{name} must be of type {kind}; got {got}"),
    "whole-at-least": N_("{name} must be a whole number of at least {least}; got {got}"),
    "whole-between": N_("{name} must be a whole number from {least} to {most}; got {got}"),
    "wholes-between": N_("{name} must be whole numbers from {least} to {most}; got {got}"),
    "finite": N_("{name} must be a finite number; got {got}"),
    "number": N_("{name} must be a number; got {got}"),
    "at-least": N_("{name} must be at least {least}; got {got}"),
    "at-most": N_("{name} must be at most {most}; got {got}"),
    "above": N_("{name} must be above {least}; got {got}"),
    "between": N_("{name} must lie between {least} and {most}; got {got}"),
    "flag": N_("{name} must be True or False; got {got}"),
    "flag-or-none": N_("{name} must be True, False or None; got {got}"),
    "text": N_("{name} must be text; got {got}"),
    "list-of-wholes": N_("{name} must be a list of whole numbers, such as [{most}]; got {got}"),
    "list-of-numbers": N_("{name} must be a list of numbers; got {got}"),
    "list-of-layers": N_("layers must be a list of one or more {kind}; got {got}"),
    "weights-of-one-cell": N_("weights of one cell"),
    "empty-list": N_("{name} must have at least one number; got none"),
    "function-or-auto": N_('{name} must be a function, "auto" or None; got {got}'),
    "name-or-none": N_("{name} must be a name or None; got {got}"),
    "name-or-function": N_("{name} must be a name or a function of a spec; got {got}"),
    "room": N_("{what} would take {needed:n} GB; this machine has {memory:n} GB"),
    "room-probe": N_("a probe of this hidden_size"),
    "room-direct": N_("dh of these steps and batch"),
    "room-weights": N_("the weights of this spec"),
    "room-trace": N_("the trace of this x"),
    "room-attention": N_("self-attention over this x"),
    "room-maps": N_("the maps of x"),
    "room-x": N_("x of this length, batch and size"),
    # arrays
    "masked": N_(
        "{name} must be a plain array, as a mask would be lost; got a masked array:"
        " .filled(value) makes it plain"
    ),
    "no-array": N_("{name} must be an array of numbers: {reason}"),
    "no-real-numbers": N_("{name} must hold real numbers; got {got}"),
    "too-wide": N_(
        "{name} must be float64 or narrower, as that is what is computed in; got {dtype}:"
        " .astype(float) rounds it"
    ),
    "read-as": N_("{kind}, which NumPy reads as dtype {dtype}"),
    "not-real": N_("{name} must be real, as the net is; got {dtype}"),
    "out-of-range": N_("{name} must lie within the range of {dtype}, the net's dtype"),
    "not-finite": N_("{name} must be finite; {name}{where} is {value}"),
    "negative": N_("{name} must be finite and at least 0"),
    "descending": N_("distance must ascend, the nearest to the loss first; {found}"),
    "distance": N_("distance[{at}] is {value}"),
    "distance-after": N_("distance[{at}] is {value} after {before}"),
    "shape": N_("{name} must have shape {shape}, each at least 1; got {got}"),
    "batch-first-shape": N_("{name} must have shape {shape}; got {got}: batch_first=True reads it"),
    "two-axes": N_("x must have shape {shape}; got {got}: one sequence is {one}"),
    "same-shape": N_("{first} and {second} must have the same shape; got {one} and {other}"),
    "one-sequence": N_("x must hold one sequence, shape {shape}; got {got}: {hint}"),
    "steps-of-sequences": N_("{steps} of {sequences}"),
    "read-batch-first": N_("as one sequence of {steps} it is read with batch_first=True"),
    "batch-first": N_(
        "x {shape} is read as {steps} of {sequences}, time first. If it is {others} of {long}, say"
        " batch_first=True; if not, batch_first=False says so and ends this warning"
    ),
    "steps": NN_("{n} step", "{n} steps"),
    "sequences": NN_("{n} sequence", "{n} sequences"),
    "lengths": NN_(
        "lengths must be one for {n} sequence; got {got}",
        "lengths must be one for each of {n} sequences; got {got}",
    ),
    # nets, traces, gradients
    "one-layer-of": N_("{name} must be of one layer of {known}; got {got}"),
    "layers-of": NN_("{n} layer of {cell}", "{n} layers of {cell}"),
    "no-recurrent-matrix": N_("weights must have a recurrent matrix U; {cell} has none"),
    "no-such-state": N_("{name} must be None: {cell} has no such state"),
    "variant": N_("variant must be some of [{known}] for cell {cell}; got {got}"),
    "by-state": N_("{name} must be a dict of states by name, such as {{'h': h0}}; got {got}"),
    "given-twice": N_("{name} must not have {states}, which is given beside it too"),
    "reads-padding": N_("{name} must be None: {cell} reads padding"),
    "other-widths": N_("layers must all have the same width E"),
    "other-sizes": N_("both directions must have the same D, H; got {one}, {other}"),
    "both-or-neither": N_("W_in and b_in must both be given, or neither"),
    "heads": N_("heads must divide {name} = {size}, so one of {fitting}; got {got}"),
    "parts-with-W_1": N_(
        "with norm {norm} and W_1 a layer has {wanted}; missing or too many: {wrong}"
    ),
    "parts-without-W_1": N_(
        "with norm {norm} and no W_1 a layer has {wanted}; missing or too many: {wrong}"
    ),
    "layer-reads": N_("layer {k} must read the {outputs} of the layer below; it has {inputs}"),
    "outputs": NN_("{n} output", "{n} outputs"),
    "inputs": NN_("{n} input", "{n} inputs"),
    "state-a-layer": NN_(
        "{name} must hold a state for {n} layer; got {got}",
        "{name} must hold a state for each of {n} layers; got {got}",
    ),
    "a-number": N_("a number"),
    "trace-of-layers": NN_(
        "trace must be a StackTrace of {n} layer", "trace must be a StackTrace of {n} layers"
    ),
    "sizes-of-trace": N_("trace must have the weights' sizes {letters} = {own}; got {got}"),
    "other-weights": N_("trace must be of these weights; they differ from its own in {field}"),
    "what-returns": N_("{name} must be what `{function}` returns; got {got}"),
    "other-trace": N_("gradients must be of this trace, h {shape}; got {got}"),
    "paths-do-not-add-up": N_(
        "gradients must be of this trace, and dc what `backward` was given; the paths do not"
        " add up to the gradient at step {step} of sequence {sequence}"
    ),
    "no-law": N_("init {init} has no law for U"),
    "no-gate-that-keeps": N_(
        "init {init} sets gate biases, and cell {cell} has no gate that keeps or writes"
    ),
    "chrono-axis": N_("spec's init 'chrono' draws the forget biases itself: they can be no axis"),
    "one-axis": N_("{axis} must be the one vertical axis of {cell}"),
    "s2-of-bias": N_("s2 must be at least {least}, what the bias leaves of it; got {got}"),
    "s2-alone": N_("s2 must be {only}, the bias's alone, since this input is zero; got {got}"),
    "no-figure": N_("a {kind} has no figure of its own"),
    # sequences
    "empty-text": N_("the text is empty: a sequence needs at least one character"),
    "half-a-pair": N_(
        "character {at} of the text (U+{point}) is half of a pair and has no bytes in UTF-8"
    ),
    "unknown-stock": N_("there is no stock {got}; there are {known}"),
    "no-stock": N_("no stock was chosen; there are {known}"),
    "list-of-stocks": N_("columns must be a list of stocks; got {got}"),
    "no-source": N_("kind {kind} has no source"),
    "scaled-too-far": N_("{scale} times this input is more than a floating-point number can hold."),
    # CSV files
    "no-csv": N_("a CSV must come as text, bytes or a Path; got {got}"),
    "cannot-read": N_("cannot read {path}: {reason}"),
    "empty-csv": N_("the CSV is empty"),
    "other-kind": N_("this is {kind}, whatever its name says; save the table as CSV"),
    "control-character": N_(
        "line {line}: this is no text file; it holds the control character 0x{code}"
    ),
    "no-text": N_(
        "line {line}: byte {byte} of this line (0x{code}) is no {encoding}; save the file as UTF-8"
    ),
    "utf-8-or-cp1252": N_("text in UTF-8 or cp1252"),
    "header-alone": N_("line {line}: the CSV has a header and no row of numbers below it"),
    "columns-in-line": NN_(
        "line {line} has {n:n} column; at most {most:n} can be read",
        "line {line} has {n:n} columns; at most {most:n} can be read",
    ),
    "characters-in-line": NN_(
        "line {line} has more than {n:n} character", "line {line} has more than {n:n} characters"
    ),
    "characters-in-cell": NN_(
        "line {line}: a cell has more than {n:n} character; is a quote not closed there?",
        "line {line}: a cell has more than {n:n} characters; is a quote not closed there?",
    ),
    "cells-in-file": NN_(
        "the file has {n:n} cell; at most {most:n} can be read",
        "the file has {n:n} cells; at most {most:n} can be read",
    ),
    "quotes": N_("line {line}: the quotes do not match ({reason})"),
    "unclosed-quote": N_("one is not closed"),
    "quote-in-cell": N_("one stands within a cell"),
    "width": N_("line {line} has {fields} where line {first} has {expected} (separator: {mark})"),
    "fields": NN_("{n} field", "{n} fields"),
    "no-column-chosen": N_("no column of the CSV was chosen"),
    "unknown-column": N_("the CSV has no column {column}; it has {known}"),
    "column-beyond": N_("the CSV has no column {column}; it has {count}: {known}"),
    "and-more": N_("{some} and {more} more"),
    "place": N_("line {line}, column {column}"),
    "named-place": N_("line {line}, column {column} ({name})"),
    "no-number": N_("{where}: {cell} is not a number{hint}"),
    "no-number-as": N_("{where}: {cell} is not a number, {alike}{hint}"),
    "as-in-line": N_("as {number} in line {line} is"),
    "decimal-hint": N_("; is its {mark} a decimal mark?"),
    "no-numbers": N_("the CSV has no column of numbers; line {line} holds {cell}{hint}"),
    "all-missing": N_("the CSV has no column of numbers; all of its values are missing"),
    "column-missing": N_("column {column} has no finite number: all of its values are missing"),
    "blank-line": N_("line {blank} is blank, and line {line} has values again"),
    "missing-cell": N_("{where}: {cell} stands for a missing value, and a number was expected"),
    "empty-cell": N_("{where}: the cell is empty, and a number was expected"),
    "infinite-cell": N_("{where}: {cell} is not a finite number"),
    "none-left": N_("each row has a missing value: none is left"),
    "no-upload": N_("Upload a CSV file in the sidebar: a link cannot carry it along."),
    "upload-gone": N_(
        "The file {file} is not here: this server does not have it, or not any more. Choose it"
        " again in the sidebar."
    ),
    "other-upload": N_("{file} has been replaced by another file."),
    # sweeps
    "list-of-specs": N_("specs must be a list of specs, such as [lv.ModelSpec()]; got {got}"),
    "no-spec": N_("specs must be ModelSpecs or frozen dataclasses; got {got}"),
    "worker-died": N_("a worker died while {measure} ran: {reason}"),
    "takes-no-work": N_("{where} takes no work: {reason}"),
    "gave-up": N_(
        "{where} gave up the work while {measure} ran: it was shut down, or it no longer answers;"
        " the specs have no part in it"
    ),
    "measure-failed": N_("{measure} failed on {spec}: {reason}"),
    "dask": N_("the Dask scheduler at {address}"),
    "executor": N_("the {kind}"),
    "other-library": N_("the lstm_viz of a worker, {version}, is another than this one"),
    "no-rows": N_("a measure must return a dict or a list of dicts; got {got}"),
    "no-name": N_("a measure must name what it found, other than the spec; got {got}"),
    "no-cell": N_("{name} must be a number, a text or None; got {got}"),
    "no-identity": N_(
        "a folder needs to know what a measure depends on, and {kind} does not say: use a function"
        " of plain values and arrays, or a frozen dataclass"
    ),
    "too-deep": N_("what a measure depends on is nested too deeply"),
    "no-folder": N_("rows cannot be kept in {folder}: {reason}"),
    "not-kept": N_("{path} cannot be written: {reason}; once that is mended, the sweep can go on"),
    "path-is-folder": N_(
        "{path} is a folder: the rows of {spec} cannot be kept until it is removed"
    ),
    "damaged": N_("{path} is damaged, its rows are measured again: {reason}"),
    "other-checksum": N_("its checksum is that of other rows"),
    "holds-no-rows": N_("it holds no rows"),
    "older-measured": NN_(
        "{folder} has older rows of {n} spec, found before {what} changed; they stay there, and"
        " what is asked for is measured again; accept_older takes them",
        "{folder} has older rows of {n} specs, found before {what} changed; they stay there, and"
        " what is asked for is measured again; accept_older takes them",
    ),
    "older-taken": NN_(
        "{folder} has older rows of {n} spec, found before {what} changed; they are taken, and"
        " of_older_version says which they are",
        "{folder} has older rows of {n} specs, found before {what} changed; they are taken, and"
        " of_older_version says which they are",
    ),
    "the-measure": N_("the measure or what it uses"),
    "the-measure-and": N_("the measure or what it uses and lstm_viz {version}"),
    "the-library": N_("lstm_viz {version}"),
    "the-version": N_("the version"),
    # the command line
    "within": N_("{where}: {reason}"),
    "no-toml": N_("{path} is no TOML: {reason}"),
    "in-both": N_("{name} must stand in [base] or in [cross]; it stands in both"),
    "list-of-values": N_("{name} must be a list of values; got {got}"),
    "table": N_("{name} must be a table, [{name}]; got {got}"),
    "unknown-key": N_("{where} has an unknown key {key}; known are {known}"),
    "the-file": N_("the file"),
    "app-needs": N_(
        'the app needs {missing}: pip install "lstm_viz[app]", in a checkout pip install ".[app]",'
        ' with uv uvx --from "PATH[app]" lstm-viz app'
    ),
    "missing-module": N_("{module} is missing: pip install {module}"),
    "csv-folder": N_("--csv must name a file in a folder that exists; got {path}"),
    "not-written": N_("{path} cannot be written: {reason}"),
    "the-table": N_("the table"),
    "expected-address": N_("an address such as tcp://10.0.0.1:8786 was expected; got {got}"),
    "no-cluster": N_("--scheduler: no cluster answers at {address}: {reason}"),
    "port-taken": N_("port {port} of {host} is taken: name another with --port"),
    "port-unusable": N_("port {port} of {host} cannot be used: {reason}"),
    "expected-whole": N_("a whole number of at least {least} was expected; got {got}"),
    "expected-between": N_("a number from {least} to {most} was expected; got {got}"),
    # pages
    "gain-axis": N_("The axis of gains must end above its beginning."),
    "other-axis": N_("The upward axis must end above its beginning."),
    "blank-alt": N_("chart {key}: alt is blank; expected a sentence with the finding"),
    "no-filename": N_("chart {key}: filename {filename} is no plain file name"),
    # pictures
    "no-picture": N_("what is to be printed must be a picture of this app, as SVG"),
    "no-chromium": N_(
        "PDF needs Chromium or Chrome on the computer that the app runs on, and none was found;"
        " SVG has the same picture, sharp at any size"
    ),
    "not-printed": N_("{program} did not print; SVG has the same picture, sharp at any size"),
}
