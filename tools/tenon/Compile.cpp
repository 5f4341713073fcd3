//===- Compile.cpp - tenon compile ----------------------------------------===//

#include "tools/tenon/Arguments.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"
#include <sys/resource.h>

using namespace llvm;
using namespace tenon;
using namespace tenon::tool;

/// Of this program.
static std::string executablePath() {
  return sys::fs::getMainExecutable(nullptr,
                                    reinterpret_cast<void *>(&executablePath));
}

static int writeText(StringRef path, function_ref<void(raw_ostream &)> write) {
  Error error = writeToOutput(path, [&](raw_ostream &os) {
    write(os);
    return Error::success();
  });
  return error ? fail(std::move(error)) : 0;
}

int tool::compile(const CompileArguments &arguments) {
  FailureOr<CompileOptions> options = compileOptions(arguments.model);
  std::optional<Stage> last = stageByName(arguments.compileTo);
  if (failed(options))
    return 2;
  if (!last)
    return fail("there is no stage \"" + arguments.compileTo + "\""), 2;
  options->dumpDirectory = arguments.dumpDirectory;
  std::vector<std::pair<std::string, double>> times;
  options->onStage = [&](StringRef stage, double seconds) {
    for (auto &[name, total] : times)
      if (name == stage) {
        total += seconds;
        return;
      }
    times.emplace_back(stage.str(), seconds);
  };
  Compiler compiler;
  if (arguments.remarks)
    compiler.onRemark([](const Remark &remark) { remark.print(outs()); });
  auto module = compiler.read(arguments.model.model, *options);
  if (failed(module))
    return 1;
  if (*last == Stage::llvm || *last == Stage::assembly) {
    auto text = compiler.compileToText(**module, *last, *options);
    return failed(text) ? 1 : writeText(arguments.output, [&](raw_ostream &os) {
      os << *text;
    });
  }
  if (*last != Stage::link) {
    if (failed(compiler.runTo(**module, *last, *options)))
      return 1;
    return writeText(arguments.output,
                     [&](raw_ostream &os) { (*module)->print(os); });
  }
  if (failed(compiler.compileToFile(**module, arguments.output, *options)))
    return 1;
  if (arguments.time) {
    for (auto &[name, seconds] : times)
      outs() << format("%-10s %8.3f s\n", name.c_str(), seconds);
    rusage usage = {};
    getrusage(RUSAGE_SELF, &usage);
    uint64_t bytes = 0;
    if (!sys::fs::file_size(arguments.output, bytes))
      outs() << format("artifact   %8.2f MB\n", bytes * 1e-6);
    outs() << format("peak       %8.0f MB\n", usage.ru_maxrss * 1.024e-3);
    SmallString<128> runtime(
        sys::path::parent_path(sys::path::parent_path(executablePath())));
    sys::path::append(runtime, "lib", "libtenon-runtime.so");
    if (!sys::fs::file_size(runtime, bytes))
      outs() << format("runtime    %8.2f MB\n", bytes * 1e-6);
  }
  return 0;
}
