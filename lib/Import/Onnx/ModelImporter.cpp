//===- ModelImporter.cpp - From an ONNX model to a tn module --------------===//

#include "ModelImporter.h"
#include "GraphImporter.h"
#include "mlir/IR/Verifier.h"
#include "tenon/Dialect/Tn/ShapeFacts.h"
#include "tenon/Import/Onnx/OpTable.h"
#include "llvm/Support/Path.h"

using namespace mlir;

namespace tenon::onnx {

//===--- Environment
//-------------------------------------------------------===//

std::optional<int64_t> Environment::opset(StringRef domain) const {
  auto it = opsets.find(domain);
  if (it == opsets.end())
    return std::nullopt;
  return it->second;
}

const Attribute *Environment::resolve(const Attribute &attribute) const {
  if (!attribute.isReference())
    return &attribute;
  return attributes.lookup(attribute.refAttrName);
}

static void addOpsets(Environment &environment,
                      llvm::ArrayRef<OpsetImport> imports) {
  for (const OpsetImport &import : imports)
    environment.opsets[canonicalDomain(import.domain)] = import.version;
}

Environment environmentOf(const Model &model) {
  Environment environment;
  addOpsets(environment, model.opsetImports);
  return environment;
}

Environment environmentOf(const Model &model, const Function &function) {
  Environment environment = environmentOf(model);
  addOpsets(environment, function.opsetImports);
  return environment;
}

//===--- Names
//-------------------------------------------------------------===//

std::string ModelImporter::uniqueName(llvm::StringSet<> &taken,
                                      StringRef hint) {
  std::string name = hint.str();
  for (unsigned i = 1; !taken.insert(name).second; ++i)
    name = (hint + "_" + Twine(i)).str();
  return name;
}

tn::ExprAttr ModelImporter::freshSymbol(StringRef hint) {
  return tn::symbolExpr(context(), uniqueName(sizeSymbols, hint));
}

InFlightDiagnostic ModelImporter::error(Location loc) {
  return emitError(loc) << file.path() << ": ";
}

//===--- Inputs and outputs
//------------------------------------------------===//

/// A dim_param that is a number or empty says nothing: such dims are different
/// unless something else says that they are equal.
static bool isRealName(StringRef param) {
  int64_t number;
  // Exporters write "?" for every dim that they know nothing about.
  return !param.empty() && param != "?" && param.getAsInteger(10, number);
}

RankedTensorType ModelImporter::inputType(const ValueInfo &input) {
  auto loc = NameLoc::get(StringAttr::get(context(), input.name));
  auto fail = [&](const Twine &what) {
    error(loc) << "graph input \"" << input.name << "\" " << what;
    return RankedTensorType();
  };
  if (input.type.kind != Type::Kind::Tensor)
    return fail("is a " + input.type.str() +
                "; Tenon's inputs are dense tensors");
  mlir::Type element = elementType(input.type.elementType, context());
  if (!element)
    return fail("has elements of type " + dataTypeName(input.type.elementType) +
                ", which Tenon does not have");

  auto given = options.shapes.find(input.name);
  bool isGiven = given != options.shapes.end();
  if (!input.type.shape && !isGiven)
    return fail("has no shape; give one, as by --shape");
  std::vector<Dim> declared = input.type.shape.value_or(
      std::vector<Dim>(isGiven ? given->second.size() : 0));
  if (isGiven && given->second.size() != declared.size())
    return fail("has rank " + Twine(declared.size()) +
                ", the shape given for it has rank " +
                Twine(given->second.size()));

  SmallVector<tn::ExprAttr> dims;
  for (auto [k, dim] : llvm::enumerate(declared)) {
    int64_t fixed = isGiven ? given->second[k] : -1;
    std::string name = (input.name + ".dim" + Twine(k)).str();
    if (dim.kind == Dim::Kind::Param && isRealName(dim.param))
      name = dim.param.str();
    if (dim.kind != Dim::Kind::Value) {
      seenDims.insert(name);
      if (auto it = options.dims.find(name);
          it != options.dims.end() && fixed < 0)
        fixed = it->second;
    }
    if (dim.kind == Dim::Kind::Value && fixed < 0)
      fixed = dim.value;
    if (fixed >= 0) {
      tn::ShapeFacts facts;
      if (auto it = options.facts.find(name); it != options.facts.end())
        facts.add(name, it->second);
      if (dim.kind != Dim::Kind::Value && !facts.add(name, {{fixed, fixed}, 1}))
        return fail("has dim \"" + name + "\" of size " + Twine(fixed) +
                    ", which what is said of its sizes does not allow");
      dims.push_back(tn::constantExpr(context(), fixed));
      continue;
    }
    sizeSymbols.insert(name);
    dims.push_back(tn::symbolExpr(context(), name));
  }
  return tn::tensorOf(dims, element);
}

LogicalResult ModelImporter::importInputs(Block &body,
                                          SmallVectorImpl<Value> &values) {
  llvm::StringSet<> initialized;
  for (const Tensor &tensor : model().graph.initializers)
    initialized.insert(tensor.name);
  bool ok = true;
  for (const ValueInfo &input : model().graph.inputs) {
    if (initialized.contains(input.name))
      continue;
    RankedTensorType type = inputType(input);
    if (!type) {
      ok = false;
      continue;
    }
    auto loc = NameLoc::get(StringAttr::get(context(), input.name));
    values.push_back(body.addArgument(type, loc));
    inputs.push_back(&input);
  }
  return success(ok && succeeded(checkOptions()));
}

/// What the caller asks for by name must exist.
LogicalResult ModelImporter::checkOptions() {
  bool ok = true;
  auto loc = UnknownLoc::get(context());
  auto checkDim = [&](StringRef name) {
    if (seenDims.contains(name))
      return;
    error(loc) << "no input has a dim named \"" << name << "\"";
    ok = false;
  };
  for (const auto &entry : options.dims)
    checkDim(entry.first());
  for (const auto &entry : options.facts)
    checkDim(entry.first());
  for (const auto &entry : options.shapes)
    if (llvm::none_of(inputs, [&](const ValueInfo *input) {
          return input->name == entry.first();
        })) {
      error(loc) << "there is no input \"" << entry.first()
                 << "\" to give a shape to";
      ok = false;
    }
  return success(ok);
}

SmallVector<StringRef> ModelImporter::outputNames() {
  if (!options.outputs.empty())
    return SmallVector<StringRef>(options.outputs.begin(),
                                  options.outputs.end());
  return llvm::map_to_vector(
      model().graph.outputs,
      [](const ValueInfo &output) { return output.name; });
}

void ModelImporter::nameMain(func::FuncOp main) {
  auto name = [&](StringRef s) { return StringAttr::get(context(), s); };
  for (auto [i, input] : llvm::enumerate(inputs))
    main.setArgAttr(i, "tn.name", name(input->name));
  for (auto [i, output] : llvm::enumerate(outputNames()))
    main.setResultAttr(i, "tn.name", name(output));
}

//===--- The model
//---------------------------------------------------------===//

LogicalResult ModelImporter::run() {
  const Graph &graph = model().graph;
  auto loc = NameLoc::get(StringAttr::get(context(), graph.name));
  if (failed(checkOperators(file, loc)))
    return failure();

  OpBuilder b = OpBuilder::atBlockEnd(module.getBody());
  moduleSymbols.insert("main");
  main = func::FuncOp::create(b, loc, "main", b.getFunctionType({}, {}));
  Block &body = *main.addEntryBlock();

  SmallVector<Value> arguments;
  if (failed(importInputs(body, arguments)))
    return failure();
  Environment environment = environmentOf(model());
  GraphImporter importer(*this, environment, body);
  for (auto [input, value] : llvm::zip_equal(inputs, arguments))
    importer.bind(input->name, value);
  if (failed(importer.importGraph(graph)))
    return failure();
  FailureOr<SmallVector<Value>> results = importer.outputs(outputNames());
  if (failed(results))
    return failure();

  b.setInsertionPointToEnd(&body);
  func::ReturnOp::create(b, loc, *results);
  main.setFunctionType(
      b.getFunctionType(body.getArgumentTypes(), TypeRange(*results)));
  nameMain(main);

  tn::ShapeFacts facts;
  for (BlockArgument argument : body.getArguments())
    for (tn::ExprAttr dim : tn::shapeOf(argument))
      tn::walkSymbols(dim, [&](tn::ExprAttr s) {
        facts.add(s.getName(), options.facts.lookup(s.getName()));
      });
  module->setAttr("tn.facts", facts.toAttr(context()));
  return verify(module);
}

static std::string moduleName(const ModelFile &file) {
  StringRef name = file.model().graph.name;
  return name.empty() ? llvm::sys::path::stem(file.path()).str() : name.str();
}

/// Imports of one model with different presumptions.
static constexpr int kMostAttempts = 64;

static void emitAll(MLIRContext &context, std::vector<Diagnostic> &diagnostics) {
  for (Diagnostic &diagnostic : diagnostics)
    context.getDiagEngine().emit(std::move(diagnostic));
}

FailureOr<OwningOpRef<ModuleOp>> importModel(const ModelFile &file,
                                             MLIRContext &context,
                                             const ImportOptions &options) {
  context.loadDialect<func::FuncDialect, tn::TnDialect>();
  Presumptions presumptions;
  std::vector<Diagnostic> first;
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    std::vector<Diagnostic> diagnostics;
    OwningOpRef<ModuleOp> module =
        ModuleOp::create(UnknownLoc::get(&context), moduleName(file));
    LogicalResult imported = failure();
    {
      ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
        diagnostics.push_back(std::move(diagnostic));
      });
      imported = ModelImporter(file, *module, options, presumptions).run();
    }
    if (succeeded(imported)) {
      emitAll(context, diagnostics);
      return module;
    }
    if (attempt == 0)
      first = std::move(diagnostics);
    if (!presumptions.reconsider())
      break;
  }
  emitAll(context, first);
  return failure();
}

} // namespace tenon::onnx
