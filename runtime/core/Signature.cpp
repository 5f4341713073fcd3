//===- Signature.cpp - Checks inputs and outputs against the model --------===//
//
// Every message names the tensor, what it is, and what the model says.
//
//===----------------------------------------------------------------------===//
#include "Signature.h"

#include "Status.h"
#include "Tensor.h"

#include <stdio.h>

using namespace tenon::runtime;

namespace {

/// A tensor of the caller and its place in the model.
struct Subject {
  const char *kind; ///< "input" or "output"
  const tn_tensor_desc &desc;
  const tn_view &view;
};

/// "[batch, seq, 64]", cut short if it is long.
struct ShapeText {
  char text[200];

  explicit ShapeText(const tn_tensor_desc &desc) {
    size_t length = snprintf(text, sizeof(text), "[");
    for (int32_t i = 0; i < desc.rank && length < sizeof(text); ++i)
      length += snprintf(text + length, sizeof(text) - length, "%s%s",
                         i ? ", " : "", desc.dims[i].text);
    if (length < sizeof(text))
      snprintf(text + length, sizeof(text) - length, "]");
  }
};

} // namespace

static long long printable(int64_t value) { return value; }

static tn_status checkCount(const tn_tensor_desc *tensors, int32_t expected,
                            int32_t given, const char *kind) {
  if (given == expected)
    return TN_OK;
  char names[300] = "";
  size_t length = 0;
  for (int32_t i = 0; i < expected && length < sizeof(names); ++i)
    length += snprintf(names + length, sizeof(names) - length, "%s\"%s\"",
                       i ? ", " : "", tensors[i].name);
  return fail(TN_INVALID_ARGUMENT, "%d %ss given, but the model has %d%s%s%s",
              given, kind, expected, expected ? " (" : "", names,
              expected ? ")" : "");
}

/// One element of any rank, where the model wants a scalar.
static bool isScalar(const tn_view &view) {
  for (int32_t i = 0; i < view.rank; ++i)
    if (!view.dims || view.dims[i] != 1)
      return false;
  return true;
}

static tn_status checkView(const Subject &subject) {
  const auto &[kind, desc, view] = subject;
  if (!sameType(desc.dtype, view.dtype))
    return fail(
        TN_INVALID_ARGUMENT, "%s \"%s\": dtype is %s, but the model says %s",
        kind, desc.name, tn_dtype_name(view.dtype), tn_dtype_name(desc.dtype));
  if (desc.rank != view.rank && !(desc.rank == 0 && isScalar(view)))
    return fail(TN_INVALID_ARGUMENT,
                "%s \"%s\": rank is %d, but the model says %d, %s", kind,
                desc.name, view.rank, desc.rank, ShapeText(desc).text);
  if (view.rank && !view.dims)
    return fail(TN_INVALID_ARGUMENT, "%s \"%s\": dims are NULL", kind,
                desc.name);
  for (int32_t i = 0; i < desc.rank; ++i) {
    int64_t size = view.dims[i], expected = desc.dims[i].size;
    if (size < 0)
      return fail(TN_INVALID_ARGUMENT, "%s \"%s\": dim %d is negative (%lld)",
                  kind, desc.name, i, printable(size));
    if (expected >= 0 && size != expected)
      return fail(TN_INVALID_ARGUMENT,
                  "%s \"%s\": dim %d is %lld, but the model says %lld", kind,
                  desc.name, i, printable(size), printable(expected));
  }
  int64_t bytes = tn_view_bytes(&view);
  if (bytes < 0)
    return fail(TN_INVALID_ARGUMENT,
                "%s \"%s\": its size does not fit into memory", kind,
                desc.name);
  if (bytes > 0 && !view.data)
    return fail(TN_INVALID_ARGUMENT, "%s \"%s\": data is NULL", kind,
                desc.name);
  return TN_OK;
}

static tn_status checkRange(const Subject &input, int32_t dim,
                            const tn_symbol_desc &symbol) {
  int64_t size = input.view.dims[dim];
  if (size < symbol.min || size > symbol.max)
    return fail(TN_INVALID_ARGUMENT,
                "input \"%s\": dim %d (\"%s\") is %lld, but the model was "
                "compiled for %lld to %lld",
                input.desc.name, dim, symbol.name, printable(size),
                printable(symbol.min), printable(symbol.max));
  if (symbol.multiple > 1 && size % symbol.multiple)
    return fail(TN_INVALID_ARGUMENT,
                "input \"%s\": dim %d (\"%s\") is %lld, but the model was "
                "compiled for multiples of %lld",
                input.desc.name, dim, symbol.name, printable(size),
                printable(symbol.multiple));
  return TN_OK;
}

static tn_status checkBound(const Subject &subject, const tn_module_desc &desc,
                            const Binding *symbols) {
  for (int32_t i = 0; i < subject.desc.rank; ++i) {
    int32_t index = subject.desc.dims[i].symbol;
    if (index < 0 || !symbols[index].input)
      continue;
    int64_t size = subject.view.dims[i];
    if (size != symbols[index].value)
      return fail(TN_INVALID_ARGUMENT,
                  "%s \"%s\": dim %d is %lld, but the model says \"%s\" = %lld "
                  "(bound by input \"%s\")",
                  subject.kind, subject.desc.name, i, printable(size),
                  desc.symbols[index].name, printable(symbols[index].value),
                  symbols[index].input);
  }
  return TN_OK;
}

tn_status tenon::runtime::bindInputs(const tn_module_desc &desc,
                                     const tn_view *inputs, int32_t count,
                                     Binding *symbols) {
  if (tn_status status =
          checkCount(desc.inputs, desc.input_count, count, "input"))
    return status;
  for (int32_t i = 0; i < desc.symbol_count; ++i)
    symbols[i] = {nullptr, kUnbound};
  for (int32_t i = 0; i < count; ++i) {
    Subject input{"input", desc.inputs[i], inputs[i]};
    if (tn_status status = checkView(input))
      return status;
    for (int32_t d = 0; d < input.desc.rank; ++d) {
      int32_t index = input.desc.dims[d].symbol;
      if (index < 0 || symbols[index].input)
        continue;
      if (tn_status status = checkRange(input, d, desc.symbols[index]))
        return status;
      symbols[index] = {input.desc.name, input.view.dims[d]};
    }
    if (tn_status status = checkBound(input, desc, symbols))
      return status;
  }
  return TN_OK;
}

tn_status tenon::runtime::checkOutputs(const tn_module_desc &desc,
                                       const tn_output *outputs, int32_t count,
                                       const Binding *symbols) {
  if (tn_status status =
          checkCount(desc.outputs, desc.output_count, count, "output"))
    return status;
  for (int32_t i = 0; i < count; ++i) {
    if (!outputs[i].view.data)
      continue;
    Subject output{"output", desc.outputs[i], outputs[i].view};
    if (tn_status status = checkView(output))
      return status;
    if (tn_status status = checkBound(output, desc, symbols))
      return status;
  }
  return TN_OK;
}

tn_status tenon::runtime::checkOutputDims(const tn_tensor_desc &desc,
                                          const tn_view &given,
                                          const int64_t *dims) {
  for (int32_t i = 0; i < desc.rank; ++i)
    if (given.dims[i] != dims[i])
      return fail(TN_INVALID_ARGUMENT,
                  "output \"%s\": dim %d (\"%s\") is %lld, but the model "
                  "computes %lld",
                  desc.name, i, desc.dims[i].text, printable(given.dims[i]),
                  printable(dims[i]));
  return TN_OK;
}
