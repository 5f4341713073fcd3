//===- ImportErrorsTest.cpp - What an import says about bad models --------===//

#include "Import.h"
#include <catch2/catch.hpp>

using namespace tenon::onnx;
using namespace tenon::onnx::test;
using Catch::Contains;
using Catch::Equals;

static const Message kX = floatValue("x", {"2", "3"});

static std::string errorOfNodes(const std::vector<Message> &nodes) {
  return Imported(model(graphOf(kX, nodes))).error();
}

TEST_CASE("all unsupported operators are in one error", "[onnx-import]") {
  Message inner =
      Message().bytes(2, "body").sub(1, node("deep", "Nonsense", {}, {"z"}));
  Message holder = node("a", "Nonsense", {"x"}, {"t"})
                       .sub(5, attribute("body", 5).sub(6, inner));
  std::string error = errorOfNodes(
      {holder, node("b", "Magic", {"t"}, {"y"}).bytes(7, "my.domain")});
  CHECK_THAT(error, Equals("m.onnx: some operators are not supported:\n"
                           "  Nonsense (ai.onnx, opset 17): 2 nodes, first "
                           "\"a\"\n"
                           "  Magic (my.domain, opset 0): 1 node, \"b\""));
}

TEST_CASE("the opset must be one that is known", "[onnx-import]") {
  Message graph = graphOf(kX, {node("", "Relu", {"x"}, {"y"})});
  auto withOpset = [&](int64_t version) {
    return Imported(Message().num(1, 8).sub(7, graph).sub(
                        8, Message().num(2, version)))
        .error();
  };
  CHECK_THAT(withOpset(6), Contains("uses opset 6; Tenon reads opsets 7 to"));
  CHECK_THAT(withOpset(99), Contains("uses opset 99"));
  CHECK(withOpset(7).empty());
}

TEST_CASE("a graph must be a graph", "[onnx-import]") {
  CHECK_THAT(errorOfNodes({node("a", "Relu", {"q"}, {"p"}),
                           node("b", "Relu", {"p"}, {"q"}),
                           node("c", "Relu", {"q"}, {"y"})}),
             Equals("m.onnx: the graph has a cycle: \"b\" -> \"a\" -> \"b\""));
  CHECK_THAT(errorOfNodes({node("a", "Relu", {"gone"}, {"y"})}),
             Contains("Relu node \"a\" (ai.onnx, opset 17): its input "
                      "\"gone\" is neither"));
  CHECK_THAT(errorOfNodes({node("a", "Relu", {"x"}, {"y"}),
                           node("b", "Relu", {"x"}, {"y"})}),
             Contains("nodes \"a\" and \"b\" both produce \"y\""));
  CHECK_THAT(errorOfNodes({node("a", "Relu", {"x"}, {"z"})}),
             Contains("output \"y\" is produced by no node"));
}

TEST_CASE("attributes are checked", "[onnx-import]") {
  Message softmax = node("s", "Softmax", {"x"}, {"y"});
  auto errorWith = [&](const Message &attribute) {
    return errorOfNodes({Message(softmax).sub(5, attribute)});
  };
  CHECK_THAT(errorWith(intAttribute("axes", 1)),
             Equals("m.onnx: Softmax node \"s\" (ai.onnx, opset 17): attribute "
                    "\"axes\" is unknown to this operator"));
  CHECK_THAT(errorWith(intAttribute("axis", 5)),
             Contains("axis 5 is out of range for rank 2"));
  CHECK_THAT(errorWith(attribute("axis", 1).f32(2, 1)),
             Contains("attribute \"axis\" is FLOAT, expected INT"));
  CHECK_THAT(errorOfNodes({node("c", "Concat", {"x"}, {"y"})}),
             Contains("attribute \"axis\" is missing"));
}

TEST_CASE("inputs are checked", "[onnx-import]") {
  CHECK_THAT(errorOfNodes({node("a", "Add", {"x"}, {"y"})}),
             Contains("input #1 is missing, the first 2 are required"));
  CHECK_THAT(errorOfNodes({node("a", "Add", {"", "x"}, {"y"})}),
             Contains("input #0 is missing"));
  CHECK_THAT(errorOfNodes({node("a", "Relu", {"x", "x"}, {"y"})}),
             Contains("has 2 inputs, the operator takes at most 1"));
  CHECK_THAT(errorOfNodes({node("a", "MatMul", {"x", "x"}, {"y"})}),
             Contains("3 columns against 2 rows"));
  CHECK_THAT(errorOfNodes({node("a", "Reshape", {"x", "x"}, {"y"})}),
             Contains("input #1 must have rank 1, not 2"));
}

TEST_CASE("each broken node is reported, what depends on it is not",
          "[onnx-import]") {
  std::string error = errorOfNodes({node("bad1", "Relu", {"gone"}, {"a"}),
                                    node("after", "Add", {"a", "x"}, {"b"}),
                                    node("bad2", "Concat", {"x"}, {"c"}),
                                    node("last", "Add", {"b", "c"}, {"y"})});
  CHECK_THAT(error, Contains("\"bad1\"") && Contains("\"bad2\""));
  CHECK_THAT(error, !Contains("\"after\"") && !Contains("\"last\""));
}

TEST_CASE("graph inputs must be tensors that tn has", "[onnx-import]") {
  auto errorWith = [](const Message &type) {
    Message x = Message().bytes(1, "x").sub(2, type);
    return Imported(model(graphOf(x, {node("", "Identity", {"x"}, {"y"})})))
        .error();
  };
  Message strings = Message().num(1, 8).sub(2, Message());
  CHECK_THAT(errorWith(Message().sub(1, strings)),
             Contains("graph input \"x\" has elements of type STRING"));
  CHECK_THAT(errorWith(Message().sub(1, Message().num(1, 1))),
             Contains("graph input \"x\" has no shape"));
  CHECK_THAT(errorWith(Message().sub(4, Message())),
             Contains("Tenon's inputs are dense tensors"));
}

TEST_CASE("options must name something", "[onnx-import]") {
  ImportOptions options;
  options.dims["nothing"] = 3;
  options.shapes["nobody"] = {1};
  options.shapes["x"] = {1, 2, 3};
  Message graph = graphOf(kX, {node("", "Relu", {"x"}, {"y"})});
  CHECK_THAT(Imported(model(graph), options).error(),
             Contains("the shape given for it has rank 3"));
  options.shapes.erase("x");
  CHECK_THAT(Imported(model(graph), options).error(),
             Contains("no input has a dim named \"nothing\"") &&
                 Contains("there is no input \"nobody\""));
}

TEST_CASE("a function that calls itself is refused", "[onnx-import]") {
  Message function = Message()
                         .bytes(1, "F")
                         .bytes(4, "a")
                         .bytes(5, "b")
                         .bytes(10, "local")
                         .sub(7, node("", "F", {"a"}, {"b"}).bytes(7, "local"));
  Message graph = graphOf(kX, {node("", "F", {"x"}, {"y"}).bytes(7, "local")});
  CHECK_THAT(Imported(model(graph).sub(25, function)).error(),
             Contains("function \"F\" (local) calls itself"));
}
