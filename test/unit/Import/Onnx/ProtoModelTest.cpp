//===- ProtoModelTest.cpp - Models, functions, graphs, nodes, types -------===//

#include "Messages.h"
#include "tenon/Import/Onnx/Proto.h"
#include <catch2/catch.hpp>

using namespace tenon::onnx;
using namespace tenon::onnx::test;
using Catch::Contains;

static Model decoded(const std::string &bytes) {
  return llvm::cantFail(decodeModel(bytes, "m.onnx"));
}

static std::string failure(const std::string &bytes) {
  return errorOf(decodeModel(bytes, "m.onnx"));
}

static Message dim(int64_t value) { return Message().num(1, value); }
static Message dim(const char *param) { return Message().bytes(2, param); }

/// TypeProto of a tensor.
static Message tensorType(int64_t type, const std::vector<Message> &dims) {
  Message shape;
  for (const Message &dim : dims)
    shape.sub(1, dim);
  return Message().sub(1, Message().num(1, type).sub(2, shape));
}

/// The text of the type of an input declared as `type`.
static std::string typeOf(const Message &type) {
  std::string bytes =
      model(Message().sub(11, Message().bytes(1, "x").sub(2, type))).str();
  return decoded(bytes).graph.inputs.at(0).type.str();
}

TEST_CASE("a model has its header, opsets and metadata", "[onnx]") {
  std::string bytes = model(Message().bytes(2, "g"))
                          .bytes(3, "1.2")
                          .bytes(4, "org.example")
                          .num(5, 7)
                          .sub(8, Message().bytes(1, "com.microsoft").num(2, 1))
                          .sub(14, Message().bytes(1, "key").bytes(2, "value"))
                          .sub(20, Message())
                          .bytes(999, "of a later version")
                          .str();
  Model model = decoded(bytes);
  CHECK(model.irVersion == 8);
  CHECK(model.producerName == "test");
  CHECK(model.producerVersion == "1.2");
  CHECK(model.domain == "org.example");
  CHECK(model.modelVersion == 7);
  REQUIRE(model.opsetImports.size() == 2);
  CHECK(model.opsetImports[0].version == 17);
  CHECK(model.opsetImports[1].domain == "com.microsoft");
  REQUIRE(model.metadata.size() == 1);
  CHECK(model.metadata[0].second == "value");
  CHECK(model.hasTrainingInfo);
  CHECK(model.graph.name == "g");
}

TEST_CASE("strings point into the given bytes", "[onnx]") {
  std::string bytes = model(Message().bytes(2, "\xff\xfe not UTF-8")).str();
  Model model = decoded(bytes);
  CHECK(model.graph.name == "\xff\xfe not UTF-8");
  CHECK(model.graph.name.begin() > bytes.data());
  CHECK(model.graph.name.end() <= bytes.data() + bytes.size());
}

TEST_CASE("a node has its names and attributes", "[onnx]") {
  Message message = node("n", "Conv", {"x", "", "b"}, {"y"})
                        .sub(5, attribute("group", 2).num(3, 4))
                        .bytes(7, "ai.onnx")
                        .bytes(8, "v2");
  std::string bytes = model(Message().sub(1, message)).str();
  Model model = decoded(bytes);
  const Node &node = model.graph.nodes.at(0);
  CHECK(node.name == "n");
  CHECK(node.opType == "Conv");
  CHECK(node.domain == "ai.onnx");
  CHECK(node.overload == "v2");
  CHECK(node.inputs == std::vector<llvm::StringRef>{"x", "", "b"});
  CHECK(node.outputs == std::vector<llvm::StringRef>{"y"});
  REQUIRE(node.attribute("group"));
  CHECK(node.attribute("group")->i == 4);
  CHECK(!node.attribute("pads"));
}

TEST_CASE("a function has its signature, defaults and body", "[onnx]") {
  Message function = Message()
                         .bytes(1, "Twice")
                         .bytes(4, "x")
                         .bytes(5, "y")
                         .bytes(6, "axis")
                         .sub(7, node("", "Add", {"x", "x"}, {"y"}))
                         .sub(9, Message().num(2, 18))
                         .bytes(10, "local")
                         .sub(11, attribute("scale", 1).f32(2, 2.5f))
                         .sub(12, Message().bytes(1, "y"))
                         .bytes(13, "f32");
  std::string bytes = model(Message()).sub(25, function).str();
  Model model = decoded(bytes);
  const Function &decodedFunction = model.functions.at(0);
  CHECK(decodedFunction.name == "Twice");
  CHECK(decodedFunction.domain == "local");
  CHECK(decodedFunction.overload == "f32");
  CHECK(decodedFunction.inputs.at(0) == "x");
  CHECK(decodedFunction.outputs.at(0) == "y");
  CHECK(decodedFunction.attributes.at(0) == "axis");
  CHECK(decodedFunction.attributeDefaults.at(0).f == 2.5f);
  CHECK(decodedFunction.opsetImports.at(0).version == 18);
  CHECK(decodedFunction.nodes.at(0).opType == "Add");
  CHECK(decodedFunction.valueInfos.at(0).name == "y");
}

TEST_CASE("types are described", "[onnx]") {
  CHECK(Type().str() == "untyped");
  Message f32 = tensorType(1, {dim("batch"), dim(3), Message(), dim(-1)});
  CHECK(typeOf(f32) == "tensor(FLOAT)[batch, 3, ?, ?]");
  CHECK(typeOf(tensorType(7, {})) == "tensor(INT64)[]");
  CHECK(typeOf(Message().sub(1, Message().num(1, 10))) == "tensor(FLOAT16)");
  CHECK(typeOf(Message().sub(8, Message().num(1, 1))) ==
        "sparse_tensor(FLOAT)");
  Message sequence = Message().sub(4, Message().sub(1, tensorType(7, {})));
  CHECK(typeOf(sequence) == "sequence(tensor(INT64)[])");
  CHECK(typeOf(Message().sub(9, Message().sub(1, sequence))) ==
        "optional(sequence(tensor(INT64)[]))");
  Message map = Message().sub(5, Message().num(1, 8).sub(2, tensorType(1, {})));
  CHECK(typeOf(map) == "map(STRING, tensor(FLOAT)[])");
  CHECK(typeOf(Message().sub(4, Message())) == "sequence(?)");
  CHECK(typeOf(Message().sub(7, Message())) == "opaque");
}

TEST_CASE("the last alternative of a oneof counts", "[onnx]") {
  Message both = tensorType(1, {dim(2)}).sub(4, Message());
  CHECK(typeOf(both) == "sequence(?)");
  Message value = Message().bytes(2, "n").num(1, 5);
  CHECK(typeOf(tensorType(1, {value})) == "tensor(FLOAT)[5]");
}

TEST_CASE("errors name the file, the path of parts and the byte", "[onnx]") {
  Message bad = node("conv1", "Conv", {"x"}, {"y"})
                    .sub(5, attribute("group", 2).bytes(3, "four"));
  Message graph =
      Message().sub(1, node("", "Relu", {}, {})).sub(1, bad).bytes(2, "main");
  std::string bytes = model(graph).str();
  CHECK(failure(bytes) ==
        "m.onnx: graph \"main\": node #1 \"conv1\": attribute #0 \"group\": i "
        "has wire type length-delimited, expected varint (byte " +
            std::to_string(bytes.find("four") - 2) + ")");
}

TEST_CASE("names in errors stay on one line", "[onnx]") {
  Message bad = Message().bytes(3, "a\n\x01" + std::string(1000, 'b'));
  std::string text = failure(model(Message().sub(1, bad)).str());
  CHECK_THAT(text, Contains("node #0 \"a\\n\\001bbb"));
  CHECK_THAT(text, Contains("...\": the node has no op_type"));
  CHECK(text.size() < 300);
}

TEST_CASE("what is no model is refused", "[onnx]") {
  CHECK_THAT(failure(""), Contains("m.onnx: no graph: this is not an ONNX"));
  CHECK_THAT(failure("version https://git-lfs.github.com/spec/v1\n"),
             Contains("git lfs pull"));
  CHECK_THAT(failure("<!DOCTYPE html><html></html>"), Contains("m.onnx: "));
  CHECK_THAT(failure(model(Message()).sub(7, Message()).str()),
             Contains("a second graph"));
}

TEST_CASE("malformed parts are refused", "[onnx]") {
  auto inGraph = [](uint32_t field, const Message &part) {
    return failure(model(Message().sub(field, part)).str());
  };
  CHECK_THAT(inGraph(1, Message()), Contains("node #0: the node has no op_ty"));
  CHECK_THAT(inGraph(11, Message().sub(2, tensorType(99, {}))),
             Contains("input #0: type: unknown elem_type 99"));
  CHECK_THAT(inGraph(11, Message().sub(2, tensorType(1, {dim(-7)}))),
             Contains("dim_value is -7"));
  CHECK_THAT(inGraph(11, Message().num(2, 1)), Contains("wire type varint"));
  CHECK_THAT(failure(model(Message()).sub(25, Message()).str()),
             Contains("function #0: the function has no name"));
}
