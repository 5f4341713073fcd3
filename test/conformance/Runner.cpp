//===- Runner.cpp - Runs ONNX cases, many in one process ------------------===//
//
// tenon-conformance CASES RESULTS [JOBS [OPT_LEVEL [PASS,...]]]
//
// CASES has a JSON object a line (see Case.h); RESULTS gets one in the same
// order, with name, variant, status and reason. With PASS,... each case is also
// built without these passes, and what the two builds give is compared. Exit
// code 1 only if the run as a whole failed; what the results mean is for
// tools/conformance to say.
//
//===----------------------------------------------------------------------===//

#include "test/conformance/Workers.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/LineIterator.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace llvm;
using namespace tenon::conformance;

static Expected<std::vector<Case>> readCases(StringRef path) {
  auto buffer = MemoryBuffer::getFile(path);
  if (!buffer)
    return createStringError(path + ": " + buffer.getError().message());
  std::vector<Case> cases;
  for (line_iterator line(**buffer); !line.is_at_eof(); ++line) {
    Expected<Case> testCase = json::parse<Case>(*line, "case");
    if (!testCase)
      return createStringError(path + ":" + Twine(line.line_number()) + ": " +
                               toString(testCase.takeError()));
    cases.push_back(std::move(*testCase));
  }
  return cases;
}

static int fail(const Twine &message) {
  errs() << "error: " << message << "\n";
  return 1;
}

int main(int argc, char **argv) {
  ArrayRef<char *> arguments(argv + 1, argc - 1);
  WorkerOptions options;
  Build build;
  if (arguments.size() < 2 || arguments.size() > 5 ||
      (arguments.size() > 2 &&
       (StringRef(arguments[2]).getAsInteger(10, options.jobs) ||
        options.jobs == 0)))
    return fail("usage: tenon-conformance CASES RESULTS [JOBS [OPT_LEVEL "
                "[PASS,...]]]");
  if (arguments.size() > 3 && StringRef(arguments[3]) != "0")
    build.optLevel = tenon::cpu::OptLevel::normal;
  if (arguments.size() > 4)
    for (StringRef pass : split(arguments[4], ','))
      build.disabled.push_back(pass.str());
  Expected<std::vector<Case>> cases = readCases(arguments[0]);
  if (!cases)
    return fail(toString(cases.takeError()));

  std::vector<Outcome> outcomes = runAll(cases->size(), options, [&](size_t i) {
    return run((*cases)[i], build);
  });

  std::error_code error;
  raw_fd_ostream os(arguments[1], error);
  if (error)
    return fail(Twine(arguments[1]) + ": " + error.message());
  for (auto [testCase, outcome] : zip_equal(*cases, outcomes))
    os << json::Object{{"name", testCase.name},
                       {"variant", testCase.variant},
                       {"status", statusName(outcome.status)},
                       {"reason", outcome.reason}}
       << "\n";
  os.close();
  return os.has_error() ? fail(arguments[1]) : 0;
}
