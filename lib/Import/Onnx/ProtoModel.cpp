//===- ProtoModel.cpp - Decodes models, functions, graphs and nodes -------===//

#include "ProtoDecoder.h"
#include "Quoted.h"

using namespace tenon::onnx;
using llvm::failed;
using llvm::LogicalResult;
using llvm::StringRef;
using llvm::success;
using llvm::Twine;

static constexpr unsigned kMaxGraphDepth = 256;

const Attribute *Node::attribute(StringRef attributeName) const {
  for (const Attribute &attribute : attributes)
    if (attribute.name == attributeName)
      return &attribute;
  return nullptr;
}

LogicalResult Decoder::decode(StringRef message, Model &model) {
  if (message.starts_with("version https://git-lfs"))
    return fail(base, "this is a Git LFS pointer, not the model; fetch the "
                      "file with 'git lfs pull'");
  bool hasGraph = false;
  auto readField = [&](const WireField &field) -> LogicalResult {
    switch (field.number) {
    case 1:
      return read(field, "ir_version", model.irVersion);
    case 2:
      return read(field, "producer_name", model.producerName);
    case 3:
      return read(field, "producer_version", model.producerVersion);
    case 4:
      return read(field, "domain", model.domain);
    case 5:
      return read(field, "model_version", model.modelVersion);
    case 7:
      if (hasGraph)
        return fail(field.start, "a second graph in the model");
      hasGraph = true;
      return read(field, "graph", model.graph);
    case 8:
      return append(field, "opset_import", model.opsetImports);
    case 14:
      return append(field, "metadata_props", model.metadata);
    case 20:
      model.hasTrainingInfo = true;
      return expect(field, "training_info", WireType::Bytes);
    case 25:
      return append(field, "function", model.functions);
    default:
      return success();
    }
  };
  if (failed(fields(message, readField)))
    return llvm::failure();
  if (!hasGraph)
    return fail(message.end(), "no graph: this is not an ONNX model, or the "
                               "file is incomplete");
  return success();
}

LogicalResult Decoder::decode(StringRef message, Function &function) {
  auto readField = [&](const WireField &field) -> LogicalResult {
    switch (field.number) {
    case 1:
      return read(field, "name", function.name);
    case 4:
      return append(field, "input", function.inputs);
    case 5:
      return append(field, "output", function.outputs);
    case 6:
      return append(field, "attribute", function.attributes);
    case 7:
      return append(field, "node", function.nodes);
    case 9:
      return append(field, "opset_import", function.opsetImports);
    case 10:
      return read(field, "domain", function.domain);
    case 11:
      return append(field, "attribute_proto", function.attributeDefaults);
    case 12:
      return append(field, "value_info", function.valueInfos);
    case 13:
      return read(field, "overload", function.overload);
    default:
      return success();
    }
  };
  if (failed(fields(message, readField)))
    return llvm::failure();
  if (function.name.empty())
    return fail(message.data(), "the function has no name");
  return success();
}

LogicalResult Decoder::decode(StringRef message, Graph &graph) {
  if (graphDepth == kMaxGraphDepth)
    return fail(message.data(), "graphs are nested more than " +
                                    Twine(kMaxGraphDepth) + " deep");
  ++graphDepth;
  auto readField = [&](const WireField &field) -> LogicalResult {
    switch (field.number) {
    case 1:
      return append(field, "node", graph.nodes);
    case 2:
      return read(field, "name", graph.name);
    case 5:
      return append(field, "initializer", graph.initializers);
    case 11:
      return append(field, "input", graph.inputs);
    case 12:
      return append(field, "output", graph.outputs);
    case 13:
      return append(field, "value_info", graph.valueInfos);
    case 15:
      return append(field, "sparse_initializer", graph.sparseInitializers);
    default:
      return success();
    }
  };
  LogicalResult result = fields(message, readField);
  --graphDepth;
  return result;
}

LogicalResult Decoder::decode(StringRef message, Node &node) {
  auto readField = [&](const WireField &field) -> LogicalResult {
    switch (field.number) {
    case 1:
      return append(field, "input", node.inputs);
    case 2:
      return append(field, "output", node.outputs);
    case 3:
      return read(field, "name", node.name);
    case 4:
      return read(field, "op_type", node.opType);
    case 5:
      return append(field, "attribute", node.attributes);
    case 7:
      return read(field, "domain", node.domain);
    case 8:
      return read(field, "overload", node.overload);
    default:
      return success();
    }
  };
  if (failed(fields(message, readField)))
    return llvm::failure();
  if (node.opType.empty())
    return fail(message.data(), "the node has no op_type");
  return success();
}

LogicalResult Decoder::decode(StringRef message, ValueInfo &info) {
  bool hasType = false;
  return fields(message, [&](const WireField &field) -> LogicalResult {
    switch (field.number) {
    case 1:
      return read(field, "name", info.name);
    case 2:
      if (hasType)
        return fail(field.start, "a second type of the value");
      hasType = true;
      return read(field, "type", info.type);
    default:
      return success();
    }
  });
}

LogicalResult Decoder::decode(StringRef message, OpsetImport &import) {
  return fields(message, [&](const WireField &field) -> LogicalResult {
    switch (field.number) {
    case 1:
      return read(field, "domain", import.domain);
    case 2:
      return read(field, "version", import.version);
    default:
      return success();
    }
  });
}

LogicalResult Decoder::decode(StringRef message, StringPair &entry) {
  return fields(message, [&](const WireField &field) -> LogicalResult {
    switch (field.number) {
    case 1:
      return read(field, "key", entry.first);
    case 2:
      return read(field, "value", entry.second);
    default:
      return success();
    }
  });
}
