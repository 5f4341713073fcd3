//===- Remarks.h - What passes did and could not do -------------*- C++ -*-===//

#ifndef TENON_DRIVER_REMARKS_H
#define TENON_DRIVER_REMARKS_H

#include "mlir/IR/Location.h"
#include "mlir/IR/MLIRContext.h"
#include <functional>
#include <string>
#include <vector>

namespace tenon {

/// The names of ONNX nodes in a location, outer ones first.
llvm::SmallVector<llvm::StringRef> nodeNames(mlir::Location location);

struct Remark {
  std::vector<std::string> nodes; ///< none: `place` is all there is
  std::string place;              ///< the nodes, or the text of the location
  std::string kind;               ///< "passed", "missed", ...
  std::string name, category;
  std::vector<std::pair<std::string, std::string>> arguments;

  /// One line: "node: passed Fused [fusion] Ops=2, Results=1".
  void print(llvm::raw_ostream &os) const;
};

/// Calls `onRemark` for each remark of `context` from now on; once per context.
void enableRemarks(mlir::MLIRContext &context,
                   std::function<void(const Remark &)> onRemark);

} // namespace tenon

#endif // TENON_DRIVER_REMARKS_H
