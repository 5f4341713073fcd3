//===- NodeReader.h - Typed access to an ONNX node -------------*- C++ -*-===//
//
// What a handler sees of its node. Every accessor reports what is wrong and
// then returns a harmless value of the right form (an axis within the rank, a
// list of the asked length), so a handler reads all it needs in straight line;
// `finish` then fails if anything was reported, or if the node has an attribute
// that nobody read.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORT_ONNX_NODEREADER_H
#define TENON_IMPORT_ONNX_NODEREADER_H

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Value.h"
#include "tenon/Dialect/Tn/Expr.h"
#include "tenon/Import/Onnx/Proto.h"
#include "tenon/Import/Onnx/TnBuilder.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace tenon::onnx {

class GraphImporter;

/// Where complaints about a node go.
class NodeErrors {
public:
  NodeErrors(mlir::Location loc, std::string subject)
      : loc(loc), subject(std::move(subject)) {}
  /// Starts an error "SUBJECT: ...".
  mlir::InFlightDiagnostic report();
  bool any() const { return reported; }

private:
  mlir::Location loc;
  std::string subject;
  bool reported = false;
};

class NodeReader {
public:
  NodeReader(GraphImporter &graph, const Node &node, llvm::StringRef label,
             NodeErrors &errors, TnBuilder &builder,
             llvm::ArrayRef<mlir::Value> inputs, int64_t opset)
      : graph(graph), node(node), label(label), errors(errors),
        builder(builder), inputs(inputs), opsetVersion(opset),
        read(node.attributes.size(), false) {}

  llvm::StringRef opType() const { return node.opType; }
  /// The version of the operator set of the node's domain.
  int64_t opset() const { return opsetVersion; }
  /// The node's name, or "OpType#k"; for names derived from it.
  llvm::StringRef name() const { return label; }
  mlir::InFlightDiagnostic error() { return errors.report(); }
  bool failed() const { return errors.any(); }

  //===--- Inputs --------------------------------------------------------===//

  unsigned numInputs() const { return inputs.size(); }
  /// One of the inputs that the operator's Arity promises.
  mlir::Value input(unsigned i) const { return inputs[i]; }
  /// Null if the input is omitted.
  mlir::Value optionalInput(unsigned i) const {
    return i < inputs.size() ? inputs[i] : mlir::Value();
  }
  /// All inputs; reports those omitted.
  llvm::SmallVector<mlir::Value> allInputs();
  /// Fails unless the input has this rank.
  llvm::LogicalResult requireRank(unsigned i, int64_t rank);
  llvm::LogicalResult requireRankAtLeast(unsigned i, int64_t rank);
  /// Fails unless the elements are floating-point numbers, or integers (i1
  /// included).
  llvm::LogicalResult requireFloat(unsigned i);
  llvm::LogicalResult requireInteger(unsigned i);

  /// The elements of an integer input that is a compile-time constant;
  /// reports anything else.
  llvm::FailureOr<llvm::SmallVector<int64_t>> constantInts(unsigned i);
  llvm::FailureOr<llvm::SmallVector<double>> constantFloats(unsigned i);
  /// The elements of an integer input as expressions of sizes, if known.
  std::optional<llvm::SmallVector<tn::ExprAttr>> symbolicInts(unsigned i) const;
  /// Symbols with the values that a 1-D (or scalar) integer tensor has at run
  /// time: `NAME.d0`, ...; expressions where the elements are known.
  llvm::SmallVector<tn::ExprAttr> bind(mlir::Value ints);

  //===--- Attributes ----------------------------------------------------===//

  bool hasAttr(llvm::StringRef attribute) const;
  int64_t intAttr(llvm::StringRef attribute);
  int64_t intAttr(llvm::StringRef attribute, int64_t otherwise);
  bool flagAttr(llvm::StringRef attribute, bool otherwise);
  double floatAttr(llvm::StringRef attribute);
  double floatAttr(llvm::StringRef attribute, double otherwise);
  llvm::StringRef stringAttr(llvm::StringRef attribute,
                             llvm::StringRef otherwise);
  std::optional<llvm::SmallVector<int64_t>> intsAttr(llvm::StringRef attribute);
  std::optional<llvm::SmallVector<float>> floatsAttr(llvm::StringRef attribute);
  std::optional<llvm::SmallVector<llvm::StringRef>>
  stringsAttr(llvm::StringRef attribute);
  /// `count` integers; `otherwise` each, if absent.
  llvm::SmallVector<int64_t> intsAttr(llvm::StringRef attribute, size_t count,
                                      int64_t otherwise);
  /// Null if absent.
  const Tensor *tensorAttr(llvm::StringRef attribute);
  /// Required; null only after an error.
  const Graph *graphAttr(llvm::StringRef attribute);
  /// A data type attribute (`to`, `dtype`) as element type; null if absent.
  mlir::Type typeAttr(llvm::StringRef attribute);

  /// One of several words.
  template <typename T>
  T choiceAttr(llvm::StringRef attribute,
               std::initializer_list<std::pair<llvm::StringRef, T>> choices,
               llvm::StringRef otherwise) {
    llvm::StringRef word = stringAttr(attribute, otherwise);
    for (const auto &[spelling, value] : choices)
      if (word == spelling)
        return value;
    llvm::SmallVector<llvm::StringRef> spellings;
    for (const auto &choice : choices)
      spellings.push_back(choice.first);
    reportChoice(attribute, word, spellings);
    return choices.begin()->second;
  }

  /// An axis of a tensor of this rank; may count from the end.
  int64_t axisAttr(llvm::StringRef attribute, int64_t otherwise, int64_t rank);
  int64_t axisAttr(llvm::StringRef attribute, int64_t rank);
  int64_t axis(int64_t value, int64_t rank);
  /// Sorted, each within the rank and only once; empty after an error.
  llvm::SmallVector<int64_t> axes(llvm::ArrayRef<int64_t> values, int64_t rank);
  /// An attribute in older operator sets, an input in newer ones (which must be
  /// constant); nullopt if absent.
  std::optional<llvm::SmallVector<int64_t>>
  intsAttrOrInput(llvm::StringRef attribute, unsigned inputIndex);

  /// Says that an attribute has no influence on inference.
  void ignoreAttr(llvm::StringRef attribute) { find(attribute); }

  //===--- Results -------------------------------------------------------===//

  unsigned numOutputs() const { return node.outputs.size(); }
  bool wantsOutput(unsigned i) const {
    return i < node.outputs.size() && !node.outputs[i].empty();
  }
  /// The last call of a handler: checks the node and binds its outputs. Results
  /// that the node does not want may be missing or null.
  llvm::LogicalResult finish(llvm::ArrayRef<mlir::Value> results);
  /// The results given to `finish`.
  llvm::ArrayRef<mlir::Value> results() const { return finished; }

  //===--- Beyond the node -----------------------------------------------===//

  /// Imports a graph attribute at the end of `block`; names of outer graphs are
  /// visible in it. Returns the values of its outputs.
  llvm::FailureOr<llvm::SmallVector<mlir::Value>>
  importSubgraph(const Graph &subgraph, mlir::Block &block,
                 llvm::ArrayRef<mlir::Value> inputs);
  /// The value of a constant tensor: `tn.weight` if it is large, else
  /// `tn.constant`.
  llvm::FailureOr<mlir::Value> constant(const Tensor &tensor);
  /// A symbol that nothing else uses, named after `hint`.
  tn::ExprAttr freshSymbol(llvm::StringRef hint);

  /// The branch of this If (0: then) that the model is imported for; to be
  /// asked only if the branches cannot be results of one op.
  int presumedBranch();

private:
  /// The attribute, references resolved, now marked as read; null if absent.
  const Attribute *find(llvm::StringRef attribute);
  /// As above, and of this kind; null after an error.
  const Attribute *find(llvm::StringRef attribute, Attribute::Kind kind);
  const Attribute *require(llvm::StringRef attribute, Attribute::Kind kind);
  void reportChoice(llvm::StringRef attribute, llvm::StringRef word,
                    llvm::ArrayRef<llvm::StringRef> choices);

  GraphImporter &graph;
  const Node &node;
  llvm::StringRef label;
  NodeErrors &errors;
  TnBuilder &builder;
  llvm::ArrayRef<mlir::Value> inputs;
  int64_t opsetVersion;
  llvm::SmallVector<bool> read; // by position in node.attributes
  llvm::SmallVector<mlir::Value> finished;
};

} // namespace tenon::onnx

#endif // TENON_IMPORT_ONNX_NODEREADER_H
