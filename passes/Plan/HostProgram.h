//===- HostProgram.h - From a planned function to native host code -*- C++
//-*-===//

#ifndef TENON_PASSES_PLAN_HOSTPROGRAM_H
#define TENON_PASSES_PLAN_HOSTPROGRAM_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "tenon/Dialect/Tn/TnOps.h"
#include "tenon/Profile/ExecutionProfile.h"
#include "tenon/Target/CPU/WeightFile.h"

namespace tenon::plan {

/// A parameter or result of the host program.
struct HostTensor {
  std::string name;
  mlir::RankedTensorType type; ///< dims by shapeOf
};

/// What a profile counts (tn_region_desc).
struct HostRegion {
  std::string name;
  std::string function; ///< that is called; else empty
};

/// What an artifact says about its host program.
struct HostProgram {
  std::string symbolName; ///< of the `llvm.func`, a tn_host_fn
  llvm::SmallVector<HostTensor> inputs, outputs;
  /// In the order of the module's table: those that inputs bind, which is the
  /// order of the program's `symbols`, then others that are dims of outputs.
  llvm::SmallVector<tn::ExprAttr> symbols;
  size_t inputSymbols = 0;
  /// Of the temporaries, if all are static.
  std::optional<int64_t> arenaBytes;
  llvm::SmallVector<HostRegion> regions;
  /// Its bytes are in files, or belong to attributes of the context.
  cpu::WeightBlob weights;
};

/// Emits the host program of `function`, planned by --tn-plan-memory, as
/// `llvm.func @symbolName` of llvm ops at the end of `dest`. The fusions'
/// kernel indices refer to the variant's kernel table.
mlir::FailureOr<HostProgram>
emitHostProgram(mlir::func::FuncOp function, llvm::StringRef symbolName,
                mlir::ModuleOp dest,
                const profile::ExecutionProfile *profile = nullptr);

} // namespace tenon::plan

#endif // TENON_PASSES_PLAN_HOSTPROGRAM_H
