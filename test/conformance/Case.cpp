//===- Case.cpp - One case of a conformance suite -------------------------===//

#include "test/conformance/Case.h"
#include "tenon/Tools/LoadedTensor.h"
#include "tenon/runtime.h"
#include <cmath>

using namespace llvm;
using namespace tenon;
using namespace tenon::conformance;

bool conformance::fromJSON(const json::Value &value, Case &result,
                           json::Path path) {
  json::ObjectMapper mapper(value, path);
  result.tolerance.scale = 0;
  return mapper && mapper.map("name", result.name) &&
         mapper.map("variant", result.variant) &&
         mapper.map("model", result.model) &&
         mapper.map("inputs", result.inputs) &&
         mapper.map("outputs", result.outputs) &&
         mapper.map("rtol", result.tolerance.rtol) &&
         mapper.map("atol", result.tolerance.atol) &&
         mapper.mapOptional("scale", result.tolerance.scale);
}

StringRef conformance::statusName(Status status) {
  switch (status) {
  case Status::pass:
    return "pass";
  case Status::wrong:
    return "wrong";
  case Status::unsupported:
    return "unsupported";
  case Status::error:
    return "error";
  case Status::differs:
    return "differs";
  case Status::crash:
    return "crash";
  case Status::timeout:
    return "timeout";
  }
  llvm_unreachable("all statuses are handled");
}

namespace {
struct ReleaseTensor {
  void operator()(tn_tensor *tensor) const { tn_tensor_release(tensor); }
};

struct Output {
  std::string name;
  std::unique_ptr<tn_tensor, ReleaseTensor> tensor;
};

/// What one build of a case gave: outputs, or why there are none.
struct Execution {
  Outcome failure;
  std::vector<Output> outputs;
};
} // namespace

static Execution noOutputs(Status status, const Twine &reason) {
  return {{status, reason.str()}, {}};
}

static Execution failedRun() {
  return noOutputs(Status::error, tn_last_message());
}

static Expected<std::vector<LoadedTensor>>
readAll(ArrayRef<std::string> paths) {
  std::vector<LoadedTensor> tensors;
  for (const std::string &path : paths) {
    Expected<LoadedTensor> tensor = LoadedTensor::read(path);
    if (!tensor)
      return tensor.takeError();
    tensors.push_back(std::move(*tensor));
  }
  return tensors;
}

static Execution runSession(tn_session *session, const tn_module_desc &desc,
                            std::vector<LoadedTensor> &inputs) {
  std::vector<tn_view> views = viewsOf(inputs);
  std::vector<tn_output> outputs(desc.output_count, tn_output{});
  if (tn_run(session, views.data(), views.size(), outputs.data(),
             outputs.size()) != TN_OK)
    return failedRun();
  Execution execution;
  for (auto [i, output] : enumerate(outputs))
    execution.outputs.push_back(
        {desc.outputs[i].name,
         std::unique_ptr<tn_tensor, ReleaseTensor>(output.tensor)});
  return execution;
}

static Execution runCode(cpu::JitModule &code, const Case &testCase) {
  Expected<std::vector<LoadedTensor>> inputs = readAll(testCase.inputs);
  if (!inputs)
    return noOutputs(Status::error, toString(inputs.takeError()));
  Expected<void *> query = code.lookup(TN_MODULE_QUERY_SYMBOL);
  if (!query)
    return noOutputs(Status::error, toString(query.takeError()));
  tn_module *module = nullptr;
  if (tn_module_from_query(reinterpret_cast<tn_module_query_fn>(*query),
                           &module) != TN_OK)
    return failedRun();
  tn_options options = {};
  options.struct_bytes = sizeof(options);
  options.threads = 1;
  tn_session *session = nullptr;
  Execution execution =
      tn_session_create(module, &options, &session) == TN_OK
          ? runSession(session, *tn_module_describe(module), *inputs)
          : failedRun();
  tn_session_release(session);
  tn_module_release(module);
  return execution;
}

/// Imports, compiles and runs.
static Execution execute(const Case &testCase, cpu::OptLevel optLevel,
                         ArrayRef<std::string> disabled) {
  Compiler compiler;
  std::string errors;
  raw_string_ostream os(errors);
  mlir::ScopedDiagnosticHandler handler(
      &compiler.context(), [&](mlir::Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error)
          os << (errors.empty() ? "" : "; ") << diagnostic;
      });
  CompileOptions options;
  options.optLevel = optLevel;
  options.threads = 1;
  options.name = testCase.name;
  options.disabled = disabled;
  auto module = compiler.read(testCase.model, options);
  if (failed(module))
    return noOutputs(Status::unsupported, errors);
  auto code = compiler.compileToMemory(**module, options);
  if (failed(code))
    return noOutputs(Status::error, errors);
  return runCode(**code, testCase);
}

/// Compares the outputs with `want`, an element for each of them.
static Outcome compare(const Execution &execution, ArrayRef<tn_view> want,
                       function_ref<Tolerance(tn_dtype)> toleranceOf) {
  for (auto [output, wanted] : zip_equal(execution.outputs, want)) {
    Comparison result = compareTensors(tn_tensor_view(output.tensor.get()),
                                       wanted, toleranceOf(wanted.dtype));
    if (!result.right)
      return {Status::wrong,
              "output \"" + output.name + "\": " + result.message};
  }
  return {};
}

static Outcome judge(const Execution &execution,
                     std::vector<LoadedTensor> &expected,
                     const Tolerance &tolerance) {
  if (execution.failure.status != Status::pass)
    return execution.failure;
  if (expected.size() != execution.outputs.size())
    return {Status::error,
            (Twine(expected.size()) + " outputs are recorded, the model has " +
             Twine(execution.outputs.size()))
                .str()};
  return compare(execution, viewsOf(expected),
                 [&](tn_dtype) { return tolerance; });
}

static std::string describe(const Outcome &outcome) {
  return statusName(outcome.status).str() +
         (outcome.reason.empty() ? "" : ", " + outcome.reason);
}

/// The relative distance of neighbours among 16-bit floats; 0 of other types.
static double distanceOfNeighbours(tn_dtype dtype) {
  if (dtype.bits != 16)
    return 0;
  return dtype.code == TN_BFLOAT  ? std::ldexp(1, -7)
         : dtype.code == TN_FLOAT ? std::ldexp(1, -10)
                                  : 0;
}

/// How a build without some passes differs from that with them; else `outcome`,
/// which is what the latter is worth. A kernel rounds to 16 bits what it
/// stores, not what it computes on the way
/// (docs/decisions/20261125-rounding.md): such a result may be the neighbour of
/// a neighbour.
static Outcome compareBuilds(const Execution &with, const Outcome &outcome,
                             const Execution &without,
                             const Tolerance &tolerance) {
  if (with.failure.status != without.failure.status)
    return {Status::differs, "without passes: " + describe(without.failure) +
                                 "; with them: " + describe(with.failure)};
  std::vector<tn_view> want;
  for (const Output &output : with.outputs)
    want.push_back(tn_tensor_view(output.tensor.get()));
  Outcome difference = compare(without, want, [&](tn_dtype dtype) {
    Tolerance between = tolerance;
    between.rtol = std::max(between.rtol, 2 * distanceOfNeighbours(dtype));
    return between;
  });
  if (difference.status != Status::pass)
    return {Status::differs,
            describe(outcome) + "; without passes " + difference.reason};
  return outcome;
}

Outcome conformance::run(const Case &testCase, const Build &build) {
  Expected<std::vector<LoadedTensor>> expected = readAll(testCase.outputs);
  if (!expected)
    return {Status::error, toString(expected.takeError())};
  const Tolerance &tolerance = testCase.tolerance;
  Execution with = execute(testCase, build.optLevel, {});
  Outcome outcome = judge(with, *expected, tolerance);
  if (build.disabled.empty())
    return outcome;
  Execution without = execute(testCase, cpu::OptLevel::none, build.disabled);
  return compareBuilds(with, outcome, without, tolerance);
}
