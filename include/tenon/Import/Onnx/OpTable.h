//===- OpTable.h - Which ONNX operators can be imported, and how -*- C++
//-*-===//
//
// One entry per operator and version since which a handler understands it. The
// entry for a node is the one with the greatest version that its operator set
// includes.
//
// A new operator is one `on` line in the register function of its family; a new
// family is one line in OpTable.cpp. Two entries for the same operator and
// version stop the program when the table is built.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORT_ONNX_OPTABLE_H
#define TENON_IMPORT_ONNX_OPTABLE_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/LogicalResult.h"
#include <limits>

namespace tenon::onnx {

class NodeReader;
class TnBuilder;

/// Builds the tn ops of one node and hands over its results by
/// NodeReader::finish.
using OpHandler = llvm::LogicalResult (*)(NodeReader &n, TnBuilder &b);

/// How many inputs a node may have. The first `min` are present when a handler
/// runs.
struct Arity {
  unsigned min;
  unsigned max;
  constexpr Arity(unsigned count) : min(count), max(count) {}
  constexpr Arity(unsigned min, unsigned max) : min(min), max(max) {}
  static constexpr Arity atLeast(unsigned min) {
    return {min, std::numeric_limits<unsigned>::max()};
  }
};

struct OpEntry {
  int64_t since;
  Arity inputs;
  OpHandler handler;
};

class OpTable {
public:
  struct Operator {
    llvm::StringRef domain; // "" is ai.onnx
    llvm::StringRef name;
    llvm::SmallVector<OpEntry, 2> entries; // by `since`, ascending
  };

  /// All operators that Tenon imports.
  static const OpTable &get();

  /// Operators of the default domain, and of another one. Names are literals.
  void on(llvm::StringRef name, int64_t since, Arity inputs,
          OpHandler handler) {
    on("", name, since, inputs, handler);
  }
  void on(llvm::StringRef domain, llvm::StringRef name, int64_t since,
          Arity inputs, OpHandler handler);

  /// Null if no entry is old enough, or there is none.
  const OpEntry *lookup(llvm::StringRef domain, llvm::StringRef name,
                        int64_t opset) const;

  /// Sorted by domain, then by name; for the table in the documentation.
  llvm::SmallVector<const Operator *> operators() const;

private:
  llvm::StringMap<Operator> table; // by "domain:name"
};

/// "ai.onnx" is the long name of the default domain "".
inline llvm::StringRef canonicalDomain(llvm::StringRef domain) {
  return domain == "ai.onnx" ? llvm::StringRef() : domain;
}
inline llvm::StringRef domainForPeople(llvm::StringRef domain) {
  return domain.empty() ? llvm::StringRef("ai.onnx") : domain;
}

} // namespace tenon::onnx

#endif // TENON_IMPORT_ONNX_OPTABLE_H
