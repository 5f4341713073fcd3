//===- Case.cpp - One case of a conformance suite -------------------------===//

#include "test/conformance/Case.h"
#include "tenon/Tools/LoadedTensor.h"
#include "tenon/runtime.h"

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
         mapper.map("atol", result.tolerance.atol);
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
  case Status::crash:
    return "crash";
  case Status::timeout:
    return "timeout";
  }
  llvm_unreachable("all statuses are handled");
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

static Outcome failedRun() { return {Status::error, tn_last_message()}; }

static Outcome runSession(tn_session *session, const tn_module_desc &desc,
                          std::vector<LoadedTensor> &inputs,
                          std::vector<LoadedTensor> &expected,
                          const Tolerance &tolerance) {
  if (int32_t(expected.size()) != desc.output_count)
    return {Status::error,
            (Twine(expected.size()) + " outputs are recorded, the model has " +
             Twine(desc.output_count))
                .str()};
  std::vector<tn_view> views = viewsOf(inputs);
  std::vector<tn_output> outputs(expected.size(), tn_output{});
  if (tn_run(session, views.data(), views.size(), outputs.data(),
             outputs.size()) != TN_OK)
    return failedRun();
  Outcome outcome;
  for (size_t i = 0; i < expected.size(); ++i) {
    Comparison result =
        compareTensors(outputs[i].view, expected[i].view(), tolerance);
    if (!result.right && outcome.status == Status::pass)
      outcome = {Status::wrong, "output \"" +
                                    std::string(desc.outputs[i].name) +
                                    "\": " + result.message};
    tn_tensor_release(outputs[i].tensor);
  }
  return outcome;
}

static Outcome runCode(cpu::JitModule &code, const Case &testCase) {
  Expected<std::vector<LoadedTensor>> inputs = readAll(testCase.inputs);
  if (!inputs)
    return {Status::error, toString(inputs.takeError())};
  Expected<std::vector<LoadedTensor>> expected = readAll(testCase.outputs);
  if (!expected)
    return {Status::error, toString(expected.takeError())};
  Expected<void *> query = code.lookup(TN_MODULE_QUERY_SYMBOL);
  if (!query)
    return {Status::error, toString(query.takeError())};
  tn_module *module = nullptr;
  if (tn_module_from_query(reinterpret_cast<tn_module_query_fn>(*query),
                           &module) != TN_OK)
    return failedRun();
  tn_options options = {};
  options.struct_bytes = sizeof(options);
  options.threads = 1;
  tn_session *session = nullptr;
  Outcome outcome = tn_session_create(module, &options, &session) == TN_OK
                        ? runSession(session, *tn_module_describe(module),
                                     *inputs, *expected, testCase.tolerance)
                        : failedRun();
  tn_session_release(session);
  tn_module_release(module);
  return outcome;
}

Outcome conformance::run(const Case &testCase, cpu::OptLevel optLevel) {
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
  auto module = compiler.read(testCase.model, options);
  if (failed(module))
    return {Status::unsupported, errors};
  auto code = compiler.compileToMemory(**module, options);
  if (failed(code))
    return {Status::error, errors};
  return runCode(**code, testCase);
}
