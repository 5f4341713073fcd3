//===- ModelImporter.h - What the graphs of one import share ---*- C++ -*-===//
//
// Owns names that are unique in the module (symbols of sizes, of data, of
// functions) and the instances of model-local functions.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_IMPORT_ONNX_MODELIMPORTER_H
#define TENON_LIB_IMPORT_ONNX_MODELIMPORTER_H

#include "Presumptions.h"
#include "tenon/Dialect/Tn/TnOps.h"
#include "tenon/Import/Onnx/Import.h"
#include "llvm/ADT/StringSet.h"

namespace tenon::onnx {

/// What gives meaning to the nodes of a graph, or of one call of a function.
struct Environment {
  llvm::StringMap<int64_t> opsets;               // by canonical domain
  llvm::StringMap<const Attribute *> attributes; // those of the call

  /// The version that applies to nodes of `domain`; nullopt if not imported.
  std::optional<int64_t> opset(llvm::StringRef domain) const;
  /// `attribute`, or what it refers to; null if the call does not have it.
  const Attribute *resolve(const Attribute &attribute) const;
};

/// The operator sets of a model, and of a function of it.
Environment environmentOf(const Model &model);
Environment environmentOf(const Model &model, const Function &function);

/// The function that a node calls if no handler knows its operator; or null.
const Function *findFunction(const Model &model, const Node &node);

class ModelImporter {
public:
  ModelImporter(const ModelFile &file, mlir::ModuleOp module,
                const ImportOptions &options, Presumptions &presumptions)
      : presumptions(presumptions), file(file), module(module),
        options(options) {}

  Presumptions &presumptions;

  /// Fills the module.
  llvm::LogicalResult run();

  const ModelFile &modelFile() const { return file; }
  const Model &model() const { return file.model(); }
  const ImportOptions &importOptions() const { return options; }
  mlir::MLIRContext *context() { return module.getContext(); }

  /// `hint`, made unique among the symbols of sizes.
  tn::ExprAttr freshSymbol(llvm::StringRef hint);
  /// How many symbols were made so far.
  size_t numSymbols() const { return sizeSymbols.size(); }

  /// The value of a tensor of the model, as an op at the builder's position.
  llvm::FailureOr<mlir::Value>
  constant(const Tensor &tensor, mlir::OpBuilder &b, mlir::Location loc,
           llvm::function_ref<mlir::InFlightDiagnostic()> error);

  /// The results of a call of `function` with these operands (null: omitted).
  llvm::FailureOr<llvm::SmallVector<mlir::Value>>
  call(const Function &function, const Node &node, const Environment &caller,
       llvm::ArrayRef<mlir::Value> operands, mlir::OpBuilder &b,
       mlir::Location loc);

private:
  llvm::LogicalResult importInputs(mlir::Block &body,
                                   llvm::SmallVectorImpl<mlir::Value> &values);
  mlir::RankedTensorType inputType(const ValueInfo &input);
  llvm::FailureOr<mlir::func::FuncOp>
  instantiate(const Function &function, const Environment &environment,
              llvm::ArrayRef<mlir::Value> operands, mlir::Location loc);
  /// Of what main returns.
  llvm::SmallVector<llvm::StringRef> outputNames();
  void nameMain(mlir::func::FuncOp main);
  llvm::LogicalResult checkOptions();
  mlir::InFlightDiagnostic error(mlir::Location loc);
  std::string uniqueName(llvm::StringSet<> &taken, llvm::StringRef hint);

  const ModelFile &file;
  mlir::ModuleOp module;
  const ImportOptions &options;

  mlir::func::FuncOp main;
  llvm::SmallVector<const ValueInfo *> inputs; // arguments of main
  llvm::StringSet<> sizeSymbols;
  llvm::StringSet<> moduleSymbols; // of data and functions
  llvm::StringSet<> seenDims; // names of symbolic dims of inputs
  llvm::StringMap<mlir::func::FuncOp> instances;
};

/// One error that lists every operator of the model that neither the table nor
/// the model's functions know; also finds recursion among the functions.
llvm::LogicalResult checkOperators(const ModelFile &file, mlir::Location loc);

/// The tensor element type, or null if tn has none (STRING, complex numbers).
mlir::Type elementType(DataType type, mlir::MLIRContext *context);

} // namespace tenon::onnx

#endif // TENON_LIB_IMPORT_ONNX_MODELIMPORTER_H
