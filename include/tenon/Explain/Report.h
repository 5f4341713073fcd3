//===- Report.h - What a model became, and why ------------------*- C++ -*-===//
//
// All that `tenon explain` shows, as plain values: the ONNX graph before, the
// steps of the host program after, the kernels of these steps, memory, remarks.
// References are indices; -1 is none. Numbers that depend on sizes nobody gave
// are absent.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_EXPLAIN_REPORT_H
#define TENON_EXPLAIN_REPORT_H

#include "tenon/Driver/Remarks.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/JSON.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tenon::explain {

/// Limits that predictions are made from.
struct Machine {
  double gflops = 0;
  double gbs = 0;      ///< of a copy of memory beyond the caches
  double readGbs = 0;  ///< of reading it
  double cacheGbs = 0; ///< of a copy of what fits into `cacheBytes`
  int64_t cacheBytes = 0;

  /// Microseconds that operations take at least.
  double computing(int64_t flops) const { return flops / gflops * 1e-3; }
  /// Microseconds that bytes take at least: `cold` ones, which are read
  /// and no earlier kernel left in the caches, and others.
  double moving(int64_t cold, int64_t others) const;
};

/// An input or output of the model.
struct Tensor {
  std::string name, type;
};

/// What became of a node.
enum class Fate {
  kernel,   ///< it is in kernels
  host,     ///< the host program does it: views, sizes, control flow
  constant, ///< its value is in the artifact
  removed,
};
llvm::StringRef fateName(Fate fate);

/// A node of the ONNX graph or of its subgraphs.
struct Node {
  std::string name, op;
  int parent = -1; ///< the node whose subgraph it is in
  int graph = 0;   ///< number of that subgraph; 0: the main graph
  std::vector<std::string> inputs;
  std::vector<Tensor> outputs;
  std::vector<int> steps; ///< that it is part of
  Fate fate = Fate::removed;
  std::string why;  ///< unless it is in kernels
  std::string pass; ///< that removed it
};

/// What a step reads.
struct Operand {
  int step = -1;  ///< that computes it, or
  int input = -1; ///< of the model; neither: a weight, or a value of the host
  std::string type;
};

/// A launch of a kernel, or control flow, in the order of the host program.
struct Step {
  int kernel = -1;      ///< -1: control flow
  std::string hero;     ///< or "if", "loop"
  std::string schedule; ///< lanes and tile
  std::vector<int> nodes;
  std::vector<Operand> operands;
  std::vector<std::string> results; ///< types
  std::string flopsText, bytesText; ///< as expressions of the symbols
  std::optional<int64_t> flops, bytes;
  int64_t storedBytes = 0;         ///< of weights that it reads
  std::optional<double> predicted; ///< microseconds
};

struct Kernel {
  std::string name;
  int64_t launches = 0;
  // Of one run: of each launch once if it was not measured.
  std::optional<double> calls, microseconds; ///< measured
  std::optional<int64_t> flops, bytes;
  // A roofline: the longer of computing and moving, in microseconds.
  std::optional<double> predicted;
  bool isMemoryBound = false; ///< if predicted
};

/// A part of the arena and the values that lie in it, one after the other.
struct Slot {
  std::string bytesText;
  std::optional<int64_t> bytes;
  std::optional<int64_t> offset;
  int first = 0, last = 0;                         ///< steps, included
  std::vector<std::pair<int, std::string>> values; ///< step that writes, type
};

struct Memory {
  std::vector<Slot> slots;
  std::optional<int64_t> arenaBytes; ///< of all slots
  std::optional<int64_t> leastBytes; ///< that live at one time
  std::optional<int64_t> apartBytes; ///< if no two values shared memory
  int64_t weightBytes = 0;
};

/// Times of whole runs, in milliseconds.
struct Latency {
  double median = 0, p90 = 0, least = 0;
  int64_t runs = 0;
};

struct Report {
  std::string model, target;
  int threads = 0;
  std::vector<Tensor> inputs, outputs;
  std::vector<std::pair<std::string, int64_t>> sizes; ///< of symbols
  std::vector<Node> nodes;
  std::vector<Step> steps;
  std::vector<int> outputSteps; ///< that compute the outputs
  std::vector<Kernel> kernels;
  Memory memory;
  std::vector<Remark> remarks;
  std::optional<Machine> machine;
  std::optional<Latency> latency;
  std::string unmeasured; ///< why there are no times

  /// With machine and kernels' calls known: what a roofline predicts.
  void predict();
};

/// The report with both graphs drawn, as the page reads it.
void writeJson(const Report &report, llvm::raw_ostream &os);
/// One HTML file that needs nothing else.
void writePage(const Report &report, llvm::raw_ostream &os);

} // namespace tenon::explain

#endif // TENON_EXPLAIN_REPORT_H
