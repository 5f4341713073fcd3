//===- Import.h - Imports small models for the importer's tests -*- C++ -*-===//

#ifndef TENON_TEST_UNIT_IMPORT_ONNX_IMPORT_H
#define TENON_TEST_UNIT_IMPORT_ONNX_IMPORT_H

#include "Messages.h"
#include "mlir/IR/Diagnostics.h"
#include "tenon/Import/Onnx/Import.h"
#include "llvm/ADT/StringExtras.h"

namespace tenon::onnx::test {

/// A ValueInfoProto of a float tensor. Dims are numbers, names, or "" for an
/// unknown one.
inline Message floatValue(const std::string &name,
                          const std::vector<std::string> &dims) {
  Message shape;
  for (const std::string &dim : dims) {
    bool isNumber = !dim.empty() && isdigit(dim[0]);
    shape.sub(1, dim.empty() ? Message()
                 : isNumber  ? Message().num(1, std::stoll(dim))
                             : Message().bytes(2, dim));
  }
  Message tensorType = Message().num(1, 1).sub(2, shape);
  return Message().bytes(1, name).sub(2, Message().sub(1, tensorType));
}

inline Message intAttribute(const std::string &name, int64_t value) {
  return attribute(name, 2).num(3, value);
}

inline Message intsTensor(const std::string &name,
                          const std::vector<int64_t> &values) {
  return tensor(name, 7, {int64_t(values.size())}).nums(7, values);
}

/// A GraphProto with one input x and one output y.
inline Message graphOf(const Message &x, const std::vector<Message> &nodes,
                       const std::vector<Message> &initializers = {}) {
  Message graph =
      Message().bytes(2, "g").sub(11, x).sub(12, Message().bytes(1, "y"));
  for (const Message &node : nodes)
    graph.sub(1, node);
  for (const Message &initializer : initializers)
    graph.sub(5, initializer);
  return graph;
}

/// What an import makes of a ModelProto named "m.onnx".
struct Imported {
  explicit Imported(const Message &message, const ImportOptions &options = {}) {
    auto buffer = llvm::MemoryBuffer::getMemBufferCopy(message.str(), "m.onnx");
    auto opened = ModelFile::fromBuffer(std::move(buffer));
    if (!opened) {
      errors.push_back(llvm::toString(opened.takeError()));
      return;
    }
    file = std::move(*opened);
    mlir::ScopedDiagnosticHandler handler(&context,
                                          [&](mlir::Diagnostic &diagnostic) {
                                            errors.push_back(diagnostic.str());
                                            return mlir::success();
                                          });
    auto result = importModel(*file, context, options);
    if (succeeded(result))
      module = std::move(*result);
  }

  /// The module as text; empty after an error.
  std::string text() const {
    std::string text;
    llvm::raw_string_ostream os(text);
    if (module)
      module.get().print(os);
    return text;
  }
  bool has(llvm::StringRef part) const {
    return llvm::StringRef(text()).contains(part);
  }
  /// All errors, one a line.
  std::string error() const { return llvm::join(errors, "\n"); }

  mlir::MLIRContext context;
  std::unique_ptr<ModelFile> file;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::vector<std::string> errors;
};

} // namespace tenon::onnx::test

#endif // TENON_TEST_UNIT_IMPORT_ONNX_IMPORT_H
