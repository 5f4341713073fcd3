//===- FunctionCall.cpp - Calls of model-local functions ------------------===//
//
// An ONNX function is a template: its body means something only with the types
// of the operands and the attributes of a call. Each distinct call makes one
// private function; the inliner flattens them. Operands that are constants or
// expressions of sizes are copied into the body, so that shape arithmetic works
// there as it does outside.
//
//===----------------------------------------------------------------------===//

#include "GraphImporter.h"
#include "tenon/Import/Onnx/OpTable.h"

using namespace mlir;

namespace tenon::onnx {

const Function *findFunction(const Model &model, const Node &node) {
  for (const Function &function : model.functions)
    if (function.name == node.opType && function.overload == node.overload &&
        canonicalDomain(function.domain) == canonicalDomain(node.domain))
      return &function;
  return nullptr;
}

/// The attributes of a call; each is a value, never a reference.
static Environment environmentOfCall(const Model &model,
                                     const Function &function, const Node &node,
                                     const Environment &caller) {
  Environment environment = environmentOf(model, function);
  for (const Attribute &attribute : function.attributeDefaults)
    environment.attributes[attribute.name] = &attribute;
  for (const Attribute &attribute : node.attributes)
    if (const Attribute *value = caller.resolve(attribute))
      environment.attributes[attribute.name] = value;
  return environment;
}

static Operation *constantLike(Value operand) {
  Operation *op = operand ? operand.getDefiningOp() : nullptr;
  return isa_and_nonnull<tn::ConstantOp, tn::ExprOp>(op) ? op : nullptr;
}

static void printAttribute(raw_ostream &os, const Attribute &attribute) {
  os << attribute.name << ':' << int(attribute.kind) << '=' << attribute.f
     << ',' << attribute.i << ',' << attribute.s.size() << ':' << attribute.s;
  llvm::interleave(attribute.floats, os, ",");
  llvm::interleave(attribute.ints, os, ",");
  for (StringRef s : attribute.strings)
    os << s.size() << ':' << s;
  // Tensors and graphs count as equal if they are the same one.
  if (!attribute.tensors.empty() || !attribute.graphs.empty())
    os << &attribute;
  os << ';';
}

/// Equal for calls that may share one instance.
static std::string instanceKey(const Function &function,
                               const Environment &environment,
                               ArrayRef<Value> operands) {
  std::string key;
  llvm::raw_string_ostream os(key);
  os << &function << '(';
  for (Value operand : operands) {
    if (Operation *constant = constantLike(operand))
      os << constant->getName() << constant->getAttrDictionary();
    if (operand)
      os << operand.getType();
    os << ',';
  }
  os << ')';
  for (StringRef name : llvm::to_vector(environment.attributes.keys()))
    printAttribute(os << name, *environment.attributes.lookup(name));
  return key;
}

FailureOr<func::FuncOp>
ModelImporter::instantiate(const Function &function,
                           const Environment &environment,
                           ArrayRef<Value> operands, Location loc) {
  OpBuilder b(main);
  std::string name = uniqueName(moduleSymbols, function.name);
  auto instance = func::FuncOp::create(b, loc, name, b.getFunctionType({}, {}));
  instance.setPrivate();
  instance->setAttr("tn.name", b.getStringAttr(function.name));
  Block &body = *instance.addEntryBlock();

  GraphImporter importer(*this, environment, body);
  b.setInsertionPointToStart(&body);
  for (auto [i, parameter] : llvm::enumerate(function.inputs)) {
    Value operand = i < operands.size() ? operands[i] : Value();
    if (!operand)
      importer.bindOmitted(parameter);
    else if (Operation *constant = constantLike(operand))
      importer.bind(parameter, b.clone(*constant)->getResult(0));
    else
      importer.bind(parameter, body.addArgument(operand.getType(), loc));
  }
  if (failed(importer.importNodes(function.nodes)))
    return failure();
  FailureOr<SmallVector<Value>> results = importer.outputs(function.outputs);
  if (failed(results))
    return failure();
  b.setInsertionPointToEnd(&body);
  func::ReturnOp::create(b, loc, *results);
  instance.setFunctionType(
      b.getFunctionType(body.getArgumentTypes(), TypeRange(*results)));
  return instance;
}

FailureOr<SmallVector<Value>> ModelImporter::call(const Function &function,
                                                  const Node &node,
                                                  const Environment &caller,
                                                  ArrayRef<Value> operands,
                                                  OpBuilder &b, Location loc) {
  Environment environment = environmentOfCall(model(), function, node, caller);
  std::string key = instanceKey(function, environment, operands);
  func::FuncOp instance = instances.lookup(key);
  if (!instance) {
    size_t symbolsBefore = numSymbols();
    FailureOr<func::FuncOp> made =
        instantiate(function, environment, operands, loc);
    if (failed(made))
      return failure();
    instance = *made;
    // A body that binds symbols may be inlined only once.
    if (numSymbols() == symbolsBefore)
      instances[key] = instance;
  }
  SmallVector<Value> arguments;
  for (Value operand : operands)
    if (operand && !constantLike(operand))
      arguments.push_back(operand);
  return SmallVector<Value>(
      func::CallOp::create(b, loc, instance, arguments).getResults());
}

} // namespace tenon::onnx
