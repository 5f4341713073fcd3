//===- Main.cpp - The command line of tenon -------------------------------===//
//
// Parses and delegates; no logic here.
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/Commands.h"
#include <CLI/CLI.hpp>

using namespace tenon::tool;

static constexpr char kModel[] = "model.onnx, or a .mlir dump";
static constexpr char kModelOrArtifact[] =
    "model.so, or what is compiled now: model.onnx, or a .mlir dump";

static void addModelOptions(CLI::App *app, ModelArguments &model,
                            const char *what) {
  app->add_option("model", model.model, what)->required();
  app->add_option("--dim", model.dims, "size of a symbolic dim, name=size; or what it may be: a "
                  "range name=1..8, a multiple name=%8, both name=8..64%8");
  app->add_option("--shape", model.shapes, "shape of an input, name=1x3x8x8");
  app->add_option("--target", model.targets,
                  "target names or files (default: all)")
      ->delimiter(',');
  app->add_option("--disable", model.disabled,
                  "optimizations to leave out, or all; a wrong name lists them")
      ->delimiter(',');
  app->add_option("-O", model.optLevel, "0: compile fast, run slowly")
      ->check(CLI::Range(0, 1));
}

static void addThreads(CLI::App *app, int &threads) {
  app->add_option("--threads", threads, "threads of one run; 0: one per CPU")
      ->check(CLI::Range(0, 1024));
}

static void addInputOptions(CLI::App *app, InputArguments &inputs) {
  CLI::Option *input =
      app->add_option("--input", inputs.inputs,
                      "name=x.npy, name=x.pb or name=random")
          ->check([](const std::string &text) {
            size_t at = text.rfind('=');
            return at != std::string::npos && at > 0 && at + 1 < text.size()
                       ? std::string()
                       : "expected name=x.npy, name=x.pb or name=random, got "
                         "\"" +
                             text + "\"";
          });
  app->add_option("--data", inputs.data, "folder of input_0.pb ...")
      ->excludes(input);
}

int main(int argc, char **argv) {
  CLI::App app{"Tenon compiles ONNX models to native code."};
  app.set_version_flag("--version", "tenon " TENON_VERSION);
  app.require_subcommand(1);

  CompileArguments compileArguments;
  CLI::App *compileApp = app.add_subcommand("compile", "Compile a model");
  compileApp->footer(
      "Example: tenon compile model.onnx -o model.so --dim batch=4");
  addModelOptions(compileApp, compileArguments.model, kModel);
  compileApp
      ->add_option("-o,--output", compileArguments.output,
                   "model.so, or model.o with a header")
      ->required();
  compileApp->add_option("--compile-to", compileArguments.compileTo,
                         "stop after import, normalize, fuse, schedule, emit, "
                         "plan, llvm or asm and write its IR");
  compileApp->add_option("--dump-ir", compileArguments.dumpDirectory,
                         "folder for the IR after each stage");
  compileApp->add_option("--profile-use", compileArguments.model.profile,
                         "profile of run --profile; what it shows to be hot is "
                         "inlined");
  compileApp->add_option("--threads", compileArguments.model.threads,
                         "threads that compile");
  compileApp->add_flag("--remarks", compileArguments.remarks,
                       "what was fused and what was not, and why");
  compileApp->add_flag("--time", compileArguments.time, "time of each stage");

  RunArguments runArguments;
  CLI::App *runApp = app.add_subcommand("run", "Run an artifact or a model");
  runApp->footer(
      "Example: tenon run model.so --input x=x.npy --output results");
  addModelOptions(runApp, runArguments.model, kModelOrArtifact);
  addInputOptions(runApp, runArguments.inputs);
  runApp->add_option("--output", runArguments.output,
                     "folder for output_0.npy, output_1.npy ...");
  addThreads(runApp, runArguments.threads);
  runApp->add_option("--profile", runArguments.profile,
                     "profile to write, for compile --profile-use: counts and "
                     "times of functions, loops, branches and kernels");
  runApp->add_option("--trace", runArguments.trace, "Chrome trace to write");
  runApp->add_option("--repeat", runArguments.repeat, "timed runs to add")
      ->check(CLI::NonNegativeNumber);

  BenchArguments benchArguments;
  CLI::App *benchApp =
      app.add_subcommand("bench", "Measure latency, and each kernel");
  benchApp->footer(
      "Example: tenon bench model.so --input x=random --dim batch=4 "
      "--threads 2 --json report.json");
  addModelOptions(benchApp, benchArguments.model, kModelOrArtifact);
  addInputOptions(benchApp, benchArguments.inputs);
  addThreads(benchApp, benchArguments.threads);
  benchApp->add_option("--warmup", benchArguments.measure.warmup, "runs before")
      ->check(CLI::NonNegativeNumber);
  benchApp
      ->add_option("--iterations", benchArguments.measure.iterations,
                   "runs (default: as many as fit into --seconds)")
      ->check(CLI::PositiveNumber);
  benchApp->add_option("--seconds", benchArguments.measure.seconds, "time to measure")
      ->check(CLI::PositiveNumber);
  benchApp->add_option("--json", benchArguments.json,
                       "report to write; latency_ms.median and more");

  ExplainArguments explainArguments;
  CLI::App *explainApp = app.add_subcommand(
      "explain", "Write a page about what a model became, and why");
  explainApp->footer("Example: tenon explain model.onnx -o report.html "
                     "--dim batch=4");
  addModelOptions(explainApp, explainArguments.model, "model.onnx");
  explainApp->add_option("-o,--output", explainArguments.output, "report.html")
      ->required();
  CLI::Option *noRun = explainApp->add_flag(
      "--no-run", explainArguments.noRun, "do not run the model: no measured times");
  addInputOptions(explainApp, explainArguments.inputs);
  noRun->excludes("--input", "--data");
  addThreads(explainApp, explainArguments.threads);

  VerifyArguments verifyArguments;
  CLI::App *verifyApp = app.add_subcommand(
      "verify", "Compare with recorded outputs, or with onnxruntime");
  verifyApp->footer("Examples: tenon verify model.so --data folder\n"
                    "          tenon verify model.onnx --dim batch=2");
  addModelOptions(verifyApp, verifyArguments.model, kModelOrArtifact);
  verifyApp->add_option("--data", verifyArguments.data,
                        "test_data_set folder, or a folder of them (default: "
                        "random inputs and onnxruntime)");
  verifyApp->add_option("--rtol", verifyArguments.rtol, "relative tolerance")
      ->check(CLI::NonNegativeNumber);
  verifyApp->add_option("--atol", verifyArguments.atol, "absolute tolerance")
      ->check(CLI::NonNegativeNumber);
  verifyApp
      ->add_option("--scale", verifyArguments.scale,
                   "tolerance relative to the largest expected value")
      ->check(CLI::NonNegativeNumber);
  addThreads(verifyApp, verifyArguments.threads);

  InspectArguments inspectArguments;
  CLI::App *inspectApp = app.add_subcommand("inspect", "Describe an artifact");
  inspectApp->footer("Example: tenon inspect model.so --kernels");
  inspectApp->add_option("artifact", inspectArguments.artifact, "model.so")
      ->required();
  inspectApp->add_flag("--kernels", inspectArguments.kernels,
                       "list the kernels and how many launches each has");
  inspectApp->add_flag("--json", inspectArguments.json, "everything, as JSON");

  CLI::App *opsApp = app.add_subcommand("ops", "List supported operators");
  opsApp->footer("Example: tenon ops | grep Conv");
  app.failure_message([](const CLI::App *, const CLI::Error &error) {
    return std::string("error: ") + error.what() +
           "\nRun with --help for more information.\n";
  });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (compileApp->parsed())
    return compile(compileArguments);
  if (runApp->parsed())
    return run(runArguments);
  if (verifyApp->parsed())
    return verify(verifyArguments);
  if (benchApp->parsed())
    return bench(benchArguments);
  if (explainApp->parsed())
    return explain(explainArguments);
  if (inspectApp->parsed())
    return inspect(inspectArguments);
  return opsApp->parsed() ? listOperators() : 2;
}
