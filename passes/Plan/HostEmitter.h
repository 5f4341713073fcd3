//===- HostEmitter.h - Host ops become llvm ops -----------------*- C++ -*-===//
//
// Walks a planned function in order. Memory is what the placements say; who
// releases it follows from Flow.h and Liveness.h:
//
//   a buffer on the heap has an owner, the address to release;
//   results of regions carry their owner with them, null if it is borrowed
//   (tn_host_api.release ignores null).
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_PLAN_HOSTEMITTER_H
#define TENON_PASSES_PLAN_HOSTEMITTER_H

#include "passes/Plan/Flow.h"
#include "passes/Plan/HostProgram.h"
#include "passes/Plan/HostSizes.h"
#include "passes/Plan/Liveness.h"
#include "passes/Plan/Placement.h"
#include "passes/Plan/Symbols.h"
#include "tenon/Profile/RegionFrequency.h"

namespace tenon::plan {

/// What the functions of one program share.
struct ProgramContext {
  std::string symbolName;
  llvm::SmallVector<HostRegion> regions;
  profile::RegionFrequency *frequencies; ///< null: nothing was measured

  /// The `llvm.func` of a function that the program calls.
  std::string symbolOf(mlir::func::FuncOp function) const;
};

class HostEmitter {
public:
  HostEmitter(HostBuilder &host, mlir::func::FuncOp function,
              const Arena &arena, ProgramContext &program);
  mlir::LogicalResult run();

private:
  struct Buffer {
    mlir::Value address;
    mlir::Value owner; ///< what to release, or null
  };
  /// A dim of one of several tensors that is a fresh symbol.
  struct SymbolDim {
    unsigned tensor, dim;
    tn::ExprAttr symbol;
  };
  /// The first dim of each fresh symbol of `op` in `types`.
  static llvm::SmallVector<SymbolDim> freshDims(mlir::Operation *op,
                                                mlir::TypeRange types);

  // EmitHost.cpp
  void bindInputs();
  void planTemporaries();
  mlir::LogicalResult emitBlock(mlir::Block &block);
  mlir::LogicalResult emitOp(mlir::Operation *op);
  mlir::LogicalResult emitFusion(tn::FusionOp op);
  mlir::LogicalResult emitExpr(tn::ExprOp op);
  mlir::LogicalResult emitReturn(mlir::func::ReturnOp op);
  void place(mlir::OpResult result);
  mlir::Value placeOutput(int64_t index);
  mlir::Value addressOf(mlir::Value v);
  mlir::Value bytes(mlir::Type tensor);
  void releaseAfter(mlir::Operation *op,
                    const llvm::DenseSet<mlir::Value> &kept = {});
  mlir::LogicalResult reportUnplaced(mlir::Operation *op);

  // EmitHostCall.cpp
  mlir::LogicalResult emitCall(mlir::func::CallOp op);
  void enterRegion(mlir::Region &region);
  Odds oddsOf(mlir::Region &region);

  // EmitHostControl.cpp
  void emitBind(tn::BindOp op);
  void emitCheck(tn::CheckOp op);
  mlir::LogicalResult emitIf(tn::IfOp op);
  mlir::LogicalResult emitBranch(mlir::Region &region, mlir::Block *join,
                                 llvm::ArrayRef<SymbolDim> fresh);
  llvm::SmallVector<mlir::Value> handOver(tn::YieldOp yield);
  void endRegion(tn::YieldOp yield);
  mlir::Value loadCondition(mlir::Value v);
  void own(mlir::Value root, Buffer buffer);

  // EmitHostLoop.cpp
  struct Scan;
  struct LoopState;
  mlir::LogicalResult emitLoop(tn::LoopOp op);
  void startScans(LoopState &state);
  void enterLoop(LoopState &state);
  void bindRound(LoopState &state);
  mlir::LogicalResult emitBody(LoopState &state);
  void appendScans(LoopState &state);
  void leaveLoop(LoopState &state);
  Buffer finishScan(LoopState &state, Scan &scan);

  // HostGuards.cpp
  void guardSizes(mlir::Operation *op);
  void guardDims(mlir::Type tensor);
  void guardBroadcasts(tn::ExprAttr e);
  void guardReshape(tn::ReshapeOp op);
  void guardRequirements(mlir::Operation *op);
  std::string nameOf(mlir::Location location);

  HostBuilder &host;
  mlir::func::FuncOp function;
  const Arena &arena;
  ProgramContext &program;
  Liveness liveness;
  tn::ShapeFacts facts;
  HostSizes sizes;
  unsigned launchesInPart = 0; ///< since host.beginPart()
  mlir::Value arenaBase; ///< packed: the memory; else the table of addresses
  llvm::DenseMap<mlir::Value, Buffer> buffers; ///< of heap, output, joined
  /// Owned roots by the op after which they are released.
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<mlir::Value>> dying;
};

} // namespace tenon::plan

#endif // TENON_PASSES_PLAN_HOSTEMITTER_H
