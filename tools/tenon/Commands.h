//===- Commands.h - What the subcommands of tenon do ------------*- C++ -*-===//
//
// Plain options in, an exit code out: 0 done, 1 failed (a message was printed),
// 2 wrong usage. No exception crosses this header.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_COMMANDS_H
#define TENON_TOOLS_TENON_COMMANDS_H

#include <optional>
#include <string>
#include <vector>

namespace tenon::tool {

/// How a model is compiled; shared by the subcommands that accept one.
struct ModelArguments {
  std::string model;
  std::vector<std::string> dims;     ///< name=size, =1..8, =%8 or =8..64%8
  std::vector<std::string> shapes;   ///< input=1x3x224x224
  std::vector<std::string> targets;  ///< names or files; empty: all
  std::vector<std::string> disabled; ///< optimizations to leave out
  std::string profile;               ///< of an earlier run; empty: none
  std::vector<std::string> outputs;  ///< values to return; empty: the outputs
  int optLevel = 1;                  ///< 0: compile fast, run slowly
  unsigned threads = 0;              ///< that compile; 0: one per CPU
};

struct CompileArguments {
  ModelArguments model;
  std::string output;
  std::string compileTo = "link";
  std::string dumpDirectory;
  bool time = false;
  bool remarks = false;
};
int compile(const CompileArguments &arguments);

/// Inputs of a run: one by one, or a folder of them.
struct InputArguments {
  std::vector<std::string> inputs; ///< name=x.npy, name=x.pb or name=random
  std::string data;                ///< folder with input_0.pb, input_1.pb ...
};

struct RunArguments {
  ModelArguments model;
  InputArguments inputs;
  std::string output; ///< folder for output_0.npy ...
  int threads = 1;
  std::string profile; ///< file to write; empty: none
  std::string trace;   ///< Chrome trace file; empty: none
  int repeat = 0;      ///< timed runs after the first
};
int run(const RunArguments &arguments);

/// How long a model is measured.
struct MeasureOptions {
  int warmup = 3;
  int iterations = 0; ///< 0: as many as fit into `seconds`
  double seconds = 2;
};

struct BenchArguments {
  ModelArguments model;
  InputArguments inputs;
  MeasureOptions measure;
  int threads = 1;
  std::string json; ///< report; empty: none
};
int bench(const BenchArguments &arguments);

struct ExplainArguments {
  ModelArguments model;
  InputArguments inputs; ///< those not named are random
  std::string output;    ///< the page
  int threads = 1;
  bool noRun = false;
};
int explain(const ExplainArguments &arguments);

struct VerifyArguments {
  ModelArguments model;
  std::string data; ///< a test_data_set folder, or a folder of them; empty:
                    ///< random inputs, results of onnxruntime
  /// |got - want| <= rtol * |want| + atol + scale * max|want|
  double rtol = 1e-4;
  double atol = 0;
  /// None: 5e-5, or what a models.json beside the model's folder says.
  std::optional<double> scale;
  int threads = 1;
};
int verify(const VerifyArguments &arguments);

struct InspectArguments {
  std::string artifact;
  bool kernels = false, json = false;
};
int inspect(const InspectArguments &arguments);
int listOperators();

} // namespace tenon::tool

#endif // TENON_TOOLS_TENON_COMMANDS_H
