//===- ImportTest.cpp - What an import makes of small models --------------===//

#include "Import.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "tenon/Import/Onnx/OpTable.h"
#include <catch2/catch.hpp>

using namespace tenon::onnx;
using namespace tenon::onnx::test;
using Catch::Contains;

/// The function type of main as text.
static std::string mainType(const Imported &imported) {
  REQUIRE(imported.error() == "");
  std::string text;
  llvm::raw_string_ostream(text)
      << mlir::cast<mlir::func::FuncOp>(
             imported.module.get().lookupSymbol("main"))
             .getFunctionType();
  return text;
}

TEST_CASE("nodes may come in any order", "[onnx-import]") {
  Imported imported(model(
      graphOf(floatValue("x", {"2"}), {node("second", "Neg", {"t"}, {"y"}),
                                       node("first", "Abs", {"x"}, {"t"})})));
  CHECK(imported.error() == "");
  std::string text = imported.text();
  CHECK(text.find("tn.abs") < text.find("tn.neg"));
}

TEST_CASE("names of dims are symbols", "[onnx-import]") {
  std::vector<Message> nodes = {node("", "Relu", {"x"}, {"y"})};
  Imported named(model(graphOf(floatValue("x", {"batch", "3"}), nodes)));
  CHECK_THAT(mainType(named), Contains("#tn.shape<[batch, 3]>"));
  Imported unnamed(model(graphOf(floatValue("x", {"", "3"}), nodes)));
  CHECK_THAT(mainType(unnamed), Contains("x.dim0"));

  ImportOptions options;
  options.dims["batch"] = 5;
  Imported fixed(model(graphOf(floatValue("x", {"batch", "3"}), nodes)),
                 options);
  CHECK(mainType(fixed) == "(tensor<5x3xf32>) -> tensor<5x3xf32>");
  options.dims.clear();
  options.shapes["x"] = {7, -1};
  Imported shaped(model(graphOf(floatValue("x", {"batch", "3"}), nodes)),
                  options);
  CHECK(mainType(shaped) == "(tensor<7x3xf32>) -> tensor<7x3xf32>");
}

TEST_CASE("what sizes may be becomes facts of the module", "[onnx-import]") {
  Message message = model(graphOf(floatValue("x", {"batch", "seq"}),
                                  {node("", "Relu", {"x"}, {"y"})}));
  ImportOptions options;
  options.facts["batch"] = {{1, 8}, 1};
  options.facts["seq"] = {{0, 60}, 8};
  Imported known(message, options);
  CHECK(known.error() == "");
  CHECK(known.has("batch = [1, 8, 1]"));
  CHECK(known.has("seq = [0, 56, 8]"));

  options.facts["width"] = {{1, 8}, 1};
  CHECK_THAT(Imported(message, options).error(),
             Contains("no input has a dim named \"width\""));
  options.facts.erase("width");
  options.dims["batch"] = 9;
  CHECK_THAT(Imported(message, options).error(),
             Contains("\"batch\" of size 9"));
}

TEST_CASE("arguments and results carry their names", "[onnx-import]") {
  Imported imported(
      model(graphOf(floatValue("x", {"2"}), {node("", "Relu", {"x"}, {"y"})})));
  CHECK(imported.has("tn.name = \"x\""));
  CHECK(imported.has("tn.name = \"y\""));
}

TEST_CASE("large initializers stay in the file", "[onnx-import]") {
  std::string raw(4 * 100, '\1');
  Message weight = tensor("w", 1, {100}).bytes(9, raw);
  Message message =
      model(graphOf(floatValue("x", {"100"}),
                    {node("", "Add", {"x", "w"}, {"y"})}, {weight}));
  Imported imported(message);
  REQUIRE(imported.error() == "");
  size_t offset = message.str().find(raw);
  CHECK(imported.has("\"m.onnx\", " + std::to_string(offset) + ", 400"));
  CHECK(imported.has("tn.weight @w"));
}

TEST_CASE("small initializers are constants", "[onnx-import]") {
  Message bias = tensor("w", 1, {2}).f32s(4, {1, 2});
  Imported imported(model(graphOf(
      floatValue("x", {"2"}), {node("", "Add", {"x", "w"}, {"y"})}, {bias})));
  CHECK(imported.has("tn.constant dense<[1.000000e+00, 2.000000e+00]>"));
  CHECK(!imported.has("tn.data"));
}

TEST_CASE("reshape solves -1 and 0", "[onnx-import]") {
  auto reshaped = [](const std::vector<std::string> &dims,
                     const std::vector<int64_t> &shape) {
    return mainType(Imported(model(
        graphOf(floatValue("x", dims), {node("", "Reshape", {"x", "s"}, {"y"})},
                {intsTensor("s", shape)}))));
  };
  CHECK_THAT(reshaped({"2", "6"}, {-1, 4}), Contains("-> tensor<3x4xf32>"));
  CHECK_THAT(reshaped({"batch", "seq", "768"}, {0, 0, 12, -1}),
             Contains("-> tensor<?x?x12x64xf32, #tn.shape<[batch, seq, 12, "
                      "64]>>"));
  CHECK_THAT(reshaped({"batch", "seq", "8"}, {-1, 4}),
             Contains("-> tensor<?x4xf32, #tn.shape<[2*batch*seq, 4]>>"));
}

TEST_CASE("a shape that depends on data binds symbols", "[onnx-import]") {
  Message graph =
      graphOf(floatValue("x", {"6"}),
              {node("cast", "Cast", {"s"}, {"t"}).sub(5, intAttribute("to", 7)),
               node("r", "Reshape", {"x", "t"}, {"y"})});
  Imported imported(model(graph.sub(11, floatValue("s", {"2"}))));
  CHECK_THAT(mainType(imported), Contains("r.d0") && Contains("r.d1"));
  CHECK(imported.has("tn.bind"));
}

static Message scaleFunction() {
  Message reference = Message().bytes(1, "alpha").num(20, 1).bytes(21, "a");
  return Message()
      .bytes(1, "Scale")
      .bytes(4, "in")
      .bytes(5, "out")
      .bytes(6, "a")
      .bytes(10, "local")
      .sub(7, node("", "LeakyRelu", {"in"}, {"out"}).sub(5, reference))
      .sub(9, Message().num(2, 17));
}

static Message scaleCall(const std::string &from, const std::string &to,
                         float alpha) {
  return node("", "Scale", {from}, {to})
      .bytes(7, "local")
      .sub(5, attribute("a", 1).f32(2, alpha));
}

TEST_CASE("equal calls share an instance of a function", "[onnx-import]") {
  Imported imported(
      model(graphOf(floatValue("x", {"2"}),
                    {scaleCall("x", "t", 0.5), scaleCall("t", "u", 0.5),
                     scaleCall("u", "y", 0.25)}))
          .sub(25, scaleFunction()));
  REQUIRE(imported.error() == "");
  CHECK(imported.has("call @Scale("));
  CHECK(imported.has("call @Scale_1("));
  CHECK(!imported.has("@Scale_2"));
  CHECK(imported.has("dense<2.500000e-01>"));
}

TEST_CASE("the newest entry that an opset includes is chosen",
          "[onnx-import]") {
  const OpTable &table = OpTable::get();
  CHECK(table.lookup("", "Clip", 10)->since == 6);
  CHECK(table.lookup("", "Clip", 11)->since == 11);
  CHECK(table.lookup("", "Clip", 17)->since == 11);
  CHECK(table.lookup("", "Range", 10) == nullptr);
  CHECK(table.lookup("elsewhere", "Clip", 17) == nullptr);
}

TEST_CASE("nodes are shown with what they compute", "[onnx-import]") {
  std::vector<std::string> shown;
  ImportOptions options;
  options.onNode = [&](const Node &node, llvm::ArrayRef<mlir::Value> results) {
    REQUIRE(results.size() == 1);
    std::string type;
    llvm::raw_string_ostream(type) << results[0].getType();
    shown.push_back(node.name.str() + ": " + type);
  };
  Imported imported(
      model(graphOf(floatValue("x", {"2"}), {node("second", "Neg", {"t"}, {"y"}),
                                             node("first", "Abs", {"x"}, {"t"})})),
      options);
  CHECK(imported.error() == "");
  CHECK(shown == std::vector<std::string>{"first: tensor<2xf32>",
                                          "second: tensor<2xf32>"});
}
