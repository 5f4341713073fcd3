//===- NodeReader.cpp - Typed access to an ONNX node ----------------------===//

#include "tenon/Import/Onnx/NodeReader.h"
#include "GraphImporter.h"

using namespace mlir;

namespace tenon::onnx {

InFlightDiagnostic NodeErrors::report() {
  reported = true;
  return emitError(loc) << subject << ": ";
}

//===--- Inputs
//------------------------------------------------------------===//

SmallVector<Value> NodeReader::allInputs() {
  SmallVector<Value> present;
  for (auto [i, value] : llvm::enumerate(inputs)) {
    if (value)
      present.push_back(value);
    else
      error() << "input #" << i << " is missing";
  }
  return present;
}

LogicalResult NodeReader::requireRank(unsigned i, int64_t rank) {
  if (rankOf(inputs[i]) == rank)
    return success();
  return error() << "input #" << i << " must have rank " << rank << ", not "
                 << rankOf(inputs[i]);
}

LogicalResult NodeReader::requireRankAtLeast(unsigned i, int64_t rank) {
  if (rankOf(inputs[i]) >= rank)
    return success();
  return error() << "input #" << i << " must have rank " << rank
                 << " or more, not " << rankOf(inputs[i]);
}

LogicalResult NodeReader::requireFloat(unsigned i) {
  if (isa<FloatType>(elementOf(inputs[i])))
    return success();
  return error() << "input #" << i << " must have floating-point elements, not "
                 << elementOf(inputs[i]);
}

LogicalResult NodeReader::requireInteger(unsigned i) {
  if (isa<IntegerType>(elementOf(inputs[i])))
    return success();
  return error() << "input #" << i
                 << " must have integer or bool elements, not "
                 << elementOf(inputs[i]);
}

static DenseElementsAttr constantElements(Value x) {
  auto constant = x.getDefiningOp<tn::ConstantOp>();
  return constant ? dyn_cast<DenseElementsAttr>(constant.getValue())
                  : DenseElementsAttr();
}

std::optional<SmallVector<tn::ExprAttr>>
NodeReader::symbolicInts(unsigned i) const {
  return knownInts(inputs[i]);
}

FailureOr<SmallVector<int64_t>> NodeReader::constantInts(unsigned i) {
  std::optional<Exprs> known = knownInts(inputs[i]);
  if (known && llvm::all_of(*known, [](auto e) { return e.isConstant(); }))
    return llvm::map_to_vector(*known, [](auto e) { return e.getValue(); });
  return error() << "input #" << i << " (\"" << node.inputs[i]
                 << "\") must be a constant; its value is only known at run "
                    "time",
         failure();
}

FailureOr<SmallVector<double>> NodeReader::constantFloats(unsigned i) {
  DenseElementsAttr elements = constantElements(inputs[i]);
  if (!elements || !isa<FloatType>(elements.getElementType()))
    return error() << "input #" << i << " (\"" << node.inputs[i]
                   << "\") must be a floating-point constant; its value is "
                      "only known at run time",
           failure();
  SmallVector<double> values;
  for (APFloat value : elements.getValues<APFloat>()) {
    bool losesInfo;
    value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                  &losesInfo);
    values.push_back(value.convertToDouble());
  }
  return values;
}

/// Nothing has so many dims that it needs more sizes than this at once.
static constexpr int64_t kMostSizes = 1024;

SmallVector<tn::ExprAttr> NodeReader::bind(Value ints) {
  if (std::optional<Exprs> known = knownInts(ints))
    return *known;
  auto type = cast<RankedTensorType>(ints.getType());
  if (!type.hasStaticShape() || type.getRank() > 1 ||
      type.getNumElements() > kMostSizes) {
    error() << "the number of sizes that it computes is not known, or too "
               "large";
    return {};
  }
  Exprs elements = partlyKnownInts(ints);
  SmallVector<StringRef> names;
  for (auto [i, element] : llvm::enumerate(elements)) {
    tn::ExprAttr symbol = freshSymbol((label + ".d" + Twine(i)).str());
    names.push_back(symbol.getName());
    if (!element)
      element = symbol;
  }
  tn::BindOp::create(builder, ints, builder.getStrArrayAttr(names));
  return elements;
}

//===--- Attributes
//--------------------------------------------------------===//

const onnx::Attribute *NodeReader::find(StringRef attribute) {
  for (auto [i, candidate] : llvm::enumerate(node.attributes))
    if (candidate.name == attribute) {
      read[i] = true;
      return graph.environment.resolve(candidate);
    }
  return nullptr;
}

const onnx::Attribute *NodeReader::find(StringRef attribute,
                                        Attribute::Kind kind) {
  const Attribute *found = find(attribute);
  if (!found || found->kind == kind)
    return found;
  error() << "attribute \"" << attribute << "\" is "
          << attributeKindName(found->kind) << ", expected "
          << attributeKindName(kind);
  return nullptr;
}

const onnx::Attribute *NodeReader::require(StringRef attribute,
                                           Attribute::Kind kind) {
  const Attribute *found = find(attribute, kind);
  if (!found && !hasAttr(attribute))
    error() << "attribute \"" << attribute << "\" is missing";
  return found;
}

bool NodeReader::hasAttr(StringRef attribute) const {
  const Attribute *written = node.attribute(attribute);
  return written && graph.environment.resolve(*written);
}

int64_t NodeReader::intAttr(StringRef attribute) {
  const Attribute *found = require(attribute, Attribute::Kind::Int);
  return found ? found->i : 0;
}

int64_t NodeReader::intAttr(StringRef attribute, int64_t otherwise) {
  const Attribute *found = find(attribute, Attribute::Kind::Int);
  return found ? found->i : otherwise;
}

bool NodeReader::flagAttr(StringRef attribute, bool otherwise) {
  return intAttr(attribute, otherwise) != 0;
}

double NodeReader::floatAttr(StringRef attribute) {
  const Attribute *found = require(attribute, Attribute::Kind::Float);
  return found ? found->f : 0;
}

double NodeReader::floatAttr(StringRef attribute, double otherwise) {
  const Attribute *found = find(attribute, Attribute::Kind::Float);
  return found ? found->f : otherwise;
}

StringRef NodeReader::stringAttr(StringRef attribute, StringRef otherwise) {
  const Attribute *found = find(attribute, Attribute::Kind::String);
  return found ? found->s : otherwise;
}

std::optional<SmallVector<int64_t>> NodeReader::intsAttr(StringRef attribute) {
  const Attribute *found = find(attribute, Attribute::Kind::Ints);
  if (!found)
    return std::nullopt;
  return llvm::to_vector(found->ints);
}

std::optional<SmallVector<float>> NodeReader::floatsAttr(StringRef attribute) {
  const Attribute *found = find(attribute, Attribute::Kind::Floats);
  if (!found)
    return std::nullopt;
  return llvm::to_vector(found->floats);
}

std::optional<SmallVector<StringRef>>
NodeReader::stringsAttr(StringRef attribute) {
  const Attribute *found = find(attribute, Attribute::Kind::Strings);
  if (!found)
    return std::nullopt;
  return llvm::to_vector(found->strings);
}

SmallVector<int64_t> NodeReader::intsAttr(StringRef attribute, size_t count,
                                          int64_t otherwise) {
  std::optional<SmallVector<int64_t>> values = intsAttr(attribute);
  if (values && values->size() == count)
    return *values;
  if (values)
    error() << "attribute \"" << attribute << "\" has " << values->size()
            << " elements, expected " << count;
  return SmallVector<int64_t>(count, otherwise);
}

const Tensor *NodeReader::tensorAttr(StringRef attribute) {
  const Attribute *found = find(attribute, Attribute::Kind::Tensor);
  return found ? &found->tensor() : nullptr;
}

const Graph *NodeReader::graphAttr(StringRef attribute) {
  const Attribute *found = require(attribute, Attribute::Kind::Graph);
  return found ? &found->graph() : nullptr;
}

mlir::Type NodeReader::typeAttr(StringRef attribute) {
  const Attribute *found = find(attribute, Attribute::Kind::Int);
  if (!found)
    return nullptr;
  mlir::Type element =
      isKnownDataType(found->i)
          ? elementType(static_cast<DataType>(found->i), builder.getContext())
          : mlir::Type();
  if (element)
    return element;
  error() << "attribute \"" << attribute << "\" asks for data type " << found->i
          << ", which Tenon does not have";
  return builder.getF32Type();
}

void NodeReader::reportChoice(StringRef attribute, StringRef word,
                              ArrayRef<StringRef> choices) {
  InFlightDiagnostic diagnostic = error();
  diagnostic << "attribute \"" << attribute << "\" is \"" << word
             << "\"; Tenon knows ";
  llvm::interleaveComma(choices, diagnostic,
                        [&](StringRef s) { diagnostic << "\"" << s << "\""; });
}

int64_t NodeReader::axis(int64_t value, int64_t rank) {
  if (value >= -rank && value < rank)
    return value < 0 ? value + rank : value;
  error() << "axis " << value << " is out of range for rank " << rank;
  return 0;
}

int64_t NodeReader::axisAttr(StringRef attribute, int64_t otherwise,
                             int64_t rank) {
  return axis(intAttr(attribute, otherwise), rank);
}

int64_t NodeReader::axisAttr(StringRef attribute, int64_t rank) {
  return axis(intAttr(attribute), rank);
}

SmallVector<int64_t> NodeReader::axes(ArrayRef<int64_t> values, int64_t rank) {
  SmallVector<int64_t> result;
  for (int64_t value : values) {
    int64_t normal = axis(value, rank);
    if (llvm::is_contained(result, normal) && !failed())
      error() << "axis " << value << " is given twice";
    if (failed())
      return {};
    result.push_back(normal);
  }
  llvm::sort(result);
  return result;
}

std::optional<SmallVector<int64_t>>
NodeReader::intsAttrOrInput(StringRef attribute, unsigned inputIndex) {
  if (std::optional<SmallVector<int64_t>> values = intsAttr(attribute))
    return values;
  if (!optionalInput(inputIndex))
    return std::nullopt;
  FailureOr<SmallVector<int64_t>> values = constantInts(inputIndex);
  if (llvm::failed(values))
    return std::nullopt;
  return *values;
}

//===--- Results
//-----------------------------------------------------------===//

LogicalResult NodeReader::finish(ArrayRef<Value> results) {
  for (auto [i, attribute] : llvm::enumerate(node.attributes))
    if (!read[i])
      error() << "attribute \"" << attribute.name
              << "\" is unknown to this operator";
  for (unsigned i = 0; i < numOutputs(); ++i)
    if (wantsOutput(i) && (i >= results.size() || !results[i]))
      error() << "output #" << i << " (\"" << node.outputs[i]
              << "\") is not supported";
  finished.assign(results.begin(), results.end());
  return failure(failed());
}

//===--- Beyond the node
//---------------------------------------------------===//

FailureOr<SmallVector<Value>>
NodeReader::importSubgraph(const Graph &subgraph, Block &block,
                           ArrayRef<Value> inputs) {
  return graph.importSubgraph(subgraph, block, inputs, errors);
}

FailureOr<Value> NodeReader::constant(const Tensor &tensor) {
  return graph.model.constant(tensor, builder, builder.getLoc(),
                              [&] { return error(); });
}

int NodeReader::presumedBranch() {
  return graph.model.presumptions.branchOf(node);
}

tn::ExprAttr NodeReader::freshSymbol(StringRef hint) {
  return graph.model.freshSymbol(hint);
}

} // namespace tenon::onnx
