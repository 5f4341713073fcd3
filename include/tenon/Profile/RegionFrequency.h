//===- RegionFrequency.h - How often each place of a model runs -*- C++ -*-===//
//
// A region is what runs any number of times in one run of the model: a round of
// tn.loop, a branch of tn.if, the call of a function. Its path has the names of
// the nodes from the model down to it, "block1 > loop > if:then". It is the
// same whether calls on the way were inlined or not: an inlined call is in the
// locations of its ops, one that was not is a region around its function's.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PROFILE_REGIONFREQUENCY_H
#define TENON_PROFILE_REGIONFREQUENCY_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "tenon/Profile/ExecutionProfile.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"

namespace tenon::profile {

/// What was measured is hot if no other place runs so many times as often.
inline constexpr double kHotShare = 10;

/// Name of a region of tn.loop or tn.if inside of the regions around it.
std::string regionName(mlir::Region &region);
/// Name of the region that a call is.
std::string regionName(mlir::func::CallOp call);

/// Measured if there is a profile; else an estimate from trip counts. Valid
/// until calls or functions change.
class RegionFrequency {
public:
  RegionFrequency(mlir::ModuleOp module, const ExecutionProfile *profile);

  /// How often `op` runs per run of the model.
  double of(mlir::Operation *op);
  /// How often the region runs per run of the model.
  double of(mlir::Region &region);

private:
  /// The paths by which the model gets to a function; "" for the model itself.
  llvm::ArrayRef<std::string> pathsTo(mlir::func::FuncOp function);
  double measured(mlir::func::FuncOp function, llvm::StringRef path);
  double estimated(mlir::func::FuncOp function);

  const ExecutionProfile *profile;
  llvm::StringMap<llvm::SmallVector<mlir::func::CallOp>> callsOf;
  llvm::DenseMap<mlir::Operation *, std::vector<std::string>> paths;
  llvm::DenseMap<mlir::Operation *, double> estimates;
};

} // namespace tenon::profile

#endif // TENON_PROFILE_REGIONFREQUENCY_H
